"""The order of a tensor's dimensions, broadcasting, and strides: other views of the same memory."""

from __future__ import annotations

import warnings
from typing import Any

from .. import views
from .._tensor import Size, Tensor
from ..errors import describe, dimension
from ..rules import shaping as rules
from .arguments import check_tensor, is_int
from .attach import method
from .shaping import as_ints, listed

__all__ = [
    "transpose", "swapaxes", "swapdims", "t", "permute", "movedim", "moveaxis", "adjoint",
    "broadcast_to", "broadcast_tensors", "broadcast_shapes", "as_strided",
]  # fmt: skip

# ---- the order of dimensions


def pair(input: Tensor, dim0: int, dim1: int) -> tuple[int, int]:
    """Two dimensions, counted from the front."""
    check_tensor(input, "transpose")
    ndim = input._array.ndim
    return dimension(dim0, ndim, "transpose"), dimension(dim1, ndim, "transpose")


@method()
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """A view with two dimensions swapped.

    >>> import autograd
    >>> autograd.ones(2, 3, 4).transpose(0, 2).shape
    torch.Size([4, 3, 2])
    """
    axes = pair(input, dim0, dim1)
    return rules.swapaxes(input, *axes) if input._array.ndim else rules.reshape(input, ())


@method()
def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Another name of `transpose`.

    >>> import autograd
    >>> autograd.ones(2, 3, 4).swapaxes(0, 2).shape
    torch.Size([4, 3, 2])
    """
    return transpose(input, axis0, axis1)


@method()
def swapdims(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Another name of `transpose`.

    >>> import autograd
    >>> autograd.ones(2, 3, 4).swapdims(0, 2).shape
    torch.Size([4, 3, 2])
    """
    return transpose(input, dim0, dim1)


@method("transpose_", "swapdims_")
def transpose_(self: Tensor, dim0: int, dim1: int) -> Tensor:
    """In-place version of `transpose()`: changes the order of this tensor's own dimensions."""
    axes = pair(self, dim0, dim1)
    return views.reshape_in_place(self, rules.swapaxes, axes, "transpose_") if self._array.ndim else self


@method()
def swapaxes_(self: Tensor, axis0: int, axis1: int) -> Tensor:
    """In-place version of `swapaxes()`: changes the order of this tensor's own dimensions."""
    return transpose_(self, axis0, axis1)


@method()
def t(input: Tensor) -> Tensor:
    """The transpose of a matrix, as a view; tensors of fewer dimensions are left as they are.

    >>> import autograd
    >>> autograd.ones(2, 3).t().shape
    torch.Size([3, 2])
    """
    check_tensor(input, "t")
    if input._array.ndim > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {input._array.ndim}D: use mT for a batch of "
            "matrices"
        )
    return rules.transpose(input, None)


@method()
def t_(self: Tensor) -> Tensor:
    """In-place version of `t()`: changes the order of this tensor's own dimensions."""
    if self._array.ndim > 2:
        raise RuntimeError(f"t_() expects a tensor with <= 2 dimensions, but self is {self._array.ndim}D")
    return views.reshape_in_place(self, rules.transpose, (None,), "t_")


def permute(input: Tensor, dims: Any) -> Tensor:
    """A view with the dimensions in the order `dims`.

    >>> import autograd
    >>> autograd.permute(autograd.ones(2, 3, 4), (2, 0, 1)).shape
    torch.Size([4, 2, 3])
    """
    check_tensor(input, "permute")
    order = as_ints(dims, "permute", "dims")
    ndim = input._array.ndim
    if len(order) != ndim:
        raise RuntimeError(
            f"permute(): number of dimensions in the tensor input does not match the length of the desired ordering of "
            f"dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(order)}"
        )
    axes = tuple(dimension(d, ndim, "permute") for d in order)
    if len(set(axes)) != ndim:
        raise RuntimeError(f"permute(): duplicate dims are not allowed, and {list(order)} has some.")
    return rules.transpose(input, axes)


@method("permute")
def permute_method(self: Tensor, *dims: Any, **named: Any) -> Tensor:
    """A view with the dimensions in another order: see `autograd.permute`."""
    return permute(self, listed(dims, named, "permute", "dims"))


