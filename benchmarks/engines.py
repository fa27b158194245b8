"""The two engines under one set of names, so that both run the very same benchmark code."""

from types import SimpleNamespace

NAMES = ("torch", "ndgrad")


def load(name):
    if name == "torch":
        import torch
        import torch.nn as nn
        import torch.nn.functional as F
        import torch.optim as optim
    else:
        import autograd as torch
        import nn
        import nn.functional as F
        import optim
    return SimpleNamespace(torch=torch, nn=nn, F=F, optim=optim)
