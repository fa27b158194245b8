"""Making tensors: which shape, dtype and memory they get, and which arguments are refused."""

from __future__ import annotations

import array
import enum
import warnings

import numpy as np
import pytest

import autograd

nan, inf = float("nan"), float("inf")


class Colour(enum.IntEnum):
    RED = 3


# What data becomes: the data, the dtype, the values.
DATA = [
    (3, "int64", 3),
    (-(2**63), "int64", -(2**63)),
    (2.5, "float32", 2.5),
    (True, "bool", True),
    (1 + 2j, "complex64", 1 + 2j),
    (Colour.RED, "int64", 3),
    ([], "float32", []),
    ([[], []], "float32", [[], []]),
    ([1, 2], "int64", [1, 2]),
    ([1, 2.5], "float32", [1.0, 2.5]),
    ([True, 2], "int64", [1, 2]),
    ([True, False], "bool", [True, False]),
    ([1, 2j], "complex64", [1 + 0j, 2j]),
    ([[1, 2], (3, 4)], "int64", [[1, 2], [3, 4]]),
    (range(3), "int64", [0, 1, 2]),
    (bytearray(b"ab"), "int64", [97, 98]),
    (array.array("d", [1.0, 2.0]), "float32", [1.0, 2.0]),
    (np.float64(2.5), "float64", 2.5),
    (np.float16(2.5), "float16", 2.5),
    (np.bool_(True), "bool", True),
    ([np.float64(2.5)], "float64", [2.5]),
    ([np.float32(2.5), 1.0], "float32", [2.5, 1.0]),
    ([np.int32(3)], "int32", [3]),
    ([np.int32(3), 2], "int64", [3, 2]),
    ([np.uint8(3)], "uint8", [3]),
    (np.array([[1, 2]], "i2"), "int16", [[1, 2]]),
    (np.array(5.0), "float64", 5.0),
    ([np.array([1.0, 2.0]), np.array([3.0, 4.0])], "float64", [[1.0, 2.0], [3.0, 4.0]]),
]


@pytest.mark.parametrize("data, dtype, values", DATA, ids=lambda v: repr(v)[:40])
@pytest.mark.filterwarnings("ignore:Creating a tensor from a list:UserWarning")
def test_data_decides_dtype_and_shape(m, data, dtype, values):
    made = m.tensor(data)
    assert made.dtype is getattr(m, dtype)
    assert made.tolist() == values
    assert tuple(made.shape) == np.shape(values)
    assert made.is_leaf
    assert not made.requires_grad


def test_lists_may_hold_tensors_of_one_element(m):
    made = m.tensor([[m.tensor(1.0, dtype=m.float64)], [m.tensor([2])]])
    assert made.dtype is m.float64
    assert made.tolist() == [[1.0], [2.0]]
    with pytest.warns(UserWarning, match="requires_grad=True"):  # PyTorch warns once in a process
        autograd.tensor([autograd.ones(1, requires_grad=True)])
    with pytest.raises(ValueError, match="only one element tensors can be converted to Python scalars"):
        m.tensor([m.ones(2), m.ones(2)])


# Data and dtype together: what is refused and what wraps, rounds or overflows.
CONVERTED = [
    ([1.7, -1.7], "int32", [1, -1]),
    ([2, 0, 0.5], "bool", [True, False, True]),
    ([1j, 0], "bool", [True, False]),
    ([-1], "uint8", [255]),
    ([nan], "bool", [True]),
    ([1e300, inf], "float32", [inf, inf]),
    ([70000], "float16", [inf]),
    ([2**63], "uint64", [2**63]),
    ([2**70], "float64", [2.0**70]),
    ([2**70, 0], "bool", [True, False]),
    ([1, 2], "complex128", [1 + 0j, 2 + 0j]),
    ([], "int64", []),
]


@pytest.mark.parametrize("data, dtype, values", CONVERTED, ids=repr)
def test_dtype_given(m, data, dtype, values):
    made = m.tensor(data, dtype=getattr(m, dtype))
    assert made.dtype is getattr(m, dtype)
    assert made.tolist() == values


