"""German bridges, a reader that answers with a word, and translators that write capitals and small letters."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from hf_xlqa.back_translation import BackTranslation
from hf_xlqa.reading import Reader
from hf_xlqa.schema import Answer, Example, Prediction, Span
from hf_xlqa.translation.backend import Translator

TOWNS = ["dresden", "bonn", "lima", "oslo"]


class Upper:
    """Translates by a function of a text."""

    def __init__(self, source: str, target: str, function: Callable[[str], str]) -> None:
        self.source_language, self.target_language, self.function = source, target, function
        self.name = f"{source}-{target}"
        self.handed: list[str] = []

    def translate(self, texts: Sequence[str]) -> list[str]:
        self.handed += texts
        return [self.function(text) for text in texts]


class WordReader(Reader):
    """Answers with a word of the context, by its number, and keeps what it was asked."""

    def __init__(self, word: int = 3) -> None:
        self.word = word
        self.asked: list[Example] = []

    def answer(self, examples: Sequence[Example]) -> list[Prediction]:
        self.asked += examples
        return [Prediction(each.id, self._spans(each.context), null_score=0.5) for each in examples]

    def _spans(self, context: str) -> tuple[Span, ...]:
        words = list(re.finditer(r"\w+", context))[self.word : self.word + 1]
        return tuple(Span(each.group(), each.start(), each.end(), 1.0) for each in words)


def bridge(number: int, *, context: str | None = None) -> Example:
    """A question on a bridge; the town is word 3 of the context."""
    town = TOWNS[number % len(TOWNS)]
    text = f"Nr {number} in {town}. Die alte steht noch." if context is None else context
    answers = (Answer(town, text.index(town)),) if town in text else ()
    return Example(f"{number}", f"{number}", f"b{number}", text, "wo?", answers, "de", "de", "bridges")


def pipeline(
    there: Callable[[str], str] | Translator = str.upper,
    back: Callable[[str], str] | Translator = str.lower,
    *,
    reader: WordReader | None = None,
    batch_size: int = 3,
) -> BackTranslation:
    """From German to English and back by two translators, or functions of a text."""
    translator = Upper("de", "en", there) if callable(there) else there
    back_translator = Upper("en", "de", back) if callable(back) else back
    return BackTranslation(translator, reader or WordReader(), back_translator, batch_size=batch_size)
