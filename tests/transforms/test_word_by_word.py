"""Corpora translated word by word: answers stand at their exact place in the other language."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from many_scripts import WORDS, examples
from tiny_dictionaries import CEDICT, ENGLISH_CHINESE, write_dictionary

from hf_xlqa.schema import Answer, Example
from hf_xlqa.transforms.transform import Dropped, paragraph_rng
from hf_xlqa.transforms.word_by_word import WordByWord

ENGLISH = Example(
    "q1",
    "q1",
    "",
    "The King of Norway died in 1905.",
    "Who died?",
    (Answer("King of Norway", 4), Answer("ing of Oslo"[:3], 5)),
    "en",
    "en",
    "toy",
)


def test_the_answer_is_the_translation_of_its_words(tmp_path: Path) -> None:
    dictionary = write_dictionary(tmp_path, "en-zh.txt", ENGLISH_CHINESE)
    transform = WordByWord(dictionary=dictionary, target="zh")
    changed = transform(ENGLISH, paragraph_rng(0, ENGLISH.context))
    assert isinstance(changed, Example)
    assert changed.context == "這國王的挪威死in 1905."
    assert changed.question == "Who死?"
    assert changed.answers == (Answer("國王的挪威", 1), Answer("國王", 1))
    assert (changed.context_language, changed.question_language) == ("zh", "zh")
    assert transform.counts["words translated"] == 5 + 1
    assert transform.counts["words not in the dictionary"] == 1 + 1
    assert transform.counts["answers widened: cut a word"] == 1


def test_chinese_to_english(tmp_path: Path) -> None:
    dictionary = write_dictionary(tmp_path, "cedict.txt", CEDICT)
    context = "臺灣的法律發展"
    example = Example("q1", "q1", "", context, "誰？", (Answer("法律", 3),), "zh", "zh", "toy")
    changed = WordByWord(dictionary=dictionary, source="zh", target="en")(example, paragraph_rng(0, context))
    assert isinstance(changed, Example)
    assert changed.context == "Taiwan of law development"
    assert changed.answers == (Answer("law", 10),)


def test_answers_without_a_known_word_are_dropped_where_unknown_words_go(tmp_path: Path) -> None:
    dictionary = write_dictionary(tmp_path, "en-zh.txt", ENGLISH_CHINESE)
    context = "The King of Oslo died"
    example = Example("q7", "q7", "", context, "Where?", (Answer("Oslo", 12),), "en", "en", "toy")
    transform = WordByWord(dictionary=dictionary, target="zh", unknown="drop")
    assert transform(example, paragraph_rng(0, context)) == Dropped("q7", "an answer has nothing left")
    assert transform.counts["dropped: an answer has nothing left"] == 1


def test_texts_of_another_language_are_refused(tmp_path: Path) -> None:
    transform = WordByWord(dictionary=write_dictionary(tmp_path, "cedict.txt", CEDICT), source="zh", target="en")
    with pytest.raises(ValueError, match="`context_language` of example 'q1' must be zh, but is en instead"):
        transform(ENGLISH, paragraph_rng(0, ENGLISH.context))


@pytest.mark.parametrize("language", ["en", "ko", "hi", "ar"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_answers_of_whole_words_are_the_translation_of_themselves(
    tmp_path: Path, language: str, data: st.DataObject
) -> None:
    example = data.draw(examples(language))
    pairs = "".join(f"{word.lower()} q{place}q\n" for place, word in enumerate(WORDS[language][::2]))
    dictionary = write_dictionary(tmp_path, "pairs.txt", pairs)
    transform = WordByWord(dictionary=dictionary, source=language, target="fr")
    changed = transform(example, paragraph_rng(0, example.context))
    assert isinstance(changed, Example)
    for answer, original in zip(changed.answers, example.answers, strict=True):
        around = f" {example.context} "[original.start], f" {example.context} "[original.end + 1]
        if "".join(around).isspace():
            assert answer.text == transform.lexicon.translate([original.text])[0].strip()
        else:
            assert answer.text == answer.text.strip()