REFUSED = [
    ([[1, 2], [3]], None, ValueError, r"expected sequence of length 2 at dim 1 \(got 1\)"),
    ([[[1], [2]], [[1], [2, 3]]], None, ValueError, r"expected sequence of length 1 at dim 2 \(got 2\)"),
    ([[1], 2], None, TypeError, "not a sequence"),
    ([1, [2]], None, TypeError, "'list' object cannot be interpreted"),
    ("abc", None, TypeError, r"new\(\): invalid data type 'str'"),
    (b"abc", None, TypeError, r"new\(\): invalid data type 'bytes'"),
    (["abc"], None, ValueError, "too many dimensions 'str'"),
    (None, None, RuntimeError, "Could not infer dtype of NoneType"),
    ([1, None], None, RuntimeError, "Could not infer dtype of NoneType"),
    ({1, 2}, None, RuntimeError, "Could not infer dtype of set"),
    ({}, None, RuntimeError, "Could not infer dtype of dict"),
    pytest.param(iter([1]), None, RuntimeError, "Could not infer dtype of list_iterator", id="iterator"),
    ([2**63], None, ValueError, "Overflow when unpacking long long"),
    (2**70, None, ValueError, "Overflow when unpacking long long"),
    ([300], "uint8", RuntimeError, "value cannot be converted to type uint8 without overflow"),
    ([-300], "uint8", RuntimeError, "value cannot be converted to type uint8 without overflow"),
    (200, "int8", RuntimeError, "value cannot be converted to type int8 without overflow"),
    ([nan], "int32", RuntimeError, "value cannot be converted to type int32 without overflow"),
    ([inf], "int64", RuntimeError, "value cannot be converted to type int64 without overflow"),
    ([1j], "float32", TypeError, "must be real number, not complex"),
    (np.array(["a"]), None, TypeError, "can't convert np.ndarray of type"),
    (np.array([None]), None, TypeError, "can't convert np.ndarray of type"),
    (np.datetime64("2020-01-01"), None, TypeError, "can't convert np.ndarray of type"),
    (np.array([1.0], "g"), None, TypeError, "can't convert np.ndarray of type"),
]


@pytest.mark.parametrize("data, dtype, error, message", REFUSED, ids=lambda v: repr(v)[:40])
def test_data_refused(m, data, dtype, error, message):
    with pytest.raises(error, match=message):
        m.tensor(data, dtype=None if dtype is None else getattr(m, dtype))


def test_lists_deeper_than_numpy_s_arrays_are_refused():
    deep = 1.0
    for _ in range(70):
        deep = [deep]
    with pytest.raises(ValueError, match="exceed the maximum number of dimension"):
        autograd.tensor(deep)


def test_data_beside_an_empty_list_is_refused_where_torch_drops_it():
    with pytest.raises(ValueError, match=r"expected sequence of length 0 at dim 1 \(got 1\)"):
        autograd.tensor([[], [1]])


def test_objects_that_are_arrays_and_arrays_at_another_dtype():
    class Column:
        def __array__(self, dtype=None, copy=None):
            return np.array([1, 2], np.int16)

    assert autograd.tensor(Column()).dtype is autograd.int16
    assert autograd.asarray(memoryview(bytearray(4)), dtype=autograd.int32).tolist() == [0]
    with pytest.warns(UserWarning, match="discards the imaginary part"):
        assert autograd.tensor(np.array([1 + 2j]), dtype=autograd.float32).tolist() == [1.0]
    assert autograd.tensor(np.array([300, -1]), dtype=autograd.uint8).tolist() == [44, 255]  # wraps, unlike a list


def test_tensor_copies(m):
    source = np.zeros(2)
    made = m.tensor(source)
    source[0] = 1.0
    assert made.tolist() == [0.0, 0.0]
    x = m.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="To copy construct from a tensor"):
        twin = m.tensor(x)
    assert not twin.requires_grad
    assert twin.data_ptr() != x.data_ptr()
    assert m.tensor(np.ones((2, 3)).T).stride() == (1, 3)  # the order in memory is the array's


