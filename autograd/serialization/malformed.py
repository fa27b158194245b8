"""What is wrong with a file: one error for everything that is malformed, truncated or hostile."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class CheckpointError(RuntimeError):
    """A file that cannot be loaded as it stands: malformed, truncated, hostile, or in need of another argument.

    >>> import autograd, io
    >>> try:
    ...     autograd.load(io.BytesIO(b"not a checkpoint"))
    ... except autograd.CheckpointError as error:
    ...     print(str(error)[:26])
    <BytesIO>: this is neither
    """


def expect(holds: Any, complaint: str) -> None:
    """Raises `CheckpointError` unless something that every sound file has is there."""
    if not holds:
        raise CheckpointError(complaint)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Tells every complaint about a file's content, whichever library it comes from, as a `CheckpointError`.

    What is not about the content stays as it is: a package that is missing, a disk that fails, memory that is short.
    """
    try:
        yield
    except CheckpointError as error:
        raise CheckpointError(f"{name}: {error}") from error.__cause__
    except (ImportError, MemoryError):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # else: a seek to nowhere
            raise
        raise CheckpointError(f"{name}: malformed or truncated ({type(error).__name__}: {error})") from error


SIMPLE_KEYS = (str, bytes, bool, float, type(None))


def check_key(value: Any) -> Any:
    """A dict's key or a set's item; raises for one that is not hashable, or whose hash would take for ever to compute.

    Tuples that hold the same tuple twice, which holds another twice, and so on, would.
    """
    from .. import devices, dtypes

    pending, visited = [value], 0
    while pending:
        item = pending.pop()
        visited += 1
        expect(visited <= 100, "a key of more than 100 parts")
        if isinstance(item, (tuple, frozenset)):
            pending.extend(item)
        elif type(item) is int:
            expect(-(2**64) < item < 2**64, "a key that is an integer of more than 64 bits")
        else:
            known = isinstance(item, (*SIMPLE_KEYS, dtypes.dtype, devices.device))
            expect(known, f"a key of the type {type(item).__name__}, which cannot be one")
    return value


class Keys:
    """The keys of a file's dicts and the items of its sets, as they come."""

    def __init__(self) -> None:
        self.by_hash: dict[int, list[Any]] = {}

    def check(self, value: Any) -> Any:
        """`check_key`, which raises also for one of many tuples that were computed to have the same hash: a dict would
        compare each with all before. (Numbers of up to 64 bits cannot have it, and that of a text is random.)"""
        check_key(value)
        if isinstance(value, (tuple, frozenset)):
            others = self.by_hash.setdefault(hash(value), [])
            if value not in others:
                expect(len(others) < 100, "more than 100 keys of the same hash")
                others.append(value)
        return value
