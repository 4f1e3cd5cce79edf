"""Evaluation sets: windows to logits to answers to the scores of the corpus's own rule."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as compute
from numpy.typing import NDArray
from torch.utils.data import Dataset

from hf_xlqa.alignment import AlignedWindows
from hf_xlqa.corpora.squad_format import references
from hf_xlqa.features import PreparedFeatures
from hf_xlqa.json_record import write_text
from hf_xlqa.metrics import load_metric
from hf_xlqa.reports import NO_TRANSLATIONS, Score
from hf_xlqa.schema import Example, Prediction
from hf_xlqa.spans import extract_predictions

FloatArray = NDArray[np.float32]
_GEOMETRY = ("offset_starts", "offset_ends")  # long columns that only the way back to spans reads


@dataclass(frozen=True)
class EvaluationSet:
    """Questions of one corpus in one language, and how they are answered and scored.

    Args:
        name: CORPUS/LANGUAGE, such as "xquad/zh"; slashes become underscores in keys and file names.
        examples: the examples, with golds.
        features: their windows.
        language: language of the contexts, whose rule scores.
        metric: name of the rule, a file of `metrics/`.
        parallel: the windows with their parallel windows, for models that read translations.
        translations: where the translations came from, for the reports ("gold", "lexicon", ...).
        references: the golds as the official script has them, `{"id", "answers"}` each, where the corpus has
            golds that do not stand in their context; by default those of the examples.

    Raises:
        ValueError: when `parallel` has not the windows of `features`.
    """

    name: str
    examples: Sequence[Example]
    features: PreparedFeatures
    language: str
    metric: str
    parallel: AlignedWindows | None = None
    translations: str = NO_TRANSLATIONS
    references: Sequence[Mapping[str, Any]] | None = None

    def __post_init__(self) -> None:
        windows = len(self.features.windows)
        if self.parallel is not None and len(self.parallel) != windows:
            raise ValueError(
                f"`parallel` of {self.name} must have the {windows} windows of its features, "
                f"but has {len(self.parallel)} instead."
            )

    @property
    def stem(self) -> str:
        """The name as a part of keys and file names."""
        return self.name.replace("/", "_")

    def answer(self, start_logits: FloatArray, end_logits: FloatArray, **limits: Any) -> list[Prediction]:
        """Answers to all examples.

        Args:
            start_logits, end_logits: (windows, length).
            limits: keyword arguments of `spans.extract_predictions`.
        """
        return extract_predictions(self.examples, self.features.windows, start_logits, end_logits, **limits)

    def score(self, predictions: Sequence[Prediction]) -> Score:
        """The score of the corpus's rule.

        Raises:
            ValueError: when an example has no real golds, or the rule does not know the language.
        """
        result = load_metric(self.metric, language=self.language, corpus=self.name.partition("/")[0]).compute(
            predictions=[{"id": each.id, "prediction_text": each.text} for each in predictions],
            references=list(references(self.examples) if self.references is None else self.references),
        )
        return Score(
            name=self.name,
            language=self.language,
            metric=self.metric,
            exact_match=result["exact_match"],
            f1=result["f1"],
            questions=len(self.examples),
            signature=result["signature"],
            translations=self.translations,
        )

    def write(self, predictions: Sequence[Prediction], folder: str | Path) -> None:
        """Write `predictions_STEM.json`, {id: text}, and `nbest_STEM.json` with all spans and null scores."""
        texts = {each.id: each.text for each in predictions}
        nbest = {each.id: _n_best(each) for each in predictions}
        write_text(Path(folder) / f"predictions_{self.stem}.json", _json(texts))
        write_text(Path(folder) / f"nbest_{self.stem}.json", _json(nbest))


Sets = Sequence[EvaluationSet] | Mapping[str, EvaluationSet]


def named_sets(sets: Sets) -> dict[str, EvaluationSet]:
    """Evaluation sets by the stem of their name, in their order.

    Raises:
        ValueError: when two sets would have the same keys and files.
    """
    listed = list(sets.values()) if isinstance(sets, Mapping) else list(sets)
    named = {each.stem: each for each in listed}
    if len(named) < len(listed):
        names = ", ".join(each.name for each in listed)
        raise ValueError(f"`eval_dataset` must have a different name for each set, but has {names} instead.")
    return named


class SortedWindows(Dataset[dict[str, Any]]):
    """Windows that are to be answered, the longest first: batches need little padding, and the first is the largest.

    Args:
        features: the windows.
        parallel: the same with their parallel windows, for models that read translations.
    """

    def __init__(self, features: PreparedFeatures, parallel: AlignedWindows | None = None) -> None:
        windows = features.windows
        lengths = compute.list_value_length(windows.select_columns("input_ids").with_format("arrow")[:]["input_ids"])
        self.order = np.argsort(-lengths.to_numpy(), kind="stable")
        self.languages = parallel.languages if parallel is not None else ()
        self.windows: Any = windows.remove_columns(_GEOMETRY) if parallel is None else parallel

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        """Many windows with one read."""
        items: list[dict[str, Any]] = self.windows.__getitems__(self.order[list(indices)].tolist())
        return items

    def restore(self, batches: Sequence[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
        """Start and end logits of all windows in their own order.

        Args:
            batches: start and end logits (batch, length) in the order of this dataset.

        Returns:
            Two arrays (windows, greatest length), the least float beyond the length of a batch.

        Raises:
            RuntimeError: when there is not one row for every window.
        """
        rows = sum(len(start) for start, _ in batches)
        if rows != len(self):
            raise RuntimeError(f"The batches must hold each of {len(self)} windows once, but hold {rows} rows instead.")
        starts, ends = zip(*batches, strict=True)
        return self._in_order(starts), self._in_order(ends)

    def _in_order(self, batches: Sequence[FloatArray]) -> FloatArray:
        width = max(batch.shape[1] for batch in batches)
        restored = np.full((len(self), width), np.finfo(np.float32).min, dtype=np.float32)
        row = 0
        for batch in batches:
            restored[self.order[row : row + len(batch)], : batch.shape[1]] = batch
            row += len(batch)
        return restored


@dataclass(frozen=True)
class Outcome:
    """What an evaluation of one set gave: its score, mean loss and number of windows."""

    score: Score
    loss: float
    windows: int


def metrics_of(outcomes: Sequence[Outcome], prefix: str) -> dict[str, float]:
    """PREFIX_STEM_exact_match, _f1 and _loss of every set, and PREFIX_exact_match, PREFIX_f1, their plain means."""
    metrics: dict[str, float] = {}
    for outcome in outcomes:
        stem = f"{prefix}_{outcome.score.name.replace('/', '_')}"
        metrics[f"{stem}_exact_match"] = outcome.score.exact_match
        metrics[f"{stem}_f1"] = outcome.score.f1
        metrics[f"{stem}_loss"] = outcome.loss
    for name in ("exact_match", "f1"):
        metrics[f"{prefix}_{name}"] = sum(getattr(outcome.score, name) for outcome in outcomes) / len(outcomes)
    return metrics


def _json(records: Mapping[str, Any]) -> str:
    """A JSON object with a line a record."""
    lines = (f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in records.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _n_best(prediction: Prediction) -> dict[str, Any]:
    spans = [
        {"text": span.text, "start": span.start, "end": span.end, "score": span.score} for span in prediction.spans
    ]
    return {"spans": spans, "null_score": prediction.null_score}
