"""Language-adversarial training killed at random moments, also while it writes a checkpoint, and resumed.

Weights, both optimizers, every logged loss and the predictions are those of a run that nobody disturbed.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from kills import KILLS, killed_somewhere, started
from tiny_adversarial import adversarial_trainer
from tiny_qa import tiny_set, weights_of

from hf_xlqa.checkpoints import is_whole

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

TRAINING: dict[str, Any] = {
    "max_steps": 16,
    "save_strategy": "steps",
    "save_steps": 2,
    "logging_steps": 1,
    "dropout": 0.1,
    "optim": "adamw_torch",
    "learning_rate": 0.01,
    "sets": [tiny_set(6)],
}


def train(folder: Path) -> None:
    adversarial_trainer(folder, **TRAINING).train()


def resumed(folder: Path) -> dict[str, Any]:
    """What a run leaves that goes on in a folder, or begins anew where it says that there is nothing to resume."""
    trainer = adversarial_trainer(folder, **TRAINING)
    try:
        trainer.train(resume_from_checkpoint=True)
    except ValueError as error:
        assert "start anew without it" in str(error)
        assert not any(map(is_whole, folder.glob("checkpoint-*")))
        trainer = adversarial_trainer(folder, **TRAINING)
        trainer.train()
    return outcome(trainer, folder)


def outcome(trainer: Any, folder: Path) -> dict[str, Any]:
    trainer.evaluate()
    logged = [
        {key: value for key, value in entry.items() if "runtime" not in key and "per_second" not in key}
        for entry in trainer.state.log_history
    ]
    return {
        "weights": weights_of(trainer),
        "optimizer": trainer.optimizer.state_dict(),
        "objectives": trainer.objectives.state_dict(),
        "logged": [entry for entry in logged if "loss" in entry or "eval_f1" in entry],
        "predictions": json.loads((folder / "predictions_toy_en.json").read_text()),
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("undisturbed")
    trainer = adversarial_trainer(folder, **TRAINING)
    trainer.train()
    found = outcome(trainer, folder)
    assert len(found["logged"]) == 17 and found["objectives"]
    return found


def differences(found: Any, expected: Any, place: str = "") -> list[str]:
    """Where two outcomes are not the same to the last bit."""
    if isinstance(expected, torch.Tensor):
        return [] if torch.equal(found, expected) else [place]
    if isinstance(expected, dict | list | tuple) and len(found) == len(expected):
        keys = expected if isinstance(expected, dict) else range(len(expected))
        return [each for key in keys for each in differences(found[key], expected[key], f"{place}/{key}")]
    return [] if found == expected else [f"{place}: {found!r} for {expected!r}"]


def test_killed_training_ends_like_training_that_nobody_disturbed(undisturbed: Any, tmp_path: Path) -> None:
    begun = []
    for folder in killed_somewhere(train, tmp_path):
        steps = [int(each.name.rpartition("-")[2]) for each in folder.glob("checkpoint-*") if is_whole(each)]
        begun.append(max(steps, default=0))
        assert differences(resumed(folder), undisturbed) == []
    print(f"\nresumed from the steps {sorted(begun)} of 16")
    assert len(set(begun)) > 1


def test_training_killed_while_it_writes_a_checkpoint(undisturbed: Any, tmp_path: Path) -> None:
    cut = 0
    for kill in range(KILLS):
        folder = tmp_path / f"cut{kill}"
        process = started(train, folder)
        step = 2 + 2 * (kill % 7)
        while process.is_alive() and not (folder / f"checkpoint-{step}").is_dir():
            time.sleep(0.0002)
        time.sleep(0.002 * kill)
        process.kill()
        process.join()
        cut += not is_whole(folder / f"checkpoint-{step}")
        assert differences(resumed(folder), undisturbed) == []
    print(f"\n{cut} of {KILLS} kills left a checkpoint that was cut off")
    assert cut
