"""What a reading repaired and dropped, with the reasons and the ids."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from hf_xlqa.corpora.checks import CheckedAnswer, CheckedQuestion
from hf_xlqa.messages import first_few, named
from hf_xlqa.schema import Answer


def _ids_by_reason() -> defaultdict[str, list[str]]:
    return defaultdict(list)


@dataclass
class ReadingReport:
    """Counts and ids of one reading; a reason is a kind of finding and its cause, as in "wrong_offset/absent".

    Args:
        questions: questions met.
        examples: questions that became examples.
        answers: golds that were kept.
        repaired: ids by reason, one for each repair of an id or a gold.
        dropped_answers: ids by reason, one for each gold that was dropped.
        dropped: ids by reason of the questions that were dropped.
    """

    questions: int = 0
    examples: int = 0
    answers: int = 0
    repaired: dict[str, list[str]] = field(default_factory=_ids_by_reason)
    dropped_answers: dict[str, list[str]] = field(default_factory=_ids_by_reason)
    dropped: dict[str, list[str]] = field(default_factory=_ids_by_reason)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was repaired or dropped."""
        return not (self.repaired or self.dropped_answers or self.dropped)

    def settle(
        self, question: CheckedQuestion, *, repair: bool, require_answers: bool = True
    ) -> list[tuple[CheckedAnswer, Answer]] | None:
        """Decides what is kept of a question and writes down what is not.

        Args:
            question: the question with its defects.
            repair: whether safe repairs are applied; without, whatever has a defect is dropped.
            require_answers: whether a question that is left without golds is dropped.

        Returns:
            The golds to keep, each with its place, or None when the question is dropped.
        """
        self.questions += 1
        if refused := question.refusal(repair=repair):
            self.dropped[refused.reason].append(question.id)
            return None
        kept = []
        for gold in question.answers:
            if answer := gold.settled(repair=repair):
                kept.append((gold, answer))
            else:
                self.dropped_answers[_worst(gold)].append(question.id)
        if require_answers and not kept:
            self.dropped["no_golds_left"].append(question.id)
            return None
        self._keep(question, kept)
        return kept

    def _keep(self, question: CheckedQuestion, kept: list[tuple[CheckedAnswer, Answer]]) -> None:
        self.examples += 1
        self.answers += len(kept)
        for finding in (*question.findings, *(finding for gold, _ in kept for finding in gold.findings)):
            self.repaired[finding.reason].append(question.id)

    def lines(self) -> list[str]:
        """The report for people, a line a reason, with the first ids."""
        lines = [f"{self.examples} of {self.questions} questions kept, with {self.answers} golds"]
        for done, reasons in (
            ("repaired", self.repaired),
            ("dropped golds", self.dropped_answers),
            ("dropped questions", self.dropped),
        ):
            lines += [
                f"{done}: {len(ids)} {reason} ({first_few([*map(named, dict.fromkeys(ids))])})"
                for reason, ids in sorted(reasons.items())
            ]
        return lines


def _worst(gold: CheckedAnswer) -> str:
    """The reason why a gold is dropped: its first defect without repair, else its first."""
    return next((each.reason for each in gold.findings if not each.is_repairable), gold.findings[0].reason)
