"""Words for translating and changing texts: between blanks where a script has them, else jieba's or characters."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal

from hf_xlqa.text import Unit, is_punctuation, units

Han = Literal["words", "characters"]
"""How text in Chinese characters is cut: into the words of jieba, or into characters."""
HAN: tuple[Han, ...] = ("words", "characters")

_HAN_RUN = re.compile("[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


def words(text: str, *, han: Han = "words") -> Iterator[Unit]:
    """Words in order; blanks, punctuation and numbers are passed over.

    Chinese characters are cut as `han` says, traditional ones where their simplified forms are; other
    scripts as `text.units` does (kana and Thai character by character).

    >>> [word.text for word in words("南京市 has 13 districts.")]
    ['南京市', 'has', 'districts']
    """
    end = 0
    if han == "words":
        for run in _HAN_RUN.finditer(text):
            yield from _spaced_words(text, end, run.start())
            for _, start, stop in _jieba().tokenize(_simplified(run.group())):
                yield Unit(run.group()[start:stop], run.start() + start, run.start() + stop)
            end = run.end()
    yield from _spaced_words(text, end, len(text))


def _spaced_words(text: str, start: int, end: int) -> Iterator[Unit]:
    for unit in units(text, start, end):
        if unit.text.isalpha() or not (unit.text.isnumeric() or is_punctuation(unit.text)):
            yield unit


def _simplified(text: str) -> str:
    """What jieba's dictionary knows, as long as the text; the text itself where OpenCC changes the length."""
    simplified = str(_converter().convert(text))
    return simplified if len(simplified) == len(text) else text


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


@cache
def _jieba() -> Any:
    """The segmenter with its own dictionary, quiet while it loads."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return jieba.Tokenizer()
