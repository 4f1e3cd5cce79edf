"""The marks of a sentence, the blanks between its units, and its pieces in another order."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from hf_xlqa.rewrite import Piece
from hf_xlqa.text import is_unspaced
from hf_xlqa.transforms.parses import PlacedParse
from hf_xlqa.transforms.sentence_parse import Role

_QUOTES = frozenset("\"'")
_OPENING = frozenset({"Ps", "Pi"})


class SentenceLayout:
    """How the units of a sentence stand in its text.

    Args:
        text: the whole text.
        sentence: of it.
        has_blanks: whether the language parts words by blanks.
    """

    def __init__(self, text: str, sentence: PlacedParse, *, has_blanks: bool) -> None:
        self.text = text
        self.spans = sentence.spans
        self.start, self.end = self.spans[0][0], self.spans[-1][1]
        self.has_blanks = has_blanks
        marks = [place for place, role in enumerate(sentence.parse.roles) if role == Role.MARK]
        self.leaning = frozenset(filter(self._leans, marks))
        """Marks that belong to what follows them: opening ones, and those with a blank before but none after."""
        self.final = self._final(frozenset(marks) - frozenset(sentence.parse.heads))
        """Place from which all units are marks that end the sentence, neither quotes nor brackets."""
        self._tight = frozenset(each for each in marks if each not in self.leaning and not self._has_blank_before(each))

    def pieces(self, places: Sequence[int]) -> Iterator[Piece]:
        """The sentence with its units in another order.

        Neighbours that stay neighbours are one piece, with the blanks they had. Between others a blank is set
        where words are parted by blanks, but not before a closing mark nor after an opening one that had none.
        """
        first = 0
        for last, place in enumerate(places):
            following = places[last + 1] if last + 1 < len(places) else None
            if following == place + 1:
                continue
            start, end = self.spans[places[first]][0], self.spans[place][1]
            yield Piece(self.text[start:end], start, end)
            if following is not None and self._are_parted(place, following):
                yield Piece(" ", self.spans[following][0], self.spans[following][0])
            first = last + 1

    def _are_parted(self, left: int, right: int) -> bool:
        if right in self._tight or (left in self.leaning and not self._has_blank_after(left)):
            return False
        sides = self.text[self.spans[left][1] - 1], self.text[self.spans[right][0]]
        return self.has_blanks or all(each.isalnum() and not is_unspaced(each) for each in sides)

    def _leans(self, place: int) -> bool:
        is_opening = unicodedata.category(self.text[self.spans[place][0]]) in _OPENING
        return is_opening or (self._has_blank_before(place) and not self._has_blank_after(place))

    def _has_blank_before(self, place: int) -> bool:
        start = self.spans[place][0]
        return start == 0 or self.text[start - 1].isspace()

    def _has_blank_after(self, place: int) -> bool:
        end = self.spans[place][1]
        return end == len(self.text) or self.text[end].isspace()

    def _final(self, marks: frozenset[int]) -> int:
        final = len(self.spans)
        while final - 1 in marks and self._ends_sentences(final - 1):
            final -= 1
        return final

    def _ends_sentences(self, place: int) -> bool:
        start, end = self.spans[place]
        return all(unicodedata.category(each) == "Po" and each not in _QUOTES for each in self.text[start:end])
