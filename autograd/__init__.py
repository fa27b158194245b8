"""ndgrad: reverse-mode automatic differentiation on NumPy, with PyTorch's API.

`import autograd as torch` reads like PyTorch: tensors, functions and their gradients.
"""

from . import dtypes
from ._tensor import Size, Tensor
from .anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled
from .dtypes import *  # noqa: F403
from .dtypes import __getattr__
from .backward import backward, grad
from .devices import *  # noqa: F403
from .functions.arithmetic import *  # noqa: F403
from .functions.comparison import *  # noqa: F403
from .functions.complex_numbers import *  # noqa: F403
from .functions.conversion import *  # noqa: F403
from .functions.counting import *  # noqa: F403
from .functions.covariance import *  # noqa: F403
from .functions.creation import *  # noqa: F403
from .functions.dimensions import *  # noqa: F403
from .functions.einsum import *  # noqa: F403
from .functions.elementary import *  # noqa: F403
from .functions.gathering import *  # noqa: F403
from .functions.indexing import *  # noqa: F403
from .functions.joining import *  # noqa: F403
from .functions.linear_algebra import *  # noqa: F403
from .functions.masking import *  # noqa: F403
from .functions.sampling import *  # noqa: F403
from .interop import *  # noqa: F403
from .printing import *  # noqa: F403
from .random import *  # noqa: F403
from .functions.neural import *  # noqa: F403
from .functions.ranges import *  # noqa: F403
from .functions.rearranging import *  # noqa: F403
from .functions.reductions import *  # noqa: F403
from .functions.scans import *  # noqa: F403
from .functions.selection import *  # noqa: F403
from .functions.shaping import *  # noqa: F403
from .functions.slicing import *  # noqa: F403
from .functions.sorting import *  # noqa: F403
from .functions.special import *  # noqa: F403
from .functions.splitting import *  # noqa: F403
from .functions.in_place import *  # noqa: F403
from .functions import operators, padding, redrawing
from .modes import *  # noqa: F403
from .visualize import make_dot
from . import autograd
from . import utils
from . import cuda
