"""Every module: compared with PyTorch, in training and evaluation, and its gradients with finite differences."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
from typing import Any

import numpy as np
import pytest

import autograd
import nn

from .module_cases import MODULES, Building, ModuleCase, collect

CASES = collect()
every_case = pytest.mark.parametrize("case", CASES, ids=str)
with_torch = pytest.mark.parametrize("case", [case for case in CASES if case.torch], ids=str)


def leaves(case: ModuleCase, m: Any) -> list[Any]:
    """The inputs as tensors of `m`; those that are differentiated want a gradient."""
    tensors = [m.from_numpy(array.copy()) for array in case.inputs]
    for index in differentiated(case):
        tensors[index].requires_grad_()
    return tensors


def differentiated(case: ModuleCase) -> list[int]:
    return [i for i, a in enumerate(case.inputs) if a.dtype.kind in "fc" and i not in case.fixed and case.order]


def flat(result: Any) -> list[Any]:
    """The tensors in nested tuples, lists and dicts, in order."""
    if result is None:
        return []
    if isinstance(result, dict):
        return [tensor for value in result.values() for tensor in flat(value)]
    if isinstance(result, (tuple, list)) and not hasattr(result, "dtype"):
        return [tensor for value in result for tensor in flat(value)]
    return [result]


def numpy(tensor: Any) -> np.ndarray:
    return np.asarray(tensor.detach().numpy())


def differentiable(outputs: list[Any]) -> list[Any]:
    return [out for out in outputs if out.requires_grad]


def built(case: ModuleCase, package: Any, m: Any) -> Any:
    """The module in float64, with reproducible values, also where it starts with all ones or zeros: those hide much."""
    m.manual_seed(0)
    module = case.build(package).double()
    random = np.random.default_rng(0)
    for value in module.state_dict().values():
        if hasattr(value, "detach") and value.is_floating_point() and len(np.unique(numpy(value))) == 1:
            value.copy_(m.from_numpy(random.uniform(0.5, 1.5, tuple(value.shape))))
    return module


def copy_state(source: Any, target: Any, m: Any) -> None:
    """Gives `target`, of `m`, the state of `source`, of the other package."""
    state = {}
    for name, value in source.state_dict().items():
        state[name] = m.from_numpy(numpy(value).copy()) if hasattr(value, "detach") else value
    target.load_state_dict(state)


def buffers(module: Any) -> dict[str, np.ndarray]:
    return {name: numpy(buffer).copy() for name, buffer in module.named_buffers()}


def called(case: ModuleCase, module: Any, inputs: list[Any]) -> tuple[list[Any], list[np.ndarray]]:
    """The outputs, and what is left in the memory of the tensors that the module was given."""
    given: list[Any] = []
    with module.register_forward_pre_hook(lambda _, args: given.extend(flat(args))):
        outputs = flat(case.call(module, *inputs))
    return outputs, [numpy(tensor) for tensor in given if hasattr(tensor, "detach")]


def twins(case: ModuleCase, torch: Any) -> tuple[Any, Any]:
    """The module of both packages with the same state, PyTorch's."""
    ours, theirs = built(case, nn, autograd), built(case, torch.nn, torch)
    copy_state(theirs, ours, autograd)
    return ours, theirs


@with_torch
def test_same_state_as_torch(case, torch):
    """The same names, shapes and dtypes in the same order, and states move both ways."""
    torch.manual_seed(0)
    ours, theirs = case.build(nn), case.build(torch.nn)
    described = [
        {n: (tuple(v.shape), str(v.dtype)) for n, v in module.state_dict().items() if hasattr(v, "shape")}
        for module in (ours, theirs)
    ]
    assert list(described[0].items()) == list(described[1].items())
    versions = [module.state_dict()._metadata for module in (ours, theirs)]
    assert versions[0] == versions[1]
    for kind in ("named_parameters", "named_buffers"):
        names = [[name for name, _ in getattr(module, kind)()] for module in (ours, theirs)]
        assert names[0] == names[1]
    wants = [[p.requires_grad for p in module.parameters()] for module in (ours, theirs)]
    assert wants[0] == wants[1]
    copy_state(theirs, ours, autograd)
    copy_state(ours, theirs, torch)
    for name, value in theirs.state_dict().items():
        if hasattr(value, "detach"):
            np.testing.assert_array_equal(numpy(ours.state_dict()[name]), numpy(value))


def takes_dtype(case: ModuleCase) -> bool:
    """Whether the module can be built in another dtype; with a table that is given it has that one's."""
    made = "tuned" in case.name or "pretrained" in case.name
    return case.torch and not made and "dtype" in inspect.signature(getattr(nn, case.name.split(":")[0])).parameters


@pytest.mark.parametrize("case", [case for case in CASES if takes_dtype(case)], ids=str)
def test_built_in_another_dtype_as_torch(case, torch):
    def placed(double, cls, *args, **kwargs):
        takes = {"dtype", "device"} <= inspect.signature(MODULES[cls.__name__]).parameters.keys()
        return cls(*args, **kwargs, **({"dtype": double, "device": "cpu"} if takes else {}))

    packages = (nn, autograd.float64), (torch.nn, torch.float64)
    states = [case.build(Building(p, functools.partial(placed, double))).state_dict() for p, double in packages]
    kinds = [{name: str(value.dtype) for name, value in state.items()} for state in states]
    assert kinds[0] == kinds[1]
    assert "torch.float64" in kinds[0].values() or not kinds[0]


