"""Types of questions by their interrogatives."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hf_xlqa.reports.interrogatives import INTERROGATIVES, TYPES, question_type

QUESTIONS = {
    "en": {
        "To whom was it sold?": "who",
        "In what year did it end?": "what",
        "WHEN?": "when",
        "Whereabouts is it, and where exactly?": "where",
        "Which of them won?": "which",
        "How much did it cost?": "how many",
        "The city grew how?": "how",
        "Name the river.": "other",
    },
    "de": {"Wie viele waren es?": "how many", "Wie groß ist er?": "how", "In welchem Jahr?": "which", "Wozu?": "what"},
    "es": {
        "¿Por qué lo que hizo?": "why",
        "¿Que\u0301 es?": "what",
        "¿Adónde fue?": "where",
        "Di el que falta": "other",
    },
    "fr": {"Qu'est-ce que c'est ?": "what", "Auxquels pense-t-il ?": "which", "C'était quand ?": "when"},
    "ro": {"De ce a plecat?": "why", "Ce este?": "what"},
    "el": {"Ποιος ήταν;": "who", "Ποια χώρα;": "which"},
    "ru": {"В каком году?": "which", "Чья это книга?": "who", "Сколько их?": "how many"},
    "tr": {"Ne zaman bitti?": "when", "Nerede doğdu?": "where", "Yüzde kaçı kaldı?": "how many"},
    "vi": {"Ông sinh năm nào?": "which", "Thủ đô ở đâu?": "where", "Có bao nhiêu người?": "how many"},
    "hi": {"यह किसने लिखा?": "who", "वह कौन सा शहर है?": "which", "राजधानी क्या है?": "what", "कितने लोग थे?": "how many"},
    "ar": {"من كتب هذا؟": "who", "هو من مصر، متى ولد؟": "when", "في أي عام؟": "which", "الرجل من مصر؟": "other"},
    "ko": {
        "수도는 어디인가?": "where",
        "몇 명인가?": "how many",
        "그것은 무엇인가?": "what",
        "어느 나라인가?": "which",
    },
    "zh": {
        "首都是什么？": "what",
        "战争什么时候结束？": "when",
        "他为什么离开？": "why",
        "几内亚的首都在哪里？": "where",
        "有几个人？": "how many",
        "哪一年？": "which",
        "誰寫了它？": "who",
    },
    "ja": {
        "何人いますか？": "how many",
        "それは何ですか？": "what",
        "どのように作るか？": "how",
        "どの都市ですか？": "which",
    },
    "th": {"ใครเขียน": "who", "เมืองหลวงอยู่ที่ไหน": "where", "มีกี่คน": "how many"},
}


@pytest.mark.parametrize(
    ("language", "question", "kind"),
    [(language, question, kind) for language, cases in QUESTIONS.items() for question, kind in cases.items()],
)
def test_types_of_questions(language: str, question: str, kind: str) -> None:
    assert question_type(question, language) == kind


def test_every_table_has_every_type_and_a_case() -> None:
    assert {tuple(table) for table in INTERROGATIVES.values()} == {TYPES[:-1]}
    assert set(QUESTIONS) == set(INTERROGATIVES)


def test_a_region_does_not_matter_and_an_unknown_language_is_named() -> None:
    assert question_type("誰？", "zh-TW") == "who"
    assert question_type("Missä se on?", "fi") == "other (no words for fi)"


CORPUS = Path(os.environ.get("XLQA_DATA", "")) / "xquad"


@pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="needs the corpora in XLQA_DATA")
@pytest.mark.parametrize("language", ["de", "es", "ru", "vi", "hi", "ar", "zh"])
def test_translations_of_a_question_are_of_its_type(language: str) -> None:
    # What and which are chosen by other rules in every language, so they count as one; "how long" and "what
    # is it called" change their word too, so a few in a hundred of the others differ.
    kinds = []
    for code in ("en", language):
        articles = json.loads((CORPUS / f"xquad.{code}.json").read_text("utf-8"))["data"]
        questions = {
            each["id"]: each["question"]
            for article in articles
            for paragraph in article["paragraphs"]
            for each in paragraph["qas"]
        }
        kinds.append({id_: question_type(text, code).replace("which", "what") for id_, text in questions.items()})
    english, translated = kinds
    assert len(english) == 1190
    assert sum(translated[id_] == kind for id_, kind in english.items()) / 1190 > 0.85
    when = [id_ for id_, kind in english.items() if kind == "when"]
    assert sum(translated[id_] == "when" for id_ in when) / len(when) > 0.85
