"""A question-answering model and the discriminator that tells its languages apart, in one checkpoint.

Axes: batch, L length of the input, W width of the states.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.utils.generic import ModelOutput, can_return_tuple

from .configuration_adversarial import AdversarialConfig
from .encoder_layers import encoder_layer, with_states
from .language_discriminator import LanguageDiscriminator, PerceptronDiscriminator, masked_mean
from .modeling_qanet import QANetForQuestionAnswering
from .wrapped_reader import WrappedReader, parameters_of, taken_by, takes_anything

Features = tuple[tuple[Tensor, Tensor], ...]
"""States (batch, L, W) and mask (batch, L) of each part of the input that is judged by itself, the question first."""


@dataclass
class AdversarialQuestionAnsweringOutput(ModelOutput):
    """What `AdversarialForQuestionAnswering` returns.

    Args:
        loss: that of the question-answering model, if it computes one.
        start_logits, end_logits: (batch, L).
        loss_parts: named parts of the loss, where the model names them.
        features: while training, what the discriminator reads: question and context, or one vector an example.
        hidden_states: those of the model inside, where asked for with `output_hidden_states`.
    """

    loss: Tensor | None = None
    start_logits: Tensor | None = None
    end_logits: Tensor | None = None
    loss_parts: dict[str, Tensor] | None = None
    features: Features | None = None
    hidden_states: tuple[Tensor, ...] | None = None


class AdversarialForQuestionAnswering(WrappedReader):
    """Any question-answering model with a language discriminator (Lee & Lee 2019, Figure 1; AT 2020, section 3.2).

    It answers as the model inside does. The discriminator is frozen, and takes no part in the forward pass: the
    objective that plays it against the encoders trains it, with an optimizer of its own.

    What the discriminator reads by "parts" is `encoded_question` and `encoded_context` where the model returns them
    (QANet), else the hidden states of `config.layer`, parted by the answer mask or, without one, by the token types
    into question (with the special tokens) and context; without either the input is one part. Of the vectors of
    `config.discriminator_reads` (AT 2020, section 4.2) it reads one an example.

    With `config.transform` the states of that layer go through `transform` before the upper layers read them. No layer
    of the model inside can take it over, because the residual connections of the layer above pass its output on: such
    a model is published as a whole, and `unwrap` refuses.
    """

    config_class = AdversarialConfig
    auto_map: ClassVar = {
        "AutoModelForQuestionAnswering": "modeling_adversarial.AdversarialForQuestionAnswering",
    }

    def __init__(self, config: AdversarialConfig) -> None:
        super().__init__(config)
        self.discriminator = _discriminator(config)
        width = int(config.feature_size or 0)
        self.transform = nn.Linear(width, width) if config.transform else None
        self.freeze()
        self.attach()
        self.post_init()

    @staticmethod
    def build(config: Any) -> Any:
        """A fresh model to wrap; QANet travels along, and is built where no Auto class knows it."""
        if config.model_type == QANetForQuestionAnswering.config_class.model_type:
            return QANetForQuestionAnswering(config)
        return WrappedReader.build(config)

    def freeze(self) -> None:
        """Freeze the discriminator, which its objective trains with an optimizer of its own."""
        self.discriminator.requires_grad_(False)

    def attach(self) -> None:
        """Let the layers above `config.layer` read through the transform layer."""
        if self.transform is not None:
            layer = encoder_layer(self.question_answering, self.config.layer, asked="`transform`")
            self.read_through(self._transformed, layer)

    def unwrap(self) -> PreTrainedModel:
        """The question-answering model without its discriminator, to be saved by itself; not a copy.

        Raises:
            ValueError: when it reads through a transform layer, without which it is another model.
        """
        if self.transform is not None:
            raise ValueError(
                "`transform` must be False to take the model out, but is True instead: it answers only together with "
                "its transform layer; publish the whole checkpoint, which loads as any model with its own code does."
            )
        return self.get_base_model()

    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        answer_mask: Tensor | None = None,
        character_ids: Tensor | None = None,
        language_ids: Tensor | None = None,
        question_language_ids: Tensor | None = None,
        cls_index: Tensor | None = None,
        question_start: Tensor | None = None,
        question_end: Tensor | None = None,
        start_positions: Tensor | None = None,
        end_positions: Tensor | None = None,
        **inputs: Any,
    ) -> AdversarialQuestionAnsweringOutput:
        """Answer as the model inside, and show what the discriminator reads.

        Args:
            answer_mask: (batch, L) bool, True at the context and [CLS].
            cls_index, question_start, question_end: (batch,) where [CLS] is, and the question's tokens, from the
                first to before the last; see `config.discriminator_reads`.
            others, inputs: for the model inside, which gets those that its forward spells out.

        Raises:
            ValueError: while training, when the model returns nothing a discriminator could read, or the places of
                what it reads are not given.
        """
        given = {
            "input_ids": input_ids,
            "attention_mask": attention_mask,
            "token_type_ids": token_type_ids,
            "answer_mask": answer_mask,
            "character_ids": character_ids,
            "language_ids": language_ids,
            "question_language_ids": question_language_ids,
            "cls_index": cls_index,
            "question_start": question_start,
            "question_end": question_end,
            "start_positions": start_positions,
            "end_positions": end_positions,
            **inputs,
        }
        output = self._answer(given, with_states=self.training or bool(inputs.get("output_hidden_states")))
        return AdversarialQuestionAnsweringOutput(
            loss=output.get("loss"),
            start_logits=output.start_logits,
            end_logits=output.end_logits,
            loss_parts=output.get("loss_parts"),
            features=self._features(output, given) if self.training else None,
            hidden_states=output.get("hidden_states") if inputs.get("output_hidden_states") else None,
        )

    def features(self, **inputs: Any) -> Features:
        """What the discriminator reads of a batch, with whatever else it holds.

        A model whose base has `encode_pairs` (QANet) runs no further than that.

        Args:
            inputs: as in `forward`.

        Raises:
            ValueError: when the model returns nothing a discriminator could read.
        """
        base: Any = self.question_answering.base_model
        if hasattr(base, "encode_pairs"):
            return self._features(base.encode_pairs(**taken_by(base, inputs)), inputs)
        return self._features(self._answer(inputs, with_states=True), inputs)

    def _answer(self, inputs: dict[str, Any], *, with_states: bool) -> Any:
        """What the model inside returns for a batch."""
        inside = self.question_answering
        kept = taken_by(inside, inputs)
        if with_states and (takes_anything(inside) or "output_hidden_states" in parameters_of(inside)):
            kept["output_hidden_states"] = True
        return inside(**kept)

    def _features(self, output: Any, inputs: dict[str, Any]) -> Features:
        reads = str(self.config.discriminator_reads)
        if output.get("encoded_question") is not None:
            question = (output.encoded_question, output.question_mask)
            return _of_two_parts(question, (output.encoded_context, output.context_mask), reads)
        if output.get("hidden_states") is None:
            raise ValueError(
                f"`qa_config` must be of a model that returns hidden states or its encoded question and context, "
                f"but {type(self.question_answering).__name__} returns only {', '.join(output)} instead."
            )
        states = output.hidden_states[self.config.layer]
        if reads != "parts":
            return _of_one_vector(_vector(states, reads, inputs))
        real = inputs.get("attention_mask")
        real = torch.ones_like(states[..., 0], dtype=torch.bool) if real is None else real.bool()
        context = _context(real, inputs.get("token_type_ids"), inputs.get("answer_mask"))
        return ((states, real),) if context is None else ((states, real & ~context), (states, context))

    def _init_weights(self, module: nn.Module) -> None:
        """As upstream, but the transform layer begins as the identity."""
        if module is self.transform:
            init.eye_(module.weight)
            init.zeros_(module.bias)
        else:
            super()._init_weights(module)

    def _transformed(self, layer: nn.Module, inputs: Any, output: Any) -> Any:
        """The output of a layer, or of one that returns a tuple, with its states transformed."""
        transform: Any = self.transform
        return with_states(output, transform(output[0] if isinstance(output, tuple) else output))


def _discriminator(config: AdversarialConfig) -> nn.Module:
    width = int(config.feature_size or 0) * (2 if config.discriminator_reads == "cls_sep" else 1)
    if config.discriminator_kind == "perceptron":
        return PerceptronDiscriminator(
            width,
            hidden_size=int(config.discriminator_hidden_size or 0),
            hidden_layers=config.discriminator_hidden_layers,
            scores=config.scores,
        )
    return LanguageDiscriminator(
        width,
        channels=config.discriminator_channels,
        blocks=config.discriminator_blocks,
        kernel=config.discriminator_kernel,
        head=config.discriminator_head,
        max_length=config.discriminator_max_length,
        scores=config.scores,
    )


def _context(real: Tensor, token_types: Tensor | None, answer_mask: Tensor | None) -> Tensor | None:
    """Where the context is, (batch, L) bool; None where nothing tells."""
    if answer_mask is not None:
        allowed = answer_mask.bool() & real
        question_begun = (real & ~allowed).cumsum(dim=1) > 0  # leaves out a [CLS] at the beginning
        return allowed & question_begun
    return None if token_types is None else (token_types != 0) & real


def _of_two_parts(question: tuple[Tensor, Tensor], context: tuple[Tensor, Tensor], reads: str) -> Features:
    """What is read of a question and a context that are encoded apart, without special tokens."""
    if reads == "parts":
        return question, context
    if reads == "question":
        return _of_one_vector(masked_mean(question[0], question[1].bool()))
    raise ValueError(
        "`discriminator_reads` must be parts or question for a model that encodes question and context apart, "
        f"but is {reads!r} instead."
    )


def _of_one_vector(vectors: Tensor) -> Features:
    """(batch, W) as a part of one position."""
    return ((vectors.unsqueeze(1), torch.ones_like(vectors[:, :1], dtype=torch.bool)),)


def _vector(states: Tensor, reads: str, inputs: dict[str, Any]) -> Tensor:
    """The vector of each example that stands for its question (AT 2020, section 4.2), (batch, W) or (batch, 2 W)."""
    names = ("cls_index", "question_start", "question_end")
    missing = [name for name in names if inputs.get(name) is None]
    if missing:
        raise ValueError(
            f"`inputs` must have {', '.join(names)} where the discriminator reads {reads!r}, but lack "
            f"{', '.join(missing)} instead; `WindowCollator` gives them."
        )
    cls_index, start, end = (inputs[name] for name in names)
    rows, at = (torch.arange(size, device=states.device) for size in states.shape[:2])
    if reads == "question":
        return masked_mean(states, (at >= start[:, None]) & (at < end[:, None]))
    first = states[rows, cls_index]
    return first if reads == "cls" else torch.cat([first, states[rows, end]], dim=-1)


AdversarialConfig.register_for_auto_class()
AdversarialForQuestionAnswering.register_for_auto_class("AutoModelForQuestionAnswering")
