"""What is timed: each case takes an engine, sets its scene, and returns the step to repeat.

Both engines build the same networks on data of the same shapes, with each layer's and optimizer's default arguments.
"""

from benchmarks import models


def record(engine):
    """Recording one op on small tensors: what every op pays before it computes anything."""
    a = engine.torch.ones(8, requires_grad=True)
    b = engine.torch.ones(8, requires_grad=True)
    return lambda: a * b


def chain(engine, length=50):
    """Recording a chain of ops on small tensors, and its backward."""
    a = engine.torch.ones(8, requires_grad=True)
    b = engine.torch.ones(8, requires_grad=True)
    gradient = engine.torch.ones(8)

    def step():
        a.grad = b.grad = None
        y = a
        for _ in range(length):
            y = y * b
        y.backward(gradient)

    return step


def train(model, loss_function, optimizer, x, target):
    """One training step, as a training loop takes it."""

    def step():
        optimizer.zero_grad()
        loss_function(model(x), target).backward()
        optimizer.step()

    return step


def tiny_mlp(engine):
    """A training step so small that only overhead counts: 2→16→1, tanh, batch of 8, SGD."""
    torch, nn = engine.torch, engine.nn
    torch.manual_seed(0)
    hidden, out = nn.Linear(2, 16), nn.Linear(16, 1)
    optimizer = engine.optim.SGD([*hidden.parameters(), *out.parameters()], lr=0.01)
    return train(lambda x: out(hidden(x).tanh()), nn.MSELoss(), optimizer, torch.randn(8, 2), torch.randn(8, 1))


def digits(engine):
    """A training step of the network in examples/digits.py: 64→256→128→10, dropout, batch of 32, Adam."""
    torch, nn = engine.torch, engine.nn
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(64, 256),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(256, 128),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(128, 10),
    )
    optimizer = engine.optim.Adam(model.parameters(), lr=1e-3)
    return train(model, nn.CrossEntropyLoss(), optimizer, torch.randn(32, 64), torch.randint(0, 10, (32,)))


def classifier(engine, model, optimizer, *shape):
    """One training step of a classifier of ten classes, on inputs of this shape."""
    torch = engine.torch
    return train(model, engine.nn.CrossEntropyLoss(), optimizer, torch.randn(*shape), torch.randint(0, 10, shape[:1]))


def lenet5(engine):
    """A training step of LeNet-5: 1×28×28, batch of 64, SGD with momentum."""
    engine.torch.manual_seed(0)
    model = models.lenet5(engine.nn)
    return classifier(engine, model, engine.optim.SGD(model.parameters(), lr=0.01, momentum=0.9), 64, 1, 28, 28)


def resnet(engine):
    """A training step of a small residual network: 3×32×32, batch of 16, SGD with momentum."""
    engine.torch.manual_seed(0)
    model = models.resnet(engine.nn, engine.F)
    return classifier(engine, model, engine.optim.SGD(model.parameters(), lr=0.01, momentum=0.9), 16, 3, 32, 32)


def lstm(engine):
    """A training step of a classifier with an LSTM: 28 steps of 28 features, 128 hidden, batch of 64, Adam."""
    engine.torch.manual_seed(0)
    model = models.row_reader(engine.nn, engine.nn.LSTM)
    return classifier(engine, model, engine.optim.Adam(model.parameters(), lr=1e-3), 64, 28, 28)


def gru(engine):
    """The same with a GRU."""
    engine.torch.manual_seed(0)
    model = models.row_reader(engine.nn, engine.nn.GRU)
    return classifier(engine, model, engine.optim.Adam(model.parameters(), lr=1e-3), 64, 28, 28)


def mini_gpt(engine):
    """A training step of a language model: 4 layers, width 128, 4 heads, 64 tokens, batch of 8, AdamW."""
    torch, F = engine.torch, engine.F
    torch.manual_seed(0)
    model = models.mini_gpt(torch, engine.nn, F)
    optimizer = engine.optim.AdamW(model.parameters(), lr=3e-4)
    tokens = torch.randint(0, 65, (8, 65))
    return train(
        model,
        lambda logits, target: F.cross_entropy(logits.flatten(0, 1), target.flatten()),
        optimizer,
        tokens[:, :-1],
        tokens[:, 1:],
    )


def adam(engine):
    """A step of Adam alone: 998,784 parameters in 24 tensors, twelve matrices 288×288 and their biases."""
    torch, nn = engine.torch, engine.nn
    torch.manual_seed(0)
    params = [nn.Parameter(torch.randn(*shape)) for _ in range(12) for shape in ((288, 288), (288,))]
    for param in params:
        param.grad = torch.randn(*param.shape)
    return engine.optim.Adam(params, lr=1e-3).step


# The case, what to call it, and the bar if there is one: the largest ratio to PyTorch that is good enough.
CASES = {
    "record": (record, "record a * b", 1.1),
    "chain": (chain, "chain of 50, forward and backward", 0.9),
    "tiny_mlp": (tiny_mlp, "tiny MLP, one step", 0.6),
    "digits": (digits, "digits network, one step", 0.8),
    "lenet5": (lenet5, "LeNet-5, one step", None),
    "resnet": (resnet, "small ResNet, one step", None),
    "lstm": (lstm, "LSTM classifier, one step", None),
    "gru": (gru, "GRU classifier, one step", None),
    "mini_gpt": (mini_gpt, "mini GPT, one step", None),
    "adam": (adam, "Adam, 1 M parameters in 24 tensors", None),
}
