"""The analysis of variance of score files to its report."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hf_xlqa.analysis.factors import VarianceTable, variance_table
from hf_xlqa.default_record import command_of
from hf_xlqa.experiment.comparison import read_scores
from hf_xlqa.experiment.report import Report, Table
from hf_xlqa.reports.score import MEASURES, Measure
from hf_xlqa.reports.seeds import runs_by_system
from hf_xlqa.reports.system import SystemScores

OF_FILES = ("system", "seed", "set", "language", "question_language")
"""Factors that score files tell."""


@dataclass(frozen=True)
class FactorReport:
    """What an analysis of variance gave.

    Args:
        effects: of all factors.
        report: what is told of them.
    """

    effects: VarianceTable
    report: Report

    def to_json(self) -> str:
        """The effects and what is left, unrounded."""
        return json.dumps(asdict(self.effects), ensure_ascii=False, indent=2) + "\n"


def factors_of_scores(specs: Iterable[str], by: Sequence[str], *, measure: Measure = "f1") -> FactorReport:
    """The effects of factors on scores, a row a run and evaluation set.

    Args:
        specs: `[FACTOR=LEVEL,...:]PATH`, files that `hf-xlqa evaluate` wrote, or their folders, with what they do not
            tell themselves, such as `size=half,translated=no:outputs/half-0`.
        by: factors of `OF_FILES` or `specs`; joined by ":", their interaction.
        measure: which score.

    Raises:
        FileNotFoundError: when there is no such file.
        ImportError: when statsmodels is missing.
        ValueError: when a level is of another form, two runs of a system have one seed, or as `variance_table`.
    """
    runs = [(levels, read_scores(path)) for levels, path in map(_parsed, specs)]
    runs_by_system(run for _, run in runs)
    rows = [{**levels, **row} for levels, run in runs for row in _rows(run, measure)]
    factors = [name for name in by if ":" not in name]
    interactions = [name.split(":") for name in by if ":" in name]
    effects = variance_table(rows, factors, score=measure, interactions=interactions)
    rules = sorted({score.metric for _, run in runs for score in run.scores})
    note = (
        f"{len(rows)} rows, a run on a set each, scored by {', '.join(rules)}; rows share models and questions, so "
        "p-values rank the factors and no more."
    )
    table = Table("Effect of each factor beside the others (type II)", "factors", effects.table)
    report = Report(f"Factors of {MEASURES[measure]}", [table], [note], origin=[command_of(sys.argv)])
    return FactorReport(effects, report)


def _parsed(spec: str) -> tuple[dict[str, str], Path]:
    """What is given of a run by factor, and where its scores are."""
    told, _, path = ("", "", spec) if Path(spec).exists() else spec.rpartition(":")
    given = [each.partition("=") for each in filter(None, told.split(","))]
    levels = {name: level for name, _, level in given}
    if len(levels) < len(given) or not all(all(each) for each in given) or not levels.keys().isdisjoint(OF_FILES):
        raise ValueError(
            f"`SCORES` must be [FACTOR=LEVEL,...:]PATH, each factor once and none of {', '.join(OF_FILES)}, which the "
            f"files tell, but have {spec!r} instead."
        )
    return levels, Path(path)


def _rows(run: SystemScores, measure: Measure) -> Iterator[dict[str, Any]]:
    for score in run.scores:
        values = (run.system, run.seed, score.name, score.language, score.question_language)
        yield {**dict(zip(OF_FILES, values, strict=True)), measure: getattr(score, measure)}
