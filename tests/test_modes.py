"""Grad modes: what is recorded, as context manager, function, decorator, on generators and in threads.

A test that takes `m` runs on `autograd` and, where it is installed, on PyTorch, whose behaviour it thereby states.
"""

from __future__ import annotations

import signal
import threading
import time

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd.modes import state
from autograd.op import op

from .test_engine import leaf, numbers


def recording(m) -> bool:
    """Whether an op records now, and whether the mode says so."""
    records = (m.ones(1, requires_grad=True) * 2).requires_grad
    assert records == m.is_grad_enabled()
    return records


def test_no_grad(m):
    x = leaf(m, 2.0)
    with m.no_grad():
        assert not recording(m)
        y = x * x
        assert (y.requires_grad, y.grad_fn, y.is_leaf) == (False, None, True)
        made = m.ones(1, requires_grad=True)
    assert recording(m)
    assert made.requires_grad
    (y * x).sum().backward()
    assert x.grad.tolist() == [4.0]


def test_modes_nest(m):
    with m.no_grad():
        with m.enable_grad():
            assert recording(m)
            with m.set_grad_enabled(False):
                assert not recording(m)
            assert recording(m)
        assert not recording(m)
    assert recording(m)


def test_modes_end_with_an_error(m):
    for mode in (m.no_grad, m.enable_grad, lambda: m.set_grad_enabled(False), m.inference_mode):
        with pytest.raises(KeyError), mode():
            raise KeyError
        assert recording(m)


def test_one_mode_object_can_be_entered_again(m):
    for mode in (m.no_grad(), m.inference_mode()):
        for _ in range(2):
            with mode:
                assert not recording(m)
            assert recording(m)


def test_one_mode_object_can_be_entered_while_it_is_active():
    for mode in (autograd.no_grad(), autograd.inference_mode()):
        with mode:
            with mode:
                assert not recording(autograd)
            assert not recording(autograd)
        assert recording(autograd)


def test_set_grad_enabled_as_a_function(m):
    try:
        m.set_grad_enabled(False)
        assert not recording(m)
        m.set_grad_enabled(True)
        assert recording(m)
    finally:
        m.set_grad_enabled(True)
    with m.set_grad_enabled(False):
        m.set_grad_enabled(True)
        assert recording(m)
    assert recording(m)


def test_decorators(m):
    @m.no_grad()
    def called(mode):
        """Says whether it records."""
        return mode(m)

    @m.no_grad
    def bare(mode):
        return mode(m)

    @m.enable_grad()
    def enabled(mode):
        return mode(m)

    @m.set_grad_enabled(False)
    def switched(mode):
        return mode(m)

    @m.inference_mode
    def bare_inference(mode):
        return mode(m) or m.is_inference_mode_enabled()

    @m.inference_mode()
    def inference(mode):
        return mode(m) or m.is_inference_mode_enabled()

    assert recording(m)  # decorating changed nothing
    assert (called(recording), bare(recording), switched(recording)) == (False, False, False)
    assert inference(recording)
    assert bare_inference(recording)
    assert recording(m)
    with m.no_grad():
        assert enabled(recording)
        assert not recording(m)
    assert (called.__name__, called.__doc__) == ("called", "Says whether it records.")


def test_decorated_function_calls_itself(m):
    @m.no_grad()
    def down(n):
        assert not recording(m)
        if n:
            down(n - 1)
        assert not recording(m)

    down(3)
    assert recording(m)


def test_decorated_generator_is_inside_only_while_it_runs(m):
    @m.no_grad()
    def generator():
        received = yield recording(m)
        while received != "stop":
            try:
                received = yield (received, recording(m))
            except KeyError:
                received = yield ("caught", recording(m))
        return recording(m)

    running = generator()
    assert recording(m)
    assert next(running) is False
    assert recording(m)
    assert running.send(1) == (1, False)
    assert running.throw(KeyError) == ("caught", False)
    assert recording(m)
    with pytest.raises(StopIteration) as stopped:
        running.send("stop")
    assert stopped.value.value is False
    assert recording(m)


def test_decorated_generator_that_is_closed(m):
    seen = []

    @m.no_grad()
    def generator():
        try:
            yield 1
            yield 2
        finally:
            seen.append(recording(m))

    running = generator()
    next(running)
    running.close()
    assert seen == [False]
    assert recording(m)


def test_mode_belongs_to_the_thread(m):
    seen = []
    with m.no_grad():
        thread = threading.Thread(target=lambda: seen.append(recording(m)))
        thread.start()
        thread.join()
        assert not recording(m)
    assert seen == [True]


def test_writing_to_leaves_under_no_grad(m):
    x = leaf(m, 2.0)
    with m.no_grad():
        x -= 0.5
        x.mul_(2)
    assert (x.requires_grad, x.is_leaf, x.grad_fn) == (True, True, None)
    assert x.tolist() == [3.0]


def test_changing_requires_grad(m):
    x = m.ones(1)
    assert x.requires_grad_() is x
    y = x * 2
    x.requires_grad = False
    assert not (x * 2).requires_grad
    y.sum().backward()  # recorded before
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf variables"):
        y.requires_grad = False
    for made in (m.tensor([1, 2]), m.tensor([True])):
        with pytest.raises(RuntimeError, match="only Tensors of floating point"):
            made.requires_grad_()


# ---- a computation inside another one's forward, as in a signal handler

