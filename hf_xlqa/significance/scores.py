"""Arrays of per-question scores: checked, paired, and brought to the units that a test swaps or resamples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hf_xlqa.messages import check_choice
from hf_xlqa.significance.result import Alternative, PairedTestResult, SystemMean, Unit

FloatArray = NDArray[np.float64]
ROUNDING = 1e-12
"""Differences up to this are rounding: means of the same scores in another order are not the same to the last bit."""


@dataclass(frozen=True)
class PairedScores:
    """The scores of two systems, and their differences by unit.

    Args:
        first, second: (seeds, questions), 0 to 1.
        unit: what is swapped or resampled.
        differences: (units,) first less second.
    """

    first: FloatArray
    second: FloatArray
    unit: Unit
    differences: FloatArray

    @classmethod
    def of(cls, first: ArrayLike, second: ArrayLike, unit: Unit) -> Self:
        """Check two arrays and subtract them.

        Raises:
            ValueError: when the unit is unknown, an array holds no scores or others than 0 to 1, or
                their shapes differ.
        """
        one, other = seed_rows("first", first), seed_rows("second", second)
        if one.shape != other.shape:
            raise ValueError(
                f"`second` must have the shape of `first`, {np.shape(first)}, but has {np.shape(second)} instead."
            )
        differences = unit_scores(one - other, unit)
        differences[np.abs(differences) <= ROUNDING] = 0
        return cls(one, other, unit, differences)

    @property
    def wins(self) -> int:
        """Units in which the first system scores higher."""
        return int(np.count_nonzero(self.differences > 0))

    @property
    def losses(self) -> int:
        """Units in which the first system scores lower."""
        return int(np.count_nonzero(self.differences < 0))

    def result(self, test: str, alternative: Alternative, p_value: float, **details: Any) -> PairedTestResult:
        """What a test found, with what the scores themselves say."""
        return PairedTestResult(
            test,
            alternative,
            self.unit,
            system_mean(self.first),
            system_mean(self.second),
            self.wins,
            self.losses,
            len(self.differences),
            p_value,
            **details,
        )


def system_mean(scores: ArrayLike) -> SystemMean:
    """Mean score of a system, and how far its seeds deviate.

    Args:
        scores: (questions,) or (seeds, questions), 0 to 1.

    Raises:
        ValueError: when there are none, or others than 0 to 1.
    """
    means = seed_rows("scores", scores).mean(axis=1)
    deviation = float(means.std(ddof=1)) if len(means) > 1 else None
    return SystemMean(float(means.mean()), deviation, len(means))


def seed_rows(name: str, scores: ArrayLike) -> FloatArray:
    """Scores as (seeds, questions), one row where there are no seeds.

    Args:
        name: what an error calls them.
        scores: (questions,) or (seeds, questions), 0 to 1.

    Raises:
        ValueError: when there are none, or others than 0 to 1.
    """
    rows = np.asarray(scores, np.float64)
    if rows.ndim not in (1, 2) or not rows.size:
        raise ValueError(
            f"`{name}` must be scores of shape (questions,) or (seeds, questions), "
            f"at least one, but has shape {rows.shape} instead."
        )
    refuse(name, rows, (rows >= 0) & (rows <= 1), "scores from 0 to 1 (percentages divided by 100)")
    return np.atleast_2d(rows)


def refuse(name: str, values: FloatArray, valid: NDArray[np.bool_], wanted: str) -> None:
    """Raise for the first value that is not valid.

    Raises:
        ValueError: with its place and value.
    """
    if not valid.all():
        place = tuple(int(axis) for axis in np.argwhere(~valid)[0])
        where = ", ".join(map(str, place))
        raise ValueError(f"`{name}` must be {wanted}, but `{name}[{where}]` is {values[place]} instead.")


def unit_scores(rows: FloatArray, unit: Unit) -> FloatArray:
    """Scores or differences (seeds, questions) by unit, (units,): all of them, or the means over the seeds.

    Raises:
        ValueError: when the unit is unknown.
    """
    check_choice("unit", unit, get_args(Unit))
    return rows.mean(axis=0) if unit == "questions" else rows.ravel()
