"""Every module: compared with PyTorch, in training and evaluation, and its gradients with finite differences."""

from __future__ import annotations

import copy
import functools
import importlib
import inspect
import pickle
from typing import Any

import numpy as np
import pytest

import autograd
import nn

from .module_cases import ModuleCase, collect

CASES = collect()
every_case = pytest.mark.parametrize("case", CASES, ids=str)
with_torch = pytest.mark.parametrize("case", [case for case in CASES if case.torch], ids=str)
SIGNATURES = sorted({case.name.split(":")[0] for case in CASES if case.torch})


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


class Building:
    """A package whose modules are built in another way: by `build(class, *args, **kwargs)`."""

    def __init__(self, package: Any, build: Any) -> None:
        self._package, self._build, self.__name__ = package, build, package.__name__

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._package, name)
        if name not in MODULES:
            return found
        built: Any = functools.partial(self._build, found)
        built.from_pretrained = getattr(found, "from_pretrained", None)
        return built


MODULES = {name: getattr(nn, name) for name in importlib.import_module("nn.modules").__all__}


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
    if training not in case.modes:
        assert case.modes  # nothing to compare in this mode
        return
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
        if not (case.random and False in case.modes and not case.modes[0]):
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
    if case.same_repr:
        assert repr(case.build(nn)) == repr(case.build(torch.nn))
    assert repr(case.build(nn)).startswith(type(case.build(nn)).__name__)


@pytest.mark.parametrize("name", SIGNATURES)
def test_same_signature_as_torch(name, torch):
    """The constructor's and forward's arguments: their names, order and defaults."""
    for method in ("__init__", "forward"):
        ours, theirs = (
            [(p.name, p.default, p.kind) for p in inspect.signature(getattr(cls, method)).parameters.values()]
            for cls in (getattr(nn, name), getattr(torch.nn, name))
        )
        if any(kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD) for *_, kind in theirs):
            continue
        assert [(name, kind) for name, _, kind in ours] == [(name, kind) for name, _, kind in theirs], method
        for (argument, our, _), (_, their, _) in zip(ours, theirs):
            plain = isinstance(their, (bool, int, float, str, tuple, type(None)))
            assert our == their or not plain, f"{method}: {argument}"


def test_no_public_names_but_torchs(torch):
    for name in MODULES_OF_TORCH.split():
        known = {*dir(nn.Module), *dir(getattr(torch.nn, name)), "transposed"}
        own = {n for n in dir(getattr(nn, name)) if not n.startswith("_")} - known
        assert {n for n in own if "weight" not in n and "bias" not in n} == set(), name


@every_case
def test_gradients_against_differences(case):
    """First and second derivatives by every input and parameter, in float64, in training where nothing is random."""
    if not case.order:
        assert not any(out.requires_grad for out in flat(case.call(built(case, nn, autograd), *leaves(case, autograd))))
        return
    module = built(case, nn, autograd)
    module.train(case.modes[0] and not case.random)
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
    stochastic = case.random and case.modes == (True,)
    expected = flat(case.call(copy.deepcopy(module), *inputs))
    for twin in (copy.deepcopy(module), pickled(module)):
        assert repr(twin) == repr(module)
        found = flat(case.call(twin, *inputs))
        for our, other in zip(expected, found):
            if not stochastic:
                np.testing.assert_array_equal(numpy(our), numpy(other))
        states = [[*m.parameters(), *m.buffers()] for m in (module, twin)]
        for own, other in zip(*states, strict=True):
            assert own is not other
            assert own.data_ptr() != other.data_ptr()


def pickled(module: Any) -> Any:
    """The module, through pickle where all of it can be (not a function given as a lambda)."""
    return pickle.loads(pickle.dumps(module))


