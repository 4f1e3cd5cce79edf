"""A comparison of systems from their score files to its report."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from hf_xlqa.default_record import command_of
from hf_xlqa.experiment.report import Picture, Report, Table
from hf_xlqa.reports import Score, mean_scores, xlt_table
from hf_xlqa.reports.comparison import Comparisons, Test, compare
from hf_xlqa.reports.intervals import intervals
from hf_xlqa.reports.pictures import draw_intervals
from hf_xlqa.reports.score import MEASURES, Measure
from hf_xlqa.reports.seeds import runs_by_system
from hf_xlqa.reports.system import SystemScores
from hf_xlqa.significance import Alternative, Unit


@dataclass(frozen=True)
class Settings:
    """How systems are compared; see `reports.comparison.compare`."""

    test: Test = "randomization"
    measure: Measure = "f1"
    alternative: Alternative = "two-sided"
    unit: Unit = "questions"
    resamples: int = 10_000
    seed: int = 0


@dataclass(frozen=True)
class SystemComparison:
    """What a comparison gave.

    Args:
        comparisons: the differences with their p-values.
        report: what is told of them.
    """

    comparisons: Comparisons
    report: Report

    def to_json(self) -> str:
        """The comparisons, unrounded."""
        return json.dumps(self.comparisons.records(), ensure_ascii=False, indent=2) + "\n"


def compare_files(
    paths: Iterable[Path], settings: Settings, *, baseline: str | None = None, all_pairs: bool = False
) -> SystemComparison:
    """Compares the systems of score files.

    Args:
        paths: files that `hf-xlqa evaluate` wrote, or their folders; those of one system are its seeds.
        settings: how they are compared.
        baseline: the system the others are compared with; by default that of the first file.
        all_pairs: whether every system is compared with every other.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when a file holds no scores, there is no such baseline, or the scores are not comparable.
    """
    return compare_runs([read_scores(path) for path in paths], settings, baseline=baseline, all_pairs=all_pairs)


def compare_runs(
    runs: Sequence[SystemScores], settings: Settings, *, baseline: str | None = None, all_pairs: bool = False
) -> SystemComparison:
    """Compares systems by their scores; see `compare_files`."""
    runs = list(runs)
    systems = runs_by_system(runs)
    if baseline is not None and baseline not in systems:
        raise ValueError(f"`--baseline` must be one of {', '.join(systems)}, but is {baseline!r} instead.")
    runs.sort(key=lambda run: run.system != baseline if baseline is not None else 0)
    comparisons = compare(
        runs,
        measure=settings.measure,
        pairs="all" if all_pairs else "baseline",
        test=settings.test,
        alternative=settings.alternative,
        unit=settings.unit,
        resamples=settings.resamples,
        seed=settings.seed,
    )
    return SystemComparison(comparisons, _report(runs, comparisons, settings))


def read_scores(path: Path) -> SystemScores:
    """The scores of a file, or of the `scores.json` of a folder.

    Raises:
        FileNotFoundError: when there is none.
        ValueError: see `SystemScores.from_json`.
    """
    file = path / "scores.json" if path.is_dir() else path
    if not file.is_file():
        raise FileNotFoundError(
            f"`SCORES` must be files that `hf-xlqa evaluate` wrote, or their folders, but {str(file)!r} does not exist."
        )
    return SystemScores.read(file)


def _report(runs: Sequence[SystemScores], comparisons: Comparisons, settings: Settings) -> Report:
    systems = runs_by_system(runs)
    means: dict[str, list[Score]] = {
        system: mean_scores([_in_order(run, own[0]) for run in own]) for system, own in systems.items()
    }
    listed = [f"{system}: {_seeds(own)}" for system, own in systems.items()]
    title = f"Differences in {MEASURES[settings.measure]}"
    return Report(
        title=" against ".join(systems) if len(systems) == 2 else f"{len(systems)} systems",
        tables=[
            Table("Means", "means", partial(xlt_table, means, rows="sets")),
            Table(title, "comparison", comparisons.table),
        ],
        notes=listed,
        pictures=[Picture("intervals.png", partial(_draw, runs, settings))],
        origin=[command_of(sys.argv)],
    )


def _draw(runs: Sequence[SystemScores], settings: Settings, path: Path) -> Path:
    """Bars with intervals of the sets in one language; of all sets, where there is none."""
    drawn = intervals(in_one_language(runs), resamples=settings.resamples, seed=settings.seed)
    title = f"{MEASURES[settings.measure]} with 95% intervals (bootstrap over questions)"
    return draw_intervals(drawn, path, measure=settings.measure, title=title)


def in_one_language(runs: Sequence[SystemScores]) -> list[SystemScores]:
    """The runs with the sets whose questions are in the language of the context; as they are, where one has none."""
    kept = [[each for each in run.sets if each.score.language == each.score.question_language] for run in runs]
    if not all(kept):
        return list(runs)
    return [replace(run, sets=tuple(sets)) for run, sets in zip(runs, kept, strict=True)]


def _in_order(run: SystemScores, first: SystemScores) -> list[Score]:
    """Scores of a run in the order of another's sets."""
    by_name = {score.name: score for score in run.scores}
    return [by_name[score.name] for score in first.scores]


def _seeds(runs: Sequence[SystemScores]) -> str:
    if len(runs) == 1:
        return "one run" if runs[0].seed is None else f"seed {runs[0].seed}"
    return f"mean of seeds {', '.join(str(run.seed) for run in runs)}"
