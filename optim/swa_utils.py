"""Averages of weights over training (SWA and EMA), and the learning rates that go with them.

This is the one file of `optim` that knows `nn`: an averaged model is a `Module`. `import optim` does not load it;
`optim.swa_utils` does when it is first used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

import autograd
import nn
from autograd import Tensor
from nn.modules.batchnorm import _BatchNorm

from .lr_scheduler.base import LRScheduler, Rate, per_group
from .optimizer import Optimizer

__all__ = [
    "AveragedModel",
    "update_bn",
    "SWALR",
    "get_ema_multi_avg_fn",
    "get_swa_multi_avg_fn",
    "get_ema_avg_fn",
    "get_swa_avg_fn",
]

Average = Callable[[Tensor, Tensor, Tensor | int], Tensor]
MultiAverage = Callable[[Sequence[Tensor], Sequence[Tensor], Tensor | int], None]


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """The exponential moving average of one tensor: decay·average + (1 - decay)·current.

    >>> optim.swa_utils.get_ema_avg_fn(0.75)(torch.ones(2), torch.zeros(2), 1)
    tensor([0.7500, 0.7500])
    """
    check_decay(decay)

    @autograd.no_grad()
    def ema_update(averaged: Tensor, current: Tensor, num_averaged: Tensor | int) -> Tensor:
        return decay * averaged + (1 - decay) * current

    return ema_update


def get_swa_avg_fn() -> Average:
    """The plain mean of one tensor, `num_averaged` values being in it already.

    >>> optim.swa_utils.get_swa_avg_fn()(torch.ones(2), torch.zeros(2), 1)
    tensor([0.5000, 0.5000])
    """

    @autograd.no_grad()
    def swa_update(averaged: Tensor, current: Tensor, num_averaged: Tensor | int) -> Tensor:
        return averaged + (current - averaged) / (num_averaged + 1)

    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> MultiAverage:
    """The exponential moving average of many tensors of one dtype, in place.

    >>> weights = [torch.ones(2)]
    >>> optim.swa_utils.get_ema_multi_avg_fn(0.75)(weights, [torch.zeros(2)], 1)
    >>> weights
    [tensor([0.7500, 0.7500])]
    """
    check_decay(decay)

    @autograd.no_grad()
    def ema_update(averaged: Sequence[Tensor], current: Sequence[Tensor], num_averaged: Tensor | int) -> None:
        for mean, value in zip(averaged, current, strict=True):
            if mean.is_floating_point() or mean.is_complex():
                mean.lerp_(value, 1 - decay)
            else:
                mean.copy_(mean * decay + value * (1 - decay))

    return ema_update


def get_swa_multi_avg_fn() -> MultiAverage:
    """The plain mean of many tensors, in place, `num_averaged` values being in it already.

    >>> weights = [torch.ones(2)]
    >>> optim.swa_utils.get_swa_multi_avg_fn()(weights, [torch.zeros(2)], 1)
    >>> weights
    [tensor([0.5000, 0.5000])]
    """

    @autograd.no_grad()
    def swa_update(averaged: Sequence[Tensor], current: Sequence[Tensor], num_averaged: Tensor | int) -> None:
        part = 1 / (int(num_averaged) + 1)
        for mean, value in zip(averaged, current, strict=True):
            if mean.is_floating_point() or mean.is_complex():
                mean.lerp_(value, part)
            else:
                mean.copy_(mean + (value - mean) * part)

    return swa_update


def check_decay(decay: float) -> None:
    """Raises unless the part of an average that stays is between 0 and 1."""
    if not 0 <= decay <= 1:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


class AveragedModel(nn.Module):
    """A copy of `model` whose parameters are averages of those given to `update_parameters`, called like the model.

    The plain mean, as in Izmailov et al., "Averaging weights leads to wider optima and better generalization", UAI
    2018, or what `avg_fn(averaged, current, num_averaged)` returns for one tensor, or what `multi_avg_fn` does in place
    to lists of tensors of one dtype. Buffers are copied from the model, or with `use_buffers` averaged too; after the
    training `update_bn` can set those of batch normalization. The functions are not part of the `state_dict`.

    >>> model = nn.Linear(1, 1, bias=False)
    >>> averaged = optim.swa_utils.AveragedModel(model)
    >>> for weight in (1.0, 2.0, 6.0):
    ...     with torch.no_grad():
    ...         _ = model.weight.fill_(weight)
    ...     averaged.update_parameters(model)
    >>> averaged(torch.ones(1)).item()
    3.0
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: nn.Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: MultiAverage | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", autograd.tensor(0, dtype=autograd.int64, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model computes."""
        return self.module(*args, **kwargs)

    @autograd.no_grad()
    def update_parameters(self, model: nn.Module) -> None:
        """Takes the model's parameters into the average; the first time they are copied.

        `ValueError`, and no change, if the model's parameters and buffers are not shaped as those averaged.
        """
        parameters = pairs(self.module.parameters(), model.parameters(), "parameter")
        buffers = pairs(self.module.buffers(), model.buffers(), "buffer")
        averaged, copied = (parameters + buffers, []) if self.use_buffers else (parameters, buffers)
        if self.n_averaged == 0:
            averaged, copied = [], averaged + copied
        if self.multi_avg_fn is not None:
            for dtype in {mean.dtype: None for mean, _ in averaged}:
                means, values = zip(*[pair for pair in averaged if pair[0].dtype == dtype])
                self.multi_avg_fn(list(means), list(values), self.n_averaged)
        else:
            average = self.avg_fn or get_swa_avg_fn()
            for mean, value in averaged:
                mean.copy_(average(mean, value, self.n_averaged))
        for mean, value in copied:
            mean.copy_(value)
        self.n_averaged += 1


