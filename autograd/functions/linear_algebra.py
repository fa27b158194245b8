"""Products of vectors and matrices."""

from __future__ import annotations

import math
from typing import Any

from .._tensor import Tensor
from ..casting import lower_precision, single_precision
from ..errors import broadcast, describe, dimension
from ..rules import elementwise, reductions, shaping
from ..rules import linear_algebra as rules
from .arguments import check_tensor, is_int
from .attach import method
from .dimensions import expanded_shape

__all__ = [
    "matmul", "mm", "bmm", "mv", "dot", "vdot", "inner", "outer", "ger", "tensordot", "kron", "chain_matmul", "cross",
    "addmm", "addmv", "addbmm", "baddbmm", "addr", "trace",
]  # fmt: skip

NAMES = {
    "float16": "c10::Half", "float32": "float", "float64": "double", "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>", "int64": "long int", "int32": "int", "int16": "short int",
    "uint8": "unsigned char",
}  # fmt: skip

# ---- matrix products


def check_product(name: str, a: Any, b: Any) -> None:
    """Raises for arrays that cannot be multiplied as matrices: of other dtypes, or boolean."""
    if a.dtype != b.dtype:
        kinds = [NAMES.get(x.dtype.name, x.dtype.name) for x in (a, b)]
        raise RuntimeError(
            f"{name}: expected m1 and m2 to have the same dtype, but got: {kinds[0]} != {kinds[1]}. Convert one with "
            f".to(dtype); a tensor {describe(a)} met one {describe(b)}."
        )
    if a.dtype.kind == "b":
        raise NotImplementedError(f"\"{name}\" not implemented for 'Bool': convert with .float() or .long() first")


def misfit(a: Any, b: Any) -> str | None:
    """What to say about shapes that do not fit `matmul`; None where they do."""
    x, y = a.shape, b.shape
    if not x or not y:
        return (
            f"both arguments to matmul need to be at least 1D, but they are {len(x)}D and {len(y)}D: use * for a number"
        )
    rows, inner = (1, x[0]) if len(x) == 1 else x[-2:]
    height, columns = (y[0], 1) if len(y) == 1 else y[-2:]
    if inner != height and len(x) == len(y) == 1:
        return (
            f"inconsistent tensor size, expected tensor [{inner}] and src [{height}] to have the same number of "
            f"elements, but got {inner} and {height} elements respectively"
        )
    if inner != height and len(y) == 1:
        return (
            f"size mismatch, got input ({rows}), mat ({rows}x{inner}), vec ({height}): matmul({describe(a)}, "
            f"{describe(b)}). The vector needs {inner} elements, one for each column of the matrix."
        )
    if inner != height:
        return (
            f"mat1 and mat2 shapes cannot be multiplied ({rows}x{inner} and {height}x{columns}): matmul({describe(a)}, "
            f"{describe(b)}). The last size of the first must be the second to last of the second."
        )
    text = broadcast("matmul", [x[:-2], y[:-2]])
    return text and f"{text}: matmul({describe(a)}, {describe(b)})"


@method()
@lower_precision
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product of the last two dimensions; those before broadcast. A vector counts as a row on the left, as
    a column on the right, and two vectors give their scalar product.

    `RuntimeError` for sizes that do not fit and for different dtypes.

    >>> import autograd
    >>> autograd.tensor([[1.0, 2.0]]).matmul(autograd.tensor([[3.0], [4.0]]))
    tensor([[11.]])
    """
    if not isinstance(input, Tensor) or not isinstance(other, Tensor):
        at = int(isinstance(input, Tensor))
        raise TypeError(
            f"matmul(): argument {('input', 'other')[at]!r} (position {at + 1}) must be Tensor, not "
            f"{type((input, other)[at]).__name__}"
        )
    a, b = input._array, other._array
    if a.dtype is not b.dtype or a.dtype.kind == "b":
        check_product("matmul", a, b)
    try:
        return rules.matmul(input, other)
    except RuntimeError as error:
        text = misfit(a, b)
        if text is None:
            raise
        raise RuntimeError(text) from error.__cause__


product = getattr(matmul, "uncast")  # noqa: B009 - for functions that autocast leaves alone


def check_ndim(x: Any, ndim: int, message: str) -> None:
    """Raises unless the argument is a tensor of so many dimensions."""
    check_tensor(x, message.split()[0].rstrip(":"))
    if x._array.ndim != ndim:
        raise RuntimeError(f"{message}, not {describe(x)}")


@method()
@lower_precision
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices: (n, m) and (m, p) give (n, p).

    >>> import autograd
    >>> autograd.mm(autograd.eye(2), autograd.ones(2, 1))
    tensor([[1.],
            [1.]])
    """
    check_ndim(input, 2, "mm: self must be a matrix")
    check_ndim(mat2, 2, "mm: mat2 must be a matrix")
    return matmul(input, mat2)


