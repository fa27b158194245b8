"""Random numbers: streams and their seeds, the distributions, and what is refused."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest

import autograd

nan, inf = float("nan"), float("inf")
N = 20_000  # draws for a distribution's moments; tolerances below are about five standard errors


@pytest.fixture(autouse=True)
def kept_stream():
    """Tests leave the default generator as it was, and begin it at the same place."""
    with autograd.fork_rng():
        autograd.manual_seed(0)
        yield


# ---- generators


def test_a_seed_gives_a_stream(m):
    with m.random.fork_rng():
        m.manual_seed(3)
        first = m.rand(5), m.randn(5), m.randint(0, 100, (5,)), m.randperm(5)
        m.manual_seed(3)
        again = m.rand(5), m.randn(5), m.randint(0, 100, (5,)), m.randperm(5)
        later = m.rand(5)
    assert all(m.equal(a, b) for a, b in zip(first, again))
    assert not m.equal(later, first[0])


def test_streams_do_not_change():
    """A stream is a promise: experiments of this version repeat on the next."""
    autograd.manual_seed(0)
    expected = np.random.Generator(np.random.PCG64(0))
    assert autograd.rand(3).tolist() == expected.random(3, np.float32).tolist()
    assert autograd.randn(3, dtype=autograd.float64).tolist() == expected.standard_normal(3).tolist()


def test_numpy_s_global_state_is_left_alone():
    before = np.random.get_state()[1].tolist()
    autograd.manual_seed(1)
    autograd.rand(3)
    assert np.random.get_state()[1].tolist() == before
    np.random.seed(5)
    autograd.manual_seed(1)
    first = autograd.rand(3).tolist()
    np.random.seed(6)
    autograd.manual_seed(1)
    assert autograd.rand(3).tolist() == first


def test_seeds(m):
    g = m.Generator()
    assert g.initial_seed() == 67280421310721
    assert g.manual_seed(3) is g
    assert g.initial_seed() == 3
    assert g.manual_seed(-3).initial_seed() == 2**64 - 3
    assert g.manual_seed(2**64 - 1).initial_seed() == 2**64 - 1
    assert g.seed() == g.initial_seed()
    assert g.device == m.device("cpu")
    for wrong in (2**64, -(2**63) - 1):
        with pytest.raises(ValueError, match="Overflow when unpacking long long"):
            g.manual_seed(wrong)
    for wrong in (1.5, "a", m.tensor(3)):
        with pytest.raises(RuntimeError, match="manual_seed expected a long"):
            g.manual_seed(wrong)


def test_the_default_generator(m):
    with m.random.fork_rng():
        assert m.manual_seed("7") is m.default_generator
        assert m.initial_seed() == m.default_generator.initial_seed() == 7
        assert m.manual_seed(m.tensor(4)).initial_seed() == 4
        assert m.seed() == m.initial_seed()


def test_an_unseeded_default_generator_differs_between_processes():
    fresh = [autograd.Generator() for _ in range(2)]
    for g in fresh:
        g._seed = None  # as the default generator is at import
    assert fresh[0].initial_seed() != fresh[1].initial_seed()


def test_state(m):
    g = m.Generator().manual_seed(1)
    m.rand(3, generator=g)
    m.randint(0, 5, (3,), generator=g)  # may leave half a word behind
    state = g.get_state()
    assert state.dtype is m.uint8
    first = m.randint(0, 5, (3,), generator=g)
    for other in (m.Generator().set_state(state), copy.deepcopy(g.set_state(state)), pickle.loads(pickle.dumps(g))):
        assert m.equal(m.randint(0, 5, (3,), generator=other), first)
    clone = g.clone_state()
    assert m.equal(m.rand(2, generator=clone), m.rand(2, generator=g))
    for wrong in ([1], m.tensor([1])):
        with pytest.raises(TypeError, match="ByteTensor"):
            g.set_state(wrong)
    with pytest.raises(RuntimeError, match=r"size|bytes"):
        g.set_state(m.tensor([1], dtype=m.uint8))


def test_rng_state_and_fork(m):
    state = m.get_rng_state()
    first = m.rand(3)
    m.set_rng_state(state)
    assert m.equal(m.rand(3), first)
    state = m.get_rng_state()
    with m.random.fork_rng():
        m.rand(3)
    assert m.equal(m.get_rng_state(), state)
    with pytest.raises(ZeroDivisionError), m.random.fork_rng():
        m.rand(3) / (1 // 0)
    assert m.equal(m.get_rng_state(), state)
    with m.random.fork_rng(enabled=False):
        m.rand(3)
    assert not m.equal(m.get_rng_state(), state)


def test_a_generator_of_its_own_leaves_the_default_one_alone(m):
    state, g = m.get_rng_state(), m.Generator()
    x = m.full((3,), 0.5)
    m.rand(2, generator=g), m.randn(2, generator=g), m.randint(5, (2,), generator=g), m.randperm(3, generator=g)
    m.normal(0.0, 1.0, (2,), generator=g), m.normal(x, x, generator=g), m.bernoulli(x, generator=g)
    m.multinomial(x, 2, generator=g), m.poisson(x, generator=g), m.rand_like(x, generator=g)
    x.uniform_(generator=g).normal_(generator=g).random_(generator=g).bernoulli_(generator=g)
    x.exponential_(generator=g).geometric_(0.5, generator=g).log_normal_(generator=g).cauchy_(generator=g)
    assert m.equal(m.get_rng_state(), state)
    with pytest.raises(TypeError):
        m.rand(2, generator=3)


# ---- distributions


def moments(draw):
    values = draw.detach().to(autograd.float64).numpy()
    return float(values.mean()), float(values.std())


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_rand_is_uniform_on_the_half_open_interval(dtype):
    draw = autograd.rand(N, dtype=getattr(autograd, dtype))
    assert draw.dtype is getattr(autograd, dtype)
    assert draw.min().item() >= 0
    assert draw.max().item() < 1
    mean, std = moments(draw)
    assert abs(mean - 0.5) < 0.011
    assert abs(std - math.sqrt(1 / 12)) < 0.006


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_randn_is_normal(dtype):
    mean, std = moments(autograd.randn(N, dtype=getattr(autograd, dtype)))
    assert abs(mean) < 0.036
    assert abs(std - 1) < 0.026


def test_complex_numbers_have_the_variance_one():
    draw = autograd.randn(N, dtype=autograd.complex64).numpy()
    assert abs(np.mean(np.abs(draw) ** 2) - 1) < 0.05
    assert abs(np.mean(draw.real * draw.imag)) < 0.02
    draw = autograd.rand(N, dtype=autograd.complex128).numpy()
    assert abs(draw.real.mean() - 0.5) < 0.011
    assert abs(draw.imag.mean() - 0.5) < 0.011


def test_integers_cover_their_range():
    assert autograd.randint(-2, 3, (200,)).unique().tolist() == [-2, -1, 0, 1, 2]
    assert autograd.randint(3, (200,), dtype=autograd.float32).unique().tolist() == [0.0, 1.0, 2.0]
    assert autograd.randint(3, high=5, size=(200,)).unique().tolist() == [3, 4]
    assert autograd.randint_like(autograd.ones(200), 2).unique().tolist() == [0.0, 1.0]
    assert sorted(autograd.randperm(50).tolist()) == list(range(50))
    assert autograd.randperm(50).tolist() != list(range(50))


@pytest.mark.parametrize(
    "draw, mean, std",
    [
        (lambda x: x.normal_(3.0, 2.0), 3.0, 2.0),
        (lambda x: x.uniform_(-1.0, 3.0), 1.0, 4 / math.sqrt(12)),
        (lambda x: x.exponential_(0.5), 2.0, 2.0),
        (lambda x: x.geometric_(0.25), 4.0, math.sqrt(0.75) / 0.25),
        (lambda x: x.log_normal_(0.0, 0.5), math.exp(0.125), 0.604),
        (lambda x: x.bernoulli_(0.3), 0.3, math.sqrt(0.21)),
        (lambda x: x.random_(10), 4.5, math.sqrt(99 / 12)),
        (lambda x: autograd.bernoulli(x, 0.3), 0.3, math.sqrt(0.21)),
        (lambda x: autograd.bernoulli(x.fill_(0.3)), 0.3, math.sqrt(0.21)),
        (lambda x: autograd.poisson(x.fill_(4.0)), 4.0, 2.0),
        (lambda x: autograd.normal(x.fill_(3.0), 2.0), 3.0, 2.0),
        (lambda x: autograd.normal(3.0, x.fill_(2.0)), 3.0, 2.0),
        (lambda x: autograd.normal(3.0, 2.0, (N,)), 3.0, 2.0),
    ],
)
def test_mean_and_deviation(draw, mean, std):
    found_mean, found_std = moments(draw(autograd.empty(N)))
    assert abs(found_mean - mean) < 0.04 * max(std, 1.0)
    assert abs(found_std - std) < 0.06 * max(std, 1.0)


def test_cauchy_has_its_quartiles():
    draw = autograd.empty(N).cauchy_(2.0, 3.0).numpy()
    np.testing.assert_allclose(np.quantile(draw, [0.25, 0.5, 0.75]), [-1.0, 2.0, 5.0], atol=0.3)


def test_exponential_is_never_zero():
    class Zeros:
        def standard_exponential(self, shape, kind):
            return np.zeros(shape, kind)

    g = autograd.Generator()
    g._drawing = Zeros()
    assert (autograd.empty(3).exponential_(generator=g) > 0).all()


def test_multinomial_draws_in_proportion():
    weights = autograd.tensor([[1.0, 0.0, 3.0], [0.0, 2.0, 0.0]])
    drawn = autograd.multinomial(weights, N, replacement=True)
    assert tuple(drawn.shape) == (2, N)
    counts = np.bincount(drawn[0].numpy(), minlength=3) / N
    np.testing.assert_allclose(counts, [0.25, 0.0, 0.75], atol=0.016)
    assert drawn[1].unique().tolist() == [1]


def test_multinomial_without_replacement():
    weights = autograd.tensor([[1.0, 2.0, 1.0]] * 4000)
    drawn = autograd.multinomial(weights, 2).numpy()
    assert (drawn[:, 0] != drawn[:, 1]).all()
    np.testing.assert_allclose(np.bincount(drawn[:, 0]) / 4000, [0.25, 0.5, 0.25], atol=0.04)
    np.testing.assert_allclose(np.mean(drawn[drawn[:, 0] == 1, 1] == 0), 0.5, atol=0.06)
    one = autograd.multinomial(weights, 1).numpy()
    np.testing.assert_allclose(np.bincount(one[:, 0]) / 4000, [0.25, 0.5, 0.25], atol=0.04)
    assert autograd.multinomial(autograd.tensor([0.0, 1.0, 2.0]), 3).tolist()[2] == 0  # no weight: drawn last


def test_multinomial_never_draws_what_has_no_weight():
    class Almost:
        """Draws the largest number below 1."""

        def random(self, shape):
            return np.full(shape, 1 - 2.0**-53)

    g = autograd.Generator()
    g._drawing = Almost()
    weights = autograd.tensor([[0.1, 0.2, 0.0]] * 1000)
    assert autograd.multinomial(weights, 1, replacement=True, generator=g).unique().tolist() == [1]


# ---- shapes, dtypes, memory, history


def test_dtypes_and_shapes(m):
    x = m.ones(2, 3)
    assert m.randint(5, (2,)).dtype is m.randperm(3).dtype is m.multinomial(x, 1).dtype is m.int64
    assert m.randint(5, (2,), dtype=m.float32).dtype is m.randperm(3, dtype=m.float32).dtype is m.float32
    assert m.randint(2, (2,), dtype=m.bool).dtype is m.bool
    assert tuple(m.randint(low=2, high=5, size=(2,)).shape) == tuple(m.randint(high=5, size=(2,)).shape) == (2,)
    assert tuple(m.randint(m.tensor(0), m.tensor(9), (2, 1)).shape) == (2, 1)
    assert m.randint_like(x, 5).dtype is m.randint_like(x, low=5, high=7).dtype is m.float32
    assert m.randint_like(x, 5, 6, dtype=m.int8).tolist() == [[5] * 3] * 2
    assert m.randperm(0).tolist() == []
    assert tuple(m.rand(()).shape) == ()
    assert tuple(m.normal(x, m.ones(4, 2, 1)).shape) == (4, 2, 3)
    assert m.normal(x.double(), m.ones(3)).dtype is m.float64
    assert m.normal(0, m.ones(3)).dtype is m.float32
    assert m.bernoulli(m.tensor([1, 1]), 0.5).dtype is m.int64
    assert tuple(m.multinomial(m.ones(3), 2).shape) == (2,)
    assert tuple(m.multinomial(m.empty(0, 3), 1).shape) == (0, 1)
    assert m.multinomial(m.ones(3, dtype=m.float16), 1).dtype is m.int64


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64", "bool", "float16", "float32", "float64"])
def test_random_without_bounds_draws_what_the_dtype_holds_exactly(m, dtype):
    kind = getattr(m, dtype)
    draw = m.zeros(500, dtype=kind).random_()
    assert draw.min().item() >= 0
    most = {"bool": 1, "float16": 2**11, "float32": 2**24, "float64": 2**53}.get(dtype)
    most = m.iinfo(kind).max if most is None else most
    assert most / 2 < draw.max().item() <= most


def test_in_place_methods_write_into_the_memory(m):
    base = m.zeros(2, 3)
    base[0].uniform_(5, 6)
    base.t()[1].fill_(9.0)
    assert base[0, 0].item() >= 5
    assert base[:, 1].tolist() == [9.0, 9.0]
    assert base[1, 0].item() == 0
    ints = m.zeros(3, dtype=m.int64)
    assert ints.bernoulli_(1.0) is ints
    assert ints.geometric_(0.5).dtype is m.int64
    assert m.zeros(2, 3).bernoulli_(m.tensor([0.0, 1.0, 1.0])).tolist() == [[0.0, 1.0, 1.0]] * 2
    assert ints.random_(3, 4).tolist() == ints.random_(**{"from": 3, "to": 4}).tolist() == [3, 3, 3]
    assert (ints.random_(3, None) >= 3).all()
    assert m.zeros(2).uniform_(**{"from": 2.0, "to": 2.0}).tolist() == [2.0, 2.0]


IN_PLACE = [
    lambda x: x.uniform_(),
    lambda x: x.normal_(),
    lambda x: x.random_(),
    lambda x: x.bernoulli_(),
    lambda x: x.exponential_(),
    lambda x: x.geometric_(0.5),
    lambda x: x.log_normal_(),
    lambda x: x.cauchy_(),
]


@pytest.mark.parametrize("draw", IN_PLACE)
def test_in_place_on_a_leaf_is_refused_while_recording(m, draw):
    x = m.ones(2, 3, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        draw(x)
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
        draw(x[0])
    assert x.tolist() == [[1.0] * 3] * 2
    with m.no_grad():
        draw(x)
    assert x._version == 1
    assert x.is_leaf
    with pytest.raises(RuntimeError, match="single memory location"):
        draw(m.ones(1).expand(3))


@pytest.mark.parametrize("draw", IN_PLACE)
def test_in_place_ends_the_gradient_of_what_was_there(m, draw):
    x = m.ones(2, 3, requires_grad=True)
    y = x * 2
    draw(y)
    assert y.requires_grad
    y.sum().backward()
    assert x.grad.tolist() == [[0.0] * 3] * 2
    x.grad = None
    z = x * 2
    draw(z[0])
    z.sum().backward()
    assert x.grad.tolist() == [[0.0] * 3, [2.0] * 3]


@pytest.mark.parametrize(
    "draw",
    [
        lambda m, x: m.bernoulli(x),
        lambda m, x: m.normal(x),
        lambda m, x: m.normal(x, x),
        lambda m, x: m.normal(0.0, x),
        lambda m, x: m.normal(x, m.ones(2, 3)),
        lambda m, x: m.poisson(x),
    ],
)
def test_what_is_drawn_has_the_gradient_zero(m, draw):
    x = m.ones(3, requires_grad=True)
    out = draw(m, x)
    assert out.requires_grad
    out.sum().backward()
    assert x.grad.tolist() == [0.0] * 3
    with m.no_grad():
        assert not draw(m, x).requires_grad
    assert not m.multinomial(x, 1).requires_grad


def test_one_probability_for_all_takes_only_the_shape_of_its_input():
    x = autograd.ones(3, requires_grad=True)
    assert not autograd.bernoulli(x, 0.5).requires_grad
    assert x.bernoulli(1.0).tolist() == [1.0] * 3


# ---- what is refused

REFUSED = [
    (lambda m: m.rand(2, dtype=m.int32), NotImplementedError, "not implemented for 'Int'"),
    (lambda m: m.randn(2, dtype=m.bool), NotImplementedError, "not implemented for 'Bool'"),
    (lambda m: m.rand_like(m.tensor([1])), NotImplementedError, "not implemented for 'Long'"),
    (lambda m: m.randint(5, 5, (2,)), RuntimeError, "expects 'from' to be less than 'to'"),
    (lambda m: m.randint(5, 5, (0,)), RuntimeError, "expects 'from' to be less than 'to'"),
    (lambda m: m.randint(0, 300, (2,), dtype=m.uint8), RuntimeError, "to - 1 is out of bounds"),
    (lambda m: m.randint(-3, 5, (2,), dtype=m.uint8), RuntimeError, "from is out of bounds"),
    (lambda m: m.randint(0, 3, (2,), dtype=m.bool), RuntimeError, "to - 1 is out of bounds"),
    (lambda m: m.randint(0, 10**6, (2,), dtype=m.float16), RuntimeError, "to - 1 is out of bounds"),
    (lambda m: m.randint(0, 2**63, (2,)), ValueError, "Overflow when unpacking"),
    (lambda m: m.randint(0, 5, (2,), dtype=m.complex64), RuntimeError, "check_random_bounds"),
    (lambda m: m.randint(1.5, (2,)), TypeError, "must be int, not float"),
    (lambda m: m.randint(5, 2), TypeError, "must be tuple of ints, not int"),
    (lambda m: m.randint(5), TypeError, "randint"),
    (lambda m: m.randint_like(m.ones(2)), TypeError, "randint_like"),
    (lambda m: m.randperm(-1), RuntimeError, "negative"),
    (lambda m: m.randperm(5.0), TypeError, "must be int, not float"),
    (lambda m: m.randperm(300, dtype=m.uint8), RuntimeError, "without overflow"),
    (lambda m: m.randperm(3, dtype=m.bool), NotImplementedError, "randperm"),
    (lambda m: m.normal(0.0, -1.0, (2,)), RuntimeError, "normal expects std >= 0.0, but found std -1"),
    (lambda m: m.normal(m.zeros(2), -1.0), RuntimeError, "normal expects std >= 0.0, but found std -1"),
    (lambda m: m.normal(m.zeros(2), -m.ones(2)), RuntimeError, "normal expects all elements of std >= 0.0"),
    (lambda m: m.normal(m.zeros(2), m.ones(2) * 1j), RuntimeError, "non-complex"),
    (lambda m: m.normal(m.zeros(2), m.ones(3)), RuntimeError, r"size of tensor a \(2\) must match .* b \(3\)"),
    (lambda m: m.normal(m.zeros(2), 1.0, (2,)), TypeError, "normal"),
    (lambda m: m.normal(0.0, 1.0), TypeError, "normal"),
    (lambda m: m.normal(m.tensor([1])), NotImplementedError, "not implemented for 'Long'"),
    (lambda m: m.bernoulli(m.tensor([1])), NotImplementedError, "not implemented for 'Long'"),
    (lambda m: m.bernoulli(m.tensor([1.5])), RuntimeError, "p_in >= 0 && p_in <= 1"),
    (lambda m: m.bernoulli(m.tensor([nan])), RuntimeError, "p_in >= 0 && p_in <= 1"),
    (lambda m: m.bernoulli(m.ones(2), 1.5), RuntimeError, r"expects p to be in \[0, 1\], but got p=1.5"),
    (lambda m: m.ones(2).bernoulli_(m.tensor([1])), NotImplementedError, "not implemented for 'Long'"),
    (lambda m: m.ones(2).bernoulli_(m.ones(3)), RuntimeError, "must match the existing size"),
    (lambda m: m.multinomial(m.ones(1, 1, 1), 1), RuntimeError, "prob_dist must be 1 or 2 dim"),
    (lambda m: m.multinomial(m.tensor(1.0), 1), RuntimeError, "prob_dist must be 1 or 2 dim"),
    (
        lambda m: m.multinomial(m.tensor([1]), 1),
        RuntimeError,
        "only supports floating-point dtypes for input, got: Long",
    ),
    (lambda m: m.multinomial(m.ones(3), 0), RuntimeError, "cannot sample n_sample <= 0 samples"),
    (lambda m: m.multinomial(m.ones(3), 4), RuntimeError, "without replacement"),
    (lambda m: m.multinomial(m.ones(3), 1.5), TypeError, "must be int, not float"),
    (lambda m: m.multinomial(m.tensor([-1.0, 1.0]), 1), RuntimeError, "`inf`, `nan` or element < 0"),
    (lambda m: m.multinomial(m.tensor([nan, 1.0]), 1), RuntimeError, "`inf`, `nan` or element < 0"),
    (lambda m: m.multinomial(m.tensor([inf, 1.0]), 1), RuntimeError, "`inf`, `nan` or element < 0"),
    (lambda m: m.multinomial(m.zeros(2), 1), RuntimeError, r"sum of probabilities <= 0"),
    (lambda m: m.multinomial(m.zeros(2), 1, True), RuntimeError, r"sum of probabilities <= 0"),
    (lambda m: m.poisson(m.tensor([-1.0])), RuntimeError, "expected rate to be non-negative"),
    (lambda m: m.poisson(m.tensor([nan])), RuntimeError, "expected rate to be non-negative"),
    (lambda m: m.poisson(m.tensor([1])), NotImplementedError, "poisson_cpu"),
    (lambda m: m.ones(1).uniform_(2, 1), RuntimeError, "found from=2 > to=1"),
    (lambda m: m.ones(1).uniform_(-1e39, 1), RuntimeError, "from is out of bounds for float"),
    (lambda m: m.ones(1).uniform_(-3e38, 3e38), RuntimeError, "to-from"),
    (lambda m: m.ones(1).uniform_(low=1), TypeError, "uniform_"),
    (lambda m: m.tensor([1]).uniform_(), NotImplementedError, "not implemented for 'Long'"),
    (lambda m: m.tensor([1]).normal_(), NotImplementedError, "not implemented for 'Long'"),
    (lambda m: m.ones(1).normal_(0, -1), RuntimeError, "found std -1"),
    (lambda m: m.ones(1).random_(4, 4), RuntimeError, "expects 'from' to be less than 'to'"),
    (lambda m: m.tensor([1], dtype=m.uint8).random_(300), RuntimeError, "to - 1 is out of bounds"),
    (lambda m: m.ones(1).exponential_(0), RuntimeError, "found lambda=0"),
    (lambda m: m.tensor([1]).exponential_(), RuntimeError, "continuous probability distribution"),
    (lambda m: m.ones(1).geometric_(0), RuntimeError, r"expects p to be in \(0, 1\), but got p=0"),
    (lambda m: m.ones(1).geometric_(1), RuntimeError, r"expects p to be in \(0, 1\), but got p=1"),
    (lambda m: m.ones(1).log_normal_(1, 0), RuntimeError, "found std=0"),
    (lambda m: m.tensor([1]).log_normal_(), NotImplementedError, "log_normal_cpu"),
    (lambda m: m.ones(1).cauchy_(0, -1), RuntimeError, "found sigma=-1"),
    (lambda m: m.tensor([1]).cauchy_(), RuntimeError, "continuous probability distribution"),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_refused(m, number):
    call, error, message = REFUSED[number]
    with pytest.raises(error, match=message):
        call(m)


def test_integers_too_large_for_a_floating_dtype_are_warned_of():
    with pytest.warns(UserWarning, match="Due to precision limitations"):
        autograd.empty(2).random_(0, 2**30)
    with pytest.raises(RuntimeError, match=r"at most 2\^62"):
        autograd.poisson(autograd.tensor([inf]))
