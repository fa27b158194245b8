"""Feeds `autograd.load` with damaged and hostile files, and checks that it either loads them or says so.

    python -m tests.fuzz_loaders --files 10000 --seed 0

Each file is a sound one with a few mutations: of its bytes, or of a member of the zip, which is then sealed again with
the right checksums so that the mutation gets further. Allowed is a result made of known types, or `CheckpointError`.
Not allowed are any other error, a crash, more than `SECONDS`, memory out of proportion to the file, and any attempt to
run code, import, open or connect, which an audit hook sees. Offending files are left in `out/fuzz`.
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib.util
import io
import math
import random
import re
import sys
import time
import traceback
import tracemalloc
import zipfile
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn
from autograd import CheckpointError
from autograd.serialization.zips import ALLOWANCE, EXPANSION

SECONDS = 10.0
MEMORY = 64  # bytes per byte of the file
MORE_MEMORY = 2 << 20
OUT = Path(__file__).parent.parent / "out" / "fuzz"

# ---- sound files


def example() -> Any:
    """A checkpoint with something of everything that PyTorch's files can hold too."""
    x = autograd.arange(12.0).reshape(3, 4)
    state = OrderedDict(weight=x.mT, bias=x[1], flag=autograd.tensor([True, False]))
    state._metadata = OrderedDict({"": {"version": 1}})  # type: ignore[attr-defined]
    return {
        "model": state,
        "optimizer": {
            "state": {0: {"step": autograd.tensor(3.0), "exp_avg": x}},
            "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.999), "params": [0]}],
        },
        "parameter": nn.Parameter(autograd.ones(2)),
        "numbers": [1, -(2**70), 2.5, math.inf, math.nan, -0.0, 1 + 2j, None, True],
        "texts": ("é", b"\x00\xff", bytearray(b"ab"), {1, "two"}, Counter("aab")),
        "kinds": [autograd.float32, autograd.device("cpu"), x.shape],
        "some": [autograd.empty(0, 3), autograd.tensor(7, dtype=autograd.uint16)],
        "more": [x.expand(2, 3, 4), autograd.tensor([1j])],
    }


def flat() -> dict[str, Any]:
    """Tensors by name."""
    x = autograd.arange(12.0).reshape(3, 4)
    return {"x": x.mT, "y": x[:, 1], "scalar": autograd.tensor(2), "empty": autograd.empty(0, 3), "flag": x > 3}


def saved(obj: Any, **options: Any) -> bytes:
    """The bytes of a saved object."""
    file = io.BytesIO()
    autograd.save(obj, file, **options)
    return file.getvalue()


def legacy() -> bytes:
    """A file in the older form of PyTorch's, with two tensors over one storage."""

    def tensor(offset: int, shape: bytes, strides: bytes) -> bytes:
        storage = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0kX\x03\0\0\0cpuK\x06NtQ"
        return (
            b"ctorch._utils\n_rebuild_tensor_v2\n("
            + storage
            + b"K"
            + bytes([offset])
            + shape
            + strides
            + b"\x89ccollections\nOrderedDict\n)RtR"
        )

    whole, row = tensor(0, b"K\x02K\x03\x86", b"K\x03K\x01\x86"), tensor(3, b"K\x03\x85", b"K\x01\x85")
    pickles = [
        b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.",
        b"M\xe9\x03.",
        b"}X\x0d\0\0\0little_endian\x88s.",
        b"}q\0(X\x01\0\0\0a" + whole + b"X\x01\0\0\0b" + row + b"u.",
        b"]q\0X\x01\0\0\0ka.",
    ]  # fmt: skip
    numbers = np.arange(6, dtype="<f4").tobytes()
    return b"".join(b"\x80\x02" + p for p in pickles) + (6).to_bytes(8, "little") + numbers


def compressed() -> bytes:
    """A compressed npz."""
    file = io.BytesIO()
    np.savez_compressed(file, zeros=np.zeros(5000), ones=np.ones((2, 3), ">i4", order="F"))
    return file.getvalue()


