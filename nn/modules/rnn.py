"""Recurrent layers and cells."""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

import autograd
from autograd import Tensor, empty

from .. import init
from ..parameter import Parameter
from ..utils.rnn import PackedSequence
from .module import Module

GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
FUNCTIONS = {
    "LSTM": autograd.lstm,
    "GRU": autograd.gru,
    "RNN_TANH": autograd.rnn_tanh,
    "RNN_RELU": autograd.rnn_relu,
}


class RNNBase(Module):
    """What `RNN`, `LSTM` and `GRU` share; `mode` is "RNN_TANH", "RNN_RELU", "LSTM" or "GRU".

    Layer k has `weight_ih_lk` (gates·hidden_size, in), `weight_hh_lk` (gates·hidden_size, hidden_size), the biases
    `bias_ih_lk` and `bias_hh_lk` and, if hidden states are projected, `weight_hr_lk` (proj_size, hidden_size); those of
    the backward direction end in `_reverse`. All start uniform within ±1/√hidden_size.

    `forward(input, hx=None)`: input (T, B, input_size), with `batch_first` (B, T, input_size), without a batch
    (T, input_size), or a `PackedSequence`; hx the initial states, zeros if None. Returns the last layer's hidden states
    of all steps, in the form of the input, and the last states of all layers and directions
    (num_layers·directions, B, hidden_size). Between the layers, in training, there is dropout.

    >>> import nn
    >>> nn.RNNBase("GRU", 3, 4).weight_ih_l0.shape
    torch.Size([12, 3])
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.mode, self.input_size, self.hidden_size, self.num_layers = mode, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        self._check_arguments(dropout)
        self._all_weights: list[list[str]] = []
        gates, state = GATES[mode] * hidden_size, proj_size or hidden_size
        for layer in range(num_layers):
            width = state * (2 if bidirectional else 1) if layer else input_size
            shapes: dict[str, tuple[int, ...]] = {"weight_ih": (gates, width), "weight_hh": (gates, state)}
            if bias:
                shapes |= {"bias_ih": (gates,), "bias_hh": (gates,)}
            if proj_size:
                shapes["weight_hr"] = (proj_size, hidden_size)
            for suffix in ("", "_reverse") if bidirectional else ("",):
                names = {f"{name}_l{layer}{suffix}": shape for name, shape in shapes.items()}
                for name, shape in names.items():
                    setattr(self, name, Parameter(empty(shape, device=device, dtype=dtype)))
                self._all_weights.append(list(names))
        self.reset_parameters()

    def _check_arguments(self, dropout: Any) -> None:
        if isinstance(dropout, bool) or not isinstance(dropout, numbers.Number) or not 0 <= self.dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if self.dropout > 0 and self.num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers={self.num_layers}",
                stacklevel=4,
            )
        for name, kind in (("bias", bool), ("batch_first", bool), ("input_size", int), ("hidden_size", int)):
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        for name in ("input_size", "hidden_size", "num_layers"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if self.proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if self.proj_size >= self.hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if self.mode not in GATES:
            raise ValueError(f"Unrecognized RNN mode: {self.mode}")

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Any]:
        return [getattr(self, name) for names in self._all_weights for name in names]

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The weights of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def flatten_parameters(self) -> None:
        """Nothing: it puts the weights into one piece of memory for a GPU, and they are used as they lie here."""

    def reset_parameters(self) -> None:
        """Draws the parameters anew."""
        bound = 1 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    # ---- checks

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """Raises unless the input has the right dtype, rank and width."""
        dtype = self._flat_weights[0].dtype
        if input.dtype != dtype and not autograd.is_autocast_enabled():
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({dtype}). "
                f"Convert input: input.to({dtype}), or convert model: model.to({input.dtype})"
            )
        expected = 3 if batch_sizes is None else 2
        if input.dim() != expected:
            raise RuntimeError(f"input must have {expected} dimensions, got {input.dim()}")
        if self.input_size != input.shape[-1]:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )

    def _state_shape(self, input: Tensor, batch_sizes: Tensor | None, width: int) -> tuple[int, int, int]:
        batch = input.shape[0 if self.batch_first else 1] if batch_sizes is None else int(batch_sizes[0])
        return self.num_layers * (2 if self.bidirectional else 1), batch, width

    def get_expected_hidden_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """The shape of the hidden states for this input."""
        return self._state_shape(input, batch_sizes, self.proj_size or self.hidden_size)

    def check_hidden_size(
        self, hx: Tensor, expected_hidden_size: tuple[int, int, int], msg: str = "Expected hidden size {}, got {}"
    ) -> None:
        """Raises unless states have the shape expected."""
        if hx.shape != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.shape)))

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Raises unless input and initial states fit the module and each other."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """The states with the batch in another order."""
        return hx if permutation is None else hx.index_select(1, permutation)

    def _batched(self, hx: Any, batched: bool) -> Any:
        """The initial states with a batch dimension, which they have if the input has one."""
        if not isinstance(hx, Tensor):
            raise TypeError(f"{type(self).__name__}: hx must be a Tensor, the initial states, not {type(hx).__name__}")
        if hx.dim() != (3 if batched else 2):
            kind = (
                "batched 3-D input, hx should also be 3-D" if batched else "unbatched 2-D input, hx should also be 2-D"
            )
            raise RuntimeError(f"For {kind} but got {hx.dim()}-D tensor")
        return hx if batched else hx.unsqueeze(1)

    # ---- running it

    def forward(self, input: Any, hx: Any = None) -> Any:
        data, batch_sizes, sorted_indices, unsorted_indices, batched = input, None, None, None, True
        batch_dim = 0 if self.batch_first else 1
        if isinstance(input, PackedSequence):
            data, batch_sizes, sorted_indices, unsorted_indices = input
        else:
            if input.dim() not in (2, 3):
                raise ValueError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.dim()}D instead")
            batched = input.dim() == 3
            if not batched:
                data = input.unsqueeze(batch_dim)
        if hx is None:
            self.check_input(data, batch_sizes)
        else:
            hx = self._batched(hx, batched)
            self.check_forward_args(data, hx, batch_sizes)
            hx = self.permute_hidden(hx, sorted_indices)
        function: Any = FUNCTIONS[self.mode]
        options = (
            self._flat_weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional
        )  # fmt: skip
        if batch_sizes is None:
            output, *states = function(data, hx, *options, self.batch_first)
        else:
            output, *states = function(data, batch_sizes, hx, *options)
        if not batched:
            output, states = output.squeeze(batch_dim), [state.squeeze(1) for state in states]
        hidden = self.permute_hidden(tuple(states) if len(states) > 1 else states[0], unsorted_indices)
        if batch_sizes is not None:
            output = PackedSequence(output, batch_sizes, sorted_indices, unsorted_indices)
        return output, hidden

    # ---- printing

    def extra_repr(self) -> str:
        """The sizes, and all that is not the default."""
        text = f"{self.input_size}, {self.hidden_size}"
        usual = {"proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0}
        for name, default in {**usual, "bidirectional": False}.items():
            value = getattr(self, name)
            if value != default:
                text += f", {name}={value}"
        return text

    def _summary(self) -> str:
        return f"{type(self).__name__} {self.input_size}→{self.hidden_size}"


def refuse_projection(proj_size: Any) -> None:
    """The error for an argument that only `LSTM` has."""
    if proj_size is not None:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNN(RNNBase):
    """Elman's network: h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or with `nonlinearity="relu"` max(…, 0).

    Elman, "Finding structure in time", 1990. Arguments, parameters and shapes: see `RNNBase`.

    >>> import autograd, nn
    >>> output, h_n = nn.RNN(3, 4, num_layers=2)(autograd.ones(5, 2, 3))
    >>> output.shape, h_n.shape
    (torch.Size([5, 2, 4]), torch.Size([2, 2, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        proj_size: Any = None,
    ) -> None:
        refuse_projection(proj_size)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        sizes = input_size, hidden_size, num_layers
        mode = f"RNN_{nonlinearity.upper()}"
        super().__init__(mode, *sizes, bias, batch_first, dropout, bidirectional, 0, device, dtype)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory: gates i, f, o = σ(…) and g = tanh(…), each of W_ih·x + b_ih + W_hh·h + b_hh;

    c' = f·c + i·g and h' = o·tanh(c'), with `proj_size` projected: W_hr·h'. hx and the last states are pairs (h, c).

    Hochreiter and Schmidhuber, "Long short-term memory", 1997; projection: Sak et al., arXiv:1402.1128. Arguments,
    parameters and shapes: see `RNNBase`.

    >>> import autograd, nn
    >>> output, (h_n, c_n) = nn.LSTM(3, 4, bidirectional=True)(autograd.ones(5, 2, 3))
    >>> output.shape, h_n.shape
    (torch.Size([5, 2, 8]), torch.Size([2, 2, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        sizes = input_size, hidden_size, num_layers
        super().__init__("LSTM", *sizes, bias, batch_first, dropout, bidirectional, proj_size, device, dtype)

    def get_expected_cell_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """The shape of the cell states for this input."""
        return self._state_shape(input, batch_sizes, self.hidden_size)

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Raises unless input and the two initial states fit the module and each other."""
        self.check_input(input, batch_sizes)
        for i, expected in enumerate((self.get_expected_hidden_size, self.get_expected_cell_size)):
            self.check_hidden_size(hidden[i], expected(input, batch_sizes), f"Expected hidden[{i}] size {{}}, got {{}}")

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """The states with the batch in another order."""
        if permutation is None:
            return hx
        return hx[0].index_select(1, permutation), hx[1].index_select(1, permutation)

    def _batched(self, hx: Any, batched: bool) -> Any:
        if isinstance(hx, Tensor) or len(hx) != 2:
            raise TypeError(
                f"LSTM: hx must be a pair of Tensors (h_0, c_0), not {type(hx).__name__}"
                + ("" if isinstance(hx, Tensor) else f" of {len(hx)}")
            )
        h, c = hx
        if not h.dim() == c.dim() == (3 if batched else 2):
            kind = "batched 3-D input, hx and cx should also be 3-D" if batched else ""
            kind = kind or "unbatched 2-D input, hx and cx should also be 2-D"
            raise RuntimeError(f"For {kind} but got ({h.dim()}-D, {c.dim()}-D) tensors")
        return (h, c) if batched else (h.unsqueeze(1), c.unsqueeze(1))


class GRU(RNNBase):
    """Gated recurrent units: r, z = σ(W_ih·x + b_ih + W_hh·h + b_hh), n = tanh(W_in·x + b_in + r·(W_hn·h + b_hn));

    h' = (1 - z)·n + z·h. Cho et al., arXiv:1406.1078, with r applied after the product. Arguments, parameters and
    shapes: see `RNNBase`.

    >>> import autograd, nn
    >>> output, h_n = nn.GRU(3, 4, batch_first=True)(autograd.ones(2, 5, 3))
    >>> output.shape, h_n.shape
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        proj_size: Any = None,
    ) -> None:
        refuse_projection(proj_size)
        sizes = input_size, hidden_size, num_layers
        super().__init__("GRU", *sizes, bias, batch_first, dropout, bidirectional, 0, device, dtype)


# ---- cells


class RNNCellBase(Module):
    """What the cells share: one step of one layer, with `num_chunks` gates.

    `weight_ih` (gates·hidden_size, input_size), `weight_hh` (gates·hidden_size, hidden_size), `bias_ih` and `bias_hh`
    start uniform within ±1/√hidden_size. Input (B, input_size) or (input_size); states (B, hidden_size) or
    (hidden_size), zeros if none are given.

    >>> import nn
    >>> nn.RNNCellBase(3, 4, bias=True, num_chunks=3).weight_hh.shape
    torch.Size([12, 4])
    """

    weight_ih: Parameter
    weight_hh: Parameter
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        gates = num_chunks * hidden_size
        self.weight_ih = Parameter(empty(gates, input_size, device=device, dtype=dtype))
        self.weight_hh = Parameter(empty(gates, hidden_size, device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            value = Parameter(empty(gates, device=device, dtype=dtype)) if bias else None
            self.register_parameter(name, value)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the parameters anew."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def _step(self, function: Any, input: Tensor, hx: Any, states: int) -> list[Tensor]:
        """The new states by one of `autograd`'s cells; hx holds as many states as are named, or is None."""
        name = type(self).__name__
        if input.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for i, state in enumerate(hx or ()):
            if state.dim() not in (1, 2):
                which = "hidden" if states == 1 else f"hx[{i}]"
                raise ValueError(f"{name}: Expected {which} to be 1D or 2D, got {state.dim()}D instead")
        batched = input.dim() == 2
        if not batched:
            input = input.unsqueeze(0)
        if hx is None:
            hx = [input.new_zeros(input.shape[0], self.hidden_size)] * states
        elif not batched:
            hx = [state.unsqueeze(0) for state in hx]
        weights = self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        found = function(input, hx if states > 1 else hx[0], *weights)
        found = found if isinstance(found, tuple) else (found,)
        return [state if batched else state.squeeze(0) for state in found]

    def extra_repr(self) -> str:
        """The sizes, and all that is not the default."""
        text = f"{self.input_size}, {self.hidden_size}"
        for name, default in (("bias", True), ("nonlinearity", "tanh")):
            value = getattr(self, name, default)
            if value != default:
                text += f", {name}={value}"
        return text

    def _summary(self) -> str:
        return f"{type(self).__name__} {self.input_size}→{self.hidden_size}"


class RNNCell(RNNCellBase):
    """One step of `RNN`: h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or with `nonlinearity="relu"` max(…, 0).

    >>> import autograd, nn
    >>> nn.RNNCell(3, 4)(autograd.ones(2, 3)).shape
    torch.Size([2, 4])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        functions = {"tanh": autograd.rnn_tanh_cell, "relu": autograd.rnn_relu_cell}
        if self.nonlinearity not in functions:
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(functions[self.nonlinearity], input, None if hx is None else (hx,), 1)[0]


class LSTMCell(RNNCellBase):
    """One step of `LSTM`: `cell(input, (h, c))` gives the next (h, c).

    >>> import autograd, nn
    >>> h, c = nn.LSTMCell(3, 4)(autograd.ones(2, 3))
    >>> h.shape, c.shape
    (torch.Size([2, 4]), torch.Size([2, 4]))
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        if hx is not None and (isinstance(hx, Tensor) or len(hx) != 2):
            raise TypeError(f"LSTMCell: hx must be a pair of Tensors (h_0, c_0), not {type(hx).__name__}")
        h, c = self._step(autograd.lstm_cell, input, hx, 2)
        return h, c


class GRUCell(RNNCellBase):
    """One step of `GRU`.

    >>> import autograd, nn
    >>> nn.GRUCell(3, 4)(autograd.ones(2, 3)).shape
    torch.Size([2, 4])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._step(autograd.gru_cell, input, None if hx is None else (hx,), 1)[0]
