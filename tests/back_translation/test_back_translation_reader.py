from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from tiny_back_translation import Upper, WordReader, bridge, pipeline
from tiny_qa import tiny_features

from hf_xlqa.back_translation import BackTranslatedPrediction, BackTranslationReader
from hf_xlqa.back_translation.reader import matched, question_of
from hf_xlqa.evaluation import EvaluationSet
from hf_xlqa.schema import Prediction, Span
from hf_xlqa.translation.backend import TranslationError
from hf_xlqa.translation.parallel_files import ParallelFiles

EXAMPLES = [bridge(number) for number in range(4)]


def backwards(text: str) -> str:
    """A back translation that is no span: the letters of the town the other way round."""
    return text.lower()[::-1]


def test_without_a_method_the_answer_is_the_translation_without_a_span() -> None:
    found = BackTranslationReader(pipeline(back=backwards), method="none").answer(EXAMPLES)
    assert [each.text for each in found] == ["nedserd", "nnob", "amil", "olso"]
    assert not any(each.spans for each in found)
    first = found[0]
    assert (first.source_text, first.translated) == ("DRESDEN", "nedserd")
    assert (first.method, first.translations) == ("none", {"en": "de-en", "de": "en-de"})


def test_simple_match_answers_with_a_span_of_the_passage() -> None:
    found = BackTranslationReader(pipeline(back=backwards)).answer(EXAMPLES)
    assert [each.text for each in found] == ["dresden", "bonn", "lima", "oslo"]
    for each, example in zip(found, EXAMPLES, strict=True):
        (span,) = each.spans
        assert example.context[span.start : span.end] == span.text == each.text
        assert span.score == 1.0


def test_of_equal_windows_it_is_the_one_nearest_to_the_source_answer() -> None:
    example = bridge(0, context="bonn oder bonn oder bonn.")
    for word, start in ((0, 0), (2, 10), (4, 20)):
        (found,) = BackTranslationReader(pipeline(reader=WordReader(word))).answer([example])
        assert (found.text, found.spans[0].start) == ("bonn", start)
    assert matched(example.context, "bonn").start == 0


@pytest.mark.parametrize(
    ("context", "answer", "position", "expected"),
    [
        (" \nnr 0 in dresden.", "ЖЖЖЖ", None, Span("nr 0", 2, 6, 0.0)),
        (" \nnr 0 in dresden.", "ЖЖЖЖ", 0.5, Span("dres", 10, 14, 0.0)),
        (" \nnr 0 in dresden.", "ЖЖЖЖ", 1.0, Span("den.", 14, 18, 0.0)),
        ("a b c d", "ЖЖЖЖ", None, Span("a b", 0, 3, 0.0)),
        ("a b c d", "ЖЖЖ", 0.2, Span("b c", 2, 5, 0.0)),
        ("a      b", "Ж", 0.3, Span("b", 7, 8, 0.0)),
        (" ab ", "ЖЖЖЖ", 0.5, Span("ab", 1, 3, 0.0)),
    ],
)
def test_an_answer_without_a_character_of_the_passage_is_a_window_all_the_same(
    context: str, answer: str, position: float | None, expected: Span
) -> None:
    assert matched(context, answer, position) == expected
    assert context[expected.start : expected.end] == expected.text
    reader = BackTranslationReader(pipeline(back=lambda text: answer, reader=WordReader(0)))
    (span,) = reader.answer([bridge(0, context=context)])[0].spans
    assert context[span.start : span.end] == span.text != ""


@pytest.mark.parametrize(("kind", "question"), [("aligner", "nedserd"), ("verifier", "nedserd # wo?")])
def test_a_model_is_asked_for_the_translated_answer_in_the_passage(kind: Any, question: str) -> None:
    finder = WordReader(word=5)
    found = BackTranslationReader(pipeline(back=backwards), method=kind, finder=finder).answer(EXAMPLES)
    assert finder.asked[0].question == question == question_of(kind, "nedserd", "wo?")
    assert [each.context for each in finder.asked] == [each.context for each in EXAMPLES]
    assert [each.text for each in found] == ["alte"] * 4
    assert found[0].null_score == 0.5


