"""What every scoring rule shares: reading records, pairing by id, refusing what must not be scored, averaging."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from reprlib import repr as shortened
from typing import Any, ClassVar, NamedTuple

import datasets
import evaluate

_USAGE = """
Args:
    predictions: list of {"id": str, "prediction_text": str}, in any order.
    references: list of {"id": str, "answers": {"text": [str, ...], "answer_start": [int, ...]}}, in any order;
        a record may name the "language" of its context. Other keys are passed over.
    language, golds, missing, corpus: as in the constructor, for this call only.
Returns:
    exact_match, f1: means in [0, 100]. count, missing: questions, and those of them without a prediction.
    per_question: {id: {"exact_match", "f1"}} in [0, 1]. per_language: the means of each language.
    signature: what must be equal for two scores to be comparable.
"""
_FEATURES = datasets.Features(
    {
        "predictions": {"id": datasets.Value("string"), "prediction_text": datasets.Value("string")},
        "references": {
            "id": datasets.Value("string"),
            "answers": {
                "text": datasets.List(datasets.Value("string")),
                "answer_start": datasets.List(datasets.Value("int32")),
            },
            "language": datasets.Value("string"),
        },
    }
)
_PADDING: dict[str, dict[str, Any]] = {
    "predictions": {"id": "", "prediction_text": ""},
    "references": {"id": "", "answers": {"text": [], "answer_start": []}, "language": ""},
}
_CODE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]+)*", re.IGNORECASE)
_BLANKED = re.compile(r"\s*(?:FAKE_ANSWER\w*\s*)?")
_POLICIES = {"golds": ("all", "first"), "missing": ("refuse", "zero")}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How questions are scored.

    Args:
        language: language of the contexts (ISO 639-1, region tags allowed), where a record does not name its own.
        golds: "all" takes the best over the golds of a question, "first" its first one only.
        missing: what becomes of a question without a prediction: "refuse" the whole call, or score it "zero".
        corpus: name for the signature.

    Raises:
        ValueError: when `golds` or `missing` is not one of its values.
    """

    language: str | None = None
    golds: str = "all"
    missing: str = "refuse"
    corpus: str | None = None

    def __post_init__(self) -> None:
        for name, valid in _POLICIES.items():
            if getattr(self, name) not in valid:
                raise ValueError(f"`{name}` must be one of {', '.join(valid)}, but is {getattr(self, name)!r} instead.")


class Question(NamedTuple):
    """The golds of one question, and the language whose rule scores it."""

    golds: Sequence[str]
    language: str | None