@method()
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """A view with the dimensions `source` at the places `destination`, both an int or a tuple; the others in order.

    >>> import autograd
    >>> autograd.ones(2, 3, 4).movedim(0, -1).shape
    torch.Size([3, 4, 2])
    """
    check_tensor(input, "movedim")
    ndim = input._array.ndim
    given = [list(d) if isinstance(d, (tuple, list)) else [d] for d in (source, destination)]
    if len(given[0]) != len(given[1]):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({given[0]} dims) should contain the same number of "
            f"dims as destination ({given[1]} dims)"
        )
    found = [[dimension(d, ndim, "movedim") for d in dims] for dims in given]
    for name, dims in zip(("source", "destination"), found):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({dims})")
    if not ndim:
        return rules.reshape(input, ())
    order = [d for d in range(ndim) if d not in found[0]]
    for to, d in sorted(zip(found[1], found[0])):
        order.insert(to, d)
    return rules.transpose(input, tuple(order))


@method()
def moveaxis(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Another name of `movedim`.

    >>> import autograd
    >>> autograd.ones(2, 3, 4).moveaxis(0, -1).shape
    torch.Size([3, 4, 2])
    """
    return movedim(input, source, destination)


def reversed_dims(self: Tensor) -> Tensor:
    """A view with the dimensions in reverse order: the transpose of a matrix."""
    if self._array.ndim != 2:
        warnings.warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated. Use x.mT to "
            "transpose batches of matrices, or x.permute(...) to reverse the dimensions.",
            UserWarning,
            stacklevel=2,
        )
    return rules.transpose(self, None)


def check_matrices(input: Tensor, name: str) -> None:
    """Raises for a vector where matrices are transposed."""
    if input._array.ndim == 1:
        raise RuntimeError(f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor.")
    if input._array.ndim == 0:
        warnings.warn(f"Tensor.{name} is deprecated on 0-D tensors: it does nothing there.", UserWarning, stacklevel=3)


def transposed_matrices(self: Tensor) -> Tensor:
    """A view with the last two dimensions swapped."""
    check_matrices(self, "mT")
    return transpose(self, -2, -1) if self._array.ndim else rules.reshape(self, ())


def conjugated(matrices: Tensor) -> Tensor:
    """The complex conjugate; a real tensor as it is."""
    return matrices.conj() if matrices._array.dtype.kind == "c" else matrices


def adjoint_matrices(self: Tensor) -> Tensor:
    """The last two dimensions swapped, and complex numbers conjugated."""
    check_matrices(self, "mH")
    return conjugated(transpose(self, -2, -1)) if self._array.ndim else conjugated(rules.reshape(self, ()))


def adjoint_matrix(self: Tensor) -> Tensor:
    """The transpose of a matrix, complex numbers conjugated."""
    if self._array.ndim not in (0, 2):
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {self._array.ndim}-D tensor. For batches of "
            "matrices, consider using tensor.mH"
        )
    return adjoint_matrices(self)


@method()
def adjoint(input: Tensor) -> Tensor:
    """The last two dimensions swapped, and complex numbers conjugated.

    >>> import autograd
    >>> autograd.ones(2, 3, 4).adjoint().shape
    torch.Size([2, 4, 3])
    """
    check_tensor(input, "adjoint")
    check_matrices(input, "adjoint()")
    return adjoint_matrices(input)


for name, getter in {
    "T": reversed_dims,
    "mT": transposed_matrices,
    "H": adjoint_matrix,
    "mH": adjoint_matrices,
}.items():
    setattr(Tensor, name, property(getter))

# ---- repeating without copying


def expanded_shape(input: Tensor, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes with each -1 replaced by the size that is there; `RuntimeError` where they do not fit."""
    shape = input._array.shape
    lead = len(sizes) - len(shape)
    if lead < 0:
        raise RuntimeError(
            f"expand({describe(input)}, size={list(sizes)}): the number of sizes provided ({len(sizes)}) must be "
            f"greater or equal to the number of dimensions in the tensor ({len(shape)})"
        )
    result = list(sizes)
    for i, n in enumerate(sizes):
        if i < lead:
            if n < 0:
                raise RuntimeError(
                    f"The expanded size of the tensor ({n}) isn't allowed in a leading, non-existing dimension {i}"
                )
        elif n == -1:
            result[i] = shape[i - lead]
        elif n != shape[i - lead] and (shape[i - lead] != 1 or n < 0):
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({shape[i - lead]}) at "
                f"non-singleton dimension {i}.  Target sizes: {list(sizes)}.  Tensor sizes: {list(shape)}"
            )
    return tuple(result)


