"""Fisher's randomization test: would the difference be as large if every pair of scores could be swapped?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hf_xlqa.messages import check_choice, check_counts
from hf_xlqa.significance.exact_sums import WholeNumbers, count_as_large
from hf_xlqa.significance.result import Alternative, PairedTestResult, Unit
from hf_xlqa.significance.scores import ROUNDING, FloatArray, PairedScores
from hf_xlqa.significance.sign_test import sign_test_p_value

Bits = NDArray[np.uint8]
_BLOCK = 2**19  # swaps unpacked together, 4 MB


def randomization_test(
    first: ArrayLike,
    second: ArrayLike,
    *,
    unit: Unit = "pairs",
    permutations: int = 10_000,
    alternative: Alternative = "two-sided",
    seed: int = 0,
) -> PairedTestResult:
    """Fisher's (approximate) randomization test of the difference of two means.

    If the systems were equally good, the two scores of a question could as well have been the other
    way round. The p-value is the share of all ways to swap them in which the difference of the means
    is at least as large as the one seen. Where there are at most `permutations` ways, or all
    differences are of one size (exact match), the share is exact. Otherwise it is estimated from
    random swaps as (count + 1) / (permutations + 1), which never is 0 and errs on the safe side. Ties
    count, see `exact_sums`. Pairs without a difference change nothing and are left out.

    With several seeds, unit="pairs" swaps every pair of scores by itself, those of all seeds pooled.
    The pairs of one question are not independent of each other: what is hard for one seed is hard for
    the next, so the pooled p-value is too small where the seeds agree. unit="questions" swaps all
    seeds of a question together, and is free of that; both take the seeds for given, and say nothing
    of seeds that were not trained.

    Args:
        first, second: scores of the same questions in the same order, 0 to 1, (questions,) or
            (seeds, questions).
        unit: what is swapped.
        permutations: number of random swaps of all units, and the most that are enumerated.
        alternative: "two-sided", "greater" (the first system is better) or "less".
        seed: of the random numbers; the result does not depend on anything else.

    Raises:
        ValueError: when an array holds no scores or others than 0 to 1, their shapes differ, or
            another argument is not valid.

    Source: Fisher 1935, The Design of Experiments; Noreen 1989, Computer-intensive Methods for
    Testing Hypotheses, for the estimate. Bornea et al. 2021, Multilingual Transfer Learning for QA
    Using Translation as Data Augmentation, sections 4.3 and 4.4, compare their systems so, at
    p < 0.05; they give neither the side nor the number of permutations, nor how seeds enter.
    """
    check_choice("alternative", alternative, get_args(Alternative))
    check_counts(permutations=permutations)
    scores = PairedScores.of(first, second, unit)
    differences = scores.differences[scores.differences != 0]
    name = "Fisher randomization"
    if not differences.size or np.ptp(np.abs(differences)) <= ROUNDING:
        return scores.result(name, alternative, sign_test_p_value(scores.wins, scores.losses, alternative))
    whole = WholeNumbers.of(differences, largest_sum=float(np.abs(differences).sum()))
    if (ways := 2 ** len(differences)) <= permutations:
        return scores.result(name, alternative, _count(whole, _all_swaps(len(differences)), alternative) / ways)
    count = _count(whole, _random_swaps(len(differences), permutations, seed), alternative)
    p_value = (count + 1) / (permutations + 1)
    return scores.result(name, alternative, p_value, resamples=permutations, seed=seed)


def _count(whole: WholeNumbers, swaps: Iterator[FloatArray], alternative: Alternative) -> int:
    """Swaps after which the difference is at least as large as before."""
    observed = float(whole.values.sum())
    return sum(count_as_large(observed - 2 * (block @ whole.values), observed, alternative) for block in swaps)


def _all_swaps(units: int) -> Iterator[FloatArray]:
    """Every way to swap a few units, blocks of (ways, units) with 1 where a unit is swapped."""
    rows = max(1, _BLOCK // units)
    for at in range(0, 2**units, rows):
        numbers = np.arange(at, min(at + rows, 2**units), dtype="<u8")
        yield _unpacked(numbers.view(np.uint8).reshape(-1, 8), units)


def _random_swaps(units: int, permutations: int, seed: int) -> Iterator[FloatArray]:
    """Random swaps, blocks of (permutations, units) with 1 where a unit is swapped."""
    generator = np.random.default_rng(seed)
    # Whole words of the generator a row: it keeps nothing back from one block to the next.
    width = -(-units // 64) * 8
    rows = max(1, _BLOCK // units)
    for at in range(0, permutations, rows):
        count = min(rows, permutations - at)
        drawn = np.frombuffer(generator.bytes(count * width), np.uint8)
        yield _unpacked(drawn.reshape(count, width), units)


def _unpacked(packed: Bits, units: int) -> FloatArray:
    """Bits (rows, bytes), the lowest of a byte first, as float64 (rows, units), the type that BLAS multiplies."""
    return np.unpackbits(packed, axis=1, count=units, bitorder="little").astype(np.float64)
