"""Copies of examples: their order, ids and losses, the same whatever stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from hf_xlqa.building import pipeline
from hf_xlqa.building.pipeline import Change, changed
from hf_xlqa.schema import Answer, Example
from hf_xlqa.transforms.transform import Dropped, Transform


class Rolling(Transform):
    """Writes a random number before the question; drops every question on a paragraph that ends in "!"."""

    def __init__(self) -> None:
        super().__init__()
        self.prepared: list[int] = []

    def prepare(self, examples: Sequence[Example]) -> None:
        self.prepared.append(len(examples))

    def __call__(self, example: Example, rng: Random) -> Example | Dropped:
        if example.context.endswith("!"):
            return Dropped(example.id, "loud")
        question = f"{rng.randrange(1000)} {example.question}"
        return Example(
            example.id,
            example.parallel_id,
            "",
            example.context,
            question,
            example.answers,
            "en",
            "en",
            example.corpus,
        )


def asked(number: int, context: str = "A bridge.") -> Example:
    return Example(str(number), str(number), "", context, "Who?", (Answer("A", 0),), "en", "en", "toy")


def test_copies_stand_in_the_order_of_examples_then_of_variants_with_their_suffix():
    outcomes = list(changed([asked(0), asked(1, "A town!")], [Change(None, ""), Change(Rolling(), ".r")], 0))
    assert [outcome.id for outcome in outcomes] == ["0", "0.r", "1", "1.r"]
    assert outcomes[0] == asked(0)
    assert outcomes[1].parallel_id == "0"
    assert outcomes[3] == Dropped("1.r", "loud")


def test_batches_are_prepared_whole_and_change_nothing(monkeypatch):
    whole, cut = Rolling(), Rolling()
    examples = [asked(number, f"A bridge {number // 3}.") for number in range(10)]
    expected = list(changed(examples, [Change(whole, "")], 7))
    monkeypatch.setattr(pipeline, "CHUNK", 4)
    assert list(changed(examples, [Change(cut, "")], 7)) == expected
    assert (whole.prepared, cut.prepared) == ([10], [4, 4, 2])


@pytest.mark.parametrize("seed", [0, 1])
def test_outcomes_depend_on_seed_and_paragraph_alone(seed):
    examples = [asked(number, f"A bridge {number // 3}.") for number in range(9)]
    outcomes = {outcome.id: outcome for outcome in changed(examples, [Change(Rolling(), "")], seed)}
    backwards = changed(examples[::-1], [Change(Rolling(), "")], seed)
    assert outcomes == {outcome.id: outcome for outcome in backwards}
    rolled = [outcomes[str(number)].question for number in range(9)]
    assert len(set(rolled)) == 3
    other = {outcome.id: outcome for outcome in changed(examples, [Change(Rolling(), "")], seed + 1)}
    assert other != outcomes
