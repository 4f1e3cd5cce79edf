"""McNemar's test of two systems that are right or wrong on every question."""

from __future__ import annotations

from typing import get_args

import numpy as np
from numpy.typing import ArrayLike

from hf_xlqa.messages import check_choice
from hf_xlqa.significance.result import Alternative, PairedTestResult
from hf_xlqa.significance.scores import PairedScores, refuse
from hf_xlqa.significance.sign_test import sign_test_p_value


def mcnemar_test(first: ArrayLike, second: ArrayLike, *, alternative: Alternative = "two-sided") -> PairedTestResult:
    """McNemar's test of exact match, from the exact binomial distribution.

    Only questions that one system has right and the other wrong count: between equals either system
    is right on half of them. On such scores it is the randomization test, for both count the same ways
    to swap. The pairs of several seeds are pooled, and those of one question are not independent:
    `randomization_test(unit="questions")` keeps them together.

    Args:
        first, second: 0 or 1 for the same questions in the same order, (questions,) or
            (seeds, questions).
        alternative: "two-sided", "greater" (the first system is better) or "less".

    Raises:
        ValueError: when an array is empty or holds others than 0 and 1, their shapes differ, or the
            alternative is unknown.

    Source: McNemar 1947, Psychometrika 12, with the binomial distribution instead of its approximation.
    """
    check_choice("alternative", alternative, get_args(Alternative))
    scores = PairedScores.of(first, second, "pairs")
    for name, given in (("first", first), ("second", second)):
        values = np.asarray(given, np.float64)
        refuse(name, values, (values == 0) | (values == 1), "0 or 1 for McNemar's test")
    return scores.result("McNemar", alternative, sign_test_p_value(scores.wins, scores.losses, alternative))
