"""PyTorch's files: they are read and written without it, and hostile pickles in them do nothing."""

from __future__ import annotations

import io
import pickle
import struct
import tracemalloc
import zipfile
from collections import Counter, OrderedDict

import numpy as np
import pytest

import autograd
import nn

from .fuzz_loaders import legacy
from .saving import DTYPES, same, saved

FORMS = [pytest.param(True, id="zip"), pytest.param(False, id="legacy")]


def of_torch(torch, obj, **options):
    """A file that PyTorch has written."""
    file = io.BytesIO()
    torch.save(obj, file, **options)
    file.seek(0)
    return file


def equal(ours, theirs):
    """Whether a loaded object is what PyTorch's is."""
    if type(theirs).__module__.startswith("torch"):
        if hasattr(theirs, "untyped_storage"):
            facts = [(str(t.dtype), tuple(t.shape), t.stride(), t.requires_grad) for t in (ours, theirs)]
            kinds = [type(t).__name__ for t in (ours, theirs)]
            plain = theirs.detach().resolve_conj().resolve_neg()
            values = plain.float().numpy() if str(theirs.dtype) == "torch.bfloat16" else plain.numpy()
            found = ours.detach().float().numpy() if str(theirs.dtype) == "torch.bfloat16" else ours.detach().numpy()
            return facts[0] == facts[1] and kinds[0] == kinds[1] and found.tobytes() == values.tobytes()
        return str(ours) == str(theirs)
    if isinstance(theirs, dict):
        return (
            type(ours) is type(theirs) and list(ours) == list(theirs) and all(equal(ours[k], theirs[k]) for k in theirs)
        )
    if isinstance(theirs, (list, tuple)):
        return type(ours) is type(theirs) and len(ours) == len(theirs) and all(map(equal, ours, theirs))
    return same(ours, theirs)


def everything(torch):
    """A checkpoint with something of each kind."""
    x = torch.arange(12.0).reshape(3, 4)
    state = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2)).state_dict()
    parameter = torch.nn.Parameter(x.clone(), requires_grad=False)
    with_state = torch.nn.Parameter(torch.ones(2))
    with_state.tag = [1]
    return {
        "state": state, "x": x, "row": x[1], "turned": x.T, "strided": x[:, ::2], "expanded": x[:, :1].expand(3, 4),
        "parameter": parameter, "with state": with_state, "leaf": torch.ones(1, requires_grad=True),
        "scalar": torch.tensor(2.5), "empty": torch.empty(0, 3), "conj": torch.tensor([1 + 2j]).conj(),
        "neg": torch._neg_view(torch.arange(3.0)), "tuple": (1, 2.5, True, None, "é\0", b"\x00\xff", 3 + 4j),
        "set": {1, "a"}, "counter": Counter("aab"), "ordered": OrderedDict(b=1, a=2), 7: {(1, 2): "key"},
        "kinds": [torch.float32, torch.device("cpu"), torch.device("cuda:1"), torch.Size([2, 3])],
        "integers": [0, 255, 256, 65536, -1, 2**31, -(2**40), 2**200], "bytearray": bytearray(b"xy"),
        "dtypes": [torch.tensor([0, 1]).to(getattr(torch, d.name)) for d in DTYPES],
    }  # fmt: skip


@pytest.mark.parametrize("zipped", FORMS)
def test_everything_that_torch_saves(torch, zipped):
    theirs = everything(torch)
    ours = autograd.load(of_torch(torch, theirs, _use_new_zipfile_serialization=zipped))
    for key in theirs:
        assert equal(ours[key], theirs[key]), key
    assert ours["state"]._metadata == theirs["state"]._metadata
    assert ours["with state"].tag == [1]
    ours["row"][0] = 100
    assert ours["x"][1, 0] == ours["turned"][0, 1] == 100


@pytest.mark.parametrize("zipped", FORMS)
def test_bfloat16_of_torch(torch, zipped):
    pytest.importorskip("ml_dtypes")
    theirs = {"x": torch.tensor([1.5, -3.0]).bfloat16(), "kind": torch.bfloat16}
    assert equal(autograd.load(of_torch(torch, theirs, _use_new_zipfile_serialization=zipped)), theirs)


