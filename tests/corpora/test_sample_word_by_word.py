"""The lexicon of the sample, and translations through it."""

from __future__ import annotations

import itertools

import pytest

from hf_xlqa.corpora.sample import lexicon, sample_examples, sample_parallel, word_by_word, wrong_translation
from hf_xlqa.corpora.sample.grammar import LANGUAGES, grammar
from hf_xlqa.corpora.sample.lexicon import concepts
from hf_xlqa.corpora.sample.names import names
from hf_xlqa.schema import Answer, Example

GERMAN = Example(
    id="1.de",
    parallel_id="1",
    title="1",
    context="1871 kam Belria Anson in Corton zur Welt. Sie hat Karbert Tormann geheiratet.",
    question="Wen hat Belria Anson geheiratet?",
    answers=(Answer("Karbert Tormann", 50),),
    context_language="de",
    question_language="de",
    corpus="sample",
)


def test_known_words_and_names() -> None:
    english = lexicon("de", "en")
    assert english["geboren"] == ("born",)
    assert english["Corton"] == ("Corton",)
    assert lexicon("en", "hi")["Corton"] == ("कोरटन",)
    assert lexicon("ja", "en")["は"] == ()
    assert lexicon("en", "zh")["won"] == ("获奖", "赢得")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lexicon_knows_every_word_of_the_templates(language: str) -> None:
    words = {word for row in concepts() for word in row.get(language, ())}
    missing = [word for word in grammar(language).vocabulary() if word not in words and _lowered(word) not in words]
    assert missing == []


def _lowered(word: str) -> str:
    return word[:1].lower() + word[1:]


def test_names_of_a_split_can_be_left_out() -> None:
    place = names("test", "place")[0]
    assert lexicon("en", "ja")[place.written("en")] == (place.written("ja"),)
    assert place.written("en") not in lexicon("en", "ja", splits=("train", "dev"))


def test_word_by_word_keeps_the_word_order_and_moves_the_answer() -> None:
    translated = word_by_word(GERMAN, "en")
    assert translated.context == "1871 came Belria Anson in Corton to world. she did Karbert Tormann married."
    assert translated.question == "whom did Belria Anson married?"
    assert translated.answers == (Answer("Karbert Tormann", 51),)
    assert (translated.id, translated.parallel_id, translated.context_language) == ("1.de.en", "1", "en")


def test_word_by_word_writes_as_the_target_does() -> None:
    translated = word_by_word(GERMAN, "ja")
    assert translated.context == "1871受けたベルリア・アンソンでコルトンに世。彼女カルベルト・トルマン結婚した。"


def test_a_word_that_the_lexicon_does_not_know_stays() -> None:
    example = Example("1", "1", "1", "Corton liegt in 12345.", "Wo?", (Answer("Corton", 0),), "de", "de", "sample")
    assert word_by_word(example, "hi").context == "कोरटन liegt में 12345।"


@pytest.mark.parametrize(("source", "target"), itertools.permutations(LANGUAGES, 2))
def test_answers_translate_as_the_corpus_writes_them(source: str, target: str) -> None:
    originals, golds = sample_examples("test", source, paragraphs=15), sample_examples("test", target, paragraphs=15)
    for original, gold in zip(originals, golds, strict=True):
        translated = word_by_word(original, target)
        assert translated.answers[0].text == gold.answers[0].text
        assert translated.parallel_id == gold.parallel_id


def test_an_answer_without_translation_is_refused() -> None:
    example = Example("7", "7", "7", "アンソンは", "誰", (Answer("は", 4),), "ja", "ja", "sample")
    with pytest.raises(ValueError, match="`answers` of example '7' must be of words with a translation, but 'は'"):
        word_by_word(example, "en")


def test_a_wrong_translation_is_of_the_next_paragraph_under_the_own_identifiers() -> None:
    examples = sample_examples("dev", "en", paragraphs=2)
    wrong = [wrong_translation(examples, index) for index in range(6)]
    assert [example.context for example in wrong] == [examples[3].context] * 3 + [examples[0].context] * 3
    assert [example.parallel_id for example in wrong] == [example.parallel_id for example in examples]


def test_a_wrong_translation_needs_two_paragraphs() -> None:
    examples = sample_examples("dev", "en", paragraphs=1)
    with pytest.raises(
        ValueError, match="`examples` must be of two paragraphs or more, but all have the title 'dev-0'"
    ):
        wrong_translation(examples, 0)


def test_unknown_languages_are_refused() -> None:
    with pytest.raises(ValueError, match="`language` must be one of en, zh, ja, ko, de, hi, but is 'xx' instead"):
        lexicon("en", "xx")


def test_gold_translations_are_not_word_by_word() -> None:
    group = sample_parallel("dev", paragraphs=1)[0]
    assert word_by_word(group.translations["ja"], "en").context != group.pivot.context