@method()
@lower_precision
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two batches of matrices: (b, n, m) and (b, m, p) give (b, n, p). Nothing broadcasts.

    >>> import autograd
    >>> autograd.bmm(autograd.ones(2, 1, 3), autograd.ones(2, 3, 1)).shape
    torch.Size([2, 1, 1])
    """
    check_ndim(input, 3, "bmm: batch1 must be a 3D tensor")
    check_ndim(mat2, 3, "bmm: batch2 must be a 3D tensor")
    check_batches(input, mat2)
    return matmul(input, mat2)


def check_batches(batch1: Tensor, batch2: Tensor) -> None:
    """Raises unless two batches of matrices can be multiplied one by one."""
    x, y = batch1._array.shape, batch2._array.shape
    if y[:2] != (x[0], x[2]):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: {[x[0], x[2]]} but got: {list(y[:2])}. "
            f"The batches are {describe(batch1)} and {describe(batch2)}."
        )


@method()
def mv(input: Tensor, vec: Tensor) -> Tensor:
    """The product of a matrix and a vector: (n, m) and (m) give (n).

    >>> import autograd
    >>> autograd.mv(autograd.eye(2), autograd.ones(2))
    tensor([1., 1.])
    """
    check_ndim(input, 2, "mv: vector + matrix @ vector expected, the matrix")
    check_ndim(vec, 1, "mv: vector + matrix @ vector expected, the vector")
    if input._array.shape[1] != vec._array.shape[0]:
        n, m = input._array.shape
        raise RuntimeError(f"size mismatch, got input ({n}), mat ({n}x{m}), vec ({vec._array.shape[0]})")
    return product(input, vec)


def check_vectors(name: str, a: Any, b: Any) -> None:
    """Raises unless both are vectors."""
    check_tensor(a, name)
    check_tensor(b, name, "tensor")
    if a._array.ndim != 1 or b._array.ndim != 1:
        raise RuntimeError(
            f"{name}: 1D tensors expected, but got {a._array.ndim}D and {b._array.ndim}D tensors: use matmul()"
        )
    if a._array.dtype != b._array.dtype:
        raise RuntimeError(f"{name} : expected both vectors to have same dtype, but found {a.dtype} and {b.dtype}")


@method()
def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The scalar product of two vectors.

    >>> import autograd
    >>> autograd.dot(autograd.tensor([2, 3]), autograd.tensor([2, 1]))
    tensor(7)
    """
    check_vectors("dot", input, tensor)
    return product(input, tensor)


@method()
def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The scalar product of two vectors, the first conjugated where it is complex.

    >>> import autograd
    >>> autograd.vdot(autograd.tensor([2, 3]), autograd.tensor([2, 1]))
    tensor(7)
    """
    check_vectors("vdot", input, other)
    return product(input.conj() if input._array.dtype.kind == "c" else input, other)


@method()
def inner(input: Tensor, other: Tensor) -> Tensor:
    """The scalar products of all vectors along the last dimension of one with those of the other; with a number the
    product.

    >>> import autograd
    >>> autograd.inner(autograd.eye(2), autograd.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    check_tensor(input, "inner")
    check_tensor(other, "inner", "other")
    x, y = input._array, other._array
    if not x.ndim or not y.ndim:
        return input * other
    if x.ndim == y.ndim == 1 and x.shape == y.shape:
        return dot(input, other)
    if x.shape[-1] != y.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(x.shape)} and {list(y.shape)}"
        )
    return tensordot(input, other, ([-1], [-1]))


@method()
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """All products of an element of one vector with one of the other: (n) and (m) give (n, m).

    >>> import autograd
    >>> autograd.outer(autograd.tensor([1, 2]), autograd.tensor([1, 2, 3]))
    tensor([[1, 2, 3],
            [2, 4, 6]])
    """
    check_ndim(input, 1, "outer: Expected 1-D argument self")
    check_ndim(vec2, 1, "outer: Expected 1-D argument vec2")
    return shaping.reshape(input, (input._array.size, 1)) * vec2


@method()
def ger(input: Tensor, vec2: Tensor) -> Tensor:
    """Another name of `outer`.

    >>> import autograd
    >>> autograd.ger(autograd.tensor([1, 2]), autograd.tensor([3]))
    tensor([[3],
            [6]])
    """
    return outer(input, vec2)


# ---- products that are added to something


def scaled(x: Tensor, factor: Any) -> Tensor:
    """The tensor times a number, in the tensor's dtype."""
    if factor == 1:
        return x
    kind = x._array.dtype.kind
    return x * (factor if kind in "fcV" else bool(factor) if kind == "b" else int(factor))


