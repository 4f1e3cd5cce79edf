"""Translated corpora: their texts, their answers found again, what is lost, and what is handed to the translator."""

from __future__ import annotations

import json
import os
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many_scripts import WORDS, examples
from tiny_corpora import article, gold
from tiny_dictionaries import ENGLISH_CHINESE, write_dictionary

from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.schema import Answer, Example
from hf_xlqa.transforms.transform import Dropped, paragraph_rng
from hf_xlqa.transforms.translate import Translate
from hf_xlqa.translation.backend import TranslationError
from hf_xlqa.translation.cache import CachedTranslator
from hf_xlqa.translation.lexicon import Lexicon
from hf_xlqa.translation.parallel_files import ParallelFiles

DATA = Path(os.environ.get("XLQA_DATA", ""))
METHODS = ("tags", "fuzzy", "simple_match", "best")
CONTEXT = "The king of Norway lives in Oslo. His dog is called Rex. He died in 1905."


class Fake:
    """A translator of one function, which keeps what it was handed."""

    def __init__(self, function: Callable[[str], str] = str.upper, source: str = "en", target: str = "de") -> None:
        self.function = function
        self.source_language = source
        self.target_language = target
        self.name = "fake"
        self.calls: list[list[str]] = []

    def translate(self, texts: Sequence[str]) -> list[str]:
        self.calls.append(list(texts))
        return [self.function(text) for text in texts]


class Forgetful(Fake):
    """Gives one text too few."""

    def translate(self, texts: Sequence[str]) -> list[str]:
        return super().translate(texts)[1:]


def asked(*texts: str, id: str = "q1", context: str = CONTEXT, question: str = "Where is he?") -> Example:
    answers = tuple(Answer(text, context.index(text)) for text in texts)
    return Example(id, f"p-{id}", "Kings", context, question, answers, "en", "en", "toy")


def applied(transform: Translate, *asked: Example, chunk: int = 1000) -> list[Example | Dropped]:
    outcomes = []
    for start in range(0, len(asked), chunk):
        transform.prepare(asked[start : start + chunk])
        outcomes += [transform(each, paragraph_rng(0, each.context)) for each in asked[start : start + chunk]]
    return outcomes


def kept(transform: Translate, *asked: Example) -> list[Example]:
    outcomes = applied(transform, *asked)
    assert all(isinstance(each, Example) for each in outcomes), outcomes
    return [each for each in outcomes if isinstance(each, Example)]


@pytest.mark.parametrize("recovery", METHODS)
@pytest.mark.parametrize(
    ("part", "changed"), [("question", {"question"}), ("context", {"context"}), ("both", {"question", "context"})]
)
def test_the_part_that_is_named_is_translated_with_its_language(recovery: Any, part: Any, changed: set[str]) -> None:
    example = asked("Oslo")
    (translated,) = kept(Translate(translator=Fake(), part=part, recovery=recovery), example)
    for text in ("question", "context"):
        expected = getattr(example, text).upper() if text in changed else getattr(example, text)
        assert getattr(translated, text) == expected
        assert getattr(translated, f"{text}_language") == ("de" if text in changed else "en")
    assert translated.answers == (Answer("OSLO" if "context" in changed else "Oslo", 28),)
    assert (translated.id, translated.parallel_id, translated.title) == ("q1", "p-q1", "Kings")


@pytest.mark.parametrize("function", [str, str.upper], ids=["identity", "upper"])
@pytest.mark.parametrize("language", list(WORDS))
@settings(max_examples=50)
@given(data=st.data())
def test_the_first_answer_comes_through_in_every_script(language: str, function: Any, data: st.DataObject) -> None:
    example = data.draw(examples(language))
    by_sentence = data.draw(st.booleans())
    fake = Fake(function, language, language)
    transform = Translate(translator=fake, by_sentence=by_sentence)
    (translated,) = kept(transform, example)
    assert translated.answers[0].text == function(example.answers[0].text.strip())
    assert by_sentence or translated.context == function(example.context)
    lost = sum(map(len, transform.recovered.dropped.values()))
    assert len(translated.answers) + lost == len(example.answers)


