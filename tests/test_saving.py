"""What is saved comes back: values, dtypes, layouts, shared memory, identity; in files that are whole or not there."""

from __future__ import annotations

import io
import math
import pickle
import struct
from collections import Counter, OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest

import autograd
import nn
import optim

from .saving import DTYPES, same, saved, there_and_back

# ---- what an archive holds


VALUES = [
    None, True, False, 0, -1, 2**63 - 1, -(2**63), 2**63, -(2**70), 10**5000, 1.5, -0.0, 5e-324, math.inf, -math.inf,
    math.nan, -math.nan, 1 + 2j, complex(-0.0, math.nan), "", "text", "é\0\ud800😀", b"", b"\x00\xff", bytearray(b"ab"),
    (), [], {}, set(), (1, [2, (3,)]), {1, "a", (2, None)}, frozenset({1.5}), OrderedDict(b=1, a=2), Counter("aab"),
    {0: "int", "0": "str", (1, "a"): "tuple", None: 1, 2.5: 2, b"k": 4, autograd.int8: 5},
    autograd.float32, autograd.device("cpu"), autograd.device("cuda:1"), autograd.Size([2, 3]),
    np.float32(1.5), np.int64(-3), np.bool_(True), np.complex64(1j), np.arange(3), np.ones((2, 3), order="F"),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_values_come_back_as_they_were(value):
    back = there_and_back({"nested": [value, value]})["nested"]
    assert same(back[0], value)
    assert same(back[1], value)


def test_the_bits_of_a_nan_come_back():
    odd = struct.unpack(">d", bytes.fromhex("7ff8000000001234"))[0]
    assert struct.pack(">d", there_and_back(odd)) == struct.pack(">d", odd)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3)], ids=str)
def test_tensors_of_every_dtype_come_back(dtype, shape):
    x = autograd.arange(math.prod(shape)).reshape(shape).to(dtype)
    assert same(there_and_back(x), x)


def test_bfloat16_comes_back():
    pytest.importorskip("ml_dtypes")
    x = autograd.tensor([1.5, -2.0, math.nan]).to(autograd.bfloat16)
    back = there_and_back({"x": x, "transposed": x.expand(2, 3).mT})
    assert back["x"].dtype is autograd.bfloat16
    assert same(back["x"], x)
    assert same(there_and_back(x, format="torch"), x)


