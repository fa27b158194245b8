"""What can go wrong, with PyTorch's type of error for it and what the message must contain: see `test_errors.py`."""

from __future__ import annotations

import types

import numpy as np


def operands(m) -> types.SimpleNamespace:
    """What the problems below get to work with, made anew for each of them."""
    leaf = m.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    return types.SimpleNamespace(
        leaf=leaf,
        x=leaf * 2,  # recorded
        plain=m.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        vector=m.tensor([1.0, 2.0]),
        double=m.tensor([1.0, 2.0, 3.0], dtype=m.float64),
        ints=m.tensor([0, 1, 2]),
        mask=m.tensor([True, False]),
        scalar=m.tensor(1.5),
    )


def setitem(x, index, value):
    x[index] = value


def loop_over(x):
    for _ in x:
        pass


# name: (problem, type of the error, what the message must contain)
SHAPES = {
    "add": (
        lambda m, t: t.x + t.vector,
        RuntimeError,
        [
            "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1",
            "add",
            "[2, 3]",
            "[2]",
            "unsqueeze or reshape",
        ],
    ),
    "mul with itself turned": (lambda m, t: t.x * t.plain.t(), RuntimeError, ["size of tensor a (3)", "mul", "[3, 2]"]),
    "comparison": (lambda m, t: t.x < t.vector, RuntimeError, ["size of tensor a", "lt"]),
    "where": (lambda m, t: m.where(t.mask, t.x, t.plain), RuntimeError, ["size of tensor", "where"]),
    "matmul": (lambda m, t: t.x @ t.plain, RuntimeError, ["matmul", "[2, 3]"]),
    "matmul with a vector": (lambda m, t: t.x @ t.vector, RuntimeError, ["matmul", "[2, 3]", "[2]"]),
    "matmul of a scalar": (lambda m, t: t.x @ t.scalar, RuntimeError, ["matmul", "2D and 0D"]),
    "cat": (
        lambda m, t: m.cat([t.x, t.plain.t()]),
        RuntimeError,
        ["Sizes of tensors must match except in dimension 0", "cat"],
    ),
    "cat of nothing": (lambda m, t: m.cat([]), ValueError, ["cat", "non-empty"]),
    "stack": (lambda m, t: m.stack([t.x, t.plain[:1]]), RuntimeError, ["stack", "[2, 3]", "[1, 3]"]),
    "reshape": (lambda m, t: t.x.reshape(4, 2), RuntimeError, ["shape '[4, 2]' is invalid for input of size 6"]),
    "view": (lambda m, t: t.x.t().view(6), RuntimeError, ["view size is not compatible", "reshape"]),
    "expand": (lambda m, t: t.x.expand(2, 4), RuntimeError, ["expand", "[2, 3]", "[2, 4]"]),
    "split": (lambda m, t: t.x.split([1, 1], dim=1), RuntimeError, ["split", "3", "[1, 1]"]),
    "in place": (
        lambda m, t: t.vector.add_(t.plain.t()),
        RuntimeError,
        ["output with shape [2] doesn't match the broadcast shape [3, 2]", "add_", "out-of-place"],
    ),
    "assignment": (
        lambda m, t: setitem(t.x, 0, t.vector),
        RuntimeError,
        ["shape mismatch: value tensor of shape [2] cannot be broadcast to indexing result of shape [3]"],
    ),
    "gather": (lambda m, t: t.x.gather(0, t.ints), RuntimeError, ["gather", "dimensions"]),
    "weights of observations": (lambda m, t: t.x.cov(fweights=t.ints[:2]), RuntimeError, ["cov()", "fweights", "[2]"]),
    "split of a scalar": (
        lambda m, t: t.scalar.split_with_sizes([1]),
        RuntimeError,
        ["split expects at least a 1-dimensional tensor"],
    ),
}

