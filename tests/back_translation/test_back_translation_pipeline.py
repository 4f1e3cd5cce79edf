from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from tiny_back_translation import Upper, WordReader, bridge, pipeline

from hf_xlqa.back_translation import BackTranslation
from hf_xlqa.schema import Example, Prediction
from hf_xlqa.translation.backend import TranslationError
from hf_xlqa.translation.cache import CachedTranslator
from hf_xlqa.translation.parallel_files import ParallelFiles


def test_answers_go_to_the_source_language_and_back_batch_by_batch() -> None:
    reader = WordReader()
    made = pipeline(reader=reader)
    found = list(made(map(bridge, range(4))))
    assert [each.example.id for each in found] == ["0", "1", "2", "3"]
    assert [(each.source_text, each.text) for each in found[:2]] == [("DRESDEN", "dresden"), ("BONN", "bonn")]
    assert reader.asked[1].context == "NR 1 IN BONN. DIE ALTE STEHT NOCH."
    assert reader.asked[1].question == "WO?"
    assert {each.context_language for each in reader.asked} == {"en"}
    assert not any(each.answers for each in reader.asked)
    assert made.translations == {"en": "de-en", "de": "en-de"}


def test_passages_are_translated_by_sentence_and_each_text_once() -> None:
    there, back = Upper("de", "en", str.upper), Upper("en", "de", str.lower)
    list(pipeline(there, back, batch_size=8)(bridge(number) for number in (0, 4, 4)))
    assert sorted(there.handed) == ["Die alte steht noch.", "Nr 0 in dresden.", "Nr 4 in dresden.", "wo?"]
    assert back.handed == ["DRESDEN"]


def test_what_cannot_be_answered_says_why_in_its_place() -> None:
    found = list(pipeline(reader=WordReader(3))([bridge(0), bridge(1, context=" \n"), bridge(2, context="kurz.")]))
    assert [each.fault for each in found] == ["", "blank context", "no answer in the source language"]
    assert [each.text for each in found] == ["dresden", "", ""]


def squad(path: Path, records: Sequence[tuple[str, str, str]]) -> Path:
    paragraphs = [
        {"context": context, "qas": [{"id": id_, "question": question, "answers": []}]}
        for id_, context, question in records
    ]
    path.write_text(json.dumps({"version": "1.1", "data": [{"title": "", "paragraphs": paragraphs}]}), "utf-8")
    return path


def files(folder: Path) -> ParallelFiles:
    """Translations of the first bridge alone, twice, with different texts for the same text."""
    here, there = bridge(0), "Number zero in DRESDEN."
    source = squad(folder / "de.json", [("0", here.context, "wo?"), ("8", here.context, "wo?")])
    return ParallelFiles(source, squad(folder / "en.json", [("0", there, "Where?"), ("8", there, "?")]), "de", "en")


@pytest.mark.parametrize("cached", [False, True])
def test_translations_of_files_are_taken_by_id(tmp_path: Path, cached: bool) -> None:
    given = files(tmp_path)
    reader = WordReader()
    translator = CachedTranslator(given, tmp_path / "cache") if cached else given
    found = list(pipeline(translator, reader=reader)([bridge(0), bridge(1)]))
    assert [each.question for each in reader.asked] == ["Where?"]
    assert [(each.text, each.fault) for each in found] == [("dresden", ""), ("", "no translation")]


def test_another_text_under_the_same_id_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TranslationError, match=r"`context` of '0' must be that of .*de\.json"):
        list(pipeline(files(tmp_path))([bridge(0, context="ganz anders")]))


def test_the_back_translator_must_lead_back() -> None:
    with pytest.raises(ValueError, match="`back_translator` must lead from en to de, .* but leads from de to en"):
        pipeline(back=Upper("de", "en", str.lower))
    pipeline(Upper("de-AT", "en-GB", str.upper), Upper("en", "de-CH", str.lower))


def test_a_batch_must_hold_an_example() -> None:
    with pytest.raises(ValueError, match="`batch_size` must be positive, but is 0 instead"):
        pipeline(batch_size=0)


def test_examples_must_be_in_the_language_of_the_translator() -> None:
    with pytest.raises(ValueError, match="`context_language` of example '0' must be fr, but is de instead"):
        list(pipeline(Upper("fr", "en", str.upper), Upper("en", "fr", str.lower))([bridge(0)]))


def out_of_memory(text: str) -> str:
    if "lima" in text.lower():
        raise RuntimeError("out of memory")
    return text.upper()


def test_a_translator_that_fails_midway_names_the_examples_and_keeps_the_others(tmp_path: Path) -> None:
    there = CachedTranslator(Upper("de", "en", out_of_memory), tmp_path / "cache", chunk_size=1)
    found = pipeline(there, batch_size=1)(map(bridge, range(4)))
    assert [next(found).text, next(found).text] == ["dresden", "bonn"]
    message = r"RuntimeError: out of memory at example '2', .* `CachedTranslator`"
    with pytest.raises(TranslationError, match=message) as error:
        next(found)
    assert isinstance(error.value.__cause__, RuntimeError)
    again = Upper("de", "en", str.upper)
    again.name = there.name
    cached = CachedTranslator(again, tmp_path / "cache")
    assert [each.text for each in pipeline(cached)(map(bridge, range(4)))][2] == "lima"
    assert not any("dresden" in text or "bonn" in text for text in again.handed)


def test_a_translator_that_fails_on_the_way_back_names_the_examples() -> None:
    message = r"fails at 3 \('0', '1', '2'\) of 3 examples instead: out of memory Leave them out"
    with pytest.raises(TranslationError, match=message) as error:
        list(pipeline(back=out_of_memory)([bridge(0), bridge(1), bridge(2)]))
    assert isinstance(error.value.__cause__, RuntimeError)
    with pytest.raises(TranslationError, match=r"fails at 1 \('1'\) of 3 examples instead: .*must not be") as error:
        list(pipeline(back=lambda text: text.replace("BONN", " "))(map(bridge, range(4))))
    assert error.value.texts == ("BONN",)
    with pytest.raises(TranslationError, match=r"1 of 3 examples \('1'\) cannot be translated: .*must not be blank"):
        list(pipeline(lambda text: "" if "bonn" in text else text.upper())(map(bridge, range(4))))


class Forgetful(WordReader):
    def answer(self, examples: Sequence[Example]) -> list[Prediction]:
        return super().answer(examples)[1:]


class Shuffled(WordReader):
    def answer(self, examples: Sequence[Example]) -> list[Prediction]:
        return super().answer(examples)[::-1]


def test_a_reader_must_answer_each_example_in_its_place() -> None:
    with pytest.raises(
        ValueError, match="`reader` must answer each example in its place, but answers '2' in the place"
    ):
        list(pipeline(reader=Shuffled())(map(bridge, range(3))))
    with pytest.raises(ValueError, match="but answers 0 of 1 instead"):
        list(pipeline(reader=Forgetful())([bridge(0)]))


def test_nothing_is_asked_where_there_is_nothing_to_answer() -> None:
    assert list(pipeline()([])) == []
    reader = WordReader()
    there = BackTranslation(Upper("de", "en", str.upper), reader, Upper("en", "de", str.lower))
    assert [each.fault for each in there([bridge(0, context="")])] == ["blank context"]
    assert not reader.asked
