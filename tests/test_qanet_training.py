"""QANet and its tokenizer in the trainer: evaluation, the language GAN, what a checkpoint holds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_qa import tiny_examples
from tiny_qanet import WITHOUT_DROPOUT, qanet_features, qanet_set, qanet_trainer

from hf_xlqa.evaluation import EvaluationSet


def test_the_loss_of_an_evaluation_is_that_of_the_windows_with_an_answer(tmp_path: Path) -> None:
    """QANet has no null answer: its logit at the separator, where the others have their labels, is the least float."""
    evaluated = qanet_set(5)
    trainer = qanet_trainer(tmp_path, sets=[evaluated], objectives=["span"])
    windows = evaluated.features.windows
    answered = [row for row in windows if row["start_positions"] != row["cls_index"]]
    assert len(answered) == 5 < len(windows)
    model = trainer.network.eval()
    with torch.no_grad():
        losses = [float(model(**inputs_of(trainer, [row])).loss) for row in answered]
    assert trainer.evaluate()["eval_toy_en_loss"] == pytest.approx(sum(losses) / 5, rel=1e-5)


def test_the_loss_of_an_evaluation_without_answers_is_no_number(tmp_path: Path) -> None:
    examples = tiny_examples(4)[3:]
    features = qanet_features(examples)
    features = type(features)(features.windows.select([0]), features.report)
    assert features.windows[0]["start_positions"] == features.windows[0]["cls_index"]
    evaluated = EvaluationSet("toy/en", examples, features, language="en", metric="mlqa")
    trainer = qanet_trainer(tmp_path, sets=[evaluated], objectives=["span"])
    assert math.isnan(trainer.evaluate()["eval_toy_en_loss"])


def test_windows_without_an_answer_add_nothing_to_the_training_loss(tmp_path: Path) -> None:
    trainer = qanet_trainer(tmp_path, objectives=["span"], fields=WITHOUT_DROPOUT)
    rows = list(trainer.train_dataset)
    answered = [row for row in rows if row["start_positions"] != row["cls_index"]]
    model = trainer.network.eval()
    with torch.no_grad():
        every, some = (model(**inputs_of(trainer, each)).loss for each in (rows, answered))
    assert float(every) * len(rows) == pytest.approx(float(some) * len(answered), rel=1e-5)


def inputs_of(trainer: Any, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """A batch of windows for the model."""
    batch = trainer.data_collator(rows)
    return {name: tensor for name, tensor in batch.items() if name != "sample_weight"}
