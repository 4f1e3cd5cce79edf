"""What the wrappers share that hold any question-answering model together with a part of their own."""

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

from torch import nn
from transformers import AutoModelForQuestionAnswering, PreTrainedModel

from .pipeline_xlqa import custom_pipelines


class WrappedReader(PreTrainedModel):
    """A question-answering model, `question_answering`, inside another that adds to it, in one checkpoint.

    A wrapper names its configuration, which has a `qa_config`, and its `auto_map`, the class of each Auto class. It
    makes its own part, calls `freeze` and `attach`, and then `post_init`.
    """

    auto_map: ClassVar[dict[str, str]]
    base_model_prefix = "question_answering"
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_flex_attn = True
    _supports_attention_backend = True

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        config.auto_map = {**(getattr(config, "auto_map", None) or {}), **self.auto_map}
        config.custom_pipelines = custom_pipelines()
        self.question_answering = self.build(config.qa_config)

    @staticmethod
    def build(config: Any) -> Any:
        """A fresh model to wrap."""
        return AutoModelForQuestionAnswering.from_config(config)

    def attach(self) -> None:
        """Let the model inside read through the wrapper's own part, where it does."""

    def read_through(self, method: Any, layer: nn.Module) -> None:
        """Pass what a layer of the model inside gives through a method of this wrapper.

        The method of an earlier wrapper of this class around the same model is taken off it.
        """
        inside = set(self.question_answering.modules())
        for each in inside:
            for key, hook in list(each._forward_hooks.items()):
                wrapper = getattr(hook, "__self__", None)
                if isinstance(wrapper, type(self)) and wrapper not in inside:
                    del each._forward_hooks[key]
        layer.register_forward_hook(method)

    def freeze(self) -> None:
        """Freeze what the loss of the answers may not train."""

    @classmethod
    def from_pretrained(cls, *args: Any, **kwargs: Any) -> Any:
        """As upstream, which thaws what it loads; what is frozen in a fresh model is so again."""
        loaded: Any = super().from_pretrained(*args, **kwargs)
        (loaded[0] if isinstance(loaded, tuple) else loaded).freeze()
        return loaded

    @classmethod
    def wrap(cls, model: PreTrainedModel, **fields: Any) -> Any:
        """A question-answering model, trained or not, with a fresh part of the wrapper's; the model is not copied.

        Args:
            model: the model.
            fields: of the wrapper's configuration.
        """
        config_class: Any = cls.config_class
        wrapped: Any = cls(config_class(qa_config=model.config, **fields))
        wrapped.question_answering = model
        wrapped.attach()
        wrapped.config.name_or_path = model.config.name_or_path
        return wrapped.to(device=model.device, dtype=model.dtype)

    def get_base_model(self) -> PreTrainedModel:
        """The model inside, as in peft; the trainer passes on the columns that its forward takes."""
        model: PreTrainedModel = self.question_answering
        return model


def parameters_of(model: Any) -> Mapping[str, inspect.Parameter]:
    """What the model's forward spells out, by name."""
    return inspect.signature(type(model).forward).parameters


def takes_anything(model: Any) -> bool:
    """Whether the model's forward takes arguments that it does not spell out."""
    return any(each.kind is each.VAR_KEYWORD for each in parameters_of(model).values())


def taken_by(model: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """Those of the inputs that are there and that the model's forward spells out."""
    return {name: value for name, value in inputs.items() if name in parameters_of(model) and value is not None}
