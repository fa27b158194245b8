"""Datasets, samplers, collating and the DataLoader without workers: as in PyTorch, and resumed where they stopped."""

from __future__ import annotations

import collections
import copy
import gc
import importlib
import inspect
import json
import pickle
import random
import subprocess
import sys
import warnings
import weakref

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd.utils import data as ours
from autograd.utils.data import (
    BatchSampler,
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    DistributedSampler,
    IterableDataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    StackDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    default_convert,
    get_worker_info,
    random_split,
)

Point = collections.namedtuple("Point", "x y")


@pytest.fixture
def d(m):
    """`utils.data` of autograd, and for comparison of PyTorch."""
    return ours if m is autograd else importlib.import_module("torch.utils.data")


def plain(value, m=autograd):
    """The value with each tensor as its dtype and elements, to be compared across libraries."""
    if isinstance(value, m.Tensor):
        return str(value.dtype), value.tolist()
    if isinstance(value, dict):
        return type(value).__name__, {key: plain(item, m) for key, item in value.items()}
    if isinstance(value, (list, tuple, collections.deque)):
        return type(value).__name__, [plain(item, m) for item in value]
    return value


class Stream(IterableDataset):
    """Numbers in order."""

    def __init__(self, count):
        self.count = count

    def __iter__(self):
        return iter(range(self.count))


def stream(d, count, length=None):
    """A `Stream` of either library; with a length if one is given."""

    class Numbers(d.IterableDataset):
        def __iter__(self):
            return iter(range(count))

    if length is not None:
        Numbers.__len__ = lambda self: length
    return Numbers()


# ---- what is announced


def test_the_names_and_signatures_are_those_of_pytorch(torch):
    theirs = torch.utils.data
    for name in set(theirs.__all__) & set(dir(ours)):
        mine, other = getattr(ours, name), getattr(theirs, name)
        if name not in ("Dataset", "IterableDataset", "Sampler"):
            assert list(inspect.signature(mine).parameters) == list(inspect.signature(other).parameters), name
    pipes = {name for name in theirs.__all__ if "Pipe" in name or "pipe" in name or name.startswith(("_", "DataChunk"))}
    missing = set(theirs.__all__) - set(dir(ours)) - pipes
    assert missing == {
        "argument_validation", "non_deterministic", "runtime_validation", "runtime_validation_disabled",
    }  # fmt: skip
    defaults = {name: p.default for name, p in inspect.signature(theirs.DataLoader).parameters.items()}
    assert {name: p.default for name, p in inspect.signature(DataLoader).parameters.items()} == defaults


