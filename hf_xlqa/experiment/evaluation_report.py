"""The report of an evaluation: XLT and G-XLT tables, breakdowns, pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from hf_xlqa.experiment.comparison import in_one_language
from hf_xlqa.experiment.evaluate import Evaluation
from hf_xlqa.experiment.report import Picture, Report, Table
from hf_xlqa.reports import Score, xlt_table
from hf_xlqa.reports.breakdown import Criterion, break_down
from hf_xlqa.reports.grid import Style, render
from hf_xlqa.reports.gxlt import GXLTMatrix, gxlt_matrix
from hf_xlqa.reports.intervals import Interval, interval_table, intervals
from hf_xlqa.reports.pictures import draw_intervals, draw_matrix
from hf_xlqa.reports.score import MEASURES, Measure

_MATRICES: tuple[Measure, ...] = ("f1", "exact_match")
_INTERVALS = "95% intervals (bootstrap over questions)"
_BREAKDOWNS: dict[Criterion, str] = {"question": "question type", "length": "answer length", "script": "script"}


def report_of(evaluation: Evaluation) -> Report:
    """The tables and pictures of an evaluation."""
    scores = evaluation.scores
    found = intervals(in_one_language([scores])) if _in_one_language(evaluation) else []
    seed = "" if scores.seed is None else f", seed {scores.seed}"
    return Report(
        title=f"{scores.system}{seed}",
        tables=[*_score_tables(evaluation, found), *_breakdowns(evaluation)],
        notes=evaluation.notes,
        pictures=list(_pictures(evaluation, found)),
        origin=[scores.command, ", ".join(f"{name} {version}" for name, version in scores.versions.items())],
    )


def _in_one_language(evaluation: Evaluation) -> list[Score]:
    """The scores of the sets whose questions are in the language of the contexts."""
    return [score for score in evaluation.scores.scores if score.language == score.question_language]


def matrices(evaluation: Evaluation) -> Iterator[GXLTMatrix]:
    """The F1 and exact match matrices of each corpus with questions in another language."""
    scores = evaluation.scores.scores
    for corpus in dict.fromkeys(score.corpus for score in scores if score.language != score.question_language):
        for measure in _MATRICES:
            yield gxlt_matrix(scores, corpus=corpus, measure=measure)


def _score_tables(evaluation: Evaluation, found: Sequence[Interval]) -> Iterator[Table]:
    if scores := _in_one_language(evaluation):
        table = partial(xlt_table, {evaluation.scores.system: scores}, rows="sets")
        yield Table("XLT: questions in the language of the context", "xlt", table)
        yield Table(f"XLT with {_INTERVALS}", "intervals", partial(interval_table, found))
    for matrix in matrices(evaluation):
        title = f"G-XLT of {matrix.corpus}, {MEASURES[matrix.measure]}"
        yield Table(title, f"gxlt_{matrix.corpus}_{matrix.measure}", matrix.table)


def _breakdowns(evaluation: Evaluation) -> Iterator[Table]:
    for by, label in _BREAKDOWNS.items():
        yield Table(f"By {label}", f"breakdown_{by}", partial(_breakdown, evaluation, by))


def _breakdown(evaluation: Evaluation, by: Criterion, *, style: Style) -> str:
    """Scores by kinds of questions, of the sets in one language; of all sets, where there is none."""
    wanted = {score.name for score in _in_one_language(evaluation) or evaluation.scores.scores}
    grid = [["set", by, "questions", *(MEASURES if style == "csv" else ["EM / F1"])]]
    for each, scored in zip(evaluation.questions.sets, evaluation.scores.sets, strict=True):
        if each.name in wanted:
            for group in break_down(each.examples, [scored], by=by):
                figures = [repr(group.exact_match), repr(group.f1)]
                shown = figures if style == "csv" else [f"{group.exact_match:.1f} / {group.f1:.1f}"]
                grid.append([each.name, group.label, str(group.questions), *shown])
    return render(grid, style)


def _pictures(evaluation: Evaluation, found: Sequence[Interval]) -> Iterator[Picture]:
    system = evaluation.scores.system
    if found:
        title = f"{system}: F1 with {_INTERVALS}"
        yield Picture("xlt.png", partial(draw_intervals, found, measure="f1", title=title))
    for matrix in matrices(evaluation):
        title = f"{system}, {matrix.corpus}: {MEASURES[matrix.measure]}"
        yield Picture(f"gxlt_{matrix.corpus}_{matrix.measure}.png", partial(draw_matrix, matrix, title=title))
