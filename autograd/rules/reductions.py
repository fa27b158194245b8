"""Derivatives of reductions. `axis` is None, an int, or a tuple, as in NumPy.

The gradient of a reduction is small: the engine broadcasts it to the operand's shape. `spread` gives the reduced
axes back as axes of size 1, so that shapes line up.
"""

import math

import numpy as np

from ..op import op
from .elementwise import astype

FLOAT32, FLOAT64, INT64 = np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.int64)


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


def accumulator(kind):
    """The dtype in which sums are formed: int64 for integers and bools, float32 for 16-bit floats, else None."""
    return INT64 if kind.kind in "biu" else FLOAT32 if kind.itemsize == 2 else None


def refuse_complex(x, name):
    """Raises for complex numbers, which have no order."""
    if x.dtype.kind == "c":
        raise NotImplementedError(f"{name}(): does not support complex input ({x.dtype.name}): it has no order")


# ---- sums and products


@op(np.sum)
def sum(x, axis=None, keepdims=False):
    kind = x.dtype
    if kind is FLOAT32 or kind is FLOAT64:
        return np.add.reduce(x, axis, keepdims=keepdims)  # what np.sum calls, without its overhead
    wide = accumulator(kind)
    total = np.add.reduce(x, axis, wide, keepdims=keepdims)
    return total.astype(kind) if wide is FLOAT32 else total


sum.rules(x=lambda g, axis, keepdims: spread(g, axis, keepdims))


@op(np.mean)
def mean(x, axis=None, keepdims=False):
    if x.dtype.kind in "biu":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {x.dtype.name}. Pass dtype=torch.float32, or convert with .float()."
        )
    wide = accumulator(x.dtype)
    total = np.add.reduce(x, axis, wide, keepdims=keepdims) / (x.size if axis is None else count(x.shape, axis))
    return total.astype(x.dtype) if wide is FLOAT32 else total


mean.rules(x=lambda g, x_shape, axis, keepdims: spread(g, axis, keepdims) * (1 / max(count(x_shape, axis), 1)))


@op(np.prod)
def prod(x, axis=None, keepdims=False):
    """The product over all axes, or over one."""
    if isinstance(axis, tuple):
        raise TypeError("prod(): argument 'dim' must be int, not tuple: call it once for each dimension")
    wide = accumulator(x.dtype)
    total = np.multiply.reduce(x, axis, wide, keepdims=keepdims)
    return total.astype(x.dtype) if wide is FLOAT32 else total


def product_of_others(x, axis):
    """For each element the product of all others along `axis`: of those before it times those after it.

    Dividing the whole product by the element would fail where there are zeros.
    """
    from .scans import before, cumprod

    prefix = before(cumprod(x, axis), axis)
    suffix = np.flip(before(cumprod(np.flip(x, axis), axis), axis), axis)
    return prefix * suffix


def prod_rule(g, x, axis, keepdims):
    if axis is None:
        return g * np.reshape(product_of_others(np.reshape(x, (-1,)), 0), x.shape)
    return spread(g, axis, keepdims) * product_of_others(x, axis)


prod.rules(x=prod_rule)


@op()
def logsumexp(x, axis, keepdims=False):
    """log Σ exp(x) with the largest element taken out first, so that nothing overflows."""
    kind = x.dtype
    if kind.itemsize == 2:
        x = x.astype(FLOAT32)
    top = np.maximum.reduce(x.real, axis, keepdims=True, initial=-math.inf)
    top = np.where(np.isfinite(top), top, 0)
    terms = np.asarray(x - top)
    total = np.log(np.add.reduce(np.exp(terms, terms), axis, keepdims=True)) + top
    total = total.astype(kind)
    return total if keepdims else np.squeeze(total, axis)


logsumexp.rules(x=lambda g, x, out, axis, keepdims: spread(g, axis, keepdims) * np.exp(x - spread(out, axis, keepdims)))

# ---- variance and norms


def variance(x, axis, ddof, keepdims):
    """The mean square distance from the mean; with ddof subtracted from the number of elements."""
    if x.dtype.kind in "biu":
        raise RuntimeError(
            f"std and var only support floating point and complex dtypes, not {x.dtype.name}: convert with .float()"
        )
    wide, n = accumulator(x.dtype), count(x.shape, axis)
    distance = np.asarray(x - np.add.reduce(x, axis, wide, keepdims=True) / n)
    squares = np.multiply(distance, distance, distance) if x.dtype.kind != "c" else np.square(np.absolute(distance))
    return np.add.reduce(squares, axis, keepdims=keepdims) / max(n - ddof, 0)


def real_type(kind):
    """The dtype of a complex number's parts; another dtype itself."""
    return np.empty(0, kind).real.dtype


@op(np.var, holomorphic=False)
def var(x, axis=None, ddof=0, keepdims=False):
    return variance(x, axis, ddof, keepdims).astype(real_type(x.dtype))


@op(np.std, holomorphic=False)
def std(x, axis=None, ddof=0, keepdims=False):
    return np.sqrt(variance(x, axis, ddof, keepdims)).astype(real_type(x.dtype))


def per_freedom(shape, axis, ddof):
    """1 over the degrees of freedom."""
    freedom = count(shape, axis) - ddof
    return 1 / freedom if freedom > 0 else math.inf


def var_rule(g, x, axis, ddof, keepdims):
    return spread(g, axis, keepdims) * ((x - mean(x, axis, True)) * (2 * per_freedom(x.shape, axis, ddof)))


