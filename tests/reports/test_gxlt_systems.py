"""The table of G-XLT and XLT by system, and the scores of questions over a whole matrix."""

from __future__ import annotations

import pytest
from tiny_scores import system

from hf_xlqa.reports.comparison import compare
from hf_xlqa.reports.gxlt_systems import gxlt_systems_table, over_the_matrix
from hf_xlqa.reports.system import SystemScores

SETS = ("c/en", "c/en.de", "c/de.en", "c/de")


def run_of(name: str, *cells: list[float], seed: int = 0) -> SystemScores:
    return system(name, dict(zip(SETS, cells, strict=True)), seed=seed)


FIRST = run_of("A", [1.0, 1.0], [0.5, 0.5], [0.0, 0.0], [0.5, 1.0])
SECOND = run_of("A", [1.0, 0.5], [0.5, 0.5], [0.0, 0.0], [0.5, 0.0], seed=1)
OTHER = run_of("B", [0.0, 0.0], [0.0, 0.0], [0.5, 0.0], [0.0, 0.0])


def test_a_row_has_means_by_context_and_over_the_matrix_and_its_diagonal() -> None:
    """Contexts of A: en (100 + 50) / 2 and (75 + 50) / 2, de (0 + 75) / 2 and (0 + 25) / 2."""
    table = gxlt_systems_table([FIRST, SECOND, OTHER], style="plain").splitlines()
    assert table[0].split() == ["F1", "by", "context", "en", "de", "G-XLT", "XLT"]
    assert table[2].split() == ["A", "68.8", "25.0", "46.9", "±", "13.3", "68.8", "±", "26.5"]
    assert table[3].split() == ["B", "0.0", "12.5", "6.2", "0.0"]
    rows = gxlt_systems_table([FIRST, SECOND], measure="exact_match", style="csv").splitlines()
    assert rows[0] == "EM by context,en,de,G-XLT,XLT,G-XLT deviation,XLT deviation"
    name, *figures = rows[1].split(",")
    assert (name, [float(each) for each in figures[:4]]) == ("A", [37.5, 12.5, 25.0, 50.0])
    assert [float(each) for each in figures[4:]] == pytest.approx([12.5 * 2**0.5, 25 * 2**0.5])
    assert gxlt_systems_table([OTHER], style="csv").splitlines()[1] == "B,0.0,12.5,6.25,0.0,,"


def test_a_question_scores_the_mean_of_its_cells() -> None:
    whole = over_the_matrix(FIRST)
    assert [(each.score.name, each.f1.tolist()) for each in whole.sets] == [
        ("G-XLT/all", [0.5, 0.625]),
        ("XLT/all", [0.75, 1.0]),
    ]
    assert whole.sets[0].score.f1 == 56.25
    assert whole.sets[0].score.signature.split("|")[2] == "language:de+en"
    compared = compare([over_the_matrix(run) for run in (OTHER, FIRST, SECOND)], resamples=200)
    assert [(row.set, row.questions, row.system_mean) for row in compared.rows] == [
        ("G-XLT/all", 2, 46.875),
        ("XLT/all", 2, 68.75),
    ]


def test_a_matrix_with_holes_or_of_different_questions_is_refused() -> None:
    holes = system("A", {"c/en": [1.0], "c/de": [1.0], "c/en.de": [1.0]})
    for refuse in (over_the_matrix, lambda run: gxlt_systems_table([run])):
        with pytest.raises(ValueError, match="of A must have every language of en, de asked about in each, but have 3"):
            refuse(holes)
    with pytest.raises(
        ValueError, match="`ids` of c/en and c/en.de must be the same, but 1 are only of one of the two"
    ):
        over_the_matrix(run_of("A", [1.0, 0.0], [1.0], [1.0], [1.0]))