@pytest.mark.parametrize("recovery", ["fuzzy", "best"])
@pytest.mark.parametrize("language", list(WORDS))
@settings(max_examples=50)
@given(data=st.data())
def test_answers_of_whole_texts_are_found_with_no_edit(language: str, recovery: Any, data: st.DataObject) -> None:
    example = data.draw(examples(language))
    transform = Translate(translator=Fake(str, language, language), recovery=recovery, by_sentence=False)
    (translated,) = kept(transform, example)
    assert [each.text for each in translated.answers] == [each.text.strip() for each in example.answers]
    assert transform.counts["answers with edits: 0"] == len(example.answers)


def damaged(opening: str, closing: str) -> Callable[[str], str]:
    return lambda text: text.replace("<a>", opening).replace("</a>", closing)


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        *[("<A>", "</A>"), ("< a >", "< / a >"), ("<a> ", " </a>"), (" <a>", "</a> "), ("＜a＞", "＜／a＞")],
        *[("《ａ》", "《/a》"), ("〈a〉", "〈/a〉"), ("&lt;a&gt;", "&lt;/a&gt;"), ("<a>", "<a>"), ("</a>", "<a>")],
        *[("<a><a>", "</a>"), ("<a>", "<\\a>")],
    ],
)
def test_damaged_tags_are_read(opening: str, closing: str) -> None:
    (translated,) = kept(Translate(translator=Fake(damaged(opening, closing))), asked("king of Norway"))
    assert translated.answers[0].text == "king of Norway"
    assert translated.context.split() == CONTEXT.split()


@pytest.mark.parametrize(
    ("opening", "closing", "fault"),
    [
        ("", "", "both tags lost"),
        ("<a>", "", "one tag lost"),
        ("", "</a>", "one tag lost"),
        ("<a> <a>", "", "nothing between the tags"),
    ],
)
def test_examples_whose_tags_are_lost_are_dropped_and_counted(opening: str, closing: str, fault: str) -> None:
    transform = Translate(translator=Fake(damaged(opening, closing)))
    assert applied(transform, asked("Oslo")) == [Dropped("q1", f"answer lost: {fault}")]
    assert transform.counts == {f"answers lost: {fault}": 1, f"dropped: answer lost: {fault}": 1}
    assert transform.recovered.dropped == {fault: ["q1"]}
    (translated,) = kept(Translate(translator=Fake(damaged(opening, closing)), recovery="best"), asked("Oslo"))
    assert translated.answers == (Answer("Oslo", 28),)


def test_tags_come_through_a_lexicon(tmp_path: Path) -> None:
    lexicon = Lexicon(write_dictionary(tmp_path, "en-zh.txt", f"{ENGLISH_CHINESE}a 一個\n"), "en", "zh")
    (translated,) = kept(Translate(translator=lexicon), asked("king of Norway", "Oslo"))
    assert translated.context.startswith("這國王的挪威lives in Oslo.")
    assert translated.answers == (Answer("國王的挪威", 1), Answer("Oslo", 15))


def by_tag(text: str) -> str:
    """Translates in capitals where there is a tag, as translators choose other words there."""
    return text.upper() if "<a>" in text else text


def test_by_tags_every_question_has_the_context_of_its_own_answer() -> None:
    first, second = kept(Translate(translator=Fake(by_tag)), asked("Oslo"), asked("Rex", id="q2"))
    assert first.context == "THE KING OF NORWAY LIVES IN OSLO. His dog is called Rex. He died in 1905."
    assert second.context == "The king of Norway lives in Oslo. HIS DOG IS CALLED REX. He died in 1905."
    assert (first.answers, second.answers) == ((Answer("OSLO", 28),), (Answer("REX", 52),))


@pytest.mark.parametrize("recovery", ["fuzzy", "simple_match", "best"])
def test_by_other_methods_the_context_of_a_paragraph_is_one(recovery: Any) -> None:
    transform = Translate(translator=Fake(by_tag), recovery=recovery)
    first, second = kept(transform, asked("Oslo"), asked("Rex", id="q2"))
    assert first.context == second.context == CONTEXT
    assert (first.answers, second.answers) == ((Answer("Oslo", 28),), (Answer("Rex", 52),))


