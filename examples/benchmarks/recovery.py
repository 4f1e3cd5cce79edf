"""Find answers again in their contexts: how fast, how many, how many rightly.

    python examples/benchmarks/recovery.py [--squad dev-v1.1.json] [--sample 100]
        [--drcd_translated FOLDER] [--drcd DRCD_dev.json]

The first part times `fuzzy` on every answer of a corpus (synthetic without one) against
`find_near_matches` of the fuzzysearch package, the nearest match taken, under the same limit of edits
and on a random sample of the same answers: as they stand, and with one to three random edits each.
Then it counts what narrower limits of edits still find of these, and of the answers of other paragraphs.

The second part takes the answers of translated corpora (FOLDER/*_LANGUAGE_*.json) by their text alone,
as they stand and edited, and finds them again with each method. The hint is the proportional position
of the answer of the same id in the untranslated corpus, or none. Times are of the processor, of this
process; memory is the peak of what Python and numpy hold during 200 answers.
"""

from __future__ import annotations

import argparse
import re
import resource
import time
import tracemalloc
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from random import Random

from hf_xlqa.corpora.squad_format import CorpusReader, read_examples
from hf_xlqa.recovery.best import best
from hf_xlqa.recovery.fuzzy import fuzzy
from hf_xlqa.recovery.recovery import Recovery, Unrecovered, most_edits, occurrences, proportional_position
from hf_xlqa.recovery.report import RecoveryReport
from hf_xlqa.recovery.simple_match import simple_match
from hf_xlqa.schema import Answer, Example

PAPER_SHARE = 0.95
"""Hsu et al. 2019 find again "more than 95% of examples" after translation."""

Outcome = Recovery | Unrecovered | None


@dataclass(frozen=True)
class Case:
    """An answer to find, and where it was."""

    id: str
    context: str
    answer: str
    hint: float | None
    start: int
    end: int


Method = Callable[[Case], Outcome]

METHODS: Mapping[str, Method] = {
    "fuzzy": lambda case: fuzzy(case.context, case.answer, case.hint, whole_words=True),
    "simple_match": lambda case: simple_match(case.context, case.answer, case.hint),
    "best": lambda case: best(case.context, case.answer, case.hint),
}


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


def timed(method: Method, asked: Sequence[Case]) -> tuple[list[Outcome], float]:
    """What a method finds, and its seconds of the processor."""
    began = time.process_time()
    outcomes = [method(case) for case in asked]
    return outcomes, time.process_time() - began


def peak_kib(method: Method, asked: Sequence[Case]) -> float:
    """The most a method holds in memory at once, in KiB."""
    tracemalloc.start()
    for case in asked[:200]:
        method(case)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1024


def nearest_by_fuzzysearch(case: Case) -> Recovery | None:
    """The first of the nearest matches that the package lists."""
    from fuzzysearch import find_near_matches

    matches = find_near_matches(case.answer, case.context, max_l_dist=most_edits(case.answer))
    found = min(matches, key=lambda match: match.dist, default=None)
    return found and Recovery(found.start, found.end, "fuzzysearch", found.dist)


def compare(title: str, asked: Sequence[Case], sample: int, seed: int) -> None:
    """Times both searches, and checks the distances against each other."""
    outcomes, seconds = timed(METHODS["fuzzy"], asked)
    rate = len(asked) / seconds
    gold = sum(map(_is_gold, outcomes, asked)) / len(asked)
    print(
        f"{title}: {len(asked):,} answers in {seconds:.2f} s, {rate:,.0f} a second, "
        f"{peak_kib(METHODS['fuzzy'], asked):,.0f} KiB; {gold:.1%} the gold span"
    )
    if find_spec("fuzzysearch") is None:
        print("  no comparison: pip install fuzzysearch")
        return
    rows = Random(seed).sample(range(len(asked)), min(sample, len(asked)))
    drawn = [asked[row] for row in rows]
    others, other_seconds = timed(nearest_by_fuzzysearch, drawn)
    other_rate = len(drawn) / other_seconds
    same = sum(_distance(outcomes[row]) == _distance(other) for row, other in zip(rows, others, strict=True))
    memory = peak_kib(nearest_by_fuzzysearch, drawn[:20])
    print(
        f"  fuzzysearch: {len(drawn)} of them in {other_seconds:.2f} s, {other_rate:,.1f} a second, {memory:,.0f} KiB"
    )
    print(f"  {rate / other_rate:,.0f} times the speed; the same least distance for {same} of {len(drawn)}")


