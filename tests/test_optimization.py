"""The rise of the learning rate and the L2 of QANet's recipe, in the trainer."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_qa import tiny_trainer, weights_of

CONSTANT: dict[str, Any] = {"lr_scheduler_type": "constant_with_warmup"}


def spied(trainer: Any) -> list[tuple[float, dict[str, torch.Tensor]]]:
    """Learning rate and gradients of every step of the optimizer, as training goes."""
    seen: list[tuple[float, dict[str, torch.Tensor]]] = []
    create = trainer.create_optimizer

    def note(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        named = trainer.network.named_parameters()
        gradients = {name: weight.grad.clone() for name, weight in named if weight.grad is not None}
        seen.append((optimizer.param_groups[0]["lr"], gradients))

    def created(*args: Any, **kwargs: Any) -> Any:
        optimizer = create(*args, **kwargs)
        optimizer.register_step_pre_hook(note)
        return optimizer

    trainer.create_optimizer = created
    return seen


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_the_learning_rate_rises_by_the_logarithm_of_the_step_and_stays(tmp_path: Path, steps: int) -> None:
    trainer = tiny_trainer(tmp_path, warmup_shape="inverse_exponential", warmup_steps=steps, **CONSTANT)
    seen = spied(trainer)
    trainer.train()
    rising = [0.1 * math.log(step + 1) / math.log(max(steps, 2)) for step in range(steps)]
    assert [rate for rate, _ in seen] == pytest.approx(rising + [0.1] * (6 - steps))


def test_the_rise_may_be_a_share_of_the_steps(tmp_path: Path) -> None:
    trainer = tiny_trainer(tmp_path, warmup_shape="inverse_exponential", warmup_steps=0.5, **CONSTANT)
    seen = spied(trainer)
    trainer.train()
    assert [rate for rate, _ in seen] == pytest.approx([0, 0.1 * math.log(2) / math.log(3), 0.1, 0.1, 0.1, 0.1])


def test_the_rise_goes_on_where_training_resumes(tmp_path: Path) -> None:
    options: dict[str, Any] = CONSTANT | {
        "warmup_shape": "inverse_exponential",
        "warmup_steps": 5,
        "save_strategy": "steps",
        "save_steps": 3,
    }
    whole, resumed = (tiny_trainer(tmp_path / name, **options) for name in ("whole", "resumed"))
    rates, after = spied(whole), spied(resumed)
    whole.train()
    resumed.train(resume_from_checkpoint=str(tmp_path / "whole" / "checkpoint-3"))
    assert [rate for rate, _ in after] == [rate for rate, _ in rates[3:]]
    torch.testing.assert_close(weights_of(resumed), weights_of(whole), atol=0, rtol=0)


@pytest.mark.parametrize("optim", ["adamw_torch", "adamw_torch_fused"])
def test_coupled_decay_is_the_gradient_of_a_squared_norm(tmp_path: Path, optim: str) -> None:
    """The first step of Adam by its formula; biases and normalisations do not decay, as upstream."""
    trainer = tiny_trainer(
        tmp_path,
        optim=optim,
        coupled_weight_decay=True,
        weight_decay=0.5,
        learning_rate=0.01,
        lr_scheduler_type="constant",
        adam_epsilon=1e-3,
        max_steps=1,
        max_grad_norm=0.0,
    )
    before, seen = weights_of(trainer), spied(trainer)
    trainer.train()
    ((_, gradients),), after = seen, weights_of(trainer)
    optimizer: Any = trainer.optimizer
    assert type(optimizer.optimizer) is torch.optim.Adam
    for name, gradient in gradients.items():
        decayed = not (name.endswith("bias") or "LayerNorm" in name)
        total = gradient + 0.5 * before[name] * decayed
        torch.testing.assert_close(after[name], before[name] - 0.01 * total / (total.abs() + 1e-3))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"warmup_shape": "log"}, "`warmup_shape` must be one of linear, inverse_exponential, but is 'log' instead"),
        (
            {"warmup_shape": "inverse_exponential", "lr_scheduler_type": "cosine"},
            "`lr_scheduler_type` must be constant_with_warmup with `warmup_shape` inverse_exponential, but is cosine",
        ),
        (
            {"coupled_weight_decay": True, "optim": "sgd"},
            "`optim` must be one of adamw_torch, adamw_torch_fused with `coupled_weight_decay`, but is sgd instead",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tiny_trainer(tmp_path, **options)