@pytest.mark.parametrize("zipped", FORMS)
@pytest.mark.parametrize("protocol", [1, 2, 3, 4, 5])
def test_every_protocol_that_torch_can_write(torch, protocol, zipped):
    theirs = everything(torch)
    file = of_torch(torch, theirs, pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
    ours = autograd.load(file)
    assert all(equal(ours[key], theirs[key]) for key in theirs)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "LBFGS"])
def test_optimizers_of_torch(torch, name):
    model = torch.nn.Linear(3, 2)
    optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        model(torch.ones(4, 3)).sum().backward()
        optimizer.step(lambda: model(torch.ones(4, 3)).sum())
    theirs = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    assert equal(autograd.load(of_torch(torch, theirs)), theirs)


def big_endian(file):
    """A file of PyTorch's as a big-endian machine would have written it; its tensors are of 4-byte numbers."""
    out = io.BytesIO()
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if "/data/" in name:
                data = np.frombuffer(data, "u4").byteswap().tobytes()
            target.writestr(name, b"big" if name.endswith("byteorder") else data)
    out.seek(0)
    return out


def test_big_endian_files(torch):
    x = torch.arange(6.0).reshape(2, 3)
    theirs = {"x": x, "row": x[1], "z": torch.tensor([1 + 2j]), "i": torch.arange(3, dtype=torch.int32)}
    file = big_endian(of_torch(torch, theirs))
    ours = autograd.load(file)
    file.seek(0)
    assert equal(ours, theirs)
    assert equal(ours, torch.load(file))


def test_torch_reads_what_is_written_for_it(torch, tmp_path):
    theirs = everything(torch)
    ours = autograd.load(of_torch(torch, theirs))
    autograd.save(ours, tmp_path / "x.pt", format="torch")
    back = torch.load(tmp_path / "x.pt", weights_only=True)
    assert all(equal(ours[key], back[key]) for key in theirs)
    assert back["state"]._metadata == theirs["state"]._metadata
    back["row"][0] = 100
    assert back["x"][1, 0] == 100
    mapped = torch.load(tmp_path / "x.pt", mmap=True)
    assert all(equal(ours[key], mapped[key]) for key in theirs)
    assert equal(autograd.load(tmp_path / "x.pt", mmap=True)["state"], theirs["state"])


def test_weights_move_both_ways(torch, tmp_path):
    theirs, ours = torch.nn.Linear(3, 2), nn.Linear(3, 2)
    torch.save(theirs.state_dict(), tmp_path / "theirs.pth")
    ours.load_state_dict(autograd.load(tmp_path / "theirs.pth"))
    assert np.array_equal(ours.weight.detach().numpy(), theirs.weight.detach().numpy())
    with autograd.no_grad():
        ours.bias.fill_(3)
    autograd.save(ours.state_dict(), tmp_path / "ours.pth", format="torch")
    theirs.load_state_dict(torch.load(tmp_path / "ours.pth"))
    assert (theirs.bias == 3).all()


def test_views_of_one_memory_as_two_types_are_written_for_torch(torch, tmp_path):
    z = autograd.tensor([1 + 2j, 3 + 4j])
    autograd.save({"z": z, "imag": z.imag}, tmp_path / "x.pt", format="torch")
    back = torch.load(tmp_path / "x.pt")
    back["imag"][0] = 7
    assert back["z"][0] == 1 + 7j


@pytest.mark.parametrize("value", [np.ones(2), np.float32(1), autograd.Generator(), frozenset({1}), 10**1000])
def test_what_torch_would_not_load_is_not_written_for_it(value):
    with pytest.raises(TypeError, match="PyTorch"):
        saved({"x": value}, format="torch")


