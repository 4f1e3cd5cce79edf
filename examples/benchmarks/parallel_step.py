"""What a model that reads translations costs beyond its encoder: shared by `xltt_step.py` and `dual_bert_step.py`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from benchmark import TorchOptions
from records import Goal, Record
from timing import milliseconds, peak_mebibytes
from torch import Tensor
from transformers import BertConfig

from hf_xlqa.models.adaptive_attention import AdaptiveAttention
from hf_xlqa.models.parallel_reader import ParallelReaderForQuestionAnswering
from hf_xlqa.models.span_head import span_losses

VOCABULARY = 1000
HEAD_WIDTH = 64
ENCODER_ALONE = "its encoder alone"


@dataclass
class StepOptions(TorchOptions):
    """Sizes of an encoder and of what it reads."""

    batch: int = field(default=2, metadata={"help": "examples"})
    length: int = field(default=384, metadata={"help": "tokens"})
    layers: int = 12
    width: int = 768

    def encoder_config(self) -> BertConfig:
        """A BERT of these layers and this width."""
        return BertConfig(
            vocab_size=VOCABULARY,
            hidden_size=self.width,
            num_hidden_layers=self.layers,
            num_attention_heads=self.width // HEAD_WIDTH,
            intermediate_size=4 * self.width,
        )


class PrintedAttention(AdaptiveAttention):
    """The same module with every matrix of the printed formula stored."""

    def forward(
        self, pivot: Tensor, parallel: Tensor, pivot_mask: Tensor | None, parallel_mask: Tensor | None
    ) -> Tensor:
        query, key, value = (
            self._split(self.query(pivot)),
            self._split(self.key(parallel)),
            self._split(self.value(parallel)),
        )
        query = query[:, None]
        scale, self_scale = self.scale or 1.0, self.self_scale or 1.0
        own_keep = None if pivot_mask is None else pivot_mask[:, None, None, None]
        keep = None if parallel_mask is None else parallel_mask[:, :, None, None]
        own = _masked(self_scale * query @ query.mT, own_keep).softmax(-1)
        other = _masked(self_scale * key @ key.mT, keep).softmax(-1)
        scores = scale * own @ (query @ key.mT) @ other.mT
        attended = _masked(scores, keep).softmax(-1) @ value
        return attended.transpose(-3, -2).flatten(-2)


def _masked(scores: Tensor, keep: Tensor | None) -> Tensor:
    return scores if keep is None else scores.masked_fill(~keep, -torch.inf)


def batch(options: StepOptions, *, languages: int) -> dict[str, Tensor]:
    """Random inputs with labels: the pivot's of (batch, length), the translations' of (batch, languages, length)."""
    shape = (options.batch, languages, options.length)
    positions = torch.full(shape[:2], 3)
    inputs = {
        "input_ids": torch.randint(VOCABULARY, (shape[0], shape[2])),
        "attention_mask": torch.ones(shape[0], shape[2], dtype=torch.long),
        "parallel_input_ids": torch.randint(VOCABULARY, shape),
        "parallel_attention_mask": torch.ones(shape, dtype=torch.long),
        "start_positions": positions[:, 0],
        "end_positions": positions[:, 0] + 2,
        "parallel_start_positions": positions,
        "parallel_end_positions": positions + 2,
    }
    return {name: tensor.to(options.device) for name, tensor in inputs.items()}


def steps(
    name: str,
    model: ParallelReaderForQuestionAnswering,
    inputs: dict[str, Tensor],
    options: StepOptions,
    goals: tuple[Goal, ...] = (),
) -> Iterator[Record]:
    """A training step of the model, fused and printed, to one of its encoder on the same tokens."""
    models = {"": model, ", printed form": with_printed_attention(model)}
    with torch.no_grad():
        losses = [each.eval()(**inputs).loss for each in models.values()]
    torch.testing.assert_close(*losses, atol=2e-2, rtol=0)
    calls = {form: partial(train, each.train(), inputs) for form, each in models.items()}
    alone, *times = milliseconds(
        [encoder_step(model, inputs), *calls.values()], repeats=options.repeats, device=options.device
    )
    for (form, call), taken in zip(calls.items(), times, strict=True):
        yield Record(
            stage=f"{name} step{form}, {options.layers} layers, length {options.length}",
            ours=taken,
            unit="ms",
            reference=alone,
            reference_name=ENCODER_ALONE,
            ratio_of="cost",
            peak_mebibytes=None if form else peak_mebibytes(call, device=options.device),
            goals=() if form else goals,
        )


def train(model: ParallelReaderForQuestionAnswering, inputs: dict[str, Tensor]) -> None:
    """Forward and backward."""
    model(**inputs).loss.backward()


def with_printed_attention(model: ParallelReaderForQuestionAnswering) -> ParallelReaderForQuestionAnswering:
    """A copy of the model with the printed form of its attention."""
    printed = copy.deepcopy(model)
    printed.base_model.attention.__class__ = PrintedAttention
    return printed


def encoder_step(model: ParallelReaderForQuestionAnswering, inputs: dict[str, Tensor]) -> Callable[[], None]:
    """Encodes the pivot and all translations in one call and reads a span off each, forward and backward."""
    encoder: Any = model.base_model.encoder
    ids = torch.cat([inputs["input_ids"][:, None], inputs["parallel_input_ids"]], dim=1).flatten(0, 1)
    golds = torch.full((len(ids),), 3, device=ids.device)

    def step() -> None:
        states = encoder(input_ids=ids, attention_mask=torch.ones_like(ids))[0]
        start_logits, end_logits = model.auxiliary_head(states)
        span_losses(start_logits, end_logits, golds, golds).mean().backward()

    return step
