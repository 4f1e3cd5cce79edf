"""Objectives that make updates of their own (LAF 2020, Algorithm 2), against loops written by hand."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_adversarial import adversarial_trainer
from tiny_pairs import pair_trainer
from tiny_qa import weights_of
from torch.nn.functional import cosine_similarity, cross_entropy

from hf_xlqa.objectives.objective import WeightedObjectives

SEQUENTIAL = {"psa": {"update": "sequential"}, "qs": {"update": "sequential"}}
OPTIMIZER: dict[str, Any] = {
    "optim": "adamw_torch",
    "learning_rate": 0.01,
    "adam_epsilon": 0.01,
    "lr_scheduler_type": "constant",
}


def span(model: Any, batch: dict[str, Any]) -> tuple[torch.Tensor, list[torch.Tensor], Any]:
    """The mean span loss, the masked logits and the outputs."""
    names = ("input_ids", "attention_mask", "token_type_ids")
    outputs = model(**{name: batch[name] for name in names if name in batch}, output_hidden_states=True)
    lowest = torch.finfo(torch.float32).min
    logits = [each.masked_fill(~batch["answer_mask"], lowest) for each in (outputs.start_logits, outputs.end_logits)]
    losses = [
        cross_entropy(one, batch[f"{name}_positions"]) for one, name in zip(logits, ("start", "end"), strict=True)
    ]
    return sum(losses) / 2, logits, outputs


def same_answer(logits: list[torch.Tensor], predicted: list[torch.Tensor], batch: dict[str, Any]) -> torch.Tensor:
    """Eq. 5 by plain loops, the mean over all rows."""
    total = torch.zeros(())
    for each, at in zip(logits, predicted, strict=True):
        for row, pivot in enumerate(batch["pivot_rows"].tolist()):
            if pivot < 0:
                continue
            target = int(at[pivot]) + int(batch["pivot_shifts"][row])
            if at[pivot] == batch["cls_index"][pivot]:
                target = int(batch["cls_index"][row])
            elif target >= each.shape[1] or not batch["answer_mask"][row, target]:
                continue
            total = total - each[row].log_softmax(-1)[target] / 2
    return total / len(batch["pivot_rows"])


def similar_questions(outputs: Any, batch: dict[str, Any]) -> torch.Tensor:
    """Eq. 6 by plain loops, the mean over all rows."""
    means = [
        states[start:end].mean(0)
        for states, start, end in zip(
            outputs.hidden_states[-1], batch["question_start"], batch["question_end"], strict=True
        )
    ]
    distances = [
        1 - cosine_similarity(means[row], means[pivot], dim=0)
        for row, pivot in enumerate(batch["pivot_rows"].tolist())
        if pivot >= 0
    ]
    return torch.stack(distances).sum() / len(means)


def by_hand(trainer: Any, *, sequential: bool, steps: int, clip: float) -> dict[str, torch.Tensor]:
    """Algorithm 2, or all its terms in one update; psa counts half."""
    model = copy.deepcopy(trainer.network).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, eps=0.01, weight_decay=0.0)

    def update(loss: torch.Tensor) -> None:
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()

    for step in range(steps):
        batch = trainer.data_collator([trainer.train_dataset[row] for row in range(4 * step, 4 * step + 4)])
        answer, logits, outputs = span(model, batch)
        predicted = [each.detach().argmax(-1) for each in logits]
        if sequential:
            update(answer)
            update(0.5 * same_answer(span(model, batch)[1], predicted, batch))
            update(similar_questions(span(model, batch)[2], batch))
        else:
            update(answer + 0.5 * same_answer(logits, predicted, batch) + similar_questions(outputs, batch))
    return dict(model.state_dict())


@pytest.mark.parametrize("sequential", [True, False])
def test_updates_are_those_of_a_loop_by_hand(tmp_path: Path, sequential: bool) -> None:
    trainer = pair_trainer(
        tmp_path,
        objectives=["span", "psa=0.5", "qs"],
        objective_options=SEQUENTIAL if sequential else None,
        max_steps=2,
        **{**OPTIMIZER, "max_grad_norm": 0.3},
    )
    expected = by_hand(trainer, sequential=sequential, steps=2, clip=0.3)
    trainer.train()
    torch.testing.assert_close(weights_of(trainer), expected, atol=1e-6, rtol=1e-5)


def test_what_is_apart_is_logged_as_before_the_step_and_no_part_of_the_loss(tmp_path: Path) -> None:
    logged = []
    for options in (None, SEQUENTIAL):
        trainer = pair_trainer(tmp_path, objective_options=options, max_steps=1, logging_steps=1)
        trainer.train()
        logged.append(trainer.state.log_history[0])
    for name in ("span", "psa", "qs", "psa_outside"):
        assert logged[1][name] == logged[0][name]
    assert logged[1]["loss"] == pytest.approx(logged[1]["span"]) and logged[1]["psa"] > 0


def test_accumulated_batches_are_one_large_batch(tmp_path: Path) -> None:
    options = {"objective_options": SEQUENTIAL, "max_steps": 2, **OPTIMIZER}
    whole = pair_trainer(tmp_path, per_device_train_batch_size=4, **options)
    parts = pair_trainer(tmp_path, per_device_train_batch_size=2, gradient_accumulation_steps=2, **options)
    whole.train()
    parts.train()
    torch.testing.assert_close(weights_of(parts), weights_of(whole), atol=1e-5, rtol=0)


def test_what_cannot_be_updated_apart_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`objectives` must have one that makes no update of its own, but are psa, qs"):
        WeightedObjectives(["psa", "qs"], SEQUENTIAL)
    with pytest.raises(ValueError, match="`update` must be one of joint, sequential, but is 'alternating' instead"):
        WeightedObjectives(["span", "qs"], {"qs": {"update": "alternating"}})
    trainer = pair_trainer(tmp_path, objective_options={"qs": {"update": "sequential"}})
    trainer.is_deepspeed_enabled = True
    with pytest.raises(ValueError, match="`update` of qs must be joint with DeepSpeed, which makes one update a step"):
        trainer.train()
    assert not adversarial_trainer(tmp_path).objectives.apart
