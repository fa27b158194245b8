"""Every module and function of PyTorch's `nn` is here, takes the same arguments, and has cases that try them."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest

import nn
import nn.functional as F

from .module_cases import MODULES, Building, collect

CASES = collect()
TESTED = {case.name.split(":")[0] for case in CASES}
SIGNATURES = sorted({case.name.split(":")[0] for case in CASES if case.torch})
# Only for what is inside them, or bases: calling one is an error.
NOT_CALLED = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "RNNBase", "RNNCellBase"]


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
    assert [name for name in MODULES_OF_TORCH.split() if not hasattr(nn, name)] == []
    assert [name for name in MODULES_OF_TORCH.split() if name not in TESTED] == []


def test_the_list_of_the_modules_of_torch_is_complete(torch):
    every = {name for name, value in vars(torch.nn).items() if inspect.isclass(value)}
    modules = {name for name in every if issubclass(getattr(torch.nn, name), torch.nn.Module)}
    elsewhere = {"Module", "RNNBase", "RNNCellBase", "LinearCrossEntropyLoss"}  # here, with other tests or as bases
    absent = {"Container", "CrossMapLRN2d", "DataParallel", "NLLLoss2d", "SyncBatchNorm"}
    assert modules - set(MODULES_OF_TORCH.split()) <= elsewhere | absent
    assert set(MODULES_OF_TORCH.split()) <= modules


def test_every_module_of_ours_has_a_case_and_a_docstring():
    modules = importlib.import_module("nn.modules")
    for name in modules.__all__:
        cls = getattr(modules, name)
        assert inspect.getdoc(cls), name
        assert name in TESTED | {"Module"}, f"{name} has no case in tests/module_samples"


FUNCTIONS_OF_TORCH = """
adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool1d_with_indices
adaptive_max_pool2d adaptive_max_pool2d_with_indices adaptive_max_pool3d adaptive_max_pool3d_with_indices
affine_grid alpha_dropout avg_pool1d avg_pool2d avg_pool3d batch_norm bilinear binary_cross_entropy
binary_cross_entropy_with_logits celu celu_ channel_shuffle conv1d conv2d conv3d conv_tbc conv_transpose1d
conv_transpose2d conv_transpose3d cosine_embedding_loss cosine_similarity cross_entropy ctc_loss dropout
dropout1d dropout2d dropout3d elu elu_ embedding embedding_bag feature_alpha_dropout fold fractional_max_pool2d
fractional_max_pool2d_with_indices fractional_max_pool3d fractional_max_pool3d_with_indices gaussian_nll_loss
gelu glu grid_sample group_norm gumbel_softmax hardshrink hardsigmoid hardswish hardtanh hardtanh_
hinge_embedding_loss huber_loss instance_norm interpolate kl_div l1_loss layer_norm leaky_relu leaky_relu_
linear linear_cross_entropy local_response_norm log_softmax logsigmoid lp_pool1d lp_pool2d lp_pool3d
margin_ranking_loss max_pool1d max_pool1d_with_indices max_pool2d max_pool2d_with_indices max_pool3d
max_pool3d_with_indices max_unpool1d max_unpool2d max_unpool3d mish mse_loss multi_head_attention_forward
multi_margin_loss multilabel_margin_loss multilabel_soft_margin_loss nll_loss normalize one_hot pad
pairwise_distance pdist pixel_shuffle pixel_unshuffle poisson_nll_loss prelu relu relu6 relu_ rms_norm rrelu
rrelu_ scaled_dot_product_attention selu selu_ sigmoid silu smooth_l1_loss soft_margin_loss softmax softmin
softplus softshrink softsign tanh tanhshrink threshold threshold_ triplet_margin_loss
triplet_margin_with_distance_loss unfold upsample upsample_bilinear upsample_nearest
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


# PyTorch's take *args here, and tell the arguments in their documentation.
RECURRENT = {
    "RNN": lambda self, input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True, batch_first=False,
        dropout=0.0, bidirectional=False, device=None, dtype=None, *, proj_size=None: None,
    "LSTM": lambda self, input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
        bidirectional=False, proj_size=0, device=None, dtype=None: None,
    "GRU": lambda self, input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
        bidirectional=False, device=None, dtype=None, *, proj_size=None: None,
}  # fmt: skip


