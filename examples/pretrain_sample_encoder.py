"""Train the tiny multilingual encoder of the embedded sample from unlabelled text, parallel text and the lexicon.

    python examples/pretrain_sample_encoder.py --output_dir outputs/sample_encoder

Each step has two batches, written on the fly by the grammar from training names:

- selections: a sentence with one name or number masked, in one language, before the paragraph that tells it, in
  another language or the same. What was masked is pointed at in the paragraph (recurring span selection, Ram et al.
  2021, here across languages) by two linear heads over the last layer and by the similarity of states of the middle
  layer, and words masked at random in both texts are guessed (translation language modelling, Conneau & Lample 2019).
- pairs: a sentence, or a question alone, beside its translation, with words masked in both and guessed.

No question ever stands before a paragraph and no answer to a question is seen, in any language. The heads are
thrown away; the encoder and its tokenizer are saved with the log of the training.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import (
    BatchEncoding,
    HfArgumentParser,
    ModernBertConfig,
    ModernBertForMaskedLM,
    PreTrainedTokenizerFast,
)

from hf_xlqa.corpora.sample.biographies import Biography, Fact, biography
from hf_xlqa.corpora.sample.grammar import LANGUAGES, grammar
from hf_xlqa.corpora.sample.lexicon import concepts
from hf_xlqa.corpora.sample.names import name_parts
from hf_xlqa.corpora.sample.tokenizer import SPECIAL_TOKENS, build_tokenizer


@dataclass
class Options:
    """What the encoder is and how it learns."""

    output_dir: Path = field(default=Path("outputs/sample_encoder"), metadata={"help": "folder of the encoder"})
    minutes: float = field(default=30.0, metadata={"help": "training time; both learning rates fall to 0 over it"})
    batch_size: int = field(default=48, metadata={"help": "selections a step; pairs are half as many"})
    learning_rate: float = field(default=3e-3, metadata={"help": "of word vectors, norms, biases and heads (AdamW)"})
    matrix_learning_rate: float = field(default=0.02, metadata={"help": "of the matrices of the layers (Muon)"})
    warmup_steps: int = 50
    hidden_size: int = 128
    intermediate_size: int = 256
    layers: int = 4
    heads: int = 4
    same_language: float = field(default=0.3, metadata={"help": "share of selections surely within one language"})
    selection_mask: float = field(default=0.12, metadata={"help": "share of words masked in selections"})
    pair_mask: float = field(default=0.3, metadata={"help": "share of words masked in pairs"})
    question_share: float = field(default=0.5, metadata={"help": "share of pairs that are questions"})
    selection_words_weight: float = field(default=0.5, metadata={"help": "weight of the words masked in selections"})
    pair_words_weight: float = field(default=1.0, metadata={"help": "weight of the words masked in pairs"})
    advance_below: float = field(default=0.4, metadata={"help": "pointing loss at which paragraphs become longer"})
    log_steps: int = 50
    threads: int = 2
    seed: int = 0


@dataclass(frozen=True)
class Selection:
    """A masked sentence, the paragraph, and [start, end) of the masked span in the paragraph, in code points."""

    sentence: str
    paragraph: str
    start: int
    end: int


@dataclass
class Curriculum:
    """How much a paragraph tells: 2 facts of one kind, then 3, then all 6."""

    advance_below: float
    level: int = 0
    running: float = math.inf

    LAST = 2
    _REVIEW = 0.1  # share of whole paragraphs from the beginning

    def update(self, loss: float) -> None:
        """Follow the pointing loss and pass to longer paragraphs where it is low."""
        self.running = loss if math.isinf(self.running) else 0.98 * self.running + 0.02 * loss
        if self.running < self.advance_below and self.level < self.LAST:
            self.level, self.running = self.level + 1, math.inf

    def shorten(self, told: Biography, rng: random.Random) -> Biography:
        """The first facts of the kind that the biography begins with."""
        if self.level == self.LAST or rng.random() < self._REVIEW:
            return told
        same = [fact for fact in told.facts if fact.fillers.keys() == told.facts[0].fillers.keys()]
        return Biography(told.subject, tuple(same[: 2 + self.level]))


def selections(curriculum: Curriculum, same_language: float, rng: random.Random) -> Iterator[Selection]:
    """Endless masked sentences with the paragraphs that tell them, two of each paragraph."""
    while True:
        told = curriculum.shorten(biography("train", rng), rng)
        language = rng.choice(LANGUAGES)
        other = language if rng.random() < same_language else rng.choice(LANGUAGES)
        paragraph = grammar(other).paragraph(told, rng)
        slots = [(fact, slot) for fact in told.facts for slot in fact.fillers]
        for fact, slot in rng.sample(slots, 2):
            sentence = masked_sentence(told, fact, slot, language, rng)
            yield Selection(sentence, paragraph.text, *paragraph.spans[fact.relation, slot])


def masked_sentence(told: Biography, fact: Fact, slot: str, language: str, rng: random.Random) -> str:
    """A sentence for a fact with one slot masked and another life's place or year in its other slot.

    The other slot does not agree with the paragraph, so only the relation tells what was masked.
    """
    strangers = [other for other in biography("train", rng).facts if other.fillers.keys() == fact.fillers.keys()]
    fillers = {**rng.choice(strangers).fillers, slot: fact.fillers[slot]}
    text = grammar(language).statement(told, Fact(fact.relation, fillers), rng, first=True)
    start, end = text.spans[fact.relation, slot]
    return f"{text.text[:start]}[MASK]{text.text[end:]}"


def pairs(question_share: float, rng: random.Random) -> Iterator[tuple[str, str]]:
    """Endless sentences, or questions alone, in two languages."""
    while True:
        told = biography("train", rng)
        for fact in told.facts:
            both = [grammar(language) for language in rng.sample(LANGUAGES, 2)]
            slot = rng.choice(list(fact.fillers))
            if rng.random() < question_share:
                first, second = (rules.question(told, fact, slot, rng) for rules in both)
            else:
                first, second = (rules.statement(told, fact, rng, first=True) for rules in both)
            yield first.text, second.text


def new_model(options: Options, tokenizer: PreTrainedTokenizerFast) -> ModernBertForMaskedLM:
    """An encoder with tied word vectors and attention that starts as `mimetic_attention` says."""
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
    tie_word_vectors(model.model.embeddings.tok_embeddings.weight, tokenizer.get_vocab())
    mimetic_attention(model)
    return model


@torch.no_grad()
def tie_word_vectors(weight: Tensor, vocabulary: dict[str, int]) -> None:
    """Start each word of the lexicon, and each part of a name, at the mean of what its translations share.

    Args:
        weight: word vectors (vocabulary, hidden), changed in place.
        vocabulary: row of each piece.
    """
    rows = [[word for words in row.values() for word in words] for row in concepts()]
    rows += [[form for _, form in row] for group in name_parts().values() for row in group]
    deviation = weight.std().item()
    shared, counts = torch.zeros_like(weight), torch.zeros(len(weight), 1)
    for row in rows:
        forms = {form for word in row for form in (word, word[:1].upper() + word[1:])}
        ids = [vocabulary[form] for form in forms if form in vocabulary]
        shared[ids] += deviation * torch.randn(weight.shape[1])
        counts[ids] += 1
    known = counts[:, 0] > 0
    weight[known] = shared[known] / counts[known].sqrt()


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

    def __init__(self, options: Options, tokenizer: PreTrainedTokenizerFast) -> None:
        super().__init__()
        self.options, self.tokenizer = options, tokenizer
        self.model = new_model(options, tokenizer)
        self.pointer = nn.Linear(options.hidden_size, 2)
        self.matcher = nn.Linear(options.hidden_size, 2 * options.hidden_size, bias=False)

    def selection_losses(self, batch: list[Selection]) -> dict[str, Tensor]:
        """Losses of pointing, of matching and of the masked words, and the share of spans pointed at exactly."""
        inputs = self._encoded([item.sentence for item in batch], [item.paragraph for item in batch])
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
        """Loss of the words masked in sentences beside their translations."""
        inputs = self._encoded([first for first, _ in batch], [second for _, second in batch])
        everywhere = torch.ones_like(inputs.input_ids, dtype=torch.bool)
        return self._masked_words(inputs, self.options.pair_mask, everywhere)[1]

    def _encoded(self, first: list[str], second: list[str]) -> BatchEncoding:
        encoded: BatchEncoding = self.tokenizer(first, second, padding=True, return_tensors="pt")
        return encoded

    def _masked_words(self, inputs: BatchEncoding, share: float, allowed: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """States (batch, length, hidden) by layer with a share of the allowed words masked, and the loss of these."""
        ids = inputs.input_ids
        chosen = (torch.rand(ids.shape) < share) & allowed & (ids >= len(SPECIAL_TOKENS))
        masked = ids.masked_fill(chosen, self.tokenizer.mask_token_id)
        outputs = self.model.model(masked, attention_mask=inputs.attention_mask, output_hidden_states=True)
        guesses = self.model.decoder(self.model.head(outputs.last_hidden_state[chosen]))
        return (*outputs.hidden_states[:-1], outputs.last_hidden_state), F.cross_entropy(guesses, ids[chosen])


def new_optimizers(training: Pretraining, options: Options) -> list[torch.optim.Optimizer]:
    """Muon (Jordan et al. 2024) for the matrices of the layers, AdamW for all else."""
    matrices = [weight for weight in training.model.model.layers.parameters() if weight.ndim == 2]
    inside = {id(weight) for weight in matrices}
    others = [weight for weight in training.parameters() if id(weight) not in inside]
    return [
        torch.optim.Muon(matrices, lr=options.matrix_learning_rate, weight_decay=0.01, adjust_lr_fn="original"),
        torch.optim.AdamW(others, lr=options.learning_rate, weight_decay=0.01, betas=(0.9, 0.98)),
    ]


def train(training: Pretraining, options: Options, rng: random.Random) -> list[dict[str, float]]:
    """Train until the time is over; the log has the means of `log_steps` steps a line."""
    curriculum = Curriculum(options.advance_below)
    spans, sentences = selections(curriculum, options.same_language, rng), pairs(options.question_share, rng)
    optimizers = new_optimizers(training, options)
    rates = [optimizer.param_groups[0]["lr"] for optimizer in optimizers]
    began, log, seen = time.monotonic(), list[dict[str, float]](), list[dict[str, float]]()
    while (done := (time.monotonic() - began) / (60 * options.minutes)) < 1:
        step = len(log) * options.log_steps + len(seen) + 1
        for optimizer, rate in zip(optimizers, rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate * min(1.0, step / options.warmup_steps) * (1 - done)
            optimizer.zero_grad()
        losses = training.selection_losses([next(spans) for _ in range(options.batch_size)])
        losses["pair_words"] = training.pair_loss([next(sentences) for _ in range(options.batch_size // 2)])
        loss = losses["pointing"] + losses["matching"] + options.selection_words_weight * losses["selection_words"]
        loss = loss + options.pair_words_weight * losses["pair_words"]
        loss.backward()
        nn.utils.clip_grad_norm_(training.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        curriculum.update(losses["pointing"].item())
        seen.append({name: value.item() for name, value in losses.items()})
        if len(seen) == options.log_steps:
            log.append(_log_line(step, time.monotonic() - began, curriculum.level, seen))
            print(json.dumps(log[-1]), flush=True)
            save(training, options, log)
            seen = []
    return log


def _log_line(step: int, seconds: float, level: int, seen: list[dict[str, float]]) -> dict[str, float]:
    means = {name: round(sum(losses[name] for losses in seen) / len(seen), 4) for name in seen[0]}
    return {"step": step, "seconds": round(seconds), "level": level, **means}


def save(training: Pretraining, options: Options, log: list[dict[str, float]]) -> None:
    """The encoder alone, its tokenizer, and the log with the options in its first line."""
    options.output_dir.mkdir(parents=True, exist_ok=True)
    training.model.model.save_pretrained(options.output_dir)
    training.tokenizer.save_pretrained(options.output_dir)
    settings = {key: value for key, value in asdict(options).items() if key != "output_dir"}
    lines = [json.dumps(line) for line in (settings, *log)]
    (options.output_dir / "pretraining_log.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    (options,) = HfArgumentParser(Options).parse_args_into_dataclasses()  # type: ignore[arg-type]
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    training = Pretraining(options, build_tokenizer())
    print(f"{sum(weight.numel() for weight in training.model.model.parameters()):,} weights in the encoder")
    save(training, options, train(training, options, random.Random(options.seed)))


if __name__ == "__main__":
    main()
