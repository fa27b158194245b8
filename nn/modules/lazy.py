"""Lazy modules: layers that learn the size of their input from the first one they see."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor

from ..arguments import integer
from ..parameter import UninitializedBuffer, UninitializedParameter, is_lazy
from . import batchnorm, conv, instancenorm
from .linear import Linear


class LazyModuleMixin:
    """Put before a module's class: parameters whose shape follows from the first input.

    The subclass gives them as `UninitializedParameter` and defines `initialize_parameters`, which is called with the
    first input and materializes them; then the module turns into `cls_to_become`. Loading a state dict materializes
    them as well. Give such a network its dtype, and one batch, before its parameters go to an optimizer.

    >>> import autograd, nn
    >>> layer = nn.LazyLinear(2)
    >>> layer
    LazyLinear(in_features=0, out_features=2, bias=True)
    >>> _ = layer(autograd.ones(4, 3))
    >>> layer
    Linear(in_features=3, out_features=2, bias=True)
    """

    cls_to_become: type | None = None
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        module: Any = self
        self._load_hook = module._register_load_state_dict_pre_hook(self._lazy_load_hook)
        self._initialize_hook = module.register_forward_pre_hook(self._infer_parameters, with_kwargs=True)

    def _lazy_load_hook(self, state_dict: dict[str, Any], prefix: str, *_: Any) -> None:
        """Gives each parameter the shape of the one that will be loaded into it."""
        for name, own in (*self._parameters.items(), *self._buffers.items()):
            value = state_dict.get(prefix + name)
            if is_lazy(own) and value is not None and not is_lazy(value):
                own.materialize(value.shape)

    def _await(self, names: tuple[str, ...], device: Any, dtype: Any) -> None:
        """Declares parameters whose shape is to follow."""
        for name in names:
            setattr(self, name, UninitializedParameter(device=device, dtype=dtype))

    def _materialize(self, weight: tuple[int, ...], size: int) -> None:
        """Gives the weight its shape, and everything else that waits for one the shape (size)."""
        for name, value in (*self._parameters.items(), *self._buffers.items()):
            if is_lazy(value):
                value.materialize(weight if name == "weight" else (size,))

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Materializes the parameters for the input that `forward` is about to get; every subclass defines it."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def _summary(self) -> str:
        return super()._summary().replace(" 0", " ?", 1)  # type: ignore[misc] # the size that is still to come

    def has_uninitialized_params(self) -> bool:
        """Whether a shape is still missing."""
        return any(is_lazy(value) for value in (*self._parameters.values(), *self._buffers.values()))

    def _infer_parameters(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None) -> None:
        """Before the first forward: initializes the parameters and makes this a module like any other."""
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {type(self).__name__} has not been fully initialized")
        module._initialize_hook.remove()
        module._load_hook.remove()
        del module._initialize_hook, module._load_hook
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become


class LazyLinear(LazyModuleMixin, Linear):
    """A `Linear` whose `in_features` is that of the first input.

    >>> import autograd, nn
    >>> nn.LazyLinear(2)(autograd.ones(4, 3)).shape
    torch.Size([4, 2])
    """

    cls_to_become = Linear

    def __init__(self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(0, 0, False, device, dtype)
        self.out_features = integer("LazyLinear", "out_features", out_features)
        self._await(("weight", "bias") if bias else ("weight",), device, dtype)

    def reset_parameters(self) -> None:
        """Draws the parameters anew, if there are any yet."""
        if not self.has_uninitialized_params() and self.in_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Takes `in_features` from the input (..., in_features)."""
        if self.has_uninitialized_params():
            self._materialize((self.out_features, input.shape[-1]), self.out_features)
            self.in_features = input.shape[-1]
            self.reset_parameters()
        self.in_features = self.weight.shape[-1]  # of one that was loaded, too


# ---- convolutions