@pytest.mark.parametrize("name", SIGNATURES)
def test_constructor_takes_the_arguments_of_torch(name, torch):
    same_arguments(getattr(nn, name).__init__, RECURRENT.get(name, getattr(torch.nn, name).__init__))


@pytest.mark.parametrize("name", [name for name in SIGNATURES if name not in NOT_CALLED])
def test_forward_takes_the_arguments_of_torch(name, torch):
    same_arguments(getattr(nn, name).forward, getattr(torch.nn, name).forward)


@pytest.mark.parametrize("name", NOT_CALLED)
def test_no_forward_where_torch_has_none(name, torch):
    assert getattr(torch.nn, name).forward is torch.nn.Module.forward


def same_arguments(our_function, their_function):
    """The same names, kinds and plain defaults in the same order."""
    ours, theirs = ([*inspect.signature(f).parameters.values()] for f in (our_function, their_function))
    assert [(p.name, p.kind) for p in ours] == [(p.name, p.kind) for p in theirs]
    for our, their in zip(ours, theirs):
        assert our.default == their.default or not plain(their), our.name


def plain(argument):
    """Whether its default is a value that can be compared."""
    return isinstance(argument.default, (bool, int, float, str, tuple, type(None)))


def test_no_public_names_but_torchs(torch):
    for name in MODULES_OF_TORCH.split():
        known = {*dir(nn.Module), *dir(getattr(torch.nn, name)), "transposed"}
        own = {n for n in dir(getattr(nn, name)) if not n.startswith("_")} - known
        assert {n for n in own if "weight" not in n and "bias" not in n} == set(), name


def test_every_function_of_torch_is_here_and_explained():
    assert [name for name in FUNCTIONS_OF_TORCH.split() if not hasattr(F, name)] == []
    assert [name for name in FUNCTIONS_OF_TORCH.split() if not inspect.getdoc(getattr(F, name))] == []


def test_the_list_of_the_functions_of_torch_is_complete(torch):
    functions = {
        name
        for name, value in vars(torch.nn.functional).items()
        if inspect.isroutine(value) and not name.startswith(("_", "handle_torch", "has_torch"))
    }
    # Tools of PyTorch's own, and products for certain devices.
    absent = {"assert_int_or_pair", "boolean_dispatch", "native_channel_shuffle"}
    absent |= {"grouped_mm", "scaled_grouped_mm", "scaled_mm"}
    assert functions - set(FUNCTIONS_OF_TORCH.split()) <= absent
    assert set(FUNCTIONS_OF_TORCH.split()) <= functions


# PyTorch takes it but does not tell, or says None, which stands for ().
TOLD_OTHERWISE = {"rrelu_.generator", "avg_pool1d.stride", "avg_pool2d.stride", "avg_pool3d.stride"}
UNTOLD = {"conv_tbc": lambda input, weight, bias, pad=0: None}


def arguments_of(function):
    """What a function of PyTorch takes: those in C tell it in their documentation, those of two kinds have two."""
    if "if_true" in getattr(getattr(function, "__code__", None), "co_freevars", ()):
        function = inspect.getclosurevars(function).nonlocals["if_true"]
    elif inspect.isbuiltin(function):
        told = re.search(r"\((.*?)\)\s*->", function.__doc__, re.DOTALL)
        function = eval(f"lambda {' '.join(told[1].split())}: None", {}) if told else UNTOLD[function.__name__]
    return [p for p in inspect.signature(function).parameters.values() if not p.name.startswith("_")]


@pytest.mark.parametrize("name", FUNCTIONS_OF_TORCH.split())
def test_functions_take_the_arguments_of_torch(name, torch):
    """Names, order and plain defaults of the arguments."""
    theirs = arguments_of(getattr(torch.nn.functional, name))
    ours = [p for p in inspect.signature(getattr(F, name)).parameters.values() if not p.name.startswith("_")]
    assert theirs
    assert not any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in theirs)
    known = {p.name for p in theirs}
    ours = [p for p in ours if p.name in known or f"{name}.{p.name}" not in TOLD_OTHERWISE]
    assert [p.name for p in ours] == [p.name for p in theirs]
    for our, their in zip(ours, theirs):
        if plain(their) and f"{name}.{our.name}" not in TOLD_OTHERWISE:
            assert our.default == their.default, our.name
