"""How many answers are found again, and how many rightly: limits of edits, and each method on translated corpora.

    python examples/benchmarks/recovery_quality.py [--corpus dev-v1.1.json]
        [--drcd_translated FOLDER] [--drcd DRCD_dev.json]

The first part counts what narrower limits of edits still find of the answers of a corpus (synthetic without one) with
one to three random edits, and of the answers of other paragraphs.

The second part takes the answers of translated corpora (FOLDER/*_LANGUAGE_*.json) by their text alone,
as they stand and edited, and finds them again with each method. The hint is the proportional position
of the answer of the same id in the untranslated corpus, or none. Times are of the processor.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from recovery import Case, Outcome, by_fuzzy, cases, edited, find_all, positions, read, synthetic
from timing import seconds

from hf_xlqa.recovery.best import best
from hf_xlqa.recovery.fuzzy import fuzzy
from hf_xlqa.recovery.recovery import Recovery, Unrecovered, occurrences
from hf_xlqa.recovery.report import RecoveryReport
from hf_xlqa.recovery.simple_match import simple_match

PAPER_SHARE = 0.95
"""Hsu et al. 2019 find again "more than 95% of examples" after translation."""

Method = Callable[[Case], Outcome]

METHODS: Mapping[str, Method] = {
    "fuzzy": by_fuzzy,
    "simple_match": lambda case: simple_match(case.context, case.answer, case.hint),
    "best": lambda case: best(case.context, case.answer, case.hint),
}


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
    taken, outcomes = seconds(partial(find_all, method, asked))
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
            f"{len(asked) / taken:7,.0f} a second",
            methods,
        )
    )


def _is_gold(outcome: Outcome, case: Case) -> bool:
    return isinstance(outcome, Recovery) and (outcome.start, outcome.end) == (case.start, case.end)


def main() -> None:
    """Both parts, as far as there are corpora for them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="of the limits, in SQuAD format")
    parser.add_argument("--drcd_translated", type=Path, help="folder of translated corpora")
    parser.add_argument("--drcd", type=Path, help="their untranslated corpus, for the hints")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    examples = list(read(arguments.corpus, "en") if arguments.corpus else synthetic(arguments.seed))
    limits(cases(examples, positions(examples)), arguments.seed)
    if arguments.drcd_translated:
        hints = positions(read(arguments.drcd, "zh")) if arguments.drcd else {}
        print(f"\nhints: {'positions of the untranslated answers' if hints else 'none'}")
        for language, translated in sorted(translations(arguments.drcd_translated).items()):
            find_again(language, translated, hints, arguments.seed)


def translations(folder: Path) -> dict[str, Path]:
    """Files of a folder by the language in their names, the two letters between underscores."""
    named = ((re.search(r"_([a-z]{2})_", path.name), path) for path in sorted(folder.glob("*.json")))
    return {match.group(1): path for match, path in named if match}


if __name__ == "__main__":
    main()
