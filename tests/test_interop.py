"""Tensors that leave and come back: DLPack, pickles, copies."""

from __future__ import annotations

import copy
import gc
import pickle

import numpy as np
import pytest

import autograd
import nn

DTYPES = [
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
]

# ---- DLPack


@pytest.mark.parametrize("dtype", DTYPES)
def test_dlpack_shares_memory_with_numpy(dtype):
    x = autograd.tensor([[1, 0, 1], [0, 1, 1]]).to(getattr(autograd, dtype))
    array = np.from_dlpack(x.t())
    assert array.shape == (3, 2)
    assert array.ctypes.data == x.data_ptr()
    back = autograd.from_dlpack(array)
    assert back.dtype is x.dtype
    assert back.stride() == (1, 3)
    assert back.data_ptr() == x.data_ptr()
    back = autograd.from_dlpack(autograd.to_dlpack(x))
    back[1, 0] = 1
    assert x[1, 0].item() == 1
    assert array[0, 1] == 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_dlpack_shares_memory_with_torch(torch, dtype):
    x = autograd.tensor([[1, 0, 1], [0, 1, 1]]).to(getattr(autograd, dtype))
    theirs = torch.from_dlpack(x.t())
    assert (str(theirs.dtype), tuple(theirs.shape)) == (f"torch.{dtype}", (3, 2))
    theirs[0, 1] = 1
    assert x[1, 0].item() == 1
    ours = autograd.from_dlpack(theirs)
    assert ours.data_ptr() == x.data_ptr()
    ours[2, 0] = 0
    assert theirs[2, 0].item() == 0
    assert autograd.asarray(theirs).data_ptr() == x.data_ptr()
    del x, theirs
    gc.collect()
    assert ours.tolist()[0][1] == 1


def test_read_only_memory_of_numpy_stays_so():
    array = np.ones(3)
    array.flags.writeable = False
    x = autograd.from_dlpack(array)
    assert x.data_ptr() == array.ctypes.data
    with pytest.raises(RuntimeError, match="read-only"):
        x.mul_(2.0)


def test_capsules_and_copies():
    x = autograd.ones(3)
    assert autograd.from_dlpack(autograd.to_dlpack(x)).data_ptr() == x.data_ptr()
    assert autograd.from_dlpack(x.__dlpack__(copy=True)).data_ptr() != x.data_ptr()
    assert autograd.from_dlpack(x.__dlpack__(max_version=(1, 0), dl_device=(1, 0))).tolist() == [1.0] * 3
    assert autograd.from_dlpack(x).data_ptr() == x.data_ptr()
    assert autograd.from_dlpack(x, copy=True).data_ptr() != x.data_ptr()
    assert autograd.from_dlpack(np.ones(2), device="cpu", copy=True).tolist() == [1.0, 1.0]
    assert tuple(x.__dlpack_device__()) == (1, 0)


