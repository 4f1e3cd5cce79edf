"""The sentences of each language: word order, particles, fused forms and exact offsets."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from hf_xlqa.corpora.sample.biographies import Biography, Fact, Person, biography
from hf_xlqa.corpora.sample.grammar import LANGUAGES, Grammar, attached, grammar
from hf_xlqa.corpora.sample.names import Name, all_names


def name(kind: str, written: str) -> Name:
    return next(name for name in all_names(kind) if name.written("en") == written)


SUBJECT = Person("female", name("female", "Belria"), name("surname", "Anson"))
COMPANION = Person("male", name("male", "Karbert"), name("surname", "Tormann"))
BIRTH = Fact("birth", {"place": name("place", "Corton"), "year": 1871})
SPOUSE = Fact("spouse", {"person": COMPANION})
TOLD = Biography(SUBJECT, (BIRTH, SPOUSE))


def sole(language: str, fact: Fact, template: int) -> Grammar:
    """The grammar with one of the templates of a relation only."""
    rules = grammar(language)
    return replace(rules, statements={fact.relation: (rules.statements[fact.relation][template],)})


@pytest.mark.parametrize(
    ("language", "template", "sentence"),
    [
        ("en", 1, "In 1871, Belria Anson came into the world in Corton."),
        ("zh", 1, "1871年，贝尔丽亚·安森诞生于科尔顿。"),
        ("ja", 0, "ベルリア・アンソンは1871年にコルトンで生まれた。"),
        ("ko", 0, "벨리아 안손은 1871년 코르턴에서 태어났다."),
        ("de", 0, "Belria Anson wurde 1871 in Corton geboren."),
        ("hi", 1, "1871 में बेलरिया अनसन ने कोरटन में जन्म लिया।"),
    ],
)
def test_a_first_sentence_has_the_full_name_and_the_word_order_of_its_language(
    language: str, template: int, sentence: str
) -> None:
    written = sole(language, BIRTH, template).statement(TOLD, BIRTH, random.Random(0), first=True)
    assert written.text == sentence


@pytest.mark.parametrize(
    ("language", "template", "sentence"),
    [
        ("en", 0, "She married Karbert Tormann."),
        ("zh", 2, "她和卡尔伯特·托尔曼结为夫妻。"),
        ("ja", 0, "彼女はカルベルト・トルマンと結婚した。"),
        ("ko", 1, "그녀의 배우자는 카르베르트 토르만이었다."),
        ("de", 0, "Sie hat Karbert Tormann geheiratet."),
        ("hi", 0, "उन्होंने कारबर्ट तोरमन से शादी की।"),
    ],
)
def test_a_later_sentence_has_a_pronoun_fused_or_with_its_particle(language: str, template: int, sentence: str) -> None:
    seeds = (random.Random(seed) for seed in range(20))
    written = {sole(language, SPOUSE, template).statement(TOLD, SPOUSE, rng, first=False).text for rng in seeds}
    assert sentence in written
    assert len(written) == 2, "the pronoun and the surname"


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "Where was Belria Anson born?"),
        ("zh", "贝尔丽亚·安森在哪里出生？"),
        ("ja", "ベルリア・アンソンはどこで生まれたか？"),
        ("ko", "벨리아 안손은 어디에서 태어났는가?"),
        ("de", "Wo wurde Belria Anson geboren?"),
        ("hi", "बेलरिया अनसन का जन्म कहाँ हुआ?"),
    ],
)
def test_questions(language: str, question: str) -> None:
    asked = {grammar(language).question(TOLD, BIRTH, "place", random.Random(seed)).text for seed in range(10)}
    assert question in asked
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("before", "particle", "chosen"),
    [
        ("벨린", "+은/는", "은"),
        ("안나", "+은/는", "는"),
        ("안손", "+과/와", "과"),
        ("토르너", "+이었다/였다", "였다"),
        ("1871", "+년", "년"),
    ],
)
def test_korean_particles_follow_the_final_sound(before: str, particle: str, chosen: str) -> None:
    assert attached(particle, before, " ") == chosen


def test_words_join_with_the_blank_of_the_language_and_punctuation_without() -> None:
    assert [attached(word, "x", " ") for word in ("born", ".", "।")] == [" born", ".", "।"]
    assert [attached("born", "", " "), attached("出生", "x", "")] == ["born", "出生"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_spans_are_what_fills_the_slots(language: str) -> None:
    rules, rng = grammar(language), random.Random(3)
    for _ in range(50):
        told = biography("train", rng)
        text = rules.paragraph(told, rng)
        assert len(text.spans) == 9
        for fact in told.facts:
            for slot, filler in fact.fillers.items():
                start, end = text.spans[fact.relation, slot]
                assert text.text[start:end] == rules.name(filler)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_relation_has_several_paraphrases_that_differ_from_its_questions(language: str) -> None:
    rules = grammar(language)
    assert {len(set(paraphrases)) for paraphrases in rules.statements.values()} == {3}
    assert min(len(set(paraphrases)) for paraphrases in rules.questions.values()) >= 2


def test_years_follow_the_course_of_a_life() -> None:
    for seed in range(50):
        years = {
            fact.relation: fact.fillers["year"]
            for fact in biography("train", random.Random(seed)).facts
            if "year" in fact.fillers
        }
        assert sorted(years, key=lambda event: str(years[event])) == [
            event for event in ("birth", "study", "work", "award", "death") if event in years
        ]
