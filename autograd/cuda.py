"""PyTorch's `torch.cuda`, for a machine without CUDA: it says so, and seeding all devices seeds none."""

from __future__ import annotations

from typing import Any

__all__ = [
    "current_device", "device_count", "empty_cache", "get_device_name", "initial_seed", "is_available",
    "is_bf16_supported", "is_initialized", "manual_seed", "manual_seed_all", "max_memory_allocated",
    "memory_allocated", "seed", "seed_all", "set_device", "synchronize",
]  # fmt: skip


def _missing() -> RuntimeError:
    return RuntimeError("CUDA is not available: this library computes on the CPU. Ask cuda.is_available() first.")


def is_available() -> bool:
    """Whether CUDA can be used: False."""
    return False


def is_initialized() -> bool:
    """Whether CUDA has been initialized: False."""
    return False


def is_bf16_supported() -> bool:
    """Whether a CUDA device computes with bfloat16: False."""
    return False


def device_count() -> int:
    """The number of CUDA devices: 0."""
    return 0


def manual_seed(seed: int) -> None:
    """Seeds the current CUDA device: does nothing."""


def manual_seed_all(seed: int) -> None:
    """Seeds all CUDA devices, of which there are none."""


def seed() -> None:
    """Seeds the current CUDA device with a random number: does nothing."""


def seed_all() -> None:
    """Seeds all CUDA devices with a random number: does nothing."""


def empty_cache() -> None:
    """Frees cached CUDA memory, of which there is none."""


def memory_allocated(device: Any = None) -> int:
    """Bytes of CUDA memory in use: 0."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """The most CUDA memory that has been in use: 0."""
    return 0


def initial_seed() -> int:
    """Raises `RuntimeError`: there is no CUDA device."""
    raise _missing()


def current_device() -> int:
    """Raises `RuntimeError`: there is no CUDA device."""
    raise _missing()


def set_device(device: Any) -> None:
    """Raises `RuntimeError`: there is no CUDA device."""
    raise _missing()


def get_device_name(device: Any = None) -> str:
    """Raises `RuntimeError`: there is no CUDA device."""
    raise _missing()


def synchronize(device: Any = None) -> None:
    """Raises `RuntimeError`: there is no CUDA device."""
    raise _missing()
