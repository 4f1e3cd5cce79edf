"""QANet with language-dependent layers (Lee & Lee 2019, section 3 and Figure 1; QANet: Yu et al. 2018).

Axes: batch, L sequence, L_Q question, L_C context, h hidden. A sequence holds question words, a
separator and context words, and the model takes it apart, so that windows, labels and logits are
those of every other span model.
"""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding
from transformers import PreTrainedModel, initialization
from transformers.utils.generic import can_return_tuple

from .configuration_qanet import QANetConfig
from .pipeline_xlqa import custom_pipelines
from .qanet_layers import ContextQueryAttention, EncoderBlock, LanguageLayers, position_signal
from .qanet_outputs import QANetEncodedOutput, QANetModelOutput, QANetQuestionAnsweringOutput
from .qanet_sequence import check_shapes, over_sequence, split_pairs, states_at, unless_at
from .span_head import check_positions, span_loss

SHARED = "shared"
"""Name of the one set of language-dependent layers that `shared_encoder` leaves."""


class WordVectors(nn.Module):
    """The table of word vectors: a buffer, so that no optimizer and no average of weights knows it."""

    weight: Tensor

    def __init__(self, config: QANetConfig) -> None:
        super().__init__()
        self.register_buffer("weight", torch.zeros(config.vocab_size, config.word_dim))

    def forward(self, ids: Tensor) -> Tensor:
        """(...) ids -> (..., word dim)."""
        return embedding(ids, self.weight)


class SpanOutput(nn.Linear):
    """One score a position from two passes, without bias; small at first, because states grow over the passes."""

    def __init__(self, config: QANetConfig) -> None:
        super().__init__(2 * config.hidden_size, 1, bias=False)


class QANetPreTrainedModel(PreTrainedModel):
    """Weight initialisation, word vectors and capabilities."""

    config_class = QANetConfig
    base_model_prefix = "qanet"
    supports_gradient_checkpointing = True
    _supports_sdpa = True

    def __init__(self, config: QANetConfig) -> None:
        super().__init__(config)
        # Either class of a checkpoint loads it without this package; saving writes only its own class.
        config.auto_map = {
            **(getattr(config, "auto_map", None) or {}),
            "AutoModel": "modeling_qanet.QANetModel",
            "AutoModelForQuestionAnswering": "modeling_qanet.QANetForQuestionAnswering",
        }
        config.custom_pipelines = custom_pipelines()

    @torch.no_grad()
    def set_word_vectors(self, vectors: Tensor) -> None:
        """Take pretrained word vectors, which stay as they are in training and are saved with the model.

        Args:
            vectors: (vocab size, word dim), in the order of the ids; the row of padding is taken as 0.

        Raises:
            ValueError: when the shape is not that of the configuration, or a value is not finite.
        """
        table = cast(QANetModel, self.base_model).word_vectors.weight
        if vectors.shape != table.shape:
            raise ValueError(
                f"`vectors` must be of shape {tuple(table.shape)} (`vocab_size`, `word_dim`), "
                f"but are of shape {tuple(vectors.shape)} instead."
            )
        finite = vectors.isfinite().all(dim=1)
        if not finite.all():
            raise ValueError(f"`vectors` must be finite, but those of id {int((~finite).nonzero()[0])} are not.")
        table.copy_(vectors)
        if self.config.pad_token_id is not None:
            table[self.config.pad_token_id] = 0

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, SpanOutput):
            initialization.normal_(module.weight, std=self.config.initializer_range * module.in_features**-0.5)
        elif isinstance(module, nn.Linear | nn.Conv1d):
            initialization.xavier_uniform_(module.weight)
            if module.bias is not None:
                initialization.zeros_(module.bias)
        elif isinstance(module, nn.LayerNorm):
            initialization.ones_(module.weight)
            initialization.zeros_(module.bias)
        elif isinstance(module, nn.Embedding | WordVectors):
            initialization.normal_(module.weight, std=self.config.initializer_range)
            if not getattr(module.weight, "_is_hf_initialized", False):
                initialization.zeros_(module.weight[0])
        elif isinstance(module, ContextQueryAttention):
            initialization.normal_(module.product_weight, std=self.config.hidden_size**-0.5)