def test_foreign_byte_order_is_converted_by_a_copy_and_refused_where_memory_is_shared(m):
    swapped = np.array([1.0, 2.0], ">f4")
    with pytest.raises(ValueError, match="byte order different from the native byte order"):
        m.from_numpy(swapped)
    assert autograd.tensor(swapped).tolist() == [1.0, 2.0]


def test_as_tensor_shares_where_it_can(m):
    source = np.zeros(2)
    assert m.as_tensor(source).data_ptr() == source.ctypes.data
    assert m.as_tensor(source, dtype=m.float32).dtype is m.float32
    x = m.ones(2, requires_grad=True)
    assert m.as_tensor(x) is x
    assert m.as_tensor(x, dtype=m.float64).grad_fn is not None
    assert m.as_tensor([1, 2]).dtype is m.int64


def test_asarray(m):
    source = np.zeros(2)
    assert m.asarray(source, copy=False).data_ptr() == source.ctypes.data
    assert m.asarray(source, copy=True).data_ptr() != source.ctypes.data
    assert m.asarray(bytearray(b"\1\0\2\0"), dtype=m.int16).tolist() == [1, 2]
    assert m.asarray([1.7, 2.0], dtype=m.int64).tolist() == [1, 2]
    assert m.asarray(np.float32(3)).dtype is m.float32
    for call in (
        lambda: m.asarray(m.ones(2), copy=False, dtype=m.float64),
        lambda: m.asarray([1, 2], copy=False),
        lambda: m.asarray(source, copy=False, dtype=m.float32),
    ):
        with pytest.raises(ValueError, match="can't alias"):
            call()


def test_asarray_of_a_tensor_and_its_history(m):
    x = m.ones(2, requires_grad=True)
    y = x * 2
    assert m.asarray(x, requires_grad=True) is x
    assert m.asarray(y, requires_grad=True).grad_fn is not None
    assert not m.asarray(y, requires_grad=False).requires_grad
    assert m.asarray(x, copy=True, requires_grad=True).grad_fn.name() == "CloneBackward0"
    assert m.asarray(y.detach(), requires_grad=True).requires_grad
    with pytest.raises(RuntimeError, match="Only Tensors of floating point and complex dtype"):
        m.asarray(np.array([1]), requires_grad=True)


def test_from_numpy(m):
    source = np.zeros((2, 3))
    made = m.from_numpy(source)
    made[0, 0] = 5.0
    assert source[0, 0] == 5.0
    assert m.from_numpy(source.T).stride() == (1, 3)
    for wrong in ([1], np.float32(3), m.ones(1)):
        with pytest.raises(TypeError, match=r"expected np.ndarray \(got"):
            m.from_numpy(wrong)
    with pytest.raises(TypeError, match=r"can't convert np.ndarray of type"):
        m.from_numpy(np.array(["a"]))


def test_from_numpy_with_negative_strides_shares_memory_which_torch_refuses():
    source = np.arange(3.0)
    made = autograd.from_numpy(source[::-1])
    source[0] = 7.0
    assert made.tolist() == [2.0, 1.0, 7.0]
    made += 1.0
    assert source.tolist() == [8.0, 2.0, 3.0]


def test_from_numpy_read_only_memory_stays_read_only():
    source = np.arange(3.0)
    source.flags.writeable = False
    made = autograd.from_numpy(source)
    with pytest.raises(RuntimeError, match="read-only"):
        made.mul_(2.0)
    assert (made * 2).tolist() == [0.0, 2.0, 4.0]


def test_frombuffer(m):
    memory = bytearray(8)
    made = m.frombuffer(memory, dtype=m.int32)
    made[0] = 1
    assert memory[0] == 1
    assert m.frombuffer(memory, dtype=m.int32, count=1, offset=4).tolist() == [0]
    assert m.frombuffer(memory, dtype=m.float32, requires_grad=True).requires_grad


