"""Tables of scores."""

from __future__ import annotations

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
        "xquad/en, xquad/zh: mlqa v1 xquad",
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
    }
    assert table[-2:] == ["xquad/en, xquad/zh: mlqa v1 xquad", "mlqa/zh: mlqa v1 mlqa/"]


def test_a_system_without_a_set_has_no_mean() -> None:
    table = xlt_table({"A": ZERO_SHOT, "B": ZERO_SHOT[:1]}).splitlines()
    assert table[3].split() == ["|", "B", "|", "70.0", "/", "80.0", "|", "-", "|", "-", "|"]


def test_no_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="must hold at least one score, but hold none"):
        xlt_table({"A": []})


def test_two_scores_for_one_set_are_refused() -> None:
    with pytest.raises(ValueError, match="must hold one score a set, but hold xquad/en, xquad/en instead"):
        xlt_table({"A": [ZERO_SHOT[0], ZERO_SHOT[0]]})
