"""A question-answering model whose states of one language pass a linear map on their way up, in one checkpoint.

Axes: batch, L length of the input, W width of the states.
"""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.modeling_outputs import QuestionAnsweringModelOutput
from transformers.utils.generic import can_return_tuple

from .configuration_mapped import MappedConfig
from .encoder_layers import encoder_layer, with_states
from .wrapped_reader import WrappedReader, taken_by, takes_anything

_SHOWN = ("output_hidden_states", "output_attentions")


class MappedForQuestionAnswering(WrappedReader):
    """Any question-answering model, trained through a map into the target's space (Hsu et al. 2019, A.2.1).

    The states of `config.layer` of every row in the source language, whose `language_ids` is `config.source_id`, become
    x W' + b before the layers above read them. Rows of other languages, and rows that say no language, stay as they
    are: the model inside answers questions of the target by itself (`unwrap`). The language of a row is that of its
    context, and its question is mapped with it.

    The map begins as the identity, with which the model answers exactly as the one inside; `set_map` gives it another.
    It is fixed unless `config.trainable`. With gradient checkpointing the states of the mapped layer are kept.
    """

    config_class = MappedConfig
    auto_map: ClassVar = {"AutoModelForQuestionAnswering": "modeling_mapped.MappedForQuestionAnswering"}

    def __init__(self, config: MappedConfig) -> None:
        super().__init__(config)
        width = int(config.hidden_size or 0)
        self.map = nn.Linear(width, width, bias=config.bias)
        self._is_source: Tensor | None = None  # which rows are mapped, while it answers
        self.freeze()
        self.attach()
        self.post_init()

    def freeze(self) -> None:
        """Freeze the map, unless it is `config.trainable`."""
        self.map.requires_grad_(self.config.trainable)

    def attach(self) -> None:
        """Let the layers above `config.layer` read through the map."""
        layer = encoder_layer(self.question_answering, self.config.layer, asked="a linear map")
        self.read_through(self._mapped, layer)

    def unwrap(self) -> PreTrainedModel:
        """The model inside, which answers in every language but the source as this one does; not a copy."""
        return self.get_base_model()

    @torch.no_grad()
    def set_map(self, matrix: Tensor, bias: Tensor | None = None) -> None:
        """Take over a map of rows, x -> x A + b.

        Args:
            matrix: A, (W, W).
            bias: b, (W,); zero by default.

        Raises:
            ValueError: when they are of another width, or the model has no bias to take b over.
        """
        width = self.map.in_features
        if matrix.shape != (width, width) or (bias is not None and bias.shape != (width,)):
            found = [tuple(each.shape) for each in (matrix, bias) if each is not None]
            raise ValueError(f"`matrix` and `bias` must be {width} wide, but are of shape {found} instead.")
        if self.map.bias is None:
            if bias is not None:
                raise ValueError("`bias` must be None for a model whose config has no `bias`, but is given.")
        else:
            self.map.bias.copy_(torch.zeros(width) if bias is None else bias)
        self.map.weight.copy_(matrix.T)

    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        answer_mask: Tensor | None = None,
        language_ids: Tensor | None = None,
        start_positions: Tensor | None = None,
        end_positions: Tensor | None = None,
        **inputs: Any,
    ) -> QuestionAnsweringModelOutput:
        """Answer as the model inside, through the map where a row is in the source language.

        Args:
            language_ids: (batch,), which of `config.languages` the context of a row is in; without them nothing is
                mapped.
            others, inputs: for the model inside, which gets those that its forward spells out.
        """
        given = {
            "input_ids": input_ids,
            "attention_mask": attention_mask,
            "token_type_ids": token_type_ids,
            "answer_mask": answer_mask,
            "language_ids": language_ids,
            "start_positions": start_positions,
            "end_positions": end_positions,
            **inputs,
        }
        self._is_source = None if language_ids is None else language_ids == self.config.source_id
        try:
            output = self.question_answering(**self._read(given))
        finally:
            self._is_source = None
        return QuestionAnsweringModelOutput(
            loss=output.get("loss"),
            start_logits=output.start_logits,
            end_logits=output.end_logits,
            hidden_states=output.get("hidden_states"),
            attentions=output.get("attentions"),
        )

    def _read(self, given: dict[str, Any]) -> dict[str, Any]:
        """Those of the inputs that the model inside spells out, and what it is asked to show."""
        kept = taken_by(self.question_answering, given)
        if takes_anything(self.question_answering):
            kept |= {name: given[name] for name in _SHOWN if given.get(name) is not None}
        return kept

    def _init_weights(self, module: nn.Module) -> None:
        """As upstream, but the map begins as the identity."""
        if module is self.map:
            init.eye_(module.weight)
            if module.bias is not None:
                init.zeros_(module.bias)
        else:
            super()._init_weights(module)

    def _mapped(self, layer: nn.Module, inputs: Any, output: Any) -> Any:
        """The output of a layer with the states of rows of the source mapped."""
        if self._is_source is None:
            return output
        states = output[0] if isinstance(output, tuple) else output
        if len(states) != len(self._is_source):
            raise ValueError(
                f"The states of the mapped layer must be (batch, length, width), batch {len(self._is_source)}, but are "
                f"{tuple(states.shape)} instead."
            )
        return with_states(output, torch.where(self._is_source[:, None, None], self.map(states), states))

    def _set_gradient_checkpointing(self, *args: Any, **kwargs: Any) -> None:
        """As upstream, but for the mapped layer: run again in the backward pass, it would not know the languages."""
        super()._set_gradient_checkpointing(*args, **kwargs)
        layer: Any = encoder_layer(self.question_answering, self.config.layer, asked="a linear map")
        layer.gradient_checkpointing = False


MappedConfig.register_for_auto_class()
MappedForQuestionAnswering.register_for_auto_class("AutoModelForQuestionAnswering")