# Not here: DataParallel and SyncBatchNorm (devices), and what PyTorch keeps for old programs only.
MODULES_OF_TORCH = """
AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveLogSoftmaxWithLoss AdaptiveMaxPool1d
AdaptiveMaxPool2d AdaptiveMaxPool3d AlphaDropout AvgPool1d AvgPool2d AvgPool3d BCELoss BCEWithLogitsLoss
BatchNorm1d BatchNorm2d BatchNorm3d Bilinear CELU CTCLoss ChannelShuffle CircularPad1d CircularPad2d
CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d
ConvTranspose3d CosineEmbeddingLoss CosineSimilarity CrossEntropyLoss Dropout Dropout1d Dropout2d Dropout3d ELU
Embedding EmbeddingBag FeatureAlphaDropout Flatten Fold FractionalMaxPool2d FractionalMaxPool3d GELU GLU GRU
GRUCell GaussianNLLLoss GroupNorm Hardshrink Hardsigmoid Hardswish Hardtanh HingeEmbeddingLoss HuberLoss
Identity InstanceNorm1d InstanceNorm2d InstanceNorm3d KLDivLoss L1Loss LPPool1d LPPool2d LPPool3d LSTM LSTMCell
LayerNorm LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d
LazyConvTranspose2d LazyConvTranspose3d LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d LazyLinear
LeakyReLU Linear LocalResponseNorm LogSigmoid LogSoftmax MSELoss MarginRankingLoss MaxPool1d MaxPool2d MaxPool3d
MaxUnpool1d MaxUnpool2d MaxUnpool3d Mish ModuleDict ModuleList MultiLabelMarginLoss MultiLabelSoftMarginLoss
MultiMarginLoss MultiheadAttention NLLLoss PReLU PairwiseDistance ParameterDict ParameterList PixelShuffle
PixelUnshuffle PoissonNLLLoss RMSNorm RNN RNNCell RReLU ReLU ReLU6 ReflectionPad1d ReflectionPad2d
ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d SELU Sequential SiLU Sigmoid SmoothL1Loss
SoftMarginLoss Softmax Softmax2d Softmin Softplus Softshrink Softsign Tanh Tanhshrink Threshold Transformer
TransformerDecoder TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer TripletMarginLoss
TripletMarginWithDistanceLoss Unflatten Unfold Upsample UpsamplingBilinear2d UpsamplingNearest2d ZeroPad1d
ZeroPad2d ZeroPad3d
"""


def test_every_module_of_torch_is_here_and_has_a_case():
    tested = {case.name.split(":")[0] for case in CASES}
    assert [name for name in MODULES_OF_TORCH.split() if not hasattr(nn, name)] == []
    assert [name for name in MODULES_OF_TORCH.split() if name not in tested] == []


def test_the_list_of_the_modules_of_torch_is_complete(torch):
    every = {name for name, value in vars(torch.nn).items() if inspect.isclass(value)}
    modules = {name for name in every if issubclass(getattr(torch.nn, name), torch.nn.Module)}
    elsewhere = {"Module", "RNNBase", "RNNCellBase", "LinearCrossEntropyLoss"}  # here, with other tests or as bases
    absent = {"Container", "CrossMapLRN2d", "DataParallel", "NLLLoss2d", "SyncBatchNorm"}
    assert modules - set(MODULES_OF_TORCH.split()) <= elsewhere | absent
    assert set(MODULES_OF_TORCH.split()) <= modules


def test_every_module_of_ours_has_a_case_and_a_docstring():
    tested = {case.name.split(":")[0] for case in CASES}
    modules = importlib.import_module("nn.modules")
    for name in modules.__all__:
        cls = getattr(modules, name)
        assert inspect.getdoc(cls), name
        assert name in tested | {"Module"}, f"{name} has no case in tests/module_samples"


