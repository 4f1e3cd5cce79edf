"""Whether systems differ: means, differences with intervals, and p-values corrected for their number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hf_xlqa.messages import check_choice, first_few, named
from hf_xlqa.reports.grid import Style, render
from hf_xlqa.reports.score import MEASURES, Measure
from hf_xlqa.reports.seeds import check_comparable, runs_by_system, seeds_of_sets, stacked
from hf_xlqa.reports.signature import by_corpus
from hf_xlqa.reports.system import ScoredSet, SystemScores
from hf_xlqa.significance import (
    Alternative,
    PairedTestResult,
    Unit,
    bootstrap_interval,
    holm,
    mcnemar_test,
    paired_bootstrap,
    randomization_test,
    system_mean,
)
from hf_xlqa.significance.scores import FloatArray

Pairs = Literal["baseline", "all"]
Test = Literal["randomization", "bootstrap", "mcnemar"]

_NAMES = {"randomization": "Fisher randomization", "bootstrap": "paired bootstrap", "mcnemar": "McNemar"}
_ALTERNATIVES = {
    "two-sided": "two-sided",
    "greater": "one-sided, for a system better than its baseline",
    "less": "one-sided, for a system worse than its baseline",
}
_UNITS = {
    "questions": "questions, each with all its seeds and, in pooled rows, all sets that have its id",
    "pairs": "pairs of scores, all seeds and sets pooled",
}
_LEVELS = ((0.01, "**"), (0.05, "*"))
_POOLED = "{}, pooled"


@dataclass(frozen=True, slots=True)
class Method:
    """How systems are compared; see `compare`."""

    measure: Measure
    test: Test
    alternative: Alternative
    unit: Unit
    resamples: int
    confidence: float
    seed: int

    def __post_init__(self) -> None:
        choices = {"measure": tuple(MEASURES), "test": get_args(Test)}
        choices |= {"alternative": get_args(Alternative), "unit": get_args(Unit)}
        for name, valid in choices.items():
            check_choice(name, getattr(self, name), valid)
        if self.test == "mcnemar" and (self.measure, self.unit) != ("exact_match", "pairs"):
            raise ValueError(
                '`test` "mcnemar" must be of the measure "exact_match" and the unit "pairs", '
                f"but is of {self.measure!r} and {self.unit!r} instead."
            )

    def tested(self, first: FloatArray, second: FloatArray) -> PairedTestResult:
        """The test of the scores of all units, (units,) each."""
        side = self.alternative
        if self.test == "mcnemar":
            return mcnemar_test(first, second, alternative=side)
        if self.test == "bootstrap":
            return paired_bootstrap(first, second, resamples=self.resamples, alternative=side, seed=self.seed)
        return randomization_test(first, second, permutations=self.resamples, alternative=side, seed=self.seed)

    def interval(self, differences: FloatArray, sizes: NDArray[np.int64]) -> tuple[float, float]:
        """Percentiles of the bootstrapped mean difference of a question.

        Units of several questions make it a ratio, sum of the differences by number of questions. It is
        linearised, so that no resample divides by a number of its own (Efron and Tibshirani 1993, the
        influence of a unit on the ratio); with units of one size this changes nothing.

        Args:
            differences: of each unit, summed over its questions, (units,).
            sizes: questions of each unit, (units,).
        """
        ratio = differences.sum() / sizes.sum()
        linear = ratio + (differences - ratio * sizes) / sizes.mean()
        least, spread = linear.min(), np.ptp(linear)
        if not spread:
            return float(ratio), float(ratio)
        # The bootstrap takes scores from 0 to 1; the mean follows where they are moved and stretched to it.
        low, high = bootstrap_interval(
            (linear - least) / spread, resamples=self.resamples, confidence=self.confidence, seed=self.seed
        )
        return float(least + spread * low), float(least + spread * high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One system beside another on one set, or on all sets of a corpus together.

    Args:
        baseline, system: names of the two.
        set: name of the set; "CORPUS, pooled" for all of a corpus, question beside question.
        sets: how many sets that is.
        questions: how many questions; in a pooled row those of every set count.
        baseline_mean, system_mean: means over questions and seeds, 0 to 100.
        baseline_deviation, system_deviation: sample standard deviation of the seeds' means; None with one seed.
        baseline_seeds, system_seeds: how many seeds.
        difference: mean of the system less that of the baseline, in points.
        low, high: bounds of its interval.
        p_value: of the test, for this comparison alone.
        adjusted: the p-value after Holm's correction over all comparisons of the table.
        exact: whether the p-value comes from all ways to swap, not from random ones.
    """

    baseline: str
    system: str
    set: str
    sets: int
    questions: int
    baseline_mean: float
    baseline_deviation: float | None
    baseline_seeds: int
    system_mean: float
    system_deviation: float | None
    system_seeds: int
    difference: float
    low: float
    high: float
    p_value: float
    adjusted: float
    exact: bool

    @property
    def mark(self) -> str:
        """`**` where the adjusted p-value is below .01, `*` where it is below .05."""
        return next((mark for level, mark in _LEVELS if self.adjusted < level), "")


