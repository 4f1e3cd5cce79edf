"""Predictions scored by the rules of their corpora, question by question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hf_xlqa import plugins
from hf_xlqa.corpora.catalog import CATALOG, metric_of
from hf_xlqa.experiment.questions import QuestionSet
from hf_xlqa.metrics import load_metric
from hf_xlqa.reports import NO_TRANSLATIONS, Score
from hf_xlqa.reports.system import ScoredSet

_ANY_LANGUAGE = "universal"  # the rule of corpora that are not in the catalog


@dataclass(frozen=True)
class Rule:
    """How sets are scored.

    Args:
        name: a rule of `metrics/`, NAME or NAME:VARIANT ("korquad:2.0"); None for that of each corpus.
        golds: "all" takes the best over the golds of a question, "first" its first one only.
        missing: what becomes of a question without a prediction: "refuse" the set, or score it "zero".
    """

    name: str | None = None
    golds: str = "all"
    missing: str = "refuse"

    def of(self, each: QuestionSet) -> str:
        """Name of the rule that a set is scored by."""
        return self.name or metric_name(each.corpus)

    def load(self, each: QuestionSet) -> Any:
        """The rule of a set, by the language of its contexts.

        Raises:
            ValueError: when there is no such rule, or it does not know the language.
        """
        name, colon, variant = self.of(each).partition(":")
        options = {"config_name": variant} if colon else {}
        languages = plugins.find("metrics", name).languages
        try:
            return load_metric(
                name,
                language=each.context_language,
                corpus=each.corpus,
                golds=self.golds,
                missing=self.missing,
                **options,
            )
        except ValueError as error:
            is_remedied = languages is not None and "`language`" in str(error)
            remedy = f" `--rule {_ANY_LANGUAGE}` scores every language." if is_remedied else ""
            raise ValueError(f"{each.name} cannot be scored by {self.of(each)}: {error}{remedy}") from error

    def check(self, sets: Iterable[QuestionSet]) -> None:
        """Refuse what cannot be scored, before anything is answered; see `load`."""
        for each in sets:
            self.load(each)


def metric_name(corpus: str) -> str:
    """The rule a corpus is scored by."""
    return metric_of(corpus) if corpus in CATALOG else _ANY_LANGUAGE


def score_set(
    each: QuestionSet, texts: Mapping[str, str], rule: Rule, *, translations: str = NO_TRANSLATIONS
) -> ScoredSet:
    """The scores of the predictions for one set.

    Args:
        each: the set.
        texts: predicted texts by id, of questions of the set.
        rule: how they are scored.
        translations: what the system read beside the set, for the reports.

    Raises:
        ValueError: when a question has no prediction and `rule.missing` is "refuse", ids are unknown, or
            the rule does not know the language.
    """
    metric = rule.load(each)
    try:
        result = metric.compute(
            predictions=[{"id": id_, "prediction_text": text} for id_, text in texts.items()],
            references=list(each.references),
        )
    except ValueError as error:
        raise ValueError(f"{each.name}: {error}") from error
    score = Score(
        name=each.name,
        language=each.context_language,
        metric=rule.of(each),
        exact_match=result["exact_match"],
        f1=result["f1"],
        questions=len(each.references),
        signature=result["signature"],
        translations=translations,
    )
    return ScoredSet.from_questions(score, result["per_question"])


def signatures(scored: Sequence[ScoredSet]) -> list[str]:
    """One line a signature, with the sets that it holds for."""
    sets: dict[str, list[str]] = {}
    for each in scored:
        sets.setdefault(each.score.signature, []).append(each.score.name)
    return [f"{', '.join(names)}: {signature}" for signature, names in sets.items()]