@with_torch
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_same_as_torch(case, torch, training):
    """Outputs, gradients of inputs and parameters, and buffers afterwards, over several calls."""
    ours, theirs = twins(case, torch)
    ours.train(training)
    theirs.train(training)
    for _ in range(case.calls):
        results, grads, memory = [], [], []
        for module, m in ((ours, autograd), (theirs, torch)):
            inputs = leaves(case, m)
            outputs, given = called(case, module, inputs)
            memory.append(given)
            random = np.random.default_rng(1)
            loss = None
            for out in differentiable(outputs):
                weights = m.from_numpy(np.asarray(random.uniform(0.5, 1.5, tuple(out.shape)))).to(out.dtype)
                loss = (out * weights).sum() if loss is None else loss + (out * weights).sum()
            module.zero_grad()
            if loss is not None:
                loss.backward()
            results.append(outputs)
            grads.append([t.grad for t in inputs] + [p.grad for p in module.parameters()])
        assert len(results[0]) == len(results[1])
        for our, their in zip(*results):
            assert str(our.dtype) == str(their.dtype)
            assert tuple(our.shape) == tuple(their.shape)
            assert our.requires_grad == their.requires_grad
            if not (case.random and training):
                close(our, their, case.tolerance)
        for our, their in zip(*memory, strict=True):
            if not (case.random and training):
                close(our, their, case.tolerance)
        for our, their in zip(*grads):
            assert (our is None) == (their is None)
            if our is not None and not (case.random and training):
                close(our, their, case.tolerance)
    if not (case.random and training):
        ours_after, theirs_after = buffers(ours), buffers(theirs)
        assert ours_after.keys() == theirs_after.keys()
        for name, value in theirs_after.items():
            np.testing.assert_allclose(ours_after[name], value, rtol=1e-9, atol=1e-12, err_msg=name)


def close(our: Any, their: Any, tolerance: float) -> None:
    our, their = (array if isinstance(array, np.ndarray) else numpy(array) for array in (our, their))
    rtol, atol = (1e-9, 1e-11) if their.dtype.itemsize == 8 else (1e-5, 1e-6)
    np.testing.assert_allclose(our, their, rtol=rtol * tolerance, atol=atol * tolerance)


@pytest.mark.parametrize("case", [case for case in CASES if case.torch and case.random], ids=str)
def test_same_chances_as_torch(case, torch):
    """What is random in training: means, spreads and correlations of outputs and gradients over many calls."""
    ours, theirs = (module.train() for module in twins(case, torch))
    autograd.manual_seed(1)
    torch.manual_seed(1)
    repeats = 250 if len(list(ours.parameters())) < 10 else 50
    drawn, written = [], []
    for module, m in ((ours, autograd), (theirs, torch)):
        rows = []
        for _ in range(repeats):
            inputs = leaves(case, m)
            outputs, given = called(case, module, inputs)
            outputs[0].sum().backward()
            rows.append(np.concatenate([numpy(t).ravel() for t in (*outputs, *(t.grad for t in inputs))]))
        drawn.append(np.array(rows))
        written.append([bool((array != before).any()) for array, before in zip(given, case.inputs)])
    assert written[0] == written[1], "whether it writes into its input"
    mean, spread = np.mean(drawn[1], 0), np.std(drawn[1], 0)
    np.testing.assert_array_equal(np.std(drawn[0], 0) < 1e-9, spread < 1e-9)
    assert (abs(drawn[0] - mean)[:, spread < 1e-9] < 1e-9).all()
    drawn = [np.tanh((rows - mean)[:, spread >= 1e-9] / spread[spread >= 1e-9]) for rows in drawn]  # no far tails
    spread, error = np.std(drawn[1], 0), 6 * np.sqrt(2 / repeats)
    assert (abs(np.mean(drawn[0], 0) - np.mean(drawn[1], 0)) <= error * spread).all()
    assert (abs(np.cov(drawn[0].T) - np.cov(drawn[1].T)) <= error * np.outer(spread, spread)).all()


@with_torch
def test_single_precision_as_torch(case, torch):
    """In float32, evaluation agrees with PyTorch within its accuracy, and so do the dtypes."""
    ours, theirs = twins(case, torch)
    results = []
    for module, m in ((ours.float().eval(), autograd), (theirs.float().eval(), torch)):
        inputs = [t.detach().float() if t.is_floating_point() else t for t in leaves(case, m)]
        results.append(flat(case.call(module, *inputs)))
    for our, their in zip(*results):
        assert str(our.dtype) == str(their.dtype)
        np.testing.assert_allclose(numpy(our), numpy(their), rtol=2e-4 * case.tolerance, atol=2e-5 * case.tolerance)