@pytest.mark.parametrize(
    "size, options, message",
    [
        (8, {"count": 3}, r"requested buffer length \(3 \* 4 bytes\)"),
        (8, {"offset": 8}, r"offset \(8 bytes\) must be non-negative"),
        (8, {"offset": -1}, r"offset \(-1 bytes\) must be non-negative"),
        (8, {"offset": 3}, "must be a multiple of element size"),
        (7, {}, "must be a multiple of element size"),
        (0, {}, r"both buffer length \(0\) and count"),
        (8, {"count": 0}, r"and count \(0\) must not be 0"),
    ],
)
def test_frombuffer_refuses(m, size, options, message):
    with pytest.raises(ValueError, match=message):
        m.frombuffer(bytearray(size), dtype=m.int32, **options)
    with pytest.raises(ValueError, match="buffer protocol"):
        m.frombuffer([1], dtype=m.int32)


# ---- sizes and options


@pytest.mark.parametrize("name", ["zeros", "ones", "empty", "rand", "randn"])
def test_sizes(m, name):
    make = getattr(m, name)
    sizes = [
        ((2, 3), (2, 3)),
        (((2, 3),), (2, 3)),
        (([2, 3],), (2, 3)),
        ((m.Size([2]),), (2,)),
        (((),), ()),
        ((0, 2), (0, 2)),
        ((np.int64(2),), (2,)),
        ((m.tensor(2), 3), (2, 3)),
        (((m.tensor(2), 3),), (2, 3)),
    ]
    for arguments, shape in sizes:
        assert tuple(make(*arguments).shape) == shape
    assert tuple(make(size=(2, 3)).shape) == (2, 3)
    with pytest.raises(TypeError):
        make(2, size=(3,))
    for wrong in ((2.0,), ((2.0,),), ("a",), (None,), (True,), (2, (3,)), (np.array([2, 3]),), ()):
        with pytest.raises(TypeError, match=name):
            make(*wrong)
    with pytest.raises(RuntimeError, match="negative"):
        make(2, -1)


@pytest.mark.parametrize("name", ["zeros", "ones", "empty", "rand", "randn"])
def test_options(m, name):
    make = getattr(m, name)
    made = make(2, 3, dtype=m.float64, device="cpu", layout=m.strided, requires_grad=True)
    assert (made.dtype, made.requires_grad, made.is_leaf, made.layout) == (m.float64, True, True, m.strided)
    assert made.device == m.device("cpu")
    assert make(2, dtype=float).dtype is m.float64
    assert make(2, dtype=complex).dtype is m.complex128
    like = {
        "zeros": m.zeros_like, "ones": m.ones_like, "empty": m.empty_like, "rand": m.rand_like, "randn": m.randn_like
    }[name]  # fmt: skip
    assert like(made).dtype is m.float64
    assert not like(made).requires_grad
    assert like(made, dtype=m.float32, requires_grad=True).requires_grad
    assert like(made.t()).stride() == (1, 3)
    assert like(made.t(), memory_format=m.contiguous_format).stride() == (2, 1)
    assert like(m.ones(2, 1).expand(2, 3)).stride() == (3, 1)
    for wrong in ("float32", 3):
        with pytest.raises(TypeError, match="dtype"):
            make(2, dtype=wrong)
    with pytest.raises(TypeError, match=r"unexpected keyword|invalid combination"):
        make(2, sizes=3)
    with pytest.raises(TypeError, match="must be Tensor, not list"):
        like([1.0])
    with pytest.raises(RuntimeError, match="pin_memory"):
        make(2, pin_memory=True)


def test_only_floating_tensors_can_require_grad(m):
    for call in (
        lambda: m.zeros(2, dtype=m.int64, requires_grad=True),
        lambda: m.tensor([1, 2], requires_grad=True),
        lambda: m.arange(3, requires_grad=True),
        lambda: m.full((2,), 1, requires_grad=True),
        lambda: m.ones_like(m.tensor([1]), requires_grad=True),
        lambda: m.randint(0, 3, (2,), requires_grad=True),
    ):
        with pytest.raises(
            RuntimeError, match="Only Tensors of floating point and complex dtype can require gradients"
        ):
            call()
    assert m.arange(3.0, requires_grad=True).requires_grad
    assert m.ones(2, dtype=m.complex64, requires_grad=True).requires_grad