def added(name: str, input: Any, product: Tensor, beta: Any, alpha: Any) -> Tensor:
    """beta·input + alpha·product. With a `beta` of 0 the input is ignored, NaN and all."""
    check_tensor(input, name)
    if input._array.dtype != product._array.dtype:
        raise RuntimeError(f"{name}: self and mat2 must have the same dtype, but got {input.dtype} and {product.dtype}")
    if input._array.shape != product._array.shape:
        expanded_shape(input, product._array.shape)  # raises where it does not broadcast
    result = scaled(product, alpha)
    return elementwise.add(result, scaled(input, beta)) if beta != 0 else result


@method(inplace=True)
@lower_precision
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta·input + alpha·(mat1 @ mat2), for two matrices.

    >>> import autograd
    >>> autograd.addmm(autograd.ones(2), autograd.eye(2), autograd.eye(2), alpha=3)
    tensor([[4., 1.],
            [1., 4.]])
    """
    check_ndim(mat1, 2, "addmm: mat1 must be a matrix")
    check_ndim(mat2, 2, "addmm: mat2 must be a matrix")
    return added("addmm", input, matmul(mat1, mat2), beta, alpha)


@method(inplace=True)
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta·input + alpha·(mat @ vec), for a matrix and a vector.

    >>> import autograd
    >>> autograd.addmv(autograd.ones(2), autograd.eye(2), autograd.ones(2))
    tensor([2., 2.])
    """
    return added("addmv", input, mv(mat, vec), beta, alpha)


@method(inplace=True)
@lower_precision
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta·input + alpha·(the sum of the products of two batches of matrices).

    >>> import autograd
    >>> autograd.addbmm(autograd.ones(1, 1), autograd.ones(3, 1, 2), autograd.ones(3, 2, 1))
    tensor([[7.]])
    """
    check_ndim(batch1, 3, "addbmm: batch1 must be a 3D tensor")
    check_ndim(batch2, 3, "addbmm: batch2 must be a 3D tensor")
    check_batches(batch1, batch2)
    return added("addbmm", input, tensordot(batch1, batch2, ([0, 2], [0, 1])), beta, alpha)


@method(inplace=True)
@lower_precision
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta·input + alpha·(the products of two batches of matrices).

    >>> import autograd
    >>> autograd.baddbmm(autograd.ones(1), autograd.ones(2, 1, 3), autograd.ones(2, 3, 1)).shape
    torch.Size([2, 1, 1])
    """
    return added("baddbmm", input, bmm(batch1, batch2), beta, alpha)


@method(inplace=True)
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta·input + alpha·outer(vec1, vec2).

    >>> import autograd
    >>> autograd.addr(autograd.zeros(2), autograd.ones(1), autograd.tensor([1.0, 2.0]))
    tensor([[1., 2.]])
    """
    product = outer(vec1, vec2)
    if product._array.dtype.kind in "iu":
        for name, factor in (("beta", beta), ("alpha", alpha)):
            if isinstance(factor, float):
                raise RuntimeError(
                    f"addr: For integral input tensors, argument {name} must not be a floating point number."
                )
    return added("addr", input, product, beta, alpha)


# ---- products of tensors


def contracted(a: Tensor, b: Tensor, dims: Any) -> tuple[list[int], list[int]]:
    """The dimensions over which `tensordot` sums, counted from the front."""
    shapes = a._array.shape, b._array.shape
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if is_int(dims):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(map(len, shapes)):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        dims = list(range(len(shapes[0]) - dims, len(shapes[0]))), list(range(dims))
    first, second = ([d] if is_int(d) else list(d) for d in dims)
    if len(first) != len(second):
        raise RuntimeError(f"both dimension lists should have same length, not {first} and {second}")
    left = [dimension(d, len(shapes[0]), "tensordot") for d in first]
    right = [dimension(d, len(shapes[1]), "tensordot") for d in second]
    for d, e in zip(left, right):
        if shapes[0][d] != shapes[1][e] and 1 not in (shapes[0][d], shapes[1][e]):
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {shapes[0][d]} in dim {d} and second has "
                f"size {shapes[1][e]} in dim {e}"
            )
    if len(set(left)) != len(left) or len(set(right)) != len(right):
        raise RuntimeError(f"tensordot: a dimension appears multiple times in {first} or {second}")
    return left, right


@lower_precision
def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Sums of products over pairs of dimensions: the last `dims` of `a` with the first of `b`, or those in two lists.

    >>> import autograd
    >>> autograd.tensordot(autograd.ones(2, 3), autograd.ones(3, 4), dims=1).shape
    torch.Size([2, 4])
    """
    check_tensor(a, "tensordot")
    check_tensor(b, "tensordot", "b")
    if a._array.dtype != b._array.dtype:
        raise RuntimeError(f"tensordot: both inputs should have same dtype, not {a.dtype} and {b.dtype}")
    left, right = contracted(a, b, dims)
    for d, e in zip(left, right):  # a size of 1 meets any: the other is summed up first
        if a._array.shape[d] != b._array.shape[e]:
            longer, axis = (a, d) if b._array.shape[e] == 1 else (b, e)
            summed = reductions.sum(longer, axis, True)
            a, b = (summed, b) if longer is a else (a, summed)
    x, y = a._array.shape, b._array.shape
    free = [d for d in range(len(x)) if d not in left], [e for e in range(len(y)) if e not in right]
    inner = math.prod(x[d] for d in left)
    rows, columns = [x[d] for d in free[0]], [y[e] for e in free[1]]
    one = shaping.reshape(shaping.transpose(a, (*free[0], *left)), (math.prod(rows), inner))
    other = shaping.reshape(shaping.transpose(b, (*right, *free[1])), (inner, math.prod(columns)))
    return shaping.reshape(matmul(one, other), (*rows, *columns))


