"""Cases of embeddings."""

import numpy as np

from ..cases import case
from ..cases import functional as F

WORDS = np.array([[1, 3, 1], [0, 2, 1]])
ROW = np.array([1, 3, 1, 0, 2, 1, 2])
STARTS = np.array([0, 2, 2, 5])
ENDS = np.array([0, 2, 5, 7])

CASES = [
    case("embedding", lambda m, w, i: m.embedding(w, i), (4, 3), WORDS),
    case("embedding:functional", lambda m, w, i: F(m).embedding(i, w), (4, 3), WORDS.astype(np.int32)),
    case("embedding:one", lambda m, w, i: m.embedding(w, i), (4, 3), np.array(2)),
    case("embedding:none", lambda m, w, i: m.embedding(w, i), (4, 3), WORDS[:0]),
    case("embedding:wide", lambda m, w, i: m.embedding(w, i), (3, 70), np.array([1, 2, 1, 1, 2])),
    case("embedding_bag", lambda m, w, i, o: m.embedding_bag(w, i, o)[0], (4, 3), ROW, STARTS),
    case("embedding_bag:mean", lambda m, w, i: F(m).embedding_bag(i, w), (4, 3), WORDS),
    case("embedding_bag:max", lambda m, w, i, o: F(m).embedding_bag(i, w, o, mode="max"), (4, 3), ROW, STARTS),
    case(
        "embedding_bag:max, details",
        lambda m, w, i, o: m.embedding_bag(w, i, o, False, 2, False, None, True, 1),
        (4, 3),
        ROW,
        ENDS,
    ),
    case(
        "embedding_bag:weights",
        lambda m, w, i, p: F(m).embedding_bag(i, w, mode="sum", per_sample_weights=p),
        (4, 3),
        WORDS,
        (2, 3),
    ),
    case(
        "embedding_bag:padding",
        lambda m, w, i, o, p: F(m).embedding_bag(
            i, w, o, mode="sum", per_sample_weights=p, include_last_offset=True, padding_idx=1
        ),
        (4, 3),
        ROW,
        ENDS,
        (7,),
    ),
    case("embedding_bag:padded mean", lambda m, w, i: F(m).embedding_bag(i, w, padding_idx=-3), (4, 3), WORDS),
    case("embedding_bag:no bags", lambda m, w, i, o: m.embedding_bag(w, i, o)[0], (4, 3), ROW[:0], STARTS[:0]),
    case("embedding_renorm_", lambda m, w, i: m.embedding_renorm_(w.clone(), i, 1.0, 2.0), (4, 3), ROW, order=0),
    case("embedding_renorm_:p", lambda m, w, i: m.embedding_renorm_(w.clone(), i, 0.5, 1.0), (4, 3), ROW[:2], order=0),
    case("one_hot", lambda m, i: F(m).one_hot(i), WORDS, order=0),
    case("one_hot:classes", lambda m, i: F(m).one_hot(i, num_classes=5), np.array(3), order=0),
    case("one_hot:none", lambda m, i: F(m).one_hot(i, 3), WORDS[:0], order=0),
]
