"""NumPy's `.npz`: a zip of arrays by name. Of objects, which are pickles inside, none is written or read."""

from __future__ import annotations

import io
import math
import re
import zipfile
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor, wrap
from . import zips
from .flat import named_arrays
from .malformed import expect
from .storages import check_bools
from .zips import Zip

# The header of https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, for one dtype and no fields, and
# without its spaces: two patterns for spaces in a row would be tried in every way that very many can be shared out.
HEADER = re.compile(
    r"\{'descr':'([<>|=]?[a-z]\d+)','fortran_order':(True|False),'shape':\(((?:\d{1,19},)*(?:\d{1,19})?)\),?\}"
)
LENGTH_BYTES = {b"\x01\x00": 2, b"\x02\x00": 4, b"\x03\x00": 4}  # of the header's length, by version


def write(obj: Any, file: Any) -> None:
    """Writes a flat dict of tensors and arrays."""
    arrays = named_arrays(obj, "npz")
    for name, array in arrays.items():
        if array.dtype.kind == "V":
            raise TypeError(f"npz has no bfloat16, the dtype of {name!r}: save it .float(), or in another format")
        if "\0" in name or len(name.encode("utf-8")) > 60_000:
            raise ValueError(f"npz cannot hold an array called {name[:40]!r}")
    with zipfile.ZipFile(file, "w") as target:
        for name, array in arrays.items():
            header = header_of(array)
            data = np.ascontiguousarray(array.T if is_fortran(array) else array)
            zips.write(target, name + ".npy", len(header) + data.nbytes, [header, data.reshape(-1).view(np.uint8).data])


def is_fortran(array: np.ndarray) -> bool:
    """Whether the first dimension is the fastest."""
    return array.flags.f_contiguous and not array.flags.c_contiguous


def header_of(array: np.ndarray) -> bytes:
    """What precedes an array's data."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, np.lib.format.header_data_from_array_1_0(array))
    return buffer.getvalue()


def read(archive: Zip) -> dict[str, Tensor]:
    """The tensors by name."""
    result: dict[str, Tensor] = {}
    for member in archive.members:
        name = member.removesuffix(".npy")
        expect(member.endswith(".npy"), f"the member {member!r} is no array")
        result[name] = wrap(array_of(archive.load(member), name))
    return result


def array_of(data: np.ndarray, name: str) -> np.ndarray:
    """The array in the bytes of a `.npy` file."""
    magic = data[:8].tobytes()
    expect(magic[:6] == b"\x93NUMPY" and magic[6:] in LENGTH_BYTES, f"{name!r} is no array of a known version")
    start = 8 + LENGTH_BYTES[magic[6:]]
    stop = start + int.from_bytes(data[8:start].tobytes(), "little")
    expect(stop <= len(data) and stop - start <= 10_000, f"the header of {name!r} is truncated, or too long")
    header = data[start:stop].tobytes().decode("utf-8")
    found = HEADER.fullmatch("".join(header.split()))
    if found is None:
        what = "an array of Python objects, which is a pickle" if "O'" in header else "no plain array of numbers"
        expect(False, f"{name!r} is {what}: {header.strip()[:80]}")
    descr, fortran, sizes = found.groups()  # type: ignore[union-attr]
    kind = np.dtype(descr)
    native = dtypes.of_numpy(kind).numpy_dtype
    shape = [int(size) for size in sizes.split(",") if size]
    count = math.prod(shape)
    expect(len(shape) <= 64 and math.prod(size or 1 for size in shape) < 2**60, f"{name!r} has the shape {shape}")
    expect(count * kind.itemsize == len(data) - stop, f"{name!r}, of the shape {shape}, is not of the size of its data")
    values = data[stop:].copy().view(kind) if count else np.empty(0, kind)
    array = values.reshape(shape, order="F" if fortran == "True" else "C")
    if kind.kind == "b":
        check_bools(array)
    return array if kind.isnative else array.astype(native)
