"""Configuration shared by the models that hold any question-answering model: adversarial and mapped."""

from typing import Any, ClassVar

from transformers import AutoConfig, PretrainedConfig, configuration_utils

from .nested_config import nested_config

_LANGUAGES = ["en", "zh"]


class WrappedReaderConfig(PretrainedConfig):
    """Configuration of a `WrappedReader`.

    Args:
        qa_config: configuration (or its dict) of the question-answering model; BERT by default.
        languages: what the `language_ids` of a batch count; by default those of the model, or else en and zh.
        source_language: the one that its own part tells from the others, by default the first.
        layer: which of an encoder's hidden states its own part reads, -1 for the last.

    Raises:
        ValueError: when `languages` are too few or repeat, or `source_language` is not among them.
    """

    if hasattr(configuration_utils, "SubConfigSpec"):
        sub_configs_defaults = {
            "qa_config": configuration_utils.SubConfigSpec(config_class=AutoConfig, model_type="bert")
        }
    else:  # older transformers, 5.17 among them
        sub_configs = {"qa_config": AutoConfig}
    brought_along: ClassVar[tuple[type[PretrainedConfig], ...]] = ()
    fewest_languages: ClassVar[int] = 1

    qa_config: Any = None
    languages: list[str] | None = None
    source_language: str | None = None
    layer: int = -1

    def __post_init__(self, **kwargs: Any) -> None:
        self.qa_config = nested_config(self.qa_config, self.brought_along)
        if self.languages is None:
            self.languages = list(getattr(self.qa_config, "languages", None) or _LANGUAGES)
        if len(self.languages) < self.fewest_languages or len(set(self.languages)) < len(self.languages):
            raise ValueError(
                f"`languages` must name {self.fewest_languages} or more different languages, "
                f"but is {self.languages} instead."
            )
        self.source_language = self.source_language or self.languages[0]
        if self.source_language not in self.languages:
            raise ValueError(
                f"`source_language` must be one of {', '.join(self.languages)}, "
                f"but is {self.source_language!r} instead."
            )
        super().__post_init__(**kwargs)

    @property
    def source_id(self) -> int:
        """The language id of the source."""
        return (self.languages or []).index(str(self.source_language))
