"""The rule of SQuAD 1.1: literal rows, rows worked by hand, and figures of the official program."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
]


@pytest.mark.parametrize(("prediction", "gold", "exact_match", "f1"), PUBLISHED + WORKED)
def test_rows(prediction: str, gold: str, exact_match: float, f1: float) -> None:
    assert load_metric("squad").score(prediction, [gold]) == pytest.approx((exact_match, f1), abs=1e-12)


def test_exact_match_and_f1_may_come_from_two_golds() -> None:
    assert load_metric("squad").score("the an", ["a", "x"]) == (1.0, 0.0)
    assert load_metric("squad").score("Cam Newton", ["Newton", "Cam Newton Jr", "him"]) == (0.0, 0.8)


def official_rows() -> Iterator[dict[str, Any]]:
    for line in Path(os.environ["XLQA_CHECKS"], "official_scores.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["rule"] == "squad":
            yield row


@pytest.mark.skipif("XLQA_CHECKS" not in os.environ, reason="XLQA_CHECKS names the folder of official figures")
def test_rows_of_the_official_program() -> None:
    metric = load_metric("squad")
    rows = list(official_rows())
    assert len(rows) >= 1600
    for row in rows:
        expected = pytest.approx((row["exact_match"], row["f1"]), abs=1e-9)
        assert metric.score(row["prediction"], row["golds"]) == expected, row


@pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names the folder of corpora")
@pytest.mark.parametrize(
    ("system", "exact_match", "f1", "missing"),
    [("bert_ensemble_google", 86.21, 92.20, 0), ("logistic_regression_stanford", 40.14, 50.98, 13)],
)
def test_totals_on_the_development_set(system: str, exact_match: float, f1: float, missing: int) -> None:
    root = Path(os.environ["XLQA_DATA"])
    articles = json.loads((root / "squad/dev-v1.1.json").read_text(encoding="utf-8"))["data"]
    paragraphs = (paragraph for article in articles for paragraph in article["paragraphs"])
    golds = {q["id"]: [a["text"] for a in q["answers"]] for paragraph in paragraphs for q in paragraph["qas"]}
    answers = json.loads((root / f"predictions/{system}.json").read_text(encoding="utf-8"))
    result = load_metric("squad", corpus="squad-dev", missing="zero").compute(
        predictions=[{"id": id_, "prediction_text": text} for id_, text in answers.items() if id_ in golds],
        references=[{"id": id_, "answers": {"text": texts}} for id_, texts in golds.items()],
    )
    assert (round(result["exact_match"], 2), round(result["f1"], 2)) == (exact_match, f1)
    assert (result["count"], result["missing"]) == (10570, missing)
