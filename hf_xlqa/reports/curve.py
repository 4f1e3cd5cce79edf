"""Learning curves: what systems score on each set against an amount, such as the target examples they learned from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, stdev
from typing import Any, Literal

from hf_xlqa.reports.grid import Style, render
from hf_xlqa.reports.score import ABSENT, MEASURES, Score
from hf_xlqa.reports.signature import by_corpus

CurveMeasure = Literal["exact_match", "f1", "average"]
CURVE_MEASURES: tuple[CurveMeasure, ...] = (*MEASURES, "average")
"""Those of scores, and the mean of the two, which Cui et al. (2019, Figure 3) draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveRun:
    """One run of a system.

    Args:
        name: how messages call it, such as its folder.
        system: its name; runs of one name and amount are seeds.
        amount: where it stands on the axis.
        seed: of the run.
        scores: on every set.
    """

    name: str
    system: str
    amount: float
    seed: int
    scores: tuple[Score, ...]

    def score(self, set: str) -> Score:
        """The score on a set that it has."""
        return next(each for each in self.scores if each.name == set)


@dataclass(frozen=True, slots=True)
class Value:
    """The mean over seeds and the sample standard deviation of one seed, None where there is one seed alone."""

    mean: float
    deviation: float | None

    def __str__(self) -> str:
        deviation = "" if self.deviation is None else f"±{self.deviation:.1f}"
        return f"{self.mean:.1f}{deviation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """What one system scores on one set at one amount.

    Args:
        set, system, amount: which.
        seeds: of the runs, sorted.
        exact_match, f1, average: over the seeds, 0 to 100.
    """

    set: str
    system: str
    amount: float
    seeds: tuple[int, ...]
    exact_match: Value
    f1: Value
    average: Value

    def value(self, measure: CurveMeasure) -> Value:
        """The value of a measure."""
        return {"exact_match": self.exact_match, "f1": self.f1, "average": self.average}[measure]

    def record(self) -> dict[str, Any]:
        """The point as values that JSON knows."""
        return asdict(self) | {"seeds": list(self.seeds)}


@dataclass(frozen=True)
class LearningCurves:
    """The curves of all systems on all sets.

    Args:
        by: what the amounts are of.
        points: sorted by set, system as met, amount.
        signatures: how each corpus was scored.
        left_out: sets that not every run has, which have no curve.
    """

    by: str
    points: tuple[CurvePoint, ...]
    signatures: Mapping[str, str]
    left_out: tuple[str, ...] = ()

    @property
    def sets(self) -> list[str]:
        """Names of the sets."""
        return list(dict.fromkeys(point.set for point in self.points))

    def of(self, set: str) -> dict[str, list[CurvePoint]]:
        """The curve of each system on a set, by amount."""
        curves: dict[str, list[CurvePoint]] = {}
        for point in self.points:
            if point.set == set:
                curves.setdefault(point.system, []).append(point)
        return curves

    def table(self, set: str, style: Style = "markdown") -> str:
        """EM / F1 on a set, a row an amount and a column a system; as CSV a row a point, unrounded."""
        curves = self.of(set)
        if style == "csv":
            return render(_long_form(self.by, [point for points in curves.values() for point in points]), style)
        amounts = sorted({point.amount for points in curves.values() for point in points})
        cells = {(point.system, point.amount): _cell(point) for points in curves.values() for point in points}
        grid = [[self.by, *curves]]
        grid += [[f"{each:,g}", *(cells.get((system, each), ABSENT) for system in curves)] for each in amounts]
        return "\n".join([render(grid, style), "", *_legend(set, curves, self.signatures)])


def learning_curves(runs: Iterable[CurveRun], *, by: str, sets: Sequence[str] = ()) -> LearningCurves:
    """The curves of systems on the sets that all runs were scored on.

    Args:
        runs: one or several seeds of each system at each amount.
        by: what the amounts are of, the head of the axis.
        sets: which sets; by default all that every run has.

    Raises:
        ValueError: when there is no run or no set that all have, two runs of a system have one amount and one
            seed, or a set was scored by different rules or of different numbers of questions.
    """
    runs = list(runs)
    if not runs:
        raise ValueError("`runs` must hold at least one run, but hold none instead.")
    chosen, left_out = _sets(runs, sets)
    groups = _groups(runs)
    for name in chosen:
        _check_questions(name, runs)
    scores = {run.name: [run.score(name) for name in chosen] for run in runs}
    points = [_point(name, system, amount, own) for name in chosen for (system, amount), own in groups.items()]
    return LearningCurves(by, tuple(points), by_corpus(scores), tuple(left_out))


def _sets(runs: Sequence[CurveRun], wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """The sets that have curves, and those left out because a run lacks them."""
    every = list(dict.fromkeys(score.name for run in runs for score in run.scores))
    shared = [name for name in every if all(name in {score.name for score in run.scores} for run in runs)]
    unknown = [name for name in wanted or every if name not in shared]
    if unknown and (wanted or not shared):
        without = next(run.name for run in runs if unknown[0] not in {score.name for score in run.scores})
        raise ValueError(
            f"`sets` must be of those that every run has ({', '.join(shared) or 'none'}), "
            f"but {unknown[0]} is not in {without}."
        )
    return list(wanted) or shared, [name for name in every if name not in shared]


def _groups(runs: Sequence[CurveRun]) -> dict[tuple[str, float], list[CurveRun]]:
    """The seeds of each system at each amount; systems in the order they are met, amounts rising."""
    systems = list(dict.fromkeys(run.system for run in runs))
    groups: dict[tuple[str, float], list[CurveRun]] = {}
    for run in sorted(runs, key=lambda run: (systems.index(run.system), run.amount, run.seed)):
        own = groups.setdefault((run.system, run.amount), [])
        if own and own[-1].seed == run.seed:
            raise ValueError(
                f"`runs` of {run.system} at {run.amount:,g} must have a different seed each, but {own[-1].name} and "
                f"{run.name} both have {run.seed} instead."
            )
        own.append(run)
    return groups


def _check_questions(name: str, runs: Iterable[CurveRun]) -> None:
    """Refuse a set that is not the same questions in all runs, as far as their number tells."""
    numbers: dict[int, str] = {}
    for run in runs:
        numbers.setdefault(run.score(name).questions, run.name)
    if len(numbers) > 1:
        (first, one), (second, other) = list(numbers.items())[:2]
        raise ValueError(
            f"`questions` of {name} must be as many in all runs, but are {first} in {one} and {second} in {other}."
        )


def _point(name: str, system: str, amount: float, runs: Sequence[CurveRun]) -> CurvePoint:
    scores = [run.score(name) for run in runs]
    return CurvePoint(
        set=name,
        system=system,
        amount=amount,
        seeds=tuple(run.seed for run in runs),
        exact_match=_value([score.exact_match for score in scores]),
        f1=_value([score.f1 for score in scores]),
        average=_value([(score.exact_match + score.f1) / 2 for score in scores]),
    )


def _value(values: Sequence[float]) -> Value:
    return Value(fmean(values), stdev(values) if len(values) > 1 else None)


def _cell(point: CurvePoint) -> str:
    return f"{point.exact_match} / {point.f1}"


def _legend(set: str, curves: Mapping[str, Sequence[CurvePoint]], signatures: Mapping[str, str]) -> list[str]:
    """What the cells are, over how many seeds, and how they were scored."""
    seeds = sorted({len(point.seeds) for points in curves.values() for point in points})
    number = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    over = "one run each" if seeds == [1] else f"mean ± sample standard deviation of {number} seeds"
    corpus = set.partition("/")[0]
    return [f"EM / F1, {over}", f"{corpus}: {signatures[corpus]}"]


def _long_form(by: str, points: Iterable[CurvePoint]) -> list[list[str]]:
    grid = [["set", "system", "by", "amount", "seeds"]]
    grid[0] += [f"{measure}{end}" for measure in CURVE_MEASURES for end in ("", "_deviation")]
    for point in points:
        values = [point.value(measure) for measure in CURVE_MEASURES]
        figures = [figure for value in values for figure in (value.mean, value.deviation)]
        head = [point.set, point.system, by, f"{point.amount:g}", " ".join(map(str, point.seeds))]
        grid.append([*head, *("" if figure is None else str(figure) for figure in figures)])
    return grid
