"""Arguments that no case of the other files sets: a test wants every argument of every constructor tried."""

import importlib
import warnings

import numpy as np

from ..module_cases import module_case
from .lazy import learned

IMAGES = {1: (2, 2, 4), 2: (2, 2, 3, 3), 3: (2, 2, 3, 2, 3)}
PIXELS = np.array([[[1, 0], [2, 2]], [[0, -100], [1, 0]]])
FOUND = {1: [[0, 3, 4]], 2: [[[0, 3], [5, 8]]], 3: [[[[0, 3, 4]]]]}


def ranks(name, arguments, hint, shapes, **options):
    """A case for each number of dimensions: `{name}1d(*arguments)` and so on; the last argument holds the keywords."""
    *positional, keywords = arguments
    return [
        module_case(
            f"{name}{rank}d:{hint}",
            lambda nn, name=f"{name}{rank}d": getattr(nn, name)(*positional, **keywords),
            shape,
            **options,
        )
        for rank, shape in shapes.items()
    ]


def lazy(name, arguments, hint, shapes):
    """The same of modules that learn a size from their first input."""
    *positional, keywords = arguments
    return [
        module_case(
            f"Lazy{name}{rank}d:{hint}",
            learned(lambda nn, name=f"Lazy{name}{rank}d": getattr(nn, name)(*positional, **keywords), *shape),
            shape,
        )
        for rank, shape in shapes.items()
    ]


def fractional(nn, rank):
    """The module, with the places of its windows given."""
    m = importlib.import_module("autograd" if nn.__name__ == "nn" else "torch")
    samples = m.tensor(np.linspace(0.1, 0.9, 2 * rank).reshape(1, 2, rank).repeat(2, 0))
    options = {"output_ratio": 0.6, "return_indices": True, "_random_samples": samples}
    return getattr(nn, f"FractionalMaxPool{rank}d")(2, **options)


def transformer(nn):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of nested tensors
        return nn.Transformer(4, 2, 1, 1, 3, 0.0, layer_norm_eps=0.1, batch_first=True, bias=False)


WIDE = {1: (2, 2, 6), 2: (2, 2, 6, 5), 3: (1, 2, 6, 5, 5)}
CONVOLUTION = {"stride": 2, "padding": 1, "dilation": 2, "groups": 2, "bias": False}
WITH_INDICES = {"order": 1, "differences": False}

CASES = [
    *ranks("BatchNorm", (2, 0.1, 0.3, False, False, {}), "neither learning nor tracking", IMAGES),
    *ranks("BatchNorm", (2, {"bias": False}), "without bias", IMAGES),
    *ranks("InstanceNorm", (2, 0.1, 0.3, True, True, {"bias": False}), "every argument", IMAGES),
    *lazy("BatchNorm", (0.1, 0.3, False, {}), "not learning", IMAGES),
    *lazy("BatchNorm", ({"track_running_stats": False, "bias": False},), "not tracking, without bias", IMAGES),
    *lazy("InstanceNorm", (0.1, 0.3, False, {}), "not learning", IMAGES),
    *lazy("InstanceNorm", ({"track_running_stats": False, "bias": False},), "not tracking, without bias", IMAGES),
    *ranks("Conv", (2, 2, 2, CONVOLUTION), "every argument by name", WIDE),
    *ranks("ConvTranspose", (2, 2, 2, CONVOLUTION | {"output_padding": 1}), "every argument by name", IMAGES),
    *lazy("Conv", (2, 2, CONVOLUTION | {"padding_mode": "circular"}), "every argument", WIDE),
    *lazy("ConvTranspose", (2, 2, CONVOLUTION | {"output_padding": 1}), "every argument", IMAGES),
    *ranks("MaxPool", (2, {"dilation": 2}), "dilation", WIDE),
    *ranks("AdaptiveMaxPool", (2, True, {}), "return_indices", WIDE, **WITH_INDICES),
    *(
        module_case(
            f"MaxUnpool{rank}d:stride and padding",
            lambda nn, name=f"MaxUnpool{rank}d": getattr(nn, name)(3, 2, 1),
            np.array(places) + 0.5,
            np.array(places),
        )
        for rank, places in FOUND.items()
    ),
    module_case("FractionalMaxPool2d:windows given", lambda nn: fractional(nn, 2), (2, 2, 5, 6), **WITH_INDICES),
    module_case("FractionalMaxPool3d:windows given", lambda nn: fractional(nn, 3), (2, 2, 5, 6, 5), **WITH_INDICES),
    module_case("UpsamplingBilinear2d:size", lambda nn: nn.UpsamplingBilinear2d((3, 5)), (1, 2, 2, 3)),
    module_case("UpsamplingNearest2d:scale_factor", lambda nn: nn.UpsamplingNearest2d(scale_factor=2), (1, 2, 2, 3)),
    module_case(
        "RNNBase:every argument",
        lambda nn: nn.RNNBase("LSTM", 3, 4, 2, False, True, 0.5, True, 2),
        (2, 3),
        call=lambda module, x: x @ module.weight_ih_l0.T,
    ),
    module_case("TransformerEncoder:mask_check", lambda nn: nn.TransformerEncoder(
        nn.TransformerEncoderLayer(4, 2, 3, 0.0, batch_first=True), 2, mask_check=False), (3, 2, 4)),
    module_case(
        "Transformer:layer_norm_eps, no bias",
        transformer,
        (2, 3, 4),
        (2, 2, 4),
        order=1,
    ),
    # The variance counts as eps where it is less, which is no part of the derivative.
    module_case(
        "GaussianNLLLoss:eps", lambda nn: nn.GaussianNLLLoss(eps=1.0), (4, 3), (4, 3), (4, 3), low=0.1, **WITH_INDICES
    ),
    module_case("FocalLoss:ignore_index", lambda nn: nn.FocalLoss(ignore_index=2), (2, 3, 2, 2), PIXELS % 3,
                torch=False),
    module_case("DiceLoss:ignore_index", lambda nn: nn.DiceLoss(ignore_index=2), (2, 3, 2, 2), PIXELS % 3,
                torch=False),
]  # fmt: skip
