"""Methods whose model reads a question and passage together with their translations."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, field
from typing import Any, ClassVar

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.pretrained import PretrainedMethod


@dataclass
class ParallelMethod(PretrainedMethod, ABC):
    """Adaptive attention from the pivot, the first of `languages`, to the others, on a pretrained encoder."""

    model_class: ClassVar[type[Any]]

    preset: str = field(default="default", metadata={"help": "default, paper or released."})
    missing: str = field(default="copy", metadata={"help": "copy or skip, for a translation that is missing."})
    auxiliary_weight: str | None = field(
        default=None, metadata={"help": "cosine, batch_dot or a number; by default that of the preset."}
    )

    @property
    def without_translation(self) -> str:
        """As `missing` says."""
        return self.missing

    @property
    def config_fields(self) -> dict[str, Any]:
        """Fields of the model's configuration that the arguments set."""
        weight = {} if self.auxiliary_weight is None else {"auxiliary_weight": number_or_name(self.auxiliary_weight)}
        return {"missing": self.missing, **weight}

    def model(self, tokenizer: PreTrainedTokenizerBase, data: DataArguments) -> PreTrainedModel:
        """The encoder with untrained attention and heads.

        Raises:
            ValueError: when the preset or an argument is unknown, or the languages are not what the model reads.
        """
        model: PreTrainedModel = self.model_class.from_encoder_pretrained(
            self.encoder_name,
            preset=self.preset,
            parallel_languages=list(data.translations),
            **self.config_fields,
            **self.loading_options,
        )
        return model


def number_or_name(text: str) -> float | str:
    """A number where the text is one."""
    try:
        return float(text)
    except ValueError:
        return text
