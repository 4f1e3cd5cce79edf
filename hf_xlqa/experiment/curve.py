"""Learning curves from the records of runs to their report."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from hf_xlqa.default_record import command_of
from hf_xlqa.experiment.report import Picture, Report, Table
from hf_xlqa.reports.curve import CurveMeasure, CurveRun, LearningCurves, learning_curves
from hf_xlqa.reports.pictures import draw_curves
from hf_xlqa.run_record import RunRecord

_RECORD = "results.json"


@dataclass(frozen=True)
class CurveReport:
    """Learning curves and what is told of them.

    Args:
        curves: the points.
        report: tables and pictures.
    """

    curves: LearningCurves
    report: Report

    def to_json(self) -> str:
        """The points, unrounded."""
        points = [{"by": self.curves.by, **point.record()} for point in self.curves.points]
        return json.dumps(points, ensure_ascii=False, indent=2) + "\n"


def curve_of_runs(
    runs: Iterable[str], *, by: Sequence[str], measure: CurveMeasure = "f1", sets: Sequence[str] = ()
) -> CurveReport:
    """The learning curves of runs.

    Args:
        runs: `[SYSTEM=]DIR`, each the runs of a system: every `results.json` in the folder, however deep. The
            name of the system is that of the folder where none is given.
        by: training corpora, whose examples are counted together, those of the runs included that a run started
            from (its `encoder`, and so on); or one hyper-parameter, which is a number.
        measure: which score the pictures show.
        sets: see `learning_curves`.

    Raises:
        FileNotFoundError: when there is no record in a folder.
        ValueError: when `by` is neither a corpus nor a number of all runs, or the runs make no curve.
    """
    records = [(system, path, RunRecord.read(path)) for system, path in _found(runs)]
    axis, amounts = _amounts({path: record for _, path, record in records}, by)
    points = [
        CurveRun(name=str(path.parent), system=system, amount=amounts[path], seed=record.seed, scores=record.scores)
        for system, path, record in records
    ]
    curves = learning_curves(points, by=axis, sets=sets)
    return CurveReport(curves, _report(curves, points, measure))


def _found(runs: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """The system and the record of every run."""
    for run in runs:
        name, _, path = ("", "", run) if Path(run).is_dir() or "=" not in run else run.partition("=")
        folder = Path(path)
        found = sorted(folder.rglob(_RECORD))
        if not found:
            raise FileNotFoundError(
                f"`RUNS` must be [SYSTEM=]DIR with the {_RECORD} of a run in it, but {run!r} has none instead."
            )
        yield from ((name or folder.resolve().name, each) for each in found)


def _amounts(records: Mapping[Path, RunRecord], by: Sequence[str]) -> tuple[str, dict[Path, float]]:
    """The axis, and where each run stands on it."""
    uses = {path: [use for each in _chain(path, record) for use in each.training] for path, record in records.items()}
    corpora = {use.name for own in uses.values() for use in own}
    if by and corpora.issuperset(by):
        examples = {path: float(sum(use.examples for use in own if use.name in by)) for path, own in uses.items()}
        return f"examples of {' + '.join(by)}", examples
    numbers = {path: record.hyper_parameters.get(by[0]) for path, record in records.items()} if len(by) == 1 else {}
    if not numbers or not all(type(each) in (int, float) for each in numbers.values()):
        raise ValueError(
            f"`--by` must be one or more training corpora ({', '.join(sorted(corpora))}) or a hyper-parameter "
            f"that is a number in every run, but is {', '.join(by) or 'not given'} instead."
        )
    return by[0], {path: float(cast(float, each)) for path, each in numbers.items()}


def _chain(path: Path, record: RunRecord) -> Iterator[RunRecord]:
    """The run, the one whose checkpoint it started from, the one that started from, and so on."""
    seen = set()
    while path.resolve() not in seen:
        yield record
        seen.add(path.resolve())
        path = Path(record.base_model, _RECORD)
        if not record.base_model or not os.path.isfile(path):  # False, too, for what can be no path
            return
        record = RunRecord.read(path)


def _report(curves: LearningCurves, runs: Sequence[CurveRun], measure: CurveMeasure) -> Report:
    files = {name: f"curve_{name.replace('/', '_')}" for name in curves.sets}
    return Report(
        title=f"Scores by {curves.by}",
        tables=[Table(name, file, partial(curves.table, name)) for name, file in files.items()],
        notes=_notes(curves, runs),
        pictures=[Picture(f"{file}.png", partial(_draw, curves, name, measure)) for name, file in files.items()],
        origin=[command_of(sys.argv)],
    )


def _draw(curves: LearningCurves, name: str, measure: CurveMeasure, path: Path) -> Path:
    return draw_curves(curves.of(name), path, by=curves.by, measure=measure, title=name)


def _notes(curves: LearningCurves, runs: Sequence[CurveRun]) -> list[str]:
    at_zero = [run.name for run in runs if run.amount == 0]
    notes = [f"runs at 0 {curves.by}: {', '.join(at_zero)}"] if at_zero else []
    return notes + ([f"sets that not every run has: {', '.join(curves.left_out)}"] if curves.left_out else [])
