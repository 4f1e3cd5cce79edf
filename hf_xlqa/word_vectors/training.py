"""Word vectors trained on the corpus itself, where no others are at hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from hf_xlqa.models.qanet_words import word_spans
from hf_xlqa.schema import Example
from hf_xlqa.word_vectors.vectors import Vectors
from hf_xlqa.word_vectors.vocabulary import corpus_texts

DIMENSION = 300
_MOST_BUCKETS = 2_000_000  # as fastText; a small corpus has fewer n-grams, and a bucket costs a vector of memory
_BUCKETS_PER_WORD = 10


def train_vectors(
    examples: Iterable[Example],
    language: str,
    words: Collection[str],
    *,
    dimension: int = DIMENSION,
    epochs: int = 5,
    min_count: int = 2,
    seed: int = 0,
) -> Vectors:
    """Train fastText (skip-gram with character n-grams; Bojanowski et al. 2017) on one language of a corpus.

    One thread works, so that the same corpus and seed give the same vectors. Words below `min_count`
    take the vectors of their n-grams.

    Args:
        examples: the texts of other languages are passed over.
        language: the language.
        words: the words that vectors are returned for (`Vocabulary.words_of`).
        dimension: width of a vector.
        epochs: how often the corpus is read.
        min_count: least number of occurrences of a word that is trained as a whole.
        seed: of the initial vectors and of sampling.

    Raises:
        ImportError: when gensim is not installed.
        ValueError: when the corpus has no word of the language that is frequent enough.
    """
    texts = [text for code, text in corpus_texts(examples) if code == language]
    sentences = [[text[start:end] for start, end in word_spans(text, language)] for text in texts]
    buckets = min(_MOST_BUCKETS, _BUCKETS_PER_WORD * max(1, len({word for each in sentences for word in each})))
    model = _fasttext()(
        vector_size=dimension, sg=1, min_count=min_count, bucket=buckets, seed=seed, workers=1, epochs=epochs
    )
    model.build_vocab(corpus_iterable=sentences)
    if not len(model.wv):
        raise ValueError(
            f"`examples` must have words of {language!r} that occur {min_count} times, but have none instead."
        )
    model.train(corpus_iterable=sentences, total_examples=len(sentences), epochs=epochs)
    ordered = sorted(words)
    matrix = np.array([model.wv.get_vector(word) for word in ordered], np.float32).reshape(-1, dimension)
    return Vectors({word: row for row, word in enumerate(ordered)}, matrix)


def _fasttext() -> Any:
    try:
        from gensim.models import FastText
    except ImportError as error:
        raise ImportError("Training word vectors needs gensim: pip install 'hf-xlqa[vectors]'") from error
    return FastText