def test_values_of_filled_tensors():
    assert autograd.zeros(2).tolist() == [0.0, 0.0]
    assert autograd.ones(2, dtype=autograd.bool).tolist() == [True, True]
    assert autograd.ones_like(autograd.zeros(2, dtype=autograd.complex64)).tolist() == [1 + 0j, 1 + 0j]
    assert autograd.zeros_like(autograd.ones(2)).tolist() == [0.0, 0.0]
    assert autograd.empty_like(autograd.ones(2, 3)).shape == (2, 3)
    assert autograd.eye(2, 3).tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert autograd.eye(2, m=1, dtype=autograd.bool).tolist() == [[True], [False]]


def test_eye_refuses(m):
    for arguments in ((-1,), (2, -1)):
        with pytest.raises(RuntimeError, match="must be greater or equal to 0, got -1"):
            m.eye(*arguments)
    with pytest.raises(TypeError, match="must be int, not float"):
        m.eye(2.0)


@pytest.mark.parametrize(
    "value, dtype, expected",
    [
        (3, None, "int64"),
        (True, None, "bool"),
        (3.0, None, "float32"),
        (3j, None, "complex64"),
        (np.float32(2), None, "float32"),
        (np.int32(2), None, "int64"),
        (2.7, "int32", "int32"),
        (-1, "uint8", "uint8"),
        (inf, "float16", "float16"),
        (nan, "float32", "float32"),
        (2 + 0j, "float32", "float32"),
    ],
)
def test_full(m, value, dtype, expected):
    made = m.full((2,), value, dtype=None if dtype is None else getattr(m, dtype))
    assert made.dtype is getattr(m, expected)
    kind = np.dtype(expected)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = np.array(value).astype(kind)
    assert made.tolist() == [plain.item()] * 2 or np.isnan(value)
    like = m.full_like(made, value)
    assert like.dtype is made.dtype
    assert repr(like) == repr(made)
    assert tuple(m.full((), m.tensor(3)).shape) == ()


def test_full_refuses(m):
    for value, dtype in ((300, m.uint8), (nan, m.int32), (2j, m.float32), (1e300, m.float32), (1e5, m.float16)):
        with pytest.raises(RuntimeError, match=r"value cannot be converted to type .* without overflow"):
            m.full((2,), value, dtype=dtype)
    with pytest.raises(RuntimeError, match=r"value cannot be converted to type .* without overflow"):
        m.full((2,), 2**63)
    for value in ("a", [1], m.ones(1), m.tensor(1.0, requires_grad=True)):
        with pytest.raises(TypeError, match=r"'fill_value' .* must be Number"):
            m.full((2,), value)
    with pytest.raises(TypeError, match=r"'size' .* must be tuple of ints, not int"):
        m.full(2, 3)
    with pytest.raises(RuntimeError, match="value cannot be converted"):
        m.full_like(m.zeros(2, dtype=m.uint8), 300)


def test_scalar_tensor(m):
    assert m.scalar_tensor(3).dtype is m.float32
    assert m.scalar_tensor(True, dtype=m.int32).tolist() == 1
    with pytest.raises(RuntimeError, match="without overflow"):
        m.scalar_tensor(3j)
    with pytest.raises(TypeError, match="must be Number, not str"):
        m.scalar_tensor("a")


def test_empty_with_a_memory_layout(m):
    assert m.empty_strided((2, 3), (1, 2)).stride() == (1, 2)
    assert m.empty_permuted((2, 3, 4), (2, 0, 1)).stride() == (3, 1, 6)
    assert tuple(m.empty_strided((0, 3), (3, 1)).shape) == (0, 3)
    with pytest.raises(RuntimeError, match=r"dimensionality of sizes \(2\) must match dimensionality of strides \(1\)"):
        m.empty_strided((2, 3), (1,))
    with pytest.raises(RuntimeError):
        m.empty_strided((2, 3), (1, -2))
    with pytest.raises(RuntimeError):
        m.empty_permuted((2, 3), (0, 0))


