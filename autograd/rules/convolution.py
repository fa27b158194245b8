"""Derivatives of convolution: three products of two factors each, and the derivative of each is the other two.

The convolution of x with a weight, its adjoint in x (the transposed convolution), and its adjoint in the weight, for
any number of spatial dimensions. `padding` has a pair for each of them; a negative number crops.
"""

from ..kernels import convolution as kernel
from ..op import op
from .reductions import sum


@op()
def convolution(x, weight, bias, stride, padding, dilation, groups):
    """x (N, C, *sizes) with weight (out, C / groups, *kernel), and bias (out) or None: (N, out, *positions)."""
    return kernel.convolve(x, weight, bias, stride, padding, dilation, groups)


@op(name="convolution_transpose")
def transposed(y, weight, bias, sizes, stride, padding, dilation, groups):
    """What `convolution` with this weight (C, out / groups, *kernel) is the adjoint of, with these spatial `sizes`."""
    return kernel.spread(y, weight, bias, sizes, stride, padding, dilation, groups)


@op(name="convolution_weight")
def correlation(x, y, size, stride, padding, dilation, groups):
    """Products of x and y, shifted against each other and summed, at each place of a kernel of this `size`."""
    return kernel.correlate(x, y, size, stride, padding, dilation, groups)


transposed.grad_name = "ConvolutionBackward0"


convolution.rules(
    x=lambda g, x_shape, weight, stride, padding, dilation, groups: transposed(
        g, weight, None, x_shape[2:], stride, padding, dilation, groups
    ),
    weight=lambda g, x, weight_shape, stride, padding, dilation, groups: correlation(
        x, g, weight_shape[2:], stride, padding, dilation, groups
    ),
    bias=lambda g: sum(g, (0, *range(2, g.ndim)), False),
)
transposed.rules(
    y=lambda g, weight, stride, padding, dilation, groups: convolution(
        g, weight, None, stride, padding, dilation, groups
    ),
    weight=lambda g, y, weight_shape, stride, padding, dilation, groups: correlation(
        g, y, weight_shape[2:], stride, padding, dilation, groups
    ),
    bias=lambda g: sum(g, (0, *range(2, g.ndim)), False),
)
correlation.rules(
    x=lambda g, x_shape, y, stride, padding, dilation, groups: transposed(
        y, g, None, x_shape[2:], stride, padding, dilation, groups
    ),
    y=lambda g, x, stride, padding, dilation, groups: convolution(x, g, None, stride, padding, dilation, groups),
)
