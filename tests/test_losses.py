"""Losses: that they are PyTorch's in value and derivatives, whatever is ignored or empty, and how they refuse."""

import itertools

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F

from .packages import package

# ---- values and derivatives


def test_cross_entropy_by_hand():
    x = autograd.tensor([[1.0, 2.0, 0.5], [0.1, -1.0, 3.0]], requires_grad=True)
    loss = F.cross_entropy(x, autograd.tensor([1, 2]))
    p = np.exp(x.detach().numpy())
    p /= p.sum(1, keepdims=True)
    assert loss.item() == pytest.approx(-(np.log(p[0, 1]) + np.log(p[1, 2])) / 2, rel=1e-6)
    loss.backward()
    p[[0, 1], [1, 2]] -= 1
    np.testing.assert_allclose(x.grad.numpy(), p / 2, rtol=1e-5, atol=1e-7)
    huge = F.cross_entropy(autograd.tensor([[1e4, 0.0]]), autograd.tensor([1]))
    assert huge.item() == pytest.approx(1e4), "large logits do not overflow"


def derivatives(m, logits, target, options):
    """The loss, its gradient from the kernel, its gradient that is recorded, and that one's derivative."""
    x = m.tensor(logits, requires_grad=True)
    loss = package(m).functional.cross_entropy(x, target, **options)
    (plain,) = m.autograd.grad(loss.sum(), x, retain_graph=True)
    (recorded,) = m.autograd.grad(loss.sum(), x, create_graph=True)
    slope = m.linspace(0, 1, recorded.numel(), dtype=recorded.dtype).reshape(recorded.shape)
    (second,) = m.autograd.grad((recorded * slope).sum(), x)
    return loss, plain, recorded, second


def assert_equal_losses(torch, logits, target, options, rtol):
    """Value and derivatives of both orders are PyTorch's, NaN included."""
    results = []
    for m in (autograd, torch):
        given = {name: m.tensor(v) if isinstance(v, np.ndarray) else v for name, v in options.items()}
        results.append(derivatives(m, logits, m.tensor(target), given))
    for what, ours, theirs in zip(("loss", "gradient", "recorded gradient", "second derivative"), *results):
        assert str(ours.dtype) == str(theirs.dtype), what
        np.testing.assert_allclose(
            ours.detach().numpy(), theirs.detach().numpy(), rtol, rtol, err_msg=f"{what} of {options} {target}"
        )


