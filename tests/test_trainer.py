"""The trainer in one process: losses, columns, logs, resume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import concatenate_datasets
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny_qa import tiny_examples, tiny_features, tiny_parallel_trainer, tiny_set, tiny_trainer, weights_of
from torch import nn
from transformers import TrainerCallback

from hf_xlqa.objectives.objective import Objective
from hf_xlqa.task_similarity import with_weights

EXACT = {"atol": 0, "rtol": 0}


class Recorder(Objective):
    """Notes what it is shown; its value is a zero that depends on the model."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[tuple[str, frozenset[str]]] = []

    def before_step(self, model: nn.Module, inputs: Any) -> None:
        self.events.append(("before", frozenset(inputs)))

    def forward(self, model: nn.Module, inputs: Any, outputs: Any) -> torch.Tensor:
        self.events.append(("value", frozenset(inputs)))
        return outputs.start_logits.sum() * 0


def record(trainer: Any) -> Recorder:
    """Give a trainer a recording objective beside its span objective."""
    recorder = Recorder()
    trainer.objectives.terms["recorder"] = recorder
    trainer.objectives.weights["recorder"] = 1.0
    return recorder


def weighted_windows() -> Any:
    """Ten windows of different sizes, six of weight 0.25 and four of weight 2."""
    windows = tiny_features(tiny_examples(12)).windows
    light, heavy = windows.select(range(6)), windows.select(range(6, 10))
    return concatenate_datasets([with_weights(light, 0.25), with_weights(heavy, 2.0)])


@pytest.mark.parametrize(("batch", "accumulated"), [(5, 2), (2, 5), (4, 3), (1, 10)])
def test_accumulated_batches_train_like_one_large_batch(tmp_path: Path, batch: int, accumulated: int) -> None:
    """Also where the last batch is smaller (4 + 4 + 2)."""
    options = {"windows": weighted_windows(), "max_steps": 3, "logging_steps": 1}
    whole = tiny_trainer(tmp_path, per_device_train_batch_size=10, **options)
    parts = tiny_trainer(
        tmp_path, per_device_train_batch_size=batch, gradient_accumulation_steps=accumulated, **options
    )
    whole.train()
    parts.train()
    torch.testing.assert_close(weights_of(parts), weights_of(whole), atol=1e-6, rtol=0)
    for name in ("loss", "span"):
        expected = [entry[name] for entry in whole.state.log_history if name in entry]
        assert [entry[name] for entry in parts.state.log_history if name in entry] == pytest.approx(expected, abs=1e-5)
        assert len(expected) == 3


def test_the_weight_of_an_objective_scales_the_loss_and_not_its_logged_value(tmp_path: Path) -> None:
    trainers = [tiny_trainer(tmp_path, max_steps=1, logging_steps=1, objectives=[f"span={w}"]) for w in (1, 0.5)]
    for trainer in trainers:
        trainer.train()
    first, second = (trainer.state.log_history[0] for trainer in trainers)
    assert second["loss"] == pytest.approx(first["loss"] / 2) and second["span"] == first["span"]


def test_logged_values_are_means_over_the_interval(tmp_path: Path) -> None:
    each = tiny_trainer(tmp_path, logging_steps=1)
    every_third = tiny_trainer(tmp_path, logging_steps=3)
    each.train()
    every_third.train()
    values = [entry["span"] for entry in each.state.log_history if "span" in entry]
    means = [entry["span"] for entry in every_third.state.log_history if "span" in entry]
    assert means == pytest.approx([sum(values[:3]) / 3, sum(values[3:]) / 3], rel=1e-6)


def test_objectives_see_columns_that_the_model_does_not_take(tmp_path: Path) -> None:
    trainer = tiny_trainer(tmp_path, max_steps=1)
    recorder = record(trainer)
    passed: list[frozenset[str]] = []
    trainer.network.register_forward_pre_hook(
        lambda module, args, kwargs: passed.append(frozenset(kwargs)), with_kwargs=True
    )
    trainer.train()
    columns = frozenset(trainer.data_collator([trainer.train_dataset[0]]))
    assert recorder.events == [("before", columns), ("value", columns)]
    assert columns - passed[0] == {"answer_mask"}


def test_evaluation_leaves_objectives_alone(tmp_path: Path) -> None:
    trainer = tiny_trainer(tmp_path, sets=[tiny_set(2)])
    recorder = record(trainer)
    trainer.evaluate()
    assert recorder.events == []


def test_unknown_objectives_are_refused_with_the_valid_names(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"`spam` must be one of .*span"):
        tiny_trainer(tmp_path, objectives=["spam"])


def test_parts_of_a_model_with_its_own_loss_are_logged(tmp_path: Path) -> None:
    trainer = tiny_parallel_trainer(tmp_path, max_steps=2, logging_steps=2)
    trainer.train()
    entry = trainer.state.log_history[0]
    assert entry["span"] == pytest.approx(entry["part_span"] + entry["part_auxiliary"], rel=1e-5)
    assert 0 < entry["part_lambda"] <= 1


@pytest.mark.parametrize("accumulated", [1, 2])
def test_resuming_gives_the_weights_of_an_uninterrupted_run(tmp_path: Path, accumulated: int) -> None:
    """With dropout, momentum, shuffling, and a checkpoint in the middle of an epoch."""
    options = {
        "dropout": 0.1,
        "optim": "adamw_torch",
        "learning_rate": 0.01,
        "save_strategy": "steps",
        "save_steps": 2,
        "gradient_accumulation_steps": accumulated,
        "per_device_train_batch_size": 2,
    }
    whole = tiny_trainer(tmp_path / "whole", **options)
    whole.train()
    resumed = tiny_trainer(tmp_path / "resumed", **options)
    start = weights_of(resumed)
    resumed.train(resume_from_checkpoint=str(tmp_path / "whole" / "checkpoint-2"))
    torch.testing.assert_close(weights_of(resumed), weights_of(whole), **EXACT)
    assert not torch.equal(start["qa_outputs.weight"], weights_of(whole)["qa_outputs.weight"])


def test_the_last_checkpoint_is_found(tmp_path: Path) -> None:
    options = {"save_strategy": "steps", "save_steps": 2}
    tiny_trainer(tmp_path, **options).train()
    resumed = tiny_trainer(tmp_path, **options, max_steps=7)
    steps: list[int] = []

    class Steps(TrainerCallback):
        def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            steps.append(state.global_step)

    resumed.add_callback(Steps())
    resumed.train(resume_from_checkpoint=True)
    assert steps == [6]


def test_there_must_be_a_checkpoint_to_resume_from(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be a checkpoint or True for the last one, but .* holds none instead"):
        tiny_trainer(tmp_path).train(resume_from_checkpoint=True)


def test_losses_reach_tensorboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", str(tmp_path / "events"))
    trainer = tiny_trainer(tmp_path, report_to=["tensorboard"], sets=[tiny_set(2)], eval_strategy="epoch")
    trainer.train()
    events = EventAccumulator(str(tmp_path / "events"))
    events.Reload()
    logged = [entry["span"] for entry in trainer.state.log_history if "span" in entry]
    assert [event.value for event in events.Scalars("train/span")] == pytest.approx(logged)
    assert len(events.Scalars("eval/toy_en_f1")) == 2
