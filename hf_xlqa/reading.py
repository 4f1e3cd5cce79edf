"""What readers have in common: questions in, the best answers out, with their code points in the untouched context."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np

from hf_xlqa.messages import check_counts
from hf_xlqa.schema import Example, Prediction

UNKNOWN_LANGUAGE = "und"
"""ISO 639-2 code of texts whose language nobody said."""

_KEYS = ("question", "context", "language", "question_language")
Question = Mapping[str, Any] | Example
"""{"question", "context"} with, if need be, "language" (of the context) and "question_language"; or an example."""


@dataclass(frozen=True, slots=True)
class ReaderPrediction(Prediction):
    """A prediction that says which translations the model has read.

    Args:
        translations: for each language the model reads, the name of the translator, or what the model took in
            place of a translation ("copy", "skip").
    """

    translations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundAnswer:
    """One answer: `context[start:end]` is `text`.

    Args:
        text: as it stands in the context.
        start, end: first code point, and the one after the last.
        score: probability among the answers kept, a softmax over their logits (as in BERT's n-best files).
        logit: sum of the logits of its first and last token.
    """

    text: str
    start: int
    end: int
    score: float
    logit: float


@dataclass(frozen=True, slots=True)
class Reading:
    """The answers to one question, best first; none where the model finds no span.

    Args:
        answers: the answers.
        null_score: sum of the logits of "no answer", to be compared with `logit`; None where nothing gives one.
        translations: which translations the model has read, see `ReaderPrediction`; empty for most models.
    """

    answers: tuple[FoundAnswer, ...]
    null_score: float | None = None
    translations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, prediction: Prediction, *, top_k: int | None = None) -> Reading:
        """The reading of a prediction.

        Args:
            prediction: n-best spans.
            top_k: how many of them to keep; their scores do not depend on it.
        """
        logits = np.array([span.score for span in prediction.spans])
        weights = np.exp(logits - logits.max(initial=-np.inf))
        answers = [
            FoundAnswer(span.text, span.start, span.end, float(weight), span.score)
            for span, weight in zip(prediction.spans, weights / weights.sum(), strict=True)
        ]
        translations = prediction.translations if isinstance(prediction, ReaderPrediction) else {}
        return cls(tuple(answers[:top_k]), prediction.null_score, translations)

    @property
    def text(self) -> str:
        """The best answer, or "" where there is none."""
        return self.answers[0].text if self.answers else ""


class Reader(ABC):
    """Answers questions on contexts; a subclass says how.

    Called with one question and its context it gives a `Reading`, called with a sequence of questions a list of
    them, in their order:

        reader("Where does the river rise?", "The river rises in the mountains.").text
        reader([{"question": "Wo?", "context": "In Bonn.", "language": "de"}], top_k=3)
    """

    @abstractmethod
    def answer(self, examples: Sequence[Example]) -> Sequence[Prediction]:
        """The n best spans of each example, in the order of the examples."""

    def check(self, examples: Sequence[Example]) -> None:  # noqa: B027
        """Refuse questions that would not be read whole; by default none is.

        Args:
            examples: what is asked.

        Raises:
            ValueError: names the question and what to change.
        """

    @property
    def default_language(self) -> str:
        """The language of questions that come without one."""
        return UNKNOWN_LANGUAGE

    @overload
    def __call__(
        self,
        question: str,
        context: str,
        *,
        language: str | None = None,
        question_language: str | None = None,
        top_k: int | None = None,
    ) -> Reading: ...

    @overload
    def __call__(self, question: Sequence[Question], *, top_k: int | None = None) -> list[Reading]: ...

    def __call__(
        self,
        question: str | Sequence[Question],
        context: str | None = None,
        *,
        language: str | None = None,
        question_language: str | None = None,
        top_k: int | None = None,
    ) -> Reading | list[Reading]:
        """Answer one question, or many at once, which is faster than one after the other.

        Args:
            question: a question, or a sequence of questions with their contexts.
            context: the context of one question.
            language: ISO 639-1 code of the context of one question; by default `default_language`.
            question_language: that of the question, if it is another.
            top_k: how many answers to give for each question; by default all that are kept.

        Raises:
            ValueError: when a question or a context is no text, is blank or cannot be read whole, a record has
                other keys, or `top_k` is below 1.
        """
        check_counts(top_k=top_k)
        one = {
            "question": question,
            "context": context,
            "language": language,
            "question_language": question_language,
        }
        many = isinstance(question, Sequence) and not isinstance(question, str)
        if many and any(one[name] is not None for name in _KEYS[1:]):
            raise ValueError("`context` and languages must stand beside each question of a sequence, but do not.")
        asked: Sequence[Any] = question if many else [one]
        examples = [self._example(row, each) for row, each in enumerate(asked)]
        self.check(examples)
        predictions = self.answer(examples) if examples else []
        readings = [Reading.of(prediction, top_k=top_k) for prediction in predictions]
        return readings if many else readings[0]

    def _example(self, row: int, asked: Question) -> Example:
        place = f" of question {row}"
        if isinstance(asked, Example):
            question, context = asked.question, asked.context
        else:
            if not isinstance(asked, Mapping) or not {"question", "context"} <= set(asked) <= set(_KEYS):
                raise ValueError(
                    f"`question` {row} must be an `Example` or have the keys question and context, and if need be "
                    f"language and question_language, but is {asked!r} instead."
                )
            question, context = asked["question"], asked["context"]
        for name, text in (("question", question), ("context", context)):
            if not isinstance(text, str):
                raise ValueError(f"`{name}`{place} must be a text, but is {text!r} instead.")
            if not text.strip():
                raise ValueError(f"`{name}`{place} must not be blank, but is {text!r} instead.")
        if isinstance(asked, Example):
            return asked
        language = asked.get("language") or self.default_language
        return Example(
            id=str(row),
            parallel_id=str(row),
            title="",
            context=context,
            question=question,
            answers=(),
            context_language=language,
            question_language=asked.get("question_language") or language,
            corpus="",
        )
