"""What the tests of saving share: there and back through memory, and equality bit for bit."""

from __future__ import annotations

import io
import struct

import numpy as np

import autograd

DTYPES = [
    autograd.bool, autograd.uint8, autograd.uint16, autograd.uint32, autograd.uint64, autograd.int8, autograd.int16,
    autograd.int32, autograd.int64, autograd.float16, autograd.float32, autograd.float64, autograd.complex64,
    autograd.complex128,
]  # fmt: skip


def saved(obj, **options):
    """A file with the object in it, at its beginning."""
    file = io.BytesIO()
    autograd.save(obj, file, **options)
    file.seek(0)
    return file


def there_and_back(obj, **options):
    return autograd.load(saved(obj, **options))


def same(a, b):
    """Whether two objects are of the same types and values, bit for bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, autograd.Tensor):
        facts = [(t.dtype, t.shape, t.stride(), t.requires_grad) for t in (a, b)]
        return facts[0] == facts[1] and same(a.detach().numpy(), b.detach().numpy())
    if isinstance(a, (np.ndarray, np.generic)):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float):
        return struct.pack("d", a) == struct.pack("d", b)
    if isinstance(a, complex):
        return same(a.real, b.real) and same(a.imag, b.imag)
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b
