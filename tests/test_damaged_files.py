"""Whatever is in a file, `load` gives an object or one `CheckpointError`: no other error, no code run, no memory beyond
what the file's size accounts for. `python -m tests.fuzz_loaders` does this at length."""

from __future__ import annotations

import contextlib
import io
import json
import math
import random
import re
import struct
import sys
import tracemalloc
import warnings
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

import autograd
from autograd.serialization.npz import HEADER

from .fuzz_loaders import attempt, bound, corpus, example, mutated
from .saving import same, saved, there_and_back

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

FILES = corpus()


# ---- any object, any damage

numbers = st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers()
texts = st.text() | st.text(st.characters(categories=["Cs", "Cc", "So"])) | st.binary()
keys = (
    st.integers(-(2**63), 2**63)
    | st.text()
    | st.booleans()
    | st.none()
    | st.tuples(st.integers(0, 9), st.text(max_size=2))
)
tensors = st.builds(
    lambda shape, kind, order: autograd.from_numpy(np.ones(shape, kind, order=order)),
    st.lists(st.integers(0, 3), max_size=3), st.sampled_from(["?", "u1", "i8", "f4", "c16"]), st.sampled_from("CF"),
)  # fmt: skip
objects = st.recursive(
    numbers | texts | tensors,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(keys, inner)
        | st.frozensets(keys)
        | st.sets(keys)
    ),
    max_leaves=20,
)


@given(objects)
def test_any_nesting_comes_back(value):
    assert same(there_and_back(value), value)


@given(st.randoms(use_true_random=False), st.sampled_from(sorted(FILES)))
def test_mutated_files(rng, name):
    for _ in range(10):
        attempt(mutated(FILES[name], rng))


STARTS = [b"", b"PK\x03\x04", b"PK\x05\x06", b"\x80\x02", b"\x93NUMPY"]
STARTS += [b"\x08" + bytes(7) + b"{"] * ("safetensors" in FILES)


@given(st.binary(max_size=200), st.sampled_from(STARTS))
def test_any_bytes(data, start):
    attempt(start + data)