def test_new_methods_keep_the_dtype(m):
    x = m.ones(2, dtype=m.int32)
    assert x.new_zeros(2, 3).dtype is x.new_ones((2,)).dtype is x.new_empty([2]).dtype is m.int32
    assert x.new_tensor([1.5]).tolist() == [1]
    assert x.new_full((2,), 2.5).tolist() == [2, 2]
    assert x.new_zeros(2, dtype=m.float64, requires_grad=True).requires_grad
    assert x.new_empty_strided((2, 3), (1, 2)).stride() == (1, 2)
    with pytest.raises(TypeError, match="new_zeros"):
        x.new_zeros()
    with pytest.raises(TypeError, match="new_full"):
        x.new_full(2, 3)


def test_other_devices_and_layouts_are_refused():
    for call in (
        lambda: autograd.zeros(2, device="cuda"),
        lambda: autograd.tensor([1.0], device=autograd.device("cuda:1")),
        lambda: autograd.rand(2, device="mps"),
        lambda: autograd.ones_like(autograd.ones(1), device="meta"),
        lambda: autograd.as_tensor([1.0], device="xpu"),
    ):
        with pytest.raises(RuntimeError, match="is not available"):
            call()
    with pytest.raises(RuntimeError, match=r"tensors here are torch.strided"):
        autograd.zeros(2, layout=autograd.layout("sparse_coo"))


def test_default_dtype(m):
    m.set_default_dtype(m.float64)
    try:
        assert m.get_default_dtype() is m.float64
        kinds = [m.tensor(1.0), m.zeros(1), m.arange(1.0), m.linspace(0, 1, 2), m.rand(1), m.eye(1), m.full((1,), 1.0)]
        assert {made.dtype for made in kinds} == {m.float64}
        assert m.tensor(1j).dtype is m.complex128
        assert m.tensor(1).dtype is m.int64
        assert m.tensor([np.float32(1.0), 1.0]).dtype is m.float64
    finally:
        m.set_default_dtype(m.float32)
    for wrong in (m.int64, m.complex64, "float32", float):
        with pytest.raises(TypeError, match="only floating-point types are supported as the default type"):
            m.set_default_dtype(wrong)


def test_old_constructor(m):
    assert tuple(m.Tensor(2, 3).shape) == (2, 3)
    assert m.Tensor([2, 3]).tolist() == [2.0, 3.0]
    assert tuple(m.Tensor().shape) == (0,)
    assert tuple(m.Tensor(m.Size([2])).shape) == (2,)
    x = m.ones(2)
    assert m.Tensor(x).data_ptr() == x.data_ptr()
    with pytest.raises(TypeError, match="data must be a sequence"):
        m.Tensor(3.0)
    with pytest.raises(ValueError, match="expected sequence of length"):
        m.Tensor([[1, 2], [3]])


# ---- ranges


@pytest.mark.parametrize(
    "arguments, dtype, values",
    [
        ((5,), "int64", [0, 1, 2, 3, 4]),
        ((2.5,), "float32", [0.0, 1.0, 2.0]),
        ((1, 5, 2), "int64", [1, 3]),
        ((5, 0, -2), "int64", [5, 3, 1]),
        ((0, 1, 0.25), "float32", [0.0, 0.25, 0.5, 0.75]),
        ((3, 3), "int64", []),
        ((0,), "int64", []),
        ((True,), "int64", [0]),
        ((2**62, 2**62 + 2), "int64", [2**62, 2**62 + 1]),
    ],
)
def test_arange(m, arguments, dtype, values):
    made = m.arange(*arguments)
    assert made.dtype is getattr(m, dtype)
    assert made.tolist() == values


