"""The units of a parsed sentence with subjects, objects and verbs in another order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from hf_xlqa.transforms.sentence_parse import Role, SentenceParse

Order = Literal["sov", "svo", "vos", "vso", "osv", "ovs"]
"""Subject, object and verb as they follow each other."""
ORDERS: tuple[Order, ...] = ("sov", "svo", "vos", "vso", "osv", "ovs")

_CORE = {
    Role.SUBJECT: "s",
    Role.OUTER_SUBJECT: "s",
    Role.OBJECT: "o",
    Role.AUXILIARY: "v",
    Role.VERBAL: "v",
    Role.COPULA: "v",
}


class _Tree(NamedTuple):
    """A parse in which copulas that have a subject are verbs with their predicate below them."""

    heads: list[int]
    roles: bytearray
    verbs: bytearray


def reordered(
    parse: SentenceParse, order: Order, *, leaning: Collection[int] = (), final: int | None = None
) -> list[int]:
    """The places of a sentence's units in their new order, each once.

    Args:
        parse: of the sentence.
        order: of subject, object and verb, in every clause that has a verb.
        leaning: marks that belong to what follows them, such as opening brackets.
        final: place from which all units are marks that end the sentence and stay last; None for none.
    """
    tree = _tree(parse)
    children: list[list[int]] = [[] for _ in tree.heads]
    for place, head in enumerate(tree.heads):
        if head != place:
            children[head].append(place)
    waiting = [(place, False) for place, head in enumerate(tree.heads) if head == place]
    places: list[int] = []
    while waiting:
        place, is_last = waiting.pop()
        if is_last or not children[place]:
            places.append(place)
            continue
        elements = sorted([*children[place], place])
        if tree.verbs[place]:
            elements = _clause(place, elements, tree.roles, order, leaning)
        waiting += ((each, each == place) for each in reversed(elements))
    if final is not None:
        places = [place for place in places if place < final] + list(range(final, len(places)))
    return _with_last_marks_in_order(places, parse.roles)


def core_parts(parse: SentenceParse) -> set[str]:
    """Which of "s" and "o" the clauses of a sentence have: subjects and objects of verbs."""
    tree = _tree(parse)
    parts = {
        _CORE.get(Role(tree.roles[place]), "")
        for place, head in enumerate(tree.heads)
        if head != place and tree.verbs[head]
    }
    return parts & {"s", "o"}


def _with_last_marks_in_order(places: list[int], roles: bytes) -> list[int]:
    """The marks that end a sentence in the order they had, as far as nothing came between them."""
    first_mark = len(roles.rstrip(bytes([Role.MARK])))
    start = len(places)
    while start and places[start - 1] >= first_mark:
        start -= 1
    return places[:start] + sorted(places[start:])


def _clause(verb: int, elements: Sequence[int], roles: bytearray, order: Order, leaning: Collection[int]) -> list[int]:
    """A verb and what hangs on it: what is before, subjects, objects and verb in their order, what is after."""
    parts = {place: _part(place, verb, roles) for place in elements if place == verb or roles[place] != Role.MARK}
    first, last = min(parts), max(parts)
    groups: dict[str, list[int]] = {part: [] for part in ("before", *order, "after")}
    group = groups["before"]
    waiting: list[int] = []
    for place in elements:
        if place < first or place > last:
            continue
        if place in parts:
            group = groups[parts[place]]
            group += [*waiting, place]
            waiting = []
        elif waiting or place in leaning or (group is not groups["after"] and _next(place, parts) == "after"):
            waiting.append(place)
        else:
            group.append(place)
    middle = [place for group in groups.values() for place in group]
    return [*(place for place in elements if place < first), *middle, *(place for place in elements if place > last)]


def _part(place: int, verb: int, roles: bytearray) -> str:
    if place == verb:
        return "v"
    return _CORE.get(Role(roles[place])) or ("before" if place < verb else "after")


def _next(mark: int, parts: dict[int, str]) -> str:
    """The part of what follows a mark."""
    return next(part for place, part in parts.items() if place > mark)


def _tree(parse: SentenceParse) -> _Tree:
    tree = _Tree(list(parse.heads), bytearray(parse.roles), bytearray(parse.verbs))
    for copula, role in enumerate(parse.roles):
        if role == Role.COPULA and tree.heads[copula] == parse.heads[copula] != copula:
            _raise_copula(copula, tree)
    return tree


def _raise_copula(copula: int, tree: _Tree) -> None:
    """Hang the predicate of a copula on it, if it has a subject, with auxiliaries and what the copula parts from it."""
    predicate = tree.heads[copula]
    siblings = [
        place for place, head in enumerate(tree.heads) if head == predicate and place not in (copula, predicate)
    ]
    outer = [place for place in siblings if tree.roles[place] == Role.OUTER_SUBJECT]
    subjects = outer or [place for place in siblings if tree.roles[place] == Role.SUBJECT]
    if not subjects:
        return
    for place in siblings:
        is_beyond = place < copula < predicate or place > copula > predicate
        is_auxiliary = tree.roles[place] == Role.AUXILIARY and not tree.verbs[predicate]
        if place in subjects or is_beyond or is_auxiliary:
            tree.heads[place] = copula
    is_root = tree.heads[predicate] == predicate
    tree.heads[copula] = copula if is_root else tree.heads[predicate]
    tree.roles[copula], tree.roles[predicate] = tree.roles[predicate], Role.OTHER
    tree.heads[predicate] = copula
    tree.verbs[copula] = 1
