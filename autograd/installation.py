"""Another project's distribution is called `autograd` as well (HIPS): the two cannot share an environment.

This finds the two in one folder. Where Python finds HIPS's in another folder first, `nn` and `optim` say so themselves.
"""

from __future__ import annotations

import os

MESSAGE = (
    "Two distributions that both provide a package called 'autograd' are installed in {folder}: ndgrad, and HIPS's "
    "autograd. Their files are mixed up. Keep one: `pip uninstall autograd ndgrad`, then install ndgrad again, best "
    "in an environment of its own."
)


def check() -> None:
    """Raises one clear `ImportError` if HIPS's package lies in the same folder, whichever was installed last."""
    import autograd

    folder = os.path.dirname(os.path.abspath(__file__))
    if os.path.exists(os.path.join(folder, "tracer.py")) or not hasattr(autograd, "Tensor"):
        raise ImportError(MESSAGE.format(folder=os.path.dirname(folder)))
