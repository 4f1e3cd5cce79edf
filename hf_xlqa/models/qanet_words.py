"""Words of a text with exact code points: jieba's in Chinese, else by script.

A word is a run of letters, digits and marks; a character of a script without blanks between words is
a word of its own, and so is any other character that is not a blank.
"""

import logging
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u3006\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001b000-\U0001b16f" + _HAN  # kana
)
# `\\w` leaves out combining marks and joiners, which stand inside Hindi, Arabic and decomposed words.
_MARKS = "\u200c\u200d" + "".join(map(chr, filter(lambda c: unicodedata.category(chr(c))[0] == "M", range(0x1F000))))
_BY_SCRIPT = re.compile(f"[{_UNSPACED}]|(?:[^\\W{_UNSPACED}]|[{_MARKS}])+|[^\\w\\s]")
_HAN_RUN = re.compile(f"[{_HAN}]+")


def word_spans(text: str, language: str) -> Iterator[tuple[int, int]]:
    """First code point of each word and the one after it, in order; blanks are passed over.

    jieba finds the words of its dictionary only: what its hidden Markov model takes for new words is in
    hardly any vocabulary, and in traditional characters often joins what an answer divides.

    Args:
        text: any text.
        language: ISO 639-1 code; "zh", with a region or without, takes jieba for its Chinese characters.

    Raises:
        ImportError: when Chinese is to be cut and jieba is not installed.

    >>> [("Tower, 東京!"[start:end]) for start, end in word_spans("Tower, 東京!", "ja")]
    ['Tower', ',', '東', '京', '!']
    """
    end = 0
    if re.split("[-_]", language)[0].lower() == "zh":
        for run in _HAN_RUN.finditer(text):
            yield from (match.span() for match in _BY_SCRIPT.finditer(text, end, run.start()))
            for _, start, stop in _jieba().tokenize(run.group(), HMM=False):
                yield run.start() + start, run.start() + stop
            end = run.end()
    yield from (match.span() for match in _BY_SCRIPT.finditer(text, end))


def word_forms(word: str) -> tuple[str, str, str]:
    """The forms in which a word is looked up, in this order: as it stands, normalised (NFKC), in lower case.

    >>> word_forms("Ｔower")
    ('Ｔower', 'Tower', 'tower')
    """
    normal = unicodedata.normalize("NFKC", word)
    return word, normal, normal.lower()


@cache
def _jieba() -> Any:
    """The segmenter with its own dictionary, quiet while it loads."""
    try:
        import jieba
    except ImportError as error:
        raise ImportError("Chinese text is cut into words by jieba: pip install 'jieba>=0.42.1,<1'") from error
    jieba.setLogLevel(logging.WARNING)
    return jieba.Tokenizer()