class QANetModel(QANetPreTrainedModel):
    """Embedding and encoder of each language, then the layers that all languages share (Lee & Lee 2019, section 3.1).

    Language-dependent are embedding, highway layers and embedding encoder; context-query attention and
    model encoder are independent. As QANet leaves open, the convolutions are linear, attention has an output
    projection, and the separator is part of neither text.
    """

    def __init__(self, config: QANetConfig) -> None:
        super().__init__(config)
        names = [SHARED] if config.shared_encoder else config.languages
        self.word_vectors = WordVectors(config)
        self.language_layers = nn.ModuleDict({name: LanguageLayers(config) for name in names})
        self.attention = ContextQueryAttention(config)
        layers = config.model_convolutions + 2
        self.encoder = nn.ModuleList(
            EncoderBlock(
                config,
                convolutions=config.model_convolutions,
                kernel_size=config.model_kernel_size,
                first_layer=number * layers,
                layers=config.model_blocks * layers,
            )
            for number in range(config.model_blocks)
        )
        self.post_init()

    def layers_of(self, language: str) -> LanguageLayers:
        """The layers that read a language: its own, or the shared ones.

        Raises:
            ValueError: when `config.languages` has no such language.
        """
        if language not in self.config.languages:
            known = ", ".join(self.config.languages)
            raise ValueError(f"`language` must be one of {known}, but is {language!r} instead.")
        return cast(LanguageLayers, self.language_layers[SHARED if self.config.shared_encoder else language])

    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor,
        character_ids: Tensor,
        token_type_ids: Tensor,
        attention_mask: Tensor | None = None,
        language_ids: Tensor | None = None,
        question_language_ids: Tensor | None = None,
    ) -> QANetModelOutput:
        """Encode question and context, each by the layers of its language, and let the context read the question.

        Args:
            input_ids: (batch, L) word ids: question words, separator, context words.
            character_ids: (batch, L, characters) of each word, 0 at padding.
            token_type_ids: (batch, L), 0 at question and separator, 1 at the context.
            attention_mask: (batch, L), 0 at padding; without one, padding is where `input_ids` say so.
            language_ids: (batch,) language of each context, an index into `config.languages`; may be left out
                where there is one language or one shared encoder.
            question_language_ids: (batch,) likewise of each question; by default that of its context.

        Raises:
            ValueError: when shapes do not fit, a row has no question or no context, or a language has
                no encoder.
        """
        encoded, question_mask, context_mask = self._encode(
            input_ids, character_ids, token_type_ids, attention_mask, language_ids, question_language_ids
        )
        states = self.attention(encoded.encoded_context, encoded.encoded_question, context_mask, question_mask)
        signal = position_signal(states.shape[1], self.config.hidden_size, states)
        passes = []
        for _ in range(3):
            for block in self.encoder:
                states = block(states, signal, context_mask)
            passes.append(states)
        return QANetModelOutput(last_hidden_state=states, passes=tuple(passes), **encoded)

    def encode_pairs(self, **inputs: Any) -> QANetEncodedOutput:
        """What the language-dependent layers alone make of a batch: all that a language discriminator reads.

        Args:
            inputs: as in `forward`.

        Raises:
            ValueError: as `forward`.
        """
        return self._encode(**inputs)[0]

    def _encode(
        self,
        input_ids: Tensor,
        character_ids: Tensor,
        token_type_ids: Tensor,
        attention_mask: Tensor | None = None,
        language_ids: Tensor | None = None,
        question_language_ids: Tensor | None = None,
    ) -> tuple[QANetEncodedOutput, Tensor | None, Tensor | None]:
        """Encoded question and context, and the mask of each, None where nothing is padded."""
        check_shapes(input_ids, character_ids, token_type_ids)
        words = (input_ids != self.config.pad_token_id) if attention_mask is None else attention_mask.bool()
        words = words & (input_ids != self.config.sep_token_id)
        question_at, context_at, question_mask, context_mask = split_pairs(words, token_type_ids.bool())
        context_languages = self._languages("language_ids", language_ids, input_ids)
        question_languages = context_languages
        if question_language_ids is not None:
            question_languages = self._languages("question_language_ids", question_language_ids, input_ids)

        languages = torch.where(token_type_ids.bool(), context_languages[:, None], question_languages[:, None])
        embedded = self._embed(input_ids, character_ids, languages.masked_fill(~words, -1))
        signal = position_signal(max(question_at.shape[1], context_at.shape[1]), self.config.hidden_size, embedded)

        def encode(at: Tensor, mask: Tensor | None, of: Tensor) -> Tensor:
            states = states_at(embedded, at)
            return self._by_language(
                of, lambda layers, rows: layers.encoder(states[rows], signal[: at.shape[1]], _rows_of(mask, rows))
            )

        encoded = QANetEncodedOutput(
            encoded_question=encode(question_at, question_mask, question_languages),
            encoded_context=encode(context_at, context_mask, context_languages),
            question_mask=question_at < input_ids.shape[1],
            context_mask=context_at < input_ids.shape[1],
            context_positions=context_at,
        )
        return encoded, question_mask, context_mask

    def _embed(self, input_ids: Tensor, character_ids: Tensor, languages: Tensor) -> Tensor:
        """Embedded words (batch, L, h), each by the layers of its language, 0 where that is -1."""
        languages, characters = languages.flatten(), character_ids.flatten(0, 1)
        vectors = self.word_vectors(input_ids.flatten())
        places, embedded = [], []
        for index in _present(languages):
            here = (languages == index).nonzero().squeeze(1)
            places.append(here)
            embedded.append(self._layers_at(index).embed(vectors[here], characters[here]))
        flat = embedded[0].new_zeros(len(languages), self.config.hidden_size)
        return flat.index_copy(0, torch.cat(places), torch.cat(embedded)).view(*input_ids.shape, -1)

    def _by_language(self, languages: Tensor, run: Callable[[LanguageLayers, Any], Tensor]) -> Tensor:
        """Results (batch, ...) of running the layers of each language (batch,) on its rows."""
        present = _present(languages)
        if len(present) == 1:
            return run(self._layers_at(present[0]), slice(None))
        rows = [(languages == index).nonzero().squeeze(1) for index in present]
        results = [run(self._layers_at(index), here) for index, here in zip(present, rows, strict=True)]
        return torch.cat(results)[torch.cat(rows).argsort()]

    def _layers_at(self, index: int) -> LanguageLayers:
        return self.layers_of(self.config.languages[index])

    def _languages(self, name: str, ids: Tensor | None, input_ids: Tensor) -> Tensor:
        """Index of each row's layers, (batch,)."""
        languages = self.config.languages
        listed = ", ".join(f"{index} {language}" for index, language in enumerate(languages))
        if ids is None and not self.config.shared_encoder and len(languages) > 1:
            raise ValueError(f"`{name}` must name the language of each row ({listed}), but is None instead.")
        if ids is None:
            return input_ids.new_zeros(len(input_ids))
        if ids.shape != input_ids.shape[:1]:
            raise ValueError(
                f"`{name}` must be of shape ({len(input_ids)},), but is of shape {tuple(ids.shape)} instead."
            )
        unknown = (ids < 0) | (ids >= len(languages))
        if unknown.any():
            raise ValueError(
                f"`{name}` must be of languages with an encoder ({listed}), but hold {int(ids[unknown][0])} instead."
            )
        return torch.zeros_like(ids) if self.config.shared_encoder else ids