TOLERANCE = {"float64": 1e-12, "float32": 1e-6, "float16": 4e-3}
SHAPES = [(3,), (4, 3), (2, 3, 5), (2, 3, 2, 2), (0, 3), (0, 0), (2, 3, 0), (0, 3, 2, 2)]


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_classes_as_targets(shape, dtype, torch):
    random = np.random.default_rng(0)
    logits = random.normal(size=shape).astype(dtype)
    axis = min(len(shape) - 1, 1)
    classes = np.asarray(random.integers(0, max(shape[axis], 1), shape[:axis] + shape[axis + 1 :]))
    weight = random.uniform(0.5, 2, shape[axis]).astype(dtype)
    ignored = [(-100, None), (1, "some"), (255, "some"), (1, "all"), (255, "all")]
    for reduction, smoothing, w, (index, which) in itertools.product(
        ("mean", "sum", "none"), (0.0, 0.2), (None, weight), ignored
    ):
        if shape == (0, 0) and smoothing:
            continue  # below
        target = classes.copy()
        target[target % 2 == 0 if which == "some" else ...] = classes if which is None else index
        options = {"reduction": reduction, "label_smoothing": smoothing, "weight": w, "ignore_index": index}
        assert_equal_losses(torch, logits, target, options, TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_probabilities_as_targets(shape, dtype, torch):
    random = np.random.default_rng(0)
    logits, target = random.normal(size=shape).astype(dtype), random.uniform(size=shape).astype(dtype)
    weight = random.uniform(0.5, 2, shape[min(len(shape) - 1, 1)]).astype(dtype)
    for reduction, smoothing, w in itertools.product(("mean", "sum", "none"), (0.0, 0.2), (None, weight)):
        options = {"reduction": reduction, "label_smoothing": smoothing, "weight": w}
        assert_equal_losses(torch, logits, target, options, TOLERANCE[dtype])


@pytest.mark.parametrize("row", [[np.nan, 1, 2], [-np.inf] * 3, [np.inf, 0, 0], [-np.inf, 0, 1]], ids=str)
@pytest.mark.parametrize("target", [[1, 0], [1, -100]], ids=["counted", "ignored"])
def test_logits_that_are_not_finite(row, target, torch):
    for options in ({}, {"reduction": "sum"}, {"reduction": "none"}, {"label_smoothing": 0.1}):
        assert_equal_losses(torch, np.array([[0.5, 1, 2], row]), np.array(target), options, 1e-12)


@pytest.mark.parametrize("target", [[0, 0], [0, 1], [0, 255]], ids=str)
def test_a_weight_of_zero_is_not_ignoring(target, torch):
    weight = np.array([0.0, 2.0, 1.5])
    for reduction, smoothing in itertools.product(("mean", "sum", "none"), (0.0, 0.2)):
        options = {"reduction": reduction, "label_smoothing": smoothing, "weight": weight, "ignore_index": 255}
        assert_equal_losses(torch, np.array([[0.5, 1, 2], [1, 0, 3]]), np.array(target), options, 1e-12)


@pytest.mark.parametrize("options", [{}, {"weight": True}, {"label_smoothing": 0.1}], ids=str)
@pytest.mark.parametrize("create_graph", [False, True])
def test_where_all_is_ignored_nothing_is_learned(m, options, create_graph):
    """The mean of no losses is NaN; its gradient is zero all the same, so that the batch does no harm."""
    options = {**options, "weight": m.ones(3)} if "weight" in options else options
    x = m.zeros(2, 3, requires_grad=True)
    loss = package(m).functional.cross_entropy(x, m.tensor([255, 255]), ignore_index=255, **options)
    (grad,) = m.autograd.grad(loss, x, create_graph=create_graph)
    assert loss.isnan()
    assert grad.tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize("options", [{}, {"weight": True}, {"label_smoothing": 0.1}], ids=str)
@pytest.mark.parametrize("create_graph", [False, True])
def test_sixteen_bits_are_summed_in_thirty_two(options, create_graph):
    """70,000 is no float16: neither the sum of so many losses nor their number may be one on the way to the mean."""
    random = np.random.default_rng(0)
    logits = random.normal(size=(70_000, 2)).astype(np.float16)
    target = autograd.tensor(random.integers(0, 2, 70_000))
    results = []
    for x in (autograd.tensor(logits), autograd.tensor(logits).float()):
        given = {**options, "weight": autograd.tensor([0.5, 2.0], dtype=x.dtype)} if "weight" in options else options
        loss = F.cross_entropy(x.requires_grad_(), target, **given)
        results.append((loss, *autograd.autograd.grad(loss * 1000, x, create_graph=create_graph)))
    for half, single in zip(*results):
        assert half.dtype is autograd.float16
        assert autograd.equal(half, single.half()), "as in single precision, rounded once"


def test_sixteen_bits_with_probabilities():
    logits = np.random.default_rng(0).normal(size=(70_000, 2)).astype(np.float16)
    x = autograd.tensor(logits)
    loss = F.cross_entropy(x, x.softmax(1))
    assert loss.dtype is autograd.float16
    assert loss.item() == pytest.approx(F.cross_entropy(x.float(), x.float().softmax(1)).item(), rel=2e-3)


def test_no_rows_of_no_classes():
    nothing = autograd.zeros(0, 0), autograd.zeros(0, dtype=autograd.int64)
    assert F.cross_entropy(*nothing, label_smoothing=0.1).isnan()
    assert F.cross_entropy(*nothing, label_smoothing=0.1, reduction="sum") == 0, "where PyTorch divides 0 by 0 classes"


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("ignore_index", [-100, 2])
def test_the_kernel_and_the_definition_of_cross_entropy_agree(reduction, ignore_index):
    rng = np.random.default_rng(1)
    x = autograd.tensor(rng.normal(size=(4, 3, 2)), requires_grad=True)
    target = autograd.tensor(rng.integers(0, 3, (4, 2)))

    def loss(x):
        return F.cross_entropy(x, target, reduction=reduction, ignore_index=ignore_index)

    (plain,) = autograd.autograd.grad(loss(x), x)
    (recorded,) = autograd.autograd.grad(loss(x), x, create_graph=True)
    np.testing.assert_allclose(plain.numpy(), recorded.detach().numpy(), rtol=1e-12)
    assert recorded.requires_grad
    assert autograd.autograd.gradcheck(loss, (x,))
    assert autograd.autograd.gradgradcheck(loss, (x,))


def test_one_target_for_one_row_may_have_a_dimension(m):
    x = m.tensor([1.0, 2.0, 3.0])
    for options in ({}, {"reduction": "none"}, {"weight": m.ones(3)}):
        loss = package(m).functional.cross_entropy(x, m.tensor([1]), **options)
        assert loss.shape == ()
        assert loss.item() == pytest.approx(1.4076059)


@pytest.mark.parametrize("shape", [(), (2,)], ids=str)
@pytest.mark.parametrize("options", [{}, {"weight": True}, {"reduction": "none"}, {"label_smoothing": 0.1}], ids=str)
def test_classes_may_be_bytes(m, shape, options):
    options = {**options, "weight": m.tensor([1.0, 2.0, 3.0])} if "weight" in options else options
    x = m.tensor(np.arange(6.0)[: 3 * max(len(shape) * 2, 1)].reshape(*shape, 3), dtype=m.float32)
    target = m.ones(shape, dtype=m.int64)
    function = package(m).functional.cross_entropy
    assert function(x, target.to(m.uint8), **options).tolist() == function(x, target, **options).tolist()
    assert function(x, (target * 255).to(m.uint8), ignore_index=255, reduction="sum").item() == 0


def test_mse_equals_pytorchs(torch):
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(3, 3, 4))
    for reduction in ("mean", "sum", "none"):
        for weight in (None, np.abs(w)):
            pair = []
            for m, f in ((autograd, F), (torch, torch.nn.functional)):
                a = m.tensor(x, requires_grad=True)
                given = {} if weight is None else {"weight": m.tensor(weight)}
                loss = f.mse_loss(a, m.tensor(y), reduction=reduction, **given)
                loss.square().sum().backward()
                pair.append((loss.detach().numpy(), a.grad.numpy()))
            for ours, theirs in zip(*pair):
                np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("name", ["l1_loss", "mse_loss", "smooth_l1_loss", "huber_loss"])