LAYOUTS = {
    "transposed": lambda x: x.mT,
    "strided": lambda x: x[:, ::2],
    "reversed": lambda x: autograd.from_numpy(x.numpy()[::-1, ::-2]),
    "column": lambda x: x[:, 1],
    "expanded": lambda x: x[:, :1].expand(3, 4),
    "permuted": lambda x: x.reshape(2, 3, 2).permute(2, 0, 1),
    "element": lambda x: x[1, 2],
    "windows": lambda x: x.reshape(-1).unfold(0, 3, 1),
    "imaginary parts": lambda x: autograd.complex(x, x).imag,
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("form", ["archive", "torch", "npz", "safetensors"])
def test_layouts(name, form):
    """Strides stay where the format has them (PyTorch has no negative ones); the values always do."""
    if form == "safetensors":
        pytest.importorskip("safetensors")
    x = LAYOUTS[name](autograd.arange(12.0).reshape(3, 4))
    back = there_and_back({"x": x}, format=form)["x"]
    assert back.dtype is x.dtype
    assert np.array_equal(back.numpy(), x.numpy())
    if form == "archive" or (form == "torch" and name != "reversed"):
        assert back.stride() == x.stride()
    else:
        assert back.is_contiguous() or form == "npz"


def test_memory_that_was_shared_is_shared_again():
    x = autograd.arange(12.0).reshape(3, 4)
    other = autograd.zeros(2)
    for form in ("archive", "torch"):
        back = there_and_back({"row": x[1], "all": x, "turned": x.mT, "other": other}, format=form)
        back["row"][0] = 100
        assert back["all"][1, 0] == 100
        assert back["turned"][0, 1] == 100
        assert back["all"].data_ptr() + 16 == back["row"].data_ptr()
        assert (back["other"] == 0).all()


def test_a_write_to_shared_memory_is_noticed_after_loading():
    x = autograd.ones(3)
    back = there_and_back([x, x[:2]])
    w = autograd.ones(3, requires_grad=True)
    loss = (back[0] * w).sum()
    back[1].add_(1)
    with pytest.raises(RuntimeError, match="inplace"):
        loss.backward()


def test_only_the_memory_that_tensors_reach_is_saved():
    big = autograd.zeros(1000, 1000)
    assert len(saved({"row": big[5], "expanded": big[0, :1].expand(10_000)}).getvalue()) < 10_000


def test_different_types_over_the_same_memory_share_it_again():
    z = autograd.tensor([1 + 2j, 3 + 4j])
    back = there_and_back({"imag": z.imag, "z": z})
    back["imag"][0] = 7
    assert back["z"][0] == 1 + 7j


def test_memory_that_starts_in_the_middle_of_a_number_stays_aligned():
    memory = np.zeros(64, np.uint8)
    floats = memory[16:32].view(np.float32)
    floats[:] = [1, 2, 3, 4]
    back = there_and_back({"bytes": autograd.from_numpy(memory[3:20]), "floats": autograd.from_numpy(floats)})
    assert back["floats"]._array.flags.aligned
    assert back["floats"].tolist() == [1, 2, 3, 4]
    back["bytes"][-1] = 0x41  # the last byte but three of the first float
    assert back["floats"][0] != 1


def test_a_field_of_a_structured_array_is_saved_by_its_values():
    records = np.array([(1, 2.5), (2, 3.5)], dtype=[("a", "i1"), ("b", "<f8")])
    assert there_and_back(records["b"]).tolist() == [2.5, 3.5]


def test_identity_and_cycles():
    x, inner = autograd.ones(2), [1]
    cycle = {"self": None}
    cycle["self"] = cycle
    for form in ("archive", "torch"):
        back = there_and_back({"a": x, "b": x, "lists": [inner, inner], "cycle": cycle}, format=form)
        assert back["a"] is back["b"]
        assert back["lists"][0] is back["lists"][1]
        assert back["cycle"]["self"] is back["cycle"]
    assert there_and_back([[1], [1]])[0] is not there_and_back([[1], [1]])[1]


def test_a_key_may_come_again_in_its_value():
    key = (1, "x")
    value = {key: [{key: key}]}
    assert there_and_back(value) == value
    assert autograd.load(saved(value, format="torch")) == value


def test_what_shares_much_is_not_written_often():
    value: object = [0]
    for _ in range(60):
        value = [value, value]
    assert len(saved(value).getvalue()) < 10_000


def test_parameters_buffers_and_their_attributes():
    p = nn.Parameter(autograd.ones(2), requires_grad=False)
    p.tag = {"group": [1, 2]}
    buffer = nn.Buffer(autograd.zeros(2), persistent=False)
    back = there_and_back({"p": p, "buffer": buffer, "leaf": autograd.ones(1, requires_grad=True)})
    assert type(back["p"]) is nn.Parameter
    assert back["p"].requires_grad is False
    assert back["p"].tag == {"group": [1, 2]}
    assert type(back["buffer"]) is nn.Buffer
    assert back["buffer"].persistent is False
    assert back["leaf"].requires_grad
    assert back["leaf"].is_leaf
    p.__dict__["__array_interface__"] = {}
    with pytest.raises(TypeError, match="attribute '__array_interface__', which would hide"):
        autograd.save({"p": p}, io.BytesIO())


def test_a_result_comes_back_as_a_leaf():
    x = autograd.ones(2, requires_grad=True)
    back = there_and_back(x * 2)
    assert back.is_leaf
    assert back.requires_grad
    assert back.tolist() == [2, 2]


def test_loaded_tensors_can_be_written_to():
    back = there_and_back({"x": autograd.ones(2), "empty": autograd.empty(0)})
    back["x"] += 1
    assert back["x"].tolist() == [2, 2]


def test_in_inference_mode_loading_makes_inference_tensors():
    file = saved({"x": autograd.ones(2), "p": nn.Parameter(autograd.ones(1))})
    with autograd.inference_mode():
        back = autograd.load(file)
    assert back["x"].is_inference()
    assert back["p"].is_inference()


def test_a_generator_goes_on_where_it_was():
    g = autograd.Generator().manual_seed(3)
    autograd.rand(5, generator=g)
    back = there_and_back({"g": g})["g"]
    assert autograd.rand(4, generator=back).tolist() == autograd.rand(4, generator=g).tolist()


def test_the_metadata_of_a_state_dict_comes_back():
    state = OrderedDict(w=autograd.ones(1))
    state._metadata = OrderedDict({"": {"version": 2}})
    for form in ("archive", "torch"):
        assert there_and_back(state, format=form)._metadata == OrderedDict({"": {"version": 2}})


def test_a_model_and_its_optimizer_go_on():
    autograd.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    x, y = autograd.randn(8, 3), autograd.randn(8, 1)

    def step(model, optimizer):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()

    step(model, optimizer)
    file = saved({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": 1})
    step(model, optimizer)
    again = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    other = optim.Adam(again.parameters())
    checkpoint = autograd.load(file)
    again.load_state_dict(checkpoint["model"])
    other.load_state_dict(checkpoint["optimizer"])
    step(again, other)
    assert all(same(a, b) for a, b in zip(model.parameters(), again.parameters()))


# ---- what cannot be saved


class Odd:
    pass


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [1, Odd()]}, r"obj\['a'\]\[1\] is of the type .*Odd"),
        ({"a": nn.Linear(1, 1)}, r"obj\['a'\] is of the type nn.modules.linear.Linear.*state_dict\(\)"),
        ([lambda: 0], r"obj\[0\] is of the type builtins.function"),
        ({"d": defaultdict(int)}, r"obj\['d'\] is of the type collections.defaultdict"),
        ((namedtuple("Point", "x")(1),), r"obj\[0\] is of the type .*Point"),
        ({"n": np.array(["text"])}, r"obj\['n'\] is NumPy data of <U4"),
        ({"n": np.array([Odd()])}, r"obj\['n'\] is NumPy data of object"),
        ({(1, Odd()): 1}, r"obj has a key of the type Odd"),
        ({"s": {10**30}}, r"obj\['s'\] has a key that is an integer of more than 64 bits"),
    ],
)  # fmt: skip
def test_what_has_no_form_is_named_with_its_place(value, place, tmp_path):
    with pytest.raises(TypeError, match=place):
        autograd.save(value, tmp_path / "x.ndgrad")
    assert not list(tmp_path.iterdir())


