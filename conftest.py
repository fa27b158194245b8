"""The names every docstring's example may use without importing them."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def names_in_examples(doctest_namespace):
    import numpy as np

    import autograd
    import nn
    import nn.functional as F
    import optim

    doctest_namespace.update(np=np, torch=autograd, nn=nn, F=F, optim=optim)
