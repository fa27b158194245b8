"""Random programs of views, writes and arithmetic: against PyTorch step by step, and against numerical derivatives."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

import autograd

from .programs import Program, loss

LENGTH = 14
STEP = 1e-6  # of the numerical derivatives

# PyTorch refuses these; here they are well defined. A program ends there.
REFUSED = (
    "single memory location",  # operands that overlap in part: the old values count, as in NumPy
    "leaf Variable that requires grad",  # `x[i] = x[i]`, which changes nothing, for a leaf
)


def same_owner(arrays: list[np.ndarray]) -> list[int]:
    """For each array the number of the first one whose memory it shares."""
    owners = []
    for array in arrays:
        while getattr(array, "base", None) is not None:
            array = array.base
        owners.append(id(array))
    return [owners.index(owner) for owner in owners]


def history(tensor):
    """Whether it requires grad, is a leaf, and has a node; None for a view that may not be used any more."""
    try:
        return tensor.requires_grad, tensor.is_leaf, tensor.grad_fn is not None
    except RuntimeError:
        return None


def usable(tensor) -> bool:
    """Whether the tensor can be used in a recorded computation."""
    with contextlib.suppress(RuntimeError):
        _ = tensor * 1
        return True
    return False


@pytest.mark.filterwarnings("ignore:Use of .* on expanded tensors is deprecated")
@pytest.mark.parametrize("first", range(0, 200, 25))
def test_programs_do_the_same_in_torch(torch, first):
    compared = 0
    for seed in range(first, first + 25):
        compared += run_beside_torch(torch, seed)
    assert compared > 25


def run_beside_torch(torch, seed: int) -> int:
    """Runs one program; returns how many steps were compared."""
    program = Program(seed, [autograd, torch])
    for number in range(LENGTH):
        text, (ours, theirs) = program.step()
        where = f"program {seed}, step {number}: {text}"
        if ours is None and theirs is not None:
            assert any(part in str(theirs) for part in REFUSED), f"{where}: {theirs!r}"
            return number
        if ours is not None and theirs is None:  # writing to an expanded tensor, which PyTorch deprecates
            assert "memory is read-only or of which more" in str(ours), f"{where}: {ours!r}"
            return number
        for i, (a, b) in enumerate(zip(*program.pools)):
            at = f"{where}: t{i}"
            assert tuple(a.shape) == tuple(b.shape), at
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-11, err_msg=at)
            mine, other = history(a), history(b)
            if mine == (False, True, False) and other and other[0]:
                return (
                    number  # PyTorch lets a view require grad, to no effect, made without recording or of such a base
                )
            assert mine == other, at
            assert a._version <= b._version, at
        arrays = [[t.detach().numpy() for t in pool] for pool in program.pools]
        filled = [i for i, array in enumerate(arrays[0]) if array.size]
        owners = [same_owner([array[i] for i in filled]) for array in arrays]
        assert owners[0] == shared_in_torch([program.pools[1][i] for i in filled]), where
    compare_gradients(program, seed)
    return LENGTH


def shared_in_torch(tensors) -> list[int]:
    owners = [t.untyped_storage().data_ptr() for t in tensors]
    return [owners.index(owner) for owner in owners]


def compare_gradients(program: Program, seed: int) -> None:
    """The gradients of everything that the program has made; or both refuse."""
    results = []
    for m, pool in zip(program.modules, program.pools):
        try:
            loss(m, [tensor for tensor in pool if usable(tensor)]).backward()
        except RuntimeError as error:
            results.append(error)
        else:
            results.append([t.grad for t in pool if history(t) and (t.is_leaf or t.retains_grad)])
    ours, theirs = results
    if isinstance(theirs, RuntimeError):
        assert isinstance(ours, RuntimeError) or "modified by an inplace operation" in str(theirs), f"program {seed}"
        return
    assert not isinstance(ours, RuntimeError), f"program {seed}: {ours!r}"
    for i, (a, b) in enumerate(zip(ours, theirs)):
        assert (a is None) == (b is None), f"program {seed}, leaf {i}"
        if a is not None:
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-8, atol=1e-10, err_msg=f"program {seed}, leaf {i}")


def test_gradients_of_programs_are_derivatives_of_their_values():
    """Without a step whose gradient is not the derivative: what is not refused must be right."""
    checked = 0
    for seed in range(60):
        program = Program(seed, [autograd], plain=True)
        worked = [program.step()[1][0] is None for _ in range(LENGTH)]
        pool = program.pools[0]
        used = [usable(tensor) for tensor in pool]
        total = loss(autograd, [tensor for tensor, use in zip(pool, used) if use])
        try:
            total.backward()
        except RuntimeError as error:
            if "modified by an inplace operation" in str(error):
                continue
            raise
        random = np.random.default_rng(seed)
        directions = [random.normal(size=start.shape) for start in program.starts[:2]] + [0]

        def moved(sign, program=program, worked=worked, used=used, directions=directions):
            pool = Program.start(autograd, [s + sign * STEP * d for s, d in zip(program.starts, directions)])
            for (_, action), ran in zip(program.steps, worked):
                if ran:
                    Program.run(action, autograd, pool)
            return loss(autograd, [tensor for tensor, use in zip(pool, used) if use]).item()

        numerical = (moved(1) - moved(-1)) / (2 * STEP)
        leaves = [leaf for leaf in pool[:2] if leaf.grad is not None]
        analytical = sum((leaf.grad.numpy() * d).sum() for leaf, d in zip(leaves, directions))
        assert numerical == pytest.approx(analytical, rel=1e-5, abs=1e-5), f"program {seed}"
        checked += 1
    assert checked > 25
