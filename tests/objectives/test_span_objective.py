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


def test_texts_without_labels_leave_the_weight_of_the_others_as_it_is() -> None:
    """Half of a batch is text only: the loss is that of the other half, not half of it."""
    logits = torch.tensor([[1.0, 2.0, 0.0], [0.0, 3.0, 1.0]], requires_grad=True)
    labels = {name: torch.tensor([1, -100]) for name in ("start_positions", "end_positions")}
    outputs = SimpleNamespace(start_logits=logits, end_logits=logits, loss=torch.tensor(0.25))
    value = SpanObjective()(FromTheHub(), labels, outputs)
    torch.testing.assert_close(value, -logits[0].log_softmax(0)[1])
    (gradient,) = torch.autograd.grad(value, logits)
    assert gradient[0].abs().sum() > 0 and not gradient[1].any()
    assert SpanObjective()(WeightsItself(), labels, outputs).item() == 0.5  # the model's mean is over both
    nothing = {name: torch.tensor([-100, -100]) for name in labels}
    assert SpanObjective()(FromTheHub(), nothing, outputs).item() == 0.0


def test_a_batch_without_labels_is_refused() -> None:
    with pytest.raises(ValueError, match="must have start_positions and end_positions, but have input_ids instead"):
        SpanObjective()(FromTheHub(), {"input_ids": torch.zeros(1, 1)}, SimpleNamespace())