def test_a_write_through_dlpack_s_twin_of_our_own_tensor_is_noticed():
    x = autograd.ones(3, requires_grad=True)
    y = x * 2
    z = y * y
    autograd.from_dlpack(y.detach()).fill_(7.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_dlpack_refuses():
    x = autograd.ones(3, requires_grad=True)
    for call in (x.__dlpack__, (x * 2).__dlpack__, lambda: autograd.from_dlpack(x), lambda: np.from_dlpack(x)):
        with pytest.raises(BufferError, match=r"Can't export tensors that require gradient, use tensor.detach"):
            call()
    y = autograd.from_numpy(np.arange(3.0)[::-1])
    with pytest.raises(BufferError, match="negative strides"):
        y.__dlpack__()
    assert np.from_dlpack(y.contiguous()).tolist() == [2.0, 1.0, 0.0]
    with pytest.raises(BufferError, match="stream"):
        autograd.ones(1).__dlpack__(stream=1)
    with pytest.raises(BufferError, match="cannot be exported to the DLPack device"):
        autograd.ones(1).__dlpack__(dl_device=(2, 0))
    with pytest.raises(RuntimeError, match="invalid capsule"):
        autograd.from_dlpack([1.0])
    with pytest.raises(RuntimeError, match="is not available"):
        autograd.from_dlpack(np.ones(1), device="cuda")


def test_memory_of_other_devices_is_refused():
    class Elsewhere:
        def __dlpack__(self, **options):
            raise AssertionError("not to be asked for")

        def __dlpack_device__(self):
            return 2, 0

    with pytest.raises(BufferError, match="takes memory of the CPU"):
        autograd.from_dlpack(Elsewhere())


def test_a_producer_of_the_older_form():
    class Old:
        def __init__(self, array):
            self.array = array

        def __dlpack__(self, stream=None):
            return self.array.__dlpack__()

        def __dlpack_device__(self):
            return 1, 0

    array = np.zeros(2)
    x = autograd.from_dlpack(Old(array))
    x[0] = 5.0
    assert array.tolist() == [5.0, 0.0]
    del array
    gc.collect()
    assert x.tolist() == [5.0, 0.0]


def test_an_older_numpy_takes_no_version():
    class Old(np.ndarray):
        def __dlpack__(self, *, stream=None):
            return super().__dlpack__()

    x = autograd.ones(2)
    x._array = x._array.view(Old)
    assert autograd.from_dlpack(x.__dlpack__(max_version=(1, 0))).tolist() == [1.0, 1.0]


# ---- pickling


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(protocol):
    def again(value):
        return pickle.loads(pickle.dumps(value, protocol))

    for x in (autograd.tensor([[1.5, 2.0]]), autograd.tensor(3), autograd.empty(0, 2), autograd.tensor([1j])):
        back = again(x)
        assert repr(back) == repr(x)
        assert back.data_ptr() != x.data_ptr() or not x.numel()
        assert back.is_leaf
    leaf = autograd.ones(2, requires_grad=True)
    leaf.grad = autograd.ones(2)
    back = again(leaf)
    assert back.requires_grad
    assert back.grad is None
    assert again(leaf * 2).is_leaf
    assert again(leaf * 2).requires_grad
    assert again(autograd.ones(2, 3).t()).stride() == (1, 3)
    one, other = again([leaf, leaf])
    assert one is other
    size = again(leaf.shape)
    assert type(size) is autograd.Size
    back.mul_(2.0) if not back.requires_grad else back.detach().mul_(2.0)
    assert back.tolist() == [2.0, 2.0]


def test_pickles_of_the_past_are_no_surprise(m):
    """What PyTorch does with a result of recorded operations: a leaf that requires grad."""
    x = m.ones(2, requires_grad=True)
    back = pickle.loads(pickle.dumps(x * 2))
    assert back.requires_grad
    assert back.is_leaf


def test_subclasses_and_their_attributes():
    weight, buffer = nn.Parameter(autograd.ones(2)), nn.Buffer(autograd.ones(2), persistent=False)
    for again in (lambda value: pickle.loads(pickle.dumps(value)), copy.deepcopy, copy.copy):
        twin = again(weight)
        assert type(twin) is nn.Parameter
        assert twin.requires_grad
        assert repr(twin) == repr(weight)
        assert again(buffer).persistent is False


# ---- copies


def test_deepcopy(m):
    x = m.ones(2, 3, requires_grad=True)
    x.grad = m.full((2, 3), 5.0)
    twin = copy.deepcopy(x)
    assert twin.requires_grad
    assert twin.is_leaf
    assert twin.data_ptr() != x.data_ptr()
    assert twin.grad.tolist() == [[5.0] * 3] * 2
    assert twin.grad.data_ptr() != x.grad.data_ptr()
    with m.no_grad():
        twin.fill_(9.0)
    assert x.tolist() == [[1.0] * 3] * 2
    with pytest.raises(
        RuntimeError, match=r"Only Tensors created explicitly by the user \(graph leaves\) support the dee"
    ):
        copy.deepcopy(x * 2)


def test_deepcopy_keeps_what_is_shared(m):
    base = m.zeros(2, 3)
    things = {"base": base, "again": base, "row": base[1], "column": base.t()[2], "other": m.zeros(2)}
    twins = copy.deepcopy(things)
    assert twins["base"] is twins["again"]
    twins["base"][1, 2] = 4.0
    assert twins["row"].tolist() == [0.0, 0.0, 4.0]
    assert twins["column"].tolist() == [0.0, 4.0]
    assert twins["column"].stride() == (3,)
    assert twins["other"].tolist() == base[0, :2].tolist() == [0.0, 0.0]
    assert base.sum().item() == 0


def test_deepcopy_of_views_of_any_layout():
    base = autograd.from_numpy(np.asfortranarray(np.arange(12.0).reshape(3, 4)))
    views = [base, base[::2], base.t()[1:, 1:], autograd.from_numpy(base.numpy()[::-1, ::-1]), base[:, :0], base[1, 1]]
    views += [autograd.ones(3).expand(2, 3), autograd.from_numpy(np.frombuffer(bytearray(8), np.int32))]
    for x, twin in zip(views, copy.deepcopy(views)):
        assert repr(twin) == repr(x)
        assert not np.may_share_memory(twin.numpy(), x.numpy())


def test_copy(m):
    x = m.ones(2, requires_grad=True)
    twin = copy.copy(x)
    assert twin is not x
    assert twin.data_ptr() == x.data_ptr()
    assert twin.requires_grad
    assert copy.copy(x * 2).is_leaf


def test_shared_memory_keeps_its_strides_and_its_writes_in_the_history():
    flipped = autograd.arange(6.0).reshape(2, 3).t().share_memory_()
    assert flipped.stride() == (1, 3)
    assert flipped.tolist() == [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]

    x = autograd.ones(4, requires_grad=True)
    y = x * 1
    view = y[:2]
    with pytest.raises(RuntimeError, match=r"a view whose base requires grad.*clone"):
        view.share_memory_()
    with pytest.raises(RuntimeError, match=r"a tensor that has views.*clone"):
        y.share_memory_()
    view.mul_(3)
    y.sum().backward()
    assert y.tolist() == x.grad.tolist() == [3.0, 3.0, 1.0, 1.0]

    y = (x * 1).share_memory_()
    y[:2].mul_(3)
    assert y.is_shared()
    assert y.tolist() == [3.0, 3.0, 1.0, 1.0]
    view = x[:2]  # of a leaf no write is recorded
    assert x.share_memory_().is_shared()


def test_a_view_without_history_becomes_a_tensor_of_its_own_in_shared_memory():
    base, factor = autograd.ones(4), autograd.full((2,), 3.0, requires_grad=True)
    view = base[:2].share_memory_()
    view.mul_(factor)
    assert view.requires_grad
    assert not base.requires_grad
    assert base.tolist() == [1.0] * 4
    second = base[:2]
    with pytest.raises(RuntimeError, match="a tensor that has views"):
        base.share_memory_()
    del second
    assert base.share_memory_().is_shared()
