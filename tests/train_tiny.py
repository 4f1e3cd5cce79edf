"""Runs of the tiny task in processes of their own: `python train_tiny.py NAME FOLDER`, also under torchrun.

- slow: the run of `SLOW`, which says when a step begins and takes its time.
- pair: two processes do what one does with the same examples in a step, then resume and evaluate.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from tiny_adversarial import adversarial_trainer
from tiny_gan import trainer_of
from tiny_pairs import pair_trainer
from tiny_qa import tiny_parallel_trainer, tiny_set, tiny_trainer, weights_of
from transformers import TrainerCallback

SLOW: dict[str, Any] = {"dropout": 0.1, "optim": "adamw_torch", "learning_rate": 0.01, "max_steps": 40}
STEPS: dict[str, Any] = {
    "max_steps": 6,
    "logging_steps": 3,
    "max_grad_norm": 0.0,
    "train_sampling_strategy": "sequential",
}
# Adam of the discriminator divides by the size of a gradient: without the epsilon it would blow up rounding errors.
GAME: dict[str, Any] = {"max_steps": 6, "gan": {"sides": "both"}, "adam_epsilon": 0.01}
ADVERSARIAL: dict[str, Any] = {"max_steps": 6, "logging_steps": 3, "adam_epsilon": 0.01}
PAIRS: dict[str, Any] = {"max_steps": 4, "logging_steps": 2}  # less than an epoch, whose last batch processes fill up
APART: dict[str, Any] = {**PAIRS, "objective_options": {name: {"update": "sequential"} for name in ("psa", "qs")}}
NOISY: dict[str, Any] = {
    "dropout": 0.1,
    "optim": "adamw_torch",
    "learning_rate": 0.01,
    "save_strategy": "steps",
    "save_steps": 4,
    "ema_decay": 0.9,
}


class Announce(TrainerCallback):
    """Prints and sleeps before each step."""

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        print(f"step {state.global_step}", flush=True)
        time.sleep(0.2)


def slow(folder: Path) -> None:
    """Train slowly."""
    trainer = tiny_trainer(folder, **SLOW)
    trainer.add_callback(Announce())
    trainer.train()


def pair(folder: Path) -> None:
    """Train, resume and evaluate in two processes."""
    trainer = tiny_trainer(folder, per_device_train_batch_size=2, sets=[tiny_set(9)], **STEPS)
    assert trainer.accelerator.num_processes == 2, "must run in two processes"
    trainer.train()
    trainer.evaluate()
    parallel = tiny_parallel_trainer(folder / "parallel", per_device_train_batch_size=2, **STEPS)
    parallel.train()
    game = trainer_of(folder / "game", per_device_train_batch_size=2, **GAME)
    game.train()
    adversarial = adversarial_trainer(folder / "adversarial", per_device_train_batch_size=2, **ADVERSARIAL)
    adversarial.train()
    pairs = pair_trainer(folder / "pairs", per_device_train_batch_size=2, **PAIRS)
    pairs.train()
    apart = pair_trainer(folder / "apart", per_device_train_batch_size=2, **APART)
    apart.train()
    whole = tiny_trainer(folder / "whole", per_device_train_batch_size=2, **NOISY)
    whole.train()
    if trainer.is_world_process_zero():
        save_file(weights_of(trainer), folder / "trained.safetensors")
        save_file(weights_of(whole), folder / "whole.safetensors")
        save_file(weights_of(parallel), folder / "parallel.safetensors")
        save_file(weights_of(game), folder / "game.safetensors")
        save_file(weights_of(pairs), folder / "pairs.safetensors")
        save_file(weights_of(apart), folder / "apart.safetensors")
        (folder / "pairs.json").write_text(json.dumps(pairs.state.log_history))
        save_file(weights_of(adversarial), folder / "adversarial.safetensors")
        (folder / "adversarial.json").write_text(json.dumps(adversarial.state.log_history))
        (folder / "history.json").write_text(json.dumps(trainer.state.log_history))
        (folder / "game.json").write_text(json.dumps(game.state.log_history))
        (folder / "parallel.json").write_text(json.dumps(parallel.state.log_history))
    resumed = tiny_trainer(folder / "resumed", per_device_train_batch_size=2, **NOISY)
    resumed.train(resume_from_checkpoint=str(folder / "whole" / "checkpoint-4"))
    if resumed.is_world_process_zero():
        save_file(weights_of(resumed), folder / "resumed.safetensors")


if __name__ == "__main__":
    {"slow": slow, "pair": pair}[sys.argv[1]](Path(sys.argv[2]))
