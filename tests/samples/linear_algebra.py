"""Cases of products of vectors, matrices and tensors."""

import numpy as np

from ..cases import case


def complex_product(m, a, b, c, d):
    return m.matmul(m.complex(a, b), m.complex(c, d))


def einsum(equation, *operands):
    """A case of `einsum`, named for its equation."""
    return case(f"einsum:{equation}", lambda m, *xs: m.einsum(equation, *xs), *operands)


CASES = [
    case("matmul", lambda m, x, y: m.matmul(x, y), (2, 3), (3, 4)),
    case("matmul:vectors", lambda m, x, y: x @ y, (3,), (3,)),
    case("matmul:matrix and vector", lambda m, x, y: x @ y, (2, 3), (3,)),
    case("matmul:vector and matrix", lambda m, x, y: x @ y, (2,), (2, 3)),
    case("matmul:batches", lambda m, x, y: x @ y, (2, 2, 3), (2, 3, 2)),
    case("matmul:broadcast batches", lambda m, x, y: x @ y, (2, 1, 2, 3), (2, 3, 2)),
    case("matmul:batch and matrix", lambda m, x, y: x @ y, (2, 2, 3), (3, 2)),
    case("matmul:matrix and batch", lambda m, x, y: x @ y, (2, 3), (2, 3, 2)),
    case("matmul:batch and vector", lambda m, x, y: x @ y, (2, 2, 3), (3,)),
    case("matmul:vector and batch", lambda m, x, y: x @ y, (3,), (2, 3, 2)),
    case("matmul:empty sum", lambda m, x, y: x @ y, (2, 0), (0, 3)),
    case("matmul:with its transpose", lambda m, x: x @ x.mT, (2, 3)),
    case("matmul:complex", complex_product, (2, 3), (2, 3), (3, 2), (3, 2)),
    case("mm", lambda m, x, y: m.mm(x, y), (2, 3), (3, 2)),
    case("bmm", lambda m, x, y: m.bmm(x, y), (2, 2, 3), (2, 3, 1)),
    case("mv", lambda m, x, y: m.mv(x, y), (2, 3), (3,)),
    case("dot", lambda m, x, y: m.dot(x, y), (3,), (3,)),
    case("vdot", lambda m, a, b, c, d: m.vdot(m.complex(a, b), m.complex(c, d)), (3,), (3,), (3,), (3,)),
    case("vdot:real", lambda m, x, y: m.vdot(x, y), (3,), (3,)),
    case("inner", lambda m, x, y: m.inner(x, y), (2, 3), (2, 2, 3)),
    case("inner:number", lambda m, x, y: m.inner(x, y), (2, 3), ()),
    case("outer", lambda m, x, y: m.outer(x, y), (2,), (3,)),
    case("ger", lambda m, x, y: m.ger(x, y), (2,), (3,)),
    case("addmm", lambda m, x, a, b: m.addmm(x, a, b, beta=0.5, alpha=-2), (3,), (2, 3), (3, 3)),
    case("addmm:beta 0", lambda m, x, a, b: m.addmm(x, a, b, beta=0), (2, 3), (2, 3), (3, 3), grad=(1, 2)),
    case("addmm_", lambda m, x, a, b: x.clone().addmm_(a, b), (2, 3), (2, 3), (3, 3)),
    case("addmv", lambda m, x, a, b: m.addmv(x, a, b, alpha=2), (2,), (2, 3), (3,)),
    case("addbmm", lambda m, x, a, b: m.addbmm(x, a, b, beta=2), (2, 2), (3, 2, 2), (3, 2, 2)),
    case("baddbmm", lambda m, x, a, b: m.baddbmm(x, a, b, alpha=3), (2, 1), (2, 2, 3), (2, 3, 2)),
    case("addr", lambda m, x, a, b: m.addr(x, a, b, beta=2, alpha=3), (2, 3), (2,), (3,)),
    case("tensordot", lambda m, x, y: m.tensordot(x, y), (2, 3, 2), (3, 2, 2)),
    case("tensordot:lists", lambda m, x, y: m.tensordot(x, y, ([0, 2], [1, 0])), (2, 3, 2), (2, 2, 3)),
    case("tensordot:none", lambda m, x, y: m.tensordot(x, y, 0), (2,), (3,)),
    case("tensordot:size 1", lambda m, x, y: m.tensordot(x, y, ([1], [0])), (2, 1), (3, 2)),
    case("kron", lambda m, x, y: m.kron(x, y), (2, 2), (1, 3)),
    case("kron:of different dimensions", lambda m, x, y: m.kron(x, y), (2,), (2, 1, 2)),
    case("chain_matmul", lambda m, a, b, c: m.chain_matmul(a, b, c), (2, 3), (3, 1), (1, 4)),
    case("cross", lambda m, x, y: m.cross(x, y), (3, 2), (3, 2)),
    case("cross:dim", lambda m, x, y: m.cross(x, y, dim=-1), (2, 3), (1, 3)),
    case("trace", lambda m, x: m.trace(x), (2, 3)),
    case("cov", lambda m, x: m.cov(x), (2, 4)),
    case("cov:vector", lambda m, x: m.cov(x, correction=0), (4,)),
    case(
        "cov:weights",
        lambda m, x, f, a: m.cov(x, fweights=f, aweights=a),
        (2, 4),
        [1, 2, 0, 1],
        [0.5, 1.0, 2.0, 0.1],
        grad=(0,),
    ),
    case("corrcoef", lambda m, x: m.corrcoef(x), (2, 4), tolerance=10.0),
    einsum("ij,jk->ik", (2, 3), (3, 2)),
    einsum("ij,jk", (2, 3), (3, 2)),
    einsum("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
    einsum("bhid,bhjd->bhij", (1, 2, 2, 3), (1, 2, 2, 3)),
    einsum("...ij,...j->...i", (2, 2, 3), (3,)),
    einsum("...,...", (2, 3), (3,)),
    einsum("ii", (3, 3)),
    einsum("ii->i", (3, 3)),
    einsum("iji->j", (2, 3, 2)),
    einsum("ij->ji", (2, 3)),
    einsum("ij->", (2, 3)),
    einsum("i,j->ij", (2,), (3,)),
    einsum("ij,ij->", (2, 3), (2, 3)),
    einsum("ij,ij->i", (2, 3), (2, 3)),
    einsum("ij,ij->ij", (2, 3), (1, 3)),
    einsum("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
    einsum("i,i,i->i", (3,), (3,), (3,)),
    einsum("ab,cd->", (2, 2), (2, 1)),
    case("einsum:lists", lambda m, x, y: m.einsum(x, [0, 1], y, [1, 2], [2, 0]), (2, 3), (3, 2)),
    case("einsum:diagonal of a product", lambda m, x, y: m.einsum("bii,bij->bj", x, y), (2, 2, 2), (2, 2, 2)),
    case(
        "matmul:half",
        lambda m, x, y: m.matmul(x.half(), y.half()),
        (2, 3),
        (3, 2),
        order=0,
        tolerance=1e7,
        single=False,
    ),
    case(
        "matmul:integers",
        lambda m, x, y: m.matmul(x, y),
        np.arange(6).reshape(2, 3),
        np.arange(6).reshape(3, 2),
        order=0,
    ),
]