DTYPES = {
    "gradient of ints": (
        lambda m, t: t.ints.requires_grad_(),
        RuntimeError,
        ["only Tensors of floating point", "int64", ".float()"],
    ),
    "matmul": (
        lambda m, t: t.plain @ t.double,
        RuntimeError,
        ["expected m1 and m2 to have the same dtype|same dtype", "float32", "float64"],
    ),
    "mean of ints": (lambda m, t: t.ints.mean(), RuntimeError, ["mean", "int64", ".float()|dtype"]),
    "int in place": (
        lambda m, t: t.ints.add_(1.5),
        RuntimeError,
        ["result type", "can't be cast to the desired output type", "add_"],
    ),
    "softmax of ints": (lambda m, t: t.ints.softmax(0), NotImplementedError, ["softmax", "int64", ".float()"]),
    "complex draws": (
        lambda m, t: (t.plain * 1j).geometric_(0.5),
        NotImplementedError,
        ["geometric_cpu", "not implemented for 'ComplexFloat'"],
    ),
    "ints as data": (
        lambda m, t: setattr(t.leaf, "data", t.ints),
        RuntimeError,
        ["data set to a tensor that requires gradients must be floating point"],
    ),
    "limits of a number": (lambda m, t: m.iinfo(3), TypeError, ["iinfo()", "torch.dtype, not int"]),
    "bits of floats": (lambda m, t: t.plain & t.plain, NotImplementedError, ["bitwise_and", "float32"]),
    "float index": (
        lambda m, t: t.x[t.scalar],
        IndexError,
        ["tensors used as indices must be long, int, byte or bool", "float32"],
    ),
    "subtraction of bools": (
        lambda m, t: t.mask - t.mask,
        RuntimeError,
        ["Subtraction, the `-` operator, with two bool tensors is not supported"],
    ),
}

AXES = {
    "sum": (
        lambda m, t: t.x.sum(2),
        IndexError,
        ["Dimension out of range (expected to be in range of [-2, 1], but got 2)", "sum"],
    ),
    "mean": (lambda m, t: t.x.mean(-3), IndexError, ["Dimension out of range", "-3", "mean"]),
    "twice": (lambda m, t: t.x.sum((0, 0)), RuntimeError, ["dim 0 appears multiple times in the list of dims"]),
    "softmax": (lambda m, t: t.x.softmax(5), IndexError, ["Dimension out of range", "5"]),
    "transpose": (lambda m, t: t.x.transpose(0, 2), IndexError, ["Dimension out of range", "transpose"]),
    "permute": (lambda m, t: t.x.permute(0, 1, 2), RuntimeError, ["permute", "3", "2"]),
    "permute twice": (lambda m, t: t.x.permute(0, 0), RuntimeError, ["permute", "duplicate|repeated"]),
    "cat": (lambda m, t: m.cat([t.x], 2), IndexError, ["Dimension out of range", "cat"]),
    "unsqueeze": (
        lambda m, t: t.x.unsqueeze(4),
        IndexError,
        ["Dimension out of range (expected to be in range of [-3, 2], but got 4)"],
    ),
    "of a scalar": (
        lambda m, t: t.scalar.sum(1),
        IndexError,
        ["Dimension out of range (expected to be in range of [-1, 0], but got 1)"],
    ),
    "no int": (lambda m, t: t.x.cumsum("a"), TypeError, ["cumsum", "str"]),
    "contracted twice": (
        lambda m, t: m.tensordot(t.plain, t.plain, ([0, 0], [0, 0])),
        RuntimeError,
        ["tensordot", "appears multiple times"],
    ),
    "label of einsum": (
        lambda m, t: m.einsum(t.vector, [52], [52]),
        ValueError,
        ["einsum(): subscript in subscript list is not within the valid range [0, 52)", "52"],
    ),
    "max of nothing": (lambda m, t: m.zeros(0).max(), RuntimeError, ["max()", "numel() == 0"]),
}

