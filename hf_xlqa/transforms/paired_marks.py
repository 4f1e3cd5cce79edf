"""Brackets and quotes in a parse: both of a pair at the word they enclose."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

_OPENING = frozenset({"Ps", "Pi"})
_CLOSING = frozenset({"Pe", "Pf"})
_STRAIGHT = '"'


def hang_pairs(forms: Sequence[str], heads: Sequence[int], marks: Sequence[int]) -> list[int]:
    """Heads in which each pair of marks hangs on the one word that heads all between them, if there is one.

    So says Universal Dependencies; parsers and treebanks hang the closing mark of a sentence on its verb.

    Args:
        forms: of all units.
        heads: of all units, the root's its own.
        marks: places of punctuation.
    """
    hung = list(heads)
    bare = sorted(set(marks) - set(heads))
    for opening, closing in _pairs(forms, bare):
        inner = set(range(opening + 1, closing))
        tops = [place for place in inner - set(bare) if heads[place] not in inner or heads[place] == place]
        if len(tops) == 1:
            hung[opening] = hung[closing] = tops[0]
    return hung


def _pairs(forms: Sequence[str], marks: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Openings and their closings, the inner ones first; a straight quote closes one that is open."""
    waiting: list[int] = []
    for place in marks:
        is_straight = forms[place] == _STRAIGHT
        kind = unicodedata.category(forms[place][0])
        if kind in _OPENING or (is_straight and all(forms[each] != _STRAIGHT for each in waiting)):
            waiting.append(place)
        elif kind in _CLOSING or is_straight:
            yield from _closed(forms, waiting, place)


def _closed(forms: Sequence[str], waiting: list[int], closing: int) -> Iterator[tuple[int, int]]:
    """The pair that a mark closes: for a straight quote the last straight one, whatever was left open since."""
    is_straight = forms[closing] == _STRAIGHT
    while waiting:
        opening = waiting.pop()
        if (forms[opening] == _STRAIGHT) == is_straight:
            yield opening, closing
            return
