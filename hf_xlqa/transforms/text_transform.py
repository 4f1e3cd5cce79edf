"""Transforms that rewrite the context and the question each for itself."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from functools import lru_cache
from random import Random
from typing import Literal

from hf_xlqa.messages import check_choice
from hf_xlqa.rewrite import Rewritten, text_rng
from hf_xlqa.schema import Answer, Example
from hf_xlqa.text import primary_language
from hf_xlqa.transforms.transform import Dropped, Transform

Part = Literal["context", "question", "both"]
PARTS: tuple[Part, ...] = ("context", "question", "both")
PARAGRAPHS_KEPT = 16  # questions on one paragraph follow one another, or nearly so


def check_language(example: Example, part: Part, language: str) -> None:
    """Refuse an example whose context, question or both are in another language, whatever the script or region.

    Raises:
        ValueError: when one is; names the example.
    """
    for text in ("context", "question") if part == "both" else (part,):
        found = getattr(example, f"{text}_language")
        if primary_language(found) != primary_language(language):
            raise ValueError(f"`{text}_language` of example {example.id!r} must be {language}, but is {found} instead.")


class TextTransform(Transform):
    """Rewrites texts piece by piece; answers move along, and a paragraph is rewritten once for all its questions.

    A subclass for texts of one language sets `source` to its code. What is counted in a paragraph is counted each time
    it is rewritten, once where its questions follow one another.

    Args:
        part: what is rewritten.
        when_split: what becomes of an example with an answer whose words no longer stand together: "widen" takes
            the smallest span that holds them all, "drop" leaves the example out.

    Raises:
        ValueError: when `part` or `when_split` is not one of its values.
    """

    source: str | None = None

    def __init__(self, *, part: Part = "both", when_split: Literal["widen", "drop"] = "widen") -> None:
        super().__init__()
        check_choice("part", part, PARTS)
        check_choice("when_split", when_split, ("widen", "drop"))
        self.part = part
        self.when_split = when_split
        self._context = lru_cache(PARAGRAPHS_KEPT)(self._rewrite_context)

    @abstractmethod
    def rewrite(self, text: str, language: str, rng: Random) -> Rewritten:
        """The pieces of a text in its changed form.

        Args:
            text: a context or a question.
            language: its language (ISO 639-1).
            rng: for this text alone.
        """

    def changed_language(self, language: str) -> str:
        """The language of a changed text; by default its own."""
        return language

    def __call__(self, example: Example, rng: Random) -> Example | Dropped:
        """The example with its context, its question or both rewritten; dropped where an answer is gone or split.

        Raises:
            ValueError: when a text to be rewritten is not in the language of the transform.
        """
        if self.source is not None:
            check_language(example, self.part, self.source)
        key = rng.getrandbits(64)
        if self.part != "context":
            rewritten = self.rewrite(example.question, example.question_language, text_rng(key, example.question))
            example = replace(
                example, question=rewritten.text, question_language=self.changed_language(example.question_language)
            )
        return example if self.part == "question" else self._with_context(example, key)

    def _with_context(self, example: Example, key: int) -> Example | Dropped:
        language = example.context_language
        rewritten = self._context(example.context, language, key)
        answers = []
        for answer in example.answers:
            moved = rewritten.span(answer.start, answer.end)
            if moved is None:
                return self._dropped(example, "an answer has nothing left")
            if not moved.is_contiguous and self.when_split == "drop":
                return self._dropped(example, "the words of an answer no longer stand together")
            self.counts["answers"] += 1
            self.counts["answers widened: cut a word"] += moved.is_widened
            self.counts["answers widened: words apart"] += not moved.is_contiguous
            answers.append(Answer(rewritten.text[moved.start : moved.end], moved.start))
        changed = self.changed_language(language)
        return replace(example, context=rewritten.text, answers=tuple(answers), context_language=changed)

    def _rewrite_context(self, context: str, language: str, key: int) -> Rewritten:
        return self.rewrite(context, language, text_rng(key, context))

    def _dropped(self, example: Example, reason: str) -> Dropped:
        self.counts[f"dropped: {reason}"] += 1
        return Dropped(example.id, reason)