@dataclass(frozen=True, kw_only=True)
class Comparisons:
    """All comparisons of a table, and how they were made.

    Args:
        rows: the comparisons.
        method: the measure, test, unit and random numbers.
        signatures: how the scores of each corpus were made.
    """

    rows: tuple[Comparison, ...]
    method: Method
    signatures: Mapping[str, str]

    def records(self) -> list[dict[str, Any]]:
        """The comparisons as values that JSON knows, unrounded."""
        made = asdict(self.method) | {"test": _NAMES[self.method.test]}
        return [asdict(row) | made for row in self.rows]

    def table(self, style: Style = "markdown") -> str:
        """A row a comparison, and a legend of how it was made.

        Args:
            style: see `grid.render`; CSV has the records, unrounded, and no legend.
        """
        if style == "csv":
            records = self.records()
            cells = [["" if value is None else str(value) for value in record.values()] for record in records]
            return render([list(records[0]), *cells], style)
        measure = MEASURES[self.method.measure]
        header = ["set", "questions", "baseline", measure, "system", measure, "difference"]
        header += [f"{self.method.confidence:.0%} interval", "p", "p (Holm)"]
        return "\n".join([render([header, *map(_cells, self.rows)], style), "", *self.legend])

    @property
    def legend(self) -> list[str]:
        """Test, resamples, unit, correction, and the signatures of the scores: a line each."""
        method, number = self.method, f"{self.method.resamples:,}"
        seeds = any(row.system_seeds > 1 or row.baseline_seeds > 1 for row in self.rows)
        drawn = {
            "randomization": f"{number} permutations, exact where there are no more, seed {method.seed}",
            "bootstrap": f"{number} resamples, seed {method.seed}",
            "mcnemar": "exact",
        }[method.test]
        return [
            *(["Means over the seeds ± their sample standard deviation."] if seeds else []),
            f"Interval of the difference: paired bootstrap, {number} resamples, seed {method.seed}.",
            f"p: {_NAMES[method.test]}, {_ALTERNATIVES[method.alternative]}, {drawn}.",
            f"Unit of both: {_UNITS[method.unit]}.",
            f"p (Holm): adjusted over the {len(self.rows)} comparisons of this table; * p < .05, ** p < .01.",
            *(f"{corpus}: {signature}" for corpus, signature in self.signatures.items()),
        ]


