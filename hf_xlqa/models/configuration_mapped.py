"""Configuration of a question-answering model with a linear map between languages at one of its layers."""

from typing import Any

from .wrapped_config import WrappedReaderConfig


class MappedConfig(WrappedReaderConfig):
    """Configuration of `MappedForQuestionAnswering`.

    Args:
        qa_config, languages: see `WrappedReaderConfig`; ids beyond the languages are of some that are not mapped, as
            all are but the source.
        source_language: the one whose states are mapped, by default the first.
        layer: which of the encoder's hidden states are mapped, from 1, or -1 for the last.
        bias: whether the map adds a vector, besides multiplying with a matrix.
        trainable: whether the map learns with the model, or stays as it was found.
        hidden_size: width of the states, by default the model's.

    Raises:
        ValueError: when `languages` repeat, or `source_language` is not among them.
    """

    model_type = "mapped"
    reads_languages = True  # its batches need `language_ids`, which no tokenizer of its own gives

    bias: bool = True
    trainable: bool = False
    hidden_size: int | None = None

    def __post_init__(self, **kwargs: Any) -> None:
        super().__post_init__(**kwargs)
        self.hidden_size = self.hidden_size or int(self.qa_config.hidden_size)
