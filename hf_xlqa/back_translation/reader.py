"""Back-translated answers in their passage: as they are, by SimpleMatch, or by a model that was trained for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from hf_xlqa.back_translation.pipeline import (
    BLANK_CONTEXT,
    NO_ANSWER,
    Answering,
    BackTranslation,
    TranslatedAnswer,
    answers_of,
    shown,
)
from hf_xlqa.recovery.simple_match import simple_match
from hf_xlqa.schema import Example, Prediction, Span
from hf_xlqa.translation.backend import TranslationError

Kind = Literal["aligner", "verifier"]
"""Models that find an answer again: [CLS] A_trans [SEP] P_T [SEP], and [CLS] A_trans # Q_T [SEP] P_T [SEP]."""
KINDS: tuple[Kind, ...] = get_args(Kind)
Method = Literal["none", "simple_match", "aligner", "verifier"]
"""How an answer comes into its passage; with "none" it does not."""


@dataclass(frozen=True, slots=True)
class BackTranslatedPrediction(Prediction):
    """A prediction that says how it came about; without spans, its text is the translated answer itself.

    Args:
        source_text: the answer in the source language, "" where there is none.
        translated: that answer translated back.
        method: how it came into the passage.
        translators: names of the translators, there and back.
        fault: why there is no answer, "" where there is one.
    """

    source_text: str = ""
    translated: str = ""
    method: Method = "none"
    translators: tuple[str, str] = ("", "")
    fault: str = ""

    @property
    def text(self) -> str:
        """The best span, or with the method "none" the translated answer."""
        if self.method == "none":
            return self.translated
        return self.spans[0].text if self.spans else ""


class BackTranslationReader:
    """Answers by way of another language (Cui et al. 2019, sections 3.1-3.4).

    A passage without text, and a question that the source reader leaves open, get no answer; `fault` says why.

    Args:
        pipeline: translates, reads and translates back.
        method: "none" gives the translated answer as it is (GNMT); "simple_match" the window of the passage
            that is most like it, of equal ones the first, and the first of all where none shares a character;
            "aligner" and "verifier" the span that `finder` gives.
        finder: for "aligner" and "verifier", the model, which is asked `question_of(...)`.

    Raises:
        ValueError: when the method is unknown, or `finder` is missing or of no use.
    """

    def __init__(
        self, pipeline: BackTranslation, *, method: Method = "simple_match", finder: Answering | None = None
    ) -> None:
        if method not in get_args(Method):
            raise ValueError(f"`method` must be one of {', '.join(get_args(Method))}, but is {method!r} instead.")
        if (finder is None) == (method in KINDS):
            needed = "given" if finder is None else "None"
            raise ValueError(f"`finder` must be {needed} where `method` is {method}, but is {finder} instead.")
        self.pipeline = pipeline
        self.method = method
        self.finder = finder

    def answer(self, examples: Sequence[Example]) -> list[Prediction]:
        """The answer to each example, a `BackTranslatedPrediction`, in the order of the examples.

        Raises:
            ValueError: see `BackTranslation`.
            TranslationError: when a translator fails, or has no translation of some examples; names them.
        """
        return self.place(list(self.pipeline(examples)))

    def place(self, found: Sequence[TranslatedAnswer]) -> list[Prediction]:
        """The predictions from what the pipeline gave, so that several methods need it but once.

        Raises:
            TranslationError: when examples have no translation.
        """
        untranslated = [each.example.id for each in found if each.fault not in ("", BLANK_CONTEXT, NO_ANSWER)]
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
        return [Prediction(each.example.id, (_window(each.example.context, each.text),)) for each in found]

    def _prediction(self, found: TranslatedAnswer, placed: Prediction | None) -> BackTranslatedPrediction:
        return BackTranslatedPrediction(
            found.example.id,
            placed.spans if placed else (),
            placed.null_score if placed else None,
            source_text=found.source_text,
            translated=found.text,
            method=self.method,
            translators=self.pipeline.translators,
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


def _window(context: str, answer: str) -> Span:
    recovery = simple_match(context, answer)
    if recovery:
        return Span(context[recovery.start : recovery.end], recovery.start, recovery.end, recovery.score or 0.0)
    start = len(context) - len(context.lstrip())
    text = context[start : start + len(answer)].rstrip()
    return Span(text, start, start + len(text), 0.0)
