"""What transforms that rewrite texts share: answers move, paragraphs are rewritten once, randomness is theirs."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from hf_xlqa.rewrite import Piece, Rewritten
from hf_xlqa.schema import Answer, Example
from hf_xlqa.text import units
from hf_xlqa.transforms.text_transform import TextTransform
from hf_xlqa.transforms.transform import Dropped, paragraph_rng

CONTEXT = "red fox and blue fox"


class Shuffle(TextTransform):
    """Words in random order, in upper case; "and" falls away."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rewritten: list[str] = []

    def rewrite(self, text: str, language: str, rng: Random) -> Rewritten:
        self.rewritten.append(text)
        words = [unit for unit in units(text) if unit.text != "and"]
        rng.shuffle(words)
        return Rewritten(text, [Piece(f"{word.text.upper()} ", word.start, word.end) for word in words])

    def changed_language(self, language: str) -> str:
        return f"{language}-x-upper"


def example(question: str = "which fox", start: int = 4, text: str = "fox") -> Example:
    return Example("q1", "q1", "", CONTEXT, question, (Answer(text, start),), "en", "en", "toy")


def apply(transform: TextTransform, *examples: Example, seed: int = 0) -> list[Example | Dropped]:
    return [transform(each, paragraph_rng(seed, each.context)) for each in examples]


def test_answers_and_languages_move_along() -> None:
    (changed,) = apply(Shuffle(), example())
    assert isinstance(changed, Example)
    assert sorted(changed.context.split()) == ["BLUE", "FOX", "FOX", "RED"]
    assert changed.answers[0].text == "FOX"
    assert (changed.context_language, changed.question_language) == ("en-x-upper", "en-x-upper")


@pytest.mark.parametrize(("part", "rewritten"), [("context", [CONTEXT]), ("question", ["which fox"])])
def test_only_the_part_that_is_named_changes(part: Any, rewritten: list[str]) -> None:
    transform = Shuffle(part=part)
    (changed,) = apply(transform, example())
    assert transform.rewritten == rewritten
    assert isinstance(changed, Example)
    assert (changed.context == CONTEXT) == (part == "question")
    assert (changed.question_language == "en") == (part == "context")


def test_a_paragraph_is_rewritten_once_for_all_its_questions() -> None:
    transform = Shuffle()
    changed = apply(transform, example("who"), example("why"), example("who else"))
    assert transform.rewritten.count(CONTEXT) == 1
    assert len({each.context for each in changed if isinstance(each, Example)}) == 1


def test_the_outcome_depends_on_the_seed_and_not_on_the_order() -> None:
    asked = [example(question) for question in ("a b c d e f", "g h i j k l")]
    forward, backward = apply(Shuffle(), *asked), apply(Shuffle(), *reversed(asked))
    assert forward == backward[::-1]
    assert {str(apply(Shuffle(), *asked, seed=seed)) for seed in range(5)} != {str(forward)}


def test_half_a_surrogate_pair_is_a_character_like_others() -> None:
    broken = replace(example("who \udc00"), context=CONTEXT + " \ud800")
    (changed,) = apply(Shuffle(), broken)
    assert isinstance(changed, Example) and changed.answers[0].text == "FOX"


@pytest.mark.parametrize(("part", "named"), [("context", "context"), ("question", "question"), ("both", "context")])
def test_a_transform_of_one_language_takes_it_in_any_script_and_no_other(part: Any, named: str) -> None:
    transform = Shuffle(part=part)
    transform.source = "en-GB"
    assert isinstance(apply(transform, example())[0], Example)
    transform.source = "ko"
    with pytest.raises(ValueError, match=f"`{named}_language` of example 'q1' must be ko, but is en instead"):
        apply(transform, example())
    if part != "both":
        kept = replace(example(), **{f"{named}_language": "ko"})
        assert isinstance(apply(transform, kept)[0], Example)


def test_split_answers_are_widened_or_dropped_and_counted() -> None:
    outcomes = {seed: apply(Shuffle(when_split="drop"), _both(), seed=seed)[0] for seed in range(40)}
    lost = [seed for seed, outcome in outcomes.items() if isinstance(outcome, Dropped)]
    assert 0 < len(lost) < 40
    transform = Shuffle()
    (widened,) = apply(transform, _both(), seed=lost[0])
    assert isinstance(widened, Example)
    assert {"RED", "FOX"} <= set(widened.answers[0].text.split())
    assert transform.counts["answers widened: words apart"] == 1
    assert outcomes[lost[0]] == Dropped("q1", "the words of an answer no longer stand together")


def test_answers_of_which_nothing_is_left_are_dropped_and_counted() -> None:
    transform = Shuffle()
    (outcome,) = apply(transform, example(start=8, text="and"))
    assert outcome == Dropped("q1", "an answer has nothing left")
    assert transform.report(transform.counts) == {"dropped: an answer has nothing left": 1}


@pytest.mark.parametrize(("name", "value"), [("part", "answer"), ("when_split", "keep")])
def test_parameters_are_checked(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` must be one of .* but is '{value}' instead"):
        Shuffle(**{name: value})


def _both() -> Example:
    return example(start=0, text="red fox")
