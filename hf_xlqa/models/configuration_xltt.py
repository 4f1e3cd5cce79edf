"""Configuration of XLTT (Cross-Lingual Transposition ReThinking, 2021) and its presets."""

from dataclasses import field
from typing import Any

from transformers import AutoConfig, PretrainedConfig, configuration_utils

PRESETS: dict[str, dict[str, Any]] = {
    "default": {},
    "paper": {
        "projection": False,
        "scale_scores": False,
        "scale_self_attention": False,
        "detach_auxiliary_weight": False,
    },
    "released": {
        "projection": True,
        "scale_scores": True,
        "scale_self_attention": False,
        "mask_self_attention": False,
        "residual": "parallel",
        "auxiliary_weight": "batch_dot",
        "detach_auxiliary_weight": False,
        "span_attention": "self_adaptive",
        "attention_dropout": 0.1,
    },
}

_CHOICES = {
    "combination": ("concat", "mean"),
    "residual": ("pivot", "parallel"),
    "span_attention": ("dot", "self_adaptive"),
    "missing": ("copy", "skip"),
}


class XLTTConfig(PretrainedConfig):
    """Configuration of `XLTTModel`.

    Args:
        encoder_config: configuration (or its dict) of the shared multilingual encoder; BERT by default.
        parallel_languages: languages of the parallel inputs, in the order of their axis; the paper
            trains with English as pivot and `["ja", "ko"]` (section 4.1).
        combination: how the languages' attended states C' become C. "concat" is W [C'_M ; C'_N ; ...] + b
            (Eq. 14-16) and holds the number of languages fixed; "mean" applies one W to their mean and
            takes any number of languages at training and test time.
        projection: whether the attention projects to queries, keys and values (as the released code of
            Dual BERT, whose attention XLTT takes over) or not (as in Eq. 5-13).
        num_attention_heads: heads of the projected attention; None takes the encoder's number.
        scale_scores: whether the scores of the last softmax (Eq. 12-13) are divided by sqrt(head width).
        scale_self_attention: likewise for the intra-attention (Eq. 5-7).
        mask_self_attention: whether the intra-attention leaves padding out.
        residual: "pivot" adds B_S (Eq. 17); "parallel" adds the mean of the parallel states, position by
            position, as the released Dual BERT does with its source.
        auxiliary_weight: "cosine" (Eq. 23), "batch_dot" (as released), a number, or 0 for no auxiliary loss.
        detach_auxiliary_weight: whether lambda is a constant to the gradient; otherwise the model can
            lower the loss by making the languages' spans unlike.
        span_attention: "dot" (Cui et al. 2019, section 4.3) or "self_adaptive" (as released).
        missing: what stands for a translation that is not there: "copy" the pivot itself, or "skip",
            which leaves its attention out.
        attention_dropout: on the attention weights of the last softmax; above 0 no fused kernel serves on CPU.
        hidden_dropout: on C before the residual.

    Raises:
        ValueError: when a choice is unknown (the message lists the valid ones) or `parallel_languages`
            is empty or repeats itself.
    """

    model_type = "xltt"
    keys_to_ignore_at_inference = ("loss_parts",)
    if hasattr(configuration_utils, "SubConfigSpec"):
        sub_configs_defaults = {
            "encoder_config": configuration_utils.SubConfigSpec(config_class=AutoConfig, model_type="bert")
        }
    else:  # older transformers, 5.17 among them
        sub_configs = {"encoder_config": AutoConfig}

    encoder_config: Any = None
    parallel_languages: list[str] = field(default_factory=lambda: ["ja", "ko"])
    combination: str = "concat"
    projection: bool = True
    num_attention_heads: int | None = None
    scale_scores: bool = True
    scale_self_attention: bool = True
    mask_self_attention: bool = True
    residual: str = "pivot"
    auxiliary_weight: str | float | None = "cosine"
    detach_auxiliary_weight: bool = True
    span_attention: str = "dot"
    missing: str = "copy"
    attention_dropout: float = 0.0
    hidden_dropout: float = 0.1
    layer_norm_eps: float = 1e-12
    initializer_range: float = 0.02

    def __post_init__(self, **kwargs: Any) -> None:
        self.encoder_config = _as_config(self.encoder_config)
        _check_choices(self)
        super().__post_init__(**kwargs)

    @classmethod
    def from_preset(cls, preset: str, **fields: Any) -> "XLTTConfig":
        """A configuration with the fields of a preset, changed by `fields`.

        Args:
            preset: "paper" (Eq. 4-25 as printed), "released" (the choices of Dual BERT's released code
                where the two models share an equation) or "default".

        Raises:
            ValueError: when there is no such preset.
        """
        if preset not in PRESETS:
            raise ValueError(f"`preset` must be one of {', '.join(PRESETS)}, but is {preset!r} instead.")
        return cls(**{**PRESETS[preset], **fields})

    @property
    def hidden_size(self) -> int:
        """Width of the encoder's states."""
        return int(self.encoder_config.hidden_size)


def _as_config(encoder_config: dict[str, Any] | PretrainedConfig | None) -> PretrainedConfig:
    if isinstance(encoder_config, PretrainedConfig):
        return encoder_config
    fields = dict(encoder_config or {})
    return AutoConfig.for_model(fields.pop("model_type", "bert"), **fields)


def _check_choices(config: XLTTConfig) -> None:
    for name, valid in _CHOICES.items():
        if getattr(config, name) not in valid:
            raise ValueError(f"`{name}` must be one of {', '.join(valid)}, but is {getattr(config, name)!r} instead.")
    weight = config.auxiliary_weight
    if isinstance(weight, str) and weight not in ("cosine", "batch_dot"):
        raise ValueError(f"`auxiliary_weight` must be cosine, batch_dot or a number, but is {weight!r} instead.")
    languages = config.parallel_languages
    if not languages or len(set(languages)) < len(languages):
        raise ValueError(f"`parallel_languages` must name one or more different languages, but is {languages} instead.")
