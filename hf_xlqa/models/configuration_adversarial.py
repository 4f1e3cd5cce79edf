"""Configuration of a question-answering model together with its language discriminator."""

from typing import Any

from transformers import AutoConfig, PretrainedConfig, configuration_utils

from .configuration_qanet import QANetConfig

_LANGUAGES = ["en", "zh"]


class AdversarialConfig(PretrainedConfig):
    """Configuration of `AdversarialForQuestionAnswering`.

    Args:
        qa_config: configuration (or its dict) of the question-answering model; BERT by default.
        languages: what the `language_ids` of a batch count; by default those of the model, or else en and zh.
        source_language: the one the discriminator scores high, by default the first; every other is a target.
        layer: which of an encoder's hidden states the discriminator reads, -1 for the last.
        feature_size: width of what it reads, by default the model's `hidden_size`.
        discriminator_channels, discriminator_blocks, discriminator_kernel, discriminator_head,
            discriminator_max_length: see `LanguageDiscriminator`; the defaults are the paper's.

    Raises:
        ValueError: when `languages` are fewer than two or repeat, or `source_language` is not among them.
    """

    model_type = "adversarial"
    keys_to_ignore_at_inference = ("features",)
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
    feature_size: int | None = None
    discriminator_channels: int = 96
    discriminator_blocks: int = 5
    discriminator_kernel: int = 5
    discriminator_head: str = "mean"
    discriminator_max_length: int | None = None
    initializer_range: float = 0.02

    def __post_init__(self, **kwargs: Any) -> None:
        self.qa_config = _as_config(self.qa_config)
        if self.languages is None:
            self.languages = list(getattr(self.qa_config, "languages", None) or _LANGUAGES)
        if len(self.languages) < 2 or len(set(self.languages)) < len(self.languages):
            raise ValueError(f"`languages` must name two or more different languages, but is {self.languages} instead.")
        self.source_language = self.source_language or self.languages[0]
        if self.source_language not in self.languages:
            raise ValueError(
                f"`source_language` must be one of {', '.join(self.languages)}, "
                f"but is {self.source_language!r} instead."
            )
        self.feature_size = self.feature_size or int(self.qa_config.hidden_size)
        super().__post_init__(**kwargs)

    @property
    def source_id(self) -> int:
        """The language id of the source."""
        return (self.languages or []).index(str(self.source_language))


def _as_config(config: dict[str, Any] | PretrainedConfig | None) -> PretrainedConfig:
    if isinstance(config, PretrainedConfig):
        return config
    fields = dict(config or {})
    model_type = fields.pop("model_type", "bert")
    # A checkpoint brings QANet along, and loads it where no Auto class knows it.
    return QANetConfig(**fields) if model_type == QANetConfig.model_type else AutoConfig.for_model(model_type, **fields)
