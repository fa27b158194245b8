"""`.safetensors`, through the library of that name: tensors by name, for exchange with others."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor, wrap
from .archive import parse
from .flat import named_arrays
from .malformed import CheckpointError, expect
from .source import Source
from .storages import check_bools

NAMES = {
    "BOOL": "bool", "U8": "uint8", "U16": "uint16", "U32": "uint32", "U64": "uint64", "I8": "int8", "I16": "int16",
    "I32": "int32", "I64": "int64", "F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64",
    "C64": "complex64",
}  # fmt: skip
METADATA = {"format": "pt"}  # the layout is PyTorch's: readers such as transformers ask for it


def library() -> Any:
    """The package, or one clear error."""
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            'files in the safetensors format need the package safetensors: pip install "ndgrad[safetensors]"'
        ) from None
    return safetensors


def write(obj: Any, file: Any) -> None:
    """Writes a flat dict of tensors and arrays."""
    package, arrays = library(), named_arrays(obj, "safetensors")
    for name, array in arrays.items():
        if dtypes.of_numpy(array.dtype).name not in NAMES.values():
            raise TypeError(f"safetensors has no {array.dtype}, the dtype of {name!r}: save it in another format")
        if name == "__metadata__":
            raise ValueError("safetensors reserves the name '__metadata__'")
    # It writes the memory of other arrays as if they were contiguous, which gives wrong values.
    dense = {name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()}
    file.write(package.numpy.save(dense, metadata=METADATA))


def is_header(source: Source) -> bool:
    """Whether a file begins as this format does: with a header's length, which fits, and a JSON object."""
    start = source.peek(9)
    return len(start) == 9 and start[8:] == b"{" and int.from_bytes(start[:8], "little") <= source.size - 8


def read(source: Source) -> dict[str, Tensor]:
    """The tensors by name."""
    package = library()
    data = source.read(source.remaining)
    size = int.from_bytes(data[:8], "little")
    header = parse(data[8 : 8 + size])  # which the library would let hold a name twice
    try:
        entries = package.deserialize(data)
    except package.SafetensorError as error:
        raise CheckpointError(str(error)) from None
    expect(len(entries) == len(header) - ("__metadata__" in header), "the header and the tensors disagree")
    result: dict[str, Tensor] = {}
    for name, entry in entries:
        expect(entry["dtype"] in NAMES, f"{name!r} is of the dtype {entry['dtype']}, which tensors here cannot be")
        kind = dtypes.of_name(NAMES[entry["dtype"]]).numpy_dtype
        array = np.frombuffer(entry["data"], kind).reshape(entry["shape"])
        if kind.kind == "b":
            check_bools(array)
        if sys.byteorder == "big":
            array = array.byteswap()
        result[name] = wrap(array if array.flags.writeable else array.copy())
    return result
