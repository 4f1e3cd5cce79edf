"""The rule of MLQA, version 1: literal rows, rows worked by hand, and figures of the official program."""

from __future__ import annotations

import pytest
from official_figures import last_gold_against_the_others, needs_checks, needs_data, official_rows

from hf_xlqa.metrics import load_metric

PUBLISHED = [
    ("zh", "武田信玄", "武田信玄等人", 0, 0.8),
    ("zh", "19世纪晚期，", "19世纪晚期", 1, 1),
    ("zh", "（美国）", "美国", 1, 1),
    ("zh", "北京上海广州", "北京的广州", 0, 8 / 11),
    ("zh", "等……", "等", 1, 1),
    ("zh", "1,000人", "1000人", 1, 1),
    ("zh", "光荣ω-force", "ω-force光荣", 0, 1),
    ("hi", "दिल्ली।", "दिल्ली", 1, 1),
    ("de", "die Donau", "Donau", 1, 1),
]
WORKED = [
    ("en", "The “Broncos”", "broncos", 1, 1),  # quotation marks of every script go
    ("en", "die Donau", "Donau", 0, 2 / 3),  # articles of the language of the rule only
    ("en", "the", "an", 1, 0),  # both become empty
    ("en", "£5", "5", 0, 0),  # a symbol outside ASCII stays
    ("en", "$5+4", "54", 1, 1),  # one in ASCII goes
    ("es", "Los Ángeles", "ángeles", 1, 1),
    ("es", "¿el río?", "un río", 1, 1),
    ("es", "lago", "la go", 0, 0),  # an article stands between word boundaries only
    ("de", "Einer der Söhne des Königs", "söhne königs", 1, 1),
    ("de", "„Faust“", "Faust", 1, 1),
    ("vi", "những con mèo của tôi", "con mèo tôi", 1, 1),
    ("vi", "cái bàn", "bàn gỗ", 0, 2 / 3),
    ("vi", "la ban", "ban", 0, 2 / 3),  # "la" without its accent is no article
    ("ar", "القاهرة", "قاهرة", 1, 1),
    ("ar", "خيال", "خي", 1, 1),  # the pattern takes the end of a word too
    ("ar", "مالك", "م ك", 1, 1),  # and splits one in the middle
    ("ar", "في مصر؟", "مصر", 0, 2 / 3),
    ("hi", "नई दिल्ली", "दिल्ली", 0, 2 / 3),
    ("hi", "the दिल्ली", "दिल्ली", 0, 2 / 3),  # no articles in Hindi
    ("zh", "《红楼梦》", "红楼 梦", 1, 1),  # blanks between characters are all the same
    ("zh", "iPhone 4S手机", "iphone手机", 0, 6 / 7),  # iphone 4s 手 机: 3 of 4, 3 of 3
    ("zh", "a北京", "北京", 0, 4 / 5),  # "a" is no article in Chinese
    ("zh", "㐀㐁", "㐀", 0, 0),  # extension A stays together: one token
    ("zh", "1998年", "1998 年", 1, 1),
    ("zh", "。", "！", 1, 0),
    ("zh", "１９９８年", "1998年", 0, 1 / 2),  # full width: １９９８ 年 and 1998 年
    ("zh", "北京🐼", "北京", 0, 4 / 5),  # an emoji is a token, as nothing but Han characters is split off
    ("zh", "iPhone和iPad", "ipad 和 iphone", 0, 1),
    ("zh", "東京タワー", "東京", 0, 4 / 5),  # 東 京 タワー
    ("hi", "१९९८", "1998", 0, 0),  # digits of another script
    ("hi", "\u0958िला", "क\u093cिला", 0, 0),  # composed and decomposed: no Unicode normalisation
    ("es", "Á", "A\u0301", 0, 0),
    ("es", "¡¿!?", "...", 1, 0),  # both become empty
    ("es", "", "el", 1, 0),
    ("en", "", "Denver", 0, 0),
    ("de", "die der das", "Donau", 0, 0),
    ("vi", "chiếc", "cái", 1, 0),
    ("ar", "ال", "٪", 1, 0),
    ("ar", "", "مصر", 0, 0),
    ("en", "🏈 Denver", "denver", 0, 2 / 3),
]


@pytest.mark.parametrize(("language", "prediction", "gold", "exact_match", "f1"), PUBLISHED + WORKED)
def test_rows(language: str, prediction: str, gold: str, exact_match: float, f1: float) -> None:
    metric = load_metric("mlqa", language=language)
    assert metric.score(prediction, [gold]) == pytest.approx((exact_match, f1), abs=1e-12)


def test_exact_match_and_f1_may_come_from_two_golds() -> None:
    metric = load_metric("mlqa", language="zh")
    assert metric.score("。", ["！", "北京"]) == (1.0, 0.0)
    assert metric.score("北京市", ["北", "北京", "北京市区"]) == (0.0, pytest.approx(6 / 7))


def test_language_of_a_question_comes_before_that_of_the_metric() -> None:
    metric = load_metric("mlqa", language="en")
    assert metric.score("die Donau", ["Donau"], language="de") == (1.0, 1.0)
    assert metric.score("红楼", ["红"], language="zh-TW")[1] == pytest.approx(2 / 3)


@pytest.mark.parametrize("language", ["ja", "ko", "english", "", None])
def test_other_languages_are_refused(language: str | None) -> None:
    with pytest.raises(ValueError, match="must be one of ar, de, en, es, hi, vi, zh, but is"):
        load_metric("mlqa").score("東京", ["東京"], language=language)


def test_language_of_the_metric_is_checked_when_it_is_made() -> None:
    with pytest.raises(ValueError, match="`language` must be one of ar, de, .* but is 'ja' instead"):
        load_metric("mlqa", language="ja")


@needs_checks
def test_rows_of_the_official_program() -> None:
    metric = load_metric("mlqa")
    rows = official_rows("mlqa")
    assert {row["language"] for row in rows} == metric.languages
    for row in rows:
        score = metric.score(row["prediction"], row["golds"], language=row["language"])
        assert score == pytest.approx((row["exact_match"], row["f1"]), abs=1e-9), row


@needs_data
@pytest.mark.parametrize(
    ("file", "exact_match", "f1"), [("cmrc2018/cmrc2018_dev.json", 77.8, 93.6), ("drcd/DRCD_dev.json", 80.4, 92.0)]
)
def test_last_gold_against_the_others(file: str, exact_match: float, f1: float) -> None:
    assert last_gold_against_the_others("mlqa", file, language="zh") == (exact_match, f1)
