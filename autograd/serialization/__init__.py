"""Saving and loading: `save` and `load`, with PyTorch's names, on files that cannot run code. See `docs/saving.md`.

| file | its idea |
|---|---|
| `archive.py`, `nodes.py` | this library's own format: a zip of JSON and storages |
| `storages.py` | arrays that share memory, saved so that they share it again |
| `torch_files.py`, `torch_names.py`, `torch_storages.py`, `pickles.py` | PyTorch's files, read without unpickling |
| `torch_program.py` | files for PyTorch |
| `safetensors.py`, `npz.py`, `flat.py` | tensors by name, for others |
| `atomic.py`, `source.py`, `zips.py`, `malformed.py` | files written whole or not at all, and read with care |
"""

from __future__ import annotations

import importlib
import io
import mmap as mapped
import os
from typing import Any

from .. import devices
from .malformed import CheckpointError, expect, reading
from .source import Source

__all__ = ["CheckpointError", "load", "save"]

FORMATS = ("archive", "safetensors", "npz", "torch")
MODULES = {"archive": "archive", "safetensors": "safetensors", "npz": "npz", "torch": "torch_program"}


def save(
    obj: Any, f: Any, pickle_module: Any = None, pickle_protocol: int | None = None, *, format: str | None = None,
    weights_only: bool = True,
) -> None:  # fmt: skip
    """Saves an object to a file: a state_dict, or any nesting of dicts, lists, tuples, sets, tensors and numbers.

    `f`: a path, or a binary file that can be written. A path's file is replaced only when the new one is whole and on
    the disk. `format`: by the path's suffix ".safetensors" or ".npz" (a flat dict of tensors), else "archive", this
    library's own, which holds no pickle; "torch" writes a file that `torch.load` reads. Tensors that share memory share
    it again when loaded; histories and `.grad` are not saved.

    Raises `TypeError`, naming the place in the object, for what a format cannot hold. With `weights_only=False`
    Python's pickle (or `pickle_module`) writes any object; only `load(..., weights_only=False)` reads that again.

    >>> import autograd, io
    >>> file = io.BytesIO()
    >>> autograd.save({"weight": autograd.ones(2), "epoch": 3}, file)
    >>> _ = file.seek(0)
    >>> autograd.load(file)
    {'weight': tensor([1., 1.]), 'epoch': 3}
    """
    check_file(f, "write")
    if weights_only and (pickle_module is not None or pickle_protocol is not None):
        raise RuntimeError("save() pickles only with weights_only=False: leave out pickle_module and pickle_protocol")
    if format is not None and (format not in FORMATS or not weights_only):
        raise ValueError(f"format is one of {', '.join(FORMATS)}, without weights_only=False; got {format!r}")

    def write(file: Any) -> None:
        if weights_only:
            chosen = MODULES[format or by_suffix(f)]
            importlib.import_module(f".{chosen}", __name__).write(obj, file)
        else:
            (pickle_module or importlib.import_module("pickle")).dump(obj, file, protocol=pickle_protocol)

    if is_path(f):
        from .atomic import replacing

        with replacing(f) as file:
            write(file)
    else:
        write(f)


def load(
    f: Any, map_location: Any = None, pickle_module: Any = None, *, weights_only: bool | None = None,
    mmap: bool | None = None,
) -> Any:  # fmt: skip
    """Loads what `save` or PyTorch's `torch.save` has saved, or a `.safetensors` or `.npz` file; it runs no code.

    `f`: a path, or a binary file that can seek. The format is told by the content. `map_location`: where tensors of
    other devices go, of which only the CPU exists (a device, a dict of devices, or a function). `mmap`: maps the file
    into memory instead of reading it (a path to an archive, or to a zip of PyTorch's); its checksums are then not
    compared. `weights_only=False` unpickles what needs it, with Python's pickle or `pickle_module`: that runs whatever
    code the file says, so do it only to files from people you trust.

    Raises `CheckpointError` for a file that is malformed, truncated or of no known format.

    >>> import autograd, io, numpy as np
    >>> file = io.BytesIO()
    >>> np.savez(file, weight=np.ones(2, np.float32))
    >>> _ = file.seek(0)
    >>> autograd.load(file)
    {'weight': tensor([1., 1.])}
    """
    check_file(f, "read")
    trusted = None
    if weights_only is False:
        trusted = pickle_module or importlib.import_module("pickle")
    elif pickle_module is not None:
        raise RuntimeError("Can not safely load weights when explicit pickle_module is specified")
    if isinstance(map_location, (str, devices.device)):
        devices.check(map_location)
    if not is_path(f):
        if mmap:
            raise ValueError("f must be a file path in order to use the mmap argument")
        source = Source(f)
        with reading(f"<{getattr(f, 'name', type(f).__name__)}>"):
            return read(source, map_location, trusted, False)
    with open(f, "rb") as file, reading(os.fsdecode(f)):
        return read(Source(file), map_location, trusted, bool(mmap))


def read(source: Source, map_location: Any, trusted: Any, mmap: bool) -> Any:
    """The object in a file, whichever format its content is of."""
    start = source.peek(8)
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return read_zip(source, map_location, trusted, mmap)
    expect(not mmap, "mmap=True works with files of save() and zips of torch.save() only: leave it out")
    from . import safetensors, torch_files

    if torch_files.is_legacy(source):
        return torch_files.read_legacy(source, map_location, trusted)
    if safetensors.is_header(source):
        return safetensors.read(source)
    if trusted is not None:
        return trusted.load(source.file)
    expect(start, "the file is empty")
    if start[:1] == b"\x80":
        raise CheckpointError(
            "a Python pickle, which may run any code. If you trust whoever made it, load(..., weights_only=False) does."
        )
    raise CheckpointError("this is neither an archive of save(), nor a file of PyTorch, safetensors or NumPy")


def read_zip(source: Source, map_location: Any, trusted: Any, mmap: bool) -> Any:
    """The object in a zip."""
    from . import archive, npz, torch_files
    from .zips import Zip

    zipped = Zip(source)
    ours = archive.CONTENT in zipped
    if not ours and not torch_files.is_zip(zipped):
        expect(not mmap, "mmap=True works with files of save() and zips of torch.save() only: leave it out")
        return npz.read(zipped)
    mapping = mapped.mmap(source.file.fileno(), 0, access=mapped.ACCESS_COPY) if mmap else None
    if ours:
        return archive.read(zipped, mapping)
    return torch_files.read_zip(zipped, map_location, mapping, trusted)


def by_suffix(f: Any) -> str:
    """The format that a path's suffix asks for."""
    suffix = os.path.splitext(os.fsdecode(f))[1].lower() if is_path(f) else ""
    return {".safetensors": "safetensors", ".npz": "npz"}.get(suffix, "archive")


def is_path(f: Any) -> bool:
    """Whether it names a file, rather than being one."""
    return isinstance(f, (str, bytes, os.PathLike))


def check_file(f: Any, method: str) -> None:
    """Raises PyTorch's error for what is neither a path nor a file, and one for files of text."""
    if isinstance(f, io.TextIOBase):
        raise TypeError(f"f is a file of text: open it in binary mode, with {method[0] + 'b'!r}")
    if not is_path(f) and not hasattr(f, method):
        raise AttributeError(
            f"expected 'f' to be string, path, or a file-like object with a '{method}' attribute, not a "
            f"{type(f).__name__}"
        )
