"""Derivatives of writing over a value: what was there has none."""

import numpy as np

from ..op import op


@op(name="copy")
def overwritten(x, value):
    """`value`, broadcast and cast, in place of all of x."""
    out = np.empty_like(x, subok=False)
    np.copyto(out, value, "unsafe")
    return out


overwritten.rules(x=lambda g: np.zeros_like(g), value=lambda g: g)
overwritten.grad_name = "CopyBackwards"
