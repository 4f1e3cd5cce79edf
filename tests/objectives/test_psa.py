"""Produce the same answer: numbers by hand, targets by character, gradient to the translation only."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tiny_pairs import asked_everywhere, cut, pair_trainer
from tiny_qa import TOKENIZER, tiny_model, tiny_tokenizer, weights_of

from hf_xlqa.objectives.psa import ProduceSameAnswer
from hf_xlqa.paired_windows import PairCollator, pair_windows


def loss_of(start: torch.Tensor, end: torch.Tensor, batch: dict[str, Any]) -> tuple[torch.Tensor, float]:
    objective = ProduceSameAnswer()
    value = objective(torch.nn.Module(), batch, SimpleNamespace(start_logits=start, end_logits=end))
    return value, float(objective.logs()["outside"])


THREE = {  # [CLS] question [SEP] three context tokens; the translation has a question of two tokens
    "pivot_rows": torch.tensor([-1, 0]),
    "pivot_shifts": torch.tensor([0, 1]),
    "cls_index": torch.tensor([0, 0]),
    "answer_mask": torch.tensor([[True, False, False, True, True, True, False], [True] + 3 * [False] + 3 * [True]]),
    "input_ids": torch.zeros(2, 7),
}


def test_three_tokens_worked_out_by_hand() -> None:
    """The pivot says the second and third token; the translation says 1/4, 1/4, 1/4 and, of the end, 1/7, 1/7, 4/7.

    [CLS] has the rest, and the row of the pivot counts 0: (log 4 + log 7/4) / 2 / 2.
    """
    start, end = torch.zeros(2, 7), torch.zeros(2, 7)
    start[0, 4] = end[0, 5] = 2.0
    start[0, 1] = end[0, 6] = 9.0  # no answer may be there
    end[1, 6] = math.log(4)
    start, end = start.requires_grad_(), end.requires_grad_()
    value, outside = loss_of(start, end, THREE)
    assert value.item() == pytest.approx((math.log(4) + math.log(7 / 4)) / 4) and outside == 0
    value.backward()
    assert torch.equal(start.grad[0], torch.zeros(7)) and torch.equal(end.grad[0], torch.zeros(7))
    # Half of a half of softmax - target: at the target 1/4 - 1 and 4/7 - 1.
    assert start.grad[1].tolist() == pytest.approx([1 / 16, 0, 0, 0, 1 / 16, -3 / 16, 1 / 16])
    assert end.grad[1].tolist() == pytest.approx([1 / 28, 0, 0, 0, 1 / 28, 1 / 28, -3 / 28])


def test_no_answer_stays_no_answer_and_what_is_outside_is_skipped_and_counted() -> None:
    start, end = torch.zeros(2, 7), torch.zeros(2, 7)
    start[0, 0] = 3.0  # [CLS]
    end[0, 5] = 3.0
    batch = THREE | {"pivot_shifts": torch.tensor([0, 2])}  # the last token is beyond the window
    value, outside = loss_of(start, end, batch)
    assert float(value) == pytest.approx(math.log(4) / 4) and outside == 0.5
    alone = THREE | {"pivot_rows": torch.tensor([-1, -1])}
    assert loss_of(start, end, alone) == (0, 0)


@pytest.mark.parametrize("cls_at", [5, 6])
def test_a_cls_at_the_end_is_not_taken_for_the_context(cls_at: int) -> None:
    batch = THREE | {"cls_index": torch.tensor([6, cls_at]), "pivot_shifts": torch.tensor([0, cls_at - 5])}
    batch["answer_mask"] = torch.tensor([2 * [False] + 5 * [True], 2 * [False] + 5 * [True]])
    start = torch.zeros(2, 7)
    start[0, 5] = 1.0
    assert loss_of(start, start, batch) == (0, 1.0)


@pytest.mark.parametrize("side", ["left", "right"])
def test_targets_are_at_the_characters_that_the_pivot_predicts(side: str) -> None:
    """Against a plain search by offsets, with random predictions in windows of questions of 1, 2 and 5 tokens."""
    examples = asked_everywhere(8)
    prepared = cut(examples, side=side)
    pairs = pair_windows(prepared, examples)
    tokenizer = TOKENIZER if side == "right" else tiny_tokenizer(padding_side="left")
    skipped = 0.0
    for item in range(len(pairs)):
        first = item if item + 2 <= len(pairs) else item - 1
        batch = PairCollator(tokenizer)([pairs[first], pairs[first + 1]])
        generator = torch.Generator().manual_seed(item)
        start, end = (torch.randn(batch["input_ids"].shape, generator=generator) for _ in range(2))
        rows = [int(each) for at in (first, first + 1) for each in (pairs.pivots[at], pairs.members[at])]
        windows = [prepared.windows[row] for row in rows]
        expected, misses = 0.0, 0
        for pivot, own in ((0, 1), (2, 3)):
            for logits in (start, end):
                masked = logits.masked_fill(~batch["answer_mask"], -1e9)
                target = target_by_offsets(
                    masked[pivot].argmax(), windows[pivot], windows[own], batch, pivot, own, side
                )
                misses += target is None
                if target is not None:
                    expected -= float(masked[own].log_softmax(-1)[target]) / 2
        value, outside = loss_of(start, end, batch)
        assert float(value) == pytest.approx(expected / 4, abs=1e-5) and outside == misses / 4
        skipped += outside
    assert skipped > 0


def target_by_offsets(
    predicted: torch.Tensor, pivot: Any, own: Any, batch: Any, pivot_row: int, own_row: int, side: str
) -> int | None:
    length = batch["input_ids"].shape[1]
    pivot_pad, own_pad = (length - len(each["input_ids"]) if side == "left" else 0 for each in (pivot, own))
    at = int(predicted) - pivot_pad
    if at == pivot["cls_index"]:
        return own["cls_index"] + own_pad
    character = pivot["offset_starts"][at - pivot["context_start"]]
    if character not in own["offset_starts"]:
        return None
    return own["offset_starts"].index(character) + own["context_start"] + own_pad


@pytest.mark.parametrize("each", ["pair", "all"])
def test_pairs_train_with_accumulation_like_one_batch(tmp_path: Path, each: str) -> None:
    options = {"each": each, "max_steps": 2}
    whole = pair_trainer(tmp_path, per_device_train_batch_size=4, **options)
    parts = pair_trainer(tmp_path, per_device_train_batch_size=2, gradient_accumulation_steps=2, **options)
    whole.train()
    parts.train()
    torch.testing.assert_close(weights_of(parts), weights_of(whole), atol=1e-5, rtol=0)
    entry = whole.state.log_history[0]
    assert entry["loss"] == pytest.approx(entry["span"] + entry["psa"] + entry["qs"], abs=1e-4)
    assert 0 < entry["psa"] < entry["span"] and 0 <= entry["psa_outside"] < 1


@pytest.mark.parametrize("update", ["joint", "sequential"])
def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path: Path, update: str) -> None:
    """In the middle of an epoch, with accumulation and dropout."""

    def build(name: str) -> Any:
        return pair_trainer(
            tmp_path / name,
            model=tiny_model(dropout=0.1),
            objective_options={name: {"update": update} for name in ("psa", "qs")},
            optim="adamw_torch",
            learning_rate=0.01,
            per_device_train_batch_size=2,
            gradient_accumulation_steps=2,
            train_sampling_strategy="random",
            save_strategy="steps",
            save_steps=2,
            max_steps=4,
        )

    whole, resumed = build("whole"), build("resumed")
    whole.train()
    resumed.train(resume_from_checkpoint=str(tmp_path / "whole" / "checkpoint-2"))
    torch.testing.assert_close(weights_of(resumed), weights_of(whole), atol=0, rtol=0)


def test_batches_without_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="lack pivot_rows, pivot_shifts instead; make batches of `PairedWindows`"):
        loss_of(torch.zeros(2, 7), torch.zeros(2, 7), {"answer_mask": None, "cls_index": None})
