"""Build corpora of growing size: examples a second of the processor, and memory at its peak.

    python examples/benchmarks/build.py [--transform code_switch|permute] [--sizes 50000 100000 200000] [--num_proc 1]

A corpus of invented English words is written as a SQuAD file and built: 120 words a paragraph, five questions on each.
Seconds are of the processor, with --num_proc of all processes together, from the reading of the file to the card.
Memory is that of the building process, with its libraries in the last row.
"""

from __future__ import annotations

import json
import resource
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Literal

from benchmark import main
from records import Record, at_least, at_most, growth
from timing import peak_mebibytes, resident_peak

from hf_xlqa.building.config import CorpusConfig, Variant
from hf_xlqa.building.run import build
from hf_xlqa.building.scripts import find
from hf_xlqa.building.variants import from_dictionary
from hf_xlqa.corpora.squad_format import write_squad
from hf_xlqa.schema import Answer, Example

RATE = (at_least(3_000, of="ours"),)
"""Of one process."""
RESIDENT = (at_most(1.5e9 / 2**20, of="ours"),)

_VOCABULARY, _WORDS, _QUESTIONS = 30_000, 120, 5
_SYLLABLES = ("ka", "lo", "mi", "ter", "un", "ves", "pra", "dol", "en", "shi", "gor", "ba")


@dataclass
class Options:
    """What is built, and how."""

    transform: Literal["code_switch", "permute"] = "code_switch"
    sizes: list[int] = field(default_factory=lambda: [50_000, 200_000])
    num_proc: int = 1


QUICK = Options(sizes=[10, 20])


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


def built(options: Options, count: int) -> tuple[Record, float]:
    """The record of one build, and the most memory that its process held."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source.json")
        write_squad(source, examples(count))
        began = _seconds()
        work = partial(
            build,
            find("squad_permuted"),
            [configuration(options.transform, source)],
            Path(folder, "out"),
            num_proc=options.num_proc,
        )
        peak = peak_mebibytes(work)
        taken = _seconds() - began
        rows = json.loads(Path(folder, "out", "report.json").read_text())["default"]["splits"]["train"]["examples"]
    record = Record(
        stage=f"{options.transform} corpus built, {count:,} examples",
        ours=rows / taken,
        unit="examples/s",
        peak_mebibytes=peak,
        goals=RATE if options.num_proc == 1 else (),
    )
    return record, resident_peak()


def measure(options: Options) -> Iterator[Record]:
    """Every size; how the time for an example grows; and the memory of the largest build."""
    taken = []
    for count in options.sizes:
        record, resident = built(options, count)
        taken.append(count / record.ours)
        yield record
    stage = f"{options.transform} corpus built"
    yield growth(stage, options.sizes, taken)
    yield Record(
        stage=f"{stage}, {options.sizes[-1]:,} examples, memory of the process",
        ours=resident,
        unit="MiB",
        goals=RESIDENT,
    )


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
