"""The state of a process's random numbers: of the default generator, Python's and NumPy's."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import numpy.random  # NumPy imports it lazily: a process forked meanwhile would wait for the import for ever

from ..._tensor import wrap
from ...random import get_rng_state, manual_seed, set_rng_state


def seed_all(base_seed: int, number: int) -> int:
    """Seeds the three for one of several workers; returns its seed."""
    seed = base_seed + number
    manual_seed(seed)
    random.seed(seed)
    # Python's and NumPy's generators are of the same kind: from the same seed they would draw the same numbers.
    mixed = np.random.SeedSequence([number, base_seed & 0xFFFFFFFF, base_seed >> 32])
    np.random.seed(mixed.generate_state(4))
    return seed


def capture() -> tuple[Any, ...]:
    """Where the three are now. Two captures are equal if nothing was drawn between them."""
    found: Any = np.random.get_state(legacy=False)
    numpys = None
    if found["bit_generator"] == "MT19937":  # unless NumPy was given a generator of another kind
        inner = found["state"]
        numpys = inner["key"].tobytes(), inner["pos"], found["has_gauss"], found["gauss"]
    return get_rng_state()._array.tobytes(), random.getstate(), numpys


def portable(captured: tuple[Any, ...]) -> dict[str, Any]:
    """What was captured, as a dictionary of tensors."""
    ours, (version, words, normal), numpys = captured
    # Normal numbers are made two at a time: Python and NumPy keep the second.
    state = {
        "autograd": wrap(np.frombuffer(bytearray(ours), np.uint8)),
        "python": wrap(np.array([version, *words])),
        "python_normal": wrap(np.array([] if normal is None else [normal])),
    }
    if numpys is not None:
        key, position, has_normal, normal = numpys
        state["numpy"] = wrap(np.array([*np.frombuffer(key, np.uint32), position, has_normal], np.int64))
        state["numpy_normal"] = wrap(np.array([normal]))
    return state


def restore(state: dict[str, Any]) -> None:
    """Returns to what `portable` gave."""
    set_rng_state(state["autograd"])
    version, *words = state["python"].tolist()
    normal = state["python_normal"].tolist()
    random.setstate((version, tuple(words), normal[0] if normal else None))
    if "numpy" in state:
        *key, position, has_normal = state["numpy"].tolist()
        np.random.set_state(("MT19937", key, position, has_normal, state["numpy_normal"].item()))
