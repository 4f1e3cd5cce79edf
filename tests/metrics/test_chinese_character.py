"""The measure of Lee and Lee over Chinese characters: rows worked by hand, and the averages."""

from __future__ import annotations

import json
import os
import unicodedata
from fractions import Fraction
from pathlib import Path

import pytest

from hf_xlqa.metrics import load_metric
from hf_xlqa.metrics.characters import apart
from hf_xlqa.metrics.punctuation import without_punctuation

WORKED = [
    ("武田信玄", "武田信玄等人", 0, Fraction(8, 10)),
    ("19世纪晚期，", "19世纪晚期", 1, 1),
    ("（美国）", "美国", 1, 1),
    ("北京上海广州", "北京的广州", 0, Fraction(8, 11)),  # characters in common need not be contiguous
    ("东京大阪", "大阪东京", 0, 1),  # nor in order
    ("等……", "等", 1, 1),
    ("1,000人", "1000人", 1, 1),
    ("3.5米", "35米", 1, 1),  # a number loses its point as well
    ("光荣ω-force", "ω-force光荣", 0, 1),  # 光 荣 ωforce
    ("光荣ω-force", "光荣ω force", 0, Fraction(4, 7)),  # 光 荣 ω force
    ("iPhone 4S手机", "iphone手机", 0, Fraction(6, 7)),  # iphone 4s 手 机
    ("die Donau", "Donau", 0, Fraction(2, 3)),
    ("", "", 1, 0),  # nothing in common scores no F1
    ("", "北京", 0, 0),
    ("北京", "", 0, 0),
    ("。", "！？", 1, 0),  # only punctuation
    ("the", "an", 0, 0),  # only articles, which stay
    ("the 北京", "北京", 0, Fraction(4, 5)),
    ("A股", "a股", 1, 1),
    ("e\u0301", "é", 0, 0),  # nothing is composed
    ("３０年", "30年", 0, Fraction(2, 4)),
    ("👍🏽好", "👍好", 0, Fraction(2, 4)),
    (" 北 京\u3000市 ", "北京市", 1, 1),  # blanks beside characters do not count
    ("4 S", "4S", 0, 0),  # those inside other text do
    ("《紅樓夢》", "紅樓夢", 1, 1),
    ("‘马丁’·“路德”", "马丁路德", 1, 1),
    ("臺北市", "台北市", 0, Fraction(4, 6)),
    ("紅樓夢", "红楼梦", 0, 0),
    ("人人", "人", 0, Fraction(2, 3)),  # a character counts as often as it stands there
    ("佐々木", "佐木", 0, Fraction(4, 5)),
    ("时々a", "a", 0, Fraction(2, 4)),
    ("二〇〇八年", "二〇〇八", 0, Fraction(8, 9)),
    ("㐀㐁", "㐀", 0, Fraction(2, 3)),  # extension A
    ("\u9fa6\u9fff", "\u9fa6", 0, Fraction(2, 3)),  # the end of the main block
    ("𠮷野家", "𠮷野", 0, Fraction(4, 5)),  # extension B
    ("𠮷野家", "吉野家", 0, Fraction(4, 6)),
    ("\U000323af\U00030000", "\U00030000", 0, Fraction(2, 3)),  # extensions H and G
    ("\uf9dc盛", "隆盛", 0, Fraction(2, 4)),  # a compatibility character is not mapped to its like
    ("$5+4", "54", 1, 1),  # symbols of ASCII go
    ("￥5", "5", 0, 0),  # others stay
    ("a～b", "ab", 0, 0),
    ("東京タワー", "東京", 0, Fraction(4, 5)),  # 東 京 タワー
    ("スター・ウォーズ", "スターウォーズ", 1, 1),
    ("ㄅㄆ", "ㄅ", 0, 0),
]


@pytest.mark.parametrize(("prediction", "gold", "exact_match", "f1"), WORKED)
def test_rows(prediction: str, gold: str, exact_match: float, f1: Fraction) -> None:
    score = load_metric("chinese_character").score(prediction, [gold])
    assert score == pytest.approx((exact_match, float(f1)), abs=1e-12)


@pytest.mark.parametrize(
    ("prediction", "golds", "exact_match", "f1"),
    [
        ("北京市", ["上海", "北京", "北京市区"], 0, Fraction(6, 7)),
        ("，", ["北京", "。"], 1, 0),
        ("二月", ["二 月", "十二月"], 1, 1),
    ],
)
def test_best_of_several_golds(prediction: str, golds: list[str], exact_match: float, f1: Fraction) -> None:
    score = load_metric("chinese_character", language="zh-TW").score(prediction, golds, language="zh")
    assert score == pytest.approx((exact_match, float(f1)), abs=1e-12)


def test_every_chinese_character_is_one_token() -> None:
    letters = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Lo"]
    characters = [letter for letter in letters if unicodedata.name(letter, "").startswith("CJK ")]
    assert len(characters) > 90_000
    assert apart("".join(characters)).split() == characters
    others = "aé9कあアㄅ가ก"
    assert apart(others) == others


def test_every_punctuation_mark_goes() -> None:
    marks = "".join(chr(code) for code in range(0x110000) if unicodedata.category(chr(code))[0] == "P")
    assert without_punctuation(marks + "$+<=>^`|~") == ""
    assert without_punctuation("￥￡°～＋€") == "￥￡°～＋€"


def test_averages_are_over_questions_and_golds_may_be_the_first() -> None:
    answers = {"q1": "武田信玄", "q2": "（美国）"}
    golds = {"q1": ["武田信玄等人", "武田信玄"], "q2": ["美国"]}
    records = {
        "predictions": [{"id": id_, "prediction_text": text} for id_, text in answers.items()],
        "references": [{"id": id_, "answers": {"text": texts}} for id_, texts in golds.items()],
    }
    metric = load_metric("chinese_character", language="zh", corpus="drcd")
    assert metric.compute(**records)["f1"] == 100
    result = metric.compute(**records, golds="first")
    assert (result["exact_match"], result["f1"]) == (50, pytest.approx(90))
    assert result["signature"] == (
        "rule:chinese_character|version:lee2019|language:zh|golds:first|missing:refuse|corpus:drcd"
    )


@pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names the folder of corpora")
def test_second_gold_of_drcd_against_the_first() -> None:
    articles = json.loads(Path(os.environ["XLQA_DATA"], "drcd/DRCD_dev.json").read_text(encoding="utf-8"))["data"]
    paragraphs = (paragraph for article in articles for paragraph in article["paragraphs"])
    golds = {q["id"]: [a["text"] for a in q["answers"]] for paragraph in paragraphs for q in paragraph["qas"]}
    records = {
        "predictions": [{"id": id_, "prediction_text": texts[1]} for id_, texts in golds.items()],
        "references": [{"id": id_, "answers": {"text": texts}} for id_, texts in golds.items()],
    }
    result = load_metric("chinese_character", golds="first").compute(**records)
    assert (round(result["exact_match"], 1), round(result["f1"], 1)) == (80.4, 92.0)
