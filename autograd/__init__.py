"""ndgrad: reverse-mode automatic differentiation on NumPy, with PyTorch's API.

`import autograd as torch` reads like PyTorch: tensors, functions and their gradients.
"""

from typing import TYPE_CHECKING, Any

# `X as X` tells type checkers that X is public here.
from . import dtypes, installation
from ._tensor import Size as Size
from ._tensor import Tensor as Tensor
from .backward import backward as backward
from .backward import grad as grad
from .devices import *
from .dtypes import *
from .functions.arithmetic import *
from .functions.comparison import *
from .functions.complex_numbers import *
from .functions.conversion import *
from .functions.counting import *
from .functions.covariance import *
from .functions.creation import *
from .functions.dimensions import *
from .functions.einsum import *
from .functions.elementary import *
from .functions.gathering import *
from .functions.in_place import *
from .functions.indexing import *
from .functions.joining import *
from .functions.linear_algebra import *
from .functions.masking import *
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
    from . import autograd as autograd
    from . import cuda as cuda
    from . import utils as utils
    from .anomaly import is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled
    from .anomaly import is_anomaly_enabled as is_anomaly_enabled
    from .visualize import make_dot as make_dot

__version__ = "0.1.0"

installation.check()

# What many programs never use is imported when first asked for: name -> module, and the attribute of it if any.
LATER = {
    "autograd": ("autograd", None),
    "cuda": ("cuda", None),
    "utils": ("utils", None),
    "is_anomaly_check_nan_enabled": ("anomaly", "is_anomaly_check_nan_enabled"),
    "is_anomaly_enabled": ("anomaly", "is_anomaly_enabled"),
    "make_dot": ("visualize", "make_dot"),
}


def __getattr__(name: str) -> Any:
    if name in ("nn", "optim"):
        raise AttributeError(f"`import {name}`: it is a package of its own here, not a part of autograd")
    if name not in LATER:
        return dtypes.__getattr__(name)
    import importlib

    module, attribute = LATER[name]
    value = importlib.import_module(f".{module}", __name__)
    return value if attribute is None else getattr(value, attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *LATER})
