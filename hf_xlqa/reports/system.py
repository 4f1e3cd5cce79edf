"""What one run of a system scores on every question: the file that is written by scoring and read by comparing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hf_xlqa.json_record import checked_fields, parse_json, read_text, write_text
from hf_xlqa.messages import first_few, named, shown
from hf_xlqa.reports.score import MEASURES, Measure, Score

FloatArray = NDArray[np.float64]
_NAMED = 5
_ROUNDING = 1e-6  # in points; sums of another order differ in the last digits
_OWN_AVERAGE = "|average:"  # in signatures of rules whose mean is not that over questions


@dataclass(frozen=True, eq=False)
class ScoredSet:
    """The scores of one run on one evaluation set, question by question.

    Args:
        score: the means over the set.
        ids: of the questions, each once.
        exact_match, f1: of the questions in the order of `ids`, (questions,), in [0, 1].

    Raises:
        ValueError: when an id is repeated, a score is out of range, or the number or mean of the scores of
            the questions is not that of `score`.
    """

    score: Score
    ids: tuple[str, ...]
    exact_match: FloatArray
    f1: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", tuple(self.ids))
        different = len(set(self.ids))
        if not self.ids or not different == len(self.ids) == self.score.questions:
            raise ValueError(
                f"`ids` of {named(self.score.name)} must be {shown(max(self.score.questions, 1))} different ones, "
                f"but are {len(self.ids)}, {different} of them different, instead."
            )
        for measure in MEASURES:
            values = np.array(getattr(self, measure), dtype=np.float64)
            self._check(measure, values)
            values.flags.writeable = False
            object.__setattr__(self, measure, values)

    @classmethod
    def from_questions(cls, score: Score, per_question: Mapping[str, Mapping[str, float]]) -> Self:
        """A scored set of what a metric gives.

        Args:
            score: the means over the set.
            per_question: {id: {"exact_match", "f1"}}, in [0, 1], as in the `per_question` of a metric's result.
        """
        values = {measure: np.array([each[measure] for each in per_question.values()]) for measure in MEASURES}
        return cls(score, tuple(per_question), values["exact_match"], values["f1"])

    def values(self, measure: Measure) -> FloatArray:
        """The scores of the questions by one measure, (questions,), in [0, 1]."""
        return self.f1 if measure == "f1" else self.exact_match

    def by_id(self, measure: Measure) -> dict[str, float]:
        """The scores of the questions by one measure, {id: score in [0, 1]}."""
        return dict(zip(self.ids, self.values(measure).tolist(), strict=True))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ScoredSet):
            return NotImplemented
        alike = self.score == other.score and self.ids == other.ids
        return alike and all(np.array_equal(self.values(measure), other.values(measure)) for measure in MEASURES)

    def __hash__(self) -> int:
        return hash((self.score, self.ids))

    def _check(self, measure: Measure, values: FloatArray) -> None:
        name = f"`{measure}` of {named(self.score.name)}"
        if values.shape != (len(self.ids),):
            raise ValueError(f"{name} must have the shape ({len(self.ids)},), but has {values.shape} instead.")
        outside = np.flatnonzero(~((values >= 0) & (values <= 1)))
        if outside.size:
            first = outside[0]
            raise ValueError(
                f"{name} must be in [0, 1], but is {values[first]} for question {shown(self.ids[first])} instead."
            )
        mean, stated = 100 * math.fsum(values) / len(values), getattr(self.score, measure)
        if _OWN_AVERAGE not in self.score.signature and not abs(mean - stated) <= _ROUNDING:
            raise ValueError(f"{name} must have the mean of its questions, {mean:.4f}, but is {stated:.4f} instead.")


@dataclass(frozen=True, kw_only=True)
class SystemScores:
    """What one run of a system (one seed) scores on every evaluation set.

    Args:
        system: its name; runs of the same name are seeds of one system.
        sets: the evaluation sets, each name once.
        seed: of the run, where it has one.
        versions: of the packages that scored, by name.
        command: that repeats the scoring.
        source: the file it was read from, for errors; "" for none.

    Raises:
        ValueError: when the name is no line of text, there is no set, or two have one name.
    """

    system: str
    sets: tuple[ScoredSet, ...]
    seed: int | None = None
    versions: Mapping[str, str]
    command: str
    source: str = field(default="", init=False, compare=False)

    def __post_init__(self) -> None:
        if not self.system.strip() or len(self.system.splitlines()) > 1:
            raise ValueError(f"`system` must be a name in one line, but is {shown(self.system)} instead.")
        names = [each.score.name for each in self.sets]
        if not names or len(set(names)) < len(names):
            listed = first_few([*map(named, names)], _NAMED) or "none"
            raise ValueError(
                f"`sets` of {named(self.system)} must be one or more of different names, but are {listed}."
            )

    @property
    def scores(self) -> list[Score]:
        """The means over each set."""
        return [each.score for each in self.sets]

    @property
    def label(self) -> str:
        """How messages call the run: its system, and its file where it has one."""
        return f"{named(self.system)} ({self.source})" if self.source else named(self.system)

    def to_json(self) -> str:
        """The record as JSON text, a line a set; `from_json` reads it back, to the last bit."""
        head = {"system": self.system, "seed": self.seed, "versions": dict(self.versions), "command": self.command}
        lines = [f"  {json.dumps(name)}: {_dumps(value)}" for name, value in head.items()]
        sets = ",\n".join(f"    {_dumps(_payload(each))}" for each in self.sets)
        return "{\n" + ",\n".join([*lines, f'  "sets": [\n{sets}\n  ]']) + "\n}\n"

    @classmethod
    def from_json(cls, text: str, *, source: str) -> Self:
        """The record of a JSON text.

        Args:
            source: name of the file, for the errors.

        Raises:
            ValueError: when the text is not JSON, a field is absent, unknown or of the wrong type, or the
                scores contradict each other.
        """
        values = checked_fields(cls, parse_json(text, source=source), source=source)
        _require(values["system"], str, f"{source}: system")
        _require(values.get("seed"), (int, type(None)), f"{source}: seed")
        _require(values["versions"], dict, f"{source}: versions")
        _require(values["command"], str, f"{source}: command")
        payloads = _require(values["sets"], list, f"{source}: sets")
        try:
            values["sets"] = tuple(_scored_set(each, f"{source}: sets[{index}]") for index, each in enumerate(payloads))
            scores = cls(**values)
        except (ValueError, OverflowError) as error:
            raise error if source in str(error) else ValueError(f"{source}: {error}") from error
        object.__setattr__(scores, "source", source)
        return scores

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """The record of a file.

        Raises:
            FileNotFoundError: when there is no such file.
            ValueError: see `from_json`.
        """
        return cls.from_json(read_text(Path(path)), source=str(path))

    def write(self, path: str | Path) -> Path:
        """Write the record to a file, whole or not at all; returns its path."""
        return write_text(Path(path), self.to_json())


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _payload(scored: ScoredSet) -> dict[str, Any]:
    exact_match, f1 = scored.exact_match.tolist(), scored.f1.tolist()
    return {"score": asdict(scored.score), "ids": scored.ids, "exact_match": exact_match, "f1": f1}


def _scored_set(payload: Any, source: str) -> ScoredSet:
    values = checked_fields(ScoredSet, payload, source=source)
    score = checked_fields(Score, values["score"], source=f"{source}: score")
    for name in ("name", "language", "metric", "signature", "translations"):
        _require(score.get(name, ""), str, f"{source}: score: {name}")
    for name in MEASURES:
        _require(score[name], (int, float), f"{source}: score: {name}")
    _require(score["questions"], int, f"{source}: score: questions")
    ids: Sequence[Any] = _require(values["ids"], list, f"{source}: ids")
    for each in ids:
        _require(each, str, f"{source}: ids")
    for name in MEASURES:
        for each in _require(values[name], list, f"{source}: {name}"):
            _require(each, (int, float), f"{source}: {name}")
    return ScoredSet(Score(**score), tuple(ids), np.array(values["exact_match"]), np.array(values["f1"]))


def _require(value: Any, types: type | tuple[type, ...], source: str) -> Any:
    if not isinstance(value, types) or isinstance(value, bool):
        names = " or ".join(each.__name__ for each in (types if isinstance(types, tuple) else (types,)))
        raise ValueError(f"`{source}` must hold a {names}, but holds {shown(value)} instead.")
    return value
