"""Neural networks: modules, their parameters, and the functions and losses they call, all written in tensor ops."""

from autograd import installation

installation.check()

# `X as X` tells type checkers that X is public here.
from . import functional as functional  # noqa: E402 - they would fail with a lesser message
from . import init as init  # noqa: E402
from .modules import *  # noqa: E402
from .parameter import Buffer as Buffer  # noqa: E402
from .parameter import Parameter as Parameter  # noqa: E402
