"""Methods whose model starts from a pretrained encoder."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from hf_xlqa.corpora.sample import encoder_path
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.method import Method
from hf_xlqa.experiment.training_data import TrainingCorpus
from hf_xlqa.schema import Example


@dataclass
class PretrainedMethod(Method, ABC):
    """A model on an encoder of the Hub, of a folder, or the embedded one."""

    encoder: str = field(
        default="sample",
        metadata={"help": "Hub id or folder of an encoder or a checkpoint; sample is the embedded one."},
    )
    encoder_revision: str = field(default="main", metadata={"help": "Branch, tag or commit of the encoder."})
    attn_implementation: str | None = field(
        default=None, metadata={"help": "sdpa, eager or flash_attention_2; by default what the encoder prefers."}
    )

    @property
    def base_model(self) -> str:
        """The encoder's name."""
        return "hf_xlqa sample encoder" if self.encoder == "sample" else self.encoder

    @property
    def encoder_name(self) -> str:
        """What `from_pretrained` is called with: the encoder's name, or the folder of the embedded one."""
        return str(encoder_path()) if self.encoder == "sample" else self.encoder

    @property
    def loading_options(self) -> dict[str, Any]:
        """Keyword arguments of `from_pretrained`."""
        options = {"revision": self.encoder_revision}
        if self.attn_implementation is not None:
            options["attn_implementation"] = self.attn_implementation
        return options

    def tokenizer(
        self, corpora: Sequence[TrainingCorpus], data: DataArguments, held_out: Iterable[Example] = ()
    ) -> PreTrainedTokenizerBase:
        """The tokenizer of the encoder, whatever the corpora are.

        Raises:
            ValueError: when there is no such encoder.
        """
        try:
            return AutoTokenizer.from_pretrained(self.encoder_name, revision=self.encoder_revision)  # type: ignore[no-any-return]
        except (OSError, ValueError) as error:
            raise ValueError(
                "`encoder` must be sample, the folder of a model with its tokenizer, or the id of one on the Hub, "
                f"but is {self.encoder!r} instead: {error}"
            ) from error
