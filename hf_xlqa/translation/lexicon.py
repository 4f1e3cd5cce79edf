"""Translation word by word through a bilingual dictionary."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Literal, Self

from hf_xlqa.messages import check_choice
from hf_xlqa.rewrite import Piece, Rewritten, text_rng
from hf_xlqa.text import has_word_blanks, is_unspaced
from hf_xlqa.translation.dictionaries import Choice, cased_like, chooser, read_dictionary
from hf_xlqa.translation.fingerprint import fingerprint
from hf_xlqa.words import HAN, Han, words

Unknown = Literal["keep", "drop"]
"""What becomes of a word that is not in the dictionary."""

_TAG = re.compile(r"</?[^\W\d_]+>")
_RUNS = re.compile(rf"{_TAG.pattern}|\s+|\S+?(?={_TAG.pattern}|\s|$)")


class Lexicon:
    """Translates every word by itself; the order of words, punctuation and numbers stay (Lee & Lee 2019, section 5.6).

    Blanks follow the target language: none beside a character of a script without word blanks, one between the
    words of a text that had none. The case of a word is that of its source. Chinese words are jieba's. Tags such
    as <a> and </a> stay, and change nothing else.

    Args:
        dictionary: path of a MUSE or CC-CEDICT file, see `read_dictionary`.
        source_language, target_language: codes; "zh-Hans" and "zh-Hant" name a script.
        choice: which of several translations, see `chooser`.
        frequencies: of words of the target language, for `choice="most_frequent"`.
        unknown: whether words that are not in the dictionary stay or go.
        seed: of the random choice, which depends on it and the text alone.
        han: whether Chinese source text is cut into jieba's words or characters.

    Raises:
        FileNotFoundError, DictionaryError: see `read_dictionary`.
        ValueError: when an argument is not one of its values.
    """

    def __init__(
        self,
        dictionary: str | Path,
        source_language: str,
        target_language: str,
        *,
        choice: Choice = "first",
        frequencies: Mapping[str, int] | None = None,
        unknown: Unknown = "keep",
        seed: int = 0,
        han: Han = "words",
    ) -> None:
        check_choice("unknown", unknown, ("keep", "drop"))
        check_choice("han", han, HAN)
        self.source_language = source_language
        self.target_language = target_language
        self.unknown = unknown
        self.seed = seed
        self.han = han
        self._choose = chooser(choice, frequencies)
        self._dictionary = read_dictionary(dictionary, source_language, target_language)
        counted = sorted(frequencies.items()) if choice == "most_frequent" and frequencies else []
        options = f"{choice}:{fingerprint([str(counted).encode()])}:{unknown}:{seed}:{han}"
        self.name = f"lexicon:{fingerprint([Path(dictionary).read_bytes()])}:{options}"

    @classmethod
    def from_spec(cls, argument: str, source_language: str, target_language: str) -> Self:
        """The lexicon of a dictionary's path, with the default options."""
        return cls(argument, source_language, target_language)

    def translate(self, texts: Sequence[str]) -> list[str]:
        """The translation of each text, word by word."""
        return [self.rewrite(text, text_rng(self.seed, text))[0].text for text in texts]

    def rewrite(self, text: str, rng: Random) -> tuple[Rewritten, int, int]:
        """The translation with the place of every word.

        Args:
            text: to translate.
            rng: for the random choice.

        Returns:
            The pieces of the translation, and how many words the dictionary knew and did not know.
        """
        pieces: list[Piece] = []
        seen = known = end = 0
        for word in words(text, han=self.han):
            if _is_in_tag(text, word.start, word.end):
                continue
            found = self._dictionary.translations(word.text)
            seen, known = seen + 1, known + bool(found)
            other = word.text if self.unknown == "keep" else ""
            translation = cased_like(word.text, self._choose(found, rng)) if found else other
            pieces += [*_between(text, end, word.start), Piece(translation, word.start, word.end)]
            end = word.end
        pieces += _between(text, end, len(text))
        return Rewritten(text, self._spaced(pieces)), known, seen - known

    def _spaced(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The pieces with the blanks that the target language has between words, as if there were no tags."""
        before = ""
        waiting: list[Piece] = []
        for piece in pieces:
            if piece.text.isspace() or _TAG.fullmatch(piece.text):
                waiting.append(piece)
            elif piece.text:
                yield from self._between_words(before, waiting, piece)
                yield piece
                before, waiting = piece.text, []
        yield from (tag for tag in waiting if not tag.text.isspace())

    def _between_words(self, before: str, waiting: Sequence[Piece], after: Piece) -> Iterator[Piece]:
        """The tags that stand between two pieces, with a blank where one belongs, outside the tags if it is new."""
        is_target_spaced = has_word_blanks(self.target_language)
        if blanks := [each for each in waiting if each.text.isspace()]:
            is_kept = before and (is_target_spaced or not _touch(before, after.text))
            yield from (each for each in waiting if each not in blanks or (is_kept and each == blanks[-1]))
            return
        tags = list(waiting)
        if is_target_spaced and not has_word_blanks(self.source_language) and _are_to_part(before, after.text):
            place = next((place for place, tag in enumerate(tags) if not tag.text.startswith("</")), len(tags))
            tags.insert(place, Piece(" ", after.start, after.start))
        yield from tags


def _between(text: str, start: int, end: int) -> Iterator[Piece]:
    for run in _RUNS.finditer(text, start, end):
        yield Piece(run.group(), run.start(), run.end())


def _is_in_tag(text: str, start: int, end: int) -> bool:
    """Whether a word is the name of a tag."""
    return text.startswith(">", end) and (text.endswith("<", 0, start) or text.endswith("</", 0, start))


def _touch(before: str, after: str) -> bool:
    """Whether no blank belongs between two pieces in a language without blanks between words."""
    return is_unspaced(before[-1]) or is_unspaced(after[0]) or unicodedata.east_asian_width(before[-1]) in "WF"


def _are_to_part(before: str, after: str) -> bool:
    """Whether two pieces that had no blank are words, which a language with blanks between words keeps apart."""
    return bool(before) and before[-1].isalnum() and after[0].isalnum()
