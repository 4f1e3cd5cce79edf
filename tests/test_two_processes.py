"""The trainer in two processes on the CPU, against one process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from processes import finish, start
from safetensors.torch import load_file
from tiny_adversarial import adversarial_trainer
from tiny_gan import trainer_of
from tiny_pairs import pair_trainer
from tiny_qa import tiny_parallel_trainer, tiny_set, tiny_trainer, weights_of
from train_tiny import ADVERSARIAL, APART, GAME, PAIRS, STEPS


def assert_weights(file: Path, trainer: Any, *, atol: float) -> None:
    """Two processes left the weights of a run in one."""
    torch.testing.assert_close(load_file(file), weights_of(trainer), atol=atol, rtol=0)


def assert_logs(file: Path, trainer: Any, *names: str) -> None:
    """Two processes logged what a run in one logged."""
    history = json.loads(file.read_text(encoding="utf-8"))
    for name in names:
        expected = [entry[name] for entry in trainer.state.log_history if name in entry]
        assert expected and [entry[name] for entry in history if name in entry] == pytest.approx(expected, abs=1e-5)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("pair")
    process = start("pair", folder, processes=2)
    _, errors = finish(process)
    assert process.returncode == 0, errors
    yield folder


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Any:
    trainer = tiny_trainer(tmp_path_factory.mktemp("alone"), sets=[tiny_set(9)], **STEPS)
    trainer.train()
    trainer.evaluate()
    return trainer


def test_two_processes_train_like_one(pair: Path, alone: Any) -> None:
    assert_weights(pair / "trained.safetensors", alone, atol=1e-6)


def test_two_processes_log_the_means_over_all_examples(pair: Path, alone: Any) -> None:
    assert_logs(pair / "history.json", alone, "loss", "span", "eval_toy_en_loss", "eval_f1")


def test_two_processes_train_parallel_inputs_like_one(pair: Path, tmp_path: Path) -> None:
    trainer = tiny_parallel_trainer(tmp_path, **STEPS)
    trainer.train()
    assert_weights(pair / "parallel.safetensors", trainer, atol=1e-6)
    assert_logs(pair / "parallel.json", trainer, "loss", "part_span", "part_auxiliary", "part_lambda")


def test_two_processes_play_the_language_gan_like_one(pair: Path, tmp_path: Path) -> None:
    """Encoders and discriminator."""
    trainer = trainer_of(tmp_path, **GAME)
    start = weights_of(trainer)
    trainer.train()
    assert_weights(pair / "game.safetensors", trainer, atol=1e-5)
    assert not any(torch.equal(weight, start[name]) for name, weight in weights_of(trainer).items())
    of_discriminator = (f"language_gan_discriminator_{name}" for name in ("loss", "accuracy"))
    assert_logs(pair / "game.json", trainer, "language_gan", *of_discriminator)


def test_two_processes_hide_the_language_like_one(pair: Path, tmp_path: Path) -> None:
    """Encoder and discriminator, which learns in turn with it."""
    trainer = adversarial_trainer(tmp_path, **ADVERSARIAL)
    trainer.train()
    assert_weights(pair / "adversarial.safetensors", trainer, atol=1e-5)
    assert_logs(pair / "adversarial.json", trainer, "language_adversarial", "language_adversarial_discriminator_loss")


def test_two_processes_arbitrate_between_questions_like_one(pair: Path, tmp_path: Path) -> None:
    trainer = pair_trainer(tmp_path, **PAIRS)
    trainer.train()
    assert_weights(pair / "pairs.safetensors", trainer, atol=1e-5)
    assert_logs(pair / "pairs.json", trainer, "span", "psa", "qs")


def test_two_processes_make_updates_apart_like_one(pair: Path, tmp_path: Path) -> None:
    trainer = pair_trainer(tmp_path, **APART)
    trainer.train()
    assert_weights(pair / "apart.safetensors", trainer, atol=1e-5)


@pytest.mark.parametrize("kind", ["predictions", "nbest"])
def test_two_processes_answer_each_question_like_one(pair: Path, alone: Any, kind: str) -> None:
    """The number of windows does not divide by that of processes times the batch."""
    windows = len(alone.evaluation_sets["toy_en"].features.windows)
    assert windows % 2 == 1
    mine, theirs = (
        json.loads((folder / f"{kind}_toy_en.json").read_text(encoding="utf-8"))
        for folder in (Path(alone.folder), pair)
    )
    if kind == "predictions":
        assert theirs == mine
    else:
        assert {id: answer["spans"][0]["score"] for id, answer in theirs.items()} == pytest.approx(
            {id: answer["spans"][0]["score"] for id, answer in mine.items()}, abs=1e-5
        )


def test_resuming_in_two_processes_gives_the_weights_of_an_uninterrupted_run(pair: Path) -> None:
    """With dropout, momentum and an average of the weights."""
    torch.testing.assert_close(
        load_file(pair / "resumed.safetensors"), load_file(pair / "whole.safetensors"), atol=0, rtol=0
    )
    assert (pair / "whole" / "checkpoint-4" / "rng_state_1.pth").is_file()
