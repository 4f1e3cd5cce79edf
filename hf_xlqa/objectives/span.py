"""The span objective: find the answer (XLTT, Eq. 20-22 and 24)."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from hf_xlqa.models.span_head import mask_logits, span_loss
from hf_xlqa.objectives.objective import Inputs, Objective, forward_arguments


class SpanObjective(Objective):
    """Cross-entropy of the gold start and end, weighted by the `sample_weight` of each example.

    A model whose forward takes `sample_weight` computes its own loss, auxiliary terms included, and
    that loss is taken. For every other question-answering model it is computed here from the logits,
    over the positions that `answer_mask` allows.

    Raises:
        ValueError: when the batch has no `start_positions` and `end_positions`.
    """

    def forward(self, model: nn.Module, inputs: Inputs, outputs: Any) -> Tensor:
        """The mean over the examples of the batch."""
        if not {"start_positions", "end_positions"} <= inputs.keys():
            given = ", ".join(inputs)
            raise ValueError(f"`inputs` must have start_positions and end_positions, but have {given} instead.")
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