def corpus() -> dict[str, bytes]:
    """Sound files of every format."""
    files = {
        "archive": saved(example()),
        "torch": saved(example(), format="torch"),
        "legacy": legacy(),
        "npz": saved(flat(), format="npz"),
        "compressed npz": compressed(),
    }
    if importlib.util.find_spec("safetensors") is not None:
        files["safetensors"] = saved(flat(), format="safetensors")
    return files


# ---- mutations


EXTREMES = [
    "0",
    "-1",
    "1",
    "2",
    "255",
    "65536",
    str(2**31),
    str(2**32 - 1),
    str(2**63),
    str(-(2**63)),
    "9" * 40,
    "1e999",
]
WORDS = [
    b"cos\nsystem\nX\x04\0\0\0true\x85R", b"cbuiltins\neval\nX\x021+1\x85R", b"\x82\x01", b"(i__main__\nx\n", b"o",
    b"b", b"R", b"\x81", b"\x92", b"\x93", b"Pabc\n", b"2\x86" * 40, b"]" * 3000, b"(" * 3000,
    b"\x8b\xff\xff\xff\x7f", b"\x8a\xff", b"r\xff\xff\xff\xff", b"X\xff\xff\xff\xff", b"\x8d" + b"\xff" * 8,
    b"\x95" + b"\xff" * 8, b"I" + b"9" * 50 + b"\n", b"F1\n", b"h\x00", b"0", b"1", b"t", b".", b"[" * 2000,
    b'{"type":"ref","id":0}', b'{"type":"list","items":[]}', b"NaN", b"null", b"\\ud800", b"\0", b"\xff\xfe",
    b"PK\x05\x06",
]  # fmt: skip


def mutate(data: bytes, rng: random.Random) -> bytes:
    """The data with one mutation."""
    out = bytearray(data)
    at, length = rng.randrange(len(out) + 1), rng.choice([1, 1, 2, 4, 8, 64])
    kind = rng.randrange(9)
    if kind == 0 and out:
        out[at % len(out)] ^= 1 << rng.randrange(8)
    elif kind == 1 and out:
        out[at % len(out)] = rng.randrange(256)
    elif kind == 2:
        del out[at:]
    elif kind == 3:
        del out[at : at + length]
    elif kind == 4:
        out[at:at] = rng.randbytes(length)
    elif kind == 5:
        out[at:at] = rng.choice(WORDS)
    elif kind == 6:
        other = rng.randrange(len(out) + 1)
        out[at : at + length], out[other : other + length] = out[other : other + length], out[at : at + length]
    elif kind == 7:
        out[at : at + length] = rng.choice([b"\0", b"\xff", b"\x7f"]) * length
    else:
        numbers = list(re.finditer(rb"-?\d+", out))
        if numbers:
            found = rng.choice(numbers)
            out[found.start() : found.end()] = rng.choice(EXTREMES).encode()
    return bytes(out)


def mutate_member(data: bytes, rng: random.Random) -> bytes:
    """A zip with a mutation of one of its members, sealed again with the right checksums."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        members = [(info, source.read(info)) for info in source.infolist()]
    weights = [4 if info.filename.endswith((".json", ".pkl")) else 1 for info, _ in members]
    (chosen,) = rng.choices(range(len(members)), weights)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        for i, (info, content) in enumerate(members):
            if i == chosen and rng.random() < 0.05:
                continue
            target.writestr(info.filename, mutate(content, rng) if i == chosen else content, info.compress_type)
    return file.getvalue()


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The data with some mutations."""
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        whole = zipfile.is_zipfile(io.BytesIO(data)) and rng.random() < 0.7
        try:
            data = mutate_member(data, rng) if whole else mutate(data, rng)
        except Exception:  # an earlier mutation broke the zip
            data = mutate(data, rng)
    return data


# ---- what may happen

KNOWN = (
    str, bytes, bytearray, int, float, complex, type(None), np.ndarray, np.generic, autograd.dtype, autograd.device,
    autograd.Generator,
)  # fmt: skip


