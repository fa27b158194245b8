"""Tools around the engine: checkpointing, and loading data."""

from . import checkpoint as checkpoint
