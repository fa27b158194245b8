"""Neural networks: modules, their parameters, and the functions and losses they call, all written in tensor ops."""

from typing import TYPE_CHECKING

try:
    from autograd import installation
except ImportError as error:
    if error.name != "autograd" or error.path is None:
        raise
    raise ImportError(
        "Two distributions that both provide a package called 'autograd' are installed: Python finds HIPS's "
        f"({error.path}) before the one of ndgrad, which lies beside {__path__[0]}. Keep one: "
        "`pip uninstall autograd`, best in an environment of its own."
    ) from None

installation.check()

# `X as X` tells type checkers that X is public here.
from . import functional as functional  # noqa: E402 - they would fail with a lesser message
from . import init as init  # noqa: E402
from . import utils as utils  # noqa: E402
from .arguments import factory_kwargs as factory_kwargs  # noqa: E402
from .modules import *  # noqa: E402
from .parameter import Buffer as Buffer  # noqa: E402
from .parameter import Parameter as Parameter  # noqa: E402
from .parameter import UninitializedBuffer as UninitializedBuffer  # noqa: E402
from .parameter import UninitializedParameter as UninitializedParameter  # noqa: E402

if not TYPE_CHECKING:  # where every name would seem to be there

    def __getattr__(name):
        if name in ("DataParallel", "SyncBatchNorm"):
            raise AttributeError(
                f"nn has no {name}: it is for several devices, and here is one, the CPU. Leave it out."
            )
        raise AttributeError(f"module 'nn' has no attribute {name!r}; what of PyTorch is here: docs/pytorch.md")
