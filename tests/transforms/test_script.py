"""Chinese scripts converted with exact answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from many_scripts import examples

from hf_xlqa.schema import Answer, Example
from hf_xlqa.transforms.script import Conversion, Script
from hf_xlqa.transforms.transform import paragraph_rng


def converted(context: str, answer: str, conversion: Conversion, language: str = "zh") -> Example:
    example = Example(
        "q", "q", "", context, "谁？", (Answer(answer, context.index(answer)),), language, language, "toy"
    )
    changed = Script(conversion=conversion)(example, paragraph_rng(0, context))
    assert isinstance(changed, Example)
    return changed


@pytest.mark.parametrize(
    ("conversion", "context", "answer", "new_context", "new_answer"),
    [
        ("s2t", "头发的发展", "发", "頭髮的發展", "髮"),
        ("s2t", "头发的发展", "发展", "頭髮的發展", "發展"),
        ("t2s", "臺灣的國王", "國", "台湾的国王", "国"),
        ("s2twp", "他的软件和U盘很好", "很好", "他的軟體和隨身碟很好", "很好"),  # one character more
        ("s2twp", "他的软件和U盘很好", "软", "他的軟體和隨身碟很好", "軟"),
    ],
)
def test_answers_are_converted_in_place(
    conversion: Conversion, context: str, answer: str, new_context: str, new_answer: str
) -> None:
    changed = converted(context, answer, conversion)
    assert (changed.context, changed.answers[0].text) == (new_context, new_answer)


def test_questions_are_converted_too() -> None:
    assert converted("国王", "国王", "s2t").question == "誰？"


def test_converted_characters_are_counted() -> None:
    transform = Script(conversion="s2t", part="context")
    example = Example("q", "q", "", "国王很好", "谁？", (), "zh", "zh", "toy")
    transform(example, paragraph_rng(0, example.context))
    assert transform.counts["characters"] == 4
    assert transform.counts["characters converted"] == 1


def test_other_languages_and_conversions_are_refused() -> None:
    with pytest.raises(ValueError, match="`context_language` of example 'q' must be zh, but is ja instead"):
        converted("国王", "国", "s2t", language="ja")
    conversion: Conversion = "s2x"  # type: ignore[assignment]
    with pytest.raises(ValueError, match="`conversion` must be one of s2t, t2s, .*, but is 's2x' instead"):
        Script(conversion=conversion)


@given(examples("zh"))
def test_spans_keep_their_length_where_the_text_does(example: Example) -> None:
    changed = Script(conversion="s2t")(example, paragraph_rng(0, example.context))
    assert isinstance(changed, Example)
    assert len(changed.context) == len(example.context)
    for answer, original in zip(changed.answers, example.answers, strict=True):
        assert len(answer.text) == len(original.text.strip())