def test_golds_are_found_each_on_its_own_and_the_lost_counted() -> None:
    transform = Translate(translator=Fake(by_tag))
    (translated,) = kept(transform, asked("Oslo", "lives in Oslo", "Rex", "Oslo"))
    assert translated.answers == (Answer("OSLO", 28), Answer("LIVES IN OSLO", 19), Answer("OSLO", 28))
    assert transform.counts["answers lost: tagged text not in the context"] == 1
    assert transform.counts["examples that lost some answers"] == 1
    assert transform.counts["answers found by tags"] == 3
    assert transform.recovered.dropped == {"tagged text not in the context": ["q1"]}


def test_the_context_is_that_of_the_first_gold_whose_tags_survive() -> None:
    fake = Fake(lambda text: text.replace("<a>", "").upper() if "<a>O" in text else by_tag(text))
    (translated,) = kept(Translate(translator=fake), asked("Oslo", "Rex"))
    assert translated.context == "The king of Norway lives in Oslo. HIS DOG IS CALLED REX. He died in 1905."
    assert translated.answers == (Answer("REX", 52),)


def test_a_context_about_tags_keeps_its_own() -> None:
    context = "Write <a>x</a> in HTML. The tag is short. It is old."
    (translated,) = kept(Translate(translator=Fake()), asked("short", context=context))
    assert translated.context == context.upper()
    assert translated.answers == (Answer("SHORT", 35),)


def test_texts_are_handed_over_in_one_call_and_once() -> None:
    fake = Fake()
    translate = Translate(translator=fake)
    applied(translate, asked("Oslo"), asked("Rex", id="q2"), asked("Oslo", id="q3", question="Why? Who?"))
    assert [sorted(call) for call in fake.calls] == [
        [
            *("He died in 1905.", "His dog is called <a>Rex</a>.", "His dog is called Rex."),
            *("The king of Norway lives in <a>Oslo</a>.", "The king of Norway lives in Oslo."),
            *("Where is he?", "Who?", "Why?"),
        ]
    ]
    whole = Fake()
    applied(Translate(translator=whole, by_sentence=False, recovery="fuzzy"), asked("Oslo"), asked("Rex", id="q2"))
    assert [sorted(call) for call in whole.calls] == [["Oslo", "Rex", CONTEXT, "Where is he?"]]


def test_no_sentence_ends_within_an_answer() -> None:
    fake = Fake()
    (translated,) = kept(Translate(translator=fake, part="context"), asked("Oslo. His dog"))
    assert fake.calls == [["The king of Norway lives in <a>Oslo. His dog</a> is called Rex.", "He died in 1905."]]
    assert translated.answers == (Answer("OSLO. HIS DOG", 28),)


def test_an_example_that_was_not_prepared_is_translated_when_it_comes() -> None:
    transform, example = Translate(translator=Fake()), asked("Oslo")
    prepared = applied(Translate(translator=Fake()), example)
    assert [transform(example, paragraph_rng(0, CONTEXT))] == prepared


def test_outer_blanks_are_no_part_of_answers_and_blank_answers_are_lost() -> None:
    blank = replace(asked(), answers=(Answer(" ", 3), Answer(" Oslo", 27)))
    for recovery in METHODS:
        transform = Translate(translator=Fake(), recovery=recovery)
        assert kept(transform, blank)[0].answers == (Answer("OSLO", 28),)
        assert transform.counts["answers lost: blank answer"] == 1
        assert applied(transform, replace(blank, answers=blank.answers[:1])) == [
            Dropped("q1", "answer lost: blank answer")
        ]


def test_examples_without_answers_stay_without() -> None:
    for recovery in METHODS:
        (translated,) = kept(Translate(translator=Fake(), recovery=recovery), asked())
        assert (translated.context, translated.answers) == (CONTEXT.upper(), ())


