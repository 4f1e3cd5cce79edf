"""Records refuse what contradicts itself."""

import pytest

from hf_xlqa.schema import Answer, Example, ParallelExample, Prediction, SchemaError, Span


def example(context="Die Elbe fließt.", *, answers=(), language="de", parallel_id="1", identifier="1.de"):
    return Example(identifier, parallel_id, "", context, "Was fließt?", answers, language, language, "toy")


def test_offsets_are_code_points():
    context = "𠮷野家は1899年に開業した。"
    answer = Answer("1899年", context.index("1899年"))
    assert example(context, answers=(answer,)).answers[0].end == 9


def test_an_answer_must_stand_at_its_offset():
    with pytest.raises(
        SchemaError, match="`answers` of example '1.de' .* at offset 3 there is ' Elb' instead of 'Elbe'"
    ):
        example(answers=(Answer("Elbe", 3),))


def test_answers_are_never_empty_or_before_the_text():
    with pytest.raises(SchemaError, match="`text` of an answer must not be empty, but is empty at offset 0"):
        Answer("", 0)
    with pytest.raises(SchemaError, match="`start` of an answer must be 0 or more, but is -1 for 'Elbe'"):
        Answer("Elbe", -1)


def test_ids_are_strings():
    with pytest.raises(SchemaError, match="`id` must be a string, but is 7 instead"):
        example(identifier=7)


def test_translations_share_the_parallel_id_and_are_filed_under_their_language():
    pivot, german = example(language="en"), example()
    assert list(ParallelExample(pivot, {"de": german})) == [pivot, german]
    with pytest.raises(SchemaError, match=r"`translations\['de'\]` must have the pivot's parallel_id '1', but has '2'"):
        ParallelExample(pivot, {"de": example(parallel_id="2")})
    with pytest.raises(SchemaError, match=r"`translations\['zh'\]` of '1.de' must be in that language, but is in 'de'"):
        ParallelExample(pivot, {"zh": german})


def test_the_text_of_a_prediction_is_its_best_span():
    spans = (Span("Elbe", 4, 8, 2.0), Span("Die", 0, 3, 1.0))
    assert Prediction("1", spans).text == "Elbe"
    assert Prediction("1", ()).text == ""
