"""What a model that reads translations costs beyond its encoder: shared by `xltt_step.py` and `dual_bert_step.py`."""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Callable
from typing import Any

import torch
from timing import milliseconds
from torch import Tensor
from transformers import BertConfig

from hf_xlqa.models.adaptive_attention import AdaptiveAttention
from hf_xlqa.models.parallel_reader import ParallelReaderForQuestionAnswering
from hf_xlqa.models.span_head import span_losses

VOCABULARY = 1000
HEAD_WIDTH = 64


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


def parse(description: str | None, **defaults: int) -> argparse.Namespace:
    """The arguments of a benchmark, whose sizes have these defaults, with torch set up by them."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    return arguments


def encoder_config(arguments: argparse.Namespace) -> BertConfig:
    """A BERT of the layers and width of the arguments."""
    return BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=arguments.width,
        num_hidden_layers=arguments.layers,
        num_attention_heads=arguments.width // HEAD_WIDTH,
        intermediate_size=4 * arguments.width,
    )


def batch(arguments: argparse.Namespace, *, languages: int) -> dict[str, Tensor]:
    """Random inputs with labels: the pivot's of (batch, length), the translations' of (batch, languages, length)."""
    shape = (arguments.batch, languages, arguments.length)
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
    return {name: tensor.to(arguments.device) for name, tensor in inputs.items()}


def print_steps(
    name: str, model: ParallelReaderForQuestionAnswering, inputs: dict[str, Tensor], arguments: argparse.Namespace
) -> None:
    """A training step of the model, fused and printed, beside one of its encoder on the same tokens.

    Milliseconds are those of the processor, of all threads together, on a CPU.
    """
    model = model.to(arguments.device, getattr(torch, arguments.dtype)).train()
    printed = with_printed_attention(model)
    losses = [each.eval()(**inputs).loss for each in (model, printed)]
    torch.testing.assert_close(*losses, atol=2e-2, rtol=0)
    steps = [
        encoder_step(model, inputs),
        *(lambda each=each: each.train()(**inputs).loss.backward() for each in (model, printed)),
    ]
    alone, *others = milliseconds(
        steps, repeats=arguments.repeats, device=arguments.device, clock=clock(arguments.device)
    )
    print(f"| training step, length {arguments.length} | ms | to the encoder alone |\n|---|---|---|")
    for each, value in zip(("encoder alone", f"{name}, fused", f"{name}, printed"), (alone, *others), strict=True):
        print(f"| {each} | {value:.0f} | {value / alone:.2f} x |", flush=True)


def clock(device: str) -> Callable[[], float]:
    """Time of this process alone on a CPU, which other processes may keep busy."""
    return time.process_time if device == "cpu" else time.perf_counter


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
