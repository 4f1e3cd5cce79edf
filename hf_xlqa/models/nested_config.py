"""The configuration inside another, of a model that is wrapped or of an encoder."""

from collections.abc import Sequence
from typing import Any

from transformers import AutoConfig, PretrainedConfig


def nested_config(
    config: dict[str, Any] | PretrainedConfig | None, brought_along: Sequence[type[PretrainedConfig]] = ()
) -> PretrainedConfig:
    """A configuration given as itself or as a dict, as checkpoints hold it; BERT's where there is none.

    Args:
        config: the configuration; a dict says its `model_type`, by default bert.
        brought_along: classes that the checkpoint brings, for where no Auto class knows them.
    """
    if isinstance(config, PretrainedConfig):
        return config
    fields = dict(config or {})
    model_type = fields.pop("model_type", "bert")
    for known in brought_along:
        if model_type == known.model_type:
            return known(**fields)
    return AutoConfig.for_model(model_type, **fields)