class SpanMetric(evaluate.Metric, ABC):
    """One official rule: exact match and F1 of answer spans, per question and on average.

    A subclass states `version` (of the official rule), `languages` (those it accepts; None for any) and
    `score`. Predictions and references are paired by id, not by position, and may be added in batches,
    by several processes (`num_process`, `process_id`) too. Only direct siblings travel with a rule, so
    this file imports none.

    Args:
        language, golds, missing, corpus: see `Settings`.
        kwargs: arguments of `evaluate.Metric`.

    Raises:
        ValueError: when an argument is out of range.
    """

    version: ClassVar[str]
    citation: ClassVar[str]
    languages: ClassVar[frozenset[str] | None] = None
    file_paths: list[str] | None
    filelocks: list[Any] | None

    def __init__(
        self,
        *,
        language: str | None = None,
        golds: str = "all",
        missing: str = "refuse",
        corpus: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.settings = Settings(language=language, golds=golds, missing=missing, corpus=corpus)
        if language is not None:
            self.rule_language(language)

    @abstractmethod
    def score(self, prediction: str, golds: Sequence[str], *, language: str | None = None) -> tuple[float, float]:
        """Exact match and F1 of one prediction, in [0, 1], the best over the golds.

        Args:
            prediction: predicted text, "" for none.
            golds: gold texts, at least one.
            language: language of the context; None takes the metric's.
        """

    @property
    def rule(self) -> str:
        """Name of the rule: that of its file."""
        return type(self).__module__.rpartition(".")[2]

    def rule_language(self, language: str | None = None) -> str | None:
        """The code whose rule applies: "zh" for "zh-TW"; None where no language is named and the rule needs none.

        Raises:
            ValueError: when the rule does not know the language.
        """
        named = language or self.settings.language
        if not self._accepts(named):
            raise ValueError(f"`language` must be {self._valid_languages()}, but is {named!r} instead.")
        return _primary(named)

    def add(self, *, prediction: Any = None, reference: Any = None, **kwargs: Any) -> None:
        """Add one prediction and the reference of one question; the two may be of different questions."""
        super().add(prediction=_read_prediction(prediction), reference=_read_reference(reference), **kwargs)

    def add_batch(self, *, predictions: Any = None, references: Any = None, **kwargs: Any) -> None:
        """Add predictions and references; one may be longer than the other, or absent."""
        columns = {
            "predictions": [_read_prediction(record) for record in predictions or ()],
            "references": [_read_reference(record) for record in references or ()],
        }
        length = max(map(len, columns.values()))
        for name, column in columns.items():
            column += [_PADDING[name]] * (length - len(column))
        super().add_batch(**columns, **kwargs)

    def compute(self, *, predictions: Any = None, references: Any = None, **kwargs: Any) -> dict[str, Any] | None:
        """Score all that was added, and what is passed here; None on processes other than the first."""
        try:
            result: dict[str, Any] | None = super().compute(predictions=predictions, references=references, **kwargs)
        except Exception:
            self._release_cache_files()
            raise
        return result

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=type(self).__doc__ or "", citation=self.citation, inputs_description=_USAGE, features=_FEATURES
        )

    def _compute(self, *, predictions: Sequence[Any], references: Sequence[Any], **overrides: Any) -> dict[str, Any]:
        settings = replace(self.settings, **overrides)
        texts = _by_id("predictions", ((record["id"], record["prediction_text"]) for record in predictions))
        golds = _by_id("references", ((record["id"], record) for record in references))
        questions = {id_: _question(record, settings) for id_, record in golds.items()}
        self._refuse_languages(questions)
        unanswered = _pair(texts, questions, settings.missing)
        scores = {id_: self._score(texts.get(id_), question) for id_, question in questions.items()}
        return self._result(scores, questions, settings) | {"missing": len(unanswered)}

    def _score(self, text: str | None, question: Question) -> tuple[float, float]:
        return (0.0, 0.0) if text is None else self.score(text, question.golds, language=question.language)

    def _result(
        self, scores: Mapping[str, tuple[float, float]], questions: Mapping[str, Question], settings: Settings
    ) -> dict[str, Any]:
        by_language: dict[str, list[tuple[float, float]]] = {}
        for id_, question in questions.items():
            by_language.setdefault(question.language or "any", []).append(scores[id_])
        return _means(scores.values()) | {
            "per_question": {id_: {"exact_match": em, "f1": f1} for id_, (em, f1) in scores.items()},
            "per_language": {language: _means(by_language[language]) for language in sorted(by_language)},
            "signature": self._signature(by_language, settings),
        }

    def _signature(self, languages: Iterable[str], settings: Settings) -> str:
        fields = {
            "rule": self.rule,
            "version": self.version,
            "language": "+".join(sorted(languages)),
            "golds": settings.golds,
            "missing": settings.missing,
            "corpus": settings.corpus or "unnamed",
        }
        return "|".join(f"{name}:{value}" for name, value in fields.items())

    def _accepts(self, language: str | None) -> bool:
        if self.languages is None:
            return language is None or _CODE.fullmatch(language) is not None
        return _primary(language) in self.languages

    def _valid_languages(self) -> str:
        return f"one of {', '.join(sorted(self.languages))}" if self.languages else 'a code such as "zh" or "zh-TW"'

    def _refuse_languages(self, questions: Mapping[str, Question]) -> None:
        accepted = {code: self._accepts(code) for code in {question.language for question in questions.values()}}
        refused = {id_: question.language for id_, question in questions.items() if not accepted[question.language]}
        counts = Counter(map(repr, refused.values()))
        named = ", ".join(f"{code} ({count})" for code, count in counts.items())
        _refuse(list(refused), f"`language` must be {self._valid_languages()}", f"questions have {named}")

    def _release_cache_files(self) -> None:
        """Delete what a failed computation leaves behind, so that the next one starts afresh."""
        self.data = None
        for path, lock in zip(self.file_paths or (), self.filelocks or (), strict=True):
            Path(path).unlink(missing_ok=True)
            lock.release()
        self.file_paths, self.filelocks = None, None


