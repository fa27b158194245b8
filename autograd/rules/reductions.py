"""Derivatives of reductions. `axis` is None, an int, or a tuple, as in NumPy.

The gradient of a reduction is small: the engine broadcasts it to the operand's shape. `spread` gives the reduced
axes back as axes of size 1, so that shapes line up.
"""

import math

import numpy as np

from ..kernels.sums import FLOAT32, accumulator, total
from ..op import op
from .elementwise import astype, refuse_complex, widened
from .scans import before, cumprod


def spread(g, axis, keepdims):
    """A reduction's output with its reduced axes back, of size 1."""
    if keepdims or axis is None or axis == ():
        return g
    if isinstance(axis, tuple):
        rank = g.ndim + len(axis)
        axes = [a % rank for a in axis]
        return g[tuple(None if i in axes else slice(None) for i in range(rank))]  # far cheaper than np.expand_dims
    return g[(slice(None),) * axis + (None,)] if axis >= 0 else g[(..., None) + (slice(None),) * (-1 - axis)]


def count(shape, axis):
    """How many elements each output of a reduction is made of."""
    if axis is None:
        return math.prod(shape)
    return math.prod(shape[a] for a in axis) if isinstance(axis, tuple) else shape[axis]


# ---- sums and products


sum = op(np.sum, name="sum", contiguous=True)(total)
sum.rules(x=lambda g, axis, keepdims: spread(g, axis, keepdims))


@op(np.mean, contiguous=True)
def mean(x, axis=None, keepdims=False):
    if x.dtype.kind in "biu":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {x.dtype.name}. Pass dtype=torch.float32, or convert with .float()."
        )
    n = x.size if axis is None else count(x.shape, axis)
    out = total(widened(x), axis, keepdims) / n
    return out.astype(x.dtype) if x.dtype.itemsize == 2 else out


mean.rules(x=lambda g, x_shape, axis, keepdims: widened(spread(g, axis, keepdims)) * (1 / max(count(x_shape, axis), 1)))


@op(np.prod, contiguous=True)
def prod(x, axis=None, keepdims=False):
    """The product over all axes, or over one."""
    if isinstance(axis, tuple):
        raise TypeError("prod(): argument 'dim' must be int, not tuple: call it once for each dimension")
    wide = accumulator(x.dtype)
    product = np.multiply.reduce(x, axis, wide, keepdims=keepdims)
    return product.astype(x.dtype) if wide is FLOAT32 else product


def product_of_others(x, axis):
    """For each element the product of all others along `axis`: of those before it times those after it.

    Dividing the whole product by the element would fail where there are zeros.
    """
    prefix = before(cumprod(x, axis), axis)
    suffix = np.flip(before(cumprod(np.flip(x, axis), axis), axis), axis)
    return prefix * suffix


def prod_rule(g, x, axis, keepdims):
    g, x = widened(g), widened(x)
    if axis is None:
        return g * np.reshape(product_of_others(np.reshape(x, (-1,)), 0), x.shape)
    return spread(g, axis, keepdims) * product_of_others(x, axis)


prod.rules(x=prod_rule)


@op(contiguous=True)
def logsumexp(x, axis, keepdims=False):
    """log Σ exp(x) with the largest element taken out first, so that nothing overflows."""
    kind, x = x.dtype, widened(x)
    top = np.maximum.reduce(x.real, axis, keepdims=True, initial=-math.inf)
    top = np.where(np.isfinite(top), top, 0)
    terms = np.asarray(x - top)
    out = (np.log(total(np.exp(terms, terms), axis, True)) + top).astype(kind, copy=False)
    return out if keepdims else np.squeeze(out, axis)


logsumexp.rules(
    x=lambda g, x, out, axis, keepdims: spread(g, axis, keepdims) * np.exp(widened(x) - spread(out, axis, keepdims))
)

# ---- variance and norms


