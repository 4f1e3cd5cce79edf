"""Script-aware words and characters with code-point offsets into the untouched text.

Scripts that are written without blanks between words (Han, kana, Thai, Lao, Khmer, Burmese) are
taken character by character, all others word by word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

UNSPACED_LANGUAGES = frozenset({"zh", "ja", "th", "lo", "km", "my"})

_UNSPACED_RANGES = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # iteration marks, kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"  # supplementary kana, Han
)
# `\\w` leaves out combining marks and joiners, which stand inside Hindi, Arabic and decomposed words.
_MARKS = "\u200c\u200d" + "".join(map(chr, filter(lambda c: unicodedata.category(chr(c))[0] == "M", range(0x1F000))))
_UNSPACED = re.compile(f"[{_UNSPACED_RANGES}]")
_UNIT = re.compile(f"[{_UNSPACED_RANGES}]|(?:[^\\W{_UNSPACED_RANGES}]|[{_MARKS}])+|[^\\w\\s]")


class Unit(NamedTuple):
    """A word, a character of an unspaced script or a punctuation mark: `text[start:end]`."""

    text: str
    start: int
    end: int


def is_unspaced(character: str) -> bool:
    """Whether a character belongs to a script that is written without blanks between words."""
    return _UNSPACED.match(character) is not None


def has_word_blanks(language: str) -> bool:
    """Whether a language (ISO 639-1, region tags allowed: "zh-TW") separates words by blanks."""
    return primary_language(language) not in UNSPACED_LANGUAGES


def primary_language(language: str) -> str:
    """The language of a code without its script and region: "zh" of "zh-Hant" and "zh_TW"."""
    return re.split("[-_]", language)[0].lower()


def units(text: str, start: int = 0, end: int | None = None) -> Iterator[Unit]:
    """Words, single characters of unspaced scripts, and punctuation marks, in order; blanks are passed over.

    Args:
        text: any text.
        start, end: look at `text[start:end]` only; the offsets stay those of the whole text.

    >>> [unit.text for unit in units("東京 Tower, 2 km")]
    ['東', '京', 'Tower', ',', '2', 'km']
    """
    for match in _UNIT.finditer(text, start, len(text) if end is None else end):
        yield Unit(match.group(), *match.span())


def terms(text: str) -> list[str]:
    """Lower-cased units that are not punctuation, by which texts are counted and compared; see `words` for words."""
    return [unit.text.lower() for unit in units(text) if not is_punctuation(unit.text)]


def is_punctuation(text: str) -> bool:
    """Whether every character is Unicode punctuation (P*) or a symbol (S*)."""
    return all(unicodedata.category(character)[0] in "PS" for character in text)


def splits_word(text: str, position: int) -> bool:
    """Whether the boundary before a code point lies inside a unit, as the one before "l" in "apple"."""
    if not 0 < position < len(text):
        return False
    return any(unit.end - unit.start == 2 for unit in units(text[position - 1 : position + 1]))
