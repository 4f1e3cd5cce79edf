"""A text read together with its translations: shared encoder, adaptive attention over them, span heads.

Dual BERT (Cui et al. 2019) has one translation, XLTT (2021) one or more. Axes: batch, R parallel languages,
L_S length of the pivot, L length of its translations, h hidden. The pivot is the text that is asked about:
the target of Dual BERT, whose states are B_T and whose translation's are B_S; in XLTT B_S are the pivot's.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from transformers import AutoModel, AutoModelForQuestionAnswering, PreTrainedModel
from transformers.utils.generic import ModelOutput, can_return_tuple

from .adaptive_attention import AdaptiveAttention
from .parallel_config import ParallelReaderConfig
from .pipeline_xlqa import custom_pipelines
from .span_head import (
    IGNORED,
    SpanHead,
    check_positions,
    dynamic_lambda,
    span_loss,
    span_losses,
    span_representation,
)

_Spans = tuple[Tensor, Tensor]
"""First and last token of the golds, each (batch,) or (batch, R)."""


@dataclass
class ParallelReaderOutput(ModelOutput):
    """What a `ParallelReaderModel` returns.

    Args:
        last_hidden_state: (batch, L_S, 2h), H_T of Dual BERT's Eq. 7, G_S of XLTT's Eq. 17.
        pivot_states: (batch, L_S, h), B_T of Dual BERT, B_S of XLTT.
        parallel_states: (batch, R, L, h), B_S of Dual BERT, B_M, B_N, ... of XLTT; 0 where a translation is
            missing.
    """

    last_hidden_state: Tensor = None  # type: ignore[assignment]
    pivot_states: Tensor = None  # type: ignore[assignment]
    parallel_states: Tensor = None  # type: ignore[assignment]


@dataclass
class ParallelReaderQuestionAnsweringOutput(ModelOutput):
    """What a `ParallelReaderForQuestionAnswering` returns.

    Args:
        loss: scalar, the sum of "span" and "auxiliary" (Dual BERT, Eq. 13; XLTT, Eq. 25); None without labels.
        start_logits, end_logits: (batch, L_S), the least float where `answer_mask` is False.
        loss_parts: named scalars without gradient: "span" (L_T of Dual BERT, Eq. 9; XLTT, Eq. 22), "auxiliary"
            (the second term of the sum, lambda times the loss on the translations) and "lambda" (its mean over
            the translations that are there).
    """

    loss: Tensor | None = None
    start_logits: Tensor | None = None
    end_logits: Tensor | None = None
    loss_parts: dict[str, Tensor] | None = None


class ParallelReaderPreTrainedModel(PreTrainedModel):
    """Weight initialisation and capabilities, which are those of the encoder.

    A model names its configuration, its prefix and `auto_map`, the class of each Auto class.
    """

    config_class: type[ParallelReaderConfig] = ParallelReaderConfig
    auto_map: ClassVar[dict[str, str]]
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_flex_attn = True
    _supports_attention_backend = True

    def __init__(self, config: ParallelReaderConfig) -> None:
        super().__init__(config)
        # Either class of a checkpoint loads it without this package; saving writes only its own class.
        config.auto_map = {**(getattr(config, "auto_map", None) or {}), **self.auto_map}
        config.custom_pipelines = custom_pipelines()

    @classmethod
    def from_encoder_pretrained(cls, name_or_path: str, *, preset: str = "default", **kwargs: Any) -> Any:
        """A model on a pretrained encoder, its own layers fresh.

        Where the checkpoint is of a reader with one linear layer on its encoder (as BERT's and XLM-R's, but not
        ModernBERT's), its span head is taken over, too: before it is trained, the model answers as the reader does.

        Args:
            name_or_path: Hub id or folder of any encoder `AutoModel` loads, or of a reader on one.
            preset: as in `ParallelReaderConfig.from_preset`.
            kwargs: fields of the configuration; all others go to `AutoModel.from_pretrained`
                (`revision`, `dtype`, `attn_implementation`, ...).
        """
        own = {name: kwargs.pop(name) for name in list(kwargs) if name in cls.config_class.own_fields()}
        encoder = AutoModel.from_pretrained(name_or_path, **kwargs)
        own |= {"encoder_config": encoder.config, "attn_implementation": encoder.config._attn_implementation}
        model = cls(cls.config_class.from_preset(preset, **own)).to(encoder.dtype)
        model.base_model.encoder = _without_pooler(encoder)
        head = _reader_head(name_or_path, encoder, kwargs)
        if head is not None and isinstance(model, ParallelReaderForQuestionAnswering):
            model.take_head(head)
        return model


class ParallelReaderModel(ParallelReaderPreTrainedModel):
    """Shared encoder and adaptive attention (Cui et al. 2019, section 4.1-4.2; XLTT, section 4.2)."""

    def __init__(self, config: ParallelReaderConfig) -> None:
        super().__init__(config)
        width = config.hidden_size
        self.encoder = _without_pooler(AutoModel.from_config(config.encoder_config))
        self.attention = AdaptiveAttention(
            width,
            num_heads=config.num_attention_heads or config.encoder_config.num_attention_heads,
            projection=config.projection,
            scale_scores=config.scale_scores,
            scale_self_attention=config.scale_self_attention,
            mask_self_attention=config.mask_self_attention,
            self_adaptive=config.self_adaptive,
            dropout=config.attention_dropout,
        )
        self.combine = nn.Linear(config.attended_size, width)
        self.dropout = nn.Dropout(config.hidden_dropout)
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.post_init()

    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        parallel_input_ids: Tensor | None = None,
        parallel_attention_mask: Tensor | None = None,
        parallel_token_type_ids: Tensor | None = None,
        parallel_mask: Tensor | None = None,
    ) -> ParallelReaderOutput:
        """Encode the pivot and its translations in one call of the encoder, then fuse them.

        Args:
            input_ids, attention_mask, token_type_ids: (batch, L_S), the pivot's.
            parallel_input_ids, parallel_attention_mask, parallel_token_type_ids: (batch, R, L), in the
                order of `config.parallel_languages`; without them every translation is missing.
            parallel_mask: (batch, R) bool, False where a translation is missing; None where none is.

        Raises:
            ValueError: when shapes do not fit each other, or R is not the number of languages that the model takes.
        """
        pivot_length = input_ids.shape[1]
        if parallel_input_ids is None:
            parallel_input_ids = input_ids.new_zeros(len(input_ids), len(self.config.parallel_languages), 1)
            parallel_mask = torch.zeros_like(parallel_input_ids[..., 0], dtype=torch.bool)
        elif parallel_mask is None:
            parallel_mask = torch.ones_like(parallel_input_ids[..., 0], dtype=torch.bool)
        self._check_shapes(input_ids, parallel_input_ids, parallel_attention_mask, parallel_mask)
        parallel_length = parallel_input_ids.shape[2]

        ids = _join(input_ids, parallel_input_ids, fill=self.config.encoder_config.pad_token_id or 0)
        keep = _join(
            torch.ones_like(input_ids) if attention_mask is None else attention_mask,
            torch.ones_like(parallel_input_ids) if parallel_attention_mask is None else parallel_attention_mask,
        )
        types = None
        if token_type_ids is not None:
            missing_types = torch.zeros_like(parallel_input_ids)
            types = _join(token_type_ids, missing_types if parallel_token_type_ids is None else parallel_token_type_ids)
        present = pad(parallel_mask.bool(), (1, 0), value=True)
        pivot, parallel = self._encode(ids, keep, types, present).split([1, ids.shape[1] - 1], dim=1)
        pivot = pivot.squeeze(1)
        return ParallelReaderOutput(
            last_hidden_state=self.fuse(pivot, parallel, keep.bool(), present)[:, :pivot_length],
            pivot_states=pivot[:, :pivot_length],
            parallel_states=parallel[:, :, :parallel_length],
        )

    def _encode(self, ids: Tensor, keep: Tensor, types: Tensor | None, present: Tensor) -> Tensor:
        """States (batch, 1 + R, length, h) of the inputs that are present, 0 for the others."""
        inputs = {"input_ids": ids, "attention_mask": keep}
        if types is not None:
            inputs["token_type_ids"] = types
        rows = present.flatten()
        everything = bool(rows.all())
        inputs = {name: tensor.flatten(0, 1) for name, tensor in inputs.items()}
        if not everything:
            inputs = {name: tensor[rows] for name, tensor in inputs.items()}
        encoded: Tensor = self.encoder(**inputs)[0]
        if not everything:
            encoded = encoded.new_zeros(len(rows), *encoded.shape[1:]).index_put((rows,), encoded)
        return encoded.view(*present.shape, *encoded.shape[1:])

    def fuse(self, pivot: Tensor, parallel: Tensor, keep: Tensor, present: Tensor) -> Tensor:
        """(batch, length, 2h) from B of the pivot, (batch, length, h), and of its translations (batch, R, length, h).

        Dual BERT, Eq. 1-7; XLTT, Eq. 5-17. Nothing is masked where there is nothing to mask: kernels without
        a mask are faster.

        Args:
            keep: (batch, 1 + R, length) bool, False at padding.
            present: (batch, 1 + R) bool, False where a translation is missing.
        """
        there, complete = present[:, 1:, None, None], bool(present.all())
        pivot_keep, parallel_keep = keep[:, 0], keep[:, 1:]
        if not complete:
            # What attends to a missing translation is replaced or left out below, but a row needs one position.
            parallel_keep = torch.where(there[..., 0], parallel_keep, pivot_keep[:, None])
        if not complete and self.config.missing == "copy":
            parallel = torch.where(there, parallel, pivot[:, None])
            there, complete = torch.ones_like(there), True
        padded = not keep.all()
        attended = self.attention(pivot, parallel, *((pivot_keep, parallel_keep) if padded else (None, None)))
        if not complete:
            attended = attended.masked_fill(~there, 0)
        combined = self.combine(self._gather(attended, there))
        residual = pivot if self.config.residual_is_own else mean_over_languages(parallel, there)
        return torch.cat([pivot, self.norm(residual + self.dropout(combined))], dim=-1)

    def _gather(self, attended: Tensor, there: Tensor) -> Tensor:
        """What W reads, (batch, length, R h), of what each language gave, (batch, R, length, h)."""
        return attended.transpose(1, 2).flatten(2)

    def _check_shapes(
        self, ids: Tensor, parallel_ids: Tensor, parallel_attention_mask: Tensor | None, parallel_mask: Tensor
    ) -> None:
        if parallel_ids.dim() != 3 or len(parallel_ids) != len(ids):
            raise ValueError(
                f"`parallel_input_ids` must be of shape ({len(ids)}, languages, length), "
                f"but is of shape {tuple(parallel_ids.shape)} instead."
            )
        self._check_languages(parallel_ids.shape[1])
        if parallel_mask.shape != parallel_ids.shape[:2]:
            raise ValueError(
                f"`parallel_mask` must be of shape {tuple(parallel_ids.shape[:2])}, "
                f"but is of shape {tuple(parallel_mask.shape)} instead."
            )
        if parallel_attention_mask is not None and parallel_attention_mask.shape != parallel_ids.shape:
            raise ValueError(
                f"`parallel_attention_mask` must be of shape {tuple(parallel_ids.shape)}, "
                f"but is of shape {tuple(parallel_attention_mask.shape)} instead."
            )

    def _check_languages(self, given: int) -> None:
        languages = self.config.parallel_languages
        if given != len(languages):
            raise ValueError(
                f"`parallel_input_ids` must hold {', '.join(languages)} (`parallel_languages`) and nothing else, "
                f"but holds {given} languages instead."
            )


class ParallelReaderForQuestionAnswering(ParallelReaderPreTrainedModel):
    """A span head on the fused pivot and an auxiliary one on the translations (Dual BERT, Eq. 8-13; XLTT, Eq. 20-25).

    Labels are the tokens of the gold in each input; the configurations say what the papers leave open.
    """

    base_class: ClassVar[type[ParallelReaderModel]]

    def __init__(self, config: ParallelReaderConfig) -> None:
        super().__init__(config)
        setattr(self, self.base_model_prefix, self.base_class(config))
        self.span_head = SpanHead(2 * config.hidden_size)
        self.auxiliary_head: Any = SpanHead(config.hidden_size) if config.auxiliary_weight else None
        self.post_init()

    def take_head(self, head: nn.Linear) -> None:
        """Start both span heads with the layer of a reader, which reads B, and nothing of the fusion."""
        for own in filter(None, (self.span_head, self.auxiliary_head)):
            own.start_with(head)

    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        answer_mask: Tensor | None = None,
        parallel_input_ids: Tensor | None = None,
        parallel_attention_mask: Tensor | None = None,
        parallel_token_type_ids: Tensor | None = None,
        parallel_answer_mask: Tensor | None = None,
        parallel_mask: Tensor | None = None,
        start_positions: Tensor | None = None,
        end_positions: Tensor | None = None,
        parallel_start_positions: Tensor | None = None,
        parallel_end_positions: Tensor | None = None,
        sample_weight: Tensor | None = None,
    ) -> ParallelReaderQuestionAnsweringOutput:
        """Span logits of the pivot, and the loss where labels are given.

        Args:
            answer_mask: (batch, L_S) bool, True where an answer may start or end (passage and [CLS]).
            parallel_answer_mask: (batch, R, L) bool, likewise.
            start_positions, end_positions: (batch,) tokens of the gold in the pivot, or -100.
            parallel_start_positions, parallel_end_positions: (batch, R) tokens of the gold in the
                translations, or -100; without them the loss is that of the pivot alone.
            sample_weight: (batch,) weight of each example's data set (XLTT, Eq. 19).
            others: as in `ParallelReaderModel.forward`.

        Raises:
            ValueError: as `ParallelReaderModel.forward`, and when a label is outside its input or at a position
                that the answer mask excludes.
        """
        states = self.base_model(
            input_ids=input_ids,
            attention_mask=attention_mask,
            token_type_ids=token_type_ids,
            parallel_input_ids=parallel_input_ids,
            parallel_attention_mask=parallel_attention_mask,
            parallel_token_type_ids=parallel_token_type_ids,
            parallel_mask=parallel_mask,
        )
        start_logits, end_logits = self.span_head(states.last_hidden_state, answer_mask)
        loss, parts = None, None
        if start_positions is not None and end_positions is not None:
            check_positions("start_positions", start_positions, answer_mask, input_ids.shape[1])
            check_positions("end_positions", end_positions, answer_mask, input_ids.shape[1])
            loss = span_loss(start_logits, end_logits, start_positions, end_positions, sample_weight=sample_weight)
            parts = {"span": loss.detach()}
            if self.auxiliary_head and parallel_start_positions is not None and parallel_end_positions is not None:
                golds = (start_positions, end_positions)
                parallel_golds = (parallel_start_positions, parallel_end_positions)
                auxiliary, weight = self._auxiliary_loss(states, golds, parallel_golds, parallel_answer_mask)
                loss = loss + auxiliary
                parts |= {"auxiliary": auxiliary.detach(), "lambda": weight.detach()}
        return ParallelReaderQuestionAnsweringOutput(
            loss=loss, start_logits=start_logits, end_logits=end_logits, loss_parts=parts
        )

    def _auxiliary_loss(
        self, states: ParallelReaderOutput, golds: _Spans, parallel_golds: _Spans, parallel_answer_mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Sum over languages of lambda_R CE(B_R), a mean over the batch; and the mean lambda."""
        length = states.parallel_states.shape[2]
        check_positions("parallel_start_positions", parallel_golds[0], parallel_answer_mask, length)
        check_positions("parallel_end_positions", parallel_golds[1], parallel_answer_mask, length)
        start_logits, end_logits = self.auxiliary_head(states.parallel_states, parallel_answer_mask)
        losses = span_losses(start_logits, end_logits, *parallel_golds)
        labelled = (parallel_golds[0] != IGNORED) & (golds[0] != IGNORED).unsqueeze(1)
        weights = self._lambda(states, golds, parallel_golds, labelled)
        if self.config.detach_auxiliary_weight:
            weights = weights.detach()
        auxiliary = (weights * losses * labelled).sum(dim=1).mean()
        return auxiliary, (weights * labelled).sum() / labelled.sum().clamp(min=1)

    def _lambda(self, states: ParallelReaderOutput, golds: _Spans, parallel_golds: _Spans, labelled: Tensor) -> Tensor:
        """lambda_R of every translation (Dual BERT, Eq. 10-12; XLTT, Eq. 23): (batch, R)."""
        mode, attention = self.config.auxiliary_weight, self.config.span_attention
        if not isinstance(mode, str):
            return torch.full(labelled.shape, float(mode), device=labelled.device)
        reference = span_representation(states.pivot_states, *golds, attention=attention)
        weights = []
        for language in range(labelled.shape[1]):
            spans = (positions[:, language] for positions in parallel_golds)
            translated = span_representation(states.parallel_states[:, language], *spans, attention=attention)
            known = labelled[:, language, None]
            weights.append(dynamic_lambda(reference * known, translated * known, mode=mode))
        return torch.stack(weights, dim=1)


def _join(pivot: Tensor, parallel: Tensor, *, fill: int = 0) -> Tensor:
    """(batch, L_S) and (batch, R, L) -> (batch, 1 + R, the longer length), filled up at the right."""
    length = max(pivot.shape[1], parallel.shape[2])
    padded = (pad(tensor, (0, length - tensor.shape[-1]), value=fill) for tensor in (pivot.unsqueeze(1), parallel))
    return torch.cat(list(padded), dim=1)


def mean_over_languages(states: Tensor, there: Tensor) -> Tensor:
    """Mean of (batch, R, length, h) over the languages that are `there`, (batch, R, 1, 1); 0 where none is."""
    return (states * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)


def _reader_head(name_or_path: str, encoder: PreTrainedModel, kwargs: dict[str, Any]) -> nn.Linear | None:
    """The span head of a checkpoint that is a reader's, where it is one linear layer on the encoder."""
    if not any(name.endswith("ForQuestionAnswering") for name in encoder.config.architectures or ()):
        return None
    head = getattr(AutoModelForQuestionAnswering.from_pretrained(name_or_path, **kwargs), "qa_outputs", None)
    one_layer = isinstance(head, nn.Linear) and head.weight.shape == (2, encoder.config.hidden_size)
    return head if one_layer else None


def _without_pooler(encoder: PreTrainedModel) -> PreTrainedModel:
    """The encoder without a pooling layer, which no span model reads and no gradient would reach."""
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None  # type: ignore[assignment]
    return encoder
