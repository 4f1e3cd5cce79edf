"""G-XLT and XLT of several systems: the table of a paper, and the scores of questions over the matrix, for tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hf_xlqa.reports.grid import Style, render
from hf_xlqa.reports.gxlt import GXLTMatrix, gxlt_matrix
from hf_xlqa.reports.score import MEASURES, Measure, Score
from hf_xlqa.reports.seeds import runs_by_system, stacked
from hf_xlqa.reports.signature import shared_signature
from hf_xlqa.reports.system import ScoredSet, SystemScores

ALL_CELLS, DIAGONAL = "G-XLT", "XLT"
_MANY_LANGUAGES = "mul"  # ISO 639-2


def gxlt_systems_table(runs: Iterable[SystemScores], *, measure: Measure = "f1", style: Style = "markdown") -> str:
    """A row a system: the mean over all questions for each language of the context, G-XLT, XLT (AT/LAF 2020, Table 2).

    Figures are means over the seeds, G-XLT and XLT with their sample standard deviation where there are several.

    Args:
        runs: the seeds of every system, each with the complete matrix of one and the same corpus.
        measure: which score.
        style: see `grid.render`; CSV has the figures unrounded, and columns for the deviations.

    Raises:
        ValueError: when there is no run, or a run has not all cells; see also `gxlt_matrix`.
    """
    matrices = {name: [_complete(run, measure) for run in seeds] for name, seeds in runs_by_system(runs).items()}
    contexts = next(iter(matrices.values()))[0].contexts
    deviations = [f"{name} deviation" for name in (ALL_CELLS, DIAGONAL)] if style == "csv" else []
    grid = [[f"{MEASURES[measure]} by context", *contexts, ALL_CELLS, DIAGONAL, *deviations]]
    for name, seeds in matrices.items():
        figures = np.array([_figures(matrix, contexts) for matrix in seeds])
        spread = figures[:, -2:].std(axis=0, ddof=1) if len(seeds) > 1 else None
        grid.append([name, *_cells(figures.mean(axis=0), spread, style)])
    return render(grid, style)


def over_the_matrix(run: SystemScores) -> SystemScores:
    """A run with two sets: what each question scores on average over all cells (G-XLT), and over the diagonal (XLT).

    A question is one in all its translations: cells have its scores under one id.

    Raises:
        ValueError: when the run has not all cells of the matrix of one corpus, or cells are of other questions.
    """
    _complete(run, "f1")
    diagonal = [each for each in run.sets if each.score.language == each.score.question_language]
    return replace(run, sets=(_together(ALL_CELLS, run.sets), _together(DIAGONAL, diagonal)))


def _complete(run: SystemScores, measure: Measure) -> GXLTMatrix:
    matrix = gxlt_matrix(run.scores, measure=measure)
    if not matrix.is_complete:
        raise ValueError(
            f"`runs` of {run.system} must have every language of {', '.join(matrix.languages)} asked about in each, "
            f"but have {len(matrix.cells)} cells instead."
        )
    return matrix


def _figures(matrix: GXLTMatrix, contexts: Sequence[str]) -> list[float]:
    """The mean of each row of the matrix, of all cells and of the diagonal."""
    rows = [np.mean([matrix.cells[context, question] for question in contexts]) for context in contexts]
    return [*map(float, rows), *(float(mean.value or 0) for mean in matrix.means[:2])]


def _cells(figures: NDArray[np.float64], spread: NDArray[np.float64] | None, style: Style) -> list[str]:
    if style == "csv":
        return [*map(repr, figures.tolist()), *(["", ""] if spread is None else map(repr, spread.tolist()))]
    shown = [f"{figure:.1f}" for figure in figures]
    if spread is not None:
        shown[-2:] = [f"{one} ± {each:.1f}" for one, each in zip(shown[-2:], spread, strict=True)]
    return shown


def _together(name: str, cells: Sequence[ScoredSet]) -> ScoredSet:
    """The means over cells of each question."""
    ids = cells[0].ids
    others = next((each for each in cells if set(each.ids) != set(ids)), None)
    if others is not None:
        raise ValueError(
            f"`ids` of {cells[0].score.name} and {others.score.name} must be the same, but "
            f"{len(set(ids) ^ set(others.ids))} are only of one of the two; give all translations of a question one id."
        )
    exact_match, f1 = (stacked(cells, measure, ids).mean(axis=0) for measure in MEASURES)
    score = Score(
        name=f"{name}/all",
        language=_MANY_LANGUAGES,
        metric=cells[0].score.metric,
        exact_match=100 * float(exact_match.mean()),
        f1=100 * float(f1.mean()),
        questions=len(ids),
        signature=shared_signature({each.score.name: each.score.signature for each in cells}),
        translations=cells[0].score.translations,
    )
    return ScoredSet(score, ids, exact_match, f1)
