"""The rule for every language: the texts of the other rules' tables, rows worked by hand, and its properties."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from official_figures import last_gold_against_the_others, needs_data

from hf_xlqa.metrics import load_metric

ROWS_OF_THE_OTHER_RULES = [
    ("zh", "武田信玄", "武田信玄等人", 0, 4 / 5),
    ("zh", "19世纪晚期，", "19世纪晚期", 1, 1),
    ("zh", "（美国）", "美国", 1, 1),
    ("zh", "北京上海广州", "北京的广州", 0, 8 / 11),
    ("zh", "等……", "等", 1, 1),
    ("zh", "1,000人", "1000人", 1, 1),
    ("zh", "光荣ω-force", "ω-force光荣", 0, 1),
    ("hi", "दिल्ली।", "दिल्ली", 1, 1),
    ("de", "die Donau", "Donau", 1, 1),
    ("ko", "서울에서", "서울", 0, 0),  # words
    ("ja", "東京都庁", "東京都", 0, 6 / 7),
    ("th", "กรุงเทพมหานคร", "กรุงเทพ", 0, 2 / 3),  # 12 written characters, 6 of them
]
FOLDED = [
    ("en", "Zu\u0308rich", "Zürich", 1, 1),
    ("en", "Zürich", "Zurich", 0, 0),  # accents count
    ("ko", "서울", "\u1109\u1165\u110b\u116e\u11af", 1, 1),
    ("ru", "Й", "и\u0306", 1, 1),
    ("hi", "\u0958िला", "क\u093cिला", 1, 1),
    ("ja", "か\u3099", "が", 1, 1),
    ("zh", "\uf900", "\u8c48", 1, 1),  # a compatibility character is composed of its own
    ("en", "１９９８", "1998", 0, 0),  # width counts
    ("hi", "१९९८", "1998", 0, 0),  # and so do digits of another script
    ("de", "STRASSE", "Straße", 1, 1),
    ("el", "ΟΔΥΣΣΕΥΣ", "Οδυσσευς", 1, 1),
    ("el", "οδοσ", "οδος", 1, 1),
    ("tr", "ISPARTA", "ısparta", 1, 1),
    ("tr", "IZMIR", "izmir", 0, 0),
    ("tr", "İzmir", "izmir", 1, 1),
    ("az", "I\u0307SIQ", "isıq", 1, 1),
    ("en", "İzmir", "izmir", 1, 1),
    ("en", "i\u0307zmir", "Izmir", 1, 1),  # what lower() leaves of İ
]
MARKS = [
    ("en", "$5", "5", 1, 1),
    ("en", "€5", "5", 1, 1),  # a currency as the other
    ("en", "5 × 4", "5 4", 1, 1),
    ("en", "5 ℃", "5", 0, 2 / 3),  # a unit is content
    ("ja", "5㎞", "5㎏", 0, 0),
    ("en", "co-op", "coop", 1, 1),
    ("en", "1998–2000", "19982000", 1, 1),
    ("en", "C++", "c", 1, 1),
    ("ru", "«Москва»", "москва", 1, 1),
    ("ar", "في مصر؟", "مصر", 0, 2 / 3),
    ("el", "Άλπεις;", "Άλπεις", 1, 1),
    ("ja", "「ジョン・スミス」", "ジョンスミス", 1, 1),
    ("am", "አዲስ፡አበባ", "አዲስ አበባ", 1, 1),  # a mark that stands for a blank
    ("bo", "བོད་ཡིག", "བོད", 0, 2 / 3),
    ("en", "\ufeffDen\u00adver\u200e", "Denver", 1, 1),  # invisible
    ("fa", "می\u200cخواهم", "میخواهم", 1, 1),
    ("zh", "葛\U000e0100", "葛", 1, 1),  # a variation selector
    ("en", "👍🏽", "👍", 1, 1),  # a skin tone is a modifier
    ("en", "🏈 Denver", "Denver", 0, 2 / 3),
    ("zh", "北京🐼", "北京", 0, 4 / 5),
]
ARTICLES = [
    ("en", "The  Broncos", "broncos", 1, 1),
    ("en", "die Donau", "Donau", 0, 2 / 3),  # of the context's language only
    (None, "the Alps", "Alps", 0, 2 / 3),
    ("en-GB", "the Alps", "Alps", 1, 1),
    ("de", "Einer der Söhne des Königs", "söhne königs", 1, 1),
    ("es", "¿Los Ángeles?", "ángeles", 1, 1),
    ("fr", "L’eau", "eau", 1, 1),
    ("fr", "à l'Île-de-France", "à Île-de-France", 1, 1),
    ("fr", "d'eau", "eau", 0, 0),  # no article
    ("fr", "bel'eau", "eau", 0, 0),  # nor this, inside a word
    ("en", "l'eau", "eau", 0, 0),
    ("it", "un'isola", "l’isola", 1, 1),
    ("pt", "O Porto", "porto", 1, 1),
    ("nl", "het IJ", "ij", 1, 1),
    ("hu", "az Alföld", "alföld", 1, 1),
    ("sv", "en älv", "älv", 1, 1),
    ("sv", "älven", "älv", 0, 0),  # suffixed
    ("ro", "nişte munți", "munți", 1, 1),
    ("el", "ΤΗΣ Αθήνας", "αθήνας", 1, 1),  # by folded forms
    ("vi", "các núi", "núi", 1, 1),
    ("vi", "mẹ của tôi", "mẹ tôi", 0, 4 / 5),  # "of"
    ("ar", "القاهرة", "قاهرة", 1, 1),
    (None, "القاهرة", "قاهرة", 0, 0),
    ("ar", "خيال", "خي", 0, 0),  # at the beginning of a word only
    ("ar", "مالك", "م ك", 0, 0),
]
KEPT = [
    ("en", "the", "a", 0, 0),  # nothing else is left
    ("en", "The The", "the", 0, 2 / 3),
    ("en", "A", "a", 1, 1),
    ("fr", "L'un", "un", 1, 1),
    ("ar", "ال", "", 0, 0),
    ("ar", "ال ال", "ال", 0, 2 / 3),
    ("en", "?", "!", 0, 0),
    ("en", "+", "+", 1, 1),
    ("en", "?!", "", 0, 0),
    ("en", "the ?", "?", 0, 0),  # the article is what is left
    ("en", "", "the", 0, 0),
    ("en", "", "", 1, 1),
    ("en", " ", "\n", 1, 1),
]
TOKENS = [
    ("en", "Broncos of Denver", "Denver Broncos", 0, 4 / 5),
    ("en", "São\u00a0Paulo", "são paulo", 1, 1),
    ("ko", "대한 민국", "대한민국", 0, 0),
    ("ja", "東京 都", "東京都", 1, 1),  # blanks between characters are all the same
    ("ja", "タワー", "タワ", 0, 4 / 5),
    ("ja", "人々", "人", 0, 2 / 3),
    ("ja", "か\u309a", "か", 0, 0),  # one written character
    ("ja", "ｶﾞ", "ｶ", 0, 0),
    ("ja", "2020年の夏", "2020年", 0, 2 / 3),  # 2020 年 の 夏
    ("ja", "東京Tower", "Tower東京", 0, 1),
    ("zh", "𠮷野家", "吉野家", 0, 2 / 3),
    ("zh", "iPhone 4S手机", "iphone手机", 0, 6 / 7),
    ("th", "น้ำปลา", "น้ำ", 0, 2 / 5),  # น้ำ ป ล า
    ("th", "กำ", "กิ", 0, 0),
    ("th", "ปี๑๙๙๘", "๑๙๙๘ ปี", 0, 1),  # a number is one token
    ("lo", "ລາວ", "ລາ", 0, 4 / 5),
    ("km", "ខ្មែរ", "ខ្មែ", 0, 2 / 3),  # a stacked consonant
    ("my", "မြန်မာ", "မြန်", 0, 4 / 5),
    ("my", "ဗုဒ္ဓ", "ဗု", 0, 2 / 3),
    ("hi", "नई दिल्ली", "दिल्ली", 0, 2 / 3),
    ("hi", "की", "क", 0, 0),  # a mark stays in its word
]


@pytest.mark.parametrize(
    ("language", "prediction", "gold", "exact_match", "f1"),
    ROWS_OF_THE_OTHER_RULES + FOLDED + MARKS + ARTICLES + KEPT + TOKENS,
)
def test_rows(language: str | None, prediction: str, gold: str, exact_match: float, f1: float) -> None:
    metric = load_metric("universal", language=language)
    assert metric.score(prediction, [gold]) == pytest.approx((exact_match, f1), abs=1e-12)


def test_best_of_several_golds() -> None:
    metric = load_metric("universal", language="ja")
    assert metric.score("東京塔", ["東京", "東京タワー", "塔"]) == (0.0, 0.8)
    assert metric.score("東京塔", ["大阪", "「東京塔」"]) == (1.0, 1.0)


def test_the_language_of_a_question_comes_first() -> None:
    metric = load_metric("universal", language="en")
    assert metric.score("die Donau", ["Donau"], language="de") == (1.0, 1.0)


def test_names_of_languages_are_refused() -> None:
    with pytest.raises(ValueError, match="`language` must be a code .* but is 'Japanese' instead"):
        load_metric("universal").score("東京", ["東京"], language="Japanese")


METRIC = load_metric("universal")
LANGUAGES = st.sampled_from([None, "ar", "el", "en", "fr", "ja", "my", "th", "tr"])
WORDS = ["the", "The", "l'", "eau", "ال", "مصر", "カ\u3099", "น้ำ", "ဒ္ဓ"]
PIECES = [*WORDS, *" .,?$€℃’-་東ーกิİIßΣé๑1\u0307\u200d\ufe0f🏈"]
TEXTS = st.text(max_size=12) | st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


@settings(max_examples=200)
@given(prediction=TEXTS, gold=TEXTS, language=LANGUAGES)
def test_prediction_and_gold_may_be_exchanged(prediction: str, gold: str, language: str | None) -> None:
    scores = METRIC.score(prediction, [gold], language=language)
    assert scores == METRIC.score(gold, [prediction], language=language)
    assert scores[0] in (0.0, 1.0)
    assert scores[0] <= scores[1] <= 1.0  # an exact match has an F1 of 1


@settings(max_examples=200)
@given(prediction=TEXTS, gold=TEXTS, language=LANGUAGES)
def test_composition_changes_nothing(prediction: str, gold: str, language: str | None) -> None:
    composed, decomposed = (unicodedata.normalize(form, prediction) for form in ("NFC", "NFD"))
    scores = METRIC.score(prediction, [gold], language=language)
    assert METRIC.score(composed, [unicodedata.normalize("NFD", gold)], language=language) == scores
    assert METRIC.score(decomposed, [unicodedata.normalize("NFC", gold)], language=language) == scores


@settings(max_examples=200)
@given(text=TEXTS, other=TEXTS, language=LANGUAGES)
def test_a_text_matches_itself_whatever_the_other_golds(text: str, other: str, language: str | None) -> None:
    assert METRIC.score(text, [other, text], language=language) == (1.0, 1.0)


@settings(max_examples=200)
@given(text=TEXTS.filter(str.strip), language=LANGUAGES)
def test_an_answer_does_not_become_empty(text: str, language: str | None) -> None:
    assert METRIC.score("", [text], language=language) == (0.0, 0.0)


def test_a_hundred_thousand_predictions() -> None:
    texts = ["the Denver Broncos", "東京タワーは1958年", "กรุงเทพมหานคร", "l’Île-de-France"]
    metric = load_metric("universal", language="fr")
    ids = list(map(str, range(100_000)))
    started = time.process_time()
    result = metric.compute(
        predictions=[{"id": id_, "prediction_text": texts[n % 4]} for n, id_ in enumerate(ids)],
        references=[{"id": id_, "answers": {"text": ["Île-de-France", texts[n % 4]]}} for n, id_ in enumerate(ids)],
    )
    assert time.process_time() - started < 10
    assert result["exact_match"] == 100.0
    assert result["signature"].startswith("rule:universal|version:1|language:fr|")


@needs_data
@pytest.mark.parametrize("file", ["cmrc2018/cmrc2018_dev.json", "drcd/DRCD_dev.json"])
def test_chinese_totals_are_those_of_mlqa(file: str) -> None:
    ours = last_gold_against_the_others("universal", file, language="zh")
    assert ours == last_gold_against_the_others("mlqa", file, language="zh")
