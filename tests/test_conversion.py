"""Conversions: between dtypes, to Python's numbers and protocols, and copies, with what they keep of the history."""

from __future__ import annotations

import itertools
import math
import pickle
import warnings

import numpy as np
import pytest

import autograd

nan, inf = float("nan"), float("inf")
INTEGRAL = ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"]
DTYPES = [*INTEGRAL, "float16", "float32", "float64", "complex64", "complex128"]


# ---- dtypes


@pytest.mark.parametrize("default", ["float32", "float64", "float16"])
def test_promotion_is_torch_s_for_all_pairs(torch, default):
    """Arrays of one and of no dimension and Python's numbers, each with each."""

    def outcomes(call, *operands):
        for module in (autograd, torch):
            try:
                yield repr(call(module, *operands))
            except RuntimeError:
                yield "refused"

    def operand(module, made):
        if not isinstance(made, tuple):
            return made
        name, ndim = made
        return module.ones((1,) * ndim, dtype=getattr(module, name))

    operands = [*itertools.product(DTYPES, (0, 1)), True, 3, 2.5, 1j]
    for module in (torch, autograd):
        module.set_default_dtype(getattr(module, default))
    try:
        for one, other in itertools.product(operands, operands):
            found, expected = outcomes(lambda m, a, b: m.result_type(operand(m, a), operand(m, b)), one, other)
            assert found == expected.replace("complex32", "complex64"), (one, other)  # NumPy has no complex32
        for one, other in itertools.product(DTYPES, DTYPES):
            for name in ("promote_types", "can_cast"):
                found, expected = outcomes(
                    lambda m, f, a, b: getattr(m, f)(getattr(m, a), getattr(m, b)), name, one, other
                )
                assert found == expected, (name, one, other)
    finally:
        for module in (torch, autograd):
            module.set_default_dtype(module.float32)


def test_promotion(m):
    assert m.promote_types(m.int64, m.float16) is m.float16
    assert m.promote_types(m.uint8, m.int8) is m.int16
    assert m.promote_types(type1=m.bool, type2=m.uint8) is m.uint8
    assert m.result_type(m.tensor([1]), 2.5) is m.float32
    assert m.result_type(m.tensor([1.0]), m.tensor(2.0, dtype=m.float64)) is m.float32
    assert m.result_type(m.tensor([1], dtype=m.int8), m.tensor(2.0, dtype=m.float64)) is m.float64
    assert m.result_type(tensor=m.ones(1), other=m.tensor(1j, dtype=m.complex128)) is m.complex64
    assert m.can_cast(m.float64, m.float16)
    assert not m.can_cast(from_=m.int8, to=m.bool)
    for one in (m.bool, m.int64, m.complex64):
        with pytest.raises(RuntimeError, match="Promotion for uint16, uint32, uint64 types is not supported"):
            m.promote_types(one, m.uint16)
    with pytest.raises(TypeError, match=r"'type2' .*must be torch.dtype, not str"):
        m.promote_types(m.int8, "a")


def test_dtype_objects(m):
    assert m.float is m.float32
    assert (m.half, m.double, m.short, m.int, m.long) == (m.float16, m.float64, m.int16, m.int32, m.int64)
    assert (m.cfloat, m.cdouble) == (m.complex64, m.complex128)
    assert repr(m.float64) == "torch.float64"
    assert (m.float32.itemsize, m.float32.is_floating_point, m.float32.is_complex) == (4, True, False)
    assert (m.uint8.is_signed, m.bool.is_signed, m.int8.is_signed, m.complex64.is_signed) == (False, False, True, True)
    assert m.float64.to_complex() is m.complex128
    assert (m.complex64.to_real(), m.int32.to_real()) == (m.float32, m.int32)
    assert pickle.loads(pickle.dumps(m.int16)) is m.int16
    with pytest.raises(RuntimeError, match="Unknown Complex ScalarType for Int"):
        m.int32.to_complex()


def test_numpy_takes_our_dtypes():
    assert np.zeros(1, dtype=autograd.float16).dtype == np.float16
    assert np.dtype(autograd.int8) == np.int8
    assert autograd.zeros(1, dtype=np.float16).dtype is autograd.float16