def test_dtypes_of_shapes_that_broadcast_and_of_weights(name, m):
    """A 0-d target counts in full, since it is broadcast before the two promote; the Huber loss is of its input's."""
    function, single, double = getattr(package(m).functional, name), m.zeros(3), m.zeros((), dtype=m.float64)
    wide = str(m.float64)
    with pytest.warns(UserWarning, match="different to the input size"):
        assert str(function(single, double).dtype) == (str(m.float32) if name == "huber_loss" else wide)
    with pytest.warns(UserWarning, match="different to the input size"):
        assert str(function(double, single).dtype) == wide
    if name != "smooth_l1_loss":
        for reduction in ("mean", "sum", "none"):
            loss = function(single, single + 1, reduction=reduction, weight=m.ones(3, dtype=m.float64))
            assert str(loss.dtype) == wide


@pytest.mark.parametrize("name", ["huber_loss", "smooth_l1_loss"])
def test_where_the_parabola_meets_the_line(name, m):
    """The slope of the gradient is that of the line, 0, at the very point where the two meet."""
    x = m.tensor([-2.0, -1.0, -0.5, 0.0, 1.0, 3.0], requires_grad=True)
    loss = getattr(package(m).functional, name)(x, m.zeros(6), reduction="sum")
    (grad,) = m.autograd.grad(loss, x, create_graph=True)
    assert grad.tolist() == [-1.0, -1.0, -0.5, 0.0, 1.0, 1.0]
    assert m.autograd.grad(grad.sum(), x)[0].tolist() == [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]


