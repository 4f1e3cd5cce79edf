"""A plain question-answering head on an encoder: zero-shot, translate-train, joint training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from transformers import AutoModelForQuestionAnswering, PreTrainedModel, PreTrainedTokenizerBase

from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.pretrained import PretrainedMethod


@dataclass
class Encoder(PretrainedMethod):
    """A question-answering model of transformers, trained on every language as on one."""

    summary: ClassVar[str] = "A plain question-answering head on a multilingual encoder."

    def model(self, tokenizer: PreTrainedTokenizerBase, data: DataArguments) -> PreTrainedModel:
        """The encoder with its head, new unless a checkpoint has one."""
        return AutoModelForQuestionAnswering.from_pretrained(self.encoder_name, **self.loading_options)  # type: ignore[no-any-return]
