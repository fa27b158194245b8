"""In-place arithmetic on raw arrays, without a result of its own to copy: for writes that nothing records.

Each kernel writes once, as its last step, so that a mistake found on the way leaves the array as it was.
"""

import numpy as np


def add(x, other, alpha=1):
    """x ← x + alpha·other"""
    x += other if alpha == 1 else other * alpha


def sub(x, other, alpha=1):
    """x ← x - alpha·other"""
    x -= other if alpha == 1 else other * alpha


def mul(x, other):
    """x ← x·other"""
    x *= other


def div(x, other):
    """x ← x / other"""
    x /= other


def addcmul(x, tensor1, tensor2, value=1):
    """x ← x + value·tensor1·tensor2"""
    product = tensor1 * tensor2
    product *= value
    x += product


def addcdiv(x, tensor1, tensor2, value=1):
    """x ← x + value·tensor1 / tensor2"""
    quotient = tensor1 / tensor2
    quotient *= value
    x += quotient


def lerp(x, end, weight):
    """x ← x + weight·(end - x), from whichever side is nearer"""
    step = end - x
    if weight < 0.5:
        step *= weight
        x += step
    else:
        step *= 1 - weight
        np.subtract(end, step, out=x)


KERNELS = {f"{kernel.__name__}_": kernel for kernel in (add, sub, mul, div, addcmul, addcdiv, lerp)}