@pytest.mark.parametrize("name", FILES)
def test_every_truncation(name):
    data = FILES[name]
    for length in {*range(0, len(data), max(1, len(data) // 100)), len(data) - 1}:
        with pytest.raises(autograd.CheckpointError):
            autograd.load(io.BytesIO(data[:length]))
        assert length < len(data)


def test_the_mutations_get_far_enough():
    """Some mutated files still load, and most do not."""
    rng = random.Random(0)
    loaded = [attempt(mutated(FILES["archive"], rng)) for _ in range(100)]
    assert 2 < sum(loaded) < 50


def test_memory_is_bounded_by_the_size_of_the_file():
    rng = random.Random(1)
    tracemalloc.start()
    try:
        for name, data in FILES.items():
            for _ in range(10):
                damaged = mutated(data, rng)
                tracemalloc.reset_peak()
                before = tracemalloc.get_traced_memory()[0]
                attempt(damaged)
                assert tracemalloc.get_traced_memory()[1] - before <= bound(damaged), name
    finally:
        tracemalloc.stop()


def test_loading_changes_nothing_global():
    state = autograd.get_rng_state()
    for data in FILES.values():
        autograd.load(io.BytesIO(data))
    assert autograd.equal(autograd.get_rng_state(), state)
    assert autograd.get_default_dtype() is autograd.float32
    assert autograd.is_grad_enabled()


def test_the_sound_files_load_to_what_was_saved():
    back = autograd.load(io.BytesIO(FILES["archive"]))
    assert same(back, example()) and same(autograd.load(io.BytesIO(FILES["torch"])), example())  # noqa: PT018


# ---- archives that say what cannot be


def archive(**changes):
    """An archive with other values in its JSON; `object` stands for the whole object."""
    file = saved({"x": autograd.arange(4.0)})
    with zipfile.ZipFile(file) as source:
        content = json.loads(source.read("ndgrad.json"))
        storage = source.read("storages/0")
    text = changes.pop("text", None) or json.dumps(content | changes)
    return packed({"ndgrad.json": text, "storages/0": storage})


def packed(members, compression=zipfile.ZIP_STORED):
    """A zip of these members, of which there may be two of one name."""
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", compression) as target:
        warnings.simplefilter("ignore")
        for name, data in members if isinstance(members, list) else members.items():
            target.writestr(name, data)
    file.seek(0)
    return file


def tensor(**changes):
    return {"type": "Tensor", "dtype": "float32", "shape": [2], "strides": [1], "storage": 0, "offset": 0} | changes


def test_what_is_altered_below_is_sound():
    assert autograd.load(archive())["x"].tolist() == [0, 1, 2, 3]
    assert autograd.load(archive(object=tensor(strides=[-2], offset=3))).tolist() == [3, 1]
    assert autograd.load(archive(object={"type": "dict", "items": [[1, 2]]})) == {1: 2}


LOOP = {"type": "tuple", "id": 0, "items": [{"type": "ref", "id": 0}]}
DOUBLING = {"type": "tuple", "id": 0, "items": []}
for number in range(1, 60):
    DOUBLING = {"type": "tuple", "id": number, "items": [DOUBLING, {"type": "ref", "id": number - 1}]}

OBJECTS = {
    "unknown type": {"type": "Module"},
    "no type": {"items": []},
    "list type": {"type": []},
    "bare list": [1],
    "reference to nothing": {"type": "ref", "id": 5},
    "tuple in itself": LOOP,
    "number twice": {"type": "list", "items": [{"type": "list", "id": 0, "items": []}] * 2},
    "key that hashes for ever": {"type": "dict", "items": [[DOUBLING, 1]]},
    "item that hashes for ever": {"type": "set", "items": [DOUBLING]},
    "list as a key": {"type": "dict", "items": [[{"type": "list", "items": []}, 1]]},
    "key twice": {"type": "dict", "items": [["a", 1], ["a", 2]]},
    "item twice": {"type": "set", "items": [1, 1]},
    "item of three": {"type": "dict", "items": [["a", 1, 2]]},
    "items that are no list": {"type": "list", "items": "ab"},
    "Size of text": {"type": "Size", "items": ["a"]},
    "metadata of a dict": {"type": "dict", "items": [], "metadata": 1},
    "int": {"type": "int", "hex": "zz"},
    "float": {"type": "float", "bits": "00"},
    "complex": {"type": "complex", "real": "a", "imag": 1},
    "bytes": {"type": "bytes", "base64": "a"},
    "dtype": {"type": "dtype", "name": "__class__"},
    "device": {"type": "device", "name": "moon"},
    "generator": {"type": "Generator", "hex": "00"},
    "scalar": {"type": "scalar", "dtype": "float32", "hex": "0000"},
    "storage beyond": tensor(storage=1),
    "negative storage": tensor(storage=-1),
    "storage as text": tensor(storage="../x"),
    "no storage": tensor(storage=None),
    "too long": tensor(shape=[5]),
    "beyond by stride": tensor(strides=[4]),
    "before the start": tensor(strides=[-1]),
    "negative offset": tensor(offset=-1),
    "negative size": tensor(shape=[-1]),
    "huge": tensor(shape=[2**40, 2**40], strides=[0, 0]),
    "huge around nothing": tensor(shape=[2**40, 0, 2**40], strides=[0, 0, 0], storage=None),
    "huge stride of one": tensor(shape=[1], strides=[2**62]),
    "dimensions": tensor(shape=[1] * 65, strides=[1] * 65),
    "float as a size": tensor(shape=[2.0]),
    "bool as a size": tensor(shape=[True]),
    "strides missing": tensor(strides=[]),
    "bool that is neither": tensor(dtype="bool", shape=[16]),
    "object dtype": tensor(dtype="object"),
    "integers with a gradient": tensor(dtype="int32", requires_grad=True),
    "gradient of one": tensor(requires_grad=1),
    "attributes of a tensor": tensor(attributes={"type": "dict", "items": [["a", 1]]}),
    "attributes that hide": tensor(type="Parameter", attributes={"type": "dict", "items": [["backward", 1]]}),
    "an address to read from": tensor(
        type="Parameter", attributes={"type": "dict", "items": [["__array_interface__", {"type": "dict", "items": []}]]}
    ),
    "attributes of others": {
        "type": "list",
        "items": [
            {"type": "dict", "id": 0, "items": [["a", 1]]},
            tensor(type="Parameter", attributes={"type": "ref", "id": 0}),
        ],
    },
    "key of many parts": {"type": "dict", "items": [[{"type": "tuple", "items": [1] * 1000}, 1]]},
}  # fmt: skip


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_that_cannot_be(name):
    with pytest.raises(autograd.CheckpointError):
        autograd.load(archive(object=OBJECTS[name]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other"}, "does not describe"),
        ({"version": 2}, "upgrade"),
        ({"version": "1"}, "version is '1'"),
        ({"byteorder": "middle"}, "byte order"),
        ({"storages": [15]}, "not of the size"),
        ({"storages": [16, 0]}, "not those that it lists"),
        ({"storages": []}, "not those that it lists"),
        ({"storages": 1}, "malformed"),
        ({"text": "[" * 100_000}, "Recursion|malformed"),
        ({"text": '{"type":' * 100_000}, "Recursion|malformed"),
        ({"text": b"\xff"}, "Unicode"),
        ({"text": '{"format":"ndgrad","format":"ndgrad"}'}, "twice"),
        ({"text": '{"format":NaN}'}, "no JSON"),
        ({"text": '{"format":' + "9" * 5000 + "}"}, "digits"),
        ({"text": '{"format":1.' + "9" * 5000 + "}"}, "digits"),
        ({"text": "{}"}, "does not describe"),
        ({"text": "{"}, "malformed"),
    ],
    ids=range(17),
)  # fmt: skip
def test_contents_that_cannot_be(changes, message):
    with pytest.raises(autograd.CheckpointError, match=message):
        autograd.load(archive(**changes))


def tuples_of_one_hash(count):
    """Pairs of numbers that Python's hash, which is xxHash and knows no seed for tuples, does not tell apart."""
    one, two, start, size = 11400714785074694791, 14029467366897019727, 2870177450012600261, 2**64

    def turned(x, bits):
        return (x << bits | x >> (64 - bits)) % size

    wanted = turned(12345 * pow(one, -1, size) % size, 33)
    pairs = []
    for first in range(1, 100 * count):
        state = turned((start + first * two) % size, 31) * one % size
        second = (wanted - state) * pow(two, -1, size) % size
        if second < 2**61 - 1:
            pairs.append((first, second))
    assert len({hash(pair) for pair in pairs}) == 1
    return pairs[:count]


@pytest.mark.parametrize("form", ["archive", "torch"])
@pytest.mark.parametrize("kind", [set, dict.fromkeys, OrderedDict.fromkeys])
def test_keys_that_were_computed_to_have_one_hash(form, kind):
    """A dict or set compares each with all others."""
    few, many = (saved(kind(tuples_of_one_hash(count)), format=form) for count in (100, 101))
    assert len(autograd.load(few)) == 100
    with pytest.raises(autograd.CheckpointError, match="more than 100 keys of the same hash"):
        autograd.load(many)
    x = [-1, -2, 0.5, math.nan]
    legitimate = {(a, b, c): a for a in x for b in x for c in x}
    assert len(there_and_back(legitimate)) == 64


def test_deep_nesting_is_an_error_and_no_crash():
    node: object = 0
    for _ in range(300):
        node = {"type": "list", "items": [node]}
    with contextlib.suppress(autograd.CheckpointError):  # a deeper stack may have room for it
        assert autograd.load(archive(object=node))


# ---- zips


def test_members_twice():
    file = packed([("ndgrad.json", "{}"), ("ndgrad.json", "{}")])
    with pytest.raises(autograd.CheckpointError, match="two members"):
        autograd.load(file)


def test_names_are_never_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    array = io.BytesIO()
    np.save(array, np.ones(2))
    back = autograd.load(packed({"../../evil.npy": array.getvalue(), "/tmp/evil.npy": array.getvalue()}))
    assert sorted(back) == ["../../evil", "/tmp/evil"]
    assert not list(tmp_path.iterdir())
    with pytest.raises(autograd.CheckpointError, match="not those that it lists"):
        autograd.load(packed({"ndgrad.json": zip_content(archive()), "../storages/0": b""}))


def zip_content(file):
    with zipfile.ZipFile(file) as source:
        return source.read("ndgrad.json")


def test_compressed_members_are_only_in_npz():
    with pytest.raises(autograd.CheckpointError, match="compressed"):
        autograd.load(packed({"ndgrad.json": "{}"}, zipfile.ZIP_DEFLATED))
    with pytest.raises(autograd.CheckpointError, match="unknown way"):
        autograd.load(packed({"x.npy": b""}, zipfile.ZIP_BZIP2))


def test_a_bomb_is_not_unpacked():
    array = io.BytesIO()
    np.save(array, np.zeros(10**7))
    file = packed({"x.npy": array.getvalue()}, zipfile.ZIP_DEFLATED)
    assert len(file.getvalue()) < 10**5
    tracemalloc.start()
    try:
        with pytest.raises(autograd.CheckpointError, match="more than is plausible"):
            autograd.load(file)
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


def test_members_that_lie_on_each_other():
    """A zip whose directory lists one piece of data many times says that it is larger than it is."""
    array = io.BytesIO()
    np.save(array, np.ones(1000))
    data = packed({"a.npy": array.getvalue()}).getvalue()
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entries = b"".join(data[start:end].replace(b"a.npy", name) for name in (b"a.npy", b"b.npy", b"c.npy"))
    ending = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 3, 3, len(entries), start, 0)
    with pytest.raises(autograd.CheckpointError, match="larger than the file"):
        autograd.load(io.BytesIO(data[:start] + entries + ending))


def test_a_wrong_checksum():
    data = bytearray(archive().getvalue())
    at = data.index(struct.pack("<4f", 0, 1, 2, 3))
    data[at + 5] ^= 1
    with pytest.raises(autograd.CheckpointError, match="CRC"):
        autograd.load(io.BytesIO(data))


def test_encrypted_members():
    data = bytearray(archive().getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    with pytest.raises(autograd.CheckpointError, match="encrypted"):
        autograd.load(io.BytesIO(data))


def test_a_large_tensor_over_few_bytes_takes_no_memory():
    """Not even if those are of the other byte order."""
    other = "little" if sys.byteorder == "big" else "big"
    large = {**tensor(dtype="float32", shape=[2**28], strides=[0])}
    tracemalloc.start()
    try:
        x = autograd.load(archive(object=large, byteorder=other))
        assert x.shape == (2**28,)
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


# ---- npz and safetensors


def npy(header, data=b""):
    """A zip with an array of this header."""
    text = header.encode() + b"\n"
    return packed({"x.npy": b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data})


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 0), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 0, 1000000000000), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': __import__('os'), }",
        "{'descr': '<q9', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }",
        "-" * 9000 + "1",
        "",
    ],
)
def test_npz_headers_that_cannot_be(header):
    sound = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
    assert autograd.load(npy(sound, bytes(8)))["x"].tolist() == [0, 0]
    with pytest.raises(autograd.CheckpointError):
        autograd.load(npy(header, bytes(8)))


def test_spaces_in_an_npz_header_cost_no_time():
    """A pattern with two places for them in a row would be tried in all the ways that they can be shared out."""
    header = "{'descr':'<f4','fortran_order':False,'shape':(%s2,), }"
    assert autograd.load(npy(header % (" " * 9000), bytes(8)))["x"].tolist() == [0, 0]
    assert not re.search(r"\\s| ", HEADER.pattern)


@pytest.mark.parametrize(
    "header",
    [
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}',
        '{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,4]}}',
        '{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}',
        '{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}',
        '{"a":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}}',
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        '{"a":{"dtype":"F32","shape":[18446744073709551615,4],"data_offsets":[0,4]}}',
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}',
        '{"a":' * 1000,
        "{",
    ],
)
def test_safetensors_headers_that_cannot_be(header):
    pytest.importorskip("safetensors")
    sound = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    for text, ok in ((sound, True), (header.encode(), False)):
        file = io.BytesIO(len(text).to_bytes(8, "little") + text + struct.pack("<f", 2.5))
        with contextlib.nullcontext() if ok else pytest.raises(autograd.CheckpointError):
            assert autograd.load(file)["a"].tolist() == [2.5]