def noisy(text: str) -> str:
    """Loses and spoils tags and words, by the text alone."""
    chance = zlib.crc32(text.encode()) % 4
    return [text, text.replace("</a>", ""), text.replace("<a>", "").replace("</a>", ""), text[: 2 * len(text) // 3]][
        chance
    ] or text


@pytest.mark.parametrize("recovery", ["fuzzy", "simple_match", "best"])
def test_of_several_places_the_one_near_the_old_is_taken(recovery: Any) -> None:
    context = "Rex one. Rex two. Rex three."
    examples = [replace(asked("Rex", context=context), answers=(Answer("Rex", start),)) for start in (0, 9, 18)]
    found = kept(Translate(translator=Fake(), recovery=recovery), *examples)
    assert [each.answers[0].start for each in found] == [0, 9, 18]


@pytest.mark.parametrize(
    ("answer", "whole_words", "found"),
    [
        ("art", False, Answer("art", 1)),
        ("art", True, Answer("art", 12)),
        ("arz", False, Answer("ar", 1)),
        ("arz", True, Answer("art", 12)),
    ],
)
def test_of_equally_near_places_whole_words_come_first_where_they_are_asked_for(
    answer: str, whole_words: bool, found: Answer
) -> None:
    """An answer without edits, and one that is noise."""
    options: dict[str, Any] = {"recovery": "fuzzy", "whole_words": whole_words}
    fake = Fake(lambda text: answer if text == "art" else text)
    transform = Translate(translator=fake, max_edit_share=0.0, keep_noise=True, **options)
    assert kept(transform, asked("art", context="particle or art"))[0].answers == (found,)
    assert transform.counts["answers that cut a word"] == (not whole_words)


def test_the_best_method_uses_tags_where_the_answer_alone_is_translated_otherwise() -> None:
    transform = Translate(translator=Fake(lambda text: "Hauptstadt" if text == "Oslo" else text), recovery="best")
    (translated,) = kept(transform, asked("Oslo"))
    assert translated.answers == (Answer("Oslo", 28),) and transform.counts["answers found by tags"] == 1


@pytest.mark.parametrize("recovery", METHODS)
@settings(max_examples=40)
@given(data=st.data())
def test_outcome_and_counts_are_the_same_in_any_order_and_chunks(recovery: Any, data: st.DataObject) -> None:
    drawn = data.draw(st.lists(examples("en"), min_size=2, max_size=6))
    asked = [replace(each, id=f"q{place}") for place, each in enumerate(drawn)]
    asked += [replace(asked[0], id="again", question="Who?")]
    order = data.draw(st.permutations(range(len(asked))))
    whole, other = (Translate(translator=Fake(noisy), recovery=recovery) for _ in range(2))
    outcomes = applied(whole, *asked)
    others = applied(other, *(asked[place] for place in order), chunk=data.draw(st.integers(1, 3)))
    assert others == [outcomes[place] for place in order]
    assert +whole.counts == +other.counts
    for outcome in outcomes:
        if isinstance(outcome, Example):
            assert outcome.answers and all(each.text.strip() for each in outcome.answers)


def test_counts_add_up_over_processes_and_give_the_shares() -> None:
    halves = [Translate(translator=Fake(by_tag)) for _ in range(2)]
    applied(halves[0], asked("Oslo", "Rex"))
    applied(halves[1], asked("Rex", id="q2"), asked("slo", id="q3"))
    total = sum((each.counts for each in halves), Counter())
    assert halves[0].report(total) == {
        "answers found by tags": 3,
        "answers with edits: 0": 3,
        "answers that cut a word": 1,
        "answers lost: tagged text not in the context": 1,
        "examples that lost some answers": 1,
        "recovered share": 0.75,
        "word-cutting share": 1 / 3,
    }
    assert halves[0].report({}) == {}


@pytest.mark.parametrize("recovery", ["fuzzy", "best"])
def test_answers_beyond_the_limit_are_dropped_or_kept_as_noise(recovery: Any) -> None:
    fake = Fake(lambda text: "Hauptstadt" if text == "Oslo" else damaged("", "")(text))
    lost = "no similar span" if recovery == "best" else "beyond the limit of edits"
    transform = Translate(translator=fake, recovery=recovery, max_edit_share=0.5)
    (outcome,) = applied(transform, asked("Oslo"))
    assert isinstance(outcome, Dropped) and outcome.reason.endswith(lost)
    noise = Translate(translator=fake, recovery=recovery, max_edit_share=0.5, keep_noise=True)
    (translated,) = kept(noise, asked("Oslo"))
    assert len(translated.answers) == 1 and noise.counts["answers found by noise"] == 1


@pytest.mark.parametrize("by_sentence", [True, False])
def test_a_translator_that_gives_another_number_is_named_with_the_examples(by_sentence: bool) -> None:
    transform = Translate(translator=Forgetful(), by_sentence=by_sentence)
    message = (
        r"7 of 7 examples \('0', '1', '2', '3', '4', \.\.\.\) cannot be translated: `translations` of fake must be"
    )
    with pytest.raises(TranslationError, match=message):
        transform.prepare([asked("Oslo", id=str(place), question=f"Q{place}?") for place in range(7)])


@pytest.mark.parametrize("by_sentence", [True, False])
def test_a_blank_translation_is_named_with_its_examples(by_sentence: bool, tmp_path: Path) -> None:
    cached = CachedTranslator(Fake(lambda text: " " if "Who" in text else text), tmp_path / "cache.sqlite")
    transform = Translate(translator=cached, by_sentence=by_sentence)
    message = r"1 of 2 examples \('q2'\) cannot be translated: .* must not be blank.* first that of 'Who\?'"
    with pytest.raises(TranslationError, match=message) as caught:
        transform.prepare([asked("Oslo"), asked("Oslo", id="q2", question="Who?")])
    assert caught.value.texts == ("Who?",)


def test_an_error_without_its_texts_names_all_examples() -> None:
    def refuse(text: str) -> str:
        raise TranslationError("no memory")

    with pytest.raises(TranslationError, match=r"2 of 2 examples \('q1', 'q2'\) cannot be translated: no memory"):
        Translate(translator=Fake(refuse)).prepare([asked("Oslo"), asked("Rex", id="q2")])


@pytest.mark.parametrize("part", ["context", "question"])
def test_examples_of_another_language_are_refused(part: Any) -> None:
    example = replace(asked("Oslo"), **{f"{part}_language": "ko"})
    message = f"`{part}_language` of example 'q1' must be en, but is ko instead"
    with pytest.raises(ValueError, match=message):
        Translate(translator=Fake(), part=part).prepare([example])
    (other,) = ({"context", "question"} - {part},)
    kept(Translate(translator=Fake(source="en-GB"), part=min(other)), example)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"part": "answer"}, "`part` must be one of context, question, both, but is 'answer' instead"),
        ({"recovery": "luck"}, "`recovery` must be one of tags, fuzzy, .*given, but is 'luck' instead"),
        ({"recovery": "given"}, "`recovery` must be one of tags, fuzzy, simple_match, best with fake, but is 'given'"),
        ({"keep_noise": True}, "`recovery` must be fuzzy or best where noise is kept, but is 'tags' instead"),
        ({"whole_words": True}, "`recovery` must be fuzzy with `whole_words`, but is 'tags' instead"),
        ({"max_edit_share": 2.0}, r"`max_edit_share` must be in \[0, 1\], but is 2.0 instead"),
    ],
)
def test_arguments_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Translate(translator=Fake(), **options)


