"""Weights of training datasets by how alike their questions are to the target's (XLTT, section 4.3, Eq. 18-19)."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import datasets
import numpy as np
from datasets.utils import tqdm
from torch.utils.data import Dataset

from hf_xlqa.leaks import LeakWarning
from hf_xlqa.text import terms

TARGET = "target_questions"


def task_weights(
    questions_by_dataset: Mapping[str, Iterable[str]], target_questions: Iterable[str], *, target_split: str = "dev"
) -> dict[str, float]:
    """Weight of each dataset: the softmax over datasets of `task_similarities` (Eq. 19). They sum to 1.

    Args:
        questions_by_dataset: the questions of each training dataset, by its name.
        target_questions: questions of the target dataset. The paper takes those of its English test
            set, which is a leak: take a dev split.
        target_split: split of the target questions; "test" raises a `LeakWarning`.

    Raises:
        ImportError: when scikit-learn is missing.
        ValueError: when there is no dataset, or one has no words in its questions.
    """
    if "test" in target_split.lower():
        warnings.warn(
            f"The target questions are from the split `{target_split}`: weights computed from test questions leak "
            "into training. Compute them from a dev split, or say so beside the scores.",
            LeakWarning,
            stacklevel=2,
        )
    similarities = task_similarities(questions_by_dataset, target_questions)
    total = sum(math.exp(similarity) for similarity in similarities.values())
    return {name: math.exp(similarity) / total for name, similarity in similarities.items()}


def task_similarities(
    questions_by_dataset: Mapping[str, Iterable[str]], target_questions: Iterable[str]
) -> dict[str, float]:
    """TF-IDF cosine between the questions of each dataset, as one document, and the target's (Eq. 18).

    Terms are `hf_xlqa.text.terms`; each document is read once and only its term counts are held.

    Raises:
        ImportError, ValueError: as `task_weights`.
    """
    if not questions_by_dataset:
        raise ValueError("`questions_by_dataset` must hold at least one dataset, but is empty instead.")
    vectorizer, transformer = _scikit_learn()
    counts = [_word_counts(name, questions) for name, questions in questions_by_dataset.items()]
    counts.append(_word_counts(TARGET, target_questions))
    # Rows have length 1, so the product with the last one is the cosine with the target.
    vectors = transformer.fit_transform(vectorizer.fit_transform(counts))
    cosines = (vectors[:-1] @ vectors[-1].T).toarray().ravel()
    return dict(zip(questions_by_dataset, cosines.tolist(), strict=True))


def with_weights(dataset: Dataset[Any] | datasets.Dataset, weight: float) -> Dataset[Any] | datasets.Dataset:
    """The same windows with `weight` as the `sample_weight` of each.

    Args:
        dataset: windows, as a `datasets.Dataset` or any map-style dataset of dicts.
        weight: the weight of the dataset in the loss, 0 or more.

    Raises:
        ValueError: when `weight` is negative or not finite.
    """
    if not (math.isfinite(weight) and weight >= 0):
        raise ValueError(f"`weight` must be a finite number of 0 or more, but is {weight} instead.")
    if isinstance(dataset, datasets.Dataset):
        return dataset.add_column("sample_weight", np.full(len(dataset), weight, dtype=np.float32))
    return WeightedWindows(dataset, weight)


class WeightedWindows(Dataset[dict[str, Any]]):
    """A map-style dataset of dicts whose items carry one `sample_weight`."""

    def __init__(self, windows: Any, weight: float) -> None:
        self.windows = windows
        self.weight = weight

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {**self.windows[index], "sample_weight": self.weight}

    def __getitems__(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        """Many items, read at once where the windows can; torch's loaders call this."""
        batched = hasattr(self.windows, "__getitems__")
        items = self.windows.__getitems__(indices) if batched else [self.windows[index] for index in indices]
        return [{**item, "sample_weight": self.weight} for item in items]


def _word_counts(name: str, questions: Iterable[str]) -> Counter[str]:
    counts = Counter(chain.from_iterable(map(terms, tqdm(questions, desc=f"Words of {name}", disable=None))))
    if not counts:
        raise ValueError(f"`{name}` must hold questions with words in them, but holds none instead.")
    return counts


def _scikit_learn() -> tuple[Any, Any]:
    try:
        from sklearn.feature_extraction import DictVectorizer
        from sklearn.feature_extraction.text import TfidfTransformer
    except ImportError as error:
        raise ImportError("Task similarity needs scikit-learn: pip install 'hf-xlqa[analysis]'") from error
    return DictVectorizer(), TfidfTransformer()
