"""Translations taken from two files by id and by text."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_corpora import article

from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.schema import Answer, Example
from hf_xlqa.translation import make_translator
from hf_xlqa.translation.backend import TranslationError
from hf_xlqa.translation.parallel_files import ParallelFiles

DATA = Path(os.environ.get("XLQA_DATA", ""))


def write(path: Path, articles: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps({"version": "1.1", "data": articles}, ensure_ascii=False), "utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    english = [article(number, "en") for number in range(3)]
    korean = [article(number, "ko") for number in (2, 1)]
    return write(tmp_path / "en.json", english), write(tmp_path / "ko.json", korean)


def question(articles: list[dict[str, Any]], number: int, place: int) -> dict[str, Any]:
    found: dict[str, Any] = articles[number]["paragraphs"][0]["qas"][place]
    return found


def english(path: Path) -> dict[str, Example]:
    return {each.id: each for each in read_examples(path, language="en", corpus="bridges")}


def test_texts_have_the_translations_of_their_ids(files: tuple[Path, Path]) -> None:
    translator = ParallelFiles(*files, "en", "ko")
    texts = ["The old bridge stands in Bonn. It was opened to the public in 1801.", " ", "When was the bridge opened?"]
    expected = ["오래된 다리는 본에 있다. 1801년에 열렸다.", " ", "다리는 언제 열렸는가?"]
    assert translator.translate(texts) == expected
    assert translator.translate(texts[::-1]) == expected[::-1]
    assert translator.pairing.paired == 4
    assert translator.pairing.missing == {"ko": ["0-where", "0-when"]}


def test_an_example_has_its_counterpart_with_the_golds_of_its_file(files: tuple[Path, Path]) -> None:
    translator = ParallelFiles(*files, "en", "ko")
    examples = english(files[0])
    counterpart = translator.counterpart(replace(examples["1-where"], question=" Where is the bridge? "))
    assert counterpart is not None
    assert counterpart.answers == (Answer("본", 8),)
    assert counterpart.question == "다리는 어디에 있는가?"
    assert translator.counterpart(examples["0-where"]) is None


@pytest.mark.parametrize("part", ["context", "question"])
def test_an_example_of_another_corpus_with_the_same_id_is_refused(files: tuple[Path, Path], part: str) -> None:
    other = replace(english(files[0])["1-where"], answers=(), **{part: "Who?"})
    message = rf"`{part}` of '1-where' must be that of .*en\.json, '(The old|Where is).*, but is 'Who\?' instead\."
    with pytest.raises(TranslationError, match=message) as caught:
        ParallelFiles(*files, "en", "ko").counterpart(other)
    assert caught.value.texts == ("Who?",)


def test_texts_that_are_not_in_the_file_are_named(files: tuple[Path, Path]) -> None:
    message = r"`texts` must be contexts or questions of .*en\.json, but 2 of 3 are not instead, first 'Who\?'\."
    with pytest.raises(TranslationError, match=message) as caught:
        ParallelFiles(*files, "en", "ko").translate(["Where is the bridge?", "Who?", "Why?", "Who?"])
    assert caught.value.texts == ("Who?", "Why?")


def test_a_text_with_several_translations_is_refused_by_text_and_kept_apart_by_id(tmp_path: Path) -> None:
    korean = [article(number, "ko") for number in range(2)]
    question(korean, 1, 0)["question"] = "이 다리는 어디에 있는가?"
    source = write(tmp_path / "en.json", [article(number, "en") for number in range(2)])
    translator = ParallelFiles(source, write(tmp_path / "ko.json", korean), "en", "ko")
    assert translator.ambiguous == {"Where is the bridge?": ["0-where", "1-where"]}
    message = (
        r"1 of 2 have several instead, first 'Where is the bridge\?', another in '0-where' than in '1-where'; take"
    )
    with pytest.raises(TranslationError, match=message) as caught:
        translator.translate(["Where is the bridge?", "When was the bridge opened?"])
    assert caught.value.texts == ("Where is the bridge?",)
    counterparts = [translator.counterpart(english(source)[id]) for id in ("0-where", "1-where")]
    assert [each and each.question for each in counterparts] == ["다리는 어디에 있는가?", "이 다리는 어디에 있는가?"]


def test_blanked_golds_are_left_out_and_named(tmp_path: Path) -> None:
    korean = [article(0, "ko")]
    question(korean, 0, 0)["answers"] = [{"text": "", "answer_start": "0"}]
    question(korean, 0, 1)["answers"][0]["answer_start"] = str(question(korean, 0, 1)["answers"][0]["answer_start"])
    source = write(tmp_path / "en.json", [article(0, "en")])
    translator = ParallelFiles(source, write(tmp_path / "ko.json", korean), "en", "ko")
    golds = {id: translator.counterpart(example) for id, example in english(source).items()}
    assert {id: each and each.answers for id, each in golds.items()} == {
        "0-where": (),
        "0-when": (Answer("1800", 18),),
    }
    assert translator.pairing.readings["ko"].dropped_answers == {"empty_gold": ["0-where"]}


def test_a_line_names_the_files_and_their_contents_the_translator(files: tuple[Path, Path]) -> None:
    line = f"parallel_files:{files[0]},{files[1]}"
    first = make_translator(line, "en", "ko")
    assert (first.source_language, first.target_language) == ("en", "ko")
    assert first.translate(["Where is the bridge?"]) == ["다리는 어디에 있는가?"]
    files[1].write_text(files[1].read_text("utf-8").replace("다리", "그 다리"), "utf-8")
    second = make_translator(line, "en", "ko")
    assert first.name.startswith("parallel_files:") and first.name != second.name
    assert second.name == make_translator(line, "en", "ko").name


@pytest.mark.parametrize("argument", ["en.json", "en.json,", ",ko.json", "en.json,ko.json,ja.json"])
def test_a_line_must_have_two_files(argument: str) -> None:
    with pytest.raises(ValueError, match=r"must be SOURCE\.json,TARGET\.json, but is '.*' instead"):
        make_translator(f"parallel_files:{argument}", "en", "ko")


def test_files_without_a_common_id_are_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "en.json", [article(0, "en")])
    target = write(tmp_path / "ko.json", [article(1, "ko")])
    with pytest.raises(ValueError, match=r"`target` must share ids with .*en\.json, but .*ko\.json shares none"):
        ParallelFiles(source, target, "en", "ko")


@pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names no folder of corpora")
def test_drcd_by_text_is_drcd_by_id() -> None:
    source, target = DATA / "drcd" / "DRCD_dev.json", DATA / "drcd_translated" / "zh-tw_en_dev.json"
    translator = ParallelFiles(source, target, "zh", "en")
    examples = list(read_examples(source, language="zh", corpus="drcd"))
    counterparts = [each for example in examples if (each := translator.counterpart(example))]
    assert len(counterparts) == 3524 and not translator.ambiguous
    assert translator.translate([each.context for each in examples]) == [each.context for each in counterparts]
    assert translator.translate([each.question for each in examples]) == [each.question for each in counterparts]
    assert sum(not each.answers for each in counterparts) == 144
    assert len(translator.pairing.readings["en"].dropped_answers["empty_gold"]) == 403


@pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names no folder of corpora")
def test_mlqa_has_contexts_that_the_id_alone_tells_apart() -> None:
    folder = DATA / "mlqa"
    files = (folder / f"dev-context-{each}-question-{each}.json" for each in ("en", "de"))
    translator = ParallelFiles(*files, "en", "de")
    assert len(translator.ambiguous) == 18 and translator.pairing.paired == 512
