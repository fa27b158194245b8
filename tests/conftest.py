"""What all tests share: PyTorch as an oracle where it is installed, ops that vanish after the test, a clean state."""

from __future__ import annotations

import importlib.util
from unittest import mock

import pytest

import autograd
from autograd import numpy_calls, op
from autograd.modes import state

try:
    from hypothesis import settings
except ImportError:  # the tests that use it skip by themselves
    pass
else:
    settings.register_profile("suite", derandomize=True, deadline=None, max_examples=60, database=None)
    settings.load_profile("suite")


@pytest.fixture(autouse=True)
def unchanged_state():
    """Every test leaves the modes and the default dtype as it found them."""
    yield
    assert (state.recording, state.inference) == (True, False), "a test left a grad mode behind"
    assert autograd.get_default_dtype() is autograd.float32, "a test left a default dtype behind"


@pytest.fixture
def torch():
    """PyTorch, or a skipped test."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("PyTorch, the oracle of this test, is not installed")
    module = importlib.import_module("torch")
    module.set_warn_always(True)  # else most of its warnings come once, in whichever test is first
    return module


@pytest.fixture(params=["autograd", "torch"])
def m(request):
    """`autograd`, and for comparison PyTorch where it is installed: a test of both says what PyTorch does."""
    return autograd if request.param == "autograd" else request.getfixturevalue("torch")


@pytest.fixture
def throwaway_ops():
    """Ops declared in the test are gone after it."""
    with mock.patch.dict(op.registry), mock.patch.dict(numpy_calls.by_numpy):
        yield


def pytest_terminal_summary(terminalreporter):
    """One line for what needs PyTorch, in place of one for each place that does."""
    if importlib.util.find_spec("torch") is None:
        terminalreporter.write_line(
            "Tests that compare with PyTorch were skipped: `make .venv/.installed-parity` installs it for them."
        )
