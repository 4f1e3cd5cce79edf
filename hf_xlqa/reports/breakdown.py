"""Scores by kinds of questions: by interrogative, by length and by script of the gold."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hf_xlqa.messages import check_choice
from hf_xlqa.reports.interrogatives import TYPES, question_type
from hf_xlqa.reports.score import MEASURES
from hf_xlqa.reports.seeds import stacked
from hf_xlqa.reports.system import ScoredSet
from hf_xlqa.schema import Example
from hf_xlqa.text import is_unspaced, terms

Criterion = Literal["question", "length", "script"]

NO_GOLD = "no gold"

_BINS = ((0, 0), (1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (21, None))
_SCRIPTS = {
    "CJK": "han",
    "IDEOGRAPHIC": "han",
    "HIRAGANA": "kana",
    "KATAKANA": "kana",
    "KATAKANA-HIRAGANA": "kana",
    **{
        name: name.lower()
        for name in ("LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW", "DEVANAGARI", "BENGALI", "TAMIL", "TELUGU")
        + ("THAI", "LAO", "KHMER", "MYANMAR", "HANGUL")
    },
}
"""Script by the first word of the Unicode names of its characters."""


@dataclass(frozen=True, slots=True)
class Group:
    """The questions of one kind, and what a system scores on them.

    Args:
        label: the kind.
        questions: how many there are.
        exact_match, f1: means over them (and over the seeds), 0 to 100.
    """

    label: str
    questions: int
    exact_match: float
    f1: float


def answer_length(example: Example) -> str:
    """The length class of the first gold: "3-5 words", or "3-5 characters" of scripts without word blanks.

    A gold with any character of such a script (Han, kana, Thai ...) is counted in characters, its words of
    other scripts as one each. Punctuation does not count.
    """
    if not example.answers:
        return NO_GOLD
    text = example.answers[0].text
    unit = "character" if any(map(is_unspaced, text)) else "word"
    length = len(terms(text))
    low, high = next(((low, high) for low, high in _BINS if high is None or length <= high))
    if low == high:
        return f"{low} {unit}{'s' * (low != 1)}"
    return f"{low}{'+' if high is None else f'-{high}'} {unit}s"


def answer_script(example: Example) -> str:
    """The scripts of the first gold, by Unicode names: "latin", "digits", "han, kana", "mixed" for three or more.

    Digits of all scripts are "digits"; letters of scripts that are not told apart, and golds with neither
    letters nor digits, are "other".
    """
    if not example.answers:
        return NO_GOLD
    found = sorted({script for script in map(_script, example.answers[0].text) if script})
    return "mixed" if len(found) > 2 else ", ".join(found) or "other"


def _script(character: str) -> str | None:
    """Script of a letter, "digits" of a number, None of all else."""
    category = unicodedata.category(character)[0]
    first = unicodedata.name(character, "").removeprefix("FULLWIDTH ").removeprefix("HALFWIDTH ").split(" ")[0]
    if category == "N" and first != "IDEOGRAPHIC":
        return "digits"
    return _SCRIPTS.get(first, "other") if category in "LN" else None


def _question_type(example: Example) -> str:
    return question_type(example.question, example.question_language)


_CRITERIA: dict[Criterion, Callable[[Example], str]] = {
    "question": _question_type,
    "length": answer_length,
    "script": answer_script,
}


def break_down(examples: Iterable[Example], seeds: Sequence[ScoredSet], *, by: Criterion) -> list[Group]:
    """What a system scores on each kind of questions of a set.

    Args:
        examples: the questions of the set, in any order.
        seeds: the scores of the system, of one or several seeds.
        by: "question" (see `question_type`), "length" (`answer_length`) or "script" (`answer_script`).

    Returns:
        The kinds that occur: types of questions in the order of `TYPES`, lengths from short to long,
        scripts from frequent to rare.

    Raises:
        ValueError: when the criterion is unknown, or the examples are not the questions that were scored.
    """
    check_choice("by", by, _CRITERIA)
    kinds = {example.id: _CRITERIA[by](example) for example in examples}
    for scored in seeds:
        _check_same_questions(kinds, scored)
    rows: dict[str, list[int]] = {}
    for row, id_ in enumerate(seeds[0].ids):
        rows.setdefault(kinds[id_], []).append(row)
    means = {measure: stacked(seeds, measure).mean(axis=0) for measure in MEASURES}
    groups = [
        Group(label, len(own), *(100 * float(means[measure][own].sum()) / len(own) for measure in MEASURES))
        for label, own in rows.items()
    ]
    return sorted(groups, key=_ORDERS[by])


def _by_type(group: Group) -> tuple[int, str]:
    return (TYPES.index(group.label) if group.label in TYPES else len(TYPES), group.label)


def _by_length(group: Group) -> tuple[bool, bool, int]:
    length, _, unit = group.label.replace("-", " ").replace("+", " ").partition(" ")
    return (group.label == NO_GOLD, "character" in unit, int(length) if length.isdigit() else 0)


def _by_frequency(group: Group) -> tuple[int, str]:
    return (-group.questions, group.label)


_ORDERS: dict[Criterion, Callable[[Group], tuple[object, ...]]] = {
    "question": _by_type,
    "length": _by_length,
    "script": _by_frequency,
}


def _check_same_questions(kinds: Mapping[str, str], scored: ScoredSet) -> None:
    strangers = sorted(set(kinds) ^ set(scored.ids))
    if strangers:
        raise ValueError(
            f"`examples` must be the {len(scored.ids)} questions of {scored.score.name} that were scored, "
            f"but {len(strangers)} are only among one of the two: {', '.join(strangers[:5])}."
        )
