"""The table of scores by language."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from hf_xlqa.reports import Score, xlt_table


def score(name: str, exact_match: float, f1: float, translations: str = "none") -> Score:
    return Score(name, name[-2:], "mlqa", exact_match, f1, 10, f"mlqa v1 {name[:5]}", translations)


ZERO_SHOT = [score("xquad/en", 70, 80), score("xquad/zh", 50, 61)]
XLTT = [score("xquad/en", 72, 81, "gold"), score("xquad/zh", 53.25, 64.5, "lexicon")]


def test_markdown_table_of_systems() -> None:
    assert xlt_table({"zero-shot": ZERO_SHOT, "XLTT": XLTT}).splitlines() == [
        "| EM / F1   | xquad/en    | xquad/zh    | mean        | translations                      |",
        "| --------- | ----------- | ----------- | ----------- | --------------------------------- |",
        "| zero-shot | 70.0 / 80.0 | 50.0 / 61.0 | 60.0 / 70.5 | none                              |",
        "| XLTT      | 72.0 / 81.0 | 53.2 / 64.5 | 62.6 / 72.8 | xquad/en: gold; xquad/zh: lexicon |",
        "",
        "xquad: mlqa v1 xquad",
    ]


def test_plain_table_with_a_row_a_set() -> None:
    assert xlt_table({"模型": ZERO_SHOT}, rows="sets", style="plain").splitlines()[:5] == [
        "EM / F1   模型",
        "--------  -----------",
        "xquad/en  70.0 / 80.0",
        "xquad/zh  50.0 / 61.0",
        "mean      60.0 / 70.5",
    ]


def test_several_corpora_have_their_own_means_and_stand_side_by_side() -> None:
    scores = [score("xquad/en", 10, 20), score("mlqa/zh", 40, 50), score("xquad/zh", 30, 40)]
    table = xlt_table({"A": scores}).splitlines()
    header, row = ([cell.strip() for cell in table[line].strip("|").split("|")] for line in (0, 2))
    assert dict(zip(header, row, strict=True)) == {
        "EM / F1": "A",
        "xquad/en": "10.0 / 20.0",
        "xquad/zh": "30.0 / 40.0",
        "xquad mean": "20.0 / 30.0",
        "mlqa/zh": "40.0 / 50.0",
        "mean": "26.7 / 36.7",
        "mean without en": "35.0 / 45.0",
    }
    assert table[-2:] == ["xquad: mlqa v1 xquad", "mlqa: mlqa v1 mlqa/"]


def test_a_system_without_a_set_has_no_mean() -> None:
    table = xlt_table({"A": ZERO_SHOT, "B": ZERO_SHOT[:1]}).splitlines()
    assert table[3].split() == ["|", "B", "|", "70.0", "/", "80.0", "|", "-", "|", "-", "|"]


def test_no_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="must hold at least one score, but hold none"):
        xlt_table({"A": []})


def test_two_scores_for_one_set_are_refused() -> None:
    with pytest.raises(ValueError, match="must hold one score a set, but hold xquad/en, xquad/en instead"):
        xlt_table({"A": [ZERO_SHOT[0], ZERO_SHOT[0]]})


def cells(table: str) -> dict[str, str]:
    """Header and cell of the one system of a Markdown table."""
    header, _, row = (line.strip("|").split("|") for line in table.splitlines()[:3])
    return {name.strip(): cell.strip() for name, cell in zip(header, row, strict=True)}


def languages(corpus: str, **exact_match: float) -> list[Score]:
    return [score(f"{corpus}/{language}", value, value + 1) for language, value in exact_match.items()]


def test_a_mean_without_english_stands_beside_the_mean() -> None:
    found = cells(xlt_table({"A": languages("xquad", zh=10, en=80, de=50)}))
    assert list(found)[-2:] == ["mean", "mean without en"]
    assert found["mean"] == "46.7 / 47.7"  # (10 + 80 + 50) / 3
    assert found["mean without en"] == "30.0 / 31.0"  # (10 + 50) / 2


def test_without_english_there_is_one_mean() -> None:
    assert list(cells(xlt_table({"A": languages("xquad", zh=10, de=50)})))[1:] == ["xquad/zh", "xquad/de", "mean"]


def test_a_cell_with_an_english_question_is_not_without_english() -> None:
    crossed = [replace(each, name=f"{each.name}.en") for each in languages("mlqa", hi=90)]
    found = cells(xlt_table({"A": [*languages("mlqa", zh=10, de=50), *crossed]}))
    assert found["mean without en"] == "30.0 / 31.0"
    assert found["mean"] == "50.0 / 51.0"


def test_both_means_of_tydiqa_say_whose_they_are() -> None:
    found = cells(xlt_table({"A": languages("tydiqa", en=80, fi=60, sw=40)}))
    assert found["mean with en (XTREME)"] == "60.0 / 61.0"
    assert found["mean without en (official)"] == "50.0 / 51.0"
    assert "mean" not in found


@pytest.mark.parametrize(
    ("scored", "means"),
    [
        ({"fi": 60.0, "sw": 40.0}, ["mean without en (official)"]),
        ({"fi": 60.0}, ["mean without en (official)"]),
        ({"en": 80.0}, []),
        ({"en": 80.0, "fi": 60.0}, ["mean with en (XTREME)", "mean without en (official)"]),
    ],
)
def test_means_of_tydiqa_in_part(scored: dict[str, float], means: list[str]) -> None:
    assert [name for name in cells(xlt_table({"A": languages("tydiqa", **scored)})) if "mean" in name] == means


def test_the_signature_of_a_corpus_names_all_languages() -> None:
    full = [
        replace(each, signature=f"rule:squad|version:1.1|language:{each.language}|corpus:xquad")
        for each in languages("xquad", zh=10, en=80)
    ]
    assert xlt_table({"A": full}).splitlines()[-1] == "xquad: rule:squad|version:1.1|language:en+zh|corpus:xquad"


def test_a_corpus_scored_in_two_ways_is_refused_with_both() -> None:
    other = [replace(each, signature="squad v1") for each in XLTT]
    with pytest.raises(ValueError, match="is mlqa v1 xquad for A on xquad/en and squad v1 for B on xquad/en instead"):
        xlt_table({"A": ZERO_SHOT, "B": other})


def test_csv_has_a_row_a_system_and_set_with_unrounded_figures() -> None:
    rows = list(csv.DictReader(xlt_table({"A, joint": ZERO_SHOT, "B": XLTT[1:]}, style="csv").splitlines()))
    assert [(row["system"], row["set"]) for row in rows] == [
        (system, name) for system in ("A, joint", "B") for name in ("xquad/en", "xquad/zh", "mean")
    ]
    assert {name: rows[2][name] for name in ("sets", "questions", "exact_match", "f1")} == {
        "sets": "2",
        "questions": "20",
        "exact_match": "60.0",
        "f1": "70.5",
    }
    assert (rows[4]["exact_match"], rows[4]["translations"], rows[4]["signature"]) == (
        "53.25",
        "lexicon",
        "mlqa v1 xquad",
    )
    assert [rows[row]["f1"] for row in (3, 5)] == ["", ""]
