"""What a test of two systems says, with all that a reader needs to repeat it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Alternative = Literal["two-sided", "greater", "less"]
"""What the test looks for: that the systems differ, that the first is better, that it is worse."""

Unit = Literal["pairs", "questions"]
"""What is swapped or resampled: pairs of scores, those of all seeds pooled, or questions with all their seeds."""


@dataclass(frozen=True, slots=True)
class SystemMean:
    """The mean score of a system.

    Args:
        mean: over the seeds, of the means over the questions; 0 to 1.
        deviation: sample standard deviation (divisor seeds - 1) of the seeds' means; None with one seed.
        seeds: how many seeds there are.
    """

    mean: float
    deviation: float | None
    seeds: int


@dataclass(frozen=True, slots=True)
class PairedTestResult:
    """How sure it is that two systems differ.

    Args:
        test: name of the test.
        alternative: "two-sided"; "greater" where the test is for the first being better, "less" for worse.
        unit: what was swapped or resampled.
        first, second: means of the systems.
        wins, losses: units in which the first system scores higher, and lower.
        pairs: number of units.
        p_value: probability of a difference as large as the one seen if the systems were equally good.
        resamples: how many random ones the p-value rests on; None where it is exact.
        seed: of their random numbers; None where there are none.
        confidence: coverage of the interval; None for a test that gives none.
        low, high: interval of the difference, two-sided whatever the alternative.
    """

    test: str
    alternative: Alternative
    unit: Unit
    first: SystemMean
    second: SystemMean
    wins: int
    losses: int
    pairs: int
    p_value: float
    resamples: int | None = None
    seed: int | None = None
    confidence: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def difference(self) -> float:
        """Mean of the first system less that of the second, -1 to 1."""
        return self.first.mean - self.second.mean

    @property
    def exact(self) -> bool:
        """Whether the p-value comes from the whole distribution, not from a random part of it."""
        return self.resamples is None

    @property
    def description(self) -> str:
        """The test in a line: its name, side, random part and units, with the seeds that were pooled."""
        seeds = self.first.seeds
        units = f"{self.pairs:,} questions"
        if seeds > 1:
            pooled = f"{self.pairs:,} pairs pooled over {seeds} seeds"
            units = pooled if self.unit == "pairs" else f"{units}, {seeds} seeds kept together"
        drawn = "exact" if self.exact else f"{self.resamples:,} resamples, seed {self.seed}"
        return f"{self.test}, {self.alternative}, {drawn}, {units}"
