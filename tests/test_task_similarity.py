"""Task-level similarity (Eq. 18-19), against the formulas written out."""

from __future__ import annotations

import math
import sys
import warnings
from collections import Counter
from collections.abc import Iterator

import datasets
import numpy as np
import pytest
from torch.utils.data import Dataset

from hf_xlqa.leaks import LeakWarning
from hf_xlqa.task_similarity import task_similarities, task_weights, with_weights

QUESTIONS = {
    "rivers": ["Which river is the longest?", "Where does the river end?"],
    "songs": ["Who sang the song?", "谁唱歌？"],
    "mixed": ["Who named the river?"],
}
TARGET = ["Which river ends in Bonn?", "谁？"]


def cosines_by_hand() -> dict[str, float]:
    """Smoothed idf log((1 + n) / (1 + df)) + 1 times counts, then the cosine with the last document."""
    documents = [
        Counter(["which", "river", "is", "the", "longest", "where", "does", "the", "river", "end"]),
        Counter(["who", "sang", "the", "song", *"谁唱歌"]),
        Counter(["who", "named", "the", "river"]),
        Counter(["which", "river", "ends", "in", "bonn", "谁"]),
    ]
    idf = {term: math.log(5 / (1 + sum(term in other for other in documents))) + 1 for term in set().union(*documents)}
    vectors = [np.array([document[term] * idf[term] for term in sorted(idf)]) for document in documents]
    *sources, target = [vector / np.linalg.norm(vector) for vector in vectors]
    return dict(zip(QUESTIONS, (float(source @ target) for source in sources), strict=True))


def test_similarity_is_the_cosine_of_tfidf_documents() -> None:
    assert task_similarities(QUESTIONS, TARGET) == pytest.approx(cosines_by_hand(), abs=1e-12)


def test_weights_are_the_softmax_of_similarities() -> None:
    exponentials = {name: math.exp(cosine) for name, cosine in cosines_by_hand().items()}
    expected = {name: value / sum(exponentials.values()) for name, value in exponentials.items()}
    weights = task_weights(QUESTIONS, TARGET)
    assert weights == pytest.approx(expected, abs=1e-12)
    assert sum(weights.values()) == pytest.approx(1)


def test_questions_may_be_streams_that_are_read_once() -> None:
    def stream(questions: list[str]) -> Iterator[str]:
        yield from questions

    streams = {name: stream(questions) for name, questions in QUESTIONS.items()}
    assert task_weights(streams, stream(TARGET)) == task_weights(QUESTIONS, TARGET)


def test_test_questions_are_a_leak_and_dev_questions_are_not() -> None:
    with pytest.warns(LeakWarning, match="from the split `test`: weights computed from test questions leak"):
        task_weights(QUESTIONS, TARGET, target_split="test")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        task_weights(QUESTIONS, TARGET)


def test_no_dataset_is_refused() -> None:
    with pytest.raises(ValueError, match="must hold at least one dataset, but is empty"):
        task_weights({}, TARGET)


@pytest.mark.parametrize(("name", "target"), [("blank", TARGET), ("target_questions", ["?!"])])
def test_questions_without_words_are_refused_by_name(name: str, target: list[str]) -> None:
    questions = {"blank": ["?", ""]} if name == "blank" else QUESTIONS
    with pytest.raises(ValueError, match=f"`{name}` must hold questions with words"):
        task_similarities(questions, target)


def test_missing_scikit_learn_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.feature_extraction", None)
    with pytest.raises(ImportError, match=r"pip install 'hf-xlqa\[analysis\]'"):
        task_similarities(QUESTIONS, TARGET)


def test_weights_become_a_column_of_arrow_windows() -> None:
    weighted = with_weights(datasets.Dataset.from_dict({"input_ids": [[1], [2]]}), 0.25)
    assert weighted["sample_weight"][:] == [0.25, 0.25]
    assert weighted.features["sample_weight"].dtype == "float32"


def test_weights_become_a_key_of_other_windows() -> None:
    class Windows(Dataset[dict[str, int]]):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> dict[str, int]:
            return {"row": index}

    weighted = with_weights(Windows(), 0.5)
    assert len(weighted) == 3
    assert weighted[1] == {"row": 1, "sample_weight": 0.5}
    assert weighted.__getitems__([2, 0]) == [{"row": 2, "sample_weight": 0.5}, {"row": 0, "sample_weight": 0.5}]


def test_batches_are_read_at_once_where_the_windows_can() -> None:
    class Batched:
        def __len__(self) -> int:
            return 2

        def __getitems__(self, rows: list[int]) -> list[dict[str, int]]:
            return [{"row": row} for row in rows]

    assert with_weights(Batched(), 2).__getitems__([1, 0])[0] == {"row": 1, "sample_weight": 2}


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
def test_weights_are_finite_and_not_negative(weight: float) -> None:
    with pytest.raises(ValueError, match="`weight` must be a finite number of 0 or more"):
        with_weights(datasets.Dataset.from_dict({"input_ids": [[1]]}), weight)
