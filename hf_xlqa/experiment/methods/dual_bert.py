"""Dual BERT: a question and passage of the target language read together with their translation into the source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.parallel import ParallelMethod
from hf_xlqa.models import DualBertForQuestionAnswering


@dataclass
class DualBert(ParallelMethod):
    """Self-adaptive attention from the target, the first of `languages`, to the source, the second and last."""

    summary: ClassVar[str] = (
        "Dual BERT: self-adaptive attention from a question and passage to their translation into the source language."
    )
    model_class: ClassVar[type[Any]] = DualBertForQuestionAnswering

    self_adaptive: bool = field(
        default=True, metadata={"help": "Attend to each text by itself first; False for Eq. 1 alone, an ablation."}
    )

    @property
    def config_fields(self) -> dict[str, Any]:
        """Those of every parallel method, and whether the attention is self-adaptive."""
        return {**super().config_fields, "self_adaptive": self.self_adaptive}

    def model(self, tokenizer: PreTrainedTokenizerBase, data: DataArguments) -> PreTrainedModel:
        """As that of every parallel method.

        Raises:
            ValueError: also when there are not two languages.
        """
        if len(data.languages) != 2:
            raise ValueError(
                "`languages` must be the target and then the source for dual_bert, as in `--languages zh en`, but are "
                f"{', '.join(data.languages)} instead."
            )
        return super().model(tokenizer, data)
