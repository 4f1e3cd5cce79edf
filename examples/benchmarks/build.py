"""Build corpora of growing size: examples a second of the processor, and memory at its peak.

    python examples/benchmarks/build.py [--transform code_switch|permute] [--sizes 50000 100000 200000] [--num_proc 1]

A corpus of invented English words is written as SQuAD files and built, each size in a process of its own: 120
words a paragraph, five questions on each. Seconds are of the processor, of the building process (with
--num_proc, of all together), from the reading of the file to the card; memory is the peak of the resident set.
The exit code is 1 where memory passes 1.5 GB, one process is slower than 3,000 examples a second, or the time
an example takes grows with the size by more than a quarter.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import accumulate
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from hf_xlqa.building.config import CorpusConfig, Variant
from hf_xlqa.building.run import build
from hf_xlqa.building.scripts import find
from hf_xlqa.building.variants import from_dictionary
from hf_xlqa.corpora.squad_format import write_squad
from hf_xlqa.schema import Answer, Example

MOST_BYTES = 1.5e9
LEAST_EXAMPLES_A_SECOND = 3_000
MOST_GROWTH = 1.25

_VOCABULARY, _WORDS, _QUESTIONS = 30_000, 120, 5
_SYLLABLES = ("ka", "lo", "mi", "ter", "un", "ves", "pra", "dol", "en", "shi", "gor", "ba")


class Built(NamedTuple):
    """One build: its rows, seconds of the processor and of the clock, and bytes of memory at the peak."""

    examples: int
    seconds: float
    clock: float
    peak: int


def vocabulary() -> list[str]:
    """Different words of two to four syllables."""
    rng = Random(0)
    found: dict[str, None] = {}
    while len(found) < _VOCABULARY:
        found["".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) + rng.choice("rstn")] = None
    return list(found)


def examples(count: int) -> Iterator[Example]:
    """Questions on paragraphs of words that are as unequally frequent as words are."""
    rng, words = Random(1), vocabulary()
    heights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    for number in range(0, count, _QUESTIONS):
        chosen = rng.choices(words, cum_weights=heights, k=_WORDS)
        context = " ".join(chosen).capitalize() + "."
        for asked in range(min(_QUESTIONS, count - number)):
            start = context.index(" ", rng.randrange(len(context) // 2)) + 1
            answer = Answer(context[start : context.index(" ", start + 12)], start)
            question = f"Which {' '.join(rng.choices(words, cum_weights=heights, k=9))}?"
            name = f"{number}-{asked}"
            yield Example(name, name, f"{number // 100}", context, question, (answer,), "en", "en", "squad")


def measured(transform: str, count: int, num_proc: int) -> Built:
    """A build in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.json"
        write_squad(source, examples(count))
        context = get_context("spawn")
        results = context.SimpleQueue()
        process = context.Process(target=_measure, args=(transform, source, num_proc, results))
        process.start()
        process.join()
        if process.exitcode:
            raise RuntimeError(f"the build must end well, but its process ended with {process.exitcode} instead.")
        return Built(*results.get())


def _measure(transform: str, source: Path, num_proc: int, results: Any) -> None:
    started, clock = _seconds(), time.perf_counter()
    config = configuration(transform, source)
    build(find("squad_permuted"), [config], source.parent / "out", num_proc=num_proc)
    report = json.loads((source.parent / "out" / "report.json").read_text())
    rows = report["default"]["splits"]["train"]["examples"]
    peak = max(resource.getrusage(who).ru_maxrss * 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    results.put((rows, _seconds() - started, time.perf_counter() - clock, peak))


def configuration(transform: str, source: Path) -> CorpusConfig:
    """The build of a file by permuting or code-switching."""
    variant = Variant("permute")
    dictionary = source.with_name("en-fr.txt")
    if transform == "code_switch":
        dictionary.write_text("".join(f"{word} {word[::-1]}\n" for word in vocabulary()[::2]))
        variant = from_dictionary("code_switch", "en", "fr")
    return CorpusConfig(
        name="default",
        source="squad",
        splits=("train",),
        variants=(variant,),
        files={"train": str(source)},
        dictionary=str(dictionary),
    )


def _seconds() -> float:
    """Of the processor, this process and those it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> int:
    """Prints a line for each size; 1 where a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transform", choices=("code_switch", "permute"), default="code_switch")
    parser.add_argument("--sizes", type=int, nargs="+", default=[50_000, 100_000, 200_000])
    parser.add_argument("--num_proc", type=int, default=1)
    arguments = parser.parse_args()
    rates = []
    passed = True
    for count in arguments.sizes:
        built = measured(arguments.transform, count, arguments.num_proc)
        rates.append(built.examples / built.seconds)
        passed &= built.peak < MOST_BYTES
        print(
            f"{arguments.transform:<12} {built.examples:>8,} examples  {built.seconds:7.1f} s processor "
            f"{built.clock:7.1f} s clock  {rates[-1]:8,.0f} examples/s  peak {built.peak / 1e6:6,.0f} MB",
            flush=True,
        )
    growth = rates[0] / rates[-1]
    print(f"time for an example grows by {growth:.2f} from the smallest to the largest")
    passed &= growth < MOST_GROWTH and (arguments.num_proc > 1 or rates[-1] > LEAST_EXAMPLES_A_SECOND)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
