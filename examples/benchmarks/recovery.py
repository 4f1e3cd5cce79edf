"""How fast `fuzzy` finds answers again, against `find_near_matches` of the fuzzysearch package.

    python examples/benchmarks/recovery.py [--corpus dev-v1.1.json] [--sample 100]

Every answer of a corpus is looked for in its context: as it stands, and with one to three random edits. The corpus is
SQuAD's of the folder that XLQA_DATA names, synthetic without it. fuzzysearch (`pip install hf-xlqa[bench]`) looks for a
random sample of the same answers under the same limit of edits; its nearest match must be as near. How many answers are
found rightly is the matter of `recovery_quality.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from random import Random

from benchmark import agree, corpus_file, main
from records import Record, at_least
from timing import peak_mebibytes, seconds

from hf_xlqa.corpora.squad_format import CorpusReader, read_examples
from hf_xlqa.recovery.fuzzy import fuzzy
from hf_xlqa.recovery.recovery import Recovery, Unrecovered, most_edits, proportional_position
from hf_xlqa.schema import Answer, Example

SPEED = (at_least(1_000),)
Outcome = Recovery | Unrecovered | None


@dataclass
class Options:
    """The corpus, and how many of its answers are looked for."""

    corpus: Path | None = field(default_factory=lambda: corpus_file("squad/dev-v1.1.json"))
    answers: int | None = field(default=None, metadata={"help": "the first of them; all without"})
    sample: int = field(default=100, metadata={"help": "answers that fuzzysearch is timed on"})
    seed: int = 0


QUICK = Options(corpus=None, answers=20, sample=2)


@dataclass(frozen=True)
class Case:
    """An answer to find, and where it was."""

    id: str
    context: str
    answer: str
    hint: float | None
    start: int
    end: int


def synthetic(seed: int) -> Iterable[Example]:
    """2,000 paragraphs of 120 words with an answer of one to four words each."""
    rng = Random(seed)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    words = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(20_000)]
    for row in range(2_000):
        chosen = rng.choices(words, k=120)
        first, length = rng.randrange(116), rng.randint(1, 4)
        answer = Answer(" ".join(chosen[first : first + length]), sum(len(word) + 1 for word in chosen[:first]))
        yield Example(str(row), str(row), "", " ".join(chosen), "Who?", (answer,), "en", "en", "synthetic")


def read(path: Path, language: str) -> CorpusReader:
    """A SQuAD-format file; golds that do not stand at their offset are repaired or dropped."""
    return read_examples(path, language=language, corpus=path.stem, on_defect="repair")


def cases(examples: Iterable[Example], hints: Mapping[str, float]) -> list[Case]:
    """The first gold of every question, without its outer blanks."""
    return [
        Case(each.id, each.context, text, hints.get(each.id), start, start + len(text))
        for each in examples
        for text, start in map(_without_outer_blanks, each.answers[:1])
        if text
    ]


def _without_outer_blanks(answer: Answer) -> tuple[str, int]:
    return answer.text.strip(), answer.end - len(answer.text.lstrip())


def positions(examples: Iterable[Example]) -> dict[str, float]:
    """Proportional position of the first gold of every question."""
    return {each.id: proportional_position(each.context, each.answers[0].start) for each in examples}


def edited(original: Sequence[Case], seed: int) -> list[Case]:
    """The same with one to three random insertions, deletions and substitutions by characters of the context."""
    rng = Random(seed)
    return [replace(case, answer=_edited(case, rng)) for case in original]


def _edited(case: Case, rng: Random) -> str:
    text = list(case.answer)
    for _ in range(rng.randint(1, 3)):
        at, drawn = rng.randrange(len(text)), rng.choice(case.context)
        text[at : at + 1] = rng.choice(
            [[drawn], [text[at], drawn], [drawn, text[at]], [] if len(text) > 1 else [drawn]]
        )
    return "".join(text) if "".join(text).strip() else case.answer


def nearest_by_fuzzysearch(case: Case) -> Recovery | None:
    """The first of the nearest matches that the package lists."""
    from fuzzysearch import find_near_matches

    matches = find_near_matches(case.answer, case.context, max_l_dist=most_edits(case.answer))
    found = min(matches, key=lambda match: match.dist, default=None)
    return found and Recovery(found.start, found.end, "fuzzysearch", found.dist)


def by_fuzzy(case: Case) -> Outcome:
    """As the library finds an answer."""
    return fuzzy(case.context, case.answer, case.hint, whole_words=True)


def find_all(find: Callable[[Case], Outcome], asked: Sequence[Case]) -> list[Outcome]:
    """What a method finds of all."""
    return [find(case) for case in asked]


def compare(stage: str, asked: Sequence[Case], options: Options) -> Record:
    """Answers a second of both, whose least distances must agree."""
    taken, outcomes = seconds(partial(find_all, by_fuzzy, asked))
    record = Record(
        stage=f"{len(asked):,} answers found again, {stage}",
        ours=len(asked) / taken,
        unit="answers/s",
        peak_mebibytes=peak_mebibytes(partial(find_all, by_fuzzy, asked)),
        goals=SPEED,
    )
    if find_spec("fuzzysearch") is None:
        return replace(record, goals=())
    rows = Random(options.seed).sample(range(len(asked)), min(options.sample, len(asked)))
    taken, others = seconds(partial(find_all, nearest_by_fuzzysearch, [asked[row] for row in rows]))
    agree("least distances", (_distance(outcomes[row]) for row in rows), map(_distance, others))
    return replace(record, reference=len(rows) / taken, reference_name="fuzzysearch")


def _distance(outcome: Outcome) -> int | None:
    return outcome.distance if isinstance(outcome, Recovery) else None


def measure(options: Options) -> Iterator[Record]:
    """Both kinds of answers."""
    examples = list(read(options.corpus, "en") if options.corpus else synthetic(options.seed))
    plain = cases(examples, positions(examples))[: options.answers]
    yield compare("as they stand", plain, options)
    yield compare("with 1-3 random edits", edited(plain, options.seed), options)


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