@pytest.fixture
def bridges(tmp_path: Path) -> tuple[ParallelFiles, list[Example]]:
    """English and Korean bridges, of which the last is not in Korean; one of the others has lost an answer."""
    korean = [article(number, "ko") for number in range(2)]
    korean[1]["paragraphs"][0]["qas"][1]["answers"] = [{"text": "", "answer_start": "0"}]
    english = [article(number, "en") for number in range(3)]
    english[0]["paragraphs"][0]["qas"][0]["answers"].append(gold(english[0]["paragraphs"][0]["context"], "Dresden"))
    for name, articles in (("en", english), ("ko", korean)):
        (tmp_path / f"{name}.json").write_text(json.dumps({"data": articles}), "utf-8")
    translator = ParallelFiles(tmp_path / "en.json", tmp_path / "ko.json", "en", "ko")
    return translator, list(read_examples(tmp_path / "en.json", language="en", corpus="bridges"))


@pytest.mark.parametrize("recovery", ["given", "fuzzy", "simple_match", "best"])
def test_translations_that_exist_are_taken_by_id(recovery: Any, bridges: Any, tmp_path: Path) -> None:
    files, english = bridges
    transform = Translate(translator=CachedTranslator(files, tmp_path / "cache.sqlite"), recovery=recovery)
    outcomes = applied(transform, *english)
    assert outcomes[0] == replace(
        english[0],
        context="오래된 다리는 드레스덴에 있다. 1800년에 열렸다.",
        question="다리는 어디에 있는가?",
        answers=(Answer("드레스덴", 8),),
        context_language="ko",
        question_language="ko",
    )
    assert isinstance(outcomes[1], Example) and outcomes[1].answers == (Answer("1800", 18),)
    assert outcomes[3] == Dropped("1-when", "answer lost: not in the translated corpus")
    assert outcomes[4:] == [Dropped(id, "not in the translated corpus") for id in ("2-where", "2-when")]
    assert transform.counts["answers lost: not in the translated corpus"] == 2
    assert transform.counts["examples that lost some answers"] == 1
    assert not (tmp_path / "cache.sqlite").exists()


