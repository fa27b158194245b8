"""Derivatives of copies: of what is copied 1, of what is written over 0."""

import numpy as np

from ..op import op


@op()
def clone(x):
    """A copy with the axes in the same order in memory; in their own order where x was expanded, as in PyTorch."""
    return x.copy("C" if 0 in x.strides else "K")


clone.rules(x=lambda g: g)


@op(name="copy")
def overwritten(x, value):
    """`value`, broadcast and cast, in place of all of x."""
    out = np.empty_like(x, subok=False)
    np.copyto(out, value, "unsafe")
    return out


overwritten.rules(x=lambda g: np.zeros_like(g), value=lambda g: g)
overwritten.grad_name = "CopyBackwards"
