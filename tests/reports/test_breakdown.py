"""Scores by kinds of questions, worked out by hand."""

from __future__ import annotations

import pytest
from tiny_scores import scored_set

from hf_xlqa.reports.breakdown import Group, answer_length, answer_script, break_down
from hf_xlqa.schema import Answer, Example


def example(id_: str, gold: str, question: str = "Who?", *, language: str = "en") -> Example:
    answers = (Answer(gold, 0),) if gold else ()
    return Example(id_, id_, "", gold, question, answers, "de", language, "mlqa")


@pytest.mark.parametrize(
    ("gold", "length", "script"),
    [
        ("Rhine", "1 word", "latin"),
        ("St. Gallen", "2 words", "latin"),
        ("the war of 1812", "3-5 words", "digits, latin"),
        ("one two three four five six", "6-10 words", "latin"),
        (" ".join("x" * 20), "11-20 words", "latin"),
        (" ".join("x" * 21), "21+ words", "latin"),
        ("水", "1 character", "han"),
        ("1950年", "2 characters", "digits, han"),
        ("〇〇号室", "3-5 characters", "han"),
        ("人々", "2 characters", "han"),
        ("コーヒー", "3-5 characters", "kana"),
        ("食べ物", "3-5 characters", "han, kana"),
        ("ＡＢＣ会社", "3-5 characters", "han, latin"),
        ("第1話 Pilot", "3-5 characters", "mixed"),
        ("서울", "1 word", "hangul"),
        ("नई दिल्ली", "2 words", "devanagari"),
        ("القاهرة", "1 word", "arabic"),
        ("١٩٥٠", "1 word", "digits"),
        ("Москва", "1 word", "cyrillic"),
        ("กรุง", "3-5 characters", "thai"),
        ("ქართული", "1 word", "other"),
        ("€", "0 words", "other"),
        ("", "no gold", "no gold"),
    ],
)
def test_length_and_script_of_golds(gold: str, length: str, script: str) -> None:
    assert answer_length(example("q0", gold)) == length
    assert answer_script(example("q0", gold)) == script


EXAMPLES = [
    example("q0", "Ada", "Who was it?"),
    example("q1", "水", "是什么？", language="zh"),
    example("q2", "Bob", "By whom?"),
    example("q3", "", "When?"),
    example("q4", "two words", "Missä?", language="fi"),
    example("q5", "三个字", "谁？", language="zh"),
]
SCORED = scored_set("mlqa/de.en", [1, 0.5, 0.25, 0, 1, 0.25])


def test_scores_by_type_of_question() -> None:
    assert break_down(reversed(EXAMPLES), [SCORED], by="question") == [
        Group("who", 3, 100 / 3, 50),
        Group("what", 1, 0, 50),
        Group("when", 1, 0, 0),
        Group("other (no words for fi)", 1, 100, 100),
    ]


def test_lengths_go_from_short_to_long_words_first() -> None:
    assert [(group.label, group.questions) for group in break_down(EXAMPLES, [SCORED], by="length")] == [
        ("1 word", 2),
        ("2 words", 1),
        ("1 character", 1),
        ("3-5 characters", 1),
        ("no gold", 1),
    ]


def test_scripts_go_from_frequent_to_rare() -> None:
    assert [(group.label, group.questions, group.f1) for group in break_down(EXAMPLES, [SCORED], by="script")] == [
        ("latin", 3, 75),
        ("han", 2, 37.5),
        ("no gold", 1, 0),
    ]


def test_seeds_are_averaged_by_question() -> None:
    other = scored_set("mlqa/de.en", [0.5, 0, 0, 0, 0, 0], ids=["q1", "q0", "q2", "q3", "q4", "q5"])
    who, what, *_ = break_down(EXAMPLES, [SCORED, other], by="question")
    assert who.f1 == pytest.approx(100 * (1 + 0.25 + 0.25) / 6)
    assert what.f1 == 50


def test_other_examples_than_those_scored_are_refused() -> None:
    with pytest.raises(ValueError, match="must be the 6 questions of mlqa/de.en .* but 2 are only .* two: q5, q9"):
        break_down([*EXAMPLES[:5], example("q9", "x")], [SCORED], by="script")


def test_unknown_criteria_are_refused() -> None:
    with pytest.raises(ValueError, match="`by` must be one of question, length, script, but is 'topic' instead"):
        break_down(EXAMPLES, [SCORED], by="topic")