def test_nothing_of_it_is_imported_before_it_is_used():
    script = (
        "import json, sys, autograd\n"
        "def loaded(): return [n in sys.modules for n in ('autograd.utils.data', 'multiprocessing')]\n"
        "seen = [loaded()]\n"
        "loader = autograd.utils.data.DataLoader([1, 2])\n"
        "assert len(list(loader)) == 2\n"
        "print(json.dumps([*seen, loaded()]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[False, False], [True, False]]
    with pytest.raises(AttributeError, match="no attribute 'dta'"):
        autograd.utils.dta  # noqa: B018


# ---- datasets


def test_tensor_dataset(m, d):
    dataset = d.TensorDataset(m.arange(6).reshape(3, 2), m.tensor([1.0, 2.0, 3.0]))
    assert len(dataset) == 3
    assert plain(dataset[1], m) == ("tuple", [("torch.int64", [2, 3]), ("torch.float32", 2.0)])
    assert plain(dataset[-1], m) == plain(dataset[2], m)
    with pytest.raises(IndexError):
        dataset[3]
    with pytest.raises(AssertionError, match="Size mismatch between tensors"):
        d.TensorDataset(m.ones(3), m.ones(4))


def test_stack_dataset(d):
    class Batched(d.Dataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return -index

        def __getitems__(self, indices):
            return [-index for index in indices]

    pairs, named = d.StackDataset("abc", Batched()), d.StackDataset(letter="abc", number=Batched())
    assert len(pairs) == 3
    assert pairs[1] == ("b", -1)
    assert pairs.__getitems__([2, 0]) == [("c", -2), ("a", 0)]
    assert named[1] == {"letter": "b", "number": -1}
    assert named.__getitems__([2]) == [{"letter": "c", "number": -2}]
    for arguments, names, message in [
        ((), {}, "At least one dataset should be passed"),
        (("a",), {"x": "b"}, "Supported either"),
        (("a", "bc"), {}, "Size mismatch between datasets"),
        ((), {"x": "a", "y": "bc"}, "Size mismatch between datasets"),
    ]:
        with pytest.raises(ValueError, match=message):
            d.StackDataset(*arguments, **names)
    Batched.__getitems__ = lambda self, indices: [0]
    with pytest.raises(ValueError, match=r"output size mismatch. Expected 2, got 1"):
        pairs.__getitems__([0, 1])


def test_concat_dataset(d):
    dataset = d.ConcatDataset(["ab", "", "cde"])
    assert [dataset[index] for index in range(5)] == list("abcde")
    assert (len(dataset), dataset[-1], dataset[-5], dataset.cumulative_sizes) == (5, "e", "a", [2, 2, 5])
    with pytest.raises(IndexError):
        dataset[5]
    with pytest.raises(ValueError, match="absolute value of index should not exceed dataset length"):
        dataset[-6]
    with pytest.raises(AssertionError, match="should not be an empty iterable"):
        d.ConcatDataset([])
    with pytest.raises(AssertionError, match="ConcatDataset does not support IterableDataset"):
        d.ConcatDataset(["ab", stream(d, 2)])
    added = d.Subset("abc", [0]) + d.Subset("abc", [2])
    assert isinstance(added, d.ConcatDataset)
    assert [added[0], added[1]] == ["a", "c"]


def test_chain_dataset(d):
    chained = stream(d, 2, 2) + stream(d, 3, 3)
    assert isinstance(chained, d.ChainDataset)
    assert (list(chained), len(chained)) == ([0, 1, 0, 1, 2], 5)
    with pytest.raises(AssertionError, match="ChainDataset only supports IterableDataset"):
        list(d.ChainDataset([[1]]))
    with pytest.raises(AssertionError, match="ChainDataset only supports IterableDataset"):
        len(d.ChainDataset([[1]]))


def test_subset(d):
    subset = d.Subset(np.arange(10) * 10, [7, 3, 3])
    assert (len(subset), subset[0], subset[[0, 2]].tolist()) == (3, 70, [70, 30])
    assert subset.__getitems__([2, 0]) == [30, 70]

    class Half(d.Subset):
        def __getitem__(self, index):
            return self.dataset[self.indices[index]] / 2

    with pytest.raises(NotImplementedError, match="overrides __getitem__ but not __getitems__"):
        Half("ab", [0])
    with pytest.raises(NotImplementedError, match="should implement __getitem__"):
        d.Dataset()[0]


def test_random_split(m, d):
    generator = m.Generator().manual_seed(1)
    parts = d.random_split(range(10), [3, 7], generator=generator)
    assert [len(part) for part in parts] == [3, 7]
    assert sorted(part[i] for part in parts for i in range(len(part))) == list(range(10))
    assert all(isinstance(part, d.Subset) for part in parts)
    again = d.random_split(range(10), [3, 7], m.Generator().manual_seed(1))
    assert [part.indices for part in again] == [part.indices for part in parts]
    for fractions, lengths in [([0.5, 0.5], [6, 5]), ([0.1] * 10, [2] + [1] * 9), ([0.3, 0.3, 0.4], [4, 3, 4])]:
        assert [len(part) for part in d.random_split(range(11), fractions)] == lengths
    with pytest.raises(ValueError, match="Sum of input lengths does not equal"):
        d.random_split(range(10), [3, 6])
    with pytest.raises(ValueError, match="Fraction at index 0 is not between 0 and 1"):
        d.random_split(range(10), [1.5, -0.5])
    with pytest.raises(TypeError):
        d.random_split(range(10), [8.0, 2.0])
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        assert [len(part) for part in d.random_split(range(1), [0.5, 0.5])] == [1, 0]


# ---- samplers


def test_orders_that_are_not_random(d):
    assert list(d.SequentialSampler("abc")) == [0, 1, 2]
    for drop_last, expected in [(False, [[0, 1], [2, 3], [4]]), (True, [[0, 1], [2, 3]])]:
        sampler = d.BatchSampler(range(5), 2, drop_last)
        assert (list(sampler), len(sampler)) == (expected, len(expected))
    assert list(d.BatchSampler(iter("abc"), 2, False)) == [["a", "b"], ["c"]]


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("size", [2, 5, 9, 10, 12])
def test_distributed_sampler(torch, size, drop_last):
    """The shares are PyTorch's; with `shuffle` all together are one order, which depends on the epoch."""
    for rank in range(3):
        mine, theirs = (
            kind(range(size), 3, rank, shuffle=False, drop_last=drop_last)
            for kind in (DistributedSampler, torch.utils.data.DistributedSampler)
        )
        assert (list(mine), len(mine)) == (list(theirs), len(theirs))
    samplers = [DistributedSampler(range(size), 3, rank, seed=4, drop_last=True) for rank in range(3)]
    orders = []
    for epoch in range(2):
        for sampler in samplers:
            sampler.set_epoch(epoch)
        orders.append([index for sampler in samplers for index in sampler])
        assert len(set(orders[-1])) == len(orders[-1]) == size // 3 * 3
    assert size < 9 or orders[0] != orders[1]


def test_distributed_sampler_needs_to_be_told_its_place(d):
    with pytest.raises(ValueError, match=r"Invalid rank 3, rank should be in the interval \[0, 2\]"):
        d.DistributedSampler(range(9), 3, 3)
    with pytest.raises((RuntimeError, ValueError)):
        d.DistributedSampler(range(9))


def test_random_orders(m, d):
    def seeded():
        return m.Generator().manual_seed(5)

    assert sorted(d.RandomSampler(range(20))) == list(range(20))
    assert list(d.RandomSampler(range(20), generator=seeded())) == m.randperm(20, generator=seeded()).tolist()
    assert list(d.RandomSampler(range(9), generator=seeded())) == list(d.RandomSampler(range(9), generator=seeded()))
    many = list(d.RandomSampler(range(4), num_samples=10))
    assert sorted(many[:4]) == sorted(many[4:8]) == [0, 1, 2, 3]
    assert len(many) == 10
    drawn = d.RandomSampler(range(3), replacement=True, num_samples=70)
    assert (len(drawn), set(drawn)) == (70, {0, 1, 2})
    m.manual_seed(3)
    first, second = list(d.RandomSampler(range(30))), list(d.RandomSampler(range(30)))
    m.manual_seed(3)
    assert list(d.RandomSampler(range(30))) == first != second
    subset = d.SubsetRandomSampler([9, 4, 7], generator=seeded())
    assert (sorted(subset), len(subset)) == ([4, 7, 9], 3)


def test_weighted_sampler(m, d):
    sampler = d.WeightedRandomSampler([0.0, 1.0, 3.0], 400, generator=m.Generator().manual_seed(0))
    counts = collections.Counter(sampler)
    assert len(sampler) == sum(counts.values()) == 400
    assert set(counts) == {1, 2}
    assert 240 < counts[2] < 360
    assert sorted(d.WeightedRandomSampler([1.0, 2.0, 3.0], 3, replacement=False)) == [0, 1, 2]
    for weights, count, replacement in [([1.0], 0, True), ([1.0], True, True), ([1.0], 1, 1), ([[1.0]], 1, True)]:
        with pytest.raises(ValueError, match="should be a"):
            d.WeightedRandomSampler(weights, count, replacement)


def test_samplers_refuse_what_makes_no_order(d):
    with pytest.raises(TypeError, match="replacement should be a boolean value, but got replacement=1"):
        d.RandomSampler([1], replacement=1)
    for count in (0, -1, 1.5):
        with pytest.raises(ValueError, match="num_samples should be a positive integer value"):
            d.RandomSampler([1], num_samples=count)
    with pytest.raises(ValueError, match="num_samples=0"):
        d.RandomSampler([])
    for size in (0, -1, True, 1.0, None):
        with pytest.raises(ValueError, match="batch_size should be a positive integer value"):
            d.BatchSampler([1], size, False)
    with pytest.raises(ValueError, match="drop_last should be a boolean value, but got drop_last=0"):
        d.BatchSampler([1], 1, 0)
    with pytest.raises(NotImplementedError):
        iter(d.Sampler())


# ---- collating


class FrozenMapping(collections.abc.Mapping):
    """A mapping that cannot be made from a dict."""

    def __init__(self, **items):
        self.items_ = items

    def __getitem__(self, key):
        return self.items_[key]

    def __iter__(self):
        return iter(self.items_)

    def __len__(self):
        return len(self.items_)


SAMPLES = {
    "ints": lambda m: [1, 2],
    "bools": lambda m: [True, False],
    "floats": lambda m: [1.5, 2.0],
    "text": lambda m: ["a", "bc"],
    "bytes": lambda m: [b"a", b"bc"],
    "tensors": lambda m: [m.ones(2), m.zeros(2)],
    "0-d tensors": lambda m: [m.tensor(1), m.tensor(2)],
    "arrays": lambda m: [np.ones(2, np.float32), np.zeros(2, np.float32)],
    "0-d arrays": lambda m: [np.array(1), np.array(2)],
    "NumPy's scalars": lambda m: [np.float16(1), np.float16(2)],
    "NumPy's bools": lambda m: [np.bool_(True), np.bool_(False)],
    "float64 scalars": lambda m: [np.float64(1), np.float64(2)],
    "tuples": lambda m: [(1, "a", 2.5), (2, "b", 3.5)],
    "lists": lambda m: [[1, 2.5], [2, 3.5]],
    "empty lists": lambda m: [[], []],
    "dicts": lambda m: [{"x": 1, "y": [1, 2]}, {"x": 2, "y": [3, 4]}],
    "ordered": lambda m: [collections.OrderedDict(x=1), collections.OrderedDict(x=2)],
    "defaults": lambda m: [collections.defaultdict(int, x=1), collections.defaultdict(int, x=2)],
    "mapping": lambda m: [FrozenMapping(x=1), FrozenMapping(x=2)],
    "points": lambda m: [Point(1, m.ones(1)), Point(2, m.zeros(1))],
    "queues": lambda m: [collections.deque([1, 2]), collections.deque([3, 4])],
    "ranges": lambda m: [range(2), range(2, 4)],
    "nested": lambda m: [{"x": (1, [m.ones(1), Point("a", np.ones(1))])}] * 2,
}


@pytest.mark.parametrize("name", SAMPLES)
def test_collating_is_that_of_pytorch(torch, name):
    batch = SAMPLES[name]
    theirs = torch.utils.data
    assert plain(default_collate(batch(autograd))) == plain(theirs.default_collate(batch(torch)), torch)
    assert plain(default_convert(batch(autograd))) == plain(theirs.default_convert(batch(torch)), torch)


def test_collating():
    assert plain(default_collate([(1, "a"), (2, "b")])) == ("list", [("torch.int64", [1, 2]), ("tuple", ["a", "b"])])
    batch = default_collate([Point(1.0, {"k": np.ones(2, np.int32)})] * 2)
    assert type(batch) is Point
    assert plain(batch.x) == ("torch.float64", [1.0, 1.0])
    assert plain(batch.y["k"]) == ("torch.int32", [[1, 1], [1, 1]])
    x = autograd.ones(2, requires_grad=True)
    default_collate([x, x * 2]).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_collating_refuses_what_makes_no_batch(m, d):
    for batch in ([None, None], [object()], [np.array(["a"])], [np.array([None])], [{1}], [(1, None)]):
        with pytest.raises(TypeError, match="default_collate: batch must contain tensors, numpy arrays, numbers"):
            d.default_collate(batch)
    for batch in ([[1], [1, 2]], [(1,), (1, 2)]):
        with pytest.raises(RuntimeError, match="each element in list of batch should be of equal size"):
            d.default_collate(batch)
    with pytest.raises(RuntimeError, match=r"equal size, but got \[3\] at entry 0 and \[4\] at entry 1"):
        d.default_collate([m.ones(3), m.ones(4)])
    with pytest.raises(KeyError):
        d.default_collate([{"a": 1}, {"b": 1}])
    with pytest.raises(IndexError):
        d.default_collate([])


def test_a_table_decides_about_other_types():
    from autograd.utils.data.collate import collate, default_collate_fn_map

    table = {**default_collate_fn_map, Point: lambda batch, *, collate_fn_map: collate([p.x for p in batch])}
    with pytest.raises(TypeError, match="found <class 'int'>"):
        collate([Point(1, 2)], collate_fn_map=table)
    table[Point] = lambda batch, *, collate_fn_map: collate([p.x for p in batch], collate_fn_map=collate_fn_map)
    assert plain(collate([Point(1, 2), Point(3, 4)], collate_fn_map=table)) == ("torch.int64", [1, 3])


def test_strings_and_objects_are_not_converted():
    texts = np.array(["a", "b"])
    assert default_convert(texts) is texts
    assert default_convert([1, "a", None, b"c", np.str_("d")]) == [1, "a", None, b"c", "d"]
    assert plain(default_convert(np.float32(2))) == ("torch.float32", 2.0)


# ---- the loader


@pytest.mark.parametrize(
    "arguments",
    [
        {}, {"batch_size": 3}, {"batch_size": 3, "drop_last": True}, {"batch_size": None}, {"sampler": [4, 4, 0]},
        {"batch_size": 20}, {"batch_size": 20, "drop_last": True}, {"batch_sampler": [[1, 2], [0], []]},
        {"batch_size": None, "sampler": [[0, 1], [2]]}, {"batch_size": 2, "collate_fn": tuple},
    ],
    ids=str,
)  # fmt: skip
def test_batches_are_those_of_pytorch(torch, arguments):
    if [] in arguments.get("batch_sampler", ()):
        arguments = {**arguments, "collate_fn": lambda batch: [item[0] for item in batch]}
    found = []
    for m, d in ((autograd, ours), (torch, torch.utils.data)):
        loader = d.DataLoader(d.TensorDataset(m.arange(7), m.arange(7.0)), **arguments)
        found.append((len(loader), [plain(batch, m) for batch in loader]))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "arguments", [{}, {"batch_size": 3}, {"batch_size": 3, "drop_last": True}, {"batch_size": None}]
)
def test_streams_are_batched_as_by_pytorch(torch, arguments):
    found = []
    for m, d in ((autograd, ours), (torch, torch.utils.data)):
        loader = d.DataLoader(stream(d, 7), **arguments)
        found.append([plain(batch, m) for batch in loader])
        with pytest.raises(TypeError):
            len(loader)
    assert found[0] == found[1]


def test_a_stream_longer_than_announced_is_worth_a_warning(m, d):
    loader = d.DataLoader(stream(d, 3, length=2))
    assert len(list(loader)) == 3
    assert len(loader) == 2
    with pytest.warns(UserWarning, match=r"reported to be 2\s?\(when accessing len\(dataloader\)\), but 3 samples"):
        assert len(list(loader)) == 3
    assert [len(d.DataLoader(stream(d, 3, 7), 3, drop_last=drop)) for drop in (False, True)] == [3, 2]
    assert len(d.DataLoader(stream(d, 3, 7), None)) == 7


WRONG = [
    ({"num_workers": -1}, "num_workers option should be non-negative"),
    ({"timeout": -1}, "timeout option should be non-negative"),
    ({"prefetch_factor": 2}, "prefetch_factor option could only be specified in multiprocessing"),
    ({"num_workers": 1, "prefetch_factor": -1}, "prefetch_factor option should be non-negative"),
    ({"persistent_workers": True}, "persistent_workers option needs num_workers > 0"),
    ({"sampler": [0], "shuffle": True}, "sampler option is mutually exclusive with shuffle"),
    ({"batch_sampler": [[0]], "batch_size": 2}, "batch_sampler option is mutually exclusive"),
    ({"batch_sampler": [[0]], "shuffle": True}, "batch_sampler option is mutually exclusive"),
    ({"batch_sampler": [[0]], "sampler": [0]}, "batch_sampler option is mutually exclusive"),
    ({"batch_sampler": [[0]], "drop_last": True}, "batch_sampler option is mutually exclusive"),
    ({"batch_size": None, "drop_last": True}, "batch_size=None option disables auto-batching"),
    ({"batch_size": 0}, "batch_size should be a positive integer value, but got batch_size=0"),
    ({"multiprocessing_context": "fork"}, r"can only be used with multi-process loading \(num_workers > 0\)"),
    ({"num_workers": 1, "multiprocessing_context": "knife"}, "should specify a valid start method in"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_arguments_that_do_not_fit_together(d, arguments, message):
    with pytest.raises(ValueError, match=message):
        d.DataLoader([1, 2], **arguments)


def test_more_arguments_that_do_not_fit_together(d):
    with pytest.raises(TypeError, match="should be a valid context object"):
        d.DataLoader([1], num_workers=1, multiprocessing_context=3)
    for name, value in [("shuffle", True), ("sampler", [0]), ("batch_sampler", [[0]])]:
        with pytest.raises(ValueError, match=f"DataLoader with IterableDataset: expected unspecified {name} option"):
            d.DataLoader(stream(d, 3), **{name: value})
    assert len(list(d.DataLoader(stream(d, 3), shuffle=False))) == 3
    with pytest.raises(ValueError, match="num_samples=0"):
        d.DataLoader([], shuffle=True)
    assert list(d.DataLoader([])) == []
    with pytest.raises(AssertionError, match="timeout == 0"):
        iter(d.DataLoader([1], timeout=1))


def test_arguments_are_attributes(d):
    loader = d.DataLoader([1, 2, 3], 2)
    assert (loader.batch_size, loader.drop_last, loader.num_workers, loader.prefetch_factor) == (2, False, 0, None)
    assert (loader.pin_memory, loader.timeout, loader.generator, loader.worker_init_fn) == (False, 0, None, None)
    assert (loader.persistent_workers, loader.in_order, loader.multiprocessing_context) == (False, True, None)
    assert isinstance(loader.sampler, d.SequentialSampler)
    assert isinstance(loader.batch_sampler, d.BatchSampler)
    assert isinstance(d.DataLoader([1], shuffle=True).sampler, d.RandomSampler)
    assert loader.collate_fn is d.default_collate
    assert d.DataLoader([1], None).collate_fn is d.default_convert
    assert d.DataLoader([1], batch_sampler=[[0]]).batch_size is None
    for name in ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"):
        with pytest.raises(ValueError, match=f"{name} attribute should not be set after DataLoader is initialized"):
            setattr(loader, name, None)
    loader.collate_fn = len
    assert list(loader) == [2, 1]
    assert len(iter(loader)) == 2
    with pytest.raises(NotImplementedError):
        pickle.dumps(iter(loader))


def test_pinning_memory_changes_nothing_and_says_so(d):
    loader = d.DataLoader([1], pin_memory=True)
    with pytest.warns(UserWarning, match="no accelerator is found") as caught:
        assert len(list(loader)) == 1
    assert d is not ours or caught[0].filename == __file__
    with pytest.warns(UserWarning, match=r"pin_memory_device is deprecated|no accelerator is found") as caught:
        iter(d.DataLoader([1], pin_memory=True, pin_memory_device="cuda"))
    assert len(caught) == 2


def test_batches_are_fetched_as_a_whole_where_that_is_offered(d):
    class Whole(d.Dataset):
        def __getitems__(self, indices):
            return [index * 10 for index in indices]

    assert [batch.tolist() for batch in d.DataLoader(Whole(), batch_sampler=[[1, 2], [3]])] == [[10, 20], [30]]


def test_each_epoch_has_its_order_and_the_seed_decides(m, d):
    def epochs(**arguments):
        loader = d.DataLoader(range(30), 4, shuffle=True, **arguments)
        return [[index for batch in loader for index in batch.tolist()] for _ in range(2)]

    first, second = epochs(generator=m.Generator().manual_seed(1))
    assert first != second
    assert sorted(first) == sorted(second) == list(range(30))
    assert epochs(generator=m.Generator().manual_seed(1)) == [first, second]
    m.manual_seed(2)
    third = epochs()
    m.manual_seed(2)
    assert epochs() == third


def test_two_iterators_of_one_loader_know_nothing_of_each_other():
    loader = DataLoader(range(3))
    one, other = iter(loader), iter(loader)
    assert [next(one).item(), next(one).item(), next(other).item(), next(one).item()] == [0, 1, 0, 2]


def test_an_iterator_goes_when_nobody_holds_it():
    loader = DataLoader(Stream(3))
    batches = iter(loader)
    next(batches)
    gone = weakref.ref(batches)
    gc.collect()
    gc.disable()
    try:
        del batches
        assert gone() is None
    finally:
        gc.enable()


def test_loaders_are_copied_and_pickled():
    loader = DataLoader(range(5), 2)
    assert len(list(loader)) == 3
    for twin in (copy.deepcopy(loader), pickle.loads(pickle.dumps(loader))):
        assert [batch.tolist() for batch in twin] == [[0, 1], [2, 3], [4]]


def test_there_is_no_worker_here():
    assert get_worker_info() is None


# ---- going on where it stopped


def through_json(state):
    """The state as a file would give it back: only integers, tensors, and dictionaries with strings for keys."""
    if isinstance(state, autograd.Tensor):
        return autograd.tensor(json.loads(json.dumps(state.tolist())), dtype=state.dtype)
    if isinstance(state, dict):
        assert all(type(key) is str for key in state)
        return {key: through_json(value) for key, value in state.items()}
    assert type(state) is int
    return state


class Backwards(Sampler):
    """An order of its own, from Python's and NumPy's random numbers, drawn as it goes."""

    def __iter__(self):
        for _ in range(9):
            yield random.randrange(10) + 10 * np.random.randint(2)


class Remembering(IterableDataset):
    """A stream that knows where it is."""

    def __init__(self):
        self.position, self.read = 0, 0

    def __iter__(self):
        while self.position < 9:
            self.position += 1
            self.read += 1
            yield self.position
        self.position = 0

    def state_dict(self):
        return {"position": self.position}

    def load_state_dict(self, state):
        self.position = state["position"]


def shuffled_stream():
    class Shuffled(IterableDataset):
        def __iter__(self):
            numbers = list(range(9))
            random.shuffle(numbers)
            return iter(numbers)

    return Shuffled()


LOADERS = {
    "in order": lambda: DataLoader(range(9), 2),
    "no batches": lambda: DataLoader(range(9), None, shuffle=True),
    "default generator": lambda: DataLoader(range(9), 2, shuffle=True),
    "generator": lambda: DataLoader(range(9), 2, shuffle=True, generator=autograd.Generator().manual_seed(1)),
    "sampler's generator": lambda: DataLoader(
        range(9), 2, sampler=RandomSampler(range(9), True, 60, autograd.Generator().manual_seed(1))
    ),
    "inner generator": lambda: DataLoader(
        range(9),
        batch_sampler=BatchSampler(SubsetRandomSampler(range(9), autograd.Generator().manual_seed(1)), 2, False),
    ),
    "weights": lambda: DataLoader(range(9), 2, sampler=WeightedRandomSampler([1.0] * 9, 9)),
    "distributed": lambda: DataLoader(range(18), 2, sampler=DistributedSampler(range(18), 2, 1)),
    "own sampler": lambda: DataLoader(range(20), 2, sampler=Backwards()),
    "stream": lambda: DataLoader(Stream(9), 2),
    "shuffled stream": lambda: DataLoader(shuffled_stream(), 2),
    "stream with a state": lambda: DataLoader(Remembering(), 2),
}


def seed_everything(seed):
    autograd.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)


@pytest.mark.parametrize("name", LOADERS)
def test_resuming_anywhere_gives_the_rest(name):
    """Two epochs, interrupted after each batch: what comes is what would have come, random numbers of ours included."""

    def batches(loader, epochs):
        for _ in range(epochs):
            for batch in loader:
                yield [*np.ravel(batch.tolist() if isinstance(batch, autograd.Tensor) else batch).tolist()]
            yield "end"

    seed_everything(0)
    loader = LOADERS[name]()
    whole = list(batches(loader, 2))
    for stop in range(len(whole)):
        seed_everything(0)
        loader = LOADERS[name]()
        running = batches(loader, 2)
        seen = [next(running) for _ in range(stop)]
        state = through_json(loader.state_dict())
        rng, pythons, numpys = autograd.get_rng_state(), random.getstate(), np.random.get_state()
        running.close()

        resumed = LOADERS[name]()
        autograd.set_rng_state(rng)
        random.setstate(pythons)
        np.random.set_state(numpys)
        resumed.load_state_dict(state)
        epochs = 2 - seen.count("end")
        rest = list(batches(resumed, epochs))
        assert seen + rest == whole, stop


def test_what_was_handed_over_is_not_fetched_again():
    class Counting(Dataset):
        fetched = ()

        def __len__(self):
            return 6

        def __getitem__(self, index):
            self.fetched += (index,)
            return index

    loader = DataLoader(Counting(), 2)
    running = iter(loader)
    next(running), next(running)
    state = loader.state_dict()
    resumed = DataLoader(Counting(), 2)
    resumed.load_state_dict(state)
    assert resumed.state_dict() is state
    assert [batch.tolist() for batch in resumed] == [[4, 5]]
    assert resumed.dataset.fetched == (4, 5)

    loader = DataLoader(Remembering(), 2)
    running = iter(loader)
    next(running), next(running)
    resumed = DataLoader(Remembering(), 2)
    resumed.load_state_dict(loader.state_dict())
    assert next(iter(resumed)).tolist() == [5, 6]
    assert resumed.dataset.read == 2


def test_an_interrupted_training_run_goes_on_bitwise():
    """Weights, momentum, learning rate, dropout, augmentation and the order of the data are those of the whole run."""

    class Noisy(Dataset):
        def __len__(self):
            return 10

        def __getitem__(self, index):
            return autograd.full((3,), float(index)) + autograd.randn(3), autograd.tensor([float(index)])

    def run(interrupted_after=None, checkpoint=None):
        autograd.manual_seed(7)
        model = nn.Linear(3, 1)
        optimizer = optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
        loader = DataLoader(Noisy(), 3, shuffle=True, generator=autograd.Generator().manual_seed(1))
        epoch, step, losses = 0, 0, []
        if checkpoint is not None:
            saved, losses, epoch, step, rng = checkpoint
            for part, state in zip((model, optimizer, loader), saved):
                part.load_state_dict(state)
            autograd.set_rng_state(rng)
        while epoch < 3:
            for x, y in loader:
                optimizer.zero_grad()
                kept = autograd.rand(3) > 0.2
                loss = ((model(x * kept) - y) ** 2).mean()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                step += 1
                if step == interrupted_after:
                    saved = [copy.deepcopy(part.state_dict()) for part in (model, optimizer, loader)]
                    return saved, losses, epoch, step, autograd.get_rng_state()
            epoch += 1
        return losses, {name: value.tolist() for name, value in model.state_dict().items()}

    whole = run()
    assert len(whole[0]) == 12
    for stop in (1, 3, 4, 5, 8, 11, 12):
        assert run(checkpoint=run(interrupted_after=stop)) == whole, stop


def test_a_state_of_another_loader_is_refused():
    loader = DataLoader(range(4), shuffle=True)
    running = iter(loader)
    next(running)
    state = loader.state_dict()
    with pytest.raises(ValueError, match="no state_dict"):
        loader.load_state_dict({"batches": 3})
    with pytest.raises(ValueError, match="num_workers=0, and this one has num_workers=1"):
        DataLoader(range(4), num_workers=1).load_state_dict(state)
    with pytest.raises(ValueError, match=r"0 generators, and this one has 1"):
        DataLoader(range(4), shuffle=True, generator=autograd.Generator()).load_state_dict(state)
    assert [len(running), len(list(running))] == [4, 3]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(loader)) == 4


def test_every_kind_of_dataset_goes_through_a_loader():
    tensors = TensorDataset(autograd.arange(4))
    assert [x.tolist() for (x,) in DataLoader(tensors, 3)] == [[0, 1, 2], [3]]
    assert [x.tolist() for (x,) in DataLoader(ConcatDataset([tensors, tensors]), 5)] == [[0, 1, 2, 3, 0], [1, 2, 3]]
    assert [x.tolist() for x in DataLoader(ChainDataset([Stream(2), Stream(1)]), 2)] == [[0, 1], [0]]
    assert [x["a"].tolist() for x in DataLoader(StackDataset(a=range(3)), 2)] == [[0, 1], [2]]
    first, _ = random_split(range(5), [2, 3])
    assert isinstance(first, Subset)
    assert len(next(iter(DataLoader(first, 2, sampler=SequentialSampler(first))))) == 2
