"""Sums that are the same in every order, and their comparison with the one that was seen.

Scores are scaled by a power of two and rounded to whole numbers, small enough that float64 adds them
without error. Neither the block size nor the linear algebra library can then move a sum across the
one it is compared with. Rounding to whole numbers moves a sum by less than a relative 2 ** -30 up to
a million scores; sums closer than that are ties, and count as large as the one that was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from hf_xlqa.significance.result import Alternative
from hf_xlqa.significance.scores import FloatArray

_BITS = 52  # one less than float64 has, for the rounding to whole numbers
_TIE_BITS = _BITS - 30


@dataclass(frozen=True)
class WholeNumbers:
    """Values in units of a power of two.

    Args:
        values: (N,) whole numbers.
        exponent: of the unit.
    """

    values: FloatArray
    exponent: int

    @classmethod
    def of(cls, values: FloatArray, *, largest_sum: float) -> Self:
        """Round values (N,) to the finest unit in which sums up to `largest_sum` are exact."""
        exponent = int(np.frexp(largest_sum)[1]) - _BITS
        return cls(np.rint(np.ldexp(values, -exponent)), exponent)

    def unscaled(self, sums: FloatArray) -> FloatArray:
        """Sums of the whole numbers in the units of the scores."""
        return np.ldexp(sums, self.exponent)


def count_as_large(sums: FloatArray, observed: float, alternative: Alternative) -> int:
    """How many sums (N,) of whole numbers under the null hypothesis are at least as extreme as the observed one."""
    tie = 2.0**_TIE_BITS
    if alternative == "two-sided":
        extreme = np.abs(sums) >= abs(observed) - tie
    elif alternative == "greater":
        extreme = sums >= observed - tie
    else:
        extreme = sums <= observed + tie
    return int(np.count_nonzero(extreme))