def std_rule(g, x, out, axis, ddof, keepdims):
    """The gradient of var over 2·out; 0 where all elements are equal."""
    out = spread(out, axis, keepdims)
    flat = np.equal(out, 0)
    share = spread(g, axis, keepdims) / np.where(flat, 1, out) * per_freedom(x.shape, axis, ddof)
    return np.where(flat, 0, share) * (x - mean(x, axis, True))


var.rules(x=var_rule)
std.rules(x=std_rule)


@op(np.linalg.vector_norm, holomorphic=False)
def vector_norm(x, axis=None, keepdims=False, ord=2):
    """(Σ|x|^ord)^(1/ord); for ord ±inf the largest or smallest |x|, for 0 the number of elements that are not 0."""
    if x.dtype.kind in "biu":
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {x.dtype.name}. "
            "Convert it with .float()."
        )
    kind = real_type(x.dtype)
    if kind.itemsize == 2:
        x = x.astype(FLOAT32)
    if ord == 0:
        out = np.add.reduce(np.not_equal(x, 0), axis, keepdims=keepdims)
    elif ord == 2 and x.dtype.kind == "f":
        if axis is None and not keepdims:
            flat = np.ravel(x, "K")
            out = np.sqrt(np.dot(flat, flat))
        else:
            out = np.sqrt(np.add.reduce(np.square(x), axis, keepdims=keepdims))
    else:
        size = np.absolute(x)
        if ord == math.inf:
            out = np.maximum.reduce(size, axis, keepdims=keepdims)
        elif ord == -math.inf:
            out = np.minimum.reduce(size, axis, keepdims=keepdims)
        elif ord == 1:
            out = np.add.reduce(size, axis, keepdims=keepdims)
        else:
            out = np.power(np.add.reduce(np.power(size, ord), axis, keepdims=keepdims), 1 / ord)
    return out.astype(kind)


def vector_norm_rule(g, x, out, axis, keepdims, ord):
    """sign(x)·(|x|/out)^(ord-1), and 0 where x or the norm is 0."""
    g, out = spread(g, axis, keepdims), spread(out, axis, keepdims)
    if ord == 0:
        return np.zeros_like(g)
    if ord == 1:
        return g * np.sign(x)
    if math.isinf(ord):
        return np.sign(x) * shared(g, np.equal(np.absolute(x), out), axis)
    zero = np.equal(out, 0)
    if ord == 2:
        return x * np.where(zero, 0, g / np.where(zero, 1, out))
    zero = np.logical_or(zero, np.equal(x, 0))
    ratio = np.where(zero, 1, np.absolute(x)) / np.where(zero, 1, out)
    return np.where(zero, 0, g * np.power(ratio, ord - 1)) * np.sign(x)


vector_norm.rules(x=vector_norm_rule)

# ---- extremes


def shared(g, chosen, axis):
    """The gradient, shared equally between the elements that are chosen."""
    return np.where(chosen, g / np.maximum(astype(sum(chosen, axis, True), g.dtype), 1), 0)


def share_ties(g, x, out, axis, keepdims):
    """The gradient goes to the extreme element; several that are equal share it. NaN counts as the extreme."""
    chosen = np.logical_or(np.equal(x, spread(out, axis, keepdims)), np.isnan(x))
    return shared(spread(g, axis, keepdims), chosen, axis)


@op(np.amax)
def amax(x, axis=None, keepdims=False):
    refuse_complex(x, "amax")
    return np.maximum.reduce(x, axis, keepdims=keepdims)


@op(np.amin)
def amin(x, axis=None, keepdims=False):
    refuse_complex(x, "amin")
    return np.minimum.reduce(x, axis, keepdims=keepdims)


amax.rules(x=share_ties)
amin.rules(x=share_ties)


@op()
def median(x, ignore_nan=False):
    """The middle element of all, of two the lower. NaN counts as the median unless ignored."""
    refuse_complex(x, "median")
    flat = np.ravel(x)
    if x.dtype.kind == "f":
        missing = np.isnan(flat)
        if missing.any():
            flat = flat[~missing] if ignore_nan else flat[:0]
    if not flat.size:
        return np.asarray(math.nan).astype(x.dtype)
    middle = (flat.size - 1) // 2
    return np.partition(flat, middle)[middle]


def median_rule(g, x, out):
    """The elements equal to the median share the gradient."""
    chosen = np.where(np.isnan(out), np.isnan(x), np.equal(x, out))
    return shared(g, chosen, None)


median.rules(x=median_rule)

# ---- no gradient: positions, counts and logic


@op(np.argmax)
def argmax(x, axis=None, keepdims=False):
    refuse_complex(x, "argmax")
    return np.argmax(x, axis, keepdims=keepdims)


@op(np.argmin)
def argmin(x, axis=None, keepdims=False):
    refuse_complex(x, "argmin")
    return np.argmin(x, axis, keepdims=keepdims)


@op(np.count_nonzero)
def count_nonzero(x, axis=None):
    return np.count_nonzero(x, axis)


@op(np.any)
def any(x, axis=None, keepdims=False):
    out = np.logical_or.reduce(x, axis, keepdims=keepdims)
    return out.astype(np.uint8) if x.dtype == np.uint8 else out


@op(np.all)
def all(x, axis=None, keepdims=False):
    out = np.logical_and.reduce(x, axis, keepdims=keepdims)
    return out.astype(np.uint8) if x.dtype == np.uint8 else out
