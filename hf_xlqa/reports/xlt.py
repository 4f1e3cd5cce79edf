"""The table of scores by language: XLT, where the question is in the language of its context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Literal

from hf_xlqa.reports.grid import Style, render, transposed
from hf_xlqa.reports.score import ABSENT, NO_TRANSLATIONS, Score
from hf_xlqa.reports.signature import by_corpus

Orientation = Literal["systems", "sets"]

_LABELS = {"tydiqa": ("mean with en (XTREME)", "mean without en (official)")}
"""Corpora with a mean of their own: TyDi QA's official one leaves English out, XTREME's has it in."""


def xlt_table(
    systems: Mapping[str, Sequence[Score]], *, rows: Orientation = "systems", style: Style = "markdown"
) -> str:
    """EM / F1 of every system on every evaluation set, with means, the translations used, and the signatures.

    Sets are in the order of the first system that has them, those of a corpus side by side. Means are
    over the languages of each corpus, and over all sets where there are several corpora; with English,
    and without (no English question, no English context) where that leaves several languages. A mean is
    left out ("-") for a system that lacks one of its sets. TyDi QA's two means say whose they are: that
    of Clark et al. (2020) leaves English out, that of XTREME (Hu et al. 2020) does not.

    Args:
        systems: scores by name of the system.
        rows: "systems" for the table of a paper, "sets" for a tall table with a row a set.
        style: "markdown", "plain" for the terminal, or "csv": a row a system and set or mean, the
            figures unrounded, signatures in a column.

    Raises:
        ValueError: when there are no scores, a system has two for one set, or the scores of a corpus were
            made in two ways (their signatures differ in more than the language).
    """
    by_system = {system: _by_name(system, scores) for system, scores in systems.items()}
    sets = _ordered_sets(systems)
    if not sets:
        raise ValueError("`systems` must hold at least one score, but hold none instead.")
    signatures = by_corpus(systems)
    columns = _columns(sets)
    if style == "csv":
        return render(_long_form(by_system, columns, signatures), style)
    header = ["EM / F1", *columns]
    body = [[system, *(_cell(scores, group) for group in columns.values())] for system, scores in by_system.items()]
    translations = {system: _translations(scores.values()) for system, scores in by_system.items()}
    if set(translations.values()) != {NO_TRANSLATIONS}:
        header.append("translations")
        body = [[*line, used] for line, used in zip(body, translations.values(), strict=True)]
    grid = [header, *body] if rows == "systems" else transposed([header, *body])
    return "\n".join([render(grid, style), "", *(f"{corpus}: {each}" for corpus, each in signatures.items())])


def _by_name(system: str, scores: Sequence[Score]) -> dict[str, Score]:
    found = {score.name: score for score in scores}
    if len(found) < len(scores):
        names = ", ".join(score.name for score in scores)
        raise ValueError(f"`systems[{system!r}]` must hold one score a set, but hold {names} instead.")
    return found


def _ordered_sets(systems: Mapping[str, Sequence[Score]]) -> list[Score]:
    """A score of every set; the corpora in the order they are first met."""
    sets: dict[str, Score] = {}
    for scores in systems.values():
        for score in scores:
            sets.setdefault(score.name, score)
    corpora = list(dict.fromkeys(score.corpus for score in sets.values()))
    return sorted(sets.values(), key=lambda score: corpora.index(score.corpus))


def _columns(sets: Sequence[Score]) -> dict[str, list[str]]:
    """Header of every column and the sets it is the mean of."""
    corpora = {corpus: list(group) for corpus, group in groupby(sets, key=lambda score: score.corpus)}
    columns: dict[str, list[str]] = {}
    for corpus, group in corpora.items():
        columns |= {score.name: [score.name] for score in group}
        prefix = f"{corpus} " if len(corpora) > 1 else ""
        columns |= {prefix + label: names for label, names in _means(group, corpus).items()}
    return columns if len(corpora) == 1 else columns | _means(sets)


def _means(sets: Sequence[Score], corpus: str = "") -> dict[str, list[str]]:
    """Label of each mean and its sets."""
    with_english, without_english = _LABELS.get(corpus, ("mean", "mean without en"))
    others = [score.name for score in sets if not score.has_english]
    if corpus in _LABELS and len(others) == len(sets):
        return {without_english: others}
    means = {with_english: [score.name for score in sets]} if len(sets) > 1 else {}
    if len(others) < len(sets) and len(others) > (0 if corpus in _LABELS else 1):
        means[without_english] = others
    return means


def _mean(scores: Mapping[str, Score], names: Sequence[str]) -> tuple[float, float] | None:
    if any(name not in scores for name in names):
        return None
    exact_match = sum(scores[name].exact_match for name in names) / len(names)
    return exact_match, sum(scores[name].f1 for name in names) / len(names)


def _cell(scores: Mapping[str, Score], names: Sequence[str]) -> str:
    mean = _mean(scores, names)
    return ABSENT if mean is None else f"{mean[0]:.1f} / {mean[1]:.1f}"


def _long_form(
    systems: Mapping[str, Mapping[str, Score]], columns: Mapping[str, Sequence[str]], signatures: Mapping[str, str]
) -> list[list[str]]:
    """A row a system and set or mean; those that a system lacks are left empty."""
    grid = [["system", "set", "sets", "questions", "exact_match", "f1", "translations", "signature"]]
    for system, scores in systems.items():
        for column, names in columns.items():
            mean = _mean(scores, names)
            held = [scores[name] for name in names if name in scores]
            figures = ["", "", ""] if mean is None else [str(sum(score.questions for score in held)), *map(repr, mean)]
            corpora = dict.fromkeys(name.partition("/")[0] for name in names)
            used = "; ".join(signatures[corpus] for corpus in corpora)
            grid.append([system, column, str(len(names)), *figures, _translations(held), used])
    return grid


def _translations(scores: Iterable[Score]) -> str:
    """What the translations of a system were; by set where that differs."""
    used = {score.name: score.translations for score in scores}
    if len(set(used.values())) > 1:
        return "; ".join(f"{name}: {translations}" for name, translations in used.items())
    return next(iter(used.values()), NO_TRANSLATIONS)
