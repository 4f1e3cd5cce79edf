"""What a system scores on one evaluation set, and what of its signature must agree before scores are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hf_xlqa.text import primary_language

NO_TRANSLATIONS = "none"
ABSENT = "-"

Measure = Literal["exact_match", "f1"]
MEASURES: dict[Measure, str] = {"exact_match": "EM", "f1": "F1"}
"""Headers of the measures."""


@dataclass(frozen=True, slots=True)
class Score:
    """What a system scores on one evaluation set.

    Args:
        name: name of the set, CORPUS/LANGUAGE such as "xquad/zh", or CORPUS/CONTEXT.QUESTION such as "mlqa/de.en".
        language: language of its contexts.
        metric: name of the rule.
        exact_match, f1: 0 to 100.
        questions: how many were scored.
        signature: the rule, its version and settings, as the metric prints them.
        translations: where the parallel inputs came from at test time ("none" where there were none).
    """

    name: str
    language: str
    metric: str
    exact_match: float
    f1: float
    questions: int
    signature: str
    translations: str = NO_TRANSLATIONS

    @property
    def corpus(self) -> str:
        """The part of the name before the first slash."""
        return self.name.partition("/")[0]

    @property
    def question_language(self) -> str:
        """Language of the questions: the one after the point of CORPUS/CONTEXT.QUESTION, else that of the contexts."""
        return self.name.partition("/")[2].partition(".")[2] or self.language

    @property
    def has_english(self) -> bool:
        """Whether its contexts or its questions are English."""
        return is_english(self.language) or is_english(self.question_language)


def is_english(language: str) -> bool:
    """Whether a code is that of English, region tags and capitals aside."""
    return primary_language(language) == "en"


def mean_scores(runs: Sequence[Sequence[Score]]) -> list[Score]:
    """The mean over several seeds of what one system scores on each set.

    Args:
        runs: the scores of each seed, of the same sets in the same order.

    Raises:
        ValueError: when there is no run, or the runs are not of the same sets.
    """
    if not runs or len({tuple(score.name for score in run) for run in runs}) > 1:
        listed = "; ".join(", ".join(score.name for score in run) for run in runs) or "none"
        raise ValueError(f"`runs` must be one or more of the same sets, but are of {listed} instead.")
    return [
        replace(
            scores[0],
            exact_match=sum(score.exact_match for score in scores) / len(scores),
            f1=sum(score.f1 for score in scores) / len(scores),
        )
        for scores in zip(*runs, strict=True)
    ]
