"""What the trainer makes of one batch of an evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_qa import tiny_model, tiny_trainer
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import BertForQuestionAnswering
from transformers.modeling_outputs import QuestionAnsweringModelOutput

LOWEST = torch.finfo(torch.bfloat16).min


class Given(BertForQuestionAnswering):
    """Returns logits in bfloat16 that were laid down, and refuses labels."""

    logits: Any

    def forward(
        self,
        input_ids: Tensor | None = None,
        start_positions: Tensor | None = None,
        end_positions: Tensor | None = None,
    ) -> Any:
        assert start_positions is None and end_positions is None
        return QuestionAnsweringModelOutput(start_logits=self.logits[0], end_logits=self.logits[1])


def test_a_window_counts_where_start_and_end_are_allowed(tmp_path: Path) -> None:
    """The model is not shown labels, and the numbers are in single precision whatever it computes in."""
    model = Given(tiny_model().config)
    start = torch.tensor([[0.5, 2.0, -1.0], [0.5, 2.0, -1.0], [LOWEST, 2.0, -1.0], [0.5, 2.0, -1.0]])
    end = torch.tensor([[0.5, 1.0, 3.0], [LOWEST, 1.0, 3.0], [0.5, 1.0, 3.0], [0.5, 1.0, 3.0]])
    model.logits = (start.bfloat16(), end.bfloat16())
    inputs = {
        "input_ids": torch.ones(4, 3, dtype=torch.long),
        "attention_mask": torch.ones(4, 3, dtype=torch.long),
        "answer_mask": torch.tensor([[True, True, False]]).expand(4, 3),
        "start_positions": torch.tensor([1, 0, 0, -100]),
        "end_positions": torch.tensor([1, 0, 0, -100]),
    }
    loss, logits, (losses, judged) = tiny_trainer(tmp_path, model=model).prediction_step(model, inputs, False)
    assert loss is None and judged.tolist() == [True, False, False, False]
    expected = [cross_entropy(each[0, :2], torch.tensor(1)).item() / 2 for each in (start, end)]
    assert losses.tolist() == pytest.approx([sum(expected), 0, 0, 0], abs=1e-6)
    assert {each.dtype for each in logits} == {torch.float32}
    assert logits[0][0].tolist() == [0.5, 2.0, torch.finfo(torch.float32).min]
