"""A corpus in another language, translated word by word."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from hf_xlqa.rewrite import Rewritten
from hf_xlqa.transforms.text_transform import Part, TextTransform
from hf_xlqa.translation.dictionaries import Choice
from hf_xlqa.translation.lexicon import Lexicon, Unknown
from hf_xlqa.words import Han


class WordByWord(TextTransform):
    """The word-by-word corpora of Lee & Lee (2019, section 5.6): each word by its translation, in the source's order.

    Answers are the translations of their words, at their exact place, so none is lost that has a word left.

    Args:
        dictionary: path of a MUSE or CC-CEDICT file, see `read_dictionary`.
        target: language translated to.
        source: language of the texts.
        choice, frequencies, unknown, han: see `Lexicon`.
        part: what is translated.

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
        unknown: Unknown = "keep",
        han: Han = "words",
        part: Part = "both",
        **options: Any,
    ) -> None:
        super().__init__(part=part, **options)
        self.source = source
        self.lexicon = Lexicon(
            dictionary, source, target, choice=choice, frequencies=frequencies, unknown=unknown, han=han
        )

    def rewrite(self, text: str, language: str, rng: Random) -> Rewritten:
        """The translation, with its words counted: known, and unknown."""
        rewritten, known, unknown = self.lexicon.rewrite(text, rng)
        self.counts["words translated"] += known
        self.counts["words not in the dictionary"] += unknown
        return rewritten

    def changed_language(self, language: str) -> str:
        """The target language."""
        return self.lexicon.target_language