@pytest.mark.parametrize("name", [name for name in DTYPES if name != "bool"])
def test_limits_are_torch_s(torch, name):
    kind = "iinfo" if "int" in name else "finfo"
    found, expected = (getattr(module, kind)(getattr(module, name)) for module in (autograd, torch))
    assert repr(found) == repr(expected)
    attributes = ("bits", "min", "max", "dtype") + (
        () if kind == "iinfo" else ("eps", "tiny", "smallest_normal", "resolution")
    )
    for attribute in attributes:
        assert getattr(found, attribute) == getattr(expected, attribute), attribute


def test_limits(m):
    assert m.finfo(m.float32).eps == 2.0**-23
    assert m.finfo().max == float(np.finfo(np.float32).max)
    assert m.finfo(m.complex128).dtype == "float64"
    assert (m.iinfo(m.uint8).max, m.iinfo(m.int64).min) == (255, -(2**63))
    for call in (lambda: m.finfo(m.int32), lambda: m.iinfo(m.float32), lambda: m.iinfo(m.bool), lambda: m.finfo("a")):
        with pytest.raises(TypeError):
            call()


def test_bfloat16_needs_its_package(monkeypatch):
    pytest.importorskip("ml_dtypes")
    x = autograd.tensor([1.0, 2.5]).bfloat16()
    assert x.dtype is autograd.bfloat16
    assert (x + x).tolist() == [2.0, 5.0]
    assert x[0].item() == 1.0
    assert autograd.promote_types(autograd.bfloat16, autograd.float16) is autograd.float32
    assert autograd.promote_types(autograd.int64, autograd.bfloat16) is autograd.bfloat16
    assert repr(x) == "tensor([1.0000, 2.5000], dtype=torch.bfloat16)"


def test_bfloat16_without_its_package_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(ImportError, match="pip install ml_dtypes"):
        autograd.ones(1).bfloat16()


# ---- to


FLOATS = [0.0, -0.0, 1.5, -1.5, 3.7, -3.7, 127, 128, 255, 256, 300, -129, 65535, 1e9, nan, inf, -inf, 1e20, 1e-8, 65520]
INTEGERS = [0, 1, -1, 127, 128, 255, 256, -129, 65536, -(2**31), 2**31, 2**40, -(2**62)]


