"""The rule of TyDiQA-GoldP: rows worked by hand, SQuAD's rows, and the averages over languages."""

from __future__ import annotations

from typing import Any

import pytest

from hf_xlqa.metrics import load_metric

WORKED = [
    ("fi", "Helsinki", "Helsinki", 1, 1),
    ("fi", "Helsingin yliopisto", "yliopisto", 0, 2 / 3),  # 1 of 2 words, 1 of 1
    ("fi", "the Helsinki", "Helsinki", 1, 1),  # English articles go in every language
    ("fi", "vuonna 1917.", "Vuonna 1917", 1, 1),
    ("ar", "القاهرة", "قاهرة", 0, 0),  # and no others
    ("ar", "مصر؟", "مصر", 0, 0),  # the Arabic question mark is not ASCII
    ("ar", "في مصر", "مصر", 0, 2 / 3),
    ("bn", "ঢাকা শহর", "ঢাকা", 0, 2 / 3),
    ("bn", "ঢাকা।", "ঢাকা", 0, 0),  # nor is the danda
    ("bn", "১৯৭১", "1971", 0, 0),  # digits of another script
    ("en", "The Beatles", "beatles", 1, 1),
    ("en", "a band of the four", "four", 0, 1 / 2),  # band of four
    ("id", "Jakarta, Indonesia", "Jakarta", 0, 2 / 3),
    ("id", "17-8-1945", "1781945", 1, 1),
    ("ko", "서울에서", "서울", 0, 0),  # words, not characters
    ("ko", "서울 시", "시 서울", 0, 1),
    ("ko", "１９９８년", "1998년", 0, 0),  # full width
    ("ru", "Москва", "МОСКВА", 1, 1),
    ("ru", "«Москва»", "Москва", 0, 0),
    ("ru", "Й", "И\u0306", 0, 0),  # composed and decomposed
    ("sw", "Dar es Salaam", "Dar es Salaam Tanzania", 0, 6 / 7),  # 3 of 3, 3 of 4
    ("te", "హైదరాబాద్ 🙂", "హైదరాబాద్", 0, 2 / 3),
    ("te", "", "హైదరాబాద్", 0, 0),
    ("te", "!", "?", 1, 0),  # both become empty
    ("sw", "a", "the", 1, 0),
    ("en", "", "...", 1, 0),
]


@pytest.mark.parametrize(("language", "prediction", "gold", "exact_match", "f1"), WORKED)
def test_rows(language: str, prediction: str, gold: str, exact_match: float, f1: float) -> None:
    metric = load_metric("tydiqa", language=language)
    assert metric.score(prediction, [gold]) == pytest.approx((exact_match, f1), abs=1e-12)


def test_best_of_several_golds() -> None:
    metric = load_metric("tydiqa", language="en")
    assert metric.score("Cam Newton", ["Newton", "Cam Newton Jr", "him"]) == (0.0, 0.8)


def question(id_: str, language: str | None, gold: str = "yksi") -> dict[str, Any]:
    return {"id": id_, "answers": {"text": [gold]}} | ({"language": language} if language else {})


def compute(answers: dict[str, str], questions: list[dict[str, Any]], **kwargs: Any) -> dict[str, Any]:
    predictions = [{"id": id_, "prediction_text": text} for id_, text in answers.items()]
    result = load_metric("tydiqa", **kwargs).compute(predictions=predictions, references=questions)
    assert isinstance(result, dict)
    return result


QUESTIONS = [
    question("e1", "en"),
    question("f1", "fi"),
    question("f2", "fi"),
    question("f3", "fi"),
    question("k1", "ko"),
]
# English: 1 and 1. Finnish: (1 + 0 + 0) / 3 and (1 + 2/3 + 0) / 3. Korean: 0 and 1/2.
ANSWERS = {"e1": "yksi", "f1": "yksi", "f2": "yksi kaksi", "f3": "kaksi", "k1": "yksi kaksi kolme"}


def test_the_average_is_over_languages_without_english() -> None:
    result = compute(ANSWERS, QUESTIONS, corpus="tydiqa")
    assert result["exact_match"] == pytest.approx(100 * (1 / 3 + 0) / 2)
    assert result["f1"] == pytest.approx(100 * (5 / 9 + 1 / 2) / 2)
    assert result["exact_match_with_english"] == pytest.approx(100 * (1 + 1 / 3 + 0) / 3)
    assert result["f1_with_english"] == pytest.approx(100 * (1 + 5 / 9 + 1 / 2) / 3)
    assert result["per_language"]["fi"] == {
        "exact_match": pytest.approx(100 / 3),
        "f1": pytest.approx(500 / 9),
        "count": 3,
    }
    assert result["count"] == 5
    assert result["signature"] == (
        "rule:tydiqa|version:1.1|language:en+fi+ko|golds:all|missing:refuse"
        "|average:languages-without-english|corpus:tydiqa"
    )


def test_a_missing_prediction_stays_in_the_mean_of_its_language() -> None:
    result = compute({"f1": "yksi", "k1": "yksi"}, QUESTIONS, missing="zero")
    assert result["exact_match"] == pytest.approx(100 * (1 / 3 + 1) / 2)
    assert result["exact_match_with_english"] == pytest.approx(100 * (0 + 1 / 3 + 1) / 3)


def test_english_alone_is_averaged_as_it_is() -> None:
    result = compute({"e1": "yksi", "e2": "kaksi"}, [question("e1", "en"), question("e2", "en-GB")])
    assert (result["exact_match"], result["f1"]) == (50.0, 50.0)
    assert (result["exact_match_with_english"], result["f1_with_english"]) == (50.0, 50.0)
    assert result["signature"] == "rule:tydiqa|version:1.1|language:en|golds:all|missing:refuse|corpus:unnamed"


def test_single_languages_are_signed_alike_english_too() -> None:
    finnish, english = (
        compute({id_: "yksi"}, [question(id_, language)])["signature"] for id_, language in (("f1", "fi"), ("e1", "en"))
    )
    assert finnish == english.replace("language:en", "language:fi")


def test_without_english_both_averages_agree() -> None:
    result = compute(ANSWERS | {"e1": "yksi"}, [*QUESTIONS[1:], question("e1", "te")])
    assert result["exact_match"] == result["exact_match_with_english"] == pytest.approx(100 * (1 / 3 + 0 + 1) / 3)


@pytest.mark.parametrize("language", ["ja", "finnish", "", None])
def test_other_languages_are_refused(language: str | None) -> None:
    with pytest.raises(ValueError, match="`language` must be one of ar, bn, en, fi, id, ko, ru, sw, te, but is"):
        load_metric("tydiqa").score("東京", ["東京"], language=language)


def test_every_question_needs_a_language() -> None:
    with pytest.raises(ValueError, match=r"one of ar, bn, .*, but 1 questions have None \(1\) instead: 'f1'"):
        compute({"f1": "", "k1": ""}, [question("f1", None), question("k1", "ko")])
    assert compute({"f1": "yksi"}, [question("f1", None)], language="fi")["f1"] == 100.0
