"""The rule of SQuAD 1.1: literal rows, rows worked by hand, and figures of the official program."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from official_figures import golds_of, last_gold_against_the_others, needs_checks, needs_data, official_rows

from hf_xlqa.metrics import load_metric

PUBLISHED = [
    ("武田信玄", "武田信玄等人", 0, 0),
    ("19世纪晚期，", "19世纪晚期", 0, 0),
    ("（美国）", "美国", 0, 0),
    ("北京上海广州", "北京的广州", 0, 0),
    ("等……", "等", 0, 0),
    ("1,000人", "1000人", 1, 1),
    ("光荣ω-force", "ω-force光荣", 0, 0),
    ("दिल्ली।", "दिल्ली", 0, 0),
    ("die Donau", "Donau", 0, 2 / 3),
    ("서울에서", "서울", 0, 0),
    ("東京都庁", "東京都", 0, 0),
    ("กรุงเทพมหานคร", "กรุงเทพ", 0, 0),
]
WORKED = [
    ("Denver Broncos", "Denver Broncos", 1, 1),
    ("The Denver Broncos.", "denver  broncos", 1, 1),  # article, full stop, case, double blank
    ("Broncos of Denver", "Denver Broncos", 0, 4 / 5),  # 2 of 3 words, 2 of 2
    ("Broncos Denver", "Denver Broncos", 0, 1),  # the order of a bag is free
    ("the", "a", 1, 0),  # both become empty: equal, yet nothing in common
    ("", "the", 1, 0),
    ("", "Denver", 0, 0),
    ("another", "other", 0, 0),  # an article stands between word boundaries only
    ("an-other", "another", 1, 1),  # punctuation goes first, so no article is left
    ("a-team", "team", 0, 0),  # "ateam"
    ("U.S.", "US", 1, 1),
    ("it's a trap", "its trap", 1, 1),
    ("to be or not to be", "to be", 0, 1 / 2),  # 2 of 6, 2 of 2
    ("be be", "be be be", 0, 4 / 5),  # repeated words count as often as both have them
    ("$5.50", "550", 1, 1),
    ("10–12", "1012", 0, 0),  # an en dash is not ASCII
    ("“Hamlet”", "Hamlet", 0, 0),  # nor are these quotation marks
    ("café", "cafe\u0301", 0, 0),  # no Unicode normalisation
    ("São\u00a0Paulo", "são paulo", 1, 1),  # a no-break space is a blank
    ("İzmir", "izmir", 0, 0),  # lower() of İ leaves a combining dot
    ("la Donau", "the Donau", 0, 2 / 3),  # only English articles
    ("一 a 二", "一 二", 1, 1),
    ("", "", 1, 0),
    ("...", "?!", 1, 0),  # both become empty
    ("。", "...", 0, 0),  # a full stop of another script stays
    ("A the an", "", 1, 0),
    ("１９９８", "1998", 0, 0),  # full width
    ("🏈 Denver", "denver", 0, 2 / 3),
    ("Denver🏈", "denver", 0, 0),
    ("東京 Tower", "tower of 東京", 0, 4 / 5),  # 2 of 2 words, 2 of 3
    ("Zu\u0308rich", "zürich", 0, 0),
    ("the\u0301 match", "match", 0, 2 / 3),  # a boundary lies before the accent, so "the" goes and the accent stays
    ("Μάρτιος", "ΜΆΡΤΙΟΣ", 1, 1),  # a final sigma in lower case
    ("STRASSE", "Straße", 0, 0),
    ("\u200bDenver", "Denver", 0, 0),  # a zero-width space is neither blank nor mark
]


@pytest.mark.parametrize(("prediction", "gold", "exact_match", "f1"), PUBLISHED + WORKED)
def test_rows(prediction: str, gold: str, exact_match: float, f1: float) -> None:
    assert load_metric("squad").score(prediction, [gold]) == pytest.approx((exact_match, f1), abs=1e-12)


def test_exact_match_and_f1_may_come_from_two_golds() -> None:
    assert load_metric("squad").score("the an", ["a", "x"]) == (1.0, 0.0)
    assert load_metric("squad").score("Cam Newton", ["Newton", "Cam Newton Jr", "him"]) == (0.0, 0.8)


@needs_checks
def test_rows_of_the_official_program() -> None:
    metric = load_metric("squad")
    rows = official_rows("squad")
    assert len(rows) >= 1600
    for row in rows:
        expected = pytest.approx((row["exact_match"], row["f1"]), abs=1e-9)
        assert metric.score(row["prediction"], row["golds"]) == expected, row


@needs_data
@pytest.mark.parametrize(
    ("system", "exact_match", "f1", "missing"),
    [("bert_ensemble_google", 86.21, 92.20, 0), ("logistic_regression_stanford", 40.14, 50.98, 13)],
)
def test_totals_on_the_development_set(system: str, exact_match: float, f1: float, missing: int) -> None:
    golds = golds_of("squad/dev-v1.1.json")
    answers = json.loads(Path(os.environ["XLQA_DATA"], f"predictions/{system}.json").read_text(encoding="utf-8"))
    result = load_metric("squad", corpus="squad-dev", missing="zero").compute(
        predictions=[{"id": id_, "prediction_text": text} for id_, text in answers.items() if id_ in golds],
        references=[{"id": id_, "answers": {"text": texts}} for id_, texts in golds.items()],
    )
    assert (round(result["exact_match"], 2), round(result["f1"], 2)) == (exact_match, f1)
    assert (result["count"], result["missing"]) == (10570, missing)


@needs_data
@pytest.mark.parametrize(
    ("file", "exact_match", "f1"), [("cmrc2018/cmrc2018_dev.json", 73.4, 73.6), ("drcd/DRCD_dev.json", 78.1, 78.1)]
)
def test_last_gold_against_the_others(file: str, exact_match: float, f1: float) -> None:
    assert last_gold_against_the_others("squad", file) == (exact_match, f1)
