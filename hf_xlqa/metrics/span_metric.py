"""What every scoring rule shares: reading records, pairing by id, refusing what must not be scored, averaging."""

from __future__ import annotations

import math
import mmap
import re
from abc import ABC, abstractmethod
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from reprlib import repr as shortened
from typing import Any, ClassVar

import datasets
import evaluate
from datasets.table import InMemoryTable, concat_tables

_USAGE = """
Args:
    predictions: {"id": str, "prediction_text": str} of each question, in any order.
    references: {"id": str, "answers": {"text": [str, ...]}} of each question, in any order; a record may
        name the "language" of its context. Other keys are passed over, as "answer_start" is.
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
            "answers": {"text": datasets.List(datasets.Value("string"))},
            "language": datasets.Value("string"),
        },
    }
)
_BATCH = 1000
_CODE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]+)*", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANKED = re.compile(r"\s*(?:FAKE_ANSWER\w*\s*)?")
_POLICIES = {"golds": ("all", "first"), "missing": ("refuse", "zero")}


@dataclass(frozen=True, kw_only=True)
class ScoringSettings:
    """How questions are scored; a ValueError says which values there are.

    Args:
        language: language of the contexts (ISO 639-1, region tags allowed), where a record does not name its own.
        golds: "all" takes the best over the golds of a question, "first" its first one only.
        missing: what becomes of a question without a prediction: "refuse" the whole call, or score it "zero".
        corpus: name for the signature.
    """

    language: str | None = None
    golds: str = "all"
    missing: str = "refuse"
    corpus: str | None = None

    def __post_init__(self) -> None:
        for name, valid in _POLICIES.items():
            if getattr(self, name) not in valid:
                raise ValueError(f"`{name}` must be one of {', '.join(valid)}, but is {getattr(self, name)!r} instead.")


class SpanMetric(evaluate.Metric, ABC):
    """One official rule: exact match and F1 of answer spans, per question and on average.

    A subclass states `version` (of the official rule), `languages` (those it accepts; None for any) and
    `score`; a rule with variants states `configurations` in place of `version` (name of each, as in
    `evaluate.load(path, name)`, to its version; the first is the default) and reads `self.config_name`.
    `_averages` and `_signature_fields` are for rules with averages or conditions of their own.
    Predictions and references are paired by id, and may be added in batches, by several processes too.
    Texts stay in the cache files: memory grows with the ids and scores alone. Only direct siblings travel
    with a rule, so this file imports none.

    Args:
        config_name: variant of the rule; None for its first.
        language, golds, missing, corpus: see `ScoringSettings`.
        kwargs: arguments of `evaluate.Metric`.

    Raises:
        ValueError: when an argument is out of range.
    """

    version: ClassVar[str]
    citation: ClassVar[str]
    languages: ClassVar[frozenset[str] | None] = None
    configurations: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        *,
        config_name: str | None = None,
        language: str | None = None,
        golds: str = "all",
        missing: str = "refuse",
        corpus: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config_name=self._configuration(config_name), **kwargs)
        self.settings = ScoringSettings(language=language, golds=golds, missing=missing, corpus=corpus)
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
        """The code whose rule applies, "zh" for "zh-TW", or None; a ValueError where the rule does not know it."""
        named = language or self.settings.language
        if not self._accepts(named):
            raise ValueError(f"`language` must be {self._valid_languages()}, but is {named!r} instead.")
        return _primary(named)

    def add(self, *, prediction: Any = None, reference: Any = None) -> None:
        """Add one prediction and the reference of one question; the two may be of different questions."""
        record = {"predictions": _read_prediction(prediction), "references": _read_reference(reference)}
        self._open_writer().write(record)

    def add_batch(self, *, predictions: Any = None, references: Any = None) -> None:
        """Add predictions and references, all or none; one may be longer than the other, or absent."""
        columns: dict[str, list[Any]] = {
            "predictions": [_read_prediction(record) for record in _records("predictions", predictions)],
            "references": [_read_reference(record) for record in _records("references", references)],
        }
        length = max(map(len, columns.values()))
        padded = {name: column + [None] * (length - len(column)) for name, column in columns.items()}
        self._open_writer().write_batch(padded)

    def compute(self, *, predictions: Any = None, references: Any = None, **kwargs: Any) -> dict[str, Any] | None:
        """Score all that was added, and what is passed here; None on processes other than the first.

        After an error, which is a ValueError where a record is at fault, nothing is left of what was added.
        """
        try:
            if predictions is not None or references is not None:
                self._add_all(_records("predictions", predictions), _records("references", references))
            result: dict[str, Any] | None = super().compute(**kwargs)
        except Exception:
            self._discard()
            raise
        return result

    def _add_all(self, *columns: Iterator[Any]) -> None:
        self._open_writer()
        for batch in iter(lambda: [[*islice(column, _BATCH)] for column in columns], [[], []]):
            self.add_batch(predictions=batch[0], references=batch[1])

    def _open_writer(self) -> Any:
        """The writer of the cache file, used as it is: `evaluate` would check and encode each record once more."""
        if self.writer is None:
            self.selected_feature_format = self.features
            self._init_writer()
        return self.writer

    def _info(self) -> evaluate.MetricInfo:
        description = type(self).__doc__ or ""
        info = evaluate.MetricInfo(description, self.citation, _FEATURES, inputs_description=_USAGE)
        info.format = "arrow"  # set afterwards: the constructor takes a format for flat columns only
        return info

    def _compute(self, *, predictions: Any, references: Any, **overrides: Any) -> dict[str, Any]:
        settings = replace(self.settings, **overrides)
        stored = _Stored(predictions, references, self.file_paths or ())
        places = self._places(stored, settings)
        rows = _answer_rows(stored, places)
        unanswered = [id_ for id_, row in zip(places, rows, strict=True) if row < 0]
        demand = '`predictions` must answer every question, unless missing="zero" scores the others 0'
        _refuse(unanswered if settings.missing == "refuse" else (), demand, "questions have none")
        return self._result(stored, places, rows, settings) | {"missing": len(unanswered)}

    def _places(self, stored: _Stored, settings: ScoringSettings) -> dict[str, int]:
        """Place of each question among the questions; refuses what says nothing of its golds."""
        places: dict[str, int] = {}
        repeated, unknown = [], {}
        for _, id_, named in stored.rows(stored.ids, stored.languages):
            language = _primary(named or settings.language)
            if id_ in places:
                repeated.append(id_)
            if not self._accepts(language):
                unknown[id_] = repr(language)
            places[id_] = len(places)
        _refuse(repeated, "`references` must have each id once", "ids are repeated")
        listed = ", ".join(f"{code} ({count})" for code, count in Counter(unknown.values()).items())
        _refuse([*unknown], f"`language` must be {self._valid_languages()}", f"questions have {listed}")
        if not places:
            raise ValueError("`references` must hold a question, but are empty instead.")
        return places

    def _averages(
        self, per_language: Mapping[str, Mapping[str, float]], per_question: Mapping[str, Mapping[str, float]]
    ) -> dict[str, float]:
        """The averages of the result, "exact_match" and "f1" among them; here the means over the questions.

        Args:
            per_language: {code: {"exact_match", "f1", "count"}}, means in [0, 100], "any" where none is named.
            per_question: {id: {"exact_match", "f1"}} in [0, 1].
        """
        return _means(per_question.values())

    def _signature_fields(self, languages: Collection[str]) -> dict[str, str]:
        """What else must be equal for scores of this rule to be comparable; an average of its own is "average".

        Args:
            languages: codes of the languages scored, "any" where none is named.
        """
        return {}

    def _result(
        self, stored: _Stored, ids: Iterable[str], rows: Iterable[int], settings: ScoringSettings
    ) -> dict[str, Any]:
        per_question: dict[str, dict[str, float]] = {}
        by_language: dict[str, list[dict[str, float]]] = {}
        blanked = []
        questions = stored.rows(stored.ids, stored.golds, stored.languages)
        for id_, row, (_, _, golds, named) in zip(ids, rows, questions, strict=True):
            golds = golds if settings.golds == "all" else golds[:1]
            if not golds or any(map(_BLANKED.fullmatch, golds)):
                blanked.append(id_)
                continue
            language = _primary(named or settings.language)
            em, f1 = (0.0, 0.0) if row < 0 else self.score(str(stored.texts[row]), golds, language=language)
            per_question[id_] = {"exact_match": em, "f1": f1}
            by_language.setdefault(language or "any", []).append(per_question[id_])
        _refuse(blanked, "`answers` must be real golds", "questions have no gold, an empty one or a FAKE_ANSWER")
        per_language = {code: _means(by_language[code]) for code in sorted(by_language)}
        return self._averages(per_language, per_question) | {
            "count": len(per_question),
            "per_question": per_question,
            "per_language": per_language,
            "signature": self._signature(per_language, settings),
        }

    def _signature(self, languages: Collection[str], settings: ScoringSettings) -> str:
        fields = {
            "rule": self.rule,
            "version": self.configurations.get(self.config_name) or self.version,
            "language": "+".join(sorted(languages)),
            "golds": settings.golds,
            "missing": settings.missing,
            **self._signature_fields(languages),
            "corpus": settings.corpus or "unnamed",
        }
        return "|".join(f"{name}:{value}" for name, value in fields.items())

    def _configuration(self, name: str | None) -> str:
        valid = [*self.configurations] or ["default"]
        if name is not None and name not in valid:
            raise ValueError(f"`config_name` must be one of {', '.join(valid)}, but is {name!r} instead.")
        return name or valid[0]

    def _accepts(self, language: str | None) -> bool:
        if self.languages is None:
            return language is None or _CODE.fullmatch(language) is not None
        return _primary(language) in self.languages

    def _valid_languages(self) -> str:
        return f"one of {', '.join(sorted(self.languages))}" if self.languages else 'a code such as "zh" or "zh-TW"'

    def _discard(self) -> None:
        """Delete what was added and let go of its locks, so that the next computation starts afresh."""
        if self.writer is not None:
            self.writer.close()
        locks = dict(zip(self.file_paths or (), self.filelocks or (), strict=True))
        if self.cache_file_name is not None:
            locks[self.cache_file_name] = self.filelock
        for path, lock in locks.items():
            Path(path).unlink(missing_ok=True)
            lock.release()
        for name in ("data", "writer", "buf_writer", "cache_file_name", "filelock", "file_paths", "filelocks"):
            setattr(self, name, None)


class _Stored:
    """The records, as Arrow columns that stay in the cache files.

    Args:
        predictions, references: columns of `_FEATURES`.
        paths: the cache files that hold them, if any; mapped once more, as Arrow's mappings keep pages once read.
    """

    def __init__(self, predictions: Any, references: Any, paths: Sequence[str]) -> None:
        self._maps = [_mapped(path) for path in paths]
        if self._maps:
            table = concat_tables([InMemoryTable.from_buffer(memory) for memory in self._maps])
            predictions, references = table.column("predictions"), table.column("references")
        self.answered_ids, self.texts = predictions.flatten()
        self.ids, answers, self.languages = references.flatten()
        (self.golds,) = answers.flatten()

    def rows(self, ids: Any, *columns: Any) -> Iterator[tuple[Any, ...]]:
        """Number, id and other values of each row, but for the padding."""
        start = 0
        for chunks in zip(*(column.chunks for column in (ids, *columns)), strict=True):
            values = zip(*(chunk.to_pylist() for chunk in chunks), strict=True)
            yield from ((row, *record) for row, record in enumerate(values, start) if record[0])
            start += len(chunks[0])
            for memory in self._maps:
                if hasattr(memory, "madvise"):  # Windows has none
                    memory.madvise(mmap.MADV_DONTNEED)


def _mapped(path: str) -> mmap.mmap:
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _records(name: str, records: Any) -> Iterator[Any]:
    if isinstance(records, Mapping | str):
        form = 'For {id: text} pass [{"id": id, "prediction_text": text} for id, text in predictions.items()]'
        raise ValueError(f"`{name}` must be a list of records, but is {shortened(records)} instead. {form}.")
    return iter(() if records is None else records)


def _read_prediction(record: Any) -> dict[str, str]:
    if not _is_record(record) or not _is_text(record.get("prediction_text")):
        raise ValueError(
            '`predictions` must hold {"id": str, "prediction_text": str} with a non-empty id, in valid Unicode, '
            f"but hold {shortened(record)} instead."
        )
    return {"id": record["id"], "prediction_text": record["prediction_text"]}


def _read_reference(record: Any) -> dict[str, Any]:
    answers = record.get("answers") if _is_record(record) else None
    texts = answers.get("text") if isinstance(answers, Mapping) else None
    if not _is_list_of_texts(texts) or not _is_text(record.get("language") or ""):
        raise ValueError(
            '`references` must hold {"id": str, "answers": {"text": [str, ...]}} with a non-empty id, in valid '
            f'Unicode, and where they have a "language" a string, but hold {shortened(record)} instead.'
        )
    return {"id": record["id"], "answers": {"text": texts}, "language": record.get("language") or ""}


def _is_record(record: Any) -> bool:
    return isinstance(record, Mapping) and _is_text(record.get("id")) and record["id"] != ""


def _is_list_of_texts(texts: Any) -> bool:
    return isinstance(texts, Sequence) and not isinstance(texts, str) and all(map(_is_text, texts))


def _is_text(text: Any) -> bool:
    return isinstance(text, str) and (text.isascii() or _SURROGATE.search(text) is None)


def _answer_rows(stored: _Stored, places: Mapping[str, int]) -> array[int]:
    """Row of each question's prediction, -1 where there is none."""
    rows = array("q", [-1]) * len(places)
    unknown, repeated = [], []
    for row, id_ in stored.rows(stored.answered_ids):
        place = places.get(id_)
        if place is None:
            unknown.append(id_)
        elif rows[place] >= 0:
            repeated.append(id_)
        else:
            rows[place] = row
    _refuse(unknown, "`predictions` must be of questions in `references` (leave the others out)", "ids are unknown")
    _refuse(repeated, "`predictions` must have each id once", "ids are repeated")
    return rows


def _refuse(ids: Sequence[str], demand: str, fault: str) -> None:
    """Raise where there are ids at fault, with their count and the first of them."""
    if ids:
        first = ", ".join(map(repr, ids[:5])) + (", ..." if len(ids) > 5 else "")
        raise ValueError(f"{demand}, but {len(ids)} {fault} instead: {first}.")


def _means(scores: Collection[Mapping[str, float]]) -> dict[str, float]:
    """Means in percent, exactly rounded, so that the order of the questions changes nothing; and their count."""
    totals = {name: math.fsum(score[name] for score in scores) for name in ("exact_match", "f1")}
    return {name: 100 * total / len(scores) for name, total in totals.items()} | {"count": len(scores)}


@lru_cache(maxsize=1024)
def _primary(language: str | None) -> str | None:
    return None if language is None else re.split("[-_]", language)[0].lower()