def test_arange_takes_names_tensors_and_dtypes(m):
    assert m.arange(end=3).tolist() == [0, 1, 2]
    assert m.arange(1, end=3).tolist() == [1, 2]
    assert m.arange(start=1, end=7, step=2).tolist() == [1, 3, 5]
    assert m.arange(m.tensor(3.0)).dtype is m.float32
    assert m.arange(np.int32(3)).dtype is m.int64
    assert m.arange(0.5, 5, 1.5, dtype=m.int64).tolist() == [0, 1, 2, 3, 4]  # the bounds become integers first
    assert m.arange(300, dtype=m.uint8)[-1].item() == 43


def test_arange_refuses(m):
    for arguments in ((5, 0), (0, 5, -1)):
        with pytest.raises(RuntimeError, match="upper bound and lower bound inconsistent with step sign"):
            m.arange(*arguments)
    with pytest.raises(RuntimeError, match="step must be nonzero"):
        m.arange(0, 5, 0)
    for end in (inf, nan):
        with pytest.raises(RuntimeError, match="unsupported range"):
            m.arange(0, end)
    for dtype in (m.bool, m.complex64, m.uint16):
        with pytest.raises(NotImplementedError, match="arange_cpu"):
            m.arange(3, dtype=dtype)
    for wrong in (("a",), (m.tensor([3]),), ()):
        with pytest.raises(TypeError, match="arange"):
            m.arange(*wrong)
    with pytest.raises(RuntimeError, match="without overflow"):
        m.arange(3j)


def test_linspace(m):
    assert m.linspace(0, 1, 5).tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert m.linspace(0, 1, 5).dtype is m.float32
    assert m.linspace(3, 7, 1).tolist() == [3.0]
    assert m.linspace(0, 1, steps=0).tolist() == []
    assert m.linspace(-10, 10, 4, dtype=m.int32).tolist() == [-10, -3, 3, 10]
    assert m.linspace(m.tensor(0.0), m.tensor(1), 3).tolist() == [0.0, 0.5, 1.0]
    assert m.linspace(0, 1j, 3).dtype is m.complex64
    assert m.linspace(0, inf, 3).isnan().all()
    assert m.linspace(0.1, 0.7, 1001)[-1].item() == np.float32(0.7)
    assert m.logspace(0, 3, 4).tolist() == [1.0, 10.0, 100.0, 1000.0]
    assert m.logspace(0, 3, 4, 2.0).tolist() == [1.0, 2.0, 4.0, 8.0]
    assert m.logspace(0, 3, 4, base=-2).tolist() == [1.0, -2.0, 4.0, -8.0]
    assert m.logspace(0, 3, 5, base=2, dtype=m.int32).tolist() == [1, 1, 2, 4, 8]


def test_linspace_refuses(m):
    for make in (m.linspace, m.logspace):
        with pytest.raises(RuntimeError, match="number of steps must be non-negative"):
            make(0, 1, -1)
        with pytest.raises(RuntimeError):
            make(0, 1j, 3, dtype=m.float32)
        with pytest.raises(RuntimeError, match="only supports 0-dimensional start and end tensors"):
            make(m.tensor([0.0]), m.tensor(1.0), 3)
        with pytest.raises(TypeError):
            make(0, 1)
        with pytest.raises(TypeError):
            make(0, 1, 3.0)
    with pytest.raises(NotImplementedError, match="linspace_cpu"):
        m.linspace(0, 1, 3, dtype=m.bool)


def test_ranges_are_as_accurate_as_torch(torch):
    random = np.random.default_rng(5)
    for _ in range(50):
        start, end = random.uniform(-9, 9, 2)
        steps = int(random.integers(2, 40))
        for name, arguments in (
            ("linspace", (start, end, steps)),
            ("arange", (min(start, end), max(start, end), 0.37)),
        ):
            found, expected = getattr(autograd, name)(*arguments), getattr(torch, name)(*arguments)
            assert found.shape == tuple(expected.shape)
            np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6, atol=1e-6)