class _LazyConvNd(LazyModuleMixin):
    """A convolution whose `in_channels` is the number of channels of the first input."""

    _rank: int
    transposed: bool
    groups: int
    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    weight: Any

    def _complete(self, out_channels: int, bias: bool, device: Any, dtype: Any) -> None:
        """What the constructor of the convolution was not told."""
        self.out_channels = integer(type(self).__name__, "out_channels", out_channels)
        self._await(("weight", "bias") if bias else ("weight",), device, dtype)

    def reset_parameters(self) -> None:
        """Draws the parameters anew, if there are any yet."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """Takes `in_channels` from the input (N, in_channels, ...) or (in_channels, ...)."""
        groups = self.groups
        if self.has_uninitialized_params():
            if input.dim() not in (self._rank + 1, self._rank + 2):
                raise RuntimeError(
                    f"Expected {self._rank + 1}D (unbatched) or {self._rank + 2}D (batched) input to "
                    f"{type(self).__name__}, but got input of size: {input.shape}"
                )
            found = input.shape[-self._rank - 1]
            if found % groups:
                raise ValueError(
                    f"in_channels must be divisible by groups: the input has {found} channels, and groups={groups}"
                )
            channels = (found, self.out_channels) if self.transposed else (self.out_channels, found)
            self._materialize((channels[0], channels[1] // groups, *self.kernel_size), self.out_channels)
            self.in_channels = found
            self.reset_parameters()
        self.in_channels = self.weight.shape[0] if self.transposed else self.weight.shape[1] * groups


class _LazyConvolution(_LazyConvNd):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, device, dtype)
        self._complete(out_channels, bias, device, dtype)


class _LazyConvTranspose(_LazyConvNd):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        sizes = (kernel_size, stride, padding, output_padding)
        super().__init__(0, 0, *sizes, groups, False, dilation, padding_mode, device, dtype)
        self._complete(out_channels, bias, device, dtype)


class LazyConv1d(_LazyConvolution, conv.Conv1d):
    """A `Conv1d` whose `in_channels` is that of the first input.

    >>> import autograd, nn
    >>> nn.LazyConv1d(4, kernel_size=3)(autograd.ones(2, 3, 10)).shape
    torch.Size([2, 4, 8])
    """

    cls_to_become = conv.Conv1d


class LazyConv2d(_LazyConvolution, conv.Conv2d):
    """A `Conv2d` whose `in_channels` is that of the first input.

    >>> import autograd, nn
    >>> nn.LazyConv2d(4, kernel_size=3)(autograd.ones(2, 3, 8, 8)).shape
    torch.Size([2, 4, 6, 6])
    """

    cls_to_become = conv.Conv2d


class LazyConv3d(_LazyConvolution, conv.Conv3d):
    """A `Conv3d` whose `in_channels` is that of the first input.

    >>> import autograd, nn
    >>> nn.LazyConv3d(4, kernel_size=2)(autograd.ones(2, 3, 4, 4, 4)).shape
    torch.Size([2, 4, 3, 3, 3])
    """

    cls_to_become = conv.Conv3d


class LazyConvTranspose1d(_LazyConvTranspose, conv.ConvTranspose1d):
    """A `ConvTranspose1d` whose `in_channels` is that of the first input.

    >>> import autograd, nn
    >>> nn.LazyConvTranspose1d(4, kernel_size=3)(autograd.ones(2, 3, 10)).shape
    torch.Size([2, 4, 12])
    """

    cls_to_become = conv.ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, conv.ConvTranspose2d):
    """A `ConvTranspose2d` whose `in_channels` is that of the first input.

    >>> import autograd, nn
    >>> nn.LazyConvTranspose2d(4, kernel_size=2, stride=2)(autograd.ones(2, 3, 8, 8)).shape
    torch.Size([2, 4, 16, 16])
    """

    cls_to_become = conv.ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, conv.ConvTranspose3d):
    """A `ConvTranspose3d` whose `in_channels` is that of the first input.

    >>> import autograd, nn
    >>> nn.LazyConvTranspose3d(4, kernel_size=2)(autograd.ones(2, 3, 4, 4, 4)).shape
    torch.Size([2, 4, 5, 5, 5])
    """

    cls_to_become = conv.ConvTranspose3d


# ---- normalizations


class _LazyNorm(LazyModuleMixin):
    """A normalization whose `num_features` is the number of channels of the first input."""

    _dims: tuple[int, ...]
    num_features: int
    weight: Any
    running_mean: Any
    running_var: Any

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, False, False, device, dtype, bias=False)
        self.affine, self.track_running_stats = affine, track_running_stats
        if affine:
            self._await(("weight", "bias") if bias else ("weight",), device, dtype)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(device=device, dtype=dtype)
            self.running_var = UninitializedBuffer(device=device, dtype=dtype)
            self.num_batches_tracked = autograd.tensor(0, device=device)

    def reset_parameters(self) -> None:
        """Sets the parameters and running statistics to their first values, if there are any yet."""
        if not self.has_uninitialized_params() and self.num_features != 0:
            super().reset_parameters()  # type: ignore[misc]

    def _channel_dim(self, input: Tensor) -> int:
        return 1

    def initialize_parameters(self, input: Tensor) -> None:
        """Takes `num_features` from the input (N, num_features, ...)."""
        self._check_input_dim(input)  # type: ignore[attr-defined]
        loaded = [t.shape[0] for t in (self.weight, self.running_mean) if t is not None and not is_lazy(t)]
        if loaded:
            self.num_features = loaded[0]
        else:
            self.num_features = input.shape[self._channel_dim(input)]
        if self.has_uninitialized_params():
            self._materialize((self.num_features,), self.num_features)
            self.reset_parameters()


class LazyBatchNorm1d(_LazyNorm, batchnorm.BatchNorm1d):  # type: ignore[misc]
    """A `BatchNorm1d` whose `num_features` is the number of channels of the first input.

    >>> import autograd, nn
    >>> nn.LazyBatchNorm1d()(autograd.randn(4, 3)).shape
    torch.Size([4, 3])
    """

    cls_to_become = batchnorm.BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, batchnorm.BatchNorm2d):  # type: ignore[misc]
    """A `BatchNorm2d` whose `num_features` is the number of channels of the first input.

    >>> import autograd, nn
    >>> nn.LazyBatchNorm2d()(autograd.randn(2, 3, 4, 4)).shape
    torch.Size([2, 3, 4, 4])
    """

    cls_to_become = batchnorm.BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, batchnorm.BatchNorm3d):  # type: ignore[misc]
    """A `BatchNorm3d` whose `num_features` is the number of channels of the first input.

    >>> import autograd, nn
    >>> nn.LazyBatchNorm3d()(autograd.randn(2, 3, 2, 4, 4)).shape
    torch.Size([2, 3, 2, 4, 4])
    """

    cls_to_become = batchnorm.BatchNorm3d


class _LazyInstanceNorm(_LazyNorm):
    def _channel_dim(self, input: Tensor) -> int:
        return 0 if input.dim() == self._dims[0] else 1


class LazyInstanceNorm1d(_LazyInstanceNorm, instancenorm.InstanceNorm1d):  # type: ignore[misc]
    """An `InstanceNorm1d` whose `num_features` is the number of channels of the first input.

    >>> import autograd, nn
    >>> nn.LazyInstanceNorm1d()(autograd.randn(2, 3, 4)).shape
    torch.Size([2, 3, 4])
    """

    cls_to_become = instancenorm.InstanceNorm1d


class LazyInstanceNorm2d(_LazyInstanceNorm, instancenorm.InstanceNorm2d):  # type: ignore[misc]
    """An `InstanceNorm2d` whose `num_features` is the number of channels of the first input.

    >>> import autograd, nn
    >>> nn.LazyInstanceNorm2d()(autograd.randn(2, 3, 4, 4)).shape
    torch.Size([2, 3, 4, 4])
    """

    cls_to_become = instancenorm.InstanceNorm2d


class LazyInstanceNorm3d(_LazyInstanceNorm, instancenorm.InstanceNorm3d):  # type: ignore[misc]
    """An `InstanceNorm3d` whose `num_features` is the number of channels of the first input.

    >>> import autograd, nn
    >>> nn.LazyInstanceNorm3d()(autograd.randn(2, 3, 2, 4, 4)).shape
    torch.Size([2, 3, 2, 4, 4])
    """

    cls_to_become = instancenorm.InstanceNorm3d