@pytest.mark.parametrize("source", DTYPES)
def test_values_after_a_cast_are_torch_s(torch, source):
    """Also where C leaves them open but processors agree: NaN and overflow to 32 and 64 bits."""
    kind = np.dtype(source)
    base = np.array(INTEGERS if kind.kind in "iu" else [True, False] if kind.kind == "b" else FLOATS)
    with np.errstate(all="ignore"):
        array = base.astype(kind)
    for target in DTYPES:
        chosen = array
        if kind.kind in "fc" and target in ("uint8", "uint16", "uint32", "uint64", "int8", "int16"):
            chosen = array[np.isfinite(array.real) & (np.abs(array.real).astype(np.float64) < 2**31)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the imaginary part
            found = autograd.from_numpy(chosen).to(getattr(autograd, target)).numpy()
            expected = torch.from_numpy(chosen).to(getattr(torch, target)).numpy()
        np.testing.assert_array_equal(found, expected, err_msg=target)
        assert found.dtype == expected.dtype


def test_to_in_all_its_forms(m):
    x = m.ones(2, 3)
    assert x.to(m.float32) is x.to("cpu") is x.to(m.device("cpu")) is x.to(None) is x.to(dtype=None) is x.to() is x
    calls = [
        x.to(m.float64),
        x.to(float),
        x.to("cpu", m.float64),
        x.to(None, m.float64),
        x.to(device="cpu", dtype=m.float64),
        x.to(m.ones(1, dtype=m.float64)),
        x.to(m.float64, True, True),
        x.to(m.float64, non_blocking=True, copy=False),
        x.to("cpu", m.float64, False, True),
        x.to(m.float64, memory_format=m.preserve_format),
    ]
    assert {result.dtype for result in calls} == {m.float64}
    for copy in (x.to(m.float32, copy=True), x.to(copy=True), x.to(x, copy=True)):
        assert copy is not x
        assert copy.data_ptr() != x.data_ptr()
    assert x.t().to(m.float64).stride() == (1, 3)
    assert x.t().to(m.float64, memory_format=m.contiguous_format).stride() == (2, 1)
    assert x.t().to(memory_format=m.contiguous_format, copy=True).stride() == (2, 1)
    with pytest.raises(RuntimeError, match=r"(Invalid|at start of) device string"):
        x.to("float64")
    for wrong in ((m.float64, False, False, 3), (x, False, False, 3), ("cpu", m.float64, False, False, 3)):
        with pytest.raises(TypeError, match=r"to\(\)"):
            x.to(*wrong)
    with pytest.raises(TypeError):
        x.to(m.float64, dtype=m.float64)
    with pytest.raises(TypeError, match=r"to\(\) received an invalid combination of arguments"):
        x.to(kind=m.float64)


def test_only_floating_results_keep_the_history(m):
    x = m.ones(2, 3, requires_grad=True)
    assert x.to(m.complex64).grad_fn.name() == "ToCopyBackward0"
    assert x.double().requires_grad
    for result in (x.to(m.int64), x.bool(), x.byte(), (x * 2).int()):
        assert not result.requires_grad
        assert result.is_leaf
    (x.double() * 3).sum().backward()
    assert x.grad.dtype is m.float32
    assert x.grad.tolist() == [[3.0] * 3] * 2


def test_complex_to_real(m):
    x = autograd.tensor([1 + 2j, 0, 3j], requires_grad=True)
    with pytest.warns(UserWarning, match="Casting complex values to real discards the imaginary part"):
        real = x.to(autograd.float64)
    assert real.tolist() == [1.0, 0.0, 0.0]
    real.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]
    assert m.tensor([1 + 2j, 0, 3j]).to(m.bool).tolist() == [True, False, True]


def test_conversion_methods(m):
    x = m.tensor([0.0, 1.5])
    for method, dtype in {
        "float": "float32", "double": "float64", "half": "float16", "int": "int32", "long": "int64", "short": "int16",
        "char": "int8", "byte": "uint8", "bool": "bool", "cfloat": "complex64", "cdouble": "complex128",
    }.items():  # fmt: skip
        result = getattr(x, method)()
        assert result.dtype is getattr(m, dtype)
        assert result.tolist()[0] == 0
    assert x.float() is x.cpu() is x.type(m.float32) is x
    assert x.double(memory_format=m.contiguous_format).dtype is m.float64
    assert x.type_as(m.tensor([1])).dtype is m.int64
    assert x.type("torch.DoubleTensor").dtype is x.type(m.float64).dtype is m.float64
    names = [m.tensor(v).type() for v in (1.0, 1, True, 1j)]
    assert names == ["torch.FloatTensor", "torch.LongTensor", "torch.BoolTensor", "torch.ComplexFloatTensor"]
    with pytest.raises(ValueError, match="invalid type: 'foo'"):
        x.type("foo")
    with pytest.raises(TypeError, match="must be Tensor, not int"):
        x.type_as(1)


# ---- Python's protocols


