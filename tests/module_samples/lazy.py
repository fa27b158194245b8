"""Layers that learn the size of their input from the first one they see."""

from ..module_cases import module_case


def learned(build, *shape):
    """The layer after its first input, of this shape."""

    def make(nn):
        layer = build(nn)
        kinds = [value.dtype for value in (*layer.parameters(), *layer.buffers())]
        layer.eval()(example(nn, shape).to(*kinds[:1]))
        return layer.train()

    return make


def example(nn, shape):
    """A tensor of zeros of the package."""
    import autograd

    if nn.__name__ == "nn":
        return autograd.zeros(shape)
    import torch

    return torch.zeros(shape)


CASES = [
    module_case("LazyLinear", learned(lambda nn: nn.LazyLinear(2), 1, 3), (4, 3)),
    module_case("LazyLinear:no bias", learned(lambda nn: nn.LazyLinear(2, bias=False), 3), (4, 3)),
    module_case("LazyConv1d", learned(lambda nn: nn.LazyConv1d(2, 2, groups=2), 1, 4, 5), (1, 4, 5)),
    module_case("LazyConv2d", learned(lambda nn: nn.LazyConv2d(2, 2, stride=2), 3, 4, 4), (1, 3, 4, 4)),
    module_case("LazyConv3d", learned(lambda nn: nn.LazyConv3d(2, 2, bias=False), 1, 2, 2, 2, 2), (1, 2, 2, 2, 2)),
    module_case(
        "LazyConvTranspose1d",
        learned(lambda nn: nn.LazyConvTranspose1d(4, 2, stride=2, output_padding=1, groups=2), 1, 2, 3),
        (1, 2, 3),
    ),
    module_case("LazyConvTranspose2d", learned(lambda nn: nn.LazyConvTranspose2d(2, 2), 1, 2, 3, 2), (1, 2, 3, 2)),
    module_case(
        "LazyConvTranspose3d", learned(lambda nn: nn.LazyConvTranspose3d(1, 2, bias=False), 2, 1, 2, 2), (2, 1, 2, 2)
    ),
    module_case("LazyBatchNorm1d", learned(lambda nn: nn.LazyBatchNorm1d(), 2, 3), (4, 3)),
    module_case("LazyBatchNorm1d:no bias", learned(lambda nn: nn.LazyBatchNorm1d(bias=False), 2, 3, 4), (2, 3, 4)),
    module_case("LazyBatchNorm2d", learned(lambda nn: nn.LazyBatchNorm2d(affine=False), 2, 3, 2, 2), (2, 3, 2, 2)),
    module_case("LazyBatchNorm3d", learned(lambda nn: nn.LazyBatchNorm3d(1e-3, None), 2, 3, 1, 2, 2), (2, 3, 1, 2, 2)),
    module_case("LazyInstanceNorm1d", learned(lambda nn: nn.LazyInstanceNorm1d(), 2, 3, 4), (2, 3, 4)),
    module_case(
        "LazyInstanceNorm2d",
        learned(lambda nn: nn.LazyInstanceNorm2d(track_running_stats=False), 2, 3, 2, 2),
        (2, 3, 2, 2),
    ),
    module_case("LazyInstanceNorm3d", learned(lambda nn: nn.LazyInstanceNorm3d(), 1, 2, 2, 1, 2), (1, 2, 2, 1, 2)),
]
