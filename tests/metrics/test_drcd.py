"""The two rules of DRCD: rows worked by hand, agreement with the rule of CMRC 2018, and totals on the real file."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from hf_xlqa.metrics import load_metric

CUI = [
    ("武田信玄", "武田信玄等人", 0, Fraction(8, 10)),
    ("北京上海廣州", "北京的廣州", 0, Fraction(4, 11)),  # contiguous
    ("臺北市", "台北市", 0, Fraction(4, 6)),
    ("《紅樓夢》", "紅樓夢", 1, 1),
    ("「紅樓夢」", "『紅樓夢』", 1, 1),
    ("〈紅樓夢〉", "紅樓夢", 0, Fraction(6, 8)),  # these brackets are not listed
    ("紅樓夢……", "紅樓夢", 0, Fraction(6, 7)),
    ("1,000人", "1000人", 0, Fraction(2, 4)),
    ("19世紀晚期，", "19世紀晚期", 1, 1),
    ("光榮ω-force", "ω-force光榮", 0, Fraction(4, 6)),
    ("the 臺灣", "臺灣", 0, Fraction(4, 5)),
    ("the", "a", 0, 0),
    ("", "", 1, 0),
    ("", "臺灣", 0, 0),
    ("。", "！", 1, 0),
    ("臺 灣", "臺灣", 0, 1),
    ("３０年", "30年", 0, Fraction(2, 4)),
    ("e\u0301", "é", 0, 0),
    ("👍🏽好", "👍好", 0, Fraction(2, 4)),
    ("㐀㐁", "㐀", 0, 0),
    ("95%", "95", 0, Fraction(2, 3)),
]
LEE = [
    ("武田信玄", "武田信玄等人", 0, Fraction(8, 10)),
    ("北京上海廣州", "北京的廣州", 0, Fraction(8, 11)),  # a bag
    ("臺北市", "台北市", 0, Fraction(4, 6)),
    ("《紅樓夢》", "紅樓夢", 1, 1),
    ("〈紅樓夢〉……", "紅樓夢", 1, 1),
    ("1,000人", "1000人", 1, 1),
    ("19世紀晚期，", "19世紀晚期", 1, 1),
    ("光榮ω-force", "ω-force光榮", 0, 1),
    ("the 臺灣", "臺灣", 1, 1),
    ("the臺灣", "臺灣", 0, Fraction(4, 5)),  # no word boundary, no article
    ("A股", "股", 0, Fraction(2, 3)),
    ("A 股", "股", 1, 1),
    ("The-End", "end", 0, 0),  # the mark goes first, and no article is left
    ("the", "an", 1, 0),  # only articles
    ("an apple a day", "apple day", 1, 1),
    ("die Donau", "Donau", 0, Fraction(2, 3)),
    ("", "", 1, 0),
    ("", "臺灣", 0, 0),
    ("。", "！？", 1, 0),
    ("臺 灣\u3000島", "臺灣島", 1, 1),
    ("３０年", "30年", 0, Fraction(2, 4)),
    ("e\u0301", "é", 0, 0),
    ("👍🏽好", "👍好", 0, Fraction(2, 4)),
    ("㐀㐁", "㐀", 0, Fraction(2, 3)),
    ("𠮷野家", "𠮷野", 0, Fraction(4, 5)),
    ("iPhone 4S手機", "iphone手機", 0, Fraction(6, 7)),
    ("95%", "95", 1, 1),
    ("人人", "人", 0, Fraction(2, 3)),
]


@pytest.mark.parametrize(("prediction", "gold", "exact_match", "f1"), CUI)
def test_rows_by_the_rule_of_cmrc2018(prediction: str, gold: str, exact_match: float, f1: Fraction) -> None:
    score = load_metric("drcd").score(prediction, [gold])
    assert score == pytest.approx((exact_match, float(f1)), abs=1e-12)
    assert score == load_metric("drcd", config_name="cui2019").score(prediction, [gold], language="zh")
    assert score == load_metric("cmrc2018").score(prediction, [gold])


@pytest.mark.parametrize(("prediction", "gold", "exact_match", "f1"), LEE)
def test_rows_by_characters(prediction: str, gold: str, exact_match: float, f1: Fraction) -> None:
    score = load_metric("drcd", config_name="lee2019").score(prediction, [gold])
    assert score == pytest.approx((exact_match, float(f1)), abs=1e-12)


@pytest.mark.parametrize(("name", "f1"), [("cui2019", Fraction(4, 7)), ("lee2019", Fraction(6, 7))])
def test_best_of_several_golds(name: str, f1: Fraction) -> None:
    score = load_metric("drcd", config_name=name).score("北京市", ["上海", "市北京區"])
    assert score == (0, pytest.approx(float(f1)))


def test_other_configurations_are_refused() -> None:
    with pytest.raises(ValueError, match="`config_name` must be one of cui2019, lee2019, but is 'cui' instead"):
        load_metric("drcd", config_name="cui")


def compute(name: str | None, **kwargs: str) -> dict[str, Any]:
    answers = {"q1": "北京上海廣州", "q2": "《紅樓夢》"}
    golds = {"q1": ["北京的廣州", "北京上海"], "q2": ["紅樓夢", "紅樓夢"]}
    result = load_metric("drcd", config_name=name, language="zh-TW", corpus="drcd", **kwargs).compute(
        predictions=[{"id": id_, "prediction_text": text} for id_, text in answers.items()],
        references=[{"id": id_, "answers": {"text": texts}} for id_, texts in golds.items()],
    )
    assert isinstance(result, dict)
    return result


def test_averages_and_signatures_tell_the_rules_apart() -> None:
    assert compute(None)["f1"] == pytest.approx(100 * (8 / 10 + 1) / 2)
    assert compute(None, golds="first")["f1"] == pytest.approx(100 * (4 / 11 + 1) / 2)
    assert compute("lee2019", golds="first")["f1"] == pytest.approx(100 * (8 / 11 + 1) / 2)
    assert compute(None)["signature"] == compute("cui2019")["signature"]
    assert compute(None)["signature"].startswith(
        "rule:drcd|version:cui2019|language:zh|golds:all|missing:refuse|tokenizer:"
    )
    assert compute("lee2019", golds="first")["signature"] == (
        "rule:drcd|version:lee2019|language:zh|golds:first|missing:refuse|corpus:drcd"
    )


@pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names the folder of corpora")
@pytest.mark.parametrize(("name", "exact_match", "f1"), [("cui2019", 80.3, 91.8), ("lee2019", 80.4, 92.0)])
def test_second_gold_against_the_first(name: str, exact_match: float, f1: float) -> None:
    articles = json.loads(Path(os.environ["XLQA_DATA"], "drcd/DRCD_dev.json").read_text(encoding="utf-8"))["data"]
    paragraphs = (paragraph for article in articles for paragraph in article["paragraphs"])
    golds = {q["id"]: [a["text"] for a in q["answers"]] for paragraph in paragraphs for q in paragraph["qas"]}
    result = load_metric("drcd", config_name=name, golds="first").compute(
        predictions=[{"id": id_, "prediction_text": texts[1]} for id_, texts in golds.items()],
        references=[{"id": id_, "answers": {"text": texts}} for id_, texts in golds.items()],
    )
    assert (round(result["exact_match"], 1), round(result["f1"], 1)) == (exact_match, f1)
