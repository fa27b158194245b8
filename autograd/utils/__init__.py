"""Tools around the engine: checkpointing, and loading data."""

from typing import Any

from . import checkpoint as checkpoint


def __getattr__(name: str) -> Any:
    if name != "data":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return importlib.import_module(".data", __name__)