INDICES = {
    "int": (lambda m, t: t.x[2], IndexError, ["index 2 is out of bounds", "[2, 3]"]),
    "too many": (lambda m, t: t.x[0, 0, 0], IndexError, ["too many indices", "2"]),
    "list": (lambda m, t: t.x[[0, 5]], IndexError, ["index 5 is out of bounds", "[2, 3]"]),
    "tensor": (lambda m, t: t.x[t.ints], IndexError, ["index 2 is out of bounds"]),
    "mask": (
        lambda m, t: t.x[:, t.mask],
        IndexError,
        ["The shape of the mask [2] at index", "does not match the shape of the indexed tensor [2, 3] at index 1"],
    ),
    "step": (lambda m, t: t.x[::-1], ValueError, ["step must be greater than zero", "flip"]),
    "indices that do not broadcast": (
        lambda m, t: t.x[t.ints[:2], t.ints],
        IndexError,
        ["shape mismatch: indexing", "could not be broadcast", "[2]", "[3]"],
    ),
    "of a scalar": (lambda m, t: t.scalar[0], IndexError, ["0-dim", "index"]),
    "assignment": (lambda m, t: setitem(t.x, 2, 1.0), IndexError, ["index 2 is out of bounds"]),
    "index_select": (lambda m, t: t.x.index_select(0, t.ints), IndexError, ["index out of range|out of bounds"]),
    "gather": (
        lambda m, t: t.x.gather(0, m.tensor([[7]])),
        RuntimeError,
        ["index 7 is out of bounds for dimension 0 with size 2"],
    ),
    "string": (lambda m, t: t.x["a"], TypeError, ["'str'"]),
    "string among others": (lambda m, t: t.x[None, 0:1, ..., "a"], TypeError, ["'str'"]),
    "list of strings": (lambda m, t: t.x[["a"]], TypeError, ["'str'|numpy.str_"]),
    "array of strings": (lambda m, t: t.x[np.array(["a"])], TypeError, ["numpy.str_"]),
    "bytes": (lambda m, t: setitem(t.x, b"a", 1.0), TypeError, ["'bytes'"]),
    "float": (lambda m, t: t.x[1.5], IndexError, ["only integers, slices", "float"]),
    "float among others": (lambda m, t: t.x[0, 1.5], IndexError, ["only integers, slices", "float"]),
    "complex number": (lambda m, t: t.x[1j], IndexError, ["only integers, slices", "complex"]),
    "dictionary": (lambda m, t: t.x[{}], IndexError, ["only integers, slices", "dict"]),
    "type": (lambda m, t: t.x[int], IndexError, ["only integers, slices", "type"]),
    "deletion": (lambda m, t: t.x.__delitem__(0), TypeError, ["Tensor does not support deleting items"]),
    "object": (lambda m, t: t.x[object()], IndexError, ["only integers, slices", "object"]),
    "select": (lambda m, t: t.x.select(0, 0.5), TypeError, ["select()", "argument 'index'", "must be int, not float"]),
    "narrow": (lambda m, t: t.x.narrow(0, 0.5, 1), TypeError, ["narrow()", "float"]),
    "sections": (lambda m, t: t.x.tensor_split(1.5), TypeError, ["tensor_split()", "float"]),
    "no sections": (lambda m, t: t.x.tensor_split(), TypeError, ["tensor_split()", "sections", "indices"]),
    "repeats": (lambda m, t: t.x.repeat_interleave(1.5), TypeError, ["repeat_interleave()", "int", "Tensor", "float"]),
    "mask of no tensor": (lambda m, t: t.x.masked_fill([True], 1.0), TypeError, ["masked_fill()", "mask", "list"]),
    "selection by a list": (lambda m, t: t.x.masked_select([True]), TypeError, ["masked_select()", "mask", "list"]),
    "scatter of nothing": (lambda m, t: t.vector.scatter(0, t.ints), TypeError, ["scatter()", "src"]),
    "index_add of a list": (
        lambda m, t: t.vector.index_add(0, t.ints[:1], [1.0]),
        TypeError,
        ["index_add(): argument 'source'", "must be Tensor, not list"],
    ),
}

