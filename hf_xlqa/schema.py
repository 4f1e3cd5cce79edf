"""The records that travel through the library: answers, examples, spans, predictions.

Every offset is a code-point offset into the untouched context, and every record is checked when it
is built, so code downstream never checks again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


class SchemaError(ValueError):
    """A record contradicts itself; the message names the record and the offset."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A gold answer: `text` as it stands at code point `start` of its context."""

    text: str
    start: int

    def __post_init__(self) -> None:
        if not self.text:
            raise SchemaError(f"`text` of an answer must not be empty, but is empty at offset {self.start} instead.")
        if self.start < 0:
            raise SchemaError(f"`start` of an answer must be 0 or more, but is {self.start} for {self.text!r} instead.")

    @property
    def end(self) -> int:
        """First code point after the answer."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Example:
    """One question on one paragraph.

    Args:
        id: identifier, unique within its corpus.
        parallel_id: identifier shared by the translations of this example in other languages.
        title: title of the article the paragraph is from, or "".
        context: the paragraph, never normalised.
        question: the question.
        answers: the golds; empty where the answers are not known.
        context_language: ISO 639-1 code of the context.
        question_language: ISO 639-1 code of the question; differs from the context's in G-XLT.
        corpus: name of the corpus the example is from.

    Raises:
        SchemaError: when an answer is not `context[answer.start:answer.end]`.
    """

    id: str
    parallel_id: str
    title: str
    context: str
    question: str
    answers: tuple[Answer, ...]
    context_language: str
    question_language: str
    corpus: str

    def __post_init__(self) -> None:
        if not isinstance(self.id, str):
            raise SchemaError(f"`id` must be a string, but is {self.id!r} instead.")
        for answer in self.answers:
            found = self.context[answer.start : answer.end]
            if found != answer.text:
                raise SchemaError(
                    f"`answers` of example {self.id!r} must stand in its context, but at offset {answer.start} "
                    f"there is {found!r} instead of {answer.text!r}."
                )


@dataclass(frozen=True, slots=True)
class ParallelExample:
    """An example and its translations, keyed by the language of their context.

    Raises:
        SchemaError: when a translation has another `parallel_id` or is filed under another language.
    """

    pivot: Example
    translations: Mapping[str, Example] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for language, translation in self.translations.items():
            if translation.parallel_id != self.pivot.parallel_id:
                raise SchemaError(
                    f"`translations[{language!r}]` must have the pivot's parallel_id {self.pivot.parallel_id!r}, "
                    f"but has {translation.parallel_id!r} instead."
                )
            if translation.context_language != language:
                raise SchemaError(
                    f"`translations[{language!r}]` of {self.pivot.id!r} must be in that language, "
                    f"but is in {translation.context_language!r} instead."
                )

    def __iter__(self) -> Iterator[Example]:
        yield self.pivot
        yield from self.translations.values()


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate answer: `context[start:end]` with its score (a sum of two logits)."""

    text: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model answers to one example: the n-best spans, best first.

    `null_score` is the score of "no answer" ([CLS] as start and end), the least over the windows of
    the example; None where no window allowed it.
    """

    id: str
    spans: tuple[Span, ...]
    null_score: float | None = None

    @property
    def text(self) -> str:
        """The best answer, or "" where there is none."""
        return self.spans[0].text if self.spans else ""
