"""The matrix of context and question languages, worked out by hand."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.reports import Score
from hf_xlqa.reports.gxlt import GXLTMean, gxlt_matrix

F1 = {
    "en": {"en": 80.0, "de": 70.0, "zh": 60.0},
    "de": {"en": 66.0, "de": 64.0, "zh": 50.0},
    "zh": {"en": 55.0, "de": 45.0, "zh": 59.0},
}


def score(context: str, question: str, f1: float, *, corpus: str = "mlqa") -> Score:
    name = f"{corpus}/{context}" if context == question else f"{corpus}/{context}.{question}"
    signature = f"rule:mlqa|version:1.0|language:{context}|golds:all|missing:refuse|corpus:{corpus}"
    return Score(name, context, "mlqa", f1 - 20, f1, 10, signature)


def full() -> list[Score]:
    return [score(context, question, f1) for context, row in F1.items() for question, f1 in row.items()]


def test_the_full_matrix_with_its_means() -> None:
    assert gxlt_matrix(full()).table("plain").splitlines() == [
        "F1, context \\ question  en    de    zh",
        "----------------------  ----  ----  ----",
        "en                      80.0  70.0  60.0",
        "de                      66.0  64.0  50.0",
        "zh                      55.0  45.0  59.0",
        "",
        "mean of                       F1    cells",
        "----------------------------  ----  ------",
        "G-XLT, all cells              61.0  9 of 9",  # 549 / 9
        "XLT, diagonal                 67.7  3 of 3",  # 203 / 3
        "off the diagonal              57.7  6 of 6",  # 346 / 6
        "G-XLT, all cells, without en  54.5  4 of 4",  # (64 + 50 + 45 + 59) / 4
        "XLT, diagonal, without en     61.5  2 of 2",  # (64 + 59) / 2
        "off the diagonal, without en  47.5  2 of 2",  # (50 + 45) / 2
        "",
        "mlqa: rule:mlqa|version:1.0|language:de+en+zh|golds:all|missing:refuse|corpus:mlqa",
    ]


def test_exact_match() -> None:
    matrix = gxlt_matrix(full(), measure="exact_match")
    assert matrix.cells["de", "zh"] == 30
    assert matrix.means[0] == GXLTMean("G-XLT, all cells", 41, 9, 9)
    assert matrix.table().startswith("| EM, context \\ question |")


def test_an_incomplete_matrix_is_not_called_by_the_names() -> None:
    matrix = gxlt_matrix([each for each in full() if each.name not in ("mlqa/de.zh", "mlqa/zh")])
    assert [line.split("|")[4].strip() for line in matrix.table().splitlines()[2:5]] == ["60.0", "-", "-"]
    assert matrix.means == [
        GXLTMean("all cells", pytest.approx(440 / 7), 7, 9),
        GXLTMean("diagonal", 72, 2, 3),
        GXLTMean("off the diagonal", pytest.approx(296 / 5), 5, 6),
        GXLTMean("all cells, without en", 54.5, 2, 4),
        GXLTMean("diagonal, without en", 64, 1, 2),
        GXLTMean("off the diagonal, without en", 45, 1, 2),
    ]


def test_one_row_has_columns_only_for_questions_that_are_asked() -> None:
    matrix = gxlt_matrix([score("de", "ko", 30), score("de", "zh", 50)])
    assert (matrix.contexts, matrix.questions) == (("de",), ("ko", "zh"))
    assert matrix.means == [
        GXLTMean("all cells", 40, 2, 9),
        GXLTMean("diagonal", None, 0, 3),
        GXLTMean("off the diagonal", 40, 2, 6),
    ]
    assert "| diagonal         | -    | 0 of 3 |" in matrix.table()


def test_one_language_alone_is_no_gxlt() -> None:
    assert gxlt_matrix([score("en", "en", 80)]).means == [
        GXLTMean("all cells", 80, 1, 1),
        GXLTMean("diagonal", 80, 1, 1),
    ]


def test_question_languages_are_in_the_order_of_the_contexts() -> None:
    matrix = gxlt_matrix([score("de", "vi", 1), score("de", "en", 2), score("de", "de", 3), score("en", "de", 4)])
    assert (matrix.contexts, matrix.questions) == (("de", "en"), ("de", "en", "vi"))


def test_csv_is_the_bare_matrix_unrounded() -> None:
    scores = [score("de", "de", 200 / 3), score("de", "zh", 50.0), score("zh", "zh", 12.25)]
    assert list(csv.reader(gxlt_matrix(scores).table("csv").splitlines())) == [
        ["context", "de", "zh"],
        ["de", repr(200 / 3), "50.0"],
        ["zh", "", "12.25"],
    ]


def test_the_corpus_is_chosen_by_name_where_there_are_several() -> None:
    scores = [*full(), score("de", "de", 1, corpus="xquad")]
    assert gxlt_matrix(scores, corpus="xquad").cells == {("de", "de"): 1}
    with pytest.raises(ValueError, match="`corpus` must be one of mlqa, xquad, but is None instead"):
        gxlt_matrix(scores)
    with pytest.raises(ValueError, match="`corpus` must be one of no scores, but is 'mlqa' instead"):
        gxlt_matrix([], corpus="mlqa")


@pytest.mark.parametrize("field", ["version:1.0", "golds:all", "missing:refuse", "corpus:mlqa", "rule:mlqa"])
def test_scores_made_in_different_ways_are_refused(field: str) -> None:
    *others, last = full()
    changed = replace(last, signature=last.signature.replace(field, f"{field}-other"))
    with pytest.raises(ValueError, match="`signature` must be the same, but for the language, .* for mlqa/zh instead"):
        gxlt_matrix([*others, changed])


def test_a_cell_named_in_two_ways_is_refused() -> None:
    twice = replace(score("de", "de", 1), name="mlqa/de.de")
    with pytest.raises(ValueError, match="`scores` must have each cell once, but have mlqa/de and mlqa/de.de instead"):
        gxlt_matrix([*full(), twice])


def test_english_of_a_region_is_english() -> None:
    named = [replace(each, name=each.name.replace("en", "en-GB"), language=each.language.replace("en", "en-GB"))
             for each in full()]  # fmt: skip
    assert gxlt_matrix(named).means == gxlt_matrix(full()).means


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="`measure` must be one of exact_match, f1, but is 'recall' instead"):
        gxlt_matrix(full(), measure="recall")


@given(st.lists(st.floats(0, 100), min_size=16, max_size=16))
def test_the_mean_of_all_is_that_of_diagonal_and_rest_by_their_cells(values: list[float]) -> None:
    languages = ("en", "de", "zh", "hi")
    cells = ((context, question) for context in languages for question in languages)
    matrix = gxlt_matrix([score(*cell, value) for cell, value in zip(cells, values, strict=True)])
    whole, diagonal, rest = matrix.means[:3]
    assert (whole.cells, diagonal.cells, rest.cells) == (16, 4, 12)
    assert whole.value == pytest.approx((4 * diagonal.value + 12 * rest.value) / 16, abs=1e-9)
    assert whole.value == pytest.approx(sum(values) / 16, abs=1e-9)