FUNCTIONS_OF_TORCH = """
adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool1d_with_indices
adaptive_max_pool2d adaptive_max_pool2d_with_indices adaptive_max_pool3d adaptive_max_pool3d_with_indices
affine_grid alpha_dropout avg_pool1d avg_pool2d avg_pool3d batch_norm bilinear binary_cross_entropy
binary_cross_entropy_with_logits celu celu_ channel_shuffle conv1d conv2d conv3d conv_transpose1d
conv_transpose2d conv_transpose3d cosine_embedding_loss cosine_similarity cross_entropy ctc_loss dropout
dropout1d dropout2d dropout3d elu elu_ embedding embedding_bag feature_alpha_dropout fold fractional_max_pool2d
fractional_max_pool2d_with_indices fractional_max_pool3d fractional_max_pool3d_with_indices gaussian_nll_loss
gelu glu grid_sample group_norm gumbel_softmax hardshrink hardsigmoid hardswish hardtanh hardtanh_
hinge_embedding_loss huber_loss instance_norm interpolate kl_div l1_loss layer_norm leaky_relu leaky_relu_
linear local_response_norm log_softmax logsigmoid lp_pool1d lp_pool2d lp_pool3d margin_ranking_loss max_pool1d
max_pool1d_with_indices max_pool2d max_pool2d_with_indices max_pool3d max_pool3d_with_indices max_unpool1d
max_unpool2d max_unpool3d mish mse_loss multi_head_attention_forward multi_margin_loss multilabel_margin_loss
multilabel_soft_margin_loss nll_loss normalize one_hot pad pairwise_distance pdist pixel_shuffle pixel_unshuffle
poisson_nll_loss prelu relu relu6 relu_ rms_norm rrelu rrelu_ scaled_dot_product_attention selu selu_ sigmoid
silu smooth_l1_loss soft_margin_loss softmax softmin softplus softshrink softsign tanh tanhshrink threshold
threshold_ triplet_margin_loss triplet_margin_with_distance_loss unfold upsample upsample_bilinear
upsample_nearest
"""


# Deprecated, of devices or of sparse gradients, refused, a module of one's own, or set by other constructors.
UNTRIED = """
size_average reduce min_value max_value sparse options RNN.proj_size GRU.proj_size padding_mode custom_decoder
device dtype _weight _freeze
"""


def test_every_argument_of_every_constructor_is_tried():
    """Some case sets it to something else than its default, so that one that is lost on the way is noticed."""
    tried = set()

    def noted(cls, *args, **kwargs):
        signature = inspect.signature(cls)
        for argument, value in signature.bind(*args, **kwargs).arguments.items():
            default = signature.parameters[argument].default
            if hasattr(value, "dtype") or type(value) is tuple or value != default:
                tried.add(f"{cls.__name__}.{argument}")
        return cls(*args, **kwargs)

    for case in CASES:
        case.build(Building(nn, noted))
    every = [
        (name, argument.name)
        for name, cls in MODULES.items()
        for argument in inspect.signature(cls).parameters.values()
        if argument.default is not argument.empty
    ]
    untried = UNTRIED.split()
    wanted = [f"{name}.{argument}" for name, argument in every if argument not in untried]
    assert [name for name in wanted if name not in tried and name not in untried] == []


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
    module = built(case, nn, autograd).train(case.modes[0])
    inputs = leaves(case, autograd)
    outputs = flat(case.call(module, *inputs))
    found = [any(numpy(out).any() for out in outputs)]
    if differentiable(outputs):
        random = np.random.default_rng(1)
        weights = [autograd.from_numpy(random.uniform(0.5, 1.5, tuple(out.shape))) for out in differentiable(outputs)]
        autograd.autograd.backward([(out * w).sum() for out, w in zip(differentiable(outputs), weights)])
        found.append(any(numpy(t.grad).any() for t in (*inputs, *module.parameters()) if t.grad is not None))
    assert all(found) != (case.name in NOTHING)


def test_every_function_of_torch_is_here_and_explained():
    import nn.functional as F

    assert [name for name in FUNCTIONS_OF_TORCH.split() if not hasattr(F, name)] == []
    assert [name for name in FUNCTIONS_OF_TORCH.split() if not inspect.getdoc(getattr(F, name))] == []


@pytest.mark.parametrize("name", FUNCTIONS_OF_TORCH.split())
def test_functions_take_the_arguments_of_torch(name, torch):
    """Names, order and plain defaults of the arguments, where PyTorch's own function tells them."""
    import nn.functional as F

    try:
        theirs = list(inspect.signature(getattr(torch.nn.functional, name)).parameters.values())
        ours = list(inspect.signature(getattr(F, name)).parameters.values())
    except ValueError:  # written in C
        return
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in theirs):
        return
    known = [p for p in theirs if not p.name.startswith("_")]
    ours = [p for p in ours if not p.name.startswith("_")]
    assert [p.name for p in ours] == [p.name for p in known]
    for our, their in zip(ours, known):
        if isinstance(their.default, (bool, int, float, str, tuple, type(None))):
            assert our.default == their.default, our.name
