"""The average of the weights, alone and in the trainer."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file
from tiny_qa import tiny_model, tiny_set, tiny_trainer, weights_of
from torch import nn

from hf_xlqa.ema import TRAINING_WEIGHTS, WeightAverage

NO_BEST = SimpleNamespace(load_best_model_at_end=False)


def test_the_average_follows_the_recursion_and_ends_in_the_model() -> None:
    model, average = nn.Linear(1, 1, bias=False), WeightAverage(0.75)
    model.weight.data.fill_(8.0)
    average.on_train_begin(NO_BEST, None, None, model=model)
    expected = 8.0
    for value in (4.0, 0.0, -3.0):
        model.weight.data.fill_(value)
        average.on_step_end(NO_BEST, None, None, model=model)
        expected = 0.75 * expected + 0.25 * value
    with average.in_place_of(model):
        assert model.weight.item() == expected
    assert model.weight.item() == -3.0
    average.on_train_end(NO_BEST, None, None, model=model)
    assert model.weight.item() == expected


def test_outside_of_training_nothing_changes() -> None:
    model = nn.Linear(1, 1)
    before = model.weight.clone()
    with WeightAverage(0.5).in_place_of(model):
        assert torch.equal(model.weight, before)


def test_the_weights_come_back_when_an_evaluation_fails() -> None:
    model, average = nn.Linear(1, 1, bias=False), WeightAverage(0.5)
    average.on_train_begin(NO_BEST, None, None, model=model)
    model.weight.data.fill_(7.0)
    with pytest.raises(RuntimeError, match="out of memory"), average.in_place_of(model):
        raise RuntimeError("out of memory")
    assert model.weight.item() == 7.0


@pytest.mark.parametrize("decay", [-0.1, 1.1])
def test_the_decay_is_a_share(decay: float) -> None:
    with pytest.raises(ValueError, match=f"`ema_decay` must be between 0 and 1, but is {decay}"):
        WeightAverage(decay)


def test_trained_model_holds_the_average_of_the_trained_weights(tmp_path: Path) -> None:
    """Against the recursion over the weights of the same training without an average, step by step."""
    average = weights_of(SimpleNamespace(model=tiny_model()))  # type: ignore[arg-type]
    for steps in range(1, 4):
        plain = tiny_trainer(tmp_path / "plain", max_steps=steps, lr_scheduler_type="constant")
        plain.train()
        average = {name: 0.9 * average[name] + 0.1 * weight for name, weight in weights_of(plain).items()}
    averaged = tiny_trainer(tmp_path / "average", max_steps=3, lr_scheduler_type="constant", ema_decay=0.9)
    averaged.train()
    torch.testing.assert_close(weights_of(averaged), average, atol=1e-6, rtol=0)


def test_checkpoints_hold_the_average_and_the_weights_to_train_on(tmp_path: Path) -> None:
    options = {"max_steps": 3, "save_strategy": "steps", "save_steps": 3}
    trainer = tiny_trainer(tmp_path / "average", ema_decay=0.9, **options)
    trainer.train()
    plain = tiny_trainer(tmp_path / "plain", **options)
    plain.train()
    checkpoint = tmp_path / "average" / "checkpoint-3"
    torch.testing.assert_close(load_file(checkpoint / "model.safetensors"), weights_of(trainer), atol=0, rtol=0)
    torch.testing.assert_close(load_file(checkpoint / TRAINING_WEIGHTS), weights_of(plain), atol=0, rtol=0)


def test_resuming_gives_the_weights_of_an_uninterrupted_run(tmp_path: Path) -> None:
    options = {"ema_decay": 0.9, "dropout": 0.1, "optim": "adamw_torch", "save_strategy": "steps", "save_steps": 3}
    whole = tiny_trainer(tmp_path, **options)
    whole.train()
    resumed = tiny_trainer(tmp_path / "resumed", **options)
    resumed.train(resume_from_checkpoint=str(tmp_path / "checkpoint-3"))
    torch.testing.assert_close(weights_of(resumed), weights_of(whole), atol=0, rtol=0)


def test_evaluation_while_training_uses_the_average(tmp_path: Path) -> None:
    """With decay 1 the average never moves, so neither does the loss of the evaluation."""
    trainer = tiny_trainer(
        tmp_path, ema_decay=1.0, sets=[tiny_set(3)], eval_strategy="steps", eval_steps=2, max_steps=4
    )
    trainer.train()
    losses = [entry["eval_toy_en_loss"] for entry in trainer.state.log_history if "eval_toy_en_loss" in entry]
    assert len(losses) == 2 and losses[0] == losses[1]


def test_the_best_checkpoint_is_not_overwritten_by_the_last_average(tmp_path: Path) -> None:
    trainer = tiny_trainer(
        tmp_path,
        ema_decay=0.5,
        sets=[tiny_set(3)],
        eval_strategy="steps",
        save_strategy="steps",
        eval_steps=1,
        save_steps=1,
        max_steps=3,
        load_best_model_at_end=True,
        metric_for_best_model="toy_en_loss",
        greater_is_better=True,
        learning_rate=0.2,
    )
    trainer.train()
    assert trainer.state.best_global_step == 1
    checkpoint = tmp_path / "checkpoint-1" / "model.safetensors"
    torch.testing.assert_close(weights_of(trainer), load_file(checkpoint), atol=0, rtol=0)


def test_a_checkpoint_without_an_average_cannot_be_resumed_with_one(tmp_path: Path) -> None:
    trainer = tiny_trainer(tmp_path, max_steps=1, save_strategy="steps", save_steps=1)
    trainer.train()
    with pytest.raises(FileNotFoundError, match="checkpoint-1` must hold training_weights.safetensors"):
        tiny_trainer(tmp_path, ema_decay=0.9).train(resume_from_checkpoint=True)


@pytest.mark.parametrize("kind", ["is_fsdp_enabled", "is_deepspeed_enabled"])
def test_sharded_weights_have_no_average(tmp_path: Path, kind: str) -> None:
    trainer = tiny_trainer(tmp_path, ema_decay=0.9)
    setattr(trainer, kind, True)
    with pytest.raises(ValueError, match="`ema_decay` must be None with FSDP or DeepSpeed"):
        trainer.train()
