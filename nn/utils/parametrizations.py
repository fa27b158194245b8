"""Parametrizations that are ready to use: weights of a given length, of spectral norm 1, and orthogonal ones."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor
from autograd.functions.decompositions import geqrf, qr
from autograd.functions.matrix_functions import solve

from .. import functional as F
from ..modules.module import Module
from .parametrize import register_parametrization
from .spectral_norm import as_matrix, check_iterations, output_dim
from .weight_norm import norm_except_dim, scaled_to

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


def tensor_of(module: Module, name: str) -> Tensor:
    """The module's parameter or buffer."""
    tensor = getattr(module, name, None)
    if not isinstance(tensor, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return tensor


# ---- weight_norm


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return scaled_to(weight_g, weight_v, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Length and direction."""
        return norm_except_dim(weight, self.dim), weight


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Learns the length (`original0`) and the direction (`original1`) of a weight, for each index of `dim`.

    With a `dim` of None there is one length for all. Salimans and Kingma, arXiv 1602.07868.

    >>> import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))
    >>> {name: list(p.shape) for name, p in layer.parametrizations.weight.named_parameters()}
    {'original0': [2, 1], 'original1': [2, 3]}
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def rename(state_dict: dict[str, Any], prefix: str, *others: Any) -> None:
        """Takes what a module with the older `nn.utils.weight_norm` has saved."""
        old = [f"{prefix}{name}_g", f"{prefix}{name}_v"]
        if all(key in state_dict for key in old):
            for number, key in enumerate(old):
                state_dict[f"{prefix}parametrizations.{name}.original{number}"] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(rename)
    return module


# ---- spectral_norm


class _SpectralNorm(Module):
    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        ndim = weight.dim()
        if not -ndim <= dim < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{ndim}, {ndim - 1}] but got {dim})")
        check_iterations(n_power_iterations)
        self.dim, self.eps = dim % ndim, eps
        if ndim > 1:  # of a vector the norm is known
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight, self.dim)
            for buffer, size in zip(("_u", "_v"), matrix.shape):
                self.register_buffer(buffer, F.normalize(matrix.new_empty(size).normal_(), dim=0, eps=eps))
            self._power_method(matrix, 15)

    @autograd.no_grad()
    def _power_method(self, matrix: Tensor, iterations: int) -> None:
        """Brings the two vectors closer to those of the largest singular value."""
        for _ in range(iterations):
            F.normalize(autograd.mv(matrix, self._v), dim=0, eps=self.eps, out=self._u)
            F.normalize(autograd.mv(matrix.mH, self._u), dim=0, eps=self.eps, out=self._v)

    def forward(self, weight: Tensor) -> Tensor:
        if weight.dim() == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        u, v = self._u.clone(), self._v.clone()  # they are written to again, perhaps before this one's backward
        return weight / autograd.vdot(u, autograd.mv(matrix, v))

    def right_inverse(self, value: Tensor) -> Tensor:
        """The value itself, as though it were of norm 1."""
        return value


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """Divides a weight by its largest singular value, whose estimate improves whenever it is used in training.

    The weight is seen as a matrix with `dim` for its rows: by default 0, and 1 for transposed convolutions. A vector is
    divided by its length. Miyato et al., arXiv 1802.05957.

    >>> import autograd, nn
    >>> layer = nn.Linear(2, 2)
    >>> _ = nn.init.constant_(layer.weight, 3.0)
    >>> nn.utils.parametrizations.spectral_norm(layer).weight.detach()
    tensor([[0.5000, 0.5000],
            [0.5000, 0.5000]])
    """
    weight = tensor_of(module, name)
    normed = _SpectralNorm(weight, n_power_iterations, output_dim(module, dim), eps)
    return register_parametrization(module, name, normed)


# ---- orthogonal


class _Orthogonal(Module):
    """Q, with orthonormal columns (or rows, if it is wide), of a matrix X of the same shape without constraints.

    A tall X is understood as a skew-hermitian matrix, of which `matrix_exp` and `cayley` make a Q, or as reflectors
    below a diagonal of signs. With a trivialization what comes out is multiplied by `base`, the last Q that was
    assigned: Lezcano-Casado, arXiv 1909.09501.
    """

    base: Tensor

    def __init__(self, weight: Tensor, orthogonal_map: str, *, use_trivialization: bool = True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map == "householder":
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape, self.orthogonal_map = weight.shape, orthogonal_map
        self.trivialized = use_trivialization
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Tensor:
        wide = X.size(-2) < X.size(-1)
        X = X.mT if wide else X
        Q = reflected(X) if self.orthogonal_map == "householder" else self.turned(X)
        Q = self.base @ Q if self.trivialized else Q
        return Q.mT if wide else Q

    def turned(self, X: Tensor) -> Tensor:
        """The first columns of what the map makes of the skew-hermitian matrix whose lower triangle X holds."""
        n, k = X.shape[-2:]
        lower = F.pad(X.tril(), (0, n - k))
        A = lower - lower.mH
        if self.orthogonal_map == "matrix_exp":
            return autograd.matrix_exp(A)[..., :k]
        half, eye = A / 2, autograd.eye(n, dtype=A.dtype)
        return solve(eye - half, eye + half)[..., :k]

    @autograd.no_grad()
    def right_inverse(self, Q: Tensor) -> Tensor:
        """An X that gives Q; with a trivialization that is minus the identity, which gives the base."""
        if Q.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {Q.shape}."
            )
        wide = Q.size(-2) < Q.size(-1)
        tall = Q.mT if wide else Q
        if self.trivialized:
            self.base = completed(tall)
            X = autograd.zeros_like(Q)
            X.diagonal(dim1=-2, dim2=-1).fill_(-1)
            return X
        if self.orthogonal_map != "householder":
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                "use_trivialization=False."
            )
        X, tau = geqrf(tall)
        diagonal = X.diagonal(dim1=-2, dim2=-1)
        diagonal.copy_(autograd.where(tau == 0, -diagonal.sign(), diagonal.sign()))
        return X.mT if wide else X


def reflected(X: Tensor) -> Tensor:
    """The first columns of the product of the reflections in X's columns below the diagonal, times X's diagonal.

    H₁·…·Hₖ = 1 − V·T·Vᵀ, where T⁻¹ is the upper triangle of VᵀV with its diagonal halved: Joffrain et al.,
    "Accumulating Householder transformations, revisited", ACM Transactions on Mathematical Software 32 (2006).
    """
    n, k = X.shape[-2:]
    V = X.tril(-1) + autograd.eye(n, k, dtype=X.dtype)
    products = V.mT @ V
    T_inverse = products.triu() - autograd.diag_embed(products.diagonal(dim1=-2, dim2=-1)) / 2
    Q = autograd.eye(n, k, dtype=X.dtype) - V @ solve(T_inverse, V[..., :k, :].mT)
    signs = X.detach().diagonal(dim1=-2, dim2=-1).int()
    return Q * signs.unsqueeze(-2)


def completed(Q: Tensor) -> Tensor:
    """A square orthogonal matrix that begins with the columns of Q, after these have been made orthogonal."""
    n, k = Q.shape[-2:]
    if n == k and autograd.allclose(
        Q.mH @ Q, autograd.eye(n, dtype=Q.dtype), atol=10.0 * n * autograd.finfo(Q.dtype).eps
    ):
        return Q.clone()
    Q, R = qr(autograd.cat([Q, Q.new_empty(*Q.shape[:-1], n - k).normal_()], dim=-1))
    return Q * R.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


def orthogonal(
    module: Any, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Any:
    """Keeps a weight orthogonal (or unitary): its columns are orthonormal, or its rows if it has fewer of them.

    weight: (..., m, n), a matrix or a batch of them. `orthogonal_map`: "matrix_exp", "cayley", or "householder"; by
    default the first for square or complex matrices, the last for others. With `use_trivialization` the weight starts
    at the orthogonal matrix nearest in the sense of QR, and can be assigned to.

    >>> import autograd, nn
    >>> layer = nn.utils.parametrizations.orthogonal(nn.Linear(3, 3))
    >>> autograd.allclose(layer.weight @ layer.weight.T, autograd.eye(3), atol=1e-6)
    True
    """
    weight = tensor_of(module, name)
    if weight.dim() < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.dim()} dimensions.")
    if orthogonal_map is None:
        square = weight.size(-2) == weight.size(-1)
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    map_ = _Orthogonal(weight, orthogonal_map, use_trivialization=use_trivialization)
    return register_parametrization(module, name, map_, unsafe=True)
