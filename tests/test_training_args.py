"""Arguments: defaults, command line, refusals."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
from transformers import HfArgumentParser

from hf_xlqa.training_args import CrossLingualQATrainingArguments


def arguments(folder: Path, **options: Any) -> CrossLingualQATrainingArguments:
    return CrossLingualQATrainingArguments(output_dir=str(folder), use_cpu=True, **options)


def test_defaults_make_evaluation_work_for_every_model(tmp_path: Path) -> None:
    args = arguments(tmp_path)
    assert args.objectives == ["span"]
    assert args.label_names == ["start_positions", "end_positions"]
    assert not args.remove_unused_columns
    assert (args.metric_for_best_model, args.greater_is_better) == ("f1", True)
    assert args.limits == {"n_best": 20, "max_answer_tokens": 30, "max_answer_characters": None}


def test_reports_go_to_tensorboard_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: "found" if name == "tensorboard" else None)
    assert arguments(tmp_path).report_to == ["tensorboard"]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert arguments(tmp_path).report_to == []


def test_the_command_line_sets_every_argument(tmp_path: Path) -> None:
    line = f"--output_dir {tmp_path} --objectives span=0.5 --ema_decay 0.99 --n_best 5 --max_answer_characters 12"
    (args,) = HfArgumentParser(CrossLingualQATrainingArguments).parse_args_into_dataclasses(line.split())
    assert (args.objectives, args.ema_decay) == (["span=0.5"], 0.99)
    assert args.limits == {"n_best": 5, "max_answer_tokens": 30, "max_answer_characters": 12}


@pytest.mark.parametrize("name", ["remove_unused_columns", "eval_do_concat_batches"])
def test_what_the_trainer_relies_on_cannot_be_set(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` must be False, but is True"):
        arguments(tmp_path, **{name: True})


@pytest.mark.parametrize("name", ["n_best", "max_answer_tokens", "max_answer_characters"])
def test_limits_are_positive(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` must be 1 or more, but is 0"):
        arguments(tmp_path, **{name: 0})


def test_objectives_are_checked_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be a finite number, but is 'span=x'"):
        arguments(tmp_path, objectives=["span=x"])


def test_options_of_objectives_are_json_on_a_command_line(tmp_path: Path) -> None:
    line = ["--output_dir", str(tmp_path), "--objective_options", '{"language_gan": {"updates": 1}}']
    (args,) = HfArgumentParser(CrossLingualQATrainingArguments).parse_args_into_dataclasses(line)
    assert args.objective_options == {"language_gan": {"updates": 1}}
    assert arguments(tmp_path, objective_options={"span": {}}).objective_options == {"span": {}}


@pytest.mark.parametrize(
    ("given", "form"),
    [
        ("updates=1", "a JSON object"),
        ("[1]", "a JSON object"),
        ('{"language_gan": 5}', "a JSON object of objects"),
        ({"language_gan": 5}, "a JSON object of objects"),
    ],
)
def test_options_that_are_no_objects_are_refused(tmp_path: Path, given: Any, form: str) -> None:
    with pytest.raises(
        ValueError, match=f"`objective_options` must be {form}, but is {re.escape(repr(given))} instead"
    ):
        arguments(tmp_path, objective_options=given)
