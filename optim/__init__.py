"""Optimizers: they read the parameters' `.grad` and step, all written in tensor ops."""

from typing import TYPE_CHECKING, Any

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

from . import lr_scheduler as lr_scheduler  # noqa: E402 - it would fail with a lesser message
from .adadelta import Adadelta  # noqa: E402
from .adafactor import Adafactor  # noqa: E402
from .adagrad import Adagrad  # noqa: E402
from .adam import Adam, AdamW  # noqa: E402
from .adamax import Adamax  # noqa: E402
from .asgd import ASGD  # noqa: E402
from .lbfgs import LBFGS  # noqa: E402
from .muon import Muon  # noqa: E402
from .nadam import NAdam  # noqa: E402
from .optimizer import Optimizer  # noqa: E402
from .radam import RAdam  # noqa: E402
from .rmsprop import RMSprop  # noqa: E402
from .rprop import Rprop  # noqa: E402
from .sgd import SGD  # noqa: E402
from .stateless import swap_in_optimizer_params_and_state  # noqa: E402

if TYPE_CHECKING:
    from . import swa_utils as swa_utils

__all__ = [
    "ASGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "LBFGS", "Muon", "NAdam", "Optimizer",
    "RAdam", "RMSprop", "Rprop", "SGD", "swap_in_optimizer_params_and_state",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """`optim.swa_utils`, which needs `nn`, is imported when it is first used."""
    if name == "SparseAdam":
        raise AttributeError(
            "optim has no SparseAdam: it is for sparse gradients, and all tensors are dense. Use Adam."
        )
    if name != "swa_utils":
        raise AttributeError(f"module 'optim' has no attribute '{name}'")
    import importlib

    return importlib.import_module(".swa_utils", __name__)