def _read_prediction(record: Any) -> dict[str, str]:
    if not _is_record(record) or not isinstance(record.get("prediction_text"), str):
        raise ValueError(
            '`predictions` must hold {"id": str, "prediction_text": str} with a non-empty id, '
            f"but hold {shortened(record)} instead."
        )
    return {"id": record["id"], "prediction_text": record["prediction_text"]}


def _read_reference(record: Any) -> dict[str, Any]:
    answers = record.get("answers") if _is_record(record) else None
    if not isinstance(answers, Mapping) or not _is_list_of_strings(answers.get("text")):
        raise ValueError(
            '`references` must hold {"id": str, "answers": {"text": [str, ...]}} with a non-empty id, '
            f"but hold {shortened(record)} instead."
        )
    kept = {"text": list(answers["text"]), "answer_start": list(answers.get("answer_start", ()))}
    return {"id": record["id"], "answers": kept, "language": record.get("language") or ""}


def _is_record(record: Any) -> bool:
    return isinstance(record, Mapping) and isinstance(record.get("id"), str) and record["id"] != ""


def _is_list_of_strings(texts: Any) -> bool:
    return isinstance(texts, Sequence) and not isinstance(texts, str) and all(isinstance(text, str) for text in texts)


def _by_id(name: str, records: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Records by id without the padding; refuses repeated ids."""
    pairs = [(id_, record) for id_, record in records if id_]
    counts = Counter(id_ for id_, _ in pairs)
    repeated = [id_ for id_, count in counts.items() if count > 1]
    _refuse(repeated, f"`{name}` must have each id once", "ids are repeated")
    return dict(pairs)


def _question(record: Mapping[str, Any], settings: Settings) -> Question:
    golds = record["answers"]["text"]
    language = record["language"] or settings.language
    return Question(golds if settings.golds == "all" else golds[:1], _primary(language))


def _pair(texts: Mapping[str, str], questions: Mapping[str, Question], missing: str) -> list[str]:
    """Ids of the questions without a prediction; refuses what must not be scored."""
    if not questions:
        raise ValueError("`references` must hold a question, but are empty instead.")
    blanked = [id_ for id_, question in questions.items() if _is_blanked(question.golds)]
    _refuse(blanked, "`answers` must be real golds", "questions have no gold, an empty one or a FAKE_ANSWER")
    unknown = [id_ for id_ in texts if id_ not in questions]
    _refuse(unknown, "`predictions` must be of questions in `references` (leave the others out)", "ids are unknown")
    unanswered = [id_ for id_ in questions if id_ not in texts]
    if missing == "refuse":
        demand = '`predictions` must answer every question, unless missing="zero" scores the others 0'
        _refuse(unanswered, demand, "questions have none")
    return unanswered


def _is_blanked(golds: Sequence[str]) -> bool:
    return not golds or any(_BLANKED.fullmatch(gold) for gold in golds)


def _refuse(ids: Sequence[str], demand: str, fault: str) -> None:
    """Raise where there are ids at fault, with their count and the first of them."""
    if ids:
        first = ", ".join(map(repr, ids[:5])) + (", ..." if len(ids) > 5 else "")
        raise ValueError(f"{demand}, but {len(ids)} {fault} instead: {first}.")


def _means(scores: Iterable[tuple[float, float]]) -> dict[str, float | int]:
    exact_matches, f1s = zip(*scores, strict=True)
    count = len(f1s)
    return {"exact_match": 100 * sum(exact_matches) / count, "f1": 100 * sum(f1s) / count, "count": count}


def _primary(language: str | None) -> str | None:
    return None if language is None else re.split("[-_]", language)[0].lower()
