"""Configuration of a question-answering model with a linear map between languages at one of its layers."""

from typing import Any

from transformers import AutoConfig, PretrainedConfig, configuration_utils

_LANGUAGES = ["en", "zh"]


class MappedConfig(PretrainedConfig):
    """Configuration of `MappedForQuestionAnswering`.

    Args:
        qa_config: configuration (or its dict) of the question-answering model; BERT by default.
        languages: what the `language_ids` of a batch count, by default en and zh; ids beyond them are of languages that
            are not mapped, as all are but the source.
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
    if hasattr(configuration_utils, "SubConfigSpec"):
        sub_configs_defaults = {
            "qa_config": configuration_utils.SubConfigSpec(config_class=AutoConfig, model_type="bert")
        }
    else:  # older transformers, 5.17 among them
        sub_configs = {"qa_config": AutoConfig}

    qa_config: Any = None
    languages: list[str] | None = None
    source_language: str | None = None
    layer: int = -1
    bias: bool = True
    trainable: bool = False
    hidden_size: int | None = None

    def __post_init__(self, **kwargs: Any) -> None:
        if not isinstance(self.qa_config, PretrainedConfig):
            fields = dict(self.qa_config or {})
            self.qa_config = AutoConfig.for_model(fields.pop("model_type", "bert"), **fields)
        self.languages = list(self.languages or _LANGUAGES)
        if len(set(self.languages)) < len(self.languages):
            raise ValueError(f"`languages` must be different ones, but are {', '.join(self.languages)} instead.")
        self.source_language = self.source_language or self.languages[0]
        if self.source_language not in self.languages:
            raise ValueError(
                f"`source_language` must be one of {', '.join(self.languages)}, "
                f"but is {self.source_language!r} instead."
            )
        self.hidden_size = self.hidden_size or int(self.qa_config.hidden_size)
        super().__post_init__(**kwargs)

    @property
    def source_id(self) -> int:
        """The language id of the source."""
        return (self.languages or []).index(str(self.source_language))
