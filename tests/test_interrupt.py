"""Ctrl-C while training: signals to this process, to a process of its own, and to two processes under a launcher."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from processes import finish, start
from tiny_qa import tiny_set, tiny_trainer, weights_of
from train_tiny import SLOW
from transformers import TrainerCallback

from hf_xlqa import interrupt
from hf_xlqa.interrupt import InterruptCallback, TrainingInterrupted


class PressAt(TrainerCallback):
    """Sends this process SIGINT when a step begins, once or more."""

    def __init__(self, step: int, *, times: int = 1) -> None:
        self.step = step
        self.times = times

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == self.step:
            for _ in range(self.times):
                os.kill(os.getpid(), signal.SIGINT)


def pressed(trainer: Any, step: int, *, times: int = 1) -> Any:
    trainer.add_callback(PressAt(step, times=times))
    return trainer


def wait_for_step(process: Any, step: int) -> None:
    for line in process.stdout:
        if re.search(rf"step {step}(?!\d)", line):  # of two processes, two may be in one line
            return
    raise AssertionError(process.stderr.read())


def test_the_step_is_finished_and_saved_and_training_stops(tmp_path: Path) -> None:
    trainer = pressed(tiny_trainer(tmp_path), 3)
    with pytest.raises(TrainingInterrupted, match=r"at step 4 of 6; .*resume_from_checkpoint=.*checkpoint-4"):
        trainer.train()
    assert [folder.name for folder in tmp_path.glob("checkpoint-*")] == ["checkpoint-4"]


def test_signals_are_as_before_after_training(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    tiny_trainer(tmp_path).train()
    assert signal.getsignal(signal.SIGINT) is before


def test_an_error_in_training_gives_the_signal_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    trainer = tiny_trainer(tmp_path)
    trainer.data_collator = lambda items: {}[0]
    with pytest.raises(KeyError):
        trainer.train()
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_signals_are_left_alone() -> None:
    handlers: list[Any] = []

    def enter() -> None:
        with InterruptCallback():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert handlers == [signal.getsignal(signal.SIGINT)]


def test_a_signal_at_once_after_the_first_is_the_same_press(tmp_path: Path) -> None:
    with pytest.raises(TrainingInterrupted):
        pressed(tiny_trainer(tmp_path), 3, times=2).train()


def test_a_second_press_aborts_without_a_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupt, "SAME_PRESS_SECONDS", -1)
    with pytest.raises(KeyboardInterrupt) as error:
        pressed(tiny_trainer(tmp_path), 3, times=2).train()
    assert not isinstance(error.value, TrainingInterrupted)
    assert not list(tmp_path.glob("checkpoint-*"))


def test_a_press_in_the_last_step_comes_too_late_to_matter(tmp_path: Path) -> None:
    trainer = pressed(tiny_trainer(tmp_path), 5)
    trainer.train()
    assert trainer.state.global_step == 6


@pytest.mark.parametrize("step", [0, 2])
def test_an_interrupted_epoch_is_evaluated_only_when_it_is_over(tmp_path: Path, step: int) -> None:
    """An epoch has three steps: the first press is inside of it, the second at its end."""
    trainer = tiny_trainer(tmp_path, sets=[tiny_set(2)], eval_strategy="epoch", save_strategy="epoch")
    with pytest.raises(TrainingInterrupted):
        pressed(trainer, step).train()
    assert [entry["step"] for entry in trainer.state.log_history if "eval_f1" in entry] == ([3] if step == 2 else [])


def test_where_the_best_are_saved_it_stops_after_a_step_that_is_not_evaluated(tmp_path: Path) -> None:
    options = {"eval_strategy": "steps", "eval_steps": 2, "save_strategy": "best"}
    trainer = tiny_trainer(tmp_path, sets=[tiny_set(2)], max_steps=7, **options)
    with pytest.raises(TrainingInterrupted, match="at step 5 of 7"):
        pressed(trainer, 3).train()
    assert (tmp_path / "checkpoint-5" / "optimizer.pt").is_file()


def test_a_process_can_be_interrupted_and_resumed_to_the_same_weights(tmp_path: Path) -> None:
    process = start("slow", tmp_path / "interrupted")
    wait_for_step(process, 2)
    process.send_signal(signal.SIGINT)
    _, errors = finish(process)
    assert process.returncode != 0
    assert "Stopping after this step with a checkpoint" in errors and "resume_from_checkpoint=" in errors
    assert len(list((tmp_path / "interrupted").glob("checkpoint-*"))) == 1
    resumed = tiny_trainer(tmp_path / "interrupted", **SLOW)
    resumed.train(resume_from_checkpoint=True)
    whole = tiny_trainer(tmp_path / "whole", **SLOW)
    whole.train()
    assert resumed.state.global_step == whole.state.global_step == 40
    torch.testing.assert_close(weights_of(resumed), weights_of(whole), atol=0, rtol=0)


def test_two_processes_agree_on_the_step_they_stop_at(tmp_path: Path) -> None:
    """The terminal signals the whole group, and the launcher its workers once more."""
    process = start("slow", tmp_path, processes=2)
    wait_for_step(process, 2)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = finish(process)
    (checkpoint,) = tmp_path.glob("checkpoint-*")
    step = json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))["global_step"]
    assert checkpoint.name == f"checkpoint-{step}" and step < 40
    assert errors.count(f"Training stopped at step {step} of 40; go on from there") == 2
    assert errors.count(f"resume_from_checkpoint={checkpoint}`") == 2
    assert all((checkpoint / f"rng_state_{rank}.pth").is_file() for rank in (0, 1))
