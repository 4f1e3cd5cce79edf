"""Windows from 1,000 to 50,000 examples, against only tokenizing the same pairs with the same tokenizer.

    python examples/benchmarks/features.py [--corpus dev-v1.1.json] [--vocab vocab.txt] [--sizes 1000 5000 ...]

Corpus and vocabulary are those of the folder that XLQA_DATA names; without it the texts are synthetic and the
vocabulary is trained on them. Smaller corpora are repeated. Two orders are measured: all questions of a paragraph in a
row, as corpora have them, and every context distinct, where nothing can be shared. Seconds are of the clock, because
tokenizers use all cores; both tokenize batches of 1,000, in turns, and the best turn of each counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from random import Random

import datasets
from benchmark import corpus_file, main
from records import Record, at_least, growth
from timing import peak_mebibytes
from transformers import BertTokenizer, PreTrainedTokenizerBase

from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.features import prepare_features
from hf_xlqa.schema import Answer, Example

BATCH = 1_000
SPEED = (at_least(0.6),)

Work = Callable[[Sequence[Example], PreTrainedTokenizerBase], None]


@dataclass
class Options:
    """Texts and how many of them."""

    corpus: Path | None = field(default_factory=lambda: corpus_file("squad/dev-v1.1.json"))
    vocab: Path | None = field(default_factory=lambda: corpus_file("vocab/bert-base-multilingual-cased-vocab.txt"))
    sizes: list[int] = field(default_factory=lambda: [1_000, 10_000, 50_000])
    repeats: int = 2


QUICK = Options(corpus=None, vocab=None, sizes=[20, 40], repeats=1)
PARAGRAPHS = 1_500
"""Of the synthetic corpus."""


def synthetic(contexts: int, seed: int) -> Iterator[Example]:
    """Paragraphs of 120 words with five questions each."""
    rng = Random(seed)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiouäöü"]
    words = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(20_000)]
    for row in range(contexts):
        chosen = rng.choices(words, k=120)
        context, start = " ".join(chosen) + ".", sum(len(word) + 1 for word in chosen[:60])
        for number in range(5):
            question, name = " ".join(rng.choices(words, k=10)) + "?", f"{row}-{number}"
            yield Example(name, name, "", context, question, (Answer(chosen[60], start),), "en", "en", "synthetic")


def read(path: Path) -> Iterable[Example]:
    """The examples of a SQuAD-format file; the language makes no difference here."""
    return read_examples(path, language="en", corpus=path.stem, on_defect="drop")


def prepare(examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase) -> None:
    """The work that is measured."""
    prepare_features(examples, tokenizer)


def tokenize(examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase) -> None:
    """The work to compare with: token ids of every pair, thrown away."""
    for at in range(0, len(examples), BATCH):
        batch = examples[at : at + BATCH]
        tokenizer([example.question for example in batch], [example.context for example in batch], verbose=False)


def seconds(work: Work, examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase) -> float:
    """How long some work takes."""
    began = time.perf_counter()
    work(examples, tokenizer)
    return time.perf_counter() - began


def compare(stage: str, examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase, repeats: int) -> Record:
    """Both works in turns."""
    turns = [[seconds(work, examples, tokenizer) for work in (prepare, tokenize)] for _ in range(repeats)]
    ours, reference = (min(column) for column in zip(*turns, strict=True))
    return Record(
        stage=f"{stage}, {len(examples):,} examples",
        ours=ours,
        unit="s",
        reference=reference,
        reference_name="only tokenizing",
        peak_mebibytes=peak_mebibytes(partial(prepare, examples, tokenizer)),
        goals=SPEED,
    )


def load(options: Options) -> tuple[list[Example], PreTrainedTokenizerBase]:
    """The corpus, and a tokenizer with the vocabulary or one that is trained."""
    corpus = list(read(options.corpus) if options.corpus else synthetic(PARAGRAPHS, seed=0))
    tokenizer = BertTokenizer(vocab=str(options.vocab) if options.vocab else None, do_lower_case=False)
    if options.vocab is None:
        texts = (example.context for example in corpus[::5])
        tokenizer = tokenizer.train_new_from_iterator(texts, 8_000, show_progress=False)
    return corpus, tokenizer


def measure(options: Options) -> Iterator[Record]:
    """Every order at every size."""
    datasets.disable_progress_bars()
    corpus, tokenizer = load(options)
    distinct = list({example.context: example for example in corpus}.values())
    for stage, order in {"windows": corpus, "windows, contexts distinct": distinct}.items():
        records = []
        for size in options.sizes:
            rows = enumerate(islice(cycle(order), size))
            examples = [replace(example, id=str(row), parallel_id=str(row)) for row, example in rows]
            records.append(compare(stage, examples, tokenizer, options.repeats))
            yield records[-1]
        yield growth(stage, options.sizes, [record.ours for record in records])


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
