"""Back-translated answers in their passage: as they are, by SimpleMatch, or by a model that was trained for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from hf_xlqa.back_translation.pipeline import (
    NO_TRANSLATION,
    BackTranslation,
    TranslatedAnswer,
    answers_of,
    shown,
)
from hf_xlqa.messages import check_choice
from hf_xlqa.reading import Reader, ReaderPrediction
from hf_xlqa.recovery.simple_match import simple_match
from hf_xlqa.schema import Example, Prediction, Span
from hf_xlqa.translation.backend import TranslationError

Kind = Literal["aligner", "verifier"]
"""Models that find an answer again: [CLS] A_trans [SEP] P_T [SEP], and [CLS] A_trans # Q_T [SEP] P_T [SEP]."""
KINDS: tuple[Kind, ...] = get_args(Kind)
Method = Literal["none", "simple_match", "aligner", "verifier"]
"""How an answer comes into its passage; with "none" it does not."""


@dataclass(frozen=True, slots=True)
class BackTranslatedPrediction(ReaderPrediction):
    """A prediction that says how it came about; without spans, its text is the translated answer itself.

    `translations` has the names of both translators, by the language they translate into.

    Args:
        source_text: the answer in the source language, "" where there is none.
        translated: that answer translated back.
        method: how it came into the passage.
        fault: why there is no answer, "" where there is one.
    """

    source_text: str = ""
    translated: str = ""
    method: Method = "none"
    fault: str = ""

    @property
    def text(self) -> str:
        """The best span, or with the method "none" the translated answer."""
        if self.method == "none":
            return self.translated
        return self.spans[0].text if self.spans else ""


class BackTranslationReader(Reader):
    """Answers by way of another language (Cui et al. 2019, sections 3.1-3.4).

    A passage without text, and a question that the source reader leaves open, get no answer; `fault` says why.

    Args:
        pipeline: translates, reads and translates back.
        method: "none" gives the translated answer as it is (GNMT); "simple_match" the window of the passage
            that is most like it, always one, see `matched`: the paper leaves open which of equal ones, here it is
            that nearest to where the source answer is; "aligner" and "verifier" the span that `finder` gives.
        finder: for "aligner" and "verifier", the model, which is asked `question_of(...)`.

    Raises:
        ValueError: when the method is unknown, or `finder` is missing or of no use.
    """

    def __init__(
        self, pipeline: BackTranslation, *, method: Method = "simple_match", finder: Reader | None = None
    ) -> None:
        check_choice("method", method, get_args(Method))
        if (finder is None) == (method in KINDS):
            needed = "given" if finder is None else "None"
            raise ValueError(f"`finder` must be {needed} where `method` is {method}, but is {finder} instead.")
        self.pipeline = pipeline
        self.method = method
        self.finder = finder

    @property
    def default_language(self) -> str:
        """The target language."""
        return self.pipeline.translator.source_language

    def check(self, examples: Sequence[Example]) -> None:
        """Refuse the method "none", whose answers have no place in the context.

        Raises:
            ValueError: see above.
        """
        if self.method == "none":
            raise ValueError(
                "`method` must be simple_match, aligner or verifier to find places in the context, but is 'none' "
                "instead; `answer` gives the text of its predictions."
            )

    def answer(self, examples: Sequence[Example]) -> list[BackTranslatedPrediction]:
        """The answer to each example, in the order of the examples.

        Raises:
            ValueError: see `BackTranslation`.
            TranslationError: when a translator fails, or has no translation of some examples; names them.
        """
        return self.place(list(self.pipeline(examples)))

    def place(self, found: Sequence[TranslatedAnswer]) -> list[BackTranslatedPrediction]:
        """The predictions from what the pipeline gave, so that several methods need it but once.

        Raises:
            TranslationError: when examples have no translation.
        """
        untranslated = [each.example.id for each in found if each.fault == NO_TRANSLATION]
        if untranslated:
            name = self.pipeline.translator.name
            raise TranslationError(
                f"`examples` must have a translation each, but {shown(untranslated)} of {len(found)} have none in "
                f"{name} instead; leave them out, or give a translator that has all."
            )
        placed = iter(self._placed([each for each in found if not each.fault]))
        return [self._prediction(each, None if each.fault else next(placed)) for each in found]

    def _placed(self, found: Sequence[TranslatedAnswer]) -> Sequence[Prediction]:
        """A prediction for each answer, by the method."""
        if self.finder is not None:
            kind: Kind = "aligner" if self.method == "aligner" else "verifier"
            return answers_of(self.finder, [to_find(each, kind) for each in found])
        if self.method == "none":
            return [Prediction(each.example.id, ()) for each in found]
        return [
            Prediction(each.example.id, (matched(each.example.context, each.text, each.position),)) for each in found
        ]

    def _prediction(self, found: TranslatedAnswer, placed: Prediction | None) -> BackTranslatedPrediction:
        return BackTranslatedPrediction(
            found.example.id,
            placed.spans if placed else (),
            placed.null_score if placed else None,
            self.pipeline.translations,
            source_text=found.source_text,
            translated=found.text,
            method=self.method,
            fault=found.fault,
        )


def question_of(kind: Kind, translated: str, question: str) -> str:
    """What a model is asked in place of the question: A_trans or A_trans # Q_T (Cui et al. 2019, Figure 1).

    >>> question_of("verifier", "1976", "When was it built?")
    '1976 # When was it built?'
    """
    return translated if kind == "aligner" else f"{translated} # {question}"


def to_find(found: TranslatedAnswer, kind: Kind) -> Example:
    """The example with the translated answer in its question, its golds as they were."""
    return replace(found.example, question=question_of(kind, found.text, found.example.question))


def matched(context: str, answer: str, position: float | None = None) -> Span:
    """The window of a passage that SimpleMatch finds; where none shares a character with the answer, one as long as it.

    Args:
        context: the passage, not blank.
        answer: what to find, not blank.
        position: of equal windows the one nearest to this share of the passage is taken, in [0, 1]; without, the first.

    Returns:
        The window, its F1 as the score.
    """
    recovery = simple_match(context, answer, position)
    if recovery:
        return Span(context[recovery.start : recovery.end], recovery.start, recovery.end, recovery.score or 0.0)
    first, last = len(context) - len(context.lstrip()), len(context.rstrip())
    start = max(first, min(round((position or 0) * len(context)), last - len(answer)))
    start += len(context[start:]) - len(context[start:].lstrip())
    text = context[start : min(start + len(answer), last)].rstrip()
    return Span(text, start, start + len(text), 0.0)