class QANetForQuestionAnswering(QANetPreTrainedModel):
    """QANet with its span output: start from [M0; M1], end from [M0; M2] (Yu et al. 2018, section 2.2).

    Known as `QANetForCrossLingualQA`; `Trainer` finds the labels of classes whose name has `QuestionAnswering`.
    """

    def __init__(self, config: QANetConfig) -> None:
        super().__init__(config)
        self.qanet = QANetModel(config)
        self.start_output = SpanOutput(config)
        self.end_output = SpanOutput(config)
        self.post_init()

    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor,
        character_ids: Tensor,
        token_type_ids: Tensor,
        attention_mask: Tensor | None = None,
        language_ids: Tensor | None = None,
        question_language_ids: Tensor | None = None,
        answer_mask: Tensor | None = None,
        start_positions: Tensor | None = None,
        end_positions: Tensor | None = None,
        sample_weight: Tensor | None = None,
    ) -> QANetQuestionAnsweringOutput:
        """Span logits over the sequence, and the loss where labels are given.

        Args:
            answer_mask: (batch, L) bool, False where no answer may start or end; nowhere outside the context
                may one anyway.
            start_positions, end_positions: (batch,) first and last word of the gold in the sequence, or -100; the
                separator, where windows without the answer have it, counts as -100, for there is no null answer.
            sample_weight: (batch,) weight of each example in the loss.
            others: as in `QANetModel.forward`.

        Raises:
            ValueError: as `QANetModel.forward`, and when a label is at a position that may be no answer.
        """
        states = self.qanet(
            input_ids=input_ids,
            character_ids=character_ids,
            token_type_ids=token_type_ids,
            attention_mask=attention_mask,
            language_ids=language_ids,
            question_language_ids=question_language_ids,
        )
        first, second, third = states.passes
        length = input_ids.shape[1]
        allowed = torch.zeros(len(input_ids), length + 1, dtype=torch.bool, device=input_ids.device)
        allowed = allowed.scatter(1, states.context_positions, states.context_mask)[:, :length]
        if answer_mask is not None:
            allowed = allowed & answer_mask.bool()
        start_logits, end_logits = (
            over_sequence(output(torch.cat([first, last], dim=-1)), states.context_positions, allowed)
            for output, last in ((self.start_output, second), (self.end_output, third))
        )
        loss, parts = None, None
        if start_positions is not None and end_positions is not None:
            separators = input_ids == self.config.sep_token_id
            starts, ends = (unless_at(separators, positions) for positions in (start_positions, end_positions))
            check_positions("start_positions", starts, allowed, length)
            check_positions("end_positions", ends, allowed, length)
            loss = span_loss(start_logits, end_logits, starts, ends, sample_weight=sample_weight)
            parts = {"span": loss.detach()}
        return QANetQuestionAnsweringOutput(
            loss=loss,
            start_logits=start_logits,
            end_logits=end_logits,
            encoded_question=states.encoded_question,
            encoded_context=states.encoded_context,
            question_mask=states.question_mask,
            context_mask=states.context_mask,
            loss_parts=parts,
        )


QANetForCrossLingualQA = QANetForQuestionAnswering


def _rows_of(mask: Tensor | None, rows: Any) -> Tensor | None:
    return None if mask is None else mask[rows]


def _present(languages: Tensor) -> list[int]:
    """Indices of the languages that occur, -1 left out."""
    return [int(index) for index in languages.unique().tolist() if index >= 0]


QANetConfig.register_for_auto_class()
QANetModel.register_for_auto_class("AutoModel")
QANetForQuestionAnswering.register_for_auto_class("AutoModelForQuestionAnswering")