def test_item_and_tolist(m):
    for value, kind in ((2.5, float), (2, int), (True, bool), (1 + 2j, complex)):
        found = m.tensor([[value]]).item()
        assert found == value
        assert type(found) is kind
        assert m.tensor(value).tolist() == value
    assert type(m.tensor(1.0, dtype=m.float16).item()) is float
    assert m.tensor([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    assert (m.empty(0, 2).tolist(), m.empty(2, 0).tolist()) == ([], [[], []])
    x = m.ones(1, requires_grad=True)
    assert x.item() == 1.0
    assert x.tolist() == [1.0]
    for wrong in (m.ones(2), m.empty(0)):
        with pytest.raises(RuntimeError, match=r"a Tensor with \d elements cannot be converted to Scalar"):
            wrong.item()


def test_numbers(m):
    assert float(m.tensor([2])) == 2.0
    assert int(m.tensor([[-2.7]])) == -2
    assert complex(m.tensor(2)) == 2 + 0j
    assert float(m.tensor(1 + 0j)) == 1.0
    assert int(m.tensor(True)) == 1
    assert math.sqrt(m.tensor(4)) == 2.0
    assert f"{m.tensor(3):d} {m.tensor(3.14159):.2f} {m.tensor(3)}" == "3 3.14 3"
    assert "%d %.1f" % (m.tensor(3), m.tensor(2.5)) == "3 2.5"  # noqa: UP031
    for kind in (float, int, complex):
        with pytest.raises(ValueError, match="only one element tensors can be converted to Python scalars"):
            kind(m.ones(2))
    for kind in (float, int):
        with pytest.raises(RuntimeError, match=r"value cannot be converted to type .* without overflow"):
            kind(m.tensor(1 + 1j))
    with pytest.raises(ValueError, match="NaN"):
        int(m.tensor(nan))
    with pytest.raises(OverflowError, match="infinity"):
        int(m.tensor(inf))


def test_conversion_by_numpy():
    x = autograd.tensor([1.0, 2.5])
    for array in (np.asarray(x), np.asarray(x, np.float32), np.array(x, copy=False)):
        assert np.shares_memory(array, x.numpy())
    assert np.asarray(x, np.int8).tolist() == [1, 2]
    assert np.asarray(x, np.float64).dtype == np.float64
    assert not np.shares_memory(np.array(x), x.numpy())
    with pytest.raises(ValueError, match="a copy is needed to make float64 of float32"):
        np.array(x, np.float64, copy=False)


def test_a_number_without_its_gradient_is_warned_of():
    x = autograd.ones(1, requires_grad=True)
    for kind in (float, complex):
        with pytest.warns(UserWarning, match="Converting a tensor with requires_grad=True to a scalar"):
            kind(x)
    assert int(x) == x.item() == 1  # as in PyTorch, without a word


def test_index(m):
    assert range(9)[m.tensor(3)] == 3
    assert range(9)[m.tensor([3])] == 3
    assert [1, 2][m.tensor(True)] == 2
    for wrong in (m.tensor(1.0), m.tensor([1, 2])):
        with pytest.raises(TypeError, match="only integer tensors of a single element can be converted to an index"):
            range(9)[wrong]


def test_bool(m):
    assert m.tensor(1)
    assert m.tensor([[0.5]])
    assert not m.tensor([0.0])
    assert m.tensor([nan])
    assert m.is_nonzero(m.tensor([2]))
    with pytest.raises(RuntimeError, match="Boolean value of Tensor with more than one value is ambiguous"):
        bool(m.ones(2))
    with pytest.raises(RuntimeError, match="Boolean value of Tensor with no values is ambiguous"):
        bool(m.empty(0))
    with pytest.raises(RuntimeError, match="Boolean value of Tensor with more than one value is ambiguous"):
        m.is_nonzero(m.ones(2))


def test_length_and_iteration(m):
    x = m.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    assert len(x) == 2
    assert len(m.empty(0, 2)) == 0
    rows = list(x)
    assert [row.tolist() for row in rows] == [[1.0, 2.0], [3.0, 4.0]]
    (rows[1] * 5).sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0], [5.0, 5.0]]
    base = m.zeros(2, 2)
    for row in base:
        row.fill_(7.0)
    assert base.tolist() == [[7.0, 7.0], [7.0, 7.0]]
    first, second = m.tensor([1, 2])
    assert (first.item(), second.item()) == (1, 2)
    assert list(m.empty(0, 3, requires_grad=True)) == []
    assert x.detach().__reversed__().tolist() == [[3.0, 4.0], [1.0, 2.0]]
    assert m.tensor(1).__reversed__().item() == 1
    with pytest.raises(TypeError, match=r"len\(\) of a 0-d tensor"):
        len(m.tensor(1))
    with pytest.raises(TypeError, match="iteration over a 0-d tensor"):
        list(m.tensor(1))