@method()
def expand(self: Tensor, *size: Any, implicit: bool = False, **named: Any) -> Tensor:
    """A view in which dimensions of size 1, and new ones in front, appear repeated; -1 leaves a size as it is.

    Several elements of the view share memory: clone() it before writing to it.

    >>> import autograd
    >>> autograd.ones(3, 1).expand(2, -1, 4).shape
    torch.Size([2, 3, 4])
    """
    return rules.broadcast_to(self, expanded_shape(self, listed(size, named, "expand", "size")))


@method()
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """`expand` to the shape of `other`.

    >>> import autograd
    >>> autograd.ones(3, 1).expand_as(autograd.ones(2, 3, 4)).shape
    torch.Size([2, 3, 4])
    """
    return rules.broadcast_to(self, expanded_shape(self, other._array.shape))


@method()
def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """`expand` as a function.

    >>> import autograd
    >>> autograd.broadcast_to(autograd.ones(3, 1), (3, 2)).shape
    torch.Size([3, 2])
    """
    check_tensor(input, "broadcast_to")
    return rules.broadcast_to(input, expanded_shape(input, as_ints(size, "broadcast_to", "size")))


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that tensors of these shapes broadcast to; `RuntimeError` where they do not.

    >>> import autograd
    >>> autograd.broadcast_shapes((2, 1), (3,))
    torch.Size([2, 3])
    """
    result: list[int] = []
    for at, given in enumerate(shapes):
        shape = [given] if is_int(given) else list(given)
        if any(n < 0 for n in shape):
            raise ValueError(f"Attempting to broadcast a dimension with negative length! Shape {at} is {shape}.")
        result = [1] * (len(shape) - len(result)) + result
        for i in range(-len(shape), 0):
            if result[i] == 1:
                result[i] = int(shape[i])
            elif shape[i] not in (1, result[i]):
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {shape[i]} at {i}! Mismatching argument at index "
                    f"{at} had {tuple(shape)}; but expected shape should be broadcastable to {result}"
                )
    return Size(result)


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Views of the tensors that all have the shape they broadcast to together.

    >>> import autograd
    >>> [x.shape for x in autograd.broadcast_tensors(autograd.ones(2, 1), autograd.ones(3))]
    [torch.Size([2, 3]), torch.Size([2, 3])]
    """
    for x in tensors:
        check_tensor(x, "broadcast_tensors", "tensors")
    shape = tuple(broadcast_shapes(*(x._array.shape for x in tensors)))
    return tuple(x if x._array.shape == shape else rules.broadcast_to(x, shape) for x in tensors)


# ---- any view at all


def strided_parameters(input: Tensor, size: Any, stride: Any, storage_offset: int | None) -> tuple[Any, ...]:
    """What `rules.as_strided` takes; `RuntimeError` where the view would reach beyond the memory."""
    shape, strides = as_ints(size, "as_strided", "size"), as_ints(stride, "as_strided", "stride")
    if len(shape) != len(strides):
        raise RuntimeError(f"mismatch in length of strides and shape: {list(strides)} and {list(shape)}")
    for what, numbers in (("strides", strides), ("sizes", shape)):
        if any(n < 0 for n in numbers):
            raise RuntimeError(f"as_strided: Negative {what} are not supported, got {what}: {list(numbers)}")
    vector, start = rules.memory(input._array)
    first = start if storage_offset is None else storage_offset
    last = first + sum((n - 1) * s for n, s in zip(shape, strides))
    if 0 not in shape and not 0 <= first <= last < vector.size:
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(strides)}, storage offset {first}, and itemsize "
            f"{vector.itemsize} requiring a storage size of {(last + 1) * vector.itemsize} are out of bounds for "
            f"storage of size {vector.nbytes}"
        )
    return shape, strides, first - start, rules.elements(input._array)


@method()
def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """A view of the memory with any size, strides (counted in elements) and start.

    >>> import autograd
    >>> autograd.arange(5).as_strided((2, 3), (2, 1))
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    check_tensor(input, "as_strided")
    return rules.as_strided(input, *strided_parameters(input, size, stride, storage_offset))


@method()
def as_strided_(self: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """In-place version of `as_strided()`: changes this tensor's own shape and strides."""
    parameters = strided_parameters(self, size, stride, storage_offset)
    return views.reshape_in_place(self, rules.as_strided, parameters, "as_strided_")
