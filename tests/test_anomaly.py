"""Anomaly mode: which operation made NaN, in which pass, and which line called it."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd import graph, op
from autograd.autograd import Function, detect_anomaly, set_detect_anomaly


@pytest.fixture(autouse=True)
def off_again():
    yield
    left, graph.anomaly = graph.anomaly, None
    assert left is None, "a test left anomaly mode on"


def leaf(*values, dtype=None):
    return autograd.tensor(values, dtype=dtype, requires_grad=True)


def line_before() -> str:
    """The line before the caller's, as a traceback writes it."""
    frame = inspect.currentframe().f_back
    return f'{frame.f_code.co_filename}", line {frame.f_lineno - 1}, in {frame.f_code.co_name}'


class BadBackward(Function):
    """A custom function whose gradient for its second argument is NaN."""

    @staticmethod
    def forward(ctx, x, y):
        return x * 2 + y

    @staticmethod
    def backward(ctx, g):
        return g, g * float("nan")


# ---- the forward pass


def test_forward_names_operation_shapes_and_line():
    x = leaf(1.0, -1.0, 4.0)
    with set_detect_anomaly(True), pytest.raises(RuntimeError) as info:
        x.log()
    where, text = line_before(), str(info.value)
    assert text.startswith(
        "Log returned nan values in its forward pass: float32[3] with 1 of 3 elements NaN, the first at [1]"
    )
    assert "Log(float32[3])" in text
    assert where in text
    assert "x.log()" in text


def test_the_line_is_the_users_also_from_within_our_own_functions():
    y = leaf(0.0) * 1
    with set_detect_anomaly(True), pytest.raises(RuntimeError, match="Div") as info:
        y /= y
    assert line_before() in str(info.value)


def test_nan_that_was_there_before_is_not_blamed_on_the_operation():
    x = leaf(float("nan"), 1.0)
    with set_detect_anomaly(True):
        y = x * 2
        z = y + float("nan")
        w = autograd.stack([x, y])
        assert (leaf(2.0) ** float("nan")).isnan()
    assert np.isnan(y.detach().numpy()).tolist() == [True, False]
    assert z.isnan().all()
    assert w.isnan().any()


def test_infinity_is_no_anomaly():
    x = leaf(0.0)
    with set_detect_anomaly(True):
        assert (1 / x).item() == float("inf")
        with pytest.raises(RuntimeError, match="Sub returned nan"):
            (1 / x) - (1 / x)


def test_forward_of_several_operands_and_of_complex_numbers():
    x = leaf(1.0, 0.0, dtype=autograd.complex128)
    with set_detect_anomaly(True), pytest.raises(RuntimeError, match=r"Div.*complex128\[2\] with 1 of 2"):
        x / x


def test_forward_of_every_output(throwaway_ops):
    @op.op(name="halves")
    def halves(x):
        return x + 1, np.sqrt(x)

    halves.rules(x=lambda g: g[0])
    with set_detect_anomaly(True), pytest.raises(RuntimeError, match="Halves returned nan values"):
        halves(leaf(-1.0))


def test_forward_of_functions():
    class Root(Function):
        @staticmethod
        def forward(ctx, x):
            return x.sqrt(), x * 2

    with set_detect_anomaly(True), pytest.raises(RuntimeError, match="Root returned nan values in its forward"):
        Root.apply(leaf(-1.0))


def test_what_is_not_recorded_is_not_checked():
    x = leaf(-1.0)
    with set_detect_anomaly(True), autograd.no_grad():
        assert x.log().isnan().item()


def test_nothing_is_half_changed_by_an_error():
    y = leaf(0.0, 2.0) * 1
    node, version = y.grad_fn, y._version
    with set_detect_anomaly(True), pytest.raises(RuntimeError):
        y.div_(y)
    assert y.tolist() == [0, 2]
    assert y.grad_fn is node
    assert y._version == version


# ---- the backward pass


def test_backward_names_operation_input_shapes_and_line():
    x, y = leaf(0.0, 4.0), leaf(1.0, 1.0)
    with set_detect_anomaly(True):
        z = (x * y).sqrt() * 0
        where = line_before()
        with pytest.raises(RuntimeError) as info:
            z.sum().backward()
    text = str(info.value)
    assert text.startswith("Function 'SqrtBackward0' returned nan values in its 0th output, the gradient of x [2]: ")
    assert "float32[2] with 1 of 2 elements NaN, the first at [0]" in text
    assert where in text
    assert x.grad is None