def test_contains(m):
    x = m.tensor([[1.0, 2.0], [3.0, nan]])
    assert 2 in x
    assert m.tensor(3.0) in x
    assert 7 not in x
    assert nan not in x
    assert m.tensor([1.0, 5.0]) in x  # broadcast: any element that agrees
    for wrong in ("a", None, [1.0]):
        with pytest.raises(RuntimeError, match="only supports Tensor or scalar, but you passed in a <class"):
            wrong in x  # noqa: B015


def test_format_of_more_than_a_number_takes_no_specification(m):
    assert f"{m.tensor([1.5])}" == "tensor([1.5000])"
    with pytest.raises(TypeError, match="unsupported format string"):
        f"{m.tensor([1.5]):.2f}"


def test_apply_and_map(m):
    x = m.tensor([[1.0, 2.0]])
    assert x.apply_(lambda v: v + 1) is x
    assert x.tolist() == [[2.0, 3.0]]
    assert x.map_(m.tensor([[5.0, 6.0]]), lambda a, b: a * b).tolist() == [[10.0, 18.0]]
    with pytest.raises(RuntimeError, match=r"Can't call apply_\(\) on Variable that requires grad"):
        m.ones(1, requires_grad=True).apply_(lambda v: v)
    with pytest.raises(RuntimeError, match=r"Can't call map_\(\) on Variable that requires grad"):
        m.ones(1).map_(m.ones(1, requires_grad=True), lambda a, b: a)


def test_what_a_tensor_is(m):
    x = m.ones(2, 3)
    assert m.is_tensor(x)
    assert not m.is_tensor([1.0])
    kinds = [(m.is_floating_point(t), m.is_complex(t), t.is_signed()) for t in (x, x.int(), x.cfloat(), x.byte())]
    assert kinds == [(True, False, True), (False, False, True), (False, True, True), (False, False, False)]
    assert m.is_same_size(x, x.int())
    assert not m.is_same_size(x, m.ones(3))
    assert (x.is_cpu, x.is_cuda, x.is_mps, x.is_meta, x.is_sparse, x.is_quantized, x.is_pinned()) == (
        True,
        *[False] * 6,
    )
    assert x.get_device() == -1
    with pytest.raises(TypeError, match="must be Tensor, not int"):
        m.is_floating_point(1)


# ---- devices


def test_devices(m):
    cpu = m.device("cpu")
    assert m.ones(1).device == cpu == m.device(type="cpu") == m.device(cpu) == m.get_default_device()
    assert cpu != m.device("cpu:0")
    assert cpu != "cpu"
    assert repr(cpu) == "device(type='cpu')"
    assert repr(m.device("cuda", 1)) == "device(type='cuda', index=1)"
    assert (str(m.device("cuda:1")), m.device("cuda:1").index, cpu.index, cpu.type) == ("cuda:1", 1, None, "cpu")
    assert len({cpu, m.device("cpu"), m.device("cpu:0")}) == 2
    assert pickle.loads(pickle.dumps(m.device("cuda:1"))) == m.device("cuda:1")
    with m.device("cpu"):
        assert m.ones(1).device == cpu
    for wrong in ("foo", "cpu:x", "cpu:-1", 0):
        with pytest.raises(RuntimeError):
            m.device(wrong)
    with pytest.raises(RuntimeError, match="must not be negative"):
        m.device("cuda", -1)
    with pytest.raises(RuntimeError, match="must not include an index"):
        m.device("cpu:0", 0)
    with pytest.raises(TypeError):
        m.device(None)
    with pytest.raises(AttributeError):
        cpu.type = "cuda"


def test_only_the_cpu_can_be_used():
    x = autograd.ones(2)
    for call in (
        lambda: x.to("cuda"),
        lambda: x.to(device="cuda:1"),
        lambda: x.cuda(),
        lambda: x.cuda("cuda:0"),
        lambda: autograd.set_default_device("mps"),
        lambda: autograd.device("cuda").__enter__(),
    ):
        with pytest.raises(RuntimeError, match="is not available: this library computes on the CPU"):
            call()
    autograd.set_default_device("cpu")
    assert autograd.get_default_device().type == "cpu"