def variance(x, axis, ddof, keepdims):
    """The mean square distance from the mean; with ddof subtracted from the number of elements.

    The mean is rounded; what it is off shows in the mean of the distances, which is taken out of them.
    """
    if x.dtype.kind in "biu":
        raise RuntimeError(
            f"std and var only support floating point and complex dtypes, not {x.dtype.name}: convert with .float()"
        )
    x, n = widened(x), count(x.shape, axis)
    distance = np.asarray(x - total(x, axis, True) / n)
    distance -= total(distance, axis, True) / n
    squares = np.multiply(distance, distance, distance) if x.dtype.kind != "c" else np.square(np.absolute(distance))
    return total(squares, axis, keepdims) / max(n - ddof, 0)


def real_type(kind):
    """The dtype of a complex number's parts; another dtype itself."""
    return np.empty(0, kind).real.dtype


@op(np.var, holomorphic=False, contiguous=True)
def var(x, axis=None, ddof=0, keepdims=False):
    return variance(x, axis, ddof, keepdims).astype(real_type(x.dtype))


@op(np.std, holomorphic=False, contiguous=True)
def std(x, axis=None, ddof=0, keepdims=False):
    return np.sqrt(variance(x, axis, ddof, keepdims)).astype(real_type(x.dtype))


def per_freedom(shape, axis, ddof):
    """1 over the degrees of freedom."""
    freedom = count(shape, axis) - ddof
    return 1 / freedom if freedom > 0 else math.inf


def var_rule(g, x, axis, ddof, keepdims):
    x = widened(x)
    return spread(g, axis, keepdims) * ((x - mean(x, axis, True)) * (2 * per_freedom(x.shape, axis, ddof)))


def std_rule(g, x, out, axis, ddof, keepdims):
    """The gradient of var over 2·out; 0 where all elements are equal."""
    g, x, out = widened(g), widened(x), spread(out, axis, keepdims)
    flat = np.equal(out, 0)
    share = spread(g, axis, keepdims) / np.where(flat, 1, out) * per_freedom(x.shape, axis, ddof)
    return np.where(flat, 0, share) * (x - mean(x, axis, True))


var.rules(x=var_rule)
std.rules(x=std_rule)


@op(np.linalg.vector_norm, holomorphic=False, contiguous=True)
def vector_norm(x, axis=None, keepdims=False, ord=2):
    """(Σ|x|^ord)^(1/ord); for ord ±inf the largest or smallest |x|, for 0 the number of elements that are not 0."""
    if x.dtype.kind in "biu":
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {x.dtype.name}. "
            "Convert it with .float()."
        )
    kind, x = real_type(x.dtype), widened(x)
    if ord == 0:
        out = total(np.not_equal(x, 0), axis, keepdims)
    elif ord == 2 and x.dtype.kind == "f":
        if axis is None and not keepdims:
            flat = np.ravel(x, "K")
            out = np.sqrt(np.dot(flat, flat))
        else:
            out = np.sqrt(total(np.square(x), axis, keepdims))
    else:
        size = np.absolute(x)
        if ord == math.inf:
            out = np.maximum.reduce(size, axis, keepdims=keepdims)
        elif ord == -math.inf:
            out = np.minimum.reduce(size, axis, keepdims=keepdims)
        elif ord == 1:
            out = total(size, axis, keepdims)
        else:
            out = np.power(total(np.power(size, ord), axis, keepdims), 1 / ord)
    return out.astype(kind)


def vector_norm_rule(g, x, out, axis, keepdims, ord):
    """sign(x)·(|x|/out)^(ord-1), and 0 where x or the norm is 0. Of a norm that is NaN the gradient is NaN, unless ord
    is 1 or infinite: then the sign of NaN is 0."""
    g, x, out = widened(spread(g, axis, keepdims)), widened(x), spread(out, axis, keepdims)
    if ord == 0:
        return np.zeros_like(g)
    if ord == 1:
        return g * np.where(np.isnan(x), 0, np.sign(x))
    if math.isinf(ord):
        largest = np.logical_or(np.equal(np.absolute(x), out), np.isnan(x))
        return np.where(np.isnan(x), 0, np.sign(x)) * shared(g, largest, axis)
    zero = np.equal(out, 0)
    if ord == 2:
        return x * np.where(zero, 0, g / np.where(zero, 1, out))
    zero = np.logical_or(zero, np.logical_and(np.equal(x, 0), np.logical_not(np.isnan(out))))
    ratio = np.where(zero, 1, np.absolute(x)) / np.where(zero, 1, out)
    return np.where(zero, 0, g * np.power(ratio, ord - 1)) * np.sign(x)


