"""Corpora changed word by word, in examples a second, against changing every paragraph anew for each question.

    OMP_NUM_THREADS=1 python examples/benchmarks/transforms.py [--corpus dev-v1.1.json] [--dictionary en-fr.txt]

Without files the texts are synthetic, five questions a paragraph of 120 words, and the dictionary has
every second word. For the reference each question has a paragraph of its own, told apart by a number at its end;
its answers must be the same. Times are of the processor.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.schema import Answer, Example
from hf_xlqa.transforms.code_switch import CodeSwitch
from hf_xlqa.transforms.permute import Permute
from hf_xlqa.transforms.transform import Dropped, Transform, paragraph_rng
from hf_xlqa.transforms.word_by_word import WordByWord


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


def changed(examples: Sequence[Example], transform: Transform) -> tuple[list[Example | Dropped], float]:
    """All outcomes and the seconds they took."""
    started = time.process_time()
    outcomes = [transform(example, paragraph_rng(0, example.context)) for example in examples]
    return outcomes, time.process_time() - started


def answers(outcomes: Iterable[Example | Dropped]) -> list[object]:
    """The answers of every example, or why it was dropped."""
    return [outcome.answers if isinstance(outcome, Example) else outcome.reason for outcome in outcomes]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--dictionary", type=Path)
    options = parser.parse_args()
    syllables = [first + second for first in "bdfgklmnprst" for second in "aeiou"]
    words = [first + second + third for first in syllables for second in syllables for third in syllables[::3]]
    with tempfile.TemporaryDirectory() as folder:
        dictionary = options.dictionary or Path(folder, "pairs.txt")
        if options.dictionary is None:
            dictionary.write_text("".join(f"{word} {word[::-1]}\n" for word in words[::2]))
        examples = (
            list(read_examples(options.corpus, language="en", corpus="corpus", on_defect="drop"))
            if options.corpus
            else synthetic(2_000, words)
        )
        distinct = [replace(each, context=f"{each.context} {number}") for number, each in enumerate(examples)]
        learned = Permute.learned(examples)
        makers: dict[str, Callable[[], Transform]] = {
            "code_switch": lambda: CodeSwitch(dictionary=dictionary, target="fr"),
            "word_by_word": lambda: WordByWord(dictionary=dictionary, target="fr"),
            "permute": lambda: Permute(**learned),
        }
        print(f"{len(examples)} examples")
        print("| transform | examples/s | paragraphs anew, examples/s | ratio |\n|---|---|---|---|")
        for name, make in makers.items():
            ours, seconds = changed(examples, make())
            plain, reference = changed(distinct, make())
            if answers(ours) != answers(plain):
                raise SystemExit(f"{name}: the answers differ")
            speeds = (len(examples) / seconds, len(examples) / reference)
            print(f"| {name} | {speeds[0]:,.0f} | {speeds[1]:,.0f} | {speeds[0] / speeds[1]:.1f} x |", flush=True)


if __name__ == "__main__":
    main()