def check(value: Any) -> None:
    """Raises unless an object is made of known types, and its tensors lie in memory that may be read."""
    pending, seen = [value], set()
    while pending:
        item = pending.pop()
        if isinstance(item, KNOWN) or id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, autograd.Tensor):
            array = item._array
            assert array.size == math.prod(array.shape)
            if array.size:
                array[(0,) * array.ndim], array[(-1,) * array.ndim]
        elif isinstance(item, dict):
            pending += [*item.keys(), *item.values()]
        else:
            assert type(item) in (list, tuple, set, frozenset, autograd.Size), f"a {type(item)}"
            pending += item


def attempt(data: bytes) -> bool:
    """Whether data loads; anything else than a sound object or `CheckpointError` raises."""
    try:
        value = autograd.load(io.BytesIO(data))
    except CheckpointError:
        return False
    check(value)
    return True


# ---- the run

FORBIDDEN = (
    "os.",
    "subprocess.",
    "socket.",
    "exec",
    "compile",
    "import",
    "open",
    "shutil.",
    "ctypes.",
    "pickle.find_class",
)


class Watch:
    """An audit hook that notes what is forbidden while a file is loaded."""

    def __init__(self) -> None:
        self.on, self.events = False, []
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: Any) -> None:
        if self.on and event.startswith(FORBIDDEN):
            self.events.append(f"{event}{arguments!r:.200}")


def bound(data: bytes) -> int:
    """How much memory a file may take."""
    allowed = MEMORY * len(data) + MORE_MEMORY
    return allowed + EXPANSION * len(data) + ALLOWANCE if b"zeros" in data else allowed


def measured(data: bytes, watch: Watch) -> bool:
    """`attempt`, with the time, the memory and the events watched."""
    watch.events.clear()
    tracemalloc.reset_peak()
    before, start = tracemalloc.get_traced_memory()[0], time.perf_counter()
    faulthandler.dump_traceback_later(10 * SECONDS, exit=True)  # for what hangs where no exception gets through
    watch.on = True
    try:
        loaded = attempt(data)
    finally:
        watch.on = False
        faulthandler.cancel_dump_traceback_later()
    seconds, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1] - before
    assert not watch.events, f"it tried {watch.events}"
    assert seconds < SECONDS, f"it took {seconds:.1f} s"
    assert peak <= bound(data), f"{peak} bytes of memory for a file of {len(data)}"
    return loaded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000, help="how many mutated files")
    parser.add_argument("--seed", type=int, default=0, help="where the mutations start")
    options = parser.parse_args()
    files, rng = corpus(), random.Random(options.seed)
    for name, data in files.items():
        assert attempt(data), f"the sound {name} does not load"  # and everything that loads lazily is imported
        attempt(b"\x80" + data)
    watch, count, failures = Watch(), Counter(), 0
    start = time.perf_counter()
    tracemalloc.start()
    for number in progress(range(options.files)):
        name = rng.choice(list(files))
        data = mutated(files[name], rng)
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / "current.bin").write_bytes(data)  # stays, should the process die
        try:
            count[name, measured(data, watch)] += 1
        except BaseException as error:
            failures += 1
            path = OUT / f"{name.replace(' ', '-')}-{options.seed}-{number}.bin"
            path.write_bytes(data)
            print(f"{path}: {type(error).__name__}: {error}", file=sys.stderr)
            traceback.print_exc(limit=-3)
            if isinstance(error, KeyboardInterrupt):
                break
    (OUT / "current.bin").unlink(missing_ok=True)
    for name in files:
        print(f"{name:16}{count[name, True] + count[name, False]:7} files, {count[name, True]:6} of them loaded")
    print(f"{sum(count.values()) + failures} mutated files in {time.perf_counter() - start:.0f} s, {failures} failures")
    raise SystemExit(1 if failures else 0)


def progress(numbers: Any) -> Any:
    """The numbers with a progress bar, where tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        return numbers
    return tqdm(numbers, unit=" files", mininterval=1)


if __name__ == "__main__":
    main()
