"""The span objective on models that compute their loss, and on models that do not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from hf_xlqa.objectives.span import SpanObjective


class WeightsItself(nn.Module):
    def forward(self, input_ids: torch.Tensor, sample_weight: torch.Tensor | None = None) -> None: ...


class FromTheHub(nn.Module):
    def forward(self, input_ids: torch.Tensor) -> None: ...


def batch() -> dict[str, torch.Tensor]:
    return {
        "start_positions": torch.tensor([1, 2]),
        "end_positions": torch.tensor([2, -100]),
        "answer_mask": torch.tensor([[True, True, True, False], [True, False, True, True]]),
        "sample_weight": torch.tensor([0.5, 2.0]),
    }


def test_a_model_that_takes_weights_computes_its_own_loss() -> None:
    outputs = SimpleNamespace(loss=torch.tensor([1.0, 3.0]))
    assert SpanObjective()(WeightsItself(), batch(), outputs).item() == 2.0


def test_other_models_get_the_masked_and_weighted_cross_entropy() -> None:
    logits = torch.zeros(2, 4)
    outputs = SimpleNamespace(loss=torch.tensor(99.0), start_logits=logits, end_logits=logits)
    # Three positions are allowed in each example; the second has no end: (0.5 log 3 + 2 * (log 3 + 0) / 2) / 2.
    expected = (0.5 + 1.0) * torch.log(torch.tensor(3.0)) / 2
    torch.testing.assert_close(SpanObjective()(FromTheHub(), batch(), outputs), expected)


def test_without_mask_and_weights_all_positions_and_examples_count_alike() -> None:
    inputs = {"start_positions": torch.tensor([0]), "end_positions": torch.tensor([3])}
    outputs = SimpleNamespace(start_logits=torch.zeros(1, 4), end_logits=torch.zeros(1, 4))
    torch.testing.assert_close(SpanObjective()(FromTheHub(), inputs, outputs), torch.log(torch.tensor(4.0)))


def test_a_batch_without_labels_is_refused() -> None:
    with pytest.raises(ValueError, match="must have start_positions and end_positions, but have input_ids instead"):
        SpanObjective()(FromTheHub(), {"input_ids": torch.zeros(1, 1)}, SimpleNamespace())
