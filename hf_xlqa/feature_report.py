"""What happened to the examples on their way into windows: counts and ids, merged over batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any, Self

from hf_xlqa.messages import first_few


@dataclass(frozen=True)
class FeatureReport:
    """Counts and example ids of one or more prepared batches.

    Args:
        examples: examples read.
        windows: windows kept.
        windows_at_cls: kept windows that point at [CLS], their gold being elsewhere or not known.
        windows_dropped: windows left out because they do not hold the gold (`outside="drop"`).
        without_gold: examples without any answer, as at test time.
        truncated_questions: ids of examples whose question is cut to `max_question_length` tokens.
        golds_cutting_tokens: ids whose gold begins or ends inside a token (the smallest covering tokens are
            taken) or with a character that the tokenizer's normaliser removes.
        golds_in_no_window: ids whose gold is whole in no window: longer than a window, or without any token.
        without_window: ids of examples all of whose windows are dropped.
    """

    examples: int = 0
    windows: int = 0
    windows_at_cls: int = 0
    windows_dropped: int = 0
    without_gold: int = 0
    truncated_questions: tuple[str, ...] = ()
    golds_cutting_tokens: tuple[str, ...] = ()
    golds_in_no_window: tuple[str, ...] = ()
    without_window: tuple[str, ...] = ()

    @classmethod
    def merge(cls, reports: Iterable[FeatureReport]) -> Self:
        """Sum of the counts, and the ids of all reports in their order."""
        columns = zip(*(report.values() for report in reports), strict=True)
        merged: list[Any] = [sum(c) if isinstance(c[0], int) else tuple(chain.from_iterable(c)) for c in columns]
        return cls(*merged)

    def values(self) -> list[Any]:
        """The counts and ids in the order of the fields."""
        return [getattr(self, field.name) for field in fields(self)]

    @property
    def exact_match_ceiling(self) -> float | None:
        """Share of the golds that tokens of one window give exactly, in [0, 1]; None without any gold.

        It bounds exact match on the first gold by offsets; rules that overlook punctuation or know several
        golds may score above it.
        """
        golds = self.examples - self.without_gold
        lost = (Counter(self.golds_cutting_tokens) | Counter(self.golds_in_no_window)).total()
        return (golds - lost) / golds if golds else None

    def __str__(self) -> str:
        """One line a count that is not zero, with the first ids, and the greatest exact match if golds are cut."""
        names = (field.name.replace("_", " ") for field in fields(self))
        lines = [f"{name}: {_shown(value)}" for name, value in zip(names, self.values(), strict=True) if value]
        ceiling = self.exact_match_ceiling
        return "\n".join(lines if ceiling in (None, 1) else [*lines, f"greatest exact match: {100 * ceiling:.2f}"])


def _shown(value: int | tuple[str, ...]) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{len(value):,} ({first_few(value, 5)})"
