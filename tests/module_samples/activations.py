"""Activation functions."""

from ..module_cases import module_case

PLAIN = (
    "CELU", "ELU", "GELU", "Hardshrink", "Hardswish", "Hardtanh", "LeakyReLU", "LogSigmoid", "RReLU", "ReLU", "ReLU6",
    "SELU", "SiLU", "Sigmoid", "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Mish",
)  # fmt: skip
IN_PLACE = (
    "CELU", "ELU", "Hardswish", "Hardtanh", "LeakyReLU", "Mish", "RReLU", "ReLU", "ReLU6", "SELU", "SiLU",
)  # fmt: skip


def on_copy(module, x):
    """In place, in memory that is not a leaf's."""
    return module(x * 1)


CASES = [
    *(
        module_case(
            name,
            lambda nn, name=name: getattr(nn, name)(),
            (4, 6),
            low=-5,
            high=7,
            random=name == "RReLU",
            tolerance=10,
        )
        for name in PLAIN
    ),
    *(
        module_case(
            f"{name}:inplace",
            lambda nn, name=name: getattr(nn, name)(inplace=True),
            (3, 4),
            low=-5,
            high=7,
            call=on_copy,
            random=name == "RReLU",
            tolerance=10,
        )
        for name in IN_PLACE
    ),
    # PyTorch's derivative is 1/6 as float32 has it, 1e-8 off.
    module_case("Hardsigmoid", lambda nn: nn.Hardsigmoid(), (3, 4), low=-5, high=5, tolerance=100),
    module_case("Hardsigmoid:inplace", lambda nn: nn.Hardsigmoid(True), (3, 4), call=on_copy, tolerance=100),
    module_case("CELU:alpha", lambda nn: nn.CELU(2), (3, 4)),
    module_case("ELU:alpha", lambda nn: nn.ELU(0.5, False), (3, 4)),
    module_case("GELU:tanh", lambda nn: nn.GELU("tanh"), (3, 4), tolerance=10),
    module_case("GLU", lambda nn: nn.GLU(), (3, 4)),
    module_case("GLU:dim", lambda nn: nn.GLU(0), (4, 3)),
    module_case("Hardshrink:lambd", lambda nn: nn.Hardshrink(1), (3, 4)),
    module_case("Hardtanh:bounds", lambda nn: nn.Hardtanh(-0.3, 0.8), (3, 4)),
    module_case("LeakyReLU:slope", lambda nn: nn.LeakyReLU(0.3), (3, 4)),
    module_case("LogSoftmax", lambda nn: nn.LogSoftmax(1), (3, 4)),
    module_case("PReLU", lambda nn: nn.PReLU(), (3, 4)),
    module_case("PReLU:channels", lambda nn: nn.PReLU(3, 0.1), (2, 3, 2)),
    module_case("RReLU:bounds", lambda nn: nn.RReLU(0.2, 0.2, inplace=False), (3, 4)),
    module_case("Softmax", lambda nn: nn.Softmax(dim=-1), (3, 4)),
    module_case("Softmax2d", lambda nn: nn.Softmax2d(), (2, 3, 2, 2)),
    module_case("Softmin", lambda nn: nn.Softmin(dim=0), (3, 4)),
    module_case("Softplus:beta", lambda nn: nn.Softplus(2, 3), (3, 4)),
    module_case("Softshrink:lambd", lambda nn: nn.Softshrink(1.0), (3, 4)),
    module_case("Threshold", lambda nn: nn.Threshold(0.1, 20), (3, 4)),
    module_case("Threshold:inplace", lambda nn: nn.Threshold(0.1, 20, True), (3, 4), call=on_copy),
]
