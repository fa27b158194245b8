"""Sequences of different lengths in one batch: padded to one length, or packed, step by step, without padding."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import autograd
from autograd import Tensor

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class Packed(NamedTuple):
    """The fields of a `PackedSequence`."""

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(Packed):
    """A batch of sequences without padding: `data` holds the first elements of all, then the second, and so on.

    `batch_sizes` says how many sequences have a first element, a second, ...; they come longest first.
    `sorted_indices` is how the batch was sorted for that, and `unsorted_indices` the way back; both are None for a
    batch that came sorted. Made by `pack_padded_sequence` and `pack_sequence`; recurrent modules take and return it.

    >>> import autograd
    >>> from nn.utils.rnn import pack_sequence
    >>> pack_sequence([autograd.tensor([1, 2, 3]), autograd.tensor([4, 5])]).batch_sizes
    tensor([2, 2, 1])
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        if batch_sizes is None:  # given as a pair, as in PyTorch's early days
            if not (isinstance(data, (list, tuple)) and len(data) == 2):
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The sequences with `data.to(...)`; this one itself if that changes nothing."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else type(self)(data, *self[1:])

    def cpu(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Itself: the CPU is where everything is."""
        return self.to(*args, **kwargs)

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Raises the error for a device that there is not."""
        return self.to(*args, device="cuda", **kwargs)

    def pin_memory(self) -> PackedSequence:
        """Raises, as in PyTorch where there is no device that pinned memory would be for."""
        raise RuntimeError("pin_memory: Cannot access accelerator device when none is available")

    def is_pinned(self) -> bool:
        """Whether the data lie in pinned memory."""
        return self.data.is_pinned()

    @property
    def is_cuda(self) -> bool:
        """Whether the data are on a GPU."""
        return self.data.is_cuda

    def double(self) -> PackedSequence:
        """The data as float64."""
        return self.to(dtype=autograd.float64)

    def float(self) -> PackedSequence:
        """The data as float32."""
        return self.to(dtype=autograd.float32)

    def half(self) -> PackedSequence:
        """The data as float16."""
        return self.to(dtype=autograd.float16)

    def long(self) -> PackedSequence:
        """The data as int64."""
        return self.to(dtype=autograd.int64)

    def int(self) -> PackedSequence:
        """The data as int32."""
        return self.to(dtype=autograd.int32)

    def short(self) -> PackedSequence:
        """The data as int16."""
        return self.to(dtype=autograd.int16)

    def char(self) -> PackedSequence:
        """The data as int8."""
        return self.to(dtype=autograd.int8)

    def byte(self) -> PackedSequence:
        """The data as uint8."""
        return self.to(dtype=autograd.uint8)


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes this one; None of None.

    >>> import autograd
    >>> from nn.utils.rnn import invert_permutation
    >>> invert_permutation(autograd.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    return None if permutation is None else permutation.argsort()


def present(lengths: Tensor, steps: int) -> Tensor:
    """(steps, B): whether a sequence has an element at a step. Read row by row, the order of packed data."""
    return autograd.arange(steps).unsqueeze(1) < lengths


def pack_padded_sequence(
    input: Tensor, lengths: Tensor | list[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Packs padded sequences (T, B, ...), or with `batch_first` (B, T, ...); of each, the first `lengths` count.

    `RuntimeError` unless every length is between 1 and T and, with `enforce_sorted`, none is longer than that before.

    >>> import autograd
    >>> from nn.utils.rnn import pack_padded_sequence
    >>> pack_padded_sequence(autograd.tensor([[1, 2], [3, 0]]), [2, 1]).data
    tensor([1, 2, 3])
    """
    sizes = autograd.as_tensor(lengths, dtype=autograd.int64)
    if input.dim() < 2:
        raise IndexError(
            f"pack_padded_sequence: input needs a dimension of steps and one of sequences, but has {input.dim()}"
        )
    if not input.numel():
        raise RuntimeError("Cannot pack empty tensors.")
    if sizes.dim() != 1:
        raise RuntimeError(f"'lengths' argument should be a 1D CPU int64 tensor, but got {sizes.dim()}D")
    if batch_first:
        input = input.transpose(0, 1)
    steps, size = input.shape[:2]
    if sizes.shape[0] != size:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {sizes.shape[0]} (batch_size={size})"
        )
    sorted_indices = None
    if not enforce_sorted:
        sizes, sorted_indices = sizes.sort(descending=True, stable=True)
        input = input.index_select(1, sorted_indices)
    elif (sizes[1:] > sizes[:-1]).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. Pass "
            "enforce_sorted=False to have the sequences sorted, and put back in order by pad_packed_sequence."
        )
    if sizes[-1] <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    longest = int(sizes[0])
    if longest > steps:
        raise RuntimeError(f"lengths: a sequence of {longest} elements does not fit an input of {steps} steps")
    mask = present(sizes, longest)
    return PackedSequence(input[:longest][mask], mask.sum(1), sorted_indices, None)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """The padded sequences (T, B, ...), or with `batch_first` (B, T, ...), in their first order, and their lengths.

    T is that of the longest sequence or `total_length`; `ValueError` if that is less.

    >>> import autograd
    >>> from nn.utils.rnn import pack_sequence, pad_packed_sequence
    >>> pad_packed_sequence(pack_sequence([autograd.tensor([1, 2]), autograd.tensor([3])]), batch_first=True)
    (tensor([[1, 2],
            [3, 0]]), tensor([2, 1]))
    """
    data, batch_sizes, _, unsorted_indices = sequence
    longest = batch_sizes.shape[0]
    if total_length is not None and total_length < longest:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {longest}"
        )
    mask = autograd.arange(int(batch_sizes[0])) < batch_sizes.unsqueeze(1)
    lengths = mask.sum(0)
    steps = longest if total_length is None else total_length
    padded = data.new_full((steps, mask.shape[1], *data.shape[1:]), as_scalar(padding_value, data))
    padded[:longest][mask] = data
    if unsorted_indices is not None:
        padded, lengths = padded.index_select(1, unsorted_indices), lengths[unsorted_indices]
    return padded.transpose(0, 1) if batch_first else padded, lengths


def as_scalar(value: Any, like: Tensor) -> Any:
    """A padding value as an integer where it goes among integers, if it can be one."""
    return value if like.is_floating_point() or like.is_complex() or not math.isfinite(value) else int(value)


def pad_sequence(
    sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Tensors (L, ...), padded to the longest, as one tensor (T, B, ...), or with `batch_first` (B, T, ...).

    >>> import autograd
    >>> from nn.utils.rnn import pad_sequence
    >>> pad_sequence([autograd.tensor([1, 2]), autograd.tensor([3])], batch_first=True, padding_side="left")
    tensor([[1, 2],
            [0, 3]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    sequences = tuple(sequences)
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    first = sequences[0]
    if not all(s.dim() for s in sequences):
        raise RuntimeError("pad_sequence: sequences need a dimension to be padded, but got a tensor without any")
    for other in sequences:
        if other.shape[1:] != first.shape[1:]:
            raise RuntimeError(
                f"pad_sequence: sequences may differ in their first dimension only, but got {list(first.shape)} and "
                f"{list(other.shape)}"
            )
    longest = max(s.shape[0] for s in sequences)
    dim = 0 if batch_first else 1
    fill, left = as_scalar(padding_value, first), padding_side == "left"
    padded = []
    for sequence in sequences:
        sequence = sequence.to(first.dtype)
        missing = longest - sequence.shape[0]
        if missing:
            filling = sequence.new_full((missing, *sequence.shape[1:]), fill)
            sequence = autograd.cat((filling, sequence) if left else (sequence, filling))
        padded.append(sequence)
    return autograd.stack(padded, dim)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences of a padded tensor (T, B, ...), or with `batch_first` (B, T, ...), each with its length.

    >>> import autograd
    >>> from nn.utils.rnn import unpad_sequence
    >>> unpad_sequence(autograd.tensor([[1, 2], [3, 0]]), autograd.tensor([2, 1]))
    [tensor([1, 3]), tensor([2])]
    """
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    if len(padded_sequences) != len(lengths):
        raise ValueError(f"unpad_sequence: got {len(lengths)} lengths for {len(padded_sequences)} sequences")
    return [sequence[: max(int(n), 0)].clone() for sequence, n in zip(padded_sequences, lengths)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Packs tensors (L, ...) of different lengths; the longest must come first unless `enforce_sorted` is False.

    >>> import autograd
    >>> from nn.utils.rnn import pack_sequence
    >>> pack_sequence([autograd.tensor([1, 2]), autograd.tensor([3])]).data
    tensor([1, 3, 2])
    """
    lengths = autograd.tensor([len(sequence) for sequence in sequences], dtype=autograd.int64)
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a packed batch, in their first order.

    >>> import autograd
    >>> from nn.utils.rnn import pack_sequence, unpack_sequence
    >>> unpack_sequence(pack_sequence([autograd.tensor([1, 2]), autograd.tensor([3])]))
    [tensor([1, 2]), tensor([3])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