def test_cuda_is_not_there():
    cuda = autograd.cuda
    assert (cuda.is_available(), cuda.device_count(), cuda.is_initialized(), cuda.is_bf16_supported()) == (False, 0) + (
        False,
    ) * 2
    assert (cuda.memory_allocated(), cuda.max_memory_allocated()) == (0, 0)
    assert (cuda.manual_seed(1), cuda.manual_seed_all(1), cuda.seed(), cuda.seed_all(), cuda.empty_cache()) == (
        None,
    ) * 5
    for call in (cuda.current_device, cuda.synchronize, cuda.get_device_name, cuda.initial_seed):
        with pytest.raises(RuntimeError, match="CUDA is not available"):
            call()
    with pytest.raises(RuntimeError, match="CUDA is not available"):
        cuda.set_device(0)


def test_layouts_and_memory_formats(m):
    assert m.ones(1).layout is m.strided
    names = [m.strided, m.contiguous_format, m.preserve_format, m.channels_last, m.channels_last_3d]
    assert [repr(name) for name in names] == [
        "torch.strided", "torch.contiguous_format", "torch.preserve_format", "torch.channels_last",
        "torch.channels_last_3d",
    ]  # fmt: skip
    assert pickle.loads(pickle.dumps(m.contiguous_format)) is m.contiguous_format
    assert isinstance(m.strided, m.layout)
    assert isinstance(m.channels_last, m.memory_format)


# ---- copies


def test_clone(m):
    x = m.ones(2, 3, requires_grad=True)
    copy = x.clone()
    assert copy.grad_fn.name() == "CloneBackward0"
    assert copy.data_ptr() != x.data_ptr()
    assert x.t().clone().stride() == (1, 3)
    assert x.t().clone(memory_format=m.contiguous_format).stride() == (2, 1)
    assert m.ones(2, 1).expand(2, 3).clone().stride() == (3, 1)
    with pytest.raises(TypeError, match="must be Tensor, not list"):
        m.clone([1])


def test_copy(m):
    x = m.zeros(2, 3)
    assert x.copy_(m.tensor([1, 2, 3])) is x
    assert x.tolist() == [[1.0, 2.0, 3.0]] * 2
    assert x.copy_(5).tolist() == [[5.0] * 3] * 2
    ints = m.zeros(2, dtype=m.int32)
    assert ints.copy_(m.tensor([1.7, -1.7], requires_grad=True)).tolist() == [1, -1]
    assert not ints.requires_grad
    base = m.zeros(4)
    base[1:3].copy_(m.ones(2))
    assert base.tolist() == [0.0, 1.0, 1.0, 0.0]
    with pytest.raises(RuntimeError, match=r"The size of tensor a \(3\) must match the size of tensor b \(2\)"):
        x.copy_(m.ones(2))
    with pytest.raises(RuntimeError, match=r"output with shape \[3\] doesn't match the broadcast shape \[2, 3\]"):
        m.zeros(3).copy_(m.ones(2, 3))
    for wrong in ("a", [1, 2], np.ones(2)):
        with pytest.raises(TypeError, match="must be Tensor, not"):
            x.copy_(wrong)


def test_copy_moves_the_gradient_to_what_was_copied(m):
    x, y = m.ones(3, requires_grad=True), m.ones(3, dtype=m.float64, requires_grad=True)
    z = x * 2
    z.copy_(y)
    assert z.grad_fn.name().endswith("CopyBackwards")
    (z * 3).sum().backward()
    assert x.grad.tolist() == [0.0] * 3
    assert y.grad.tolist() == [3.0] * 3
    assert y.grad.dtype is m.float64
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        x.copy_(y)


def test_copying_a_constant_ends_the_gradient(m):
    x = m.ones(3, requires_grad=True)
    z = x * 2
    z.copy_(m.zeros(3))
    assert z.requires_grad
    z[1:].copy_(m.ones(2))
    z.sum().backward()
    assert x.grad.tolist() == [0.0] * 3
