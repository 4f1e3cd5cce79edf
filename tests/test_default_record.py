"""The record of a run from its arguments."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import transformers
from tiny_qa import tiny_model

from hf_xlqa.default_record import command_of, record_of
from hf_xlqa.run_record import RunRecord
from hf_xlqa.training_args import CrossLingualQATrainingArguments


def test_the_record_holds_method_settings_versions_and_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["run.py", "--objectives", "span=0.5"])
    args = CrossLingualQATrainingArguments(
        output_dir=str(tmp_path), objectives=["span=0.5"], seed=7, learning_rate=3e-4, use_cpu=True
    )
    record = record_of(args, tiny_model())
    assert (record.method, record.seed, record.command) == ("span=0.5", 7, "run.py --objectives span=0.5")
    assert record.base_model == "BertForQuestionAnswering"
    assert record.hyper_parameters["learning_rate"] == 3e-4
    assert record.hyper_parameters["lr_scheduler_type"] == "linear"
    assert record.versions["transformers"] == transformers.__version__
    assert RunRecord.from_json(record.to_json()) == record


def test_a_model_that_was_loaded_names_its_source(tmp_path: Path) -> None:
    model = tiny_model()
    model.config.name_or_path = "someone/encoder"
    args = CrossLingualQATrainingArguments(output_dir=str(tmp_path), use_cpu=True)
    assert record_of(args, model).base_model == "someone/encoder"


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["run.py", "--hub_token", "abc", "--seed", "1"], "run.py --hub_token HIDDEN --seed 1"),
        (["run.py", "--push_to_hub_token=abc"], "run.py --push_to_hub_token=HIDDEN"),
        (["run.py", "--output_dir", "my runs"], "run.py --output_dir 'my runs'"),
    ],
)
def test_secrets_do_not_reach_the_command(arguments: list[str], shown: str) -> None:
    assert command_of(arguments) == shown
