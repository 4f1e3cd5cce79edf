"""The bootstrap: how far would means move with other questions of the same kind?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike

from hf_xlqa.messages import check_choice, check_counts
from hf_xlqa.significance.exact_sums import WholeNumbers, count_as_large
from hf_xlqa.significance.result import Alternative, PairedTestResult, Unit
from hf_xlqa.significance.scores import FloatArray, PairedScores, seed_rows, unit_scores

_BLOCK = 2**19  # units drawn together, 4 MB of row numbers


def paired_bootstrap(
    first: ArrayLike,
    second: ArrayLike,
    *,
    unit: Unit = "pairs",
    resamples: int = 10_000,
    confidence: float = 0.95,
    alternative: Alternative = "two-sided",
    seed: int = 0,
) -> PairedTestResult:
    """Paired bootstrap test of the difference of two means, with its confidence interval.

    Questions are drawn with replacement, as many as there are, both scores of a question together.
    The interval is that of the percentiles of the difference over the resamples. For the p-value the
    differences are moved so that their mean is 0, as it would be between equals: it is the share of
    resamples whose difference then is at least as large as the one seen, (count + 1) / (resamples + 1),
    ties counted, see `exact_sums`. The bootstrap takes the questions for a sample large enough to
    stand for all others; with a few dozens prefer `randomization_test`, which does not.

    With several seeds, unit="pairs" draws pairs of scores, those of all seeds pooled. The pairs of one
    question are not independent of each other, so the interval is too narrow and the p-value too small
    where the seeds agree. unit="questions" draws questions with all their seeds, and is free of that.

    Args:
        first, second: scores of the same questions in the same order, 0 to 1, (questions,) or
            (seeds, questions).
        unit: what is drawn.
        resamples: how often.
        confidence: coverage of the interval, between 0 and 1.
        alternative: "two-sided", "greater" (the first system is better) or "less"; the interval always
            is two-sided.
        seed: of the random numbers; the result does not depend on anything else.

    Raises:
        ValueError: when an array holds no scores or others than 0 to 1, their shapes differ, or
            another argument is not valid.

    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, sections 13.3 (percentiles) and
    16.4 (the mean moved to that of the null hypothesis); Koehn 2004 for its use on paired systems.
    """
    check_choice("alternative", alternative, get_args(Alternative))
    _check_confidence(confidence)
    scores = PairedScores.of(first, second, unit)
    whole, sums = _resampled(scores.differences, resamples, seed)
    low, high = _interval(whole, sums, confidence)
    observed = float(whole.values.sum())
    p_value = (count_as_large(sums - observed, observed, alternative) + 1) / (resamples + 1)
    return scores.result(
        "paired bootstrap",
        alternative,
        p_value,
        resamples=resamples,
        seed=seed,
        confidence=confidence,
        low=low,
        high=high,
    )


def bootstrap_interval(
    scores: ArrayLike, *, unit: Unit = "pairs", resamples: int = 10_000, confidence: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Confidence interval of the mean score of one system, from the percentiles of its bootstrap.

    Args:
        scores: 0 to 1, (questions,) or (seeds, questions).
        unit: what is drawn with replacement, single scores or questions with all their seeds; see
            `paired_bootstrap`.
        resamples: how often.
        confidence: coverage of the interval, between 0 and 1.
        seed: of the random numbers.

    Raises:
        ValueError: when there are no scores or others than 0 to 1, or another argument is not valid.

    Source: Efron & Tibshirani 1993, section 13.3.
    """
    _check_confidence(confidence)
    whole, sums = _resampled(unit_scores(seed_rows("scores", scores), unit), resamples, seed)
    return _interval(whole, sums, confidence)


def _resampled(values: FloatArray, resamples: int, seed: int) -> tuple[WholeNumbers, FloatArray]:
    """Values (units,) as whole numbers, and their sums over resamples, (resamples,)."""
    check_counts(resamples=resamples)
    whole = WholeNumbers.of(values, largest_sum=float(np.abs(values).max()) * len(values))
    return whole, np.concatenate(list(_sums(whole.values, resamples, seed)))


def _sums(values: FloatArray, resamples: int, seed: int) -> Iterator[FloatArray]:
    generator = np.random.default_rng(seed)
    rows = max(1, _BLOCK // len(values))
    for at in range(0, resamples, rows):
        drawn = generator.integers(len(values), size=(min(rows, resamples - at), len(values)))
        yield values.take(drawn).sum(axis=1)


def _interval(whole: WholeNumbers, sums: FloatArray, confidence: float) -> tuple[float, float]:
    means = whole.unscaled(sums) / len(whole.values)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"`confidence` must be between 0 and 1, but is {confidence} instead.")
