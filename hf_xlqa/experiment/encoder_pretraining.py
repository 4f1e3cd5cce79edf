"""Small encoders from unlabelled text: masked words, and recurring span selection (Ram et al. 2021, "Splinter").

Each step has two batches: selections, a sentence with one span masked before the text that tells what it is, and
pairs of texts. What was masked in a selection is pointed at in its text by two linear heads over the last layer and by
the similarity of states of the middle layer; words masked at random in both are guessed (translation language
modelling, Conneau & Lample 2019, where the two are translations). The heads are thrown away.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import BatchEncoding, ModernBertConfig, ModernBertForMaskedLM, PreTrainedTokenizerFast

Log = list[dict[str, float]]
Losses = dict[str, Tensor]


@dataclass
class PretrainingOptions:
    """What the encoder is and how it learns."""

    output_dir: Path = field(default=Path("outputs/encoder"), metadata={"help": "folder of the encoder"})
    minutes: float = field(default=30.0, metadata={"help": "training time; both learning rates fall to 0 over it"})
    batch_size: int = field(default=48, metadata={"help": "selections a step; pairs are half as many"})
    learning_rate: float = field(default=3e-3, metadata={"help": "of word vectors, norms, biases and heads (AdamW)"})
    matrix_learning_rate: float = field(default=0.02, metadata={"help": "of the matrices of the layers (Muon)"})
    warmup_steps: int = 50
    hidden_size: int = 128
    intermediate_size: int = 256
    layers: int = 4
    heads: int = 4
    selection_mask: float = field(default=0.12, metadata={"help": "share of words masked in selections"})
    pair_mask: float = field(default=0.3, metadata={"help": "share of words masked in pairs"})
    selection_words_weight: float = field(default=0.5, metadata={"help": "weight of the words masked in selections"})
    pair_words_weight: float = field(default=1.0, metadata={"help": "weight of the words masked in pairs"})
    log_steps: int = 50
    threads: int = 2
    seed: int = 0


@dataclass(frozen=True)
class Selection:
    """A sentence with a span masked, a text, and [start, end) of what was masked in the text, in code points."""

    sentence: str
    text: str
    start: int
    end: int


def new_model(options: PretrainingOptions, tokenizer: PreTrainedTokenizerFast) -> ModernBertForMaskedLM:
    """An encoder whose attention starts as `mimetic_attention` says."""
    rotary = {"rope_type": "default", "rope_theta": 160_000.0}
    config = ModernBertConfig(
        vocab_size=len(tokenizer),
        hidden_size=options.hidden_size,
        intermediate_size=options.intermediate_size,
        num_hidden_layers=options.layers,
        num_attention_heads=options.heads,
        max_position_embeddings=tokenizer.model_max_length,
        layer_types=["full_attention"] * options.layers,
        rope_parameters={"full_attention": rotary, "sliding_attention": rotary},
        attention_bias=True,
        initializer_range=0.06,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        cls_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
    )
    model = ModernBertForMaskedLM(config)
    mimetic_attention(model)
    return model


@torch.no_grad()
def mimetic_attention(model: ModernBertForMaskedLM) -> None:
    """Start half of the heads where trained ones are found (after Trockman & Kolter 2023).

    In the first layer they look at the words nearby and add them to the word; in the others they look for similar
    words, their queries being equal to their keys.
    """
    width, heads = model.config.hidden_size, model.config.num_attention_heads
    size, half = width // heads, width // 2
    first, *others = (layer.attn for layer in model.model.layers)
    for offset in (0, width):
        for head in range(heads // 2):
            first.Wqkv.bias[offset + head * size :][1:5] = 2.4  # wave lengths of 13 to 125 tokens
    basis = nn.init.orthogonal_(torch.empty(width, width))[:half]
    first.Wqkv.weight[2 * width : 2 * width + half] = basis
    first.Wo.weight[:, :half] = basis.T
    for attention in others:
        basis = nn.init.orthogonal_(torch.empty(width, width))[:half]
        attention.Wqkv.weight[:half] = basis
        attention.Wqkv.weight[width : width + half] = basis


class Pretraining(nn.Module):
    """The encoder with its two throw-away heads and the losses of a step."""

    def __init__(
        self, model: ModernBertForMaskedLM, options: PretrainingOptions, tokenizer: PreTrainedTokenizerFast
    ) -> None:
        super().__init__()
        self.options, self.tokenizer, self.model = options, tokenizer, model
        self.pointer = nn.Linear(options.hidden_size, 2)
        self.matcher = nn.Linear(options.hidden_size, 2 * options.hidden_size, bias=False)

    def forward(self, selections: list[Selection], pairs: list[tuple[str, str]]) -> tuple[Tensor, Losses]:
        """The weighted loss of a step, and its parts by name with the share of spans pointed at exactly."""
        losses = self.selection_losses(selections)
        losses["pair_words"] = self.pair_loss(pairs)
        options = self.options
        loss = losses["pointing"] + losses["matching"] + options.selection_words_weight * losses["selection_words"]
        return loss + options.pair_words_weight * losses["pair_words"], losses

    def selection_losses(self, batch: list[Selection]) -> Losses:
        """Losses of pointing, of matching and of the masked words, and the share of spans pointed at exactly."""
        inputs = self._encoded([item.sentence for item in batch], [item.text for item in batch])
        starts = torch.tensor([inputs.char_to_token(row, item.start, 1) for row, item in enumerate(batch)])
        ends = torch.tensor([inputs.char_to_token(row, item.end - 1, 1) for row, item in enumerate(batch)])
        places = torch.arange(inputs.input_ids.shape[1])
        answers = (places >= starts[:, None]) & (places <= ends[:, None])
        states, words = self._masked_words(inputs, self.options.selection_mask, ~answers)
        outside = torch.tensor([[part != 1 for part in inputs.sequence_ids(row)] for row in range(len(batch))])
        pointed = self.pointer(states[-1]).masked_fill(outside[..., None], -1e4)
        matched = self._matched(states[self.options.layers // 2], inputs).masked_fill(outside[..., None], -1e4)
        targets = torch.stack([starts, ends], 1)
        return {
            "pointing": F.cross_entropy(pointed, targets),
            "matching": F.cross_entropy(matched, targets),
            "selection_words": words,
            "found": (pointed.argmax(1) == targets).all(1).float().mean(),
        }

    def _matched(self, hidden: Tensor, inputs: BatchEncoding) -> Tensor:
        """How similar each token is to the masked span, (batch, length, 2), by states of the middle layer.

        Queries and keys go through the same map: what makes a masked word and a name alike is the relation they
        stand in.
        """
        roles = self.matcher(F.layer_norm(hidden, hidden.shape[-1:])).unflatten(-1, (2, -1))
        first = (inputs.input_ids == self.tokenizer.mask_token_id).int().argmax(1)
        asked = roles[torch.arange(len(roles)), first]
        similar: Tensor = torch.einsum("bed,bled->ble", asked, roles)
        return similar / math.sqrt(roles.shape[-1])

    def pair_loss(self, batch: list[tuple[str, str]]) -> Tensor:
        """Loss of the words masked in pairs of texts."""
        inputs = self._encoded([first for first, _ in batch], [second for _, second in batch])
        everywhere = torch.ones_like(inputs.input_ids, dtype=torch.bool)
        return self._masked_words(inputs, self.options.pair_mask, everywhere)[1]

    def _encoded(self, first: list[str], second: list[str]) -> BatchEncoding:
        encoded: BatchEncoding = self.tokenizer(first, second, padding=True, return_tensors="pt")
        return encoded

    def _masked_words(self, inputs: BatchEncoding, share: float, allowed: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """States (batch, length, hidden) by layer with a share of the allowed words masked, and the loss of these."""
        ids = inputs.input_ids
        special = torch.isin(ids, torch.tensor(self.tokenizer.all_special_ids))
        chosen = (torch.rand(ids.shape) < share) & allowed & ~special
        masked = ids.masked_fill(chosen, self.tokenizer.mask_token_id)
        outputs = self.model.model(masked, attention_mask=inputs.attention_mask, output_hidden_states=True)
        guesses = self.model.decoder(self.model.head(outputs.last_hidden_state[chosen]))
        return (*outputs.hidden_states[:-1], outputs.last_hidden_state), F.cross_entropy(guesses, ids[chosen])


def new_optimizers(training: Pretraining, options: PretrainingOptions) -> list[torch.optim.Optimizer]:
    """Muon (Jordan et al. 2024) for the matrices of the layers, AdamW for all else."""
    matrices = [weight for weight in training.model.model.layers.parameters() if weight.ndim == 2]
    inside = {id(weight) for weight in matrices}
    others = [weight for weight in training.parameters() if id(weight) not in inside]
    return [
        torch.optim.Muon(matrices, lr=options.matrix_learning_rate, weight_decay=0.01, adjust_lr_fn="original"),
        torch.optim.AdamW(others, lr=options.learning_rate, weight_decay=0.01, betas=(0.9, 0.98)),
    ]


def train(
    training: Pretraining,
    selections: Iterator[Selection],
    pairs: Iterator[tuple[str, str]],
    *,
    follow: Callable[[float], dict[str, float]] = lambda pointing: {},
) -> Log:
    """Train until the time is over; the encoder and its log are saved every `log_steps` steps.

    Args:
        training: the encoder and its options.
        selections, pairs: endless.
        follow: told the pointing loss after every step; what it returns goes to the log.

    Returns:
        The means of `log_steps` steps a line.
    """
    options = training.options
    optimizers = new_optimizers(training, options)
    rates = [optimizer.param_groups[0]["lr"] for optimizer in optimizers]
    began, log, seen = time.monotonic(), Log(), Log()
    while (done := (time.monotonic() - began) / (60 * options.minutes)) < 1:
        step = len(log) * options.log_steps + len(seen) + 1
        for optimizer, rate in zip(optimizers, rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate * min(1.0, step / options.warmup_steps) * (1 - done)
            optimizer.zero_grad()
        loss, losses = training(
            list(islice(selections, options.batch_size)), list(islice(pairs, options.batch_size // 2))
        )
        loss.backward()
        nn.utils.clip_grad_norm_(training.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        values = {name: value.item() for name, value in losses.items()}
        seen.append({**follow(values["pointing"]), **values})
        if len(seen) == options.log_steps:
            log.append(_log_line(step, time.monotonic() - began, seen))
            print(json.dumps(log[-1]), flush=True)
            save(training, log)
            seen = []
    save(training, log)
    return log


def _log_line(step: int, seconds: float, seen: Log) -> dict[str, float]:
    means = {name: round(sum(losses[name] for losses in seen) / len(seen), 4) for name in seen[0]}
    return {"step": step, "seconds": round(seconds), **means}


def save(training: Pretraining, log: Log) -> None:
    """The encoder alone, its tokenizer, and the log with the options in its first line."""
    options = training.options
    options.output_dir.mkdir(parents=True, exist_ok=True)
    training.model.model.save_pretrained(options.output_dir)
    training.tokenizer.save_pretrained(options.output_dir)
    settings = {key: value for key, value in asdict(options).items() if key != "output_dir"}
    lines = [json.dumps(line) for line in (settings, *log)]
    (options.output_dir / "pretraining_log.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