def test_losses_as_modules_and_their_old_arguments(m):
    n, target = package(m), m.tensor([0, 1])
    x = m.tensor([[1.0, 2.0], [0.0, 1.0]])
    loss = n.CrossEntropyLoss(weight=m.tensor([1.0, 3.0]), ignore_index=1, reduction="sum")
    assert loss(x, target).item() == pytest.approx(np.log1p(np.e), rel=1e-6)
    assert list(loss.state_dict()) == ["weight"]
    modules = {"mse_loss": n.MSELoss, "cross_entropy": n.CrossEntropyLoss}
    for old, new in (({"size_average": False}, "sum"), ({"reduce": False}, "none"), ({"reduce": True}, "mean")):
        for name, other in (("mse_loss", m.zeros(2, 2)), ("cross_entropy", target)):
            function = getattr(n.functional, name)
            with pytest.warns(UserWarning, match=f"please use reduction='{new}' instead") as caught:
                result = function(x, other, **old)
            with pytest.warns(UserWarning, match=f"please use reduction='{new}' instead") as also:
                module = modules[name](**old)
            assert all(m is not autograd or warning.filename == __file__ for warning in [*caught, *also])
            assert module.reduction == new
            assert result.tolist() == function(x, other, reduction=new).tolist() == module(x, other).tolist()


def test_the_old_arguments_of_every_loss(m):
    layers = package(m)
    built = {"size_average": False}, {"reduce": False}
    names = [name for name in nn.modules.__all__ if "size_average" in getattr(nn, name).__init__.__code__.co_varnames]
    assert len(names) == 17
    for name, old in itertools.product(names, built):
        with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated") as caught:
            loss = getattr(layers, name)(**old)
        assert m is not autograd or [warning.filename for warning in caught] == [__file__], name
        assert loss.reduction == ("none" if "reduce" in old else "sum")


# ---- refusals


def test_losses_refuse_shapes_that_broadcast_by_mistake():
    with pytest.raises(ValueError, match="equally many elements"):
        F.mse_loss(autograd.zeros(4, 1), autograd.zeros(4))
    with pytest.warns(UserWarning, match="different to the input size"):
        F.mse_loss(autograd.zeros(4, 2), autograd.zeros(1, 2))
    with pytest.raises(ValueError, match="not a valid value for reduction"):
        F.mse_loss(autograd.zeros(1), autograd.zeros(1), reduction="average")


@pytest.mark.parametrize(
    "target, options, error, message",
    [
        ([0, 2], {}, IndexError, "Target 2 is out of bounds"),
        ([0, -1], {}, IndexError, "Target -1 is out of bounds"),
        ([0, -1], {"reduction": "none"}, IndexError, "Target -1 is out of bounds"),
        ([-100, 255], {"weight": [1.0, 1.0]}, IndexError, "Target 255 is out of bounds"),
        ([2, 255], {"label_smoothing": 0.1, "ignore_index": 255}, IndexError, "Target 2 is out of bounds"),
        ([0, 1, 1], {}, ValueError, r"Expected input batch_size \(2\) to match target batch_size \(3\)"),
        ([[0, 1]] * 3, {}, ValueError, r"Expected input batch_size \(2\) to match target batch_size \(3\)"),
        (0, {}, ValueError, r"Expected input batch_size \(2\) to match target batch_size \(0\)"),
        ([[0], [1]], {}, RuntimeError, "0D or 1D target tensor expected, multi-target not supported"),
        ([[0, 1], [1, 0]], {}, RuntimeError, "Expected floating point type for target with class prob.* got Long"),
        ([[True, False]] * 2, {}, RuntimeError, "Expected floating point type for target with class prob.* got Bool"),
        ([True, False], {}, RuntimeError, "expected target dtype to be Long or Byte, but got Bool"),
        ([0.0, 1.0], {}, RuntimeError, "expected target dtype to be Long or Byte, but got Float"),
        ([0j, 1], {}, RuntimeError, "expected target dtype to be Long or Byte, but got ComplexFloat"),
        ([[0.5, 0.5]] * 2, {"ignore_index": 0}, RuntimeError, "ignore_index is not supported for floating point"),
        ([[0.5, 0.5]] * 2, {"ignore_index": 255}, RuntimeError, "ignore_index is not supported for floating point"),
        ([0, 1], {"label_smoothing": 1.5}, RuntimeError, "label_smoothing must be between 0.0 and 1.0. Got: 1.5"),
        ([0, 1], {"reduction": "max"}, ValueError, "max is not a valid value for reduction"),
        ([0, 1], {"weight": [1.0] * 3}, RuntimeError, "either for all 2 classes or no classes"),
        ([0, 1], {"weight": [1, 1]}, RuntimeError, "expected scalar type Float but found Long"),
        ([0, 1], {"ignore_index": 1.5}, TypeError, "argument 'ignore_index'.* must be int, not float"),
        ([0, 1], {"ignore_index": None}, TypeError, "argument 'ignore_index'.* must be int, not NoneType"),
    ],
)
def test_misuse_of_cross_entropy(m, target, options, error, message):
    x = m.tensor([[1.0, 2.0], [0.0, 1.0]])
    options = {name: m.tensor(v) if name == "weight" else v for name, v in options.items()}
    with pytest.raises(error, match=message):
        package(m).functional.cross_entropy(x, m.tensor(target), **options)