@method()
def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: each element of `input` times the whole of `other`, in its place.

    >>> import autograd
    >>> autograd.kron(autograd.eye(2), autograd.ones(1, 2))
    tensor([[1., 1., 0., 0.],
            [0., 0., 1., 1.]])
    """
    check_tensor(input, "kron")
    check_tensor(other, "kron", "other")
    ndim = max(input._array.ndim, other._array.ndim)
    x, y = ((1,) * (ndim - t._array.ndim) + t._array.shape for t in (input, other))
    one = shaping.reshape(input, tuple(size for n in x for size in (n, 1)))
    two = shaping.reshape(other, tuple(size for n in y for size in (1, n)))
    return shaping.reshape(one * two, tuple(n * m for n, m in zip(x, y)))


def chain_matmul(*matrices: Tensor) -> Tensor:
    """The product of matrices, multiplied in the order that costs least.

    >>> import autograd
    >>> autograd.chain_matmul(autograd.ones(2, 3), autograd.ones(3, 4), autograd.ones(4, 1)).shape
    torch.Size([2, 1])
    """
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    for x in matrices:
        check_ndim(x, 2, "chain_matmul: every tensor must be a matrix")
    sizes = [matrices[0]._array.shape[0], *(x._array.shape[1] for x in matrices)]
    n = len(matrices)
    cost = [[0] * n for _ in range(n)]  # of the product from the i-th to the j-th
    cut = [[0] * n for _ in range(n)]
    for span in range(1, n):
        for i in range(n - span):
            j = i + span
            cost[i][j], cut[i][j] = min(
                (cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)
            )

    def product(i: int, j: int) -> Tensor:
        return matrices[i] if i == j else matmul(product(i, cut[i][j]), product(cut[i][j] + 1, j))

    return product(0, n - 1)


@method()
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross product of vectors of three elements along `dim`, by default the first dimension of size 3.

    >>> import autograd
    >>> autograd.cross(autograd.tensor([1, 0, 0]), autograd.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    check_tensor(input, "cross")
    check_tensor(other, "cross", "other")
    x, y = input._array.shape, other._array.shape
    if len(x) != len(y):
        raise RuntimeError(
            f"linalg.cross: inputs must have the same number of dimensions, not {list(x)} and {list(y)}."
        )
    if dim is None:
        axis = next((d for d, (n, m) in enumerate(zip(x, y)) if n == m == 3), None)
        if axis is None:
            raise RuntimeError(f"no dimension of size 3 in input: {list(x)}, {list(y)}")
    else:
        axis = dimension(dim, len(x), "cross")
    if x[axis] != 3 or y[axis] != 3:
        raise RuntimeError(f"linalg.cross: inputs dimension {axis} must have length 3. Got {x[axis]} and {y[axis]}")
    if input._array.dtype != other._array.dtype:
        raise RuntimeError(f"cross: expected both tensors to have one dtype, but got {input.dtype} and {other.dtype}")
    turned = [shaping.roll(t, -i, axis) for t, i in ((input, 1), (other, 2), (input, 2), (other, 1))]
    return turned[0] * turned[1] - turned[2] * turned[3]


@method()
@single_precision
def trace(input: Tensor) -> Tensor:
    """The sum of a matrix's diagonal.

    >>> import autograd
    >>> autograd.eye(3).trace()
    tensor(3.)
    """
    check_tensor(input, "trace")
    if input._array.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input._array.ndim}")
    if input._array.dtype.kind == "b":
        raise NotImplementedError("\"trace\" not implemented for 'Bool': convert with .long() first")
    return shaping.diagonal(input, 0, 0, 1).sum()