def test_tensors_of_other_devices(torch):
    pickled = zipfile.ZipFile(of_torch(torch, {"x": torch.ones(2)})).read("archive/data.pkl")
    data = {"data.pkl": pickled.replace(b"\x03\0\0\0cpu", b"\x06\0\0\0cuda:0"), "data/0": np.ones(2, "f4").tobytes()}
    file = packed(data)
    with pytest.raises(autograd.CheckpointError, match="map_location='cpu'"):
        autograd.load(file)
    for place in ("cpu", autograd.device("cpu"), {"cuda:0": "cpu"}, lambda storage, location: storage):
        file.seek(0)
        assert autograd.load(file, map_location=place)["x"].tolist() == [1, 1]
    for place in ({"cuda:1": "cpu"}, lambda storage, location: None):
        file.seek(0)
        with pytest.raises(autograd.CheckpointError, match="'cuda:0'"):
            autograd.load(file, map_location=place)


class Settings:
    """A class that only this module knows."""

    def __init__(self, rate=0.1):
        self.rate = rate


@pytest.mark.parametrize("zipped", FORMS)
def test_objects_in_torch_files_need_trust(torch, zipped):
    file = of_torch(torch, {"x": torch.arange(3), "s": Settings(0.5)}, _use_new_zipfile_serialization=zipped)
    with pytest.raises(autograd.CheckpointError, match=r"Settings, which is not among .*weights_only=False"):
        autograd.load(file)
    file.seek(0)
    back = autograd.load(file, weights_only=False)
    assert type(back["x"]) is autograd.Tensor
    assert back["x"].tolist() == [0, 1, 2]
    assert back["s"].rate == 0.5


# ---- pickles that are not what they should be


def packed(members, compression=zipfile.ZIP_STORED):
    """A zip of PyTorch's of these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as target:
        for name, data in members.items():
            target.writestr(f"archive/{name}", data)
    file.seek(0)
    return file


def tensor(
    shape=b"K\x02\x85", strides=b"K\x01\x85", offset=b"K\x00", count=b"K\x04", kind=b"Float", key=b"0", rest=b"\x89N"
):
    """A program that makes a tensor, of 4 numbers of 4 bytes in its storage, with other values in some places."""
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\n" + kind + b"Storage\nX\x01\0\0\0" + key
        + b"X\x03\0\0\0cpu" + count + b"tQ" + offset + shape + strides + rest + b"tR"
    )  # fmt: skip


def run(program):
    return autograd.load(
        packed({"data.pkl": b"\x80\x02" + program + b".", "data/0": np.arange(4, dtype="f4").tobytes()})
    )


def test_the_program_that_is_altered_below_is_sound():
    assert run(tensor()).tolist() == [0, 1]
    assert run(tensor(shape=b"K\x02K\x02\x86", strides=b"K\x01K\x02\x86", rest=b"\x88N")).requires_grad
    assert run(tensor(offset=b"K\x04", shape=b"K\x00\x85")).tolist() == []


@pytest.mark.parametrize(
    ("program", "value"),
    [
        (b"(I01\nI00\nI7\nL-8L\nl", [True, False, 7, -8]),
        (b"(K\x01K\x02d", {1: 2}),
        (b"NK\x010", None),
        (b"N(K\x01K\x021", None),
        (b"N(K\x010" + b"0", None),
        (b"(K\x01K\x01\x91", frozenset({1})),
        (b"\x8f(K\x01\x90", {1}),
        (b"]\x94K\x01ah\x00\x86", ([1], [1])),
        (b"U\x02\xc3\xa9", "é"),
        (b"\x8b\x02\x00\x00\x00\xff\xff", -1),
        (b"\x96\x02\x00\x00\x00\x00\x00\x00\x00ab", bytearray(b"ab")),
    ],
    ids=range(11),
)
def test_opcodes_of_other_protocols(program, value):
    """Those that Python's pickle reads the same way."""
    assert same(run(program), value)
    assert same(pickle.loads(program + b".", encoding="utf-8"), value)


def test_a_tensor_with_attributes_loses_them(torch):
    x = torch.ones(2)
    x.tag = 1
    assert autograd.load(of_torch(torch, x)).tolist() == [1, 1]