def test_nesting_has_an_end():
    value: object = 0
    for _ in range(101):
        value = [value]
    with pytest.raises(ValueError, match="100 deep"):
        saved(value)
    holder: list = []
    holder.append((holder,))
    assert there_and_back(holder)[0][0][0] is not None
    inner: list = []
    whole = (inner,)
    inner.append(whole)
    with pytest.raises(ValueError, match="holds itself"):
        saved(whole)


@pytest.mark.parametrize("form", ["npz", "safetensors"])
def test_flat_formats_say_what_they_hold(form):
    if form == "safetensors":
        pytest.importorskip("safetensors")
    for value, message in [
        ([autograd.ones(1)], "a dict of tensors by name, not a list"),
        ({0: autograd.ones(1)}, "the key 0 is no string"),
        ({"a": {"b": autograd.ones(1)}}, r"obj\['a'\] is a dict"),
        ({"a": 1.5}, r"obj\['a'\] is a float"),
    ]:
        with pytest.raises(TypeError, match=message):
            saved(value, format=form)


def test_options_that_do_not_fit_together():
    with pytest.raises(ValueError, match="format is one of"):
        saved({}, format="hdf5")
    with pytest.raises(ValueError, match="format is one of"):
        saved({}, format="npz", weights_only=False)
    with pytest.raises(RuntimeError, match="weights_only=False"):
        saved({}, pickle_module=pickle)
    with pytest.raises(RuntimeError, match="pickle_module"):
        autograd.load(saved({}), pickle_module=pickle)
    with pytest.raises(AttributeError, match="'write'"):
        autograd.save({}, 3)
    with pytest.raises(AttributeError, match="'read'"):
        autograd.load(3)


def test_attributes_that_lead_back_to_their_parameter_are_named():
    weight = nn.Parameter(autograd.ones(1))
    weight.me = weight
    with pytest.raises(ValueError, match=r"obj\['w'\]\.__dict__\['me'\] holds itself"):
        autograd.save({"w": weight}, io.BytesIO())
    chain = nn.Parameter(autograd.ones(1))
    for _ in range(400):
        longer = nn.Parameter(autograd.ones(1))
        longer.next = chain
        chain = longer
    with pytest.raises(ValueError, match="more than 100 deep"):
        autograd.save(chain, io.BytesIO())


def test_a_lazy_parameter_asks_for_a_forward():
    with pytest.raises(TypeError, match="of a lazy module: it has no values before the first forward"):
        autograd.save(nn.LazyLinear(2).state_dict(), io.BytesIO())


def test_shared_attributes_stay_shared():
    weight = nn.Parameter(autograd.ones(2))
    weight.center = autograd.zeros(1)
    file = io.BytesIO()
    autograd.save([weight, weight.center, weight], file)
    file.seek(0)
    first, center, second = autograd.load(file)
    assert first is second
    assert first.center is center
