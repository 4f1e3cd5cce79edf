"""Tables of scores by language, as Markdown or as plain text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

NO_TRANSLATIONS = "none"
ABSENT = "-"

Style = Literal["markdown", "plain"]
Orientation = Literal["systems", "sets"]


@dataclass(frozen=True, slots=True)
class Score:
    """What a system scores on one evaluation set.

    Args:
        name: name of the set, CORPUS/LANGUAGE such as "xquad/zh".
        language: language of its contexts.
        metric: name of the rule.
        exact_match, f1: 0 to 100.
        questions: how many were scored.
        signature: the rule, its version and settings, as the metric prints them.
        translations: where the parallel inputs came from at test time ("none" where there were none).
    """

    name: str
    language: str
    metric: str
    exact_match: float
    f1: float
    questions: int
    signature: str
    translations: str = NO_TRANSLATIONS

    @property
    def corpus(self) -> str:
        """The part of the name before the first slash."""
        return self.name.partition("/")[0]


def xlt_table(
    systems: Mapping[str, Sequence[Score]], *, rows: Orientation = "systems", style: Style = "markdown"
) -> str:
    """EM / F1 of every system on every evaluation set, with means, the translations used, and the signatures.

    Sets are in the order of the first system that has them, those of a corpus side by side. A mean
    over the sets of each corpus is given, and over all sets where there are several corpora; it is
    left out ("-") for a system that lacks one of the sets.

    Args:
        systems: scores by name of the system.
        rows: "systems" for the table of a paper, "sets" for a tall table with a row a set.
        style: "markdown", or "plain" for the terminal.

    Raises:
        ValueError: when there are no scores, or a system has two for one set.
    """
    by_system = {system: _by_name(system, scores) for system, scores in systems.items()}
    names = _ordered_names(systems)
    if not names:
        raise ValueError("`systems` must hold at least one score, but hold none instead.")
    columns = _columns(names)
    header = ["EM / F1", *columns]
    body = [[system, *(_cell(scores, group) for group in columns.values())] for system, scores in by_system.items()]
    translations = {system: _translations(scores.values()) for system, scores in by_system.items()}
    if set(translations.values()) != {NO_TRANSLATIONS}:
        header.append("translations")
        body = [[*line, used] for line, used in zip(body, translations.values(), strict=True)]
    grid = [header, *body]
    if rows == "sets":
        grid = [list(line) for line in zip(*grid, strict=True)]
    return "\n".join([*_lines(grid, style), "", *_signatures(systems)])


def mean_scores(runs: Sequence[Sequence[Score]]) -> list[Score]:
    """The mean over several seeds of what one system scores on each set.

    Args:
        runs: the scores of each seed, of the same sets in the same order.

    Raises:
        ValueError: when there is no run, or the runs are not of the same sets.
    """
    if not runs or len({tuple(score.name for score in run) for run in runs}) > 1:
        listed = "; ".join(", ".join(score.name for score in run) for run in runs) or "none"
        raise ValueError(f"`runs` must be one or more of the same sets, but are of {listed} instead.")
    return [
        replace(
            scores[0],
            exact_match=sum(score.exact_match for score in scores) / len(scores),
            f1=sum(score.f1 for score in scores) / len(scores),
        )
        for scores in zip(*runs, strict=True)
    ]


def _by_name(system: str, scores: Sequence[Score]) -> dict[str, Score]:
    found = {score.name: score for score in scores}
    if len(found) < len(scores):
        names = ", ".join(score.name for score in scores)
        raise ValueError(f"`systems[{system!r}]` must hold one score a set, but hold {names} instead.")
    return found


def _ordered_names(systems: Mapping[str, Sequence[Score]]) -> list[str]:
    """Names of all sets; the corpora in the order they are first met."""
    names = list(dict.fromkeys(score.name for scores in systems.values() for score in scores))
    corpora = list(dict.fromkeys(name.partition("/")[0] for name in names))
    return sorted(names, key=lambda name: corpora.index(name.partition("/")[0]))


def _columns(names: Sequence[str]) -> dict[str, list[str]]:
    """Header of every column and the sets it is the mean of."""
    corpora = {corpus: list(group) for corpus, group in groupby(names, key=lambda name: name.partition("/")[0])}
    columns: dict[str, list[str]] = {}
    for corpus, group in corpora.items():
        columns |= {name: [name] for name in group}
        if len(group) > 1:
            columns[f"{corpus} mean" if len(corpora) > 1 else "mean"] = group
    return columns if len(corpora) == 1 else {**columns, "mean": list(names)}


def _cell(scores: Mapping[str, Score], names: Sequence[str]) -> str:
    if any(name not in scores for name in names):
        return ABSENT
    exact_match = sum(scores[name].exact_match for name in names) / len(names)
    f1 = sum(scores[name].f1 for name in names) / len(names)
    return f"{exact_match:.1f} / {f1:.1f}"


def _translations(scores: Iterable[Score]) -> str:
    """What the translations of a system were; by set where that differs."""
    used = {score.name: score.translations for score in scores}
    if len(set(used.values())) > 1:
        return "; ".join(f"{name}: {translations}" for name, translations in used.items())
    return next(iter(used.values()), NO_TRANSLATIONS)


def _signatures(systems: Mapping[str, Sequence[Score]]) -> list[str]:
    """One line a signature, with the sets that it holds for."""
    sets: dict[str, list[str]] = {}
    for scores in systems.values():
        for score in scores:
            names = sets.setdefault(score.signature, [])
            if score.name not in names:
                names.append(score.name)
    return [f"{', '.join(names)}: {signature}" for signature, names in sets.items()]


def _lines(grid: Sequence[Sequence[str]], style: Style) -> list[str]:
    """The grid with columns padded to their display width and a rule under the header."""
    widths = [max(map(_width, column)) for column in zip(*grid, strict=True)]
    lines = [[cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)] for row in grid]
    rule = ["-" * width for width in widths]
    if style == "plain":
        return ["  ".join(line).rstrip() for line in [lines[0], rule, *lines[1:]]]
    return [f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]]]


def _width(text: str) -> int:
    """Columns that a text takes in a terminal: wide East Asian characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
