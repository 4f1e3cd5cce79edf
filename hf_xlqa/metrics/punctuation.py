"""The punctuation of every script, as MLQA's official rule defines it: shared by the rules that delete it."""

from __future__ import annotations

import string
import unicodedata


class _Punctuation(dict[int, int | None]):
    """Table for `str.translate` that deletes every Unicode P* and the 32 ASCII marks; filled as characters come."""

    def __missing__(self, code: int) -> int | None:
        character = chr(code)
        is_mark = character in string.punctuation or unicodedata.category(character).startswith("P")
        self[code] = None if is_mark else code
        return self[code]


_PUNCTUATION = _Punctuation()


def without_punctuation(text: str) -> str:
    """The text in lower case, without any character of a Unicode category P* and without the 32 ASCII marks."""
    return text.lower().translate(_PUNCTUATION)
