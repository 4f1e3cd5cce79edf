"""Windows from 1,000 to 50,000 examples, against only tokenizing the same pairs with the same tokenizer.

    python examples/benchmarks/features.py [--corpus dev-v1.1.json] [--vocab vocab.txt] [--sizes 1000 5000 ...]

Without a corpus the texts are synthetic, without a vocabulary a WordPiece one is trained on them.
Smaller corpora are repeated. Two orders are measured: "shared", all questions of a paragraph in a
row as corpora have them, and "distinct", one question a paragraph, where nothing can be shared.
The ratio is the speed of `prepare_features` over that of `tokenizer(questions, contexts)`, both in
batches of 1,000 and in turns; above 1 means faster than tokenizing.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from random import Random

import datasets
from transformers import BertTokenizer, PreTrainedTokenizerBase

from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.features import prepare_features
from hf_xlqa.schema import Answer, Example

BATCH = 1_000
Work = Callable[[Sequence[Example], PreTrainedTokenizerBase], None]


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


def measure(name: str, examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase, repeats: int) -> None:
    """Time both works in turns and print a line; the best turn of each counts."""
    turns = [[seconds(work, examples, tokenizer) for work in (prepare, tokenize)] for _ in range(repeats)]
    ours, theirs = (min(column) for column in zip(*turns, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:8} {len(examples):7,} examples: {ours:6.2f} s, {ours / len(examples) * 1e6:4.0f} us each; "
        f"only tokenizing {theirs:6.2f} s; ratio {theirs / ours:.2f}; peak memory {peak:,.0f} MB",
        flush=True,
    )


def main() -> None:
    """Measure every order at every size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--vocab", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 5_000, 10_000, 50_000])
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    datasets.disable_progress_bars()
    corpus = list(read(arguments.corpus) if arguments.corpus else synthetic(1_500, seed=0))
    tokenizer = BertTokenizer(vocab=str(arguments.vocab) if arguments.vocab else None, do_lower_case=False)
    if not arguments.vocab:
        texts = (example.context for example in corpus[::5])
        tokenizer = tokenizer.train_new_from_iterator(texts, 8_000, show_progress=False)
    orders = {"shared": corpus, "distinct": list({example.context: example for example in corpus}.values())}
    for name, order in orders.items():
        for size in arguments.sizes:
            rows = enumerate(islice(cycle(order), size))
            examples = [replace(example, id=str(row), parallel_id=str(row)) for row, example in rows]
            measure(name, examples, tokenizer, arguments.repeats)


if __name__ == "__main__":
    main()
