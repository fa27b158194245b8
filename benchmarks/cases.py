"""What is timed: each case takes an engine, sets its scene, and returns the step to repeat."""


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


# The case, what to call it, and the bar: the largest ratio to PyTorch that is good enough.
CASES = {
    "record": (record, "record a * b", 1.1),
    "chain": (chain, "chain of 50, forward and backward", 0.9),
    "tiny_mlp": (tiny_mlp, "tiny MLP, one step", 0.6),
    "digits": (digits, "digits network, one step", 0.8),
}
