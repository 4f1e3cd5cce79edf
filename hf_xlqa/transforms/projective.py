"""Trees in which every word's phrase is one stretch of the sentence."""

from __future__ import annotations

from collections.abc import Sequence


def projective(heads: Sequence[int]) -> list[int]:
    """Heads with as few words as can be hung higher, so that no arc crosses another.

    The shortest arc over a word that its head does not dominate is lifted to the head's head, until there is none
    (Nivre & Nilsson 2005, section 2).

    Args:
        heads: place of each word's head; the root's is its own.
    """
    lifted = list(heads)
    while _cross(lifted):
        arcs = sorted((abs(head - place), place) for place, head in enumerate(lifted))
        place = next(place for _, place in arcs if _passes_over_another(place, lifted))
        lifted[place] = lifted[lifted[place]]
    return lifted


def _cross(heads: Sequence[int]) -> bool:
    """Whether arcs cross, one from outside the sentence to the root among them."""
    outer = [-1 if head == place else head for place, head in enumerate(heads)]
    for place, head in enumerate(heads):
        low, high = (place, head) if place < head else (head, place)
        if high - low > 1:
            inner = outer[low + 1 : high]
            if min(inner) < low or max(inner) > high:
                return True
    return False


def _passes_over_another(place: int, heads: Sequence[int]) -> bool:
    head = heads[place]
    return any(not _is_below(each, head, heads) for each in range(min(place, head) + 1, max(place, head)))


def _is_below(place: int, above: int, heads: Sequence[int]) -> bool:
    while place != above:
        if heads[place] == place:
            return False
        place = heads[place]
    return True
