"""Random numbers: generators with a seed and a state, and the default one.

What draws takes `generator`, and draws from the default generator without one. That is seeded by `manual_seed` and our
own: NumPy's global state is neither read nor changed.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import devices
from ._tensor import Tensor, wrap

__all__ = [
    "Generator", "default_generator", "manual_seed", "seed", "initial_seed", "get_rng_state", "set_rng_state",
    "fork_rng",
]  # fmt: skip


class Generator:
    """A source of random numbers with its own seed and state.

    The bits are PCG64's, from NumPy: streams repeat for a seed on every machine, and differ from PyTorch's.

    >>> import autograd
    >>> a, b = (autograd.rand(1, generator=autograd.Generator().manual_seed(7)) for _ in range(2))
    >>> bool(a == b)
    True
    """

    __slots__ = ("__weakref__", "_drawing", "_seed")

    _drawing: Any
    _seed: int | None

    def __init__(self, device: Any = None) -> None:
        devices.check(device)
        self._seed, self._drawing = 67280421310721, None  # PyTorch's seed for a new generator

    @property
    def numpy(self) -> Any:
        """The `numpy.random.Generator` that draws, made when first needed."""
        if self._drawing is None:
            self._drawing = np.random.Generator(np.random.PCG64(self.initial_seed()))
        return self._drawing

    @property
    def device(self) -> devices.device:
        """Where it draws: the CPU."""
        return devices.cpu

    def manual_seed(self, seed: int) -> Generator:
        """Starts the stream of this seed, an integer of 64 bits (a negative one counts from 2⁶⁴ down)."""
        if not isinstance(seed, (int, np.integer)):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        if not -(2**63) <= seed < 2**64:
            raise ValueError(f"Overflow when unpacking long long: the seed {seed} does not fit 64 bits")
        self._seed, self._drawing = int(seed) % 2**64, None
        return self

    def seed(self) -> int:
        """Seeds it with a number from the operating system, which is returned."""
        self._seed, self._drawing = int.from_bytes(os.urandom(8), "little"), None
        return self._seed

    def initial_seed(self) -> int:
        """The seed of the stream."""
        return self.seed() if self._seed is None else self._seed

    def get_state(self) -> Tensor:
        """The state of the stream, a uint8 tensor for `set_state`."""
        inner = self.numpy.bit_generator.state
        numbers = (
            (self.initial_seed(), 8), (inner["state"]["state"], 16), (inner["state"]["inc"], 16),
            (inner["has_uint32"], 4), (inner["uinteger"], 4),
        )  # fmt: skip
        data = b"".join(number.to_bytes(size, "little") for number, size in numbers)
        return wrap(np.frombuffer(bytearray(data), np.uint8))

    def set_state(self, new_state: Tensor) -> Generator:
        """Goes on where a generator was whose `get_state()` this is."""
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state._array.dtype != np.uint8:
            raise TypeError(f"RNG state must be a torch.ByteTensor, not a tensor of {new_state.dtype}")
        if new_state._array.shape != (48,):
            raise RuntimeError(f"Expected a generator's state of 48 bytes but found one of {list(new_state.shape)}")
        data, numbers = new_state._array.tobytes(), []
        for size in (8, 16, 16, 4, 4):
            numbers.append(int.from_bytes(data[:size], "little"))
            data = data[size:]
        self._seed, self._drawing = numbers[0], None
        self.numpy.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": numbers[1], "inc": numbers[2]},
            "has_uint32": numbers[3],
            "uinteger": numbers[4],
        }
        return self

    def clone_state(self) -> Generator:
        """A new generator that will draw the same numbers."""
        return Generator().set_state(self.get_state())

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, (self.get_state()._array,)


def restored(data: np.ndarray) -> Generator:
    """A generator from its pickled state."""
    return Generator().set_state(wrap(data))


default_generator = Generator()
default_generator._seed = None  # chosen by the operating system, unless manual_seed() comes first


def manual_seed(seed: Any) -> Generator:
    """Seeds the default generator and returns it; after it the same program draws the same numbers.

    >>> import autograd
    >>> autograd.manual_seed(0).initial_seed()
    0
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Seeds the default generator with a number from the operating system, which is returned."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed of the default generator."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The default generator's state, a uint8 tensor for `set_rng_state`.

    >>> import autograd
    >>> state = autograd.get_rng_state()
    >>> x = autograd.rand(1)
    >>> autograd.set_rng_state(state)
    >>> bool(autograd.rand(1) == x)
    True
    """
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Sets the default generator's state, as `get_rng_state` gave it."""
    default_generator.set_state(new_state)


@contextlib.contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, **unused: Any) -> Iterator[None]:
    """A `with` block after which the default generator is where it was before.

    >>> import autograd
    >>> state = autograd.get_rng_state()
    >>> with autograd.fork_rng():
    ...     x = autograd.rand(3)
    >>> autograd.equal(autograd.get_rng_state(), state)
    True
    """
    if not enabled:
        yield
        return
    before = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(before)


def drawing(generator: Any) -> Any:
    """The NumPy generator behind a `generator=` argument."""
    if generator is None:
        return default_generator.numpy
    if not isinstance(generator, Generator):
        raise TypeError(f"argument 'generator' must be torch.Generator, not {type(generator).__name__}")
    return generator.numpy