GRAPHS = {
    "no scalar": (
        lambda m, t: t.x.backward(),
        RuntimeError,
        ["grad can be implicitly created only for scalar outputs", "[2, 3]", "gradient=", ".sum()"],
    ),
    "no scalar in grad": (
        lambda m, t: m.autograd.grad(t.x, t.leaf),
        RuntimeError,
        ["grad can be implicitly created only for scalar outputs", "grad_outputs="],
    ),
    "gradient of a number": (lambda m, t: m.autograd.grad(2, t.leaf), TypeError, ["outputs", "int"]),
    "gradient for a number": (lambda m, t: m.autograd.grad(t.x.sum(), 2), TypeError, ["int"]),
    "gradient for one of its numbers": (
        lambda m, t: m.autograd.grad(t.x.sum(), [t.leaf, 2]),
        RuntimeError,
        ["all inputs have to be Tensors", "int"],
    ),
    "gradient for nothing": (lambda m, t: m.autograd.grad(t.x.sum(), []), RuntimeError, ["cannot be empty"]),
    "backward of a number": (lambda m, t: m.autograd.backward(2), TypeError, ["tensors", "int"]),
    "backward for a number": (lambda m, t: t.x.sum().backward(inputs=2), TypeError, ["int"]),
    "backward for what wants none": (
        lambda m, t: t.x.sum().backward(inputs=t.plain),
        RuntimeError,
        ["requires_grad=False"],
    ),
    "no graph": (
        lambda m, t: t.plain.sum().backward(),
        RuntimeError,
        ["does not require grad and does not have a grad_fn", "requires_grad=True", "no_grad"],
    ),
    "freed graph": (
        lambda m, t: [t.x.exp().sum().backward(), (loss := (t.x * t.x).sum()).backward(), loss.backward()],
        RuntimeError,
        ["backward through the graph a second time", "retain_graph=True"],
    ),
    "gradient of another shape": (
        lambda m, t: t.x.backward(t.vector),
        RuntimeError,
        [
            "Mismatch in shape: grad_output[0] has a shape of torch.Size([2])",
            "and output[0] has a shape of torch.Size([2, 3])",
        ],
    ),
    "gradient of no tensor": (lambda m, t: t.x.backward(1.0), TypeError, ["gradient", "float"]),
    "too few gradients": (
        lambda m, t: m.autograd.backward([t.x, t.x], [t.plain]),
        RuntimeError,
        ["got 2 tensors and 1 gradients"],
    ),
    "complex loss": (
        lambda m, t: (t.x * 1j).sum().backward(),
        RuntimeError,
        ["grad can be implicitly created only for real scalar outputs", "complex64"],
    ),
    "complex gradient": (
        lambda m, t: t.x.sum().backward(m.tensor(1j)),
        RuntimeError,
        ["both grad_output and output are required to have the same dtype", "complex64", "float32"],
    ),
    "empty inputs": (lambda m, t: t.x.sum().backward(inputs=[]), RuntimeError, ["cannot be empty"]),
    "no gradient wanted": (
        lambda m, t: m.autograd.grad(t.x.sum(), t.plain),
        RuntimeError,
        ["One of the differentiated Tensors does not require grad", "[2, 3]", "requires_grad=True"],
    ),
    "unused": (
        lambda m, t: m.autograd.grad(t.leaf.sum(), t.x),
        RuntimeError,
        ["appears to not have been used in the graph", "allow_unused=True"],
    ),
    "flag of a result": (
        lambda m, t: setattr(t.x, "requires_grad", False),
        RuntimeError,
        ["you can only change requires_grad flags of leaf variables", "detach()"],
    ),
    "to NumPy": (
        lambda m, t: t.x.numpy(),
        RuntimeError,
        ["Can't call numpy() on Tensor that requires grad", "detach().numpy()"],
    ),
    "by NumPy": (lambda m, t: np.asarray(t.x), RuntimeError, ["Can't call numpy() on Tensor that requires grad"]),
    "grad of another shape": (
        lambda m, t: setattr(t.leaf, "grad", t.vector),
        RuntimeError,
        ["assigned grad has data of a different size", "[2]", "[2, 3]"],
    ),
    "grad of another type": (
        lambda m, t: setattr(t.leaf, "grad", t.plain.double()),
        RuntimeError,
        ["assigned grad has data of a different type|must match the dtype", "float64"],
    ),
    "grad of no tensor": (lambda m, t: setattr(t.leaf, "grad", 1.0), TypeError, ["float"]),
    "grad of itself": (
        lambda m, t: setattr(t.leaf, "grad", t.leaf),
        RuntimeError,
        ["can't assign Variable as its own grad"],
    ),
    "data of no tensor": (
        lambda m, t: setattr(t.leaf, "data", 1.0),
        TypeError,
        ["Variable data has to be a tensor, but got float"],
    ),
    "hook without a gradient": (
        lambda m, t: t.plain.register_post_accumulate_grad_hook(print),
        RuntimeError,
        ["cannot register a hook on a tensor that doesn't require gradient"],
    ),
    "deepcopy of a result": (
        lambda m, t: __import__("copy").deepcopy(t.x),
        RuntimeError,
        ["Only Tensors created explicitly by the user", "detach"],
    ),
}


