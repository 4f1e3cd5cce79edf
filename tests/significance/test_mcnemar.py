"""McNemar's test against the binomial test of scipy, sums of binomial coefficients, and randomization."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from significance.plain import binomial_tail

from hf_xlqa.significance import mcnemar_test, randomization_test

SIDES = ["two-sided", "greater", "less"]


def systems(both, wins, losses, neither):
    first = [1] * both + [1] * wins + [0] * losses + [0] * neither
    second = [1] * both + [0] * wins + [1] * losses + [0] * neither
    return first, second


@pytest.mark.parametrize("alternative", SIDES)
@pytest.mark.parametrize(("wins", "losses"), [(0, 1), (5, 5), (3, 14), (120, 80), (7, 0)])
def test_discordant_questions_are_a_binomial_test(wins, losses, alternative):
    result = mcnemar_test(*systems(4, wins, losses, 3), alternative=alternative)
    expected = scipy.stats.binomtest(wins, wins + losses, alternative=alternative).pvalue
    assert result.p_value == pytest.approx(expected, rel=1e-10)
    assert (result.wins, result.losses, result.pairs) == (wins, losses, wins + losses + 7)
    assert result.exact and result.low is None and result.confidence is None


def test_tails_are_rounded_once():
    assert mcnemar_test(*systems(0, 31, 12, 0), alternative="greater").p_value == float(binomial_tail(31, 43))
    assert mcnemar_test(*systems(0, 31, 12, 0), alternative="less").p_value == float(binomial_tail(12, 43))


def test_no_discordant_question_is_no_evidence():
    assert [mcnemar_test([1, 0], [1, 0], alternative=side).p_value for side in SIDES] == [1, 1, 1]


@pytest.mark.parametrize("alternative", SIDES)
def test_it_is_the_randomization_test_of_exact_match(alternative):
    first, second = (np.random.default_rng(1).random((2, 3, 400)) < 0.7).astype(float)
    result = mcnemar_test(first, second, alternative=alternative)
    assert result.p_value == randomization_test(first, second, alternative=alternative).p_value
    assert (result.pairs, result.unit, result.first.seeds) == (1_200, "pairs", 3)


def test_truth_values_are_scores():
    assert mcnemar_test([True, True, False], [False, False, False]).p_value == 0.5


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([1, 0.5], [0, 1], r"`first` must be 0 or 1 for McNemar's test, but `first\[1\]` is 0.5 instead"),
        ([[1, 0]], [[1, 0.25]], r"`second` must be 0 or 1 for McNemar's test, but `second\[0, 1\]` is 0.25 instead"),
    ],
)
def test_scores_between_are_refused(first, second, message):
    with pytest.raises(ValueError, match=message):
        mcnemar_test(first, second)


def test_an_unknown_alternative_lists_the_valid_ones():
    with pytest.raises(ValueError, match="`alternative` must be one of two-sided, greater, less, but is 'larger'"):
        mcnemar_test([1], [0], alternative="larger")
