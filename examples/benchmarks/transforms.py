"""Corpora changed word by word, in examples a second, against changing every paragraph anew for each question.

    OMP_NUM_THREADS=1 python examples/benchmarks/transforms.py [--corpus dev-v1.1.json] [--dictionary en-fr.txt]

Corpus and dictionary are those of the folder that XLQA_DATA names. Without it the texts are synthetic, five questions
a paragraph of 120 words, and the dictionary has every second word. For the reference each question has a paragraph of
its own, told apart by a number at its end; its answers must be the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random

from benchmark import agree, corpus_file, main
from records import Record
from timing import peak_mebibytes, seconds

from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.schema import Answer, Example
from hf_xlqa.transforms.code_switch import CodeSwitch
from hf_xlqa.transforms.permute import Permute
from hf_xlqa.transforms.transform import Dropped, Transform, paragraph_rng
from hf_xlqa.transforms.word_by_word import WordByWord


@dataclass
class Options:
    """The corpus and the dictionary."""

    corpus: Path | None = field(default_factory=lambda: corpus_file("squad/dev-v1.1.json"))
    dictionary: Path | None = field(default_factory=lambda: corpus_file("dictionaries/en-fr.txt"))
    paragraphs: int = field(default=2_000, metadata={"help": "of a synthetic corpus"})


QUICK = Options(corpus=None, dictionary=None, paragraphs=4)


def synthetic(paragraphs: int, words: Sequence[str]) -> list[Example]:
    """Paragraphs of 120 words with five questions each, every answer one word."""
    rng = Random(0)
    examples = []
    for row in range(paragraphs):
        chosen = rng.choices(words, k=120)
        start = sum(len(word) + 1 for word in chosen[:60])
        for number in range(5):
            question, name = " ".join(rng.choices(words, k=10)) + "?", f"{row}-{number}"
            answers = (Answer(chosen[60], start),)
            examples.append(Example(name, name, "", " ".join(chosen) + ".", question, answers, "en", "en", "synthetic"))
    return examples


def changed(examples: Sequence[Example], transform: Transform) -> list[Example | Dropped]:
    """All outcomes."""
    return [transform(example, paragraph_rng(0, example.context)) for example in examples]


def answers(outcomes: Iterable[Example | Dropped]) -> list[object]:
    """The answers of every example, or why it was dropped."""
    return [outcome.answers if isinstance(outcome, Example) else outcome.reason for outcome in outcomes]


def vocabulary() -> list[str]:
    """Invented words."""
    syllables = [first + second for first in "bdfgklmnprst" for second in "aeiou"]
    return [first + second + third for first in syllables for second in syllables for third in syllables[::3]]


def compare(name: str, make: Callable[[], Transform], examples: Sequence[Example]) -> Record:
    """Examples changed in a second, paragraphs shared and not."""
    distinct = [replace(each, context=f"{each.context} {number}") for number, each in enumerate(examples)]
    taken, ours = seconds(partial(changed, examples, make()))
    reference, plain = seconds(partial(changed, distinct, make()))
    agree(f"answers of {name}", answers(ours), answers(plain))
    return Record(
        stage=f"{name}, {len(examples):,} examples",
        ours=len(examples) / taken,
        unit="examples/s",
        reference=len(examples) / reference,
        reference_name="each paragraph anew",
        peak_mebibytes=peak_mebibytes(partial(changed, examples, make())),
    )


def measure(options: Options) -> Iterator[Record]:
    """Every transform that reads words."""
    examples = (
        list(read_examples(options.corpus, language="en", corpus="corpus", on_defect="drop"))
        if options.corpus
        else synthetic(options.paragraphs, vocabulary())
    )
    learned = Permute.learned(examples)
    with tempfile.TemporaryDirectory() as folder:
        dictionary = options.dictionary or Path(folder, "pairs.txt")
        if options.dictionary is None:
            dictionary.write_text("".join(f"{word} {word[::-1]}\n" for word in vocabulary()[::2]))
        makers: dict[str, Callable[[], Transform]] = {
            "code_switch": partial(CodeSwitch, dictionary=dictionary, target="fr"),
            "word_by_word": partial(WordByWord, dictionary=dictionary, target="fr"),
            "permute": partial(Permute, **learned),
        }
        for name, make in makers.items():
            yield compare(name, make, examples)


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
