"""Tables of the study of zero-shot transfer, from the mean scores of its systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hf_xlqa.analysis.factors import one_way, variance_table
from hf_xlqa.experiment.zero_shot_corpora import (
    CHINESE,
    ENGLISH,
    KOREAN,
    PERMUTED_SET,
    PLAIN_SET,
    SOURCES,
    SWITCHED,
    SWITCHED_SET,
    TRANSLATED,
)
from hf_xlqa.reports import Score
from hf_xlqa.reports.grid import Style, render
from hf_xlqa.reports.system import SystemScores

Means = Mapping[str, Sequence[Score]]
"""Scores of every set by what was trained on."""

TESTED = (ENGLISH, CHINESE, KOREAN)
"""The languages that the paper asks in."""

UNTOUCHED = "untouched"
UNSEEN = ((ENGLISH, ENGLISH), (ENGLISH, CHINESE), (CHINESE, CHINESE))
"""Rows of Table 3: what is trained on, and what is asked in."""

FACTORS = ("corpus", "size", "translated", "asked in")


def of_languages(rows: Means, languages: Sequence[str]) -> dict[str, list[Score]]:
    """The scores of the untouched sets in some languages."""
    names = [f"{PLAIN_SET}/{language}" for language in languages]
    return {system: [_score(rows, system, name) for name in names] for system in rows}


def unseen_cells(rows: Means) -> dict[str, list[Score]]:
    """Scores of untouched and of permuted sets, which have the names "en → zh" of Table 3."""
    return {
        label: [_named(_score(rows, train, f"{corpus}/{asked}"), train, asked) for train, asked in UNSEEN]
        for label, corpus in ((UNTOUCHED, PLAIN_SET), (PERMUTED_SET, PERMUTED_SET))
    }


def unseen_table(rows: Means, style: Style = "markdown") -> str:
    """Table 3: permuted languages, each under the untouched one."""
    cells = unseen_cells(rows)
    grid = [["train → test", "words", "EM", "F1"]]
    for untouched, permuted in zip(cells[UNTOUCHED], cells[PERMUTED_SET], strict=True):
        grid.append([untouched.name, UNTOUCHED, *_figures(untouched, style)])
        grid.append([permuted.name, PERMUTED_SET, *_figures(permuted, style)])
    return render(grid, style)


def switched_cells(rows: Means) -> dict[str, list[Score]]:
    """Scores of English, untouched and with words of each other language, by what was trained on."""
    sets = {UNTOUCHED: f"{PLAIN_SET}/{ENGLISH}"} | {
        mixed_with(language): f"{SWITCHED_SET}-{language}/{ENGLISH}" for language in SWITCHED
    }
    return {
        label: [_named(_score(rows, train, name), train, ENGLISH) for train in SOURCES] for label, name in sets.items()
    }


def switched_table(rows: Means, shares: Mapping[str, float], style: Style = "markdown") -> str:
    """Table 4: code-switched English, and the share of its words that are replaced."""
    grid = [["train → test", "words", "EM", "F1", "words replaced"]]
    cells = switched_cells(rows)
    for place in range(len(SOURCES)):
        for label, replaced in ((UNTOUCHED, 0.0), *((mixed_with(each), shares[each]) for each in SWITCHED)):
            score = cells[label][place]
            share = repr(replaced) if style == "csv" else f"{100 * replaced:.0f} %"
            grid.append([score.name, label, *_figures(score, style), share])
    return render(grid, style)


def mixed_with(language: str) -> str:
    """What English with words of another language is called."""
    return f"with {language}"


def factors_table(rows: Means, style: Style = "markdown") -> str:
    """How much of F1 each factor accounts for, alone as in the paper, and beside the others (type II).

    Scores are those in the languages that the paper asks in, of English and Chinese whole, halved and translated.
    """
    table = _factor_rows(rows)
    alone = one_way(table, FACTORS)
    beside = variance_table(table, FACTORS).effects
    grid = [["factor", "alone: F", "p", "eta²", "beside the others: F", "p", "partial eta²"]]
    for one, other in zip(alone, beside, strict=True):
        figures = (one.f, one.p_value, one.eta_squared, other.f, other.p_value, other.partial_eta_squared)
        grid.append([one.factor, *(repr(figure) if style == "csv" else f"{figure:.3g}" for figure in figures)])
    return render(grid, style)


def untouched_and_changed(runs: Sequence[SystemScores], language: str) -> list[SystemScores]:
    """A system asked in its own language, untouched and changed, as systems that are asked the same questions.

    Args:
        runs: the seeds of one system.
        language: it was trained on.
    """
    own = f"{PLAIN_SET}/{language}"
    names = {UNTOUCHED: own, PERMUTED_SET: f"{PERMUTED_SET}/{language}"}
    if language == ENGLISH:
        names |= {mixed_with(each): f"{SWITCHED_SET}-{each}/{ENGLISH}" for each in SWITCHED}
    systems = []
    for label, name in names.items():
        for run in runs:
            sets = {each.score.name: each for each in run.sets}
            known_as = replace(sets[name].score, name=own, signature=sets[own].score.signature)
            systems.append(replace(run, system=label, sets=(replace(sets[name], score=known_as),)))
    return systems


def _factor_rows(rows: Means) -> list[dict[str, Any]]:
    table = []
    for source in SOURCES:
        names = {source: ("whole", "no"), f"{source} half": ("half", "no")}
        names |= {f"{source}-{target}": ("whole", "yes") for target in TRANSLATED[source]}
        for name, (size, translated) in names.items():
            for language in TESTED:
                score = _score(rows, name, f"{PLAIN_SET}/{language}")
                levels = dict(zip(FACTORS, (source, size, translated, language), strict=True))
                table.append({**levels, "f1": score.f1})
    return table


def _score(rows: Means, system: str, name: str) -> Score:
    return next(score for score in rows[system] if score.name == name)


def _named(score: Score, train: str, asked: str) -> Score:
    return replace(score, name=f"{train} → {asked}")


def _figures(score: Score, style: Style) -> list[str]:
    return [repr(each) if style == "csv" else f"{each:.1f}" for each in (score.exact_match, score.f1)]
