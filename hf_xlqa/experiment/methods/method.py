"""What makes a model to train: the interface of all methods."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.training_data import TrainingCorpus
from hf_xlqa.json_options import read_options
from hf_xlqa.models import AdversarialForQuestionAnswering
from hf_xlqa.schema import Example


@dataclass
class Method(ABC):
    """A model to train and its tokenizer. The fields of a method are arguments on its command line.

    Raises:
        ValueError: when `discriminator` is not a JSON object.
    """

    summary: ClassVar[str]
    """What a model card says of the method."""

    discriminator: dict[str, Any] | str | None = field(
        default=None,
        metadata={
            "help": "Fields of AdversarialConfig for objectives that play against a language discriminator, JSON on a "
            'command line: {"source_language": "en", "layer": -1}.'
        },
    )

    def __post_init__(self) -> None:
        if isinstance(self.discriminator, str):
            self.discriminator = read_options("discriminator", self.discriminator)

    @property
    @abstractmethod
    def base_model(self) -> str:
        """What the model starts from, for its record: a name, or "" where it starts from nothing."""

    @property
    def name(self) -> str:
        """The name of the method, that of its file."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def without_translation(self) -> str | None:
        """What it makes of a missing translation, "copy" or "skip"; None where it reads no translations."""
        return None

    @property
    def parallel(self) -> bool:
        """Whether it reads a question and passage together with their translations."""
        return self.without_translation is not None

    @property
    def found(self) -> Mapping[str, Any]:
        """What its record says besides its arguments, once the model is built: values that JSON knows."""
        return {}

    @abstractmethod
    def tokenizer(
        self, corpora: Sequence[TrainingCorpus], data: DataArguments, held_out: Iterable[Example] = ()
    ) -> PreTrainedTokenizerBase:
        """The tokenizer of the model.

        Args:
            corpora: what is trained on.
            data: which languages of it, and what is evaluated.
            held_out: what the checkpoint is chosen by.
        """

    @abstractmethod
    def model(self, tokenizer: PreTrainedTokenizerBase, data: DataArguments) -> PreTrainedModel:
        """The model before training, for a tokenizer that `tokenizer` returned."""

    def with_discriminator(self, model: PreTrainedModel, languages: Sequence[str]) -> PreTrainedModel:
        """The model together with a fresh language discriminator.

        Args:
            model: one that `model` returned.
            languages: what the `language_ids` of its batches count, unless `discriminator` or the model says.
        """
        own = getattr(model.config, "languages", None)
        options: dict[str, Any] = {
            "languages": list(own or languages),
            **cast(dict[str, Any], self.discriminator or {}),
        }
        wrapped: PreTrainedModel = AdversarialForQuestionAnswering.wrap(model, **options)
        return wrapped