def limits(plain: Sequence[Case], seed: int) -> None:
    """What limits of edits let through: edited answers, which they should, and those of other paragraphs."""
    shifted = (*plain[len(plain) // 2 :], *plain[: len(plain) // 2])
    strangers = [replace(case, answer=other.answer) for case, other in zip(plain, shifted, strict=True)]
    strangers = [case for case in strangers if case.answer not in case.context]
    near = edited(plain, seed)
    print("found within most edits, as a share of the answer: with 1-3 edits, of another paragraph")
    for share in (1.0, 0.5, 0.4, 0.3, 0.2):
        shares = [
            sum(fuzzy(case.context, case.answer, max_edit_share=share) is not None for case in asked)
            / max(len(asked), 1)
            for asked in (near, strangers)
        ]
        print(f"  {share:.1f}: {shares[0]:6.1%}, {shares[1]:6.1%}")
    dropped = [case for case in strangers if fuzzy(case.context, case.answer) is None]
    windows = filter(None, (simple_match(case.context, case.answer) for case in dropped))
    scores = sorted(window.score or 0.0 for window in windows) or [0.0]
    print(f"best F1 of the {len(dropped):,} of another paragraph beyond the paper's limit: ", end="")
    print(", ".join(f"{scores[len(scores) * part // 100]:.2f} at {part}%" for part in (50, 90, 99)))


def _distance(outcome: Outcome) -> int | None:
    return outcome.distance if isinstance(outcome, Recovery) else None


def find_again(language: str, translated: Path, hints: Mapping[str, float], seed: int) -> None:
    """Finds the answers of one translated corpus with each method, as they stand and edited.

    Where a text occurs more than once, the shipped offset may be that of its first occurrence, whatever
    the answer; so spans are compared with the shipped ones for the texts that occur once.
    """
    corpus = read(translated, language)
    plain = cases(corpus, hints)
    shipped = RecoveryReport()
    for case in plain:
        shipped.add(case.id, case.context, Recovery(case.start, case.end, "shipped", 0))
    once = [row for row, case in enumerate(plain) if len(list(occurrences(case.context, case.answer))) == 1]
    repeated = [case for row, case in enumerate(plain) if row not in set(once)]
    at_first = sum(case.context.find(case.answer) == case.start for case in repeated)
    questions = corpus.report.questions
    print(f"{language}: {len(plain):,} of {questions:,} have an answer, {len(plain) / questions:.1%}", end="")
    print(f" (paper: over {PAPER_SHARE:.0%}); {shipped.cutting_share:.1%} cut words")
    print(f"  {len(repeated):,} texts occur more than once, {at_first:,} of these shipped at the first occurrence")
    for kind, asked in (("as shipped", plain), ("1-3 edits", edited(plain, seed))):
        for name, method in METHODS.items():
            print(f"  {kind:10} {name:12} {_row(method, asked, once)}")


def _row(method: Method, asked: Sequence[Case], once: Sequence[int]) -> str:
    outcomes, seconds = timed(method, asked)
    report = RecoveryReport()
    for case, outcome in zip(asked, outcomes, strict=True):
        report.add(case.id, case.context, outcome or Unrecovered("no similar span"))
    equal = sum(_is_gold(outcomes[row], asked[row]) for row in once)
    methods = ", ".join(f"{name} {number:,}" for name, number in report.methods.most_common())
    return "; ".join(
        (
            f"found {report.recovered_share:6.1%}",
            f"the shipped span {equal / len(once):6.1%} of {len(once):,} that occur once",
            f"cut words {report.cutting_share:5.1%}",
            f"{len(asked) / seconds:7,.0f} a second",
            f"{peak_kib(method, asked):3,.0f} KiB",
            methods,
        )
    )


def _is_gold(outcome: Outcome, case: Case) -> bool:
    return isinstance(outcome, Recovery) and (outcome.start, outcome.end) == (case.start, case.end)


def main() -> None:
    """Both parts, as far as there are corpora for them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--squad", type=Path, help="corpus of the comparison, in SQuAD format")
    parser.add_argument("--sample", type=int, default=100, help="answers that fuzzysearch is timed on")
    parser.add_argument("--drcd_translated", type=Path, help="folder of translated corpora")
    parser.add_argument("--drcd", type=Path, help="their untranslated corpus, for the hints")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    examples = list(read(arguments.squad, "en") if arguments.squad else synthetic(arguments.seed))
    plain = cases(examples, positions(examples))
    compare("as they stand", plain, arguments.sample, arguments.seed)
    compare("1-3 random edits", edited(plain, arguments.seed), arguments.sample, arguments.seed)
    limits(plain, arguments.seed)
    if arguments.drcd_translated:
        hints = positions(read(arguments.drcd, "zh")) if arguments.drcd else {}
        print(f"\nhints: {'positions of the untranslated answers' if hints else 'none'}")
        for language, translated in sorted(translations(arguments.drcd_translated).items()):
            find_again(language, translated, hints, arguments.seed)
    print(f"peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


def translations(folder: Path) -> dict[str, Path]:
    """Files of a folder by the language in their names, the two letters between underscores."""
    named = ((re.search(r"_([a-z]{2})_", path.name), path) for path in sorted(folder.glob("*.json")))
    return {match.group(1): path for match, path in named if match}


if __name__ == "__main__":
    main()
