"""ndgrad: reverse-mode automatic differentiation on NumPy, with PyTorch's API.

`import autograd as torch` reads like PyTorch: tensors, functions and their gradients.
"""

from typing import TYPE_CHECKING, Any

# `X as X` tells type checkers that X is public here.
from . import dtypes, installation, later
from ._tensor import Size as Size
from ._tensor import Tensor as Tensor
from .backward import backward as backward
from .backward import grad as grad
from .devices import *
from .dtypes import *
from .functions.activations import *
from .functions.arithmetic import *
from .functions.comparison import *
from .functions.complex_numbers import *
from .functions.conversion import *
from .functions.counting import *
from .functions.covariance import *
from .functions.creation import *
from .functions.dimensions import *
from .functions.elementary import *
from .functions.gathering import *
from .functions.in_place import *
from .functions.indexing import *
from .functions.joining import *
from .functions.linear_algebra import *
from .functions.masking import *
from .functions.matrix_functions import *
from .functions.neural import *
from .functions.operators import *
from .functions.padding import *
from .functions.ranges import *
from .functions.rearranging import *
from .functions.redrawing import *
from .functions.reductions import *
from .functions.sampling import *
from .functions.scans import *
from .functions.selection import *
from .functions.shaping import *
from .functions.slicing import *
from .functions.sorting import *
from .functions.special import *
from .functions.splitting import *
from .interop import *
from .modes import *
from .printing import *
from .random import *

if TYPE_CHECKING:
    from . import amp as amp
    from . import autograd as autograd
    from . import cuda as cuda
    from . import func as func
    from . import serialization as serialization
    from . import utils as utils
    from .amp.autocast_mode import autocast as autocast
    from .amp.autocast_mode import clear_autocast_cache as clear_autocast_cache
    from .amp.autocast_mode import get_autocast_dtype as get_autocast_dtype
    from .amp.autocast_mode import is_autocast_cache_enabled as is_autocast_cache_enabled
    from .amp.autocast_mode import is_autocast_enabled as is_autocast_enabled
    from .amp.autocast_mode import set_autocast_cache_enabled as set_autocast_cache_enabled
    from .amp.autocast_mode import set_autocast_dtype as set_autocast_dtype
    from .amp.autocast_mode import set_autocast_enabled as set_autocast_enabled
    from .anomaly import is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled
    from .anomaly import is_anomaly_enabled as is_anomaly_enabled
    from .functions.adaptive_pooling import *
    from .functions.convolution import *
    from .functions.distances import *
    from .functions.dropouts import *
    from .functions.einsum import *
    from .functions.embedding import *
    from .functions.grids import *
    from .functions.normalization import *
    from .functions.pixels import *
    from .functions.pooling import *
    from .functions.recurrent import *
    from .serialization import CheckpointError as CheckpointError
    from .serialization import load as load
    from .serialization import save as save
    from .visualize import make_dot as make_dot

__version__ = "0.1.0"

installation.check()


def __getattr__(name: str) -> Any:
    if name in ("nn", "optim"):
        raise AttributeError(f"`import {name}`: it is a package of its own here, not a part of autograd")
    from importlib import import_module

    if name in later.MODULES:
        return import_module(f".{name}", __name__)
    if name == "bfloat16":
        return dtypes.bfloat16_dtype()
    if name not in later.MODULE_OF:
        raise AttributeError(f"module 'autograd' has no attribute {name!r}; what of PyTorch is here: docs/pytorch.md")
    value = globals()[name] = getattr(import_module(f".{later.MODULE_OF[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    """PyTorch's names, for completion. The package's other modules are within reach, but not on show."""
    modules = {name for name, value in globals().items() if type(value) is type(dtypes)}
    shown = {*later.MODULES, *later.MODULE_OF, "random", "return_types"}
    return sorted(({*globals()} - modules - {"Any", "TYPE_CHECKING"}) | shown)
