"""Scores with confidence intervals, a row a set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hf_xlqa.reports.grid import Style, render
from hf_xlqa.reports.score import MEASURES, Measure
from hf_xlqa.reports.seeds import runs_by_system, seeds_of_sets, stacked
from hf_xlqa.reports.system import SystemScores
from hf_xlqa.significance import bootstrap_interval


@dataclass(frozen=True, slots=True)
class Interval:
    """The score of a system on a set, and how far chance could move it.

    Args:
        system: its name.
        set: name of the evaluation set.
        measure: which score.
        questions: how many were scored.
        seeds: how many runs the score is the mean of.
        mean: the score, 0 to 100.
        low, high: bounds of the interval, 0 to 100.
    """

    system: str
    set: str
    measure: Measure
    questions: int
    seeds: int
    mean: float
    low: float
    high: float


def intervals(
    runs: Iterable[SystemScores], *, resamples: int = 10_000, confidence: float = 0.95, seed: int = 0
) -> list[Interval]:
    """Bootstrap intervals of every system on every set, exact match and F1.

    Questions are drawn with replacement, each with all its seeds: the intervals are of the mean over
    the seeds at hand (Efron and Tibshirani 1993, chapter 13: percentiles).

    Args:
        runs: one or several seeds of each system.
        resamples: how many samples are drawn.
        confidence: coverage of the interval.
        seed: of the random numbers.

    Raises:
        ValueError: when there is no run, or the seeds of a system are not comparable.
    """
    found = []
    for system, own in runs_by_system(runs).items():
        for name, seeds in seeds_of_sets(system, own).items():
            for measure in MEASURES:
                scores = stacked(seeds, measure)
                bounds = bootstrap_interval(
                    scores, unit="questions", resamples=resamples, confidence=confidence, seed=seed
                )
                points = (100 * float(value) for value in (scores.mean(), *bounds))
                found.append(Interval(system, name, measure, scores.shape[1], len(scores), *points))
    return found


def interval_table(found: Sequence[Interval], *, style: Style = "markdown") -> str:
    """Scores with their intervals, a row a system and set.

    Args:
        found: as `intervals` gives them.
        style: see `grid.render`; CSV has a row a measure and a column a bound, unrounded.
    """
    if style == "csv":
        header = ["system", "set", "measure", "questions", "seeds", "mean", "low", "high"]
        return render([header, *([str(getattr(each, name)) for name in header] for each in found)], style)
    by_row: dict[tuple[str, str], dict[Measure, Interval]] = {}
    for each in found:
        by_row.setdefault((each.system, each.set), {})[each.measure] = each
    grid = [["system", "set", "questions", *MEASURES.values()]]
    grid += [_row(system, name, measured) for (system, name), measured in by_row.items()]
    return render(grid, style)


def _row(system: str, name: str, measured: Mapping[Measure, Interval]) -> list[str]:
    cells = [f"{each.mean:.1f} [{each.low:.1f}, {each.high:.1f}]" for each in measured.values()]
    return [system, name, f"{next(iter(measured.values())).questions:,}", *cells]
