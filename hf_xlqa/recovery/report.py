"""What became of the answers of a corpus on their way into its changed contexts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from hf_xlqa.json_record import checked_fields, parse_json
from hf_xlqa.messages import first_few
from hf_xlqa.recovery.recovery import Recovery, Unrecovered


@dataclass
class RecoveryReport:
    """Counts of recovered answers and ids of lost ones; reports of several processes add up.

    Args:
        methods: recovered answers by the method that found them.
        distances: recovered answers by edits between answer and span.
        cutting_words: ids whose span begins or ends inside a word, by `hf_xlqa.text.units`: a
            character of an unspaced script is a word of its own and is never cut.
        dropped: ids by the reason for which their answer was not recovered.
    """

    methods: Counter[str] = field(default_factory=Counter)
    distances: Counter[int] = field(default_factory=Counter)
    cutting_words: list[str] = field(default_factory=list)
    dropped: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def merge(cls, reports: Iterable[RecoveryReport]) -> Self:
        """Sum of the counts, and the ids of all reports in their order."""
        merged = cls()
        for report in reports:
            merged.methods += report.methods
            merged.distances += report.distances
            merged.cutting_words += report.cutting_words
            for reason, ids in report.dropped.items():
                merged.dropped.setdefault(reason, []).extend(ids)
        return merged

    def add(self, id: str, context: str, outcome: Recovery | Unrecovered) -> None:
        """Counts what became of one answer.

        Args:
            id: identifier of its example.
            context: the context the answer was searched in.
            outcome: what `best` returned.
        """
        if isinstance(outcome, Unrecovered):
            self.dropped.setdefault(outcome.reason, []).append(id)
            return
        self.methods[outcome.method] += 1
        self.distances[outcome.distance] += 1
        if outcome.cuts_words(context):
            self.cutting_words.append(id)

    @property
    def recovered(self) -> int:
        """Number of answers that were found again."""
        return self.methods.total()

    @property
    def answers(self) -> int:
        """Number of answers, found or not."""
        return self.recovered + sum(map(len, self.dropped.values()))

    @property
    def recovered_share(self) -> float:
        """Share of the answers that were found again, in [0, 1]; 0 where there were none."""
        return self.recovered / max(self.answers, 1)

    @property
    def cutting_share(self) -> float:
        """Share of the recovered spans that cut words, in [0, 1]; 0 where there are none."""
        return len(self.cutting_words) / max(self.recovered, 1)

    def lines(self) -> list[str]:
        """The report for people: totals, then a line each for method, distance and reason that occurred."""
        found = [f"{method}: {number:,}" for method, number in self.methods.most_common()]
        edits = [f"{distance}: {self.distances[distance]:,}" for distance in sorted(self.distances)]
        return [
            f"{self.recovered:,} of {self.answers:,} answers found again ({self.recovered_share:.1%})",
            *([f"by method: {', '.join(found)}", f"by edits: {', '.join(edits)}"] if found else []),
            *([f"cutting words: {_shown(self.cutting_words)}, {self.cutting_share:.1%}"] if self.cutting_words else []),
            *(f"dropped, {reason}: {_shown(ids)}" for reason, ids in sorted(self.dropped.items())),
        ]

    def to_json(self) -> str:
        """The counts and ids as a JSON object, keys sorted."""
        return json.dumps(vars(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str, *, source: str) -> Self:
        """The report that `to_json` wrote.

        Args:
            source: name of its file, for the error.

        Raises:
            ValueError: when the text is not JSON, or not the report's fields.
        """
        fields = checked_fields(cls, parse_json(text, source=source), source=source)
        distances = Counter({int(distance): number for distance, number in fields["distances"].items()})
        return cls(**{**fields, "methods": Counter(fields["methods"]), "distances": distances})


def _shown(ids: list[str]) -> str:
    return f"{len(ids):,} ({first_few(ids)})"
