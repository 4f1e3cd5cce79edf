"""Chinese text as characters: shared by the rules that follow Lee and Lee (2019)."""

from __future__ import annotations

import re

# The blocks of Chinese characters: radicals, the iteration mark, zero and numerals of that script, extension A,
# the main block, compatibility, and the two planes that hold nothing else.
_HAN = "\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_HAN}]|[^\s{_HAN}]+")


def apart(text: str) -> str:
    """The text with one blank between tokens: each Chinese character is one, and so is what stands between blanks."""
    return " ".join(_TOKEN.findall(text))
