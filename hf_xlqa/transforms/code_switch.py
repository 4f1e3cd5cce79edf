"""Sentences of two languages: every word that a dictionary knows in the other language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from hf_xlqa.rewrite import Piece, Rewritten
from hf_xlqa.transforms.text_transform import Part, TextTransform
from hf_xlqa.translation.dictionaries import Choice, cased_like, chooser, read_dictionary
from hf_xlqa.words import words


class CodeSwitch(TextTransform):
    """The code-switched corpora of Hsu et al. (2019, section 3.3): a word is replaced if and only if it is in the
    dictionary.

    Blanks, punctuation, numbers and all other words stay, and so does the case of what replaces a word. Answers switch
    too. The share of words replaced is measured; the paper reports it as "Sub." (Table 4).

    Args:
        dictionary: path of a MUSE or CC-CEDICT file, see `read_dictionary`.
        target: language switched to.
        source: language of the texts.
        choice: which of several translations, see `chooser`.
        frequencies: of words of the target language, for `choice="most_frequent"`.
        ignore_case: whether a word with a capital is looked up in lower case, as dictionaries have it. The paper does
            not say; its shares are nearer to those of False.
        part: what is switched.

    Raises:
        FileNotFoundError, DictionaryError: see `read_dictionary`.
        ValueError: when an argument is not one of its values.
    """

    def __init__(
        self,
        *,
        dictionary: str | Path,
        target: str,
        source: str = "en",
        choice: Choice = "first",
        frequencies: Mapping[str, int] | None = None,
        ignore_case: bool = True,
        part: Part = "both",
        **options: Any,
    ) -> None:
        super().__init__(part=part, **options)
        self.source = source
        self.ignore_case = ignore_case
        self._choose = chooser(choice, frequencies)
        self._dictionary = read_dictionary(dictionary, source, target)

    def rewrite(self, text: str, language: str, rng: Random) -> Rewritten:
        """The text with the words of the dictionary replaced."""
        return Rewritten(text, self._pieces(text, rng))

    def report(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """The counts, and the share of words that were replaced, 0 to 1."""
        seen = counts.get("words", 0)
        return {**counts, "substitution ratio": counts.get("words switched", 0) / seen if seen else 0.0}

    def _translations(self, word: str) -> tuple[str, ...]:
        return self._dictionary.translations(word) if self.ignore_case or word == word.lower() else ()

    def _pieces(self, text: str, rng: Random) -> Iterator[Piece]:
        end = 0
        for word in words(text):
            self.counts["words"] += 1
            translations = self._translations(word.text)
            if translations:
                switched = cased_like(word.text, self._choose(translations, rng))
                self.counts["words switched"] += 1
                self.counts["words switched to themselves"] += switched == word.text
                yield Piece(text[end : word.start], end, word.start)
                yield Piece(switched, word.start, word.end)
                end = word.end
        yield Piece(text[end:], end, len(text))