@pytest.mark.parametrize("method", ["none", "simple_match", "aligner"])
def test_what_has_no_answer_is_empty_in_its_place_and_says_why(method: Any) -> None:
    finder = WordReader() if method == "aligner" else None
    made = BackTranslationReader(pipeline(), method=method, finder=finder)
    found = made.answer([bridge(0, context=" "), bridge(1), bridge(2, context="kurz.")])
    assert [(each.id, each.text) for each in found] == [("0", ""), ("1", "bonn"), ("2", "")]
    faults = [each.fault for each in found]
    assert faults == ["blank context", "", "no answer in the source language"]


def test_the_evaluator_scores_and_writes_the_predictions(tmp_path: Path) -> None:
    evaluated = EvaluationSet("bridges/de", EXAMPLES, tiny_features(EXAMPLES), language="de", metric="universal")
    for method, exact_match in (("none", 0.0), ("simple_match", 100.0)):
        reader = BackTranslationReader(pipeline(back=backwards), method=cast(Any, method))
        predictions = reader.answer(EXAMPLES)
        assert evaluated.score(predictions).exact_match == exact_match
        evaluated.write(predictions, tmp_path)
        texts = json.loads((tmp_path / "predictions_bridges_de.json").read_text("utf-8"))
        assert texts["0"] == ("nedserd" if method == "none" else "dresden")


def test_an_example_without_a_translation_is_named(tmp_path: Path) -> None:
    for language in ("de", "en"):
        gold = {"text": "dresden", "answer_start": EXAMPLES[0].context.index("dresden")}
        paragraph = {"context": EXAMPLES[0].context, "qas": [{"id": "0", "question": "wo?", "answers": [gold]}]}
        content = {"version": "1.1", "data": [{"title": "", "paragraphs": [paragraph]}]}
        (tmp_path / f"{language}.json").write_text(json.dumps(content), "utf-8")
    files = ParallelFiles(tmp_path / "de.json", tmp_path / "en.json", "de", "en")
    reader = BackTranslationReader(pipeline(files, Upper("en", "de", str.lower)))
    with pytest.raises(
        TranslationError, match=r"but 2 \('1', '2'\) of 3 have none in parallel_files:.* leave them out"
    ):
        reader.answer(EXAMPLES[:3])
    assert [each.text for each in reader.answer(EXAMPLES[:1])] == ["dresden"]


def test_called_with_one_question_it_gives_a_reading() -> None:
    reader = BackTranslationReader(pipeline(back=backwards))
    reading = reader("wo?", EXAMPLES[0].context)
    assert (reading.text, reading.answers[0].start) == ("dresden", 8)
    assert reading.translations == {"en": "de-en", "de": "en-de"}
    with pytest.raises(
        ValueError, match="`method` must be simple_match, aligner or verifier to find places .* `answer`"
    ):
        BackTranslationReader(pipeline(), method="none")("wo?", EXAMPLES[0].context)


def test_an_unknown_method_lists_the_valid_ones() -> None:
    with pytest.raises(
        ValueError, match="`method` must be one of none, simple_match, aligner, verifier, but is 'fuzzy'"
    ):
        BackTranslationReader(pipeline(), method=cast(Any, "fuzzy"))


def test_a_finder_is_given_where_it_is_needed_and_nowhere_else() -> None:
    with pytest.raises(ValueError, match="`finder` must be given where `method` is verifier, but is None instead"):
        BackTranslationReader(pipeline(), method="verifier")
    with pytest.raises(ValueError, match="`finder` must be None where `method` is simple_match, but is .*WordReader"):
        BackTranslationReader(pipeline(), method="simple_match", finder=WordReader())


def test_predictions_of_this_kind_are_predictions() -> None:
    plain = BackTranslatedPrediction("0", (), translated="bonn")
    assert isinstance(plain, Prediction)
    assert plain.text == "bonn"
    assert BackTranslatedPrediction("0", (), translated="bonn", method="aligner").text == ""