def pairs(averaged: Iterable[Tensor], given: Iterable[Tensor], kind: str) -> list[tuple[Tensor, Tensor]]:
    """The tensors of two models side by side, outside the graph."""
    ours, theirs = [tensor.detach() for tensor in averaged], [tensor.detach() for tensor in given]
    if len(ours) != len(theirs):
        raise ValueError(f"the model given has {len(theirs)} {kind}s, the averaged one {len(ours)}: average one model")
    for i, (own, other) in enumerate(zip(ours, theirs)):
        if own.shape != other.shape:
            raise ValueError(f"{kind} {i} of the model given has shape {list(other.shape)}, here {list(own.shape)}")
    return list(zip(ours, theirs))


@autograd.no_grad()
def update_bn(loader: Iterable[Any], model: nn.Module, device: Any = None) -> None:
    """Computes the running statistics of batch normalization anew, as the mean over the batches of `loader`.

    A batch is what the model takes, or a list or tuple with that as its first element.

    >>> model = nn.BatchNorm1d(1)
    >>> optim.swa_utils.update_bn([torch.tensor([[1.0], [3.0]]), torch.tensor([[5.0], [7.0]])], model)
    >>> model.running_mean
    tensor([4.])
    """
    layers = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    if not layers:
        return
    momenta = [layer.momentum for layer in layers]
    was_training = model.training
    try:
        model.train()
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None  # then it takes the plain mean
        for batch in loader:
            x = batch[0] if isinstance(batch, (list, tuple)) else batch
            model(x if device is None else x.to(device))
    finally:
        for layer, momentum in zip(layers, momenta):
            layer.momentum = momentum
        model.train(was_training)


class SWALR(LRScheduler):
    """From the present rate to `swa_lr` in `anneal_epochs`, along a cosine or a line, and constant from there.

    `swa_lr` is a number, or a list of one for each group; `anneal_strategy` is "cos" or "linear". It can take over
    from another scheduler of the same optimizer.

    >>> optimizer = optim.SGD([torch.ones(1)], lr=0.5)
    >>> scheduler = optim.swa_utils.SWALR(optimizer, swa_lr=0.25, anneal_epochs=2, anneal_strategy="linear")
    >>> optimizer.step(), scheduler.step(), scheduler.get_last_lr()[0]
    (None, None, 0.375)
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        rates = per_group("swa_lr", optimizer, swa_lr)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        for group, rate in zip(optimizer.param_groups, rates):
            group["swa_lr"] = rate
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _next_rates(self) -> list[Rate]:
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._way(step - 1), self._way(step)
        rates = []
        for group in self.optimizer.param_groups:
            end = group["swa_lr"]
            # The rate the way began from, which is nowhere kept: other schedulers may act on it too.
            start = end if before == 1 else (group["lr"] - before * end) / (1 - before)
            rates.append(end * now + start * (1 - now))
        return rates

    def _way(self, step: int) -> float:
        """The part of the way that is done after so many steps."""
        t = max(0, min(1, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t