vector_norm.rules(x=vector_norm_rule)

# ---- extremes


def shared(g, chosen, axis):
    """The gradient, shared equally between the elements that are chosen; NaN for all where none is."""
    g = widened(g)
    number = astype(sum(chosen, axis, True), g.dtype)
    return np.where(chosen, g / number, 0 / number)


def share_ties(g, x, out, axis, keepdims):
    """The gradient goes to the extreme element; several that are equal share it. Of NaN the gradient is NaN."""
    return shared(spread(g, axis, keepdims), np.equal(x, spread(out, axis, keepdims)), axis)


def share_all(g, x, out):
    """As `share_ties`, but where NaN is the extreme, the elements that are NaN share the gradient."""
    return shared(g, np.where(np.isnan(out), np.isnan(x), np.equal(x, out)), None)


@op(np.max, contiguous=True)
def amax(x, axis=None, keepdims=False):
    refuse_complex(x, "amax")
    return np.maximum.reduce(x, axis, keepdims=keepdims)


@op(np.min, contiguous=True)
def amin(x, axis=None, keepdims=False):
    refuse_complex(x, "amin")
    return np.minimum.reduce(x, axis, keepdims=keepdims)


amax.rules(x=share_ties)
amin.rules(x=share_ties)


@op(name="max")
def largest(x):
    """As `amax` of all elements, with another gradient where there is NaN."""
    refuse_complex(x, "max")
    return np.maximum.reduce(x, None)


@op(name="min")
def smallest(x):
    """As `amin` of all elements, with another gradient where there is NaN."""
    refuse_complex(x, "min")
    return np.minimum.reduce(x, None)


largest.rules(x=share_all)
smallest.rules(x=share_all)


@op()
def median(x, ignore_nan=False):
    """The middle element of all, of two the lower. NaN counts as the median unless ignored."""
    refuse_complex(x, "median")
    flat = np.ravel(widened(x))  # NumPy finds no order for bfloat16 with NaN
    if flat.dtype.kind == "f":
        missing = np.isnan(flat)
        if missing.any():
            flat = flat[~missing] if ignore_nan else flat[:0]
    if not flat.size:
        return np.asarray(math.nan).astype(x.dtype)
    middle = (flat.size - 1) // 2
    return np.partition(flat, middle)[middle].astype(x.dtype)


median.rules(x=share_all)

# ---- no gradient: positions, counts and logic


@op(np.argmax, contiguous=True)
def argmax(x, axis=None, keepdims=False):
    refuse_complex(x, "argmax")
    return np.argmax(x, axis, keepdims=keepdims)


@op(np.argmin, contiguous=True)
def argmin(x, axis=None, keepdims=False):
    refuse_complex(x, "argmin")
    return np.argmin(x, axis, keepdims=keepdims)


@op(np.count_nonzero, contiguous=True)
def count_nonzero(x, axis=None):
    return np.count_nonzero(x, axis)


@op(np.any, contiguous=True)
def any(x, axis=None, keepdims=False):
    out = np.logical_or.reduce(x, axis, keepdims=keepdims)
    return out.astype(np.uint8) if x.dtype == np.uint8 else out


@op(np.all, contiguous=True)
def all(x, axis=None, keepdims=False):
    out = np.logical_and.reduce(x, axis, keepdims=keepdims)
    return out.astype(np.uint8) if x.dtype == np.uint8 else out
