"""In-place functions of the elements of several tensors: on memory where they can be, on tensors where they must be."""

import numpy as np
import pytest

import autograd
from autograd.utils import elementwise
from autograd.utils.elementwise import elementwise_


def follow(target, x, speed):
    """Moves x towards a target at a speed that is lost by and by."""
    speed *= 0.5
    speed += target - x
    x += 0.1 * speed


def expected(target, x, speed):
    speed = speed * 0.5 + (target - x)
    return x + 0.1 * speed, speed


def kinds_given(*tensors):
    """The types that a function gets to work on, call by call."""
    seen = []
    elementwise_(lambda *operands: seen.append({type(o) for o in operands}), tensors[:1], *tensors[1:])
    return seen


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "complex64", "int64"])
@pytest.mark.parametrize("shape", [(), (0,), (3, 4), (301, 211)])
@pytest.mark.parametrize("recording", [True, False])
def test_it_computes_what_the_operators_say(dtype, shape, recording):
    rng = np.random.default_rng(0)
    arrays = [np.asarray(rng.normal(size=shape) * 9).astype(dtype) for _ in range(3)]
    if dtype == "int64":
        tensors = [autograd.tensor(a) for a in arrays]

        def double(target, x):
            x += target * 2

        with autograd.set_grad_enabled(recording):
            elementwise_(double, tensors[:1], tensors[1])
        assert np.array_equal(tensors[1].numpy(), arrays[1] + 2 * arrays[0])
        return
    tensors = [autograd.tensor(a) for a in arrays]
    with autograd.set_grad_enabled(recording):
        elementwise_(follow, tensors[:1], *tensors[1:])
    for tensor, array in zip(tensors[1:], expected(*arrays)):
        np.testing.assert_allclose(tensor.numpy(), array, rtol=1e-2 if dtype == "float16" else 1e-5, atol=1e-2)
        assert str(tensor.dtype) == f"torch.{dtype}"
    assert np.array_equal(tensors[0].numpy(), arrays[0])


@autograd.no_grad()
def test_large_tensors_come_in_blocks(monkeypatch):
    monkeypatch.setattr(elementwise, "CACHE", 3 * 8 * 100)
    sizes = []

    def note(x, y, z):
        sizes.append(x.shape)

    def run(*tensors):
        sizes.clear()
        elementwise_(note, tensors[:1], *tensors[1:])
        return list(sizes)

    x = autograd.zeros(15, 17, dtype=autograd.float64)
    assert run(x, x.clone(), x.clone()) == [(100,), (100,), (55,)]
    turned = autograd.zeros(17, 15, dtype=autograd.float64).t()
    assert run(turned, turned.clone(), turned.clone()) == [(100,), (100,), (55,)]
    assert run(x, turned, x.clone()) == [(15, 17)], "elements at one place in memory are not at one place in the tensor"
    gaps = autograd.zeros(30, 17, dtype=autograd.float64)[::2]
    assert run(gaps, gaps.clone(), gaps.clone()) == [(15, 17)]
    for tensors in ((x, turned, gaps), (turned, turned.clone(), turned.clone())):
        values = [autograd.randn(15, 17, dtype=autograd.float64) for _ in tensors]
        for tensor, value in zip(tensors, values):
            tensor.copy_(value)
        elementwise_(follow, tensors[:1], *tensors[1:])
        for tensor, array in zip(tensors[1:], expected(*[v.numpy() for v in values])):
            np.testing.assert_allclose(tensor.numpy(), array, rtol=1e-12)


def test_what_is_computed_with_tensors():
    x = autograd.ones(3)
    with autograd.no_grad():
        assert kinds_given(x, x.clone()) == [{np.ndarray}]
        assert kinds_given(x, autograd.ones(3, requires_grad=True)) == [{np.ndarray}]
        for other in (x.double(), x.half(), autograd.ones(1), x.to(autograd.complex64)):
            assert kinds_given(x, other) == [{autograd.Tensor}]
        assert kinds_given(x.half(), x.half()) == [{np.ndarray}]
    with autograd.inference_mode():
        made = autograd.ones(3)
    with autograd.no_grad():
        assert kinds_given(x, made) == [{autograd.Tensor}]


def test_it_is_recorded():
    start = autograd.zeros(2, dtype=autograd.float64)
    target = autograd.tensor([1.0, 2.0], dtype=autograd.float64, requires_grad=True)
    x, speed = start.clone(), start.clone()
    elementwise_(follow, [target], x, speed)
    x.sum().backward()
    assert target.grad.tolist() == pytest.approx([0.1, 0.1])


def test_it_counts_as_a_write():
    w = autograd.ones(2, requires_grad=True)
    loss = (w * w).sum()
    with autograd.no_grad():
        elementwise_(follow, [autograd.ones(2)], w, autograd.zeros(2))
    with pytest.raises(RuntimeError, match="follow overwrote it afterwards"):
        loss.backward()


def test_memory_that_must_not_be_written_to_is_told_before_anything_is():
    target, x = autograd.ones(3), autograd.zeros(3)
    read_only = np.zeros(3, np.float32)
    read_only.flags.writeable = False
    for speed in (autograd.zeros(1).expand(3), autograd.from_numpy(read_only)):
        with pytest.raises(RuntimeError, match="follow on a tensor"):
            elementwise_(follow, [target], x, speed)
    assert x.tolist() == [0, 0, 0]
