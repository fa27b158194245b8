"""ndgrad: reverse-mode automatic differentiation on NumPy, with PyTorch's API.

`import autograd as torch` reads like PyTorch: tensors, functions and their gradients.
"""

from . import dtypes
from ._tensor import Size, Tensor
from .dtypes import *  # noqa: F403
from .backward import backward, grad
from .functions.creation import *  # noqa: F403
from .functions.indexing import *  # noqa: F403
from .functions.pointwise import *  # noqa: F403
from .functions import operators
from .modes import *  # noqa: F403
from . import autograd
