"""The tests of significance as their definitions read: loops, and rational numbers where nothing may round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import product
from math import comb

import numpy as np


def as_extreme(null: Fraction, observed: Fraction, alternative: str) -> bool:
    """Whether a difference under the null hypothesis is at least as extreme as the one that was seen."""
    if alternative == "two-sided":
        return abs(null) >= abs(observed)
    return null >= observed if alternative == "greater" else null <= observed


def count_of(signs: Iterable[Sequence[int]], differences: Sequence[Fraction], alternative: str) -> int:
    """How many assignments of signs give a sum at least as extreme as that of the differences."""
    observed = sum(differences, Fraction(0))
    sums = (sum((s * d for s, d in zip(each, differences, strict=True)), Fraction(0)) for each in signs)
    return sum(as_extreme(null, observed, alternative) for null in sums)


def enumerated_p_value(differences: Sequence[Fraction], alternative: str) -> Fraction:
    """The randomization test over all 2 ** N assignments of signs."""
    ways = product((1, -1), repeat=len(differences))
    return Fraction(count_of(ways, differences, alternative), 2 ** len(differences))


def drawn_signs(units: int, permutations: int, seed: int) -> list[list[int]]:
    """The random signs of the library, drawn one permutation after another."""
    generator, width = np.random.default_rng(seed), -(-units // 64) * 8
    rows = (np.frombuffer(generator.bytes(width), np.uint8) for _ in range(permutations))
    return [(1 - 2 * np.unpackbits(row, bitorder="little")[:units].astype(int)).tolist() for row in rows]


def binomial_tail(at_least: int, trials: int) -> Fraction:
    """Probability of so many successes or more of a fair coin."""
    return Fraction(sum(comb(trials, k) for k in range(at_least, trials + 1)), 2**trials)