@pytest.mark.parametrize(("part", "same"), [("question", "context"), ("context", "question")])
def test_one_part_of_translations_that_exist(part: Any, same: str, bridges: Any) -> None:
    files, english = bridges
    outcomes = applied(Translate(translator=files, part=part, recovery="given"), *english)
    assert isinstance(outcomes[0], Example)
    assert getattr(outcomes[0], same) == getattr(english[0], same)
    assert getattr(outcomes[0], f"{part}_language") == "ko" and getattr(outcomes[0], f"{same}_language") == "en"
    assert len(outcomes[0].answers) == (2 if part == "question" else 1)


def test_translations_that_exist_have_no_tags(bridges: Any) -> None:
    with pytest.raises(ValueError, match=r"one of fuzzy, simple_match, best, given with parallel_files:.*'tags' inst"):
        Translate(translator=bridges[0])


@pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names no folder of corpora")
@pytest.mark.parametrize(("language", "lost"), [("en", 144), ("fr", 275), ("ja", 62), ("ko", 95)])
def test_drcd_translated_by_its_files(language: str, lost: int) -> None:
    source = DATA / "drcd" / "DRCD_dev.json"
    files = ParallelFiles(source, DATA / "drcd_translated" / f"zh-tw_{language}_dev.json", "zh", language)
    asked = list(read_examples(source, language="zh", corpus="drcd"))
    given = applied(Translate(translator=files, recovery="given"), *asked)
    assert sum(isinstance(each, Dropped) for each in given) == lost
    found = applied(Translate(translator=files, recovery="fuzzy"), *asked)
    for one, other in zip(given, found, strict=True):
        if isinstance(one, Example) and isinstance(other, Example):
            assert (one.id, one.context, one.question) == (other.id, other.context, other.question)
            assert [each.text.strip() for each in one.answers] == [each.text for each in other.answers]
        else:
            assert one == other


@pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names no folder of corpora")
@pytest.mark.parametrize("recovery", ["tags", "fuzzy"])
def test_squad_word_by_word(recovery: Any) -> None:
    asked = list(read_examples(DATA / "squad" / "dev-v1.1.json", language="en", corpus="squad"))[:1500]
    lexicon = Lexicon(DATA / "dictionaries" / "en-zh.txt", "en", "zh")
    transform = Translate(translator=lexicon, recovery=recovery)
    assert all(isinstance(each, Example) for each in applied(transform, *asked))
    assert transform.report(transform.counts)["recovered share"] > 0.998