@pytest.mark.parametrize(
    "shape, target, kind, error, message",
    [
        ((3,), (2,), "int64", ValueError, "For 1D input, 1D target must have size 1, but got target size: 2"),
        ((3,), (1, 1), "int64", RuntimeError, "0D or 1D target tensor expected, multi-target not supported"),
        ((2, 3, 4), (2, 5), "int64", RuntimeError, r"Expected target size \[2, 4\], got \[2, 5\]"),
        ((2, 3, 4), (2,), "int64", RuntimeError, r"Expected target size \[2, 4\], got \[2\]"),
        ((2, 3, 4), (3, 4), "int64", ValueError, r"batch_size \(2\) to match target batch_size \(3\)"),
        ((2, 3, 4), (2, 4), "uint8", RuntimeError, "expected scalar type Long but found Byte"),
        ((2, 3), (2,), "int32", RuntimeError, "expected target dtype to be Long or Byte, but got Int"),
        ((2, 3, 4), (2, 4), "int32", RuntimeError, "expected target dtype to be Long or Byte, but got Int"),
        ((2, 0), (2,), "int64", IndexError, "Target 0 is out of bounds"),
        ((0,), (), "int64", IndexError, "Target 0 is out of bounds"),
    ],
)
def test_targets_that_do_not_fit(m, shape, target, kind, error, message):
    for options in ({}, {"label_smoothing": 0.1}, {"reduction": "none"}):
        with pytest.raises(error, match=message):
            package(m).functional.cross_entropy(m.zeros(shape), m.zeros(target, dtype=getattr(m, kind)), **options)


def test_logits_are_floating(m):
    for kind in (m.int64, m.complex64):
        with pytest.raises(NotImplementedError, match="not implemented for"):
            package(m).functional.cross_entropy(m.ones(2, 3, dtype=kind), m.tensor([0, 1]))


def test_refusals_say_what_would_be_right():
    """In the words of the caller, not in those of the kernel."""
    x, zero = autograd.zeros(4, 3), autograd.tensor(0)
    for target, remedy in (
        (autograd.zeros(4, 1, dtype=autograd.int64), r"squeeze\(-1\)"),
        (autograd.zeros(4, 3, dtype=autograd.int64), r"argmax\(1\)"),
        (autograd.zeros(4, dtype=autograd.int32), r"target\.long\(\)"),
        (autograd.zeros(4), "class probabilities must have the shape of the logits"),
        (zero, r"one class for each row of the logits \[4, 3\]"),
    ):
        with pytest.raises((RuntimeError, ValueError), match=remedy):
            F.cross_entropy(x, target)
    with pytest.raises(IndexError, match="there are 3 classes, numbered from 0, and ignore_index is -100") as caught:
        F.cross_entropy(x, autograd.tensor([0, 1, 2, 3]))
    assert "True" not in str(caught.value)
    with pytest.raises(RuntimeError, match=r"weight\.to\(torch\.float32\)"):
        F.cross_entropy(x, autograd.tensor([0] * 4), weight=autograd.ones(3).double())
    with pytest.raises(TypeError, match="argument 'weight' must be Tensor, not list"):
        F.cross_entropy(x, autograd.tensor([0] * 4), weight=[1.0, 1.0, 1.0])


def test_classes_are_a_dimension():
    with pytest.raises(ValueError, match="needs a dimension of classes"):
        F.cross_entropy(autograd.tensor(1.0), autograd.tensor(0))
