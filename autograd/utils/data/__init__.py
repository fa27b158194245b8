"""Loading data: datasets, samplers, and the DataLoader that makes batches of them, in worker processes if asked to."""

from .collate import default_collate as default_collate
from .collate import default_convert as default_convert
from .datasets import *
from .loader import *
from .samplers import *
from .worker_info import *
