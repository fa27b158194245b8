"""The files that are written and read: which format, what is in them, and that they are there whole or not at all."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
import zipfile

import numpy as np
import pytest

import autograd
import nn

from .saving import DTYPES, same, saved


def contents(file):
    """The JSON in an archive."""
    with zipfile.ZipFile(file) as archive:
        return json.loads(archive.read("ndgrad.json"))


# ---- formats


def test_the_suffix_chooses_what_is_written_and_the_content_what_is_read(tmp_path):
    state = {"w": autograd.arange(6.0).reshape(2, 3)}
    expected = {"x.npz": "w.npy", "x.NPZ": "w.npy", "x.pt": "ndgrad.json", "x": "ndgrad.json", "x.pth": "ndgrad.json"}
    for name, member in expected.items():
        path = tmp_path / name
        autograd.save(state, path)
        assert member in zipfile.ZipFile(path).namelist()
        renamed = path.rename(tmp_path / "renamed.safetensors")
        assert same(autograd.load(str(renamed)), state)
    assert autograd.load(os.fsencode(renamed))["w"].shape == (2, 3)


def test_the_archive_is_as_documented(tmp_path):
    path = tmp_path / "x"
    autograd.save({"w": autograd.arange(3.0), "lr": 0.5}, path)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["ndgrad.json", "storages/0"]
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
        assert archive.read("storages/0") == np.arange(3, dtype=np.float32).tobytes()
        assert archive.testzip() is None
    assert path.read_bytes().index(np.arange(3, dtype=np.float32).tobytes()) % 64 == 0
    content = contents(path)
    assert content.pop("byteorder") in ("little", "big")
    tensor = {"type": "Tensor", "dtype": "float32", "shape": [3], "strides": [1], "storage": 0, "offset": 0}
    assert content == {
        "format": "ndgrad",
        "version": 1,
        "storages": [12],
        "object": {"type": "dict", "items": [["w", tensor], ["lr", 0.5]]},
    }
    assert b"pickle" not in path.read_bytes()


def test_equal_content_makes_equal_files():
    one, two = (saved({"w": autograd.arange(5), "o": [1, 2]}).getvalue() for _ in range(2))
    assert one == two


def test_an_archive_of_the_other_byte_order():
    w = np.arange(3, dtype=np.float32)
    file = saved({"w": autograd.from_numpy(w), "v": w[::-1], "z": autograd.tensor([1 + 2j])})
    content = contents(file)
    content["byteorder"] = "big" if content["byteorder"] == "little" else "little"
    swapped = io.BytesIO()
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(swapped, "w") as target:
        target.writestr("ndgrad.json", json.dumps(content))
        target.writestr("storages/0", np.arange(3, dtype=np.float32).byteswap().tobytes())
        target.writestr("storages/1", np.array([1 + 2j], np.complex64).byteswap().tobytes())
        assert source.namelist() == target.namelist()
    swapped.seek(0)
    back = autograd.load(swapped)
    assert back["w"].tolist() == [0, 1, 2]
    assert back["z"].tolist() == [1 + 2j]
    back["w"][0] = 5
    assert back["v"].tolist() == [2, 1, 5]


def test_numpy_reads_what_is_saved_as_npz_and_the_other_way_round(tmp_path):
    arrays = {"a/b": np.arange(6, dtype=np.int16).reshape(2, 3), "F": np.ones((2, 3), order="F"), "0-d": np.array(True)}
    autograd.save({name: autograd.from_numpy(array) for name, array in arrays.items()}, tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as found:
        assert set(found) == set(arrays)
        assert all(same(found[name], arrays[name]) for name in arrays)
        assert found["F"].flags.f_contiguous
    arrays |= {"big": np.arange(3, dtype=">i4"), "empty": np.empty((0, 2)), "vector": np.ones(3, np.complex64)}
    for write in (np.savez, np.savez_compressed):
        write(tmp_path / "y.npz", **arrays)
        back = autograd.load(tmp_path / "y.npz")
        for name, array in arrays.items():
            assert np.array_equal(back[name].numpy(), array)
            assert back[name].shape == array.shape
    np.savez(tmp_path / "none.npz")
    assert autograd.load(tmp_path / "none.npz") == {}


@pytest.mark.parametrize(
    "array", [np.array([{}]), np.array(["text"]), np.zeros(2, "i4,f4"), np.zeros(2, "M8[s]")], ids=str
)
def test_npz_of_anything_else_than_numbers_is_refused(array):
    file = io.BytesIO()
    np.savez(file, allow_pickle=True, x=array)
    file.seek(0)
    with pytest.raises(autograd.CheckpointError, match=r"array|type"):
        autograd.load(file)


def test_safetensors_there_and_back(tmp_path):
    package = pytest.importorskip("safetensors.numpy")
    arrays = {str(d): np.arange(6).reshape(2, 3).astype(d.numpy_dtype) for d in DTYPES if d is not autograd.complex128}
    arrays |= {"empty": np.empty((0, 3)), "0-d": np.array(1.5)}
    autograd.save({name: autograd.from_numpy(array) for name, array in arrays.items()}, tmp_path / "x.safetensors")
    found = package.load_file(tmp_path / "x.safetensors")
    back = autograd.load(tmp_path / "x.safetensors")
    for name, array in arrays.items():
        assert same(found[name], array)
        assert same(back[name].numpy(), array)
    with pytest.raises(TypeError, match="no complex128"):
        saved({"z": autograd.ones(1, dtype=autograd.complex128)}, format="safetensors")


def test_safetensors_missing_is_one_clear_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(ImportError, match=r"ndgrad\[safetensors\]"):
        saved({"x": autograd.ones(1)}, format="safetensors")
    header = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    with pytest.raises(ImportError, match=r"ndgrad\[safetensors\]"):
        autograd.load(io.BytesIO(len(header).to_bytes(8, "little") + header + b"abcd"))


def test_a_pickle_is_written_and_read_only_when_asked_for(tmp_path):
    path = tmp_path / "module.pkl"
    module = nn.Linear(2, 1)
    autograd.save(module, path, weights_only=False)
    with pytest.raises(autograd.CheckpointError, match="may run any code"):
        autograd.load(path)
    back = autograd.load(path, weights_only=False)
    assert same(back.weight, module.weight)
    autograd.save({"x": 1}, path)
    assert autograd.load(path, weights_only=False) == {"x": 1}  # trust changes nothing for what needs none


def test_files_that_go_on_after_other_data():
    file = io.BytesIO()
    file.write(b"before")
    autograd.save({"x": autograd.arange(3)}, file)
    file.seek(6)
    assert autograd.load(file)["x"].tolist() == [0, 1, 2]


def test_a_file_that_cannot_seek():
    class Stream(io.RawIOBase):
        def readable(self):
            return True

    with pytest.raises(io.UnsupportedOperation, match="BytesIO"):
        autograd.load(Stream())


def test_a_file_of_text_is_refused(tmp_path):
    path = tmp_path / "x.ckpt"
    autograd.save(1, path)
    with path.open() as file, pytest.raises(TypeError, match="binary mode, with 'rb'"):
        autograd.load(file)
    with path.open("w") as file, pytest.raises(TypeError, match="binary mode, with 'wb'"):
        autograd.save(1, file)


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        autograd.load(tmp_path / "nothing")


@pytest.mark.parametrize("form", ["archive", "torch"])
def test_mapping_the_file(form, tmp_path):
    path, x = tmp_path / "x", autograd.arange(1000.0).reshape(10, 100)
    autograd.save({"x": x, "row": x[3], "empty": autograd.empty(0)}, path, format=form)
    before = path.read_bytes()
    back = autograd.load(path, mmap=True)
    assert same(back["x"], x)
    assert back["x"]._array.flags.aligned
    assert back["x"].storage_offset() == 0
    back["row"].fill_(-1)
    assert (back["x"][3] == -1).all()
    assert path.read_bytes() == before  # pages that are written to are copied
    with pytest.raises(ValueError, match="file path"):
        autograd.load(io.BytesIO(before), mmap=True)


def test_only_some_files_can_be_mapped(tmp_path):
    autograd.save({"x": autograd.ones(1)}, tmp_path / "x.npz")
    with pytest.raises(autograd.CheckpointError, match="mmap=True works"):
        autograd.load(tmp_path / "x.npz", mmap=True)


def test_map_location():
    file = saved({"x": autograd.ones(1)})
    for place in ("cpu", autograd.device("cpu"), None, {"cuda:0": "cpu"}, lambda storage, location: storage):
        file.seek(0)
        assert autograd.load(file, place)["x"].device.type == "cpu"
    with pytest.raises(RuntimeError, match="not available"):
        autograd.load(file, map_location="cuda")


# ---- written whole or not at all


class Failing:
    """Something that fails in the middle of being written."""

    def __reduce__(self):
        raise KeyError("in the middle")


def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "x"
    autograd.save({"x": 1}, path)
    with pytest.raises(KeyError):
        autograd.save([bytes(10**6), Failing()], path, weights_only=False)
    assert autograd.load(path) == {"x": 1}
    from autograd.serialization import zips

    write = zips.write

    def full_disk(target, name, size, parts):
        if name != "ndgrad.json":
            raise OSError(28, "No space left on device")
        write(target, name, size, parts)

    monkeypatch.setattr(zips, "write", full_disk)
    with pytest.raises(OSError, match="No space"):
        autograd.save({"x": autograd.ones(3)}, path)
    assert autograd.load(path) == {"x": 1}
    assert os.listdir(tmp_path) == ["x"]


def test_the_new_file_takes_its_place_after_it_is_on_the_disk(tmp_path, monkeypatch):
    order = []
    for name in ("fsync", "replace"):
        call = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, _name=name, _call=call: (order.append(_name), _call(*a))[1])
    autograd.save({}, tmp_path / "x")
    assert order == ["fsync", "replace", "fsync"]  # the file, the rename, the folder


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_permissions_and_links(tmp_path):
    old = os.umask(0o027)
    try:
        autograd.save({}, tmp_path / "new")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    (tmp_path / "new").chmod(0o604)
    (tmp_path / "link").symlink_to("new")
    autograd.save({"x": 2}, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o604
    assert autograd.load(tmp_path / "new") == {"x": 2}
    autograd.save({"x": 1}, "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    target = tmp_path / "nowhere" / "x"
    with pytest.raises(FileNotFoundError) as caught:
        autograd.save({}, target)
    assert caught.value.filename == str(target)
    with pytest.raises(IsADirectoryError):
        autograd.save({}, tmp_path)
