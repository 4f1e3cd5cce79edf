"""XLTT: a question and passage read together with their translations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.pretrained import PretrainedMethod
from hf_xlqa.models import XLTTForQuestionAnswering


@dataclass
class XLTT(PretrainedMethod):
    """Multilingual adaptive attention over the pivot, the first of `languages`, and the others."""

    summary: ClassVar[str] = "XLTT: multilingual adaptive attention over a question and passage and their translations."

    preset: str = field(default="default", metadata={"help": "default, paper or released."})
    combination: str = field(default="concat", metadata={"help": "concat, or mean for any number of languages."})
    missing: str = field(default="copy", metadata={"help": "copy or skip, for a translation that is missing."})
    auxiliary_weight: str | None = field(
        default=None, metadata={"help": "cosine, batch_dot or a number; by default that of the preset."}
    )

    @property
    def without_translation(self) -> str:
        """As `missing` says."""
        return self.missing

    def model(self, tokenizer: PreTrainedTokenizerBase, data: DataArguments) -> PreTrainedModel:
        """The encoder with untrained attention and heads.

        Raises:
            ValueError: when the preset, the combination or the policy is unknown.
        """
        fields: dict[str, str | float] = {"combination": self.combination, "missing": self.missing}
        if self.auxiliary_weight is not None:
            fields["auxiliary_weight"] = number_or_name(self.auxiliary_weight)
        return XLTTForQuestionAnswering.from_encoder_pretrained(  # type: ignore[no-any-return]
            self.encoder_name,
            preset=self.preset,
            parallel_languages=list(data.translations),
            **fields,
            **self.loading_options,
        )


def number_or_name(text: str) -> float | str:
    """A number where the text is one."""
    try:
        return float(text)
    except ValueError:
        return text
