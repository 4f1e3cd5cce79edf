"""Vectors trained on a corpus: its words stand near their like, the same seed gives the same vectors."""

from __future__ import annotations

import random
import sys
from functools import cache

import numpy as np
import pytest

from hf_xlqa.schema import Example
from hf_xlqa.word_vectors import Vectors, build_vocabulary, train_vectors

ANIMALS, METALS = ["cat", "dog", "cow", "pig"], ["iron", "gold", "tin", "zinc"]


@cache
def corpus() -> list[Example]:
    """Sentences that are about animals or about metals."""
    rng = random.Random(0)
    rows = []
    for number in range(150):
        words = [*ANIMALS, "runs", "eats"] if number % 2 else [*METALS, "melts", "rusts"]
        text = " ".join(rng.choices(words, k=30))
        rows.append(Example(str(number), "", "", text, "南京市 国王", (), "en", "zh", "test"))
    return rows


def trained(**options: int) -> Vectors:
    words = build_vocabulary(corpus()).words_of("en") | {"golden"}
    return train_vectors(corpus(), "en", words, **{"dimension": 16, "epochs": 12} | options)


def cosine(vectors: Vectors, one: str, other: str) -> float:
    a, b = vectors.find(one), vectors.find(other)
    assert a is not None and b is not None
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_words_stand_near_those_they_occur_with() -> None:
    vectors = trained()
    inside = min(cosine(vectors, one, other) for group in (ANIMALS, METALS) for one in group for other in group)
    across = max(cosine(vectors, one, other) for one in ANIMALS for other in METALS)
    assert inside > across + 0.2


def test_rare_words_have_the_vectors_of_their_pieces() -> None:
    vectors = trained()
    assert cosine(vectors, "golden", "gold") > cosine(vectors, "golden", "cat")


def test_only_the_language_is_trained() -> None:
    assert set(trained().rows) == {*ANIMALS, *METALS, "runs", "eats", "melts", "rusts", "golden"}


def test_the_same_seed_gives_the_same_vectors() -> None:
    first, second, other = trained(epochs=2), trained(epochs=2), trained(epochs=2, seed=1)
    assert np.array_equal(first.matrix, second.matrix)
    assert not np.array_equal(first.matrix, other.matrix)
    assert first.matrix.shape == (13, 16) and first.matrix.dtype == np.float32


def test_a_language_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="`examples` must have words of 'de' that occur 2 times, but have none"):
        train_vectors(corpus(), "de", {"ein"}, dimension=4)


def test_a_missing_gensim_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    with pytest.raises(ImportError, match=r"pip install 'hf-xlqa\[vectors\]'"):
        train_vectors(corpus(), "en", {"cat"}, dimension=4)