def test_an_operation_with_a_kernel():
    target = autograd.tensor([0])
    with set_detect_anomaly(True):
        with pytest.raises(RuntimeError, match=r"CrossEntropy returned nan values in its forward pass"):
            F.cross_entropy(leaf([float("inf"), 0.0]), target)
        loss = F.cross_entropy(leaf([0.0, -1e9]), target)
        where = line_before()
        with pytest.raises(RuntimeError, match=r"'CrossEntropyBackward0' .*, the gradient of x \[1, 2\]") as info:
            loss.backward(autograd.tensor(float("inf")))
    assert where in str(info.value)


def test_backward_of_functions_names_the_argument():
    x, y = leaf(1.0), leaf(2.0)
    with set_detect_anomaly(True):
        z = BadBackward.apply(x, y)
        where = line_before()
        with pytest.raises(
            RuntimeError, match=r"'BadBackwardBackward' .* 1th output, the gradient of argument 1"
        ) as info:
            z.backward()
    assert where in str(info.value)


def test_backward_names_which_of_many():
    x, y = leaf(1.0), leaf(1.0)
    y.register_hook(lambda g: g)
    with set_detect_anomaly(True):
        z = BadBackward.apply(x, y * 1).sum()
        with pytest.raises(RuntimeError, match="BadBackward"):
            autograd.autograd.grad(z, y)
        autograd.autograd.grad(BadBackward.apply(x, y.detach()).sum(), x)


def test_without_the_check_nan_passes():
    x = leaf(0.0)
    with set_detect_anomaly(True, check_nan=False):
        y = x.sqrt() * 0 + (x / x)
        y.sum().backward()
    assert x.grad.isnan().item()


def test_any_error_of_the_backward_pass_tells_the_line_of_the_forward_pass():
    x = leaf(1.0, 2.0)
    with set_detect_anomaly(True, check_nan=False):
        y = x * 1
        z = y.exp() * y
        where = line_before()
        y.zero_()
        with pytest.raises(RuntimeError, match="modified by an inplace operation") as info:
            z.sum().backward()
    assert where in "\n".join([str(info.value), *getattr(info.value, "__notes__", [])])


def test_a_second_derivative():
    x = leaf(0.0)
    with set_detect_anomaly(True):
        (g,) = autograd.autograd.grad((x**1.5).sum(), x, create_graph=True)
        with pytest.raises(RuntimeError, match="returned nan values"):
            (g * g * 0).sum().backward()


def test_the_metadata_has_the_stack():
    with set_detect_anomaly(True):
        y = leaf(1.0) * 2
        where = line_before()
    stack = y.grad_fn.metadata["traceback_"]
    assert where in stack[-1]
    assert all("autograd/op.py" not in line for line in stack)
    assert (leaf(1.0) * 2).grad_fn.metadata == {}


# ---- the switches


def test_set_detect_anomaly_as_a_function(m):
    m.autograd.set_detect_anomaly(True)
    assert m.is_anomaly_enabled()
    assert m.is_anomaly_check_nan_enabled()
    m.autograd.set_detect_anomaly(True, check_nan=False)
    assert m.is_anomaly_enabled()
    assert not m.is_anomaly_check_nan_enabled()
    m.autograd.set_detect_anomaly(False)
    assert not m.is_anomaly_enabled()


def test_nesting_restores(m):
    with m.autograd.set_detect_anomaly(True):
        with m.autograd.set_detect_anomaly(False):
            assert not m.is_anomaly_enabled()
        assert m.is_anomaly_enabled()
    assert not m.is_anomaly_enabled()


def test_detect_anomaly_warns_that_it_is_slow(m):
    with pytest.warns(UserWarning, match="Anomaly Detection has been enabled"):
        mode = m.autograd.detect_anomaly()
    assert not m.is_anomaly_enabled()
    with mode:
        assert m.is_anomaly_enabled()
    assert not m.is_anomaly_enabled()


def test_as_decorators():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checked = detect_anomaly()(autograd.is_anomaly_enabled)
    assert checked()
    assert checked()
    assert not autograd.is_anomaly_enabled()
    checked = set_detect_anomaly(True, check_nan=False)(autograd.is_anomaly_check_nan_enabled)
    assert not autograd.is_anomaly_enabled()
    assert not checked()
    assert set_detect_anomaly(True)(autograd.is_anomaly_check_nan_enabled)()


def test_an_error_turns_it_off_again(m):
    with pytest.raises(KeyError), m.autograd.set_detect_anomaly(True):
        raise KeyError
    assert not m.is_anomaly_enabled()


def test_backward_finds_what_torch_finds(m):
    """The same operation is to blame in PyTorch."""
    x = m.tensor([0.0, 4.0], requires_grad=True)
    with warnings.catch_warnings(), m.autograd.set_detect_anomaly(True):
        warnings.simplefilter("ignore")  # PyTorch writes the forward call's traceback as a warning
        with pytest.raises(RuntimeError, match="Function 'SqrtBackward0' returned nan values in its 0th output"):
            (x.sqrt() * 0).sum().backward()