INSIDE = {
    "op": lambda x: x.sigmoid(),
    "op of two operands": lambda x: x * x,
    "op of a list": lambda x: autograd.stack([x, x]),
    "fused op": lambda x: F.cross_entropy(x, x.detach().softmax(0)),
    "in place": lambda x: x.detach().clone().mul_(2),
    "in place with a cast": lambda x: x.detach().to(autograd.float16).copy_(x),
    "in place by index": lambda x: x.detach().clone().index_put_((autograd.tensor([0, 0]),), x.detach()[:1], True),
    "creation": lambda x: autograd.linspace(0, 3, 4).to(autograd.int32) + autograd.full((4,), 3, dtype=autograd.int8),
    "numbers": lambda x: x.masked_fill(x > 1, 1e30),
    "draw": lambda x: x.detach().clone().cauchy_(),
}


@pytest.mark.parametrize("name", INSIDE)
def test_a_computation_inside_a_forward(name):
    x = leaf(autograd, 1.0, 2.0)
    function = INSIDE[name]
    autograd.manual_seed(0)
    expected = function(x)
    autograd.manual_seed(0)
    found = state.run(function, x)
    assert found.tolist() == expected.tolist()
    assert found.requires_grad == expected.requires_grad
    assert np.geterr()["over"] == "warn"


def test_ops_whose_forward_calls_ops(throwaway_ops):
    @op(name="through tensors")
    def through_tensors(x):
        return (autograd.as_tensor(x).exp() * 1e39).numpy()

    assert through_tensors(autograd.tensor([0.0, 90.0])).tolist() == [np.inf, np.inf]


def test_errors_inside_a_forward(throwaway_ops):
    calls = []

    @op(name="fails")
    def fails(x):
        calls.append(x)
        raise RuntimeError("cannot enter context: of its own")

    x = autograd.ones(2)
    with pytest.raises(RuntimeError, match=r"must match the size of tensor b \(3\)"):
        state.run(lambda: x * autograd.ones(3))
    for run in (lambda: fails(x), lambda: state.run(lambda: fails(x))):
        with pytest.raises(RuntimeError, match="of its own"):
            run()
    assert len(calls) == 2  # once for each


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no interval timers")
def test_signal_handlers_compute():
    """A handler runs between any two steps of Python, those of a forward included."""
    x, seen, values = leaf(autograd, 1.0, 2.0), [], []

    def handler(number, frame):
        inside = np.geterr()["over"] == "ignore"
        seen.append(inside)
        values.append(((x * x).sum().item(), autograd.stack([x.sigmoid(), x]).shape))

    expected = x.sigmoid().sigmoid().tolist()
    previous = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        end = time.monotonic() + 20
        while sum(seen) < 5 and time.monotonic() < end:
            assert x.sigmoid().sigmoid().tolist() == expected
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert sum(seen) >= 5
    assert set(values) == {(5.0, (2, 2))}


def test_threads_compute_inside_a_forward():
    results = []

    def work():
        x = leaf(autograd, 1.0, 2.0)
        results.append(state.run(lambda: [(x * x).sigmoid().sum().item() for _ in range(200)]))

    def starting():
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    state.run(starting)  # threads that begin inside a forward have a context of their own
    assert len(results) == 4
    assert {value for result in results for value in result} == {results[0][0]}


# ---- inference mode


def test_inference_mode(m):
    x = leaf(m, 2.0)
    with m.inference_mode():
        assert not recording(m)
        assert m.is_inference_mode_enabled()
        y = x * x
        assert y.is_inference()
        assert not y.requires_grad
        y.add_(1)
    assert not m.is_inference_mode_enabled()
    assert (y.is_inference(), x.is_inference(), y.clone().is_inference()) == (True, False, False)
    assert y.tolist() == [5.0]
    assert (y * 2).tolist() == [10.0]


def test_inference_tensor_cannot_be_kept(m):
    x = leaf(m, 2.0)
    with m.inference_mode():
        y = m.ones(1, dtype=m.float64)
    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        x * y
    assert (x + y).requires_grad  # keeps nothing
    (x * y.clone()).sum().backward()
    assert x.grad.tolist() == [1.0]


def test_inference_tensor_cannot_be_written_to_outside(m):
    with m.inference_mode():
        y = m.ones(1)
    with pytest.raises(RuntimeError, match="Inplace update to inference tensor outside InferenceMode is not allowed"):
        y.mul_(2)
    with pytest.raises(RuntimeError, match="inference tensor outside InferenceMode"):
        y.requires_grad_()
    if m is autograd:  # PyTorch has written by then
        assert y.tolist() == [1.0]


def test_inference_mode_off(m):
    with m.inference_mode():
        with m.inference_mode(False):
            assert recording(m)
            assert not m.ones(1).is_inference()
        assert m.is_inference_mode_enabled()


# ---- detaching


def test_detach(m):
    x = leaf(m, 2.0)
    y = x * x
    cut = y.detach()
    assert (cut.requires_grad, cut.grad_fn, cut.is_leaf) == (False, None, True)
    assert numbers(*m.autograd.grad((cut * x).sum(), x)) == ([4.0],)
    cut.add_(1)  # the same memory
    assert y.tolist() == [5.0]


def test_detach_keeps_the_count_of_writes(m):
    x = leaf(m, 2.0)
    y = x.exp()
    y.detach().zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_detach_in_place(m):
    x = leaf(m, 2.0)
    y = x * 3
    assert y.detach_() is y
    assert (y.requires_grad, y.is_leaf, y.grad_fn) == (False, True, None)
    with pytest.raises(RuntimeError, match="Can't detach views in-place"):
        (x * 3)[:1].detach_()


def test_data_escapes_the_check():
    x = leaf(autograd, 2.0)
    y = x.exp()
    y.data.zero_()
    y.sum().backward()
    assert x.grad.tolist() == [0.0]


@pytest.mark.parametrize("value", ["a", 1, None])
def test_requires_grad_is_a_bool(value):
    x = autograd.ones(2)
    with pytest.raises(RuntimeError, match="requires_grad must be a bool"):
        x.requires_grad = value
    assert x.requires_grad is False
