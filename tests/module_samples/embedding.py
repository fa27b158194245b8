"""Embeddings."""

import importlib

import numpy as np

from ..module_cases import module_case

TABLE = np.array([[0.0, 0.5, -1.0], [2.0, -0.5, 1.0], [1.5, 0.25, -2.0], [-1.0, 3.0, 0.75]])
WORDS = np.array([[1, 3, 1], [0, 2, 1]])
ROW = np.array([1, 3, 1, 0, 2, 1, 2])
PAIRS = np.array([[1, 3, 1], [0, 3, 0]])
STARTS = np.array([0, 2, 2, 5])


def pretrained(nn, kind, **options):
    """The module of a class, made from TABLE."""
    m = importlib.import_module("autograd" if nn.__name__ == "nn" else "torch")
    return getattr(nn, kind).from_pretrained(m.tensor(TABLE.tolist()), **options)


def weighted(module, rows, weights):
    return module(rows, per_sample_weights=weights)


CASES = [
    module_case("Embedding", lambda nn: nn.Embedding(4, 3), WORDS),
    module_case("Embedding:padding_idx", lambda nn: nn.Embedding(4, 3, padding_idx=1), WORDS, differences=False),
    module_case(
        "Embedding:padding_idx from the end",
        lambda nn: nn.Embedding(4, 3, -1),
        WORDS.astype(np.int32),
        differences=False,
    ),
    module_case("Embedding:max_norm", lambda nn: nn.Embedding(4, 3, max_norm=1.0), WORDS, order=1, differences=False),
    module_case(
        "Embedding:norm_type", lambda nn: nn.Embedding(4, 3, max_norm=1, norm_type=1), WORDS, order=1, differences=False
    ),
    module_case(
        "Embedding:scale_grad_by_freq",
        lambda nn: nn.Embedding(4, 3, 0, scale_grad_by_freq=True),
        WORDS,
        differences=False,
    ),
    module_case("Embedding:one word", lambda nn: nn.Embedding(4, 3), np.array(2)),
    module_case("Embedding:no words", lambda nn: nn.Embedding(4, 3), np.zeros((0, 2), np.int64)),
    module_case("Embedding:pretrained", lambda nn: pretrained(nn, "Embedding"), WORDS, order=0),
    module_case(
        "Embedding:tuned", lambda nn: pretrained(nn, "Embedding", freeze=False, padding_idx=2), WORDS, differences=False
    ),
    module_case("EmbeddingBag", lambda nn: nn.EmbeddingBag(4, 3), WORDS),
    module_case("EmbeddingBag:offsets", lambda nn: nn.EmbeddingBag(4, 3), ROW, STARTS),
    module_case("EmbeddingBag:sum", lambda nn: nn.EmbeddingBag(4, 3, mode="sum"), ROW, STARTS),
    module_case("EmbeddingBag:max", lambda nn: nn.EmbeddingBag(4, 3, mode="max"), ROW, STARTS),
    module_case("EmbeddingBag:max of rows", lambda nn: nn.EmbeddingBag(4, 3, mode="max", padding_idx=1), WORDS),
    module_case("EmbeddingBag:weights", lambda nn: nn.EmbeddingBag(4, 3, mode="sum"), WORDS, (2, 3), call=weighted),
    module_case(
        "EmbeddingBag:weights and padding",
        lambda nn: nn.EmbeddingBag(4, 3, mode="sum", padding_idx=1),
        ROW,
        STARTS,
        (7,),
    ),
    module_case("EmbeddingBag:padding_idx", lambda nn: nn.EmbeddingBag(4, 3, padding_idx=1), ROW, STARTS),
    module_case(
        "EmbeddingBag:include_last_offset",
        lambda nn: nn.EmbeddingBag(4, 3, include_last_offset=True, padding_idx=-4),
        ROW,
        np.array([0, 2, 5, 7]),
    ),
    module_case(
        "EmbeddingBag:max_norm", lambda nn: nn.EmbeddingBag(4, 3, 1.0, 3.0), ROW, STARTS, order=1, differences=False
    ),
    # Each row twice: where frequencies differ, PyTorch divides by that of another row.
    module_case(
        "EmbeddingBag:scale_grad_by_freq",
        lambda nn: nn.EmbeddingBag(4, 3, scale_grad_by_freq=True),
        PAIRS,
        differences=False,
    ),
    module_case("EmbeddingBag:pretrained", lambda nn: pretrained(nn, "EmbeddingBag", mode="sum"), WORDS, order=0),
]