HUGE = b"\x8a\x08" + b"\xff" * 7 + b"\x7f"
HOSTILE = {
    "os.system": b"cos\nsystem\nX\x04\0\0\0true\x85R",
    "posix.system": b"cposix\nsystem\nX\x04\0\0\0true\x85R",
    "eval": b"cbuiltins\neval\nX\x03\0\0\x001+1\x85R",
    "getattr": b"c__builtin__\ngetattr\n(]X\x06\0\0\0appendtR",
    "by two texts": b"X\x02\0\0\0osX\x06\0\0\0system\x93",
    "dotted": b"X\x05\0\0\0torchX\x09\0\0\0os.system\x93",
    "no text": b"K\x01K\x02\x93",
    "pickles in bytes": b"ctorch.storage\n_load_from_bytes\nC\x01.\x85R",
    "calling data": b"]\x29R",
    "calling a dtype": b"ctorch\nfloat32\n)R",
    "calling without a tuple": b"ccollections\nOrderedDict\n]R",
    "attributes of a list": b"]}b",
    "attributes of a tensor": tensor() + b"}X\x06\0\0\0_arrayNsb",
    "attributes of a dict": b"ccollections\nOrderedDict\n)R}X\x05\0\0\0itemsNsb",
    "attribute that hides": b"ctorch._utils\n_rebuild_parameter_with_state\n(" + tensor()
    + b"\x88N}X\x08\0\0\0backwardK\x01stR",
    "old instance": b"(i__main__\nOdd\n",
    "old object": b"(c__main__\nOdd\no",
    "new object with names": b"ccollections\nOrderedDict\n)}\x92",
    "extension": b"\x82\x01",
    "persistent by text": b"Pabc\n",
    "persistent that is no storage": b"X\x06\0\0\0module\x85Q",
    "function left as data": b"ccollections\nOrderedDict\n",
    "function left in data": b"]ctorch\nTensor\na",
    "storage left as data": b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04tQ",
    "empty stack": b"",
    "two objects": b"NN",
    "no mark": b"t",
    "unknown memo": b"h\x05",
    "memo of nothing": b"q\x00",
    "deep": b"(" * 100_000,
    "deep lists": b"]" * 100_000,
    "long text": b"X\xff\xff\xff\x7fa",
    "very long text": b"\x8d" + b"\xff" * 8 + b"a",
    "long integer": b"\x8b\xff\xff\xff\x7fa",
    "negative length": b"\x8b\xff\xff\xff\xffa",
    "long digits": b"L" + b"9" * 100_000 + b"L\n",
    "no digits": b"Iabc\n",
    "frame beyond the end": b"\x95" + b"\xff" * 8 + b"N",
    "protocol": b"\x80\x09N",
    "no opcode": b"\xfe",
    "text in no encoding": b"X\x02\0\0\0\xff\xff",
    "unhashable key": b"}]Ns",
    "key that hashes for ever": b"}" + b")" + b"2\x86" * 60 + b"Ns",
    "item that hashes for ever": b"c__builtin__\nset\n])" + b"2\x86" * 60 + b"a\x85R",
    "number that is no number": tensor(count=b")" + b"2\x86" * 60),
    "size that is no number": tensor(shape=b")" + b"2\x86" * 60 + b"\x85"),
    "append to a dict": b"}Na",
    "item of a list": b"]NNs",
    "key without a value": b"}(Nu",
    "add to a list": b"](N\x90",
    "beyond the storage": tensor(shape=b"K\x05\x85"),
    "beyond by stride": tensor(strides=b"K\x04\x85"),
    "beyond by offset": tensor(offset=b"K\x03"),
    "negative offset": tensor(offset=b"J\xff\xff\xff\xff"),
    "negative stride": tensor(strides=b"J\xff\xff\xff\xff\x85"),
    "negative size": tensor(shape=b"J\xff\xff\xff\xff\x85"),
    "overflowing sizes": tensor(shape=HUGE + HUGE + b"\x86", strides=b"K\x00K\x00\x86"),
    "overflowing strides": tensor(strides=HUGE + b"\x85"),
    "overflow around nothing": tensor(shape=HUGE + b"K\x00" + HUGE + b"\x87", strides=b"K\x00K\x00K\x00\x87"),
    "sizes without strides": tensor(strides=b")"),
    "many dimensions": tensor(shape=b"(" + b"K\x01" * 65 + b"t", strides=b"(" + b"K\x01" * 65 + b"t"),
    "bool as a size": tensor(shape=b"\x88\x85"),
    "float as a size": tensor(shape=b"G" + bytes(8) + b"\x85"),
    "list as a shape": tensor(shape=b"](K\x02e"),
    "storage of another size": tensor(count=b"K\x05"),
    "huge storage": tensor(count=HUGE),
    "negative storage": tensor(count=b"J\xff\xff\xff\xff"),
    "missing storage": tensor(key=b"1"),
    "unknown storage": tensor(kind=b"Quantized"),
    "integers with a gradient": tensor(kind=b"Int", rest=b"\x88N"),
    "hooks": tensor(rest=b"\x89](Ne"),
    "properties": tensor(rest=b"\x89N}X\x04\0\0\0evil\x88s"),
    "too few arguments": b"ctorch._utils\n_rebuild_tensor_v2\n)R",
    "too many arguments": tensor(rest=b"\x89N}}}}"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pickles(name, monkeypatch):
    import builtins
    import os

    def never(*args, **kwargs):
        raise AssertionError("it ran")

    for module, function in ((os, "system"), (builtins, "eval"), (builtins, "exec")):
        monkeypatch.setattr(module, function, never)
    with pytest.raises(autograd.CheckpointError):
        run(HOSTILE[name])


NUMBERS = b"".join(b"M" + struct.pack("<H", number) for number in range(1000))
ITEMS = b"".join(b"M" + struct.pack("<H", number) + b"N" for number in range(1000))
PAIRS = b"".join(b"M" + struct.pack("<H", number) + b"N\x86" for number in range(1000))
LARGE = {
    "collections OrderedDict": b"(" + PAIRS + b"l",
    "collections Counter": b"}(" + ITEMS + b"u",
    "__builtin__ set": b"(" + NUMBERS + b"l",
    "torch Size": b"(" + NUMBERS + b"t",
    "__builtin__ bytearray": b"B" + struct.pack("<I", 5000) + bytes(5000),
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_there_once_is_not_copied_often(name):
    """A file is no small description of something that is much larger."""
    function = b"c" + name.replace(" ", "\n").encode() + b"\nq\x000" + LARGE[name] + b"\x85q\x010"
    assert len(run(function + b"h\x00h\x01R")) in (1000, 5000)
    tracemalloc.start()
    try:
        with pytest.raises(autograd.CheckpointError, match="more than it holds"):
            run(function + b"]" + b"h\x00h\x01Ra" * 1000)
        assert tracemalloc.get_traced_memory()[1] < 2 * 10**6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("in_tuple", [False, True])
@pytest.mark.parametrize("typed", [False, True])
def test_attributes_are_not_copied_often(in_tuple, typed):
    names = [b"a%03d" % number for number in range(500)]
    attributes = b"}(" + b"".join(b"X\x04\0\0\0" + name + b"N" for name in names) + b"u"
    function = b"ctorch._utils\n_rebuild_parameter_with_state\n"
    arguments = b"(" + tensor() + b"\x88N" + attributes + b"N\x86" * in_tuple + b"t"
    if typed:
        arguments = b"(" + function + b"ctorch\nTensor\n" + arguments + b"Nt"
        function = b"ctorch._tensor\n_rebuild_from_type_v2\n"
    program = function + b"q\x000" + arguments + b"q\x010"
    assert len(vars(run(program + b"h\x00h\x01R"))) == 500
    with pytest.raises(autograd.CheckpointError, match="share their attributes"):
        run(program + b"]" + b"h\x00h\x01Ra" * 2)


def test_a_conjugate_is_made_once_for_all_tensors_of_it(torch):
    x = torch.tensor([1 + 2j, 3 - 1j])
    state = {"conj": x.conj(), "row": x.conj()[:1], "imag": x.clone().conj().imag, "x": x}
    back = autograd.load(of_torch(torch, state))
    assert back["conj"].tolist() == [1 - 2j, 3 + 1j]
    assert back["imag"].tolist() == [-2, 1]
    back["conj"][0] = 7
    assert back["row"].tolist() == [7]
    assert back["x"].tolist() == [1 + 2j, 3 - 1j]


@pytest.mark.parametrize("size", [HUGE, b"\x8b\x00\x00\x02\0" + b"\x7f" * 2**17])
def test_huge_sizes_are_not_multiplied(size):
    shape = b"(" + size + b"q\x05" + b"h\x05" * 63 + b"tq\x06"
    with pytest.raises(autograd.CheckpointError, match="less than 58 bits"):
        run(tensor(shape=shape, strides=b"h\x06"))


def test_many_bools_over_few_bytes():
    """They are looked at once; those beside other numbers each time, but not without end."""
    bools = b"(" + tensor(kind=b"Bool", count=b"K\x10", shape=b"K\x01\x85", offset=b"K\x01") + b"l"
    assert run(bools)[0].tolist() == [False]
    each = tensor(kind=b"Bool", count=b"K\x10", shape=b"K\x0e\x85", strides=b"K\x00\x85", offset=b"K\x01")
    with pytest.raises(autograd.CheckpointError, match="too many bools"):
        run(b"(" + each * 1000 + b"l")


def test_deep_data_does_no_harm():
    """It is data; only what walks it recursively would mind."""
    assert isinstance(run(b"]" * 50 + b"a" * 49), list)
    value = run(b"N" + b"\x85" * 100_000)
    while value is not None:
        (value,) = value


def test_zips_that_are_not_what_torch_writes():
    sound = {"data.pkl": b"\x80\x02N.", "data/0": b""}
    assert autograd.load(packed(sound)) is None
    for members, message in [
        ({**sound, "constants.pkl": b""}, "TorchScript"),
        ({**sound, "more/data.pkl": b""}, "more than one"),
        ({**sound, "byteorder": b"middle"}, "byte order"),
        ({"data.pkl": b""}, "truncated"),
    ]:
        with pytest.raises(autograd.CheckpointError, match=message):
            autograd.load(packed(members))
    with pytest.raises(autograd.CheckpointError, match="compressed"):
        autograd.load(packed(sound, zipfile.ZIP_DEFLATED))
    with pytest.raises(autograd.CheckpointError, match="TorchScript"):
        autograd.load(packed({**sound, "constants.pkl": b""}, zipfile.ZIP_DEFLATED))


LEGACY = legacy()


def test_the_older_form():
    back = autograd.load(io.BytesIO(LEGACY + b"more"))
    assert back["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    back["b"][0] = 100
    assert back["a"][1, 0] == 100


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"M\xe9\x03.", b"M\xe8\x03.", "another protocol"),
        (b"cpuK\x06", b"cpuK\x07", "not of the size"),
        (b"cpuK\x06", b"cpuJ\xff\xff\xff\x7f", "larger than the file"),
        (b"]q\0X\x01\0\0\0ka.", b"]q\0X\x01\0\0\0la.", "not those that it lists"),
        (b"]q\0X\x01\0\0\0ka.", b"]q\0(X\x01\0\0\0kX\x01\0\0\0ke.", "not those that it lists"),
        ((6).to_bytes(8, "little"), (2**60).to_bytes(8, "little"), "not of the size"),
        (b"NtQK\x03", b"NtQK\x04", "does not fit"),
        (b"NtQ", b"(X\x01\0\0\0vK\x03K\x04ttQ", "more of the storage"),
    ],
    ids=range(8),
)
def test_the_older_form_altered(old, new, message):
    assert old in LEGACY
    with pytest.raises(autograd.CheckpointError, match=message):
        autograd.load(io.BytesIO(LEGACY.replace(old, new)))


def test_a_part_of_a_storage_in_the_oldest_files():
    part = LEGACY.replace(b"NtQK\x03", b"(X\x01\0\0\0vK\x03K\x03ttQK\x00")
    assert autograd.load(io.BytesIO(part))["b"].tolist() == [3, 4, 5]
