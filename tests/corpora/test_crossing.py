"""Crossed corpora: whose context, whose question, and what does not pair."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hf_xlqa.corpora.crossing import cell_name, cross
from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.schema import Answer, Example


def example(language: str, number: str, **changes: str) -> Example:
    context = f"{language} context {number}"
    texts = {
        "id": f"{language}-{number}",
        "parallel_id": number,
        "question": f"{language} question {number}",
        "context_language": language,
        "question_language": language,
        **changes,
    }
    return Example(title="", context=context, answers=(Answer(context[:2], 0),), corpus="toy", **texts)


def examples(language: str, numbers: str) -> list[Example]:
    return [example(language, number) for number in numbers]


def test_a_cell_has_the_context_of_one_language_and_the_question_of_the_other() -> None:
    crossing = cross({language: examples(language, "12") for language in ("en", "de", "zh")})
    assert list(crossing) == [(context, asked) for context in ("en", "de", "zh") for asked in ("en", "de", "zh")]
    first, second = crossing["de", "zh"]
    assert (first.id, first.parallel_id, first.context, first.question) == (
        "de-1",
        "1",
        "de context 1",
        "zh question 1",
    )
    assert (first.context_language, first.question_language) == ("de", "zh")
    assert [answer.text for answer in first.answers] == ["de"]
    assert (second.id, second.question) == ("de-2", "zh question 2")
    assert crossing["zh", "zh"] == examples("zh", "12")
    assert crossing.report.lines() == ["2 questions in every language"]


def test_counterparts_are_found_in_any_order_of_the_files() -> None:
    crossing = cross({"en": examples("en", "123"), "de": examples("de", "312")})
    assert [each.question for each in crossing["en", "de"]] == [f"de question {number}" for number in "123"]
    assert [each.id for each in crossing["de", "en"]] == ["de-3", "de-1", "de-2"]


def test_what_has_no_counterpart_is_left_out_of_the_cells_that_need_it_and_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    crossing = cross({"en": examples("en", "1234"), "de": examples("de", "235"), "zh": examples("zh", "1234")})
    sizes = {pair: len(cell) for pair, cell in crossing.items()}
    assert sizes["en", "en"] == sizes["en", "zh"] == 4
    assert sizes["en", "de"] == sizes["de", "en"] == sizes["zh", "de"] == 2
    assert sizes["de", "de"] == 3
    assert crossing.report.whole == 2
    assert crossing.report.missing == {"en": ("5",), "de": ("1", "4"), "zh": ("5",)}
    assert "missing in de: 2 (1, 4)" in caplog.text


def test_many_missing_ids_are_counted_and_the_first_are_shown() -> None:
    report = cross({"en": examples("en", "12345"), "de": examples("de", "5")}).report
    assert report.lines() == ["1 questions in every language", "missing in de: 4 (1, 2, 3, ...)"]


def test_cells_are_named_by_both_languages_on_the_diagonal_too() -> None:
    assert cell_name("xquad", "de", "en") == "xquad/de.en"
    assert cell_name("xquad", "de", "de") == "xquad/de"


@pytest.mark.parametrize(
    ("languages", "message"),
    [
        ({"en": examples("en", "1")}, "must hold two languages or more, but hold .'en'. instead"),
        ({"en": examples("en", "1"), "de": []}, r"`languages\['de'\]` must hold examples, but holds none"),
        ({"en": examples("en", "1"), "de": examples("zh", "1")}, "example 'zh-1' is in zh.zh instead"),
        (
            {"en": examples("en", "1"), "de": [example("de", "1", question_language="en")]},
            "example 'de-1' is in de.en instead",
        ),
        ({"en": examples("en", "11"), "de": examples("de", "1")}, "'1' comes again in en, in example 'en-1'"),
        ({"en": examples("en", "1"), "de": examples("de", "2")}, "en and de share none instead: '1' in en, '2' in de"),
    ],
)
def test_what_cannot_be_crossed_is_refused(languages: dict[str, list[Example]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cross(languages)


@pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="needs real corpora")
def test_xquad_crosses_into_whole_cells() -> None:
    folder = Path(os.environ["XLQA_DATA"]) / "xquad"
    crossing = cross(
        {
            language: read_examples(
                folder / f"xquad.{language}.json", language=language, corpus="xquad", on_defect="repair"
            )
            for language in ("en", "de", "zh")
        }
    )
    assert {len(cell) for cell in crossing.values()} == {1190}
    for context, asked in zip(crossing["zh", "en"], crossing["en", "zh"], strict=True):
        assert context.id == asked.id
    assert crossing["zh", "en"][0].question == crossing["en", "en"][0].question
