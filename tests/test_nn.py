"""Modules: what they hold, how they print, how they fail, and that they compute what PyTorch's compute."""

import copy
import pathlib
import pickle

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
import optim

from .packages import package


def network():
    autograd.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))


class Tied(nn.Module):
    """A module with a shared parameter, buffers of both kinds and a nested module."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(3, 3)
        self.again = self.inner
        self.scale = nn.Parameter(autograd.ones(3))
        self.register_buffer("mean", autograd.zeros(3))
        self.register_buffer("cache", autograd.zeros(2), persistent=False)
        self.spare = nn.Buffer(autograd.ones(1))

    def forward(self, x):
        return self.again(self.inner(x)) * self.scale + self.mean


def test_parameters_are_found_by_name_and_once():
    module = Tied()
    assert [name for name, _ in module.named_parameters()] == ["scale", "inner.weight", "inner.bias"]
    assert [name for name, _ in module.named_buffers()] == ["mean", "cache", "spare"]
    assert [name for name, _ in module.named_modules()] == ["", "inner"]
    inner = ["inner.weight", "inner.bias", "again.weight", "again.bias"]
    assert list(module.state_dict()) == ["scale", "mean", "spare", *inner]
    assert len(list(module.parameters())) == 3


def test_printing_is_pytorchs():
    assert repr(network()) == (
        "Sequential(\n"
        "  (0): Linear(in_features=4, out_features=8, bias=True)\n"
        "  (1): ReLU()\n"
        "  (2): Dropout(p=0.5, inplace=False)\n"
        "  (3): Linear(in_features=8, out_features=3, bias=True)\n"
        ")"
    )
    assert repr(nn.Parameter(autograd.zeros(1))) == "Parameter containing:\ntensor([0.], requires_grad=True)"


def test_train_and_eval_reach_every_module():
    net = network()
    assert all(m.training for m in net.modules())
    net.eval()
    assert not any(m.training for m in net.modules())
    x = autograd.ones(2, 4)
    assert autograd.equal(net(x), net(x)), "dropout is off in evaluation"
    with pytest.raises(ValueError, match="boolean"):
        net.train("yes")


def test_dropout_keeps_the_expectation_and_scales():
    autograd.manual_seed(0)
    out = F.dropout(autograd.ones(100_000), 0.3)
    assert set(out.tolist()) == {0.0, float(np.float32(1 / 0.7))}
    assert abs(out.mean().item() - 1) < 0.02
    x = autograd.ones(1000, requires_grad=True)
    y = F.dropout(x, 0.5)
    y.sum().backward()
    assert autograd.equal(x.grad, y.detach()), "the gradient passes where the value did, with the same scale"
    assert F.dropout(autograd.ones(3), 1.0).tolist() == [0, 0, 0]
    for call in (lambda: nn.Dropout(1.5), lambda: F.dropout(x, -0.5), lambda: F.dropout(x, 2, training=False)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            call()


def test_dropout_in_place():
    x = autograd.ones(1000)
    assert F.dropout(x, 0.5, inplace=True) is x
    assert x.unique().tolist() == [0.0, 2.0]
    weight = autograd.ones(3, requires_grad=True)
    assert F.dropout(weight, 0.5, training=False, inplace=True) is weight, "nothing is written, not even to a leaf"


def test_state_dict_round_trip_and_one_error_for_everything():
    source, target = network(), network()
    with autograd.no_grad():
        for p in source.parameters():
            p.add_(1)
    assert str(target.load_state_dict(source.state_dict())) == "<All keys matched successfully>"
    for a, b in zip(source.parameters(), target.parameters()):
        assert autograd.equal(a, b)
        assert a is not b
    state = source.state_dict()
    del state["0.bias"]
    state["extra"] = autograd.zeros(1)
    state["3.weight"] = autograd.zeros(2, 2)
    before = {name: value.clone() for name, value in target.state_dict().items()}
    with pytest.raises(RuntimeError) as caught:
        target.load_state_dict(state)
    for part in ("0.bias", "extra", "size mismatch for 3.weight", "[2, 2]", "[3, 8]"):
        assert part in str(caught.value)
    assert all(autograd.equal(before[n], v) for n, v in target.state_dict().items()), "nothing half-changed"
    del state["3.weight"]
    keys = target.load_state_dict(state, strict=False)
    assert keys.missing_keys == ["0.bias", "3.weight"]
    assert keys.unexpected_keys == ["extra"]


def test_attributes_are_checked():
    module = nn.Linear(2, 2)
    with pytest.raises(TypeError, match="as parameter 'weight'"):
        module.weight = 3
    with pytest.raises(TypeError, match="cannot assign 'Linear' as parameter 'weight'"):
        module.weight = nn.Linear(1, 1)
    with pytest.raises(AttributeError, match="no attribute 'wieght'"):
        module.wieght  # noqa: B018
    with pytest.raises(KeyError, match="already exists"):
        module.register_buffer("in_features", autograd.zeros(1))
    module.bias = None
    assert [n for n, _ in module.named_parameters()] == ["weight"]

    class Forgetful(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(1, 1)

    with pytest.raises(AttributeError, match=r"super\(\).__init__"):
        Forgetful()


def holder(m):
    """A module with one of everything: a parameter, a module inside and a reserved buffer."""
    module = package(m).Module()
    module.weight = package(m).Parameter(m.ones(2))
    module.inner = package(m).Linear(1, 1)
    module.register_buffer("buffer", None)
    return module


@pytest.mark.parametrize(
    "misuse, error, message",
    [
        (lambda m, h: setattr(h, "inner", 1), TypeError, "cannot assign 'int' as child module 'inner'"),
        (lambda m, h: setattr(h, "buffer", 1), TypeError, "cannot assign 'int' as buffer 'buffer'"),
        (lambda m, h: h.register_parameter("a.b", None), KeyError, "parameter name can.*t contain"),
        (lambda m, h: h.register_buffer("", None), KeyError, "buffer name can.*t be empty string"),
        (lambda m, h: h.add_module(2, None), TypeError, "module name should be a string. Got int"),
        (lambda m, h: h.register_buffer("forward", None), KeyError, "attribute 'forward' already exists"),
        (lambda m, h: h.register_parameter("a", m.ones(1)), TypeError, "object to parameter 'a'"),
        (lambda m, h: h.register_buffer("a", 1), TypeError, "cannot assign 'int' object to buffer 'a'"),
        (lambda m, h: h.add_module("a", 1), TypeError, "int is not a Module subclass"),
        (lambda m, h: package(m).Sequential(h, m.relu), TypeError, "relu is not a Module subclass"),
        (lambda m, h: package(m).Sequential(h, package(m).ReLU), TypeError, "ReLU is not a Module"),
        (lambda m, h: package(m).Sequential([h]), TypeError, "list is not a Module subclass"),
        (lambda m, h: package(m).Linear(2.5, 1), TypeError, "int.* float"),
        (lambda m, h: package(m).Linear(1, "2"), TypeError, "int.* str"),
        (lambda m, h: package(m).Linear(1, -2), RuntimeError, "negative dimension -2"),
        (lambda m, h: delattr(h, "nothing"), AttributeError, "nothing"),
        (lambda m, h: h(1), NotImplementedError, 'is missing the required "forward" function'),
        (lambda m, h: h.load_state_dict([1]), TypeError, "Expected state_dict to be dict-like"),
        (lambda m, h: h.inner.load_state_dict({"weight": 1}, strict=False), RuntimeError, "weight.*expected"),
        (lambda m, h: package(m).init.calculate_gain("gelu"), ValueError, "Unsupported nonlinearity gelu"),
        (lambda m, h: package(m).init.calculate_gain("leaky_relu", True), ValueError, "True not a valid number"),
        (lambda m, h: package(m).init.kaiming_uniform_(m.ones(2, 2), mode="fan"), ValueError, "Mode fan not supported"),
    ],
)
def test_misuse_of_modules(m, misuse, error, message):
    module = holder(m)
    before = list(module.state_dict()), dir(module)
    with pytest.raises(error, match=message) as caught:
        misuse(m, module)
    assert caught.type is error
    assert (list(module.state_dict()), dir(module)) == before


@pytest.mark.parametrize(
    "mistaken, remedy",
    [
        (autograd.relu, r"relu is not a Module subclass but a function: .*nn\.ReLU\(\)"),
        (F.dropout, r"dropout is not a Module subclass but a function: .*nn\.Dropout\(\)"),
        (F.mse_loss, r"nn\.MSELoss\(\)"),
        (np.tanh, r"nn\.Tanh\(\)"),
        (lambda x: x * 2, "a Module whose forward calls it"),
        (nn.ReLU, r"ReLU is not a Module but the class of one: .*ReLU\(\)"),
        ([nn.ReLU()], r"list is not a Module subclass: .*Sequential\(\*modules\)"),
        (1, "int is not a Module subclass$"),
    ],
)
def test_what_is_no_module_is_told_which_is(mistaken, remedy):
    with pytest.raises(TypeError, match=remedy):
        nn.Sequential(nn.Linear(1, 1), mistaken)
    with pytest.raises(TypeError, match=remedy):
        nn.Sequential().append(mistaken)


def test_sizes_of_linear_are_whole_numbers(m):
    for size in (2, np.int64(2), m.tensor(2)):
        assert package(m).Linear(size, 3).weight.shape == (3, 2)
    if m is autograd:
        for sizes, name in (((2.5, 1), "in_features"), ((1, 2.0), "out_features"), ((None, 1), "in_features")):
            with pytest.raises(TypeError, match=f"Linear.*'{name}' must be int"):
                nn.Linear(*sizes)


def test_functional_completes_to_what_it_announces():
    """What an editor offers after `F.` are the functions, beside the files they are in."""
    offered = {name for name in dir(F) if not name.startswith("_")}
    files = {name for name in offered if getattr(F, name).__class__ is type(F)}
    assert offered - files == set(F.__all__)
    assert files == {path.stem for path in pathlib.Path(F.__file__).parent.glob("[a-z]*.py")} - set(F.__all__)


def test_names_are_replaced_and_deleted(m):
    module = holder(m)
    assert {"weight", "inner", "buffer"} <= set(dir(module))
    assert [type(child).__name__ for child in module.children()] == ["Linear"]
    module.buffer = m.zeros(1)
    assert [b.tolist() for b in module.buffers()] == [[0.0]]
    assert list(module.state_dict()) == ["weight", "buffer", "inner.weight", "inner.bias"]
    module.inner = None
    module.weight = None
    assert list(module.state_dict()) == ["buffer"]
    module.plain = 1
    for name in ("weight", "inner", "buffer", "plain"):
        delattr(module, name)
        assert not hasattr(module, name)


def test_apply_goes_from_the_inside_out(m):
    n, seen = package(m), []
    module = n.Sequential(n.ReLU(), n.Sequential(n.Tanh()), n.Identity(1, of="no use"))
    assert module.apply(lambda child: seen.append(type(child).__name__)) is module
    assert seen == ["ReLU", "Tanh", "Sequential", "Identity", "Sequential"]
    assert module[2](m.ones(1)).tolist() == [1.0]


def test_conversions_reach_gradients_and_buffers(m):
    module = holder(m)
    module.register_buffer("mean", m.ones(1))
    module.register_buffer("count", m.tensor(3))
    (module.weight.sum() * 2).backward()
    assert module.cpu() is module.to("cpu") is module.to(m.device("cpu")) is module
    for convert, dtype in (
        (module.half, m.float16),
        (module.float, m.float32),
        (lambda: module.to(m.ones(1, dtype=m.float64)), m.float64),
        (lambda: module.to(dtype=m.float32), m.float32),
    ):
        weight = module.weight
        assert convert() is module
        assert module.weight is weight
        assert module.weight.dtype is module.weight.grad.dtype is module.mean.dtype is dtype
        assert module.count.dtype is m.int64
    assert module.weight.grad.tolist() == [2.0, 2.0]


def test_state_may_be_assigned(m):
    linear, weight = package(m).Linear(2, 1), m.ones(1, 2)
    found = linear.load_state_dict({"weight": weight, "more": weight}, strict=False, assign=True)
    assert (found.missing_keys, found.unexpected_keys) == (["bias"], ["more"])
    assert repr(found).endswith("IncompatibleKeys(missing_keys=['bias'], unexpected_keys=['more'])")
    assert linear.weight.data_ptr() == weight.data_ptr()
    assert linear.weight.requires_grad


def test_an_error_names_the_module_where_it_arose():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Sequential(nn.ReLU(), nn.Sequential(nn.Linear(5, 7)))

        def forward(self, x):
            return self.encoder(x)

    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied") as caught:
        Net()(autograd.ones(2, 4))
    text = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    assert text.count("in the module") == 1
    assert "encoder.1.0 (Linear 5→7)" in text


@pytest.mark.parametrize("args, told", [(("wrong",), True), ((7,), False), ((), False)])
def test_an_error_without_notes_names_the_module_in_its_message(args, told):
    """As those of Python 3.10; what is no text is left as it is."""

    class Old(RuntimeError):
        @property
        def add_note(self):
            raise AttributeError

    class Failing(nn.Module):
        def forward(self, x):
            raise Old(*args)

    with pytest.raises(Old) as caught:
        nn.Sequential(nn.Sequential(Failing()))(autograd.ones(1))
    assert caught.value.args == (("wrong\nin the module 0.0 (Failing)",) if told else args)


def test_linear_names_what_does_not_fit():
    x, weight = autograd.ones(4, 2), autograd.ones(3, 2)
    with pytest.raises(RuntimeError, match=r"bias \[2\] does not fit weight \[3, 2\]"):
        F.linear(x, weight, autograd.ones(2))
    with pytest.raises(RuntimeError, match=r"bias \[3\] does not fit weight \[2\]"):
        F.linear(x, weight[0], autograd.ones(3))
    with pytest.raises(RuntimeError, match=r"mat1 and mat2 shapes cannot be multiplied \(4x2 and 3x5\)"):
        F.linear(x, autograd.ones(5, 3))
    for dtypes in ((weight.double(), None), (weight, autograd.ones(3).double())):
        with pytest.raises(RuntimeError, match=r"same dtype, but got .*torch\.float32.*torch\.float64"):
            F.linear(x, *dtypes)
    with pytest.raises(TypeError, match="argument 'bias' must be Tensor, not ndarray"):
        F.linear(x, weight, np.ones(3))
    assert F.linear(x, weight[0]).tolist() == [2.0] * 4
    assert F.linear(x, weight[0], autograd.tensor(1.0)).tolist() == [3.0] * 4


@pytest.mark.parametrize(
    "shapes, message",
    [
        (((), (4, 3)), "both arguments to linear need to be at least 1D, but they are 0D and 2D"),
        (((3,), ()), "both arguments to linear need to be at least 1D, but they are 1D and 0D"),
        (((2, 3), (2, 4, 3)), "<= 2 dimensions, but self is 3D"),
        (((2, 2, 0), (4, 3)), "cannot be multiplied"),
        (((2, 0, 5), (4, 3)), "cannot be multiplied"),
        (((2, 3), (4, 0)), "cannot be multiplied"),
        (((2, 3), (3,), (3,)), "fit|mat2 must be a matrix"),
        (((2, 3), (4, 3), (3,)), "fit|expanded size"),
    ],
)
def test_linear_refuses_shapes(m, shapes, message):
    with pytest.raises(RuntimeError, match=message):
        package(m).functional.linear(*[m.zeros(shape) for shape in shapes])


def test_freezing_zeroing_and_converting():
    net = network()
    net.requires_grad_(False)
    assert not net(autograd.ones(1, 4)).requires_grad
    net.requires_grad_(True)
    net(autograd.ones(1, 4)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert all(p.grad.abs().sum() == 0 for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    first = next(net.parameters())
    net.double()
    assert next(net.parameters()) is first
    assert first.dtype is autograd.float64
    assert net(autograd.ones(1, 4, dtype=autograd.float64)).dtype is autograd.float64
    assert net.to(autograd.float32)[0].weight.dtype is autograd.float32
    with pytest.raises(TypeError, match="floating point"):
        net.to(autograd.int64)


def test_copies_and_pickles():
    module = Tied()
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert twin.inner is twin.again, "sharing survives"
        assert isinstance(twin.scale, nn.Parameter)
        x = autograd.ones(1, 3)
        assert autograd.equal(twin(x), module(x))
        with autograd.no_grad():
            twin.scale.fill_(0)
        assert module.scale.sum() == 3


def test_sequential_is_a_sequence():
    net = network()
    assert len(net) == 4
    assert net[-1] is net[3]
    assert [type(m).__name__ for m in net[:2]] == ["Linear", "ReLU"]
    net[1] = nn.Tanh()
    assert isinstance(net[1], nn.Tanh)
    assert repr(net[1]) == "Tanh()"
    del net[2]
    assert list(net._modules) == ["0", "1", "2"]
    net.append(nn.Sigmoid())
    assert net(autograd.ones(1, 4)).shape == (1, 3)
    with pytest.raises(IndexError, match="4 modules"):
        net[4]
    named = nn.Sequential({"first": nn.Linear(1, 1), "second": nn.ReLU()})
    assert [n for n, _ in named.named_children()] == ["first", "second"]


# ---- parity


@pytest.mark.parametrize("batch", [(), (5,), (2, 3), (0,)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_linear_equals_pytorchs(batch, bias):
    torch = pytest.importorskip("torch")
    ours, theirs = nn.Linear(4, 3, bias=bias), torch.nn.Linear(4, 3, bias=bias)
    theirs.load_state_dict({k: torch.from_numpy(v.numpy().copy()) for k, v in ours.state_dict().items()})
    assert list(ours.state_dict()) == list(theirs.state_dict())
    x = np.random.default_rng(0).normal(size=(*batch, 4)).astype(np.float32)
    a, b = autograd.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, z = ours(a), theirs(b)
    y.square().sum().backward()
    z.square().sum().backward()
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-5, atol=1e-5)
    for p, q in zip(ours.parameters(), theirs.parameters()):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("features", [(0, 3), (3, 0), (0, 0), (1, 1), (3, 2)], ids=str)
@pytest.mark.parametrize("batch", [(), (0,), (2,), (2, 0), (0, 2), (2, 2), (2, 1, 2), (2, 0, 2)], ids=str)
def test_linear_of_empty_sizes_equals_pytorchs(batch, features, torch):
    rng = np.random.default_rng(0)
    n_in, n_out = features
    operands = rng.normal(size=(*batch, n_in)), rng.normal(size=(n_out, n_in)), rng.normal(size=n_out)
    for count in (2, 3):  # without bias and with it
        results = []
        for m in (autograd, torch):
            given = [m.tensor(a, requires_grad=True) for a in operands[:count]]
            out = package(m).functional.linear(*given)
            first = m.autograd.grad(out.square().sum(), given, create_graph=True)
            plain = m.autograd.grad(out.square().sum(), given, retain_graph=True)
            second = m.autograd.grad(sum(g.square().sum() for g in first), given)
            results.append([t.detach().numpy() for t in (out, *first, *plain, *second)])
        for ours, theirs in zip(*results):
            np.testing.assert_allclose(ours, theirs, rtol=1e-10, strict=True)


def test_initial_values_follow_pytorchs_distributions():
    autograd.manual_seed(0)
    layer = nn.Linear(100, 2000)
    bound = 1 / 10
    for values in (layer.weight.detach().numpy().ravel(), layer.bias.detach().numpy()):
        assert np.abs(values).max() <= bound
        assert np.abs(values).max() > 0.98 * bound
        assert abs(values.std() / (bound / 3**0.5) - 1) < 0.05
    with pytest.raises(ValueError, match="fewer than 2 dimensions"):
        nn.init.kaiming_uniform_(autograd.empty(3))
    for name in ("relu", "tanh", "sigmoid", "linear", "selu", "leaky_relu"):
        torch = pytest.importorskip("torch")
        assert nn.init.calculate_gain(name) == torch.nn.init.calculate_gain(name)


def test_arrays_and_numbers_are_refused_with_a_remedy():
    for call in (
        lambda: nn.Linear(3, 1)(np.ones((2, 3))),
        lambda: F.mse_loss(autograd.ones(2), 1.0),
        lambda: F.cross_entropy(autograd.ones(2, 3), [0, 1]),
    ):
        with pytest.raises(TypeError, match=r"must be Tensor, not (ndarray|float|list): make one with"):
            call()
    with pytest.raises(TypeError, match=r"model.parameters\(\)"):
        optim.SGD(nn.Linear(1, 1), lr=0.1)


def test_what_lives_elsewhere_is_named():
    assert autograd.__version__ == "0.1.0"
    with pytest.raises(AttributeError, match="`import nn`"):
        autograd.nn  # noqa: B018
    with pytest.raises(TypeError, match=r"use autograd\.median"):
        np.median(autograd.ones(3))


def test_linear_takes_a_row_of_biases_for_one_sample():
    bias = autograd.tensor([[1.0, 2.0]], requires_grad=True)
    out = nn.functional.linear(autograd.ones(3), autograd.ones(2, 3), bias)
    assert out.tolist() == [4.0, 5.0]
    out.sum().backward()
    assert bias.grad.tolist() == [[1.0, 1.0]]


def test_what_to_do_about_an_input_of_the_wrong_kind():
    layer, conv = nn.Linear(2, 1), nn.Conv2d(1, 1, 1)
    with pytest.raises(TypeError, match="not tuple: if it is what a recurrent or an attention layer returns"):
        layer(nn.LSTM(2, 2)(autograd.ones(3, 2)))
    for module, shape in ((layer, (1, 2)), (conv, (1, 1, 2, 2))):
        with pytest.raises(RuntimeError, match=r"convert the input with \.to\(torch\.float32\)(?!, or the module)"):
            module(autograd.ones(shape, dtype=autograd.int64))
        with pytest.raises(RuntimeError, match=r"or the module with \.to\(torch\.float64\)"):
            module(autograd.ones(shape, dtype=autograd.float64))
    with pytest.raises(RuntimeError, match=r"unsqueeze\(1\) a batch that has none"):
        conv(autograd.ones(32, 4, 4))


@pytest.mark.parametrize("name", ["DataParallel", "SyncBatchNorm"])
def test_modules_for_several_devices_say_what_they_are_for(name):
    with pytest.raises(AttributeError, match=f"nn has no {name}: it is for several devices"):
        getattr(nn, name)
    with pytest.raises(AttributeError, match="module 'nn' has no attribute 'Linaer'"):
        _ = nn.Linaer


def test_a_bias_of_another_dtype():
    x, weight, bias = autograd.ones(1, 2), autograd.ones(1, 2), autograd.ones(1, dtype=autograd.float64)
    with pytest.raises(RuntimeError, match=r"in linear: convert the module with \.to\(torch\.float32\)"):
        F.linear(x, weight, bias)


@pytest.mark.parametrize("kind", [nn.Embedding, nn.EmbeddingBag])
def test_a_table_s_options_are_known_when_it_is_drawn(kind):
    class Scaled(kind):
        def reset_parameters(self):
            self.seen = self.max_norm
            super().reset_parameters()

    assert Scaled(3, 2, max_norm=2.0).seen == 2.0
