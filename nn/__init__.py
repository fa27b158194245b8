"""Neural networks: modules, their parameters, and the functions and losses they call, all written in tensor ops."""

from autograd import installation

installation.check()

from . import functional, init  # noqa: E402 - they would fail with a lesser message
from .modules import *  # noqa: E402
from .modules.module import Module  # noqa: E402
from .parameter import Buffer, Parameter  # noqa: E402
