"""Produce the same answer: a translated question is answered as the English one is (LAF 2020, Eq. 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from hf_xlqa.models.span_head import IGNORED, mask_logits, span_losses
from hf_xlqa.objectives.objective import Inputs
from hf_xlqa.objectives.pair_objective import PairObjective

_PREDICTED = "predicted_positions"


class ProduceSameAnswer(PairObjective):
    """Cross-entropy of a translated question's start and end against those predicted for the pivot, each with 1/2.

    What is predicted for the pivot is read off the same forward pass, before the update and without gradient
    (Algorithm 2, line 7). Its positions are moved to where the same characters of the shared context are in the
    translation's row, as question lengths differ; [CLS] stays [CLS]. A target that the translation's window does not
    hold is skipped; `outside` logs the share of them.

    The batch is a `paired_windows.PairCollator`'s. The value is the mean over its rows, pivots counting 0, as in the
    mean of `span` over the same rows: together they are the sum of Algorithm 2's terms for each pair.

    Args:
        update: see `PairObjective`; also "sequential" goes by what was predicted before the first update.

    Raises:
        ValueError: when `update` is unknown.
    """

    columns = ("pivot_rows", "pivot_shifts", "answer_mask", "cls_index")

    def __init__(self, *, update: str = "joint") -> None:
        super().__init__(update=update)
        self._logs: dict[str, Tensor] = {}

    def forward(self, model: nn.Module, inputs: Inputs, outputs: Any) -> Tensor:
        """The mean over the rows of the batch.

        Raises:
            ValueError: when the batch is not of pairs.
        """
        self.check(inputs)
        logits = _logits(inputs, outputs)
        targets = [_targets(each, inputs) for each in inputs.get(_PREDICTED) or _predicted(logits)]
        paired = inputs["pivot_rows"] >= 0
        outside = torch.stack([(target == IGNORED) & paired for target in targets]).float().mean(dim=0)
        self._logs = {"outside": outside.sum() / paired.sum().clamp(min=1)}
        return span_losses(logits[0], logits[1], targets[0], targets[1]).mean()

    def later(self, inputs: Inputs, outputs: Any) -> Inputs:
        """The batch with what is predicted now."""
        return {**inputs, _PREDICTED: _predicted(_logits(inputs, outputs))}

    def logs(self) -> Mapping[str, Tensor]:
        """The share of the targets that are outside of their windows."""
        return self._logs


def _logits(inputs: Inputs, outputs: Any) -> list[Tensor]:
    """Of start and end, (batch, L) each."""
    return [mask_logits(each.float(), inputs["answer_mask"]) for each in (outputs.start_logits, outputs.end_logits)]


def _predicted(logits: list[Tensor]) -> list[Tensor]:
    """The best start and end, (batch,) each."""
    return [each.detach().argmax(dim=-1) for each in logits]


def _targets(predicted: Tensor, inputs: Inputs) -> Tensor:
    """What each row is to predict by what all rows predict, (batch,) each; -100 where nothing."""
    allowed, cls_index = inputs["answer_mask"].bool(), inputs["cls_index"]
    pivots = inputs["pivot_rows"].clamp(min=0)
    at = predicted[pivots] + inputs["pivot_shifts"]
    held = (at >= 0) & (at < allowed.shape[1]) & (at != cls_index)
    held &= allowed.gather(1, at.clamp(0, allowed.shape[1] - 1).unsqueeze(1)).squeeze(1)
    at = torch.where(held, at, IGNORED)
    at = torch.where(predicted[pivots] == cls_index[pivots], cls_index, at)
    return torch.where(inputs["pivot_rows"] >= 0, at, IGNORED)
