"""Configuration shared by the models that read a text together with its translations: Dual BERT and XLTT."""

from dataclasses import field, fields
from typing import Any, ClassVar

from transformers import AutoConfig, PretrainedConfig, configuration_utils

from .nested_config import nested_config

PAPER: dict[str, Any] = {
    "projection": False,
    "scale_scores": False,
    "scale_self_attention": False,
    "detach_auxiliary_weight": False,
}
"""The equations as printed."""

RELEASED: dict[str, Any] = {
    "projection": True,
    "scale_scores": True,
    "scale_self_attention": False,
    "mask_self_attention": False,
    "auxiliary_weight": "batch_dot",
    "detach_auxiliary_weight": False,
    "span_attention": "self_adaptive",
    "attention_dropout": 0.1,
}
"""The choices of Dual BERT's released code, besides its residual."""


class ParallelReaderConfig(PretrainedConfig):
    """Configuration of a `ParallelReaderModel`.

    Args:
        encoder_config: configuration (or its dict) of the shared multilingual encoder; BERT by default.
        parallel_languages: languages of the translations, in the order of their axis.
        projection: whether the attention projects to queries, keys and values (as the released code of
            Dual BERT) or not (as in the equations).
        num_attention_heads: heads of the projected attention; None takes the encoder's number.
        scale_scores: whether the scores of the last softmax are divided by sqrt(head width).
        scale_self_attention: likewise for the attention of each text to itself.
        mask_self_attention: whether that attention leaves padding out.
        self_adaptive: whether the texts attend to themselves before the one attends to the other (Cui et al. 2019,
            Eq. 2-4); without, the scores are those of Eq. 1, an ablation of their Table 4.
        residual: whether the text's own states are added to what it takes from its translations, or the mean
            of the translations' states, position by position; the name of each is its model's.
        auxiliary_weight: weight lambda of the loss on the translations: "cosine" for each example,
            "batch_dot" (as released), a number, or 0 for no auxiliary loss.
        detach_auxiliary_weight: whether lambda is a constant to the gradient; otherwise the model can lower the loss by
            making the languages' spans unlike, and in XLTT comes to answer in the pivot's language alone.
        span_attention: "dot" (Cui et al. 2019, section 4.3) or "self_adaptive" (as released).
        missing: what stands for a translation that is not there: "copy" the text itself, or "skip",
            which leaves its attention out.
        attention_dropout: on the attention weights of the last softmax; above 0 no fused kernel serves on CPU.
        hidden_dropout: on what is taken from the translations, before the residual.

    Raises:
        ValueError: when a choice is unknown (the message lists the valid ones) or `parallel_languages`
            is empty or repeats itself.
    """

    keys_to_ignore_at_inference = ("loss_parts",)
    if hasattr(configuration_utils, "SubConfigSpec"):
        sub_configs_defaults = {
            "encoder_config": configuration_utils.SubConfigSpec(config_class=AutoConfig, model_type="bert")
        }
    else:  # older transformers, 5.17 among them
        sub_configs = {"encoder_config": AutoConfig}
    presets: ClassVar[dict[str, dict[str, Any]]] = {}
    choices: ClassVar[dict[str, tuple[str, ...]]] = {
        "span_attention": ("dot", "self_adaptive"),
        "missing": ("copy", "skip"),
    }

    encoder_config: Any = None
    parallel_languages: list[str] = field(default_factory=list)
    projection: bool = True
    num_attention_heads: int | None = None
    scale_scores: bool = True
    scale_self_attention: bool = True
    mask_self_attention: bool = True
    self_adaptive: bool = True
    residual: str = ""
    auxiliary_weight: str | float | None = "cosine"
    detach_auxiliary_weight: bool = True
    span_attention: str = "dot"
    missing: str = "copy"
    attention_dropout: float = 0.0
    hidden_dropout: float = 0.1
    layer_norm_eps: float = 1e-12
    initializer_range: float = 0.02

    def __post_init__(self, **kwargs: Any) -> None:
        self.encoder_config = nested_config(self.encoder_config)
        self._check()
        super().__post_init__(**kwargs)

    @classmethod
    def from_preset(cls, preset: str, **fields: Any) -> Any:
        """A configuration with the fields of a preset, changed by `fields`.

        Args:
            preset: "paper" (the equations as printed), "released" (the choices of Dual BERT's released
                code) or "default" (projected, scaled and masked; in XLTT lambda is a constant to the gradient).

        Raises:
            ValueError: when there is no such preset.
        """
        if preset not in cls.presets:
            raise ValueError(f"`preset` must be one of {', '.join(cls.presets)}, but is {preset!r} instead.")
        return cls(**{**cls.presets[preset], **fields})

    @classmethod
    def own_fields(cls) -> set[str]:
        """Names of the fields that this configuration adds to those of every configuration."""
        return {each.name for each in fields(cls)} - {each.name for each in fields(PretrainedConfig)}

    @property
    def hidden_size(self) -> int:
        """Width of the encoder's states."""
        return int(self.encoder_config.hidden_size)

    @property
    def attended_size(self) -> int:
        """Width of what W reads: the states taken from every translation, side by side."""
        return self.hidden_size * len(self.parallel_languages)

    @property
    def residual_is_own(self) -> bool:
        """Whether the text's own states are the residual, which is the first of the choices."""
        return self.residual == self.choices["residual"][0]

    def _check(self) -> None:
        for name, valid in self.choices.items():
            given = getattr(self, name)
            if given not in valid:
                raise ValueError(f"`{name}` must be one of {', '.join(valid)}, but is {given!r} instead.")
        weight = self.auxiliary_weight
        if isinstance(weight, str) and weight not in ("cosine", "batch_dot"):
            raise ValueError(f"`auxiliary_weight` must be cosine, batch_dot or a number, but is {weight!r} instead.")
        languages = self.parallel_languages
        if not languages or len(set(languages)) < len(languages):
            raise ValueError(
                f"`parallel_languages` must name one or more different languages, but is {languages} instead."
            )