def overwritten(m, x):
    out = x.exp()
    out.mul_(2)
    out.sum().backward()


IN_PLACE = {
    "leaf": (
        lambda m, t: t.leaf.add_(1),
        RuntimeError,
        ["a leaf Variable that requires grad is being used in an in-place operation", "add_", "no_grad"],
    ),
    "leaf by operator": (lambda m, t: t.leaf.__iadd__(1), RuntimeError, ["a leaf Variable that requires grad"]),
    "element of a leaf": (
        lambda m, t: setitem(t.leaf, 0, 1.0),
        RuntimeError,
        ["a (view of a )?leaf Variable that requires grad"],
    ),
    "view of a leaf": (
        lambda m, t: t.leaf[0].zero_(),
        RuntimeError,
        ["a view of a leaf Variable that requires grad", "zero_"],
    ),
    "kept output": (
        lambda m, t: overwritten(m, t.x),
        RuntimeError,
        [
            "one of the variables needed for gradient computation has been modified by an inplace operation",
            "Exp",
            "mul_",
            "clone()",
        ],
    ),
    "kept operand": (
        lambda m, t: [loss := (t.x * t.x).sum(), t.x.add_(1), loss.backward()],
        RuntimeError,
        ["modified by an inplace operation", "MulBackward0", "add_"],
    ),
    "one of several views": (
        lambda m, t: t.x.unbind()[0].mul_(2),
        RuntimeError,
        ["view", "several|multiple", "inplace"],
    ),
    "expanded": (lambda m, t: t.vector.expand(2, 2).add_(1), RuntimeError, ["single memory location", "clone()"]),
}

VALUES = {
    "item of many": (lambda m, t: t.x.item(), RuntimeError, ["a Tensor with 6 elements cannot be converted to Scalar"]),
    "float of many": (
        lambda m, t: float(t.plain),
        ValueError,
        ["only one element tensors can be converted to Python scalars", "[2, 3]"],
    ),
    "truth of many": (
        lambda m, t: bool(t.plain),
        RuntimeError,
        ["Boolean value of Tensor with more than one value is ambiguous"],
    ),
    "length of a scalar": (lambda m, t: len(t.scalar), TypeError, ["len() of a 0-d tensor"]),
    "loop over a scalar": (lambda m, t: loop_over(t.scalar), TypeError, ["iteration over a 0-d tensor"]),
    "addition of a string": (lambda m, t: t.x + "a", TypeError, ["unsupported operand"]),
    "list times a matrix": (lambda m, t: [1.0, 2.0] @ t.x, TypeError, ["unsupported operand"]),
    "type of a string": (lambda m, t: m.result_type("a", t.x), TypeError, ["str"]),
    "constructor": (lambda m, t: m.Tensor(1, 2.5), TypeError, ["size"]),
    "keyword of reshape": (lambda m, t: t.x.reshape(shapes=(3, 2)), TypeError, ["reshape()", "shape"]),
    "product of no matrices": (lambda m, t: m.chain_matmul(), RuntimeError, ["chain_matmul", "one or more matrices"]),
    "probability": (
        lambda m, t: m.dropout(t.x, 1.5, True),
        RuntimeError,
        ["dropout probability has to be between 0 and 1, but got 1.5"],
    ),
}

KINDS = {
    "shapes": SHAPES,
    "dtypes": DTYPES,
    "axes": AXES,
    "indices": INDICES,
    "graphs": GRAPHS,
    "in place": IN_PLACE,
    "values": VALUES,
}
