"""Train the tiny multilingual encoder of the embedded sample from unlabelled text, parallel text and the lexicon.

    python examples/pretrain_sample_encoder.py --output_dir outputs/sample_encoder

Each step has two batches, written on the fly by the grammar from training names, see `encoder_pretraining`:

- selections: a sentence with one name or number masked, in one language, before the paragraph that tells it, in
  another language or the same: recurring span selection across languages.
- pairs: a sentence, or a question alone, beside its translation, with words masked in both and guessed.

No question ever stands before a paragraph and no answer to a question is seen, in any language.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor
from transformers import HfArgumentParser

from hf_xlqa.corpora.sample.biographies import Biography, Fact, biography
from hf_xlqa.corpora.sample.grammar import LANGUAGES, grammar
from hf_xlqa.corpora.sample.lexicon import concepts
from hf_xlqa.corpora.sample.names import name_parts
from hf_xlqa.corpora.sample.tokenizer import build_tokenizer
from hf_xlqa.experiment.encoder_pretraining import Pretraining, PretrainingOptions, Selection, new_model, train


@dataclass
class Options(PretrainingOptions):
    """What the encoder is, how it learns, and what it is shown."""

    output_dir: Path = field(default=Path("outputs/sample_encoder"), metadata={"help": "folder of the encoder"})
    same_language: float = field(default=0.3, metadata={"help": "share of selections surely within one language"})
    question_share: float = field(default=0.5, metadata={"help": "share of pairs that are questions"})
    advance_below: float = field(default=0.4, metadata={"help": "pointing loss at which paragraphs become longer"})


@dataclass
class Curriculum:
    """How much a paragraph tells: 2 facts of one kind, then 3, then all 6."""

    advance_below: float
    level: int = 0
    running: float = math.inf

    LAST = 2
    _REVIEW = 0.1  # share of whole paragraphs from the beginning

    def update(self, loss: float) -> dict[str, float]:
        """Follow the pointing loss and pass to longer paragraphs where it is low; the level before that."""
        level = self.level
        self.running = loss if math.isinf(self.running) else 0.98 * self.running + 0.02 * loss
        if self.running < self.advance_below and self.level < self.LAST:
            self.level, self.running = self.level + 1, math.inf
        return {"level": level}

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


def main() -> None:
    (options,) = HfArgumentParser(Options).parse_args_into_dataclasses()  # type: ignore[arg-type]
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    rng, tokenizer, curriculum = random.Random(options.seed), build_tokenizer(), Curriculum(options.advance_below)
    model = new_model(options, tokenizer)
    tie_word_vectors(model.model.embeddings.tok_embeddings.weight, tokenizer.get_vocab())
    print(f"{sum(weight.numel() for weight in model.model.parameters()):,} weights in the encoder")
    spans = selections(curriculum, options.same_language, rng)
    sentences = pairs(options.question_share, rng)
    train(Pretraining(model, options, tokenizer), spans, sentences, follow=curriculum.update)


if __name__ == "__main__":
    main()
