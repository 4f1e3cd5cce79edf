"""Checkpoints cut off while they were written: passed over, or refused with what to do."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_qa import tiny_trainer, weights_of

from hf_xlqa.checkpoints import checkpoint_to_resume, is_whole

SAVING: dict[str, Any] = {"save_strategy": "steps", "save_steps": 2, "max_steps": 6, "dropout": 0.1}


def checkpoints(folder: Path, **whole: bool) -> Path:
    for name, is_finished in whole.items():
        path = folder / name.replace("_", "-")
        path.mkdir()
        (path / "trainer_state.json").write_text("{}" if is_finished else '{"epoch": ')
    return folder


def test_the_last_whole_one_is_taken_and_what_is_passed_over_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoints(tmp_path, checkpoint_9=True, checkpoint_10=True, checkpoint_11=False)
    (tmp_path / "checkpoint-12").mkdir()
    (tmp_path / "checkpoint-best").mkdir()
    with caplog.at_level(logging.WARNING):
        assert checkpoint_to_resume(True, tmp_path) == str(tmp_path / "checkpoint-10")
    assert "checkpoint-12, checkpoint-11 was cut off while it was written" in caplog.text


@pytest.mark.parametrize("nothing", [None, False])
def test_without_it_training_starts_anew(tmp_path: Path, nothing: bool | None) -> None:
    assert checkpoint_to_resume(nothing, checkpoints(tmp_path, checkpoint_1=True)) is None


def test_one_that_is_named_and_cut_off_is_refused(tmp_path: Path) -> None:
    checkpoints(tmp_path, checkpoint_2=True, checkpoint_4=False)
    message = r"must be a whole checkpoint, but '.*checkpoint-4' was cut off .*; resume from .*checkpoint-2\."
    with pytest.raises(ValueError, match=message):
        checkpoint_to_resume(str(tmp_path / "checkpoint-4"), tmp_path)
    with pytest.raises(ValueError, match="cut off while it was written instead; start anew without it"):
        checkpoint_to_resume(str(tmp_path / "checkpoint-4"), tmp_path / "elsewhere")


def test_where_there_is_none_training_does_not_silently_start_anew(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds none instead; start anew without it"):
        checkpoint_to_resume(True, tmp_path / "elsewhere")
    checkpoints(tmp_path, checkpoint_2=False)
    with pytest.raises(ValueError, match="holds only checkpoint-2, cut off while written, instead; start anew"):
        checkpoint_to_resume(True, tmp_path)


@pytest.mark.parametrize("lost", ["trainer_state.json", "rng_state.pth"])
def test_training_goes_on_from_the_one_before_and_gives_the_same_weights(tmp_path: Path, lost: str) -> None:
    whole = tiny_trainer(tmp_path / "whole", **SAVING)
    whole.train()
    shutil.copytree(tmp_path / "whole", tmp_path / "cut")
    assert is_whole(tmp_path / "cut" / "checkpoint-6")
    for step in (4, 6):
        (tmp_path / "cut" / f"checkpoint-{step}" / "trainer_state.json").unlink()
        (tmp_path / "cut" / f"checkpoint-{step}" / lost).unlink(missing_ok=True)
    resumed = tiny_trainer(tmp_path / "cut", **SAVING)
    resumed.train(resume_from_checkpoint=True)
    torch.testing.assert_close(weights_of(resumed), weights_of(whole), atol=0, rtol=0)
    assert is_whole(tmp_path / "cut" / "checkpoint-4")
