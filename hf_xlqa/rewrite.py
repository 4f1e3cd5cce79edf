"""A text rewritten piece by piece, and where the spans of the old text are in the new one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from random import Random
from typing import NamedTuple


def text_rng(seed: int, text: str) -> Random:
    """Random numbers that depend on the seed and the text alone, whatever was rewritten before."""
    return Random(f"{seed} {text}".encode("utf-8", "surrogatepass"))


class Piece(NamedTuple):
    """What becomes of `source[start:end]`; inserted where `start == end`."""

    text: str
    start: int
    end: int


class Moved(NamedTuple):
    """Where a span is after the rewriting.

    Args:
        start, end: its offsets in the new text.
        is_widened: whether it grew because an end of it stood inside a piece that changed.
        is_contiguous: whether it holds nothing but what the old span held.
    """

    start: int
    end: int
    is_widened: bool
    is_contiguous: bool


class Rewritten:
    """The pieces of a new text in their order; old text that no piece covers is gone.

    Args:
        source: the old text.
        pieces: in the order of the new text; no two cover the same old text.
    """

    def __init__(self, source: str, pieces: Iterable[Piece]) -> None:
        self.source = source
        self.pieces = list(pieces)
        self.text = "".join(piece.text for piece in self.pieces)
        self._offsets: list[int] = []
        offset = 0
        for piece in self.pieces:
            self._offsets.append(offset)
            offset += len(piece.text)
        covering = [place for place, piece in enumerate(self.pieces) if piece.start < piece.end]
        self._by_source = sorted(covering, key=lambda place: self.pieces[place].start)
        self._starts = [self.pieces[place].start for place in self._by_source]
        self._ends = [self.pieces[place].end for place in self._by_source]

    def span(self, start: int, end: int) -> Moved | None:
        """The smallest span of the new text with all that became of `source[start:end]`; None where nothing did.

        Outer blanks are left out. An end inside a piece that is unchanged stays exact; one inside a piece that
        changed takes the whole piece.
        """
        touched = self._by_source[bisect_right(self._ends, start) : bisect_left(self._starts, end)]
        parts = [part for place in touched if (part := self._part(place, start, end)) is not None]
        if not parts:
            return None
        first, last = min(part.start for part in parts), max(part.end for part in parts)
        is_widened = any(part.is_widened for part in parts)
        return Moved(first, last, is_widened, self._holds_only(first, last, parts))

    def _part(self, place: int, start: int, end: int) -> Moved | None:
        """What became of a span within one piece, without outer blanks."""
        text, old_start, old_end = self.pieces[place]
        offset = self._offsets[place]
        is_inside = start > old_start or end < old_end
        is_unchanged = text == self.source[old_start:old_end]
        low, high = 0, len(text)
        if is_inside and is_unchanged:
            low, high = max(start - old_start, 0), min(end, old_end) - old_start
        kept = text[low:high].strip()
        if not kept:
            return None
        low = text.index(kept, low)
        return Moved(offset + low, offset + low + len(kept), is_inside and not is_unchanged, True)

    def _holds_only(self, start: int, end: int, parts: Iterable[Moved]) -> bool:
        return _ink(self.text[start:end]) == sum(_ink(self.text[part.start : part.end]) for part in parts)


def _ink(text: str) -> int:
    """How many characters are not blank."""
    return sum(map(len, text.split()))