@with_torch
def test_same_initial_distribution_as_torch(case, torch):
    """Over many instances parameters and buffers have PyTorch's distribution and bounds, or the same constants."""
    torch.manual_seed(0)
    autograd.manual_seed(0)
    repeats = 20 if case.name.startswith("Lazy") else 60 if starting_values(case.build(nn)) else 1
    states = [[starting_values(case.build(package)) for _ in range(repeats)] for package in (nn, torch.nn)]
    assert states[0][0].keys() == states[1][0].keys()
    for name in states[0][0]:
        ours, theirs = (np.array([state[name] for state in drawn]) for drawn in states)
        constant = np.ptp(theirs, 0) == 0
        np.testing.assert_array_equal(ours[:, constant], theirs[:, constant], err_msg=name)
        ours, theirs = np.sort(ours[:, ~constant], None), np.sort(theirs[:, ~constant], None)
        if not len(theirs):
            continue
        both = np.concatenate([ours, theirs])
        shares = [np.searchsorted(values, both, side="right") / len(values) for values in (ours, theirs)]
        assert abs(shares[0] - shares[1]).max() <= 2.5 * np.sqrt(2 / len(theirs)), name  # Kolmogorov and Smirnov
        assert abs(np.std(ours) / np.std(theirs) - 1) <= 6 / np.sqrt(len(theirs)), name
        uniform = [values[-1] < 2 * np.std(values) for values in (ours, theirs)]
        assert uniform[0] == uniform[1], name
        if uniform[0]:  # within the same bounds
            assert abs(ours[-1] / theirs[-1] - 1) + abs(ours[0] / theirs[0] - 1) <= 40 / len(theirs), name


def starting_values(module: Any) -> dict[str, np.ndarray]:
    return {name: numpy(value).copy() for name, value in (*module.named_parameters(), *module.named_buffers())}


@with_torch
def test_printed_as_torch(case, torch):
    assert repr(case.build(nn)) == repr(case.build(torch.nn))


@every_case
def test_gradients_against_differences(case):
    """First and second derivatives by every input and parameter, in float64, in training where nothing is random."""
    if not case.order:
        assert not any(out.requires_grad for out in flat(case.call(built(case, nn, autograd), *leaves(case, autograd))))
        return
    module = built(case, nn, autograd)
    module.train(not case.random)
    inputs = leaves(case, autograd)
    parameters = [p for p in module.parameters() if p.requires_grad]
    wanted = [inputs[i] for i in differentiated(case)] + parameters
    start = {name: buffer.clone() for name, buffer in module.named_buffers()}

    def function(*_):
        with autograd.no_grad():
            for name, buffer in module.named_buffers():
                if not autograd.equal(buffer, start[name]):  # writing into it would spoil what graphs have kept
                    buffer.copy_(start[name])
        outputs = differentiable(flat(case.call(module, *inputs)))
        return tuple(outputs)

    fast = sum(t.numel() for t in wanted) > 60
    if case.differences:
        assert autograd.autograd.gradcheck(function, wanted, fast_mode=fast, check_undefined_grad=False)
    if case.order > 1:
        assert autograd.autograd.gradgradcheck(function, wanted, fast_mode=True, check_undefined_grad=False)


@every_case
def test_copies(case):
    """A deep copy and a pickled module compute the same, and share nothing."""
    module = built(case, nn, autograd).eval()
    inputs = leaves(case, autograd)
    expected = flat(case.call(copy.deepcopy(module), *inputs))
    for twin in (copy.deepcopy(module), pickled(module)):
        assert repr(twin) == repr(module)
        found = flat(case.call(twin, *inputs))
        for our, other in zip(expected, found):
            np.testing.assert_array_equal(numpy(our), numpy(other))
        states = [[*m.parameters(), *m.buffers()] for m in (module, twin)]
        for own, other in zip(*states, strict=True):
            assert own is not other
            assert own.data_ptr() != other.data_ptr()


def pickled(module: Any) -> Any:
    """The module, through pickle where all of it can be (not a function given as a lambda)."""
    return pickle.loads(pickle.dumps(module))


# Where nothing is left, or nothing comes in, by intent.
NOTHING = """
Conv2d:empty batch
Dropout:all
Dropout1d:all
Dropout2d:all
Dropout3d:all
AlphaDropout:all
FeatureAlphaDropout:all
Embedding:no words
MultiLabelMarginLoss:no labels
GRU:empty batch
""".strip().splitlines()


@every_case
def test_something_comes_out_and_back(case):
    """A case whose outputs or gradients are all zero would compare nothing with nothing."""
    module = built(case, nn, autograd).train()
    inputs = leaves(case, autograd)
    outputs = flat(case.call(module, *inputs))
    found = [any(numpy(out).any() for out in outputs)]
    if differentiable(outputs):
        random = np.random.default_rng(1)
        weights = [autograd.from_numpy(random.uniform(0.5, 1.5, tuple(out.shape))) for out in differentiable(outputs)]
        autograd.autograd.backward([(out * w).sum() for out, w in zip(differentiable(outputs), weights)])
        found.append(any(numpy(t.grad).any() for t in (*inputs, *module.parameters()) if t.grad is not None))
    assert all(found) != (case.name in NOTHING)
