"""The span objective: find the answer (XLTT, Eq. 20-22 and 24)."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from hf_xlqa.models.span_head import IGNORED, mask_logits, span_loss
from hf_xlqa.objectives.objective import Inputs, Objective, forward_arguments


class SpanObjective(Objective):
    """Cross-entropy of the gold start and end, weighted by the `sample_weight` of each example.

    A model whose forward takes `sample_weight` computes its own loss, auxiliary terms included, and
    that loss is taken. For every other question-answering model it is computed here from the logits,
    over the positions that `answer_mask` allows.

    It is the mean over the labelled examples. Texts without labels (-100 for both), which only other objectives look
    at, do not make it smaller; where batches are accumulated, they should hold as many of them each, as they do with
    `balance_languages`.

    Raises:
        ValueError: when the batch has no `start_positions` and `end_positions`.
    """

    def forward(self, model: nn.Module, inputs: Inputs, outputs: Any) -> Tensor:
        """The mean over the labelled examples of the batch, 0 without one."""
        if not {"start_positions", "end_positions"} <= inputs.keys():
            given = ", ".join(inputs)
            raise ValueError(f"`inputs` must have start_positions and end_positions, but have {given} instead.")
        start, end = inputs["start_positions"], inputs["end_positions"]
        labelled = (start != IGNORED) | (end != IGNORED)
        share: Tensor = labelled.sum().clamp(min=1) / len(labelled)
        return _mean_over_all(model, inputs, outputs) / share


def _mean_over_all(model: nn.Module, inputs: Inputs, outputs: Any) -> Tensor:
    """The mean over all examples of the batch, 0 at those without a label: a scalar."""
    if "sample_weight" in forward_arguments(model):
        loss: Tensor = outputs.loss.mean()
        return loss
    mask = inputs.get("answer_mask")
    return span_loss(
        mask_logits(outputs.start_logits, mask),
        mask_logits(outputs.end_logits, mask),
        inputs["start_positions"],
        inputs["end_positions"],
        sample_weight=inputs.get("sample_weight"),
    )
