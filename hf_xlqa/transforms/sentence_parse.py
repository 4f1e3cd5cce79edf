"""The dependency parse of a sentence, as small as reordering needs it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from enum import IntEnum
from itertools import accumulate
from typing import NamedTuple

from hf_xlqa.messages import shown
from hf_xlqa.transforms.paired_marks import hang_pairs
from hf_xlqa.transforms.projective import projective

_FIRST_VERSION = {"nsubjpass": "nsubj:pass", "csubjpass": "csubj:pass", "dobj": "obj", "auxpass": "aux:pass"}
_SUBJECTS = frozenset({"nsubj", "nsubj:pass", "csubj", "csubj:pass"})
_OBJECTS = frozenset({"obj", "ccomp", "xcomp"})
_PARTS_OF_VERBS = frozenset({"compound", "fixed", "flat", "goeswith"})
_PRONOUNS = frozenset({"PRON", "DET"})


class ParseError(ValueError):
    """A parse contradicts itself; `word` counts from 0, None where the whole sentence is at fault."""

    def __init__(self, message: str, word: int | None = None) -> None:
        super().__init__(message)
        self.word = word


class Word(NamedTuple):
    """A syntactic word of Universal Dependencies, version 2.

    Args:
        form: as it stands in the text.
        upos: universal part of speech.
        features: "Name=Value|Name=Value", or "_".
        head: number of the head from 1, or 0 for the root.
        label: of the relation to the head.
    """

    form: str
    upos: str
    features: str
    head: int
    label: str


class Token(NamedTuple):
    """What stands in the text for one word, or for several as French "du" does."""

    form: str
    words: tuple[Word, ...]


class Role(IntEnum):
    """What a unit is to its head. Auxiliaries, expletives and negation are told from other parts of a verb."""

    OTHER = 0
    SUBJECT = 1
    OUTER_SUBJECT = 2
    OBJECT = 3
    AUXILIARY = 4
    VERBAL = 5
    COPULA = 6
    MARK = 7


class SentenceParse(NamedTuple):
    """The units of a sentence, the smallest stretches of text that can move, and their tree.

    A unit is a token, or a word of one that is the sequence of its words ("do", "n't"). The tree is projective: the
    units of a phrase stand side by side, marks aside.

    Args:
        ends: offset after each unit, in characters that are not blank.
        heads: place of each unit's head; the root's is its own.
        roles: a `Role` each.
        verbs: whether each is a verb, 0 or 1; participles before a noun ("lung-choking smog") are none.
    """

    ends: Sequence[int]
    heads: Sequence[int]
    roles: bytes
    verbs: bytes


def without_blanks(text: str) -> str:
    """The characters that are not blank."""
    return "".join(text.split())


def make_parse(tokens: Sequence[Token]) -> SentenceParse:
    """The parse of a sentence from its tokens, made projective; what is hung higher for that is no S, O or V there.

    Raises:
        ParseError: when a head is not a word of the sentence, there is no tree with one root, a form is blank, or
            a label is one of the first version of Universal Dependencies.
    """
    words = [word for token in tokens for word in token.words]
    _check_labels(words)
    depths = _depths(words)
    units: list[Word] = []
    forms: list[str] = []
    unit_of: list[int] = []  # of each word
    for token in tokens:
        start = len(unit_of)
        if not without_blanks(token.form):
            raise ParseError(f"a form must not be blank, but is {shown(token.form)} instead", start)
        moving = _moving(token, depths[start : start + len(token.words)])
        whole = len(moving) < len(token.words)
        unit_of += [len(units)] * len(token.words) if whole else range(len(units), len(units) + len(moving))
        units += moving
        forms += [without_blanks(token.form)] if whole else [without_blanks(word.form) for word in moving]
    heads = [unit_of[word.head - 1] if word.head else place for place, word in enumerate(units)]
    roles = bytearray(map(_role, units))
    lifted = projective(heads)
    for place, head in enumerate(lifted):
        if head != heads[place] and roles[place] != Role.MARK:
            roles[place] = Role.OTHER
    marks = [place for place, role in enumerate(roles) if role == Role.MARK]
    return SentenceParse(
        ends=array("I", accumulate(map(len, forms))),
        heads=array("I", hang_pairs(forms, lifted, marks)),
        roles=bytes(roles),
        verbs=bytes(word.upos in ("VERB", "AUX") and word.label != "amod" for word in units),
    )


def _moving(token: Token, depths: Sequence[int]) -> Sequence[Word]:
    """The words of a token that can move apart: all, or the one nearest the root, which takes the token along."""
    forms = [without_blanks(word.form) for word in token.words]
    if all(forms) and "".join(forms) == without_blanks(token.form):
        return token.words
    return [token.words[depths.index(min(depths))]]


def _check_labels(words: Sequence[Word]) -> None:
    for number, word in enumerate(words):
        if word.label in _FIRST_VERSION:
            raise ParseError(
                f"labels must be of Universal Dependencies 2, such as {_FIRST_VERSION[word.label]}, "
                f"but one is {word.label} instead",
                number,
            )


def _depths(words: Sequence[Word]) -> list[int]:
    """How far each word is from the root, which makes sure that all of them hang on it."""
    roots = [number for number, word in enumerate(words) if word.head == 0]
    if len(roots) != 1:
        raise ParseError(f"one word must be the root, with head 0, but {len(roots)} are instead")
    depths = [0 if word.head == 0 else -1 for word in words]
    for start, word in enumerate(words):
        if not 0 <= word.head <= len(words):
            raise ParseError(f"the head must be 0 to {len(words)}, but is {word.head} instead", start)
    for start in range(len(words)):
        path = [start]
        while depths[path[-1]] < 0:
            path.append(words[path[-1]].head - 1)
            if len(path) > len(words):
                raise ParseError("the words must hang on the root, but this one hangs on itself instead", start)
        for steps, number in enumerate(reversed(path)):
            depths[number] = depths[path[-1]] + steps
    return depths


def _role(word: Word) -> Role:
    label = word.label
    if label.endswith(":outer"):
        return Role.OUTER_SUBJECT
    if label in _SUBJECTS or label in _OBJECTS:
        is_relative = word.upos in _PRONOUNS and any(
            feature.startswith("PronType=") and ("Rel" in feature or "Int" in feature)
            for feature in word.features.split("|")
        )
        return Role.OTHER if is_relative else Role.SUBJECT if label in _SUBJECTS else Role.OBJECT
    kind = label.partition(":")[0]
    if kind in ("aux", "expl") or (kind == "advmod" and word.upos == "PART"):
        return Role.AUXILIARY
    if kind in _PARTS_OF_VERBS or kind == "advmod" or (kind == "mark" and word.upos == "PART"):
        return Role.VERBAL
    return {"cop": Role.COPULA, "punct": Role.MARK}.get(kind, Role.OTHER)
