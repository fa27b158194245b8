"""Neural networks: modules, their parameters, and the functions and losses they call, all written in tensor ops."""

from . import functional, init
from .modules import *
from .modules.module import Module
from .parameter import Buffer, Parameter