def compare(
    runs: Iterable[SystemScores],
    *,
    measure: Measure = "f1",
    pairs: Pairs = "baseline",
    test: Test = "randomization",
    alternative: Alternative = "two-sided",
    unit: Unit = "questions",
    resamples: int = 10_000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Comparisons:
    """Compare systems on every set, and on all sets of a corpus together where it has several.

    Scores are comparable only where rule, version and settings agree and the questions are the same;
    all else is refused. p-values are adjusted by Holm's method (1979) over all rows of the table.

    Args:
        runs: one or several seeds of each system; the first system is the baseline.
        measure: which score. On exact match the randomization test is McNemar's.
        pairs: "baseline" compares each system with the first, "all" each with all before it.
        test: "randomization" (Fisher), "bootstrap" (paired) or "mcnemar" (exact match, pairs).
        alternative: "two-sided", "greater" (a system is better than its baseline) or "less"; the interval is
            two-sided always.
        unit: what is swapped or drawn: "questions" with all their seeds and, in pooled rows, all sets that
            have their id (translations of one question are not independent); "pairs" takes every score of
            every seed for independent, as much published work does, and needs as many seeds of each system.
        resamples: permutations of the test, and resamples of the interval.
        confidence: coverage of the interval.
        seed: of the random numbers.

    Raises:
        ValueError: when there are fewer than two systems, an argument is not valid, or systems or seeds
            differ in their sets, signatures or questions.
    """
    method = Method(measure, test, alternative, unit, resamples, confidence, seed)
    check_choice("pairs", pairs, get_args(Pairs))
    by_system = runs_by_system(runs)
    if len(by_system) < 2:
        (alone,) = by_system.values()
        labels = first_few([*dict.fromkeys(run.label for run in alone)])
        raise ValueError(f"`runs` must be of two systems or more, but are of {labels} alone instead.")
    systems = [_System(name, own[0].label, seeds_of_sets(name, own)) for name, own in by_system.items()]
    baseline, *others = systems
    for system in others:
        _check_comparable(baseline, system)
    chosen = list(combinations(systems, 2)) if pairs == "all" else [(baseline, system) for system in others]
    rows = [
        _compared(label, names, first, second, method)
        for first, second in chosen
        for label, names in _labels(baseline.sets).items()
    ]
    adjusted = holm([row.p_value for row in rows])
    return Comparisons(
        rows=tuple(replace(row, adjusted=float(value)) for row, value in zip(rows, adjusted, strict=True)),
        method=method,
        signatures=by_corpus({system.name: [seeds[0].score for seeds in system.sets.values()] for system in systems}),
    )


@dataclass(frozen=True, slots=True)
class _System:
    """The seeds of one system by set.

    Args:
        name: of the system.
        label: how errors call it, by its first seed.
        sets: the seeds of each set, by its name.
    """

    name: str
    label: str
    sets: Mapping[str, Sequence[ScoredSet]]

    def scores(self, names: Sequence[str], ids: Sequence[Sequence[str]], measure: Measure) -> list[FloatArray]:
        """Scores (seeds, questions) of each set, its questions in the order of its ids."""
        return [stacked(self.sets[name], measure, order) for name, order in zip(names, ids, strict=True)]


def _labels(names: Iterable[str]) -> dict[str, list[str]]:
    """Label of every row and the sets it is about."""
    corpora: dict[str, list[str]] = {}
    for name in names:
        corpora.setdefault(name.partition("/")[0], []).append(name)
    labels: dict[str, list[str]] = {}
    for corpus, names in corpora.items():
        labels |= {name: [name] for name in names}
        if len(names) > 1:
            labels[_POOLED.format(corpus)] = names
    return labels


def _compared(label: str, names: Sequence[str], baseline: _System, system: _System, method: Method) -> Comparison:
    """One row, not yet adjusted."""
    ids = [baseline.sets[name][0].ids for name in names]
    first, second = (each.scores(names, ids, method.measure) for each in (baseline, system))
    if method.unit == "pairs" and first[0].shape != second[0].shape:
        raise ValueError(
            f'`unit` must be "questions" where systems have different numbers of seeds, but is "pairs" for '
            f"{baseline.label} with {len(first[0])} and {system.label} with {len(second[0])} instead."
        )
    gather = _by_question if method.unit == "questions" else _pooled
    sums = [gather(scores, ids)[0] for scores in (first, second)]
    sizes = gather(first, ids)[1]
    # A test does not mind a common factor; the scores it takes are at most 1.
    result = method.tested(*(each / sizes.max() for each in reversed(sums)))
    low, high = method.interval(sums[1] - sums[0], sizes)
    means = [system_mean(np.concatenate(scores, axis=1)) for scores in (first, second)]
    return Comparison(
        baseline=baseline.name,
        system=system.name,
        set=label,
        sets=len(names),
        questions=sum(map(len, ids)),
        baseline_mean=100 * means[0].mean,
        baseline_deviation=_points(means[0].deviation),
        baseline_seeds=means[0].seeds,
        system_mean=100 * means[1].mean,
        system_deviation=_points(means[1].deviation),
        system_seeds=means[1].seeds,
        difference=100 * (means[1].mean - means[0].mean),
        low=100 * low,
        high=100 * high,
        p_value=result.p_value,
        adjusted=result.p_value,
        exact=result.exact,
    )


Units = tuple[FloatArray, NDArray[np.int64]]
"""Sum of the scores of each unit, and how many they are, (units,) each."""


def _by_question(scores: Sequence[FloatArray], ids: Sequence[Sequence[str]]) -> Units:
    """A unit a question id: the means over the seeds, summed over the sets that have it."""
    rows = {id_: row for row, id_ in enumerate(dict.fromkeys(id_ for own in ids for id_ in own))}
    sums, sizes = np.zeros(len(rows)), np.zeros(len(rows), dtype=np.int64)
    for own, values in zip(ids, scores, strict=True):
        places = [rows[id_] for id_ in own]
        sums[places] += values.mean(axis=0)
        sizes[places] += 1
    return sums, sizes


def _pooled(scores: Sequence[FloatArray], _: Sequence[Sequence[str]]) -> Units:
    """A unit a score, of all seeds and sets."""
    pooled = np.concatenate(scores, axis=1).ravel()
    return pooled, np.ones(len(pooled), dtype=np.int64)


def _only(system: _System, other: _System) -> list[str]:
    """Names of the sets that another system does not have."""
    return [named(name) for name in system.sets if name not in other.sets]


def _check_comparable(baseline: _System, system: _System) -> None:
    names = f"{baseline.label} and {system.label}"
    if set(baseline.sets) != set(system.sets):
        alone = [
            f"{named(each.name)} alone has {first_few(_only(each, other)) or 'none'}"
            for each, other in ((baseline, system), (system, baseline))
        ]
        raise ValueError(f"`sets` of {names} must be the same, but {' and '.join(alone)} instead.")
    for name in baseline.sets:
        check_comparable(names, baseline.sets[name][0], system.sets[name][0])


def _points(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _cells(row: Comparison) -> list[str]:
    means = (_mean(row.baseline_mean, row.baseline_deviation), _mean(row.system_mean, row.system_deviation))
    interval = f"[{row.low:+.1f}, {row.high:+.1f}]"
    adjusted = f"{_shown(row.adjusted)} {row.mark}".strip()
    head = [row.set, f"{row.questions:,}", row.baseline, means[0], row.system, means[1]]
    return [*head, f"{row.difference:+.1f}", interval, _shown(row.p_value), adjusted]


def _mean(mean: float, deviation: float | None) -> str:
    return f"{mean:.1f}" if deviation is None else f"{mean:.1f} ± {deviation:.1f}"


def _shown(p_value: float) -> str:
    return "<.0001" if p_value < 0.0001 else f"{p_value:.4f}"
