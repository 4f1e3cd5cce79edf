"""Words switched where the dictionary has them, answers too, and the measured share of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from many_scripts import WORDS, examples
from tiny_dictionaries import ENGLISH_CHINESE, ENGLISH_FRENCH, write_dictionary

from hf_xlqa.schema import Answer, Example
from hf_xlqa.transforms.code_switch import CodeSwitch
from hf_xlqa.transforms.transform import paragraph_rng

CONTEXT = "The King of Norway died in 1905, by law."


def asked(text: str, *, language: str = "en") -> Example:
    start = CONTEXT.index(text)
    return Example("q1", "q1", "", CONTEXT, "Which king died?", (Answer(text, start),), language, language, "toy")


@pytest.fixture
def french(tmp_path: Path) -> Path:
    return write_dictionary(tmp_path, "en-fr.txt", ENGLISH_FRENCH)


def switched(example: Example, dictionary: Path, **options: Any) -> tuple[Example, CodeSwitch]:
    transform = CodeSwitch(dictionary=dictionary, target="fr", **options)
    changed = transform(example, paragraph_rng(0, example.context))
    assert isinstance(changed, Example)
    return changed, transform


def test_words_of_the_dictionary_are_switched_and_nothing_else(french: Path) -> None:
    changed, transform = switched(asked("King of Norway"), french)
    assert changed.context == "Le Roi de Norway died in 1905, by loi."
    assert changed.question == "Which roi died?"
    assert changed.answers[0].text == "Roi de Norway"
    assert (changed.context_language, changed.question_language) == ("en", "en")
    assert transform.report(transform.counts)["substitution ratio"] == pytest.approx((4 + 1) / (8 + 3))


def test_chinese_words_stand_between_the_blanks_of_the_sentence(tmp_path: Path) -> None:
    dictionary = write_dictionary(tmp_path, "en-zh.txt", ENGLISH_CHINESE)
    transform = CodeSwitch(dictionary=dictionary, target="zh-Hans")
    changed = transform(asked("law"), paragraph_rng(0, CONTEXT))
    assert isinstance(changed, Example)
    assert changed.context == "这 国王 的 挪威 死 in 1905, by 法律."
    assert changed.answers == (Answer("法律", 24),)


@pytest.mark.parametrize(("part", "context", "question"), [("context", False, True), ("question", True, False)])
def test_one_part_alone(french: Path, part: Any, context: bool, question: bool) -> None:
    changed, _ = switched(asked("law"), french, part=part)
    assert (changed.context == CONTEXT, changed.question == "Which king died?") == (context, question)


def test_capitals_can_hide_words_from_the_dictionary(french: Path) -> None:
    changed, _ = switched(asked("King of Norway"), french, ignore_case=False)
    assert changed.context == "The King de Norway died in 1905, by loi."


def test_words_that_are_their_own_translation_are_counted(tmp_path: Path) -> None:
    _, transform = switched(asked("law"), write_dictionary(tmp_path, "pairs.txt", "law law\nking roi\n"))
    assert transform.counts["words switched"] == 3
    assert transform.counts["words switched to themselves"] == 1


def test_the_random_choice_is_that_of_the_paragraph(french: Path) -> None:
    contexts = {switched(asked("law"), french, choice="random")[0].context for _ in range(5)}
    assert len(contexts) == 1
    transform = CodeSwitch(dictionary=french, target="fr", choice="random")
    outcomes = [transform(asked("law"), paragraph_rng(seed, CONTEXT)) for seed in range(20)]
    assert len({outcome.context for outcome in outcomes if isinstance(outcome, Example)}) == 4


def test_texts_of_another_language_are_refused(french: Path) -> None:
    with pytest.raises(ValueError, match="`context_language` of example .* must be en, but is de instead"):
        switched(asked("law", language="de"), french)


def test_nothing_seen_is_no_share(french: Path) -> None:
    transform = CodeSwitch(dictionary=french, target="fr")
    assert transform.report(transform.counts)["substitution ratio"] == 0.0


@pytest.mark.parametrize("language", WORDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_answers_are_kept_in_any_script(tmp_path: Path, language: str, data: st.DataObject) -> None:
    example = data.draw(examples(language))
    pairs = "".join(f"{word.lower()} {word.lower()}x\n" for word in WORDS[language][::2])
    transform = CodeSwitch(dictionary=write_dictionary(tmp_path, "pairs.txt", pairs), source=language, target="fr")
    changed = transform(example, paragraph_rng(0, example.context))
    assert isinstance(changed, Example)
    assert changed.context.casefold().replace("x", "") == example.context.casefold()
    for answer, original in zip(changed.answers, example.answers, strict=True):
        assert original.text.strip().casefold() in answer.text.casefold().replace("x", "")
