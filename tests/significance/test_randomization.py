"""Fisher randomization against rational enumeration, a plain loop on the same signs, scipy, and uniform p-values."""

from __future__ import annotations

import time
import tracemalloc
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from significance.plain import count_of, drawn_signs, enumerated_p_value

from hf_xlqa.significance import randomization_test

SIDES = ["two-sided", "greater", "less"]
F1 = sorted({Fraction(2 * common, ours + theirs) for common, ours, theirs in product(range(4), range(1, 6), range(1, 6))
             if common <= min(ours, theirs)})  # fmt: skip
scores = st.lists(st.tuples(st.sampled_from(F1), st.sampled_from(F1)), min_size=1, max_size=7)


def floats(pairs):
    first, second = zip(*pairs, strict=True)
    return np.array(first, float), np.array(second, float)


def differences(pairs):
    return [one - other for one, other in pairs]


def f1_pairs(questions, seed):
    rng = np.random.default_rng(seed)
    return [(F1[one], F1[other]) for one, other in rng.integers(len(F1), size=(questions, 2))]


def f1_arrays(questions, seed):
    return floats(f1_pairs(questions, seed))


@pytest.mark.parametrize("alternative", SIDES)
@pytest.mark.parametrize("seed", range(3))
def test_twelve_questions_equal_the_enumeration_of_all_4096_swaps(seed, alternative):
    pairs = f1_pairs(12, seed)
    result = randomization_test(*floats(pairs), alternative=alternative)
    assert result.p_value == float(enumerated_p_value(differences(pairs), alternative))
    assert result.exact and result.resamples is None and result.seed is None


@given(scores, st.sampled_from(SIDES))
@settings(max_examples=100)
def test_few_questions_are_enumerated_ties_included(pairs, alternative):
    result = randomization_test(*floats(pairs), alternative=alternative)
    assert result.p_value == pytest.approx(float(enumerated_p_value(differences(pairs), alternative)), rel=1e-15)


@pytest.mark.parametrize("alternative", SIDES)
def test_ties_that_floats_miss_are_counted(alternative):
    # 1/3 + 1/3 + 1/3 against 1, and 1/10 + 2/10 against 3/10: equal, but not as sums of floats.
    exact = [Fraction(1, 3)] * 3 + [Fraction(-1)] + [Fraction(1, 10), Fraction(2, 10), Fraction(-3, 10)]
    first, second = ([float(max(sign * d, 0)) for d in exact] for sign in (1, -1))
    result = randomization_test(first, second, alternative=alternative)
    assert result.p_value == float(enumerated_p_value(exact, alternative))


@pytest.mark.parametrize("alternative", SIDES)
@pytest.mark.parametrize("questions", [40, 64, 131])
def test_random_swaps_equal_a_loop_over_rational_sums_of_the_same_signs(questions, alternative):
    pairs = f1_pairs(questions, seed=questions)
    result = randomization_test(*floats(pairs), permutations=299, alternative=alternative, seed=5)
    nonzero = [d for d in differences(pairs) if d]
    count = count_of(drawn_signs(len(nonzero), 299, seed=5), nonzero, alternative)
    assert result.p_value == (count + 1) / 300
    assert not result.exact and (result.resamples, result.seed) == (299, 5)


@pytest.mark.parametrize("alternative", SIDES)
@pytest.mark.parametrize("seed", range(4))
def test_ties_of_many_questions_are_those_of_whole_numbers(seed, alternative):
    # Multiples of 1/21: 1/3 and 1/7 have no last digit, and among so many questions ties are frequent.
    rng = np.random.default_rng(seed)
    numerators = rng.choice([-7, -3, 3, 7], size=1_000)
    numerators[500:] = -numerators[:500]  # a sum of 0, where any error turns the side
    numerators = numerators[: 1_000 - seed]
    first, second = np.maximum(numerators, 0) / 21, np.maximum(-numerators, 0) / 21
    sums, observed = np.array(drawn_signs(len(numerators), 2_000, seed)) @ numerators, numerators.sum()
    extreme = {"two-sided": abs(sums) >= abs(observed), "greater": sums >= observed, "less": sums <= observed}
    result = randomization_test(first, second, permutations=2_000, alternative=alternative, seed=seed)
    assert (sums == observed).any()
    assert result.p_value == (extreme[alternative].sum() + 1) / 2_001


@pytest.mark.parametrize("alternative", SIDES)
def test_scipy_enumerates_the_same(alternative):
    rng = np.random.default_rng(3)
    first, second = rng.integers(0, 5, size=(2, 10)) / 4
    expected = scipy.stats.permutation_test(
        (first, second),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        n_resamples=np.inf,
        alternative=alternative,
        vectorized=True,
    )
    result = randomization_test(first, second, alternative=alternative)
    assert result.p_value == pytest.approx(expected.pvalue, rel=1e-12)
    assert result.difference == pytest.approx(expected.statistic, rel=1e-12)


@pytest.mark.parametrize("alternative", SIDES)
def test_scipy_samples_about_the_same(alternative):
    first, second = f1_arrays(300, seed=1)
    expected = scipy.stats.permutation_test(
        (first, second),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        n_resamples=9_999,
        alternative=alternative,
        vectorized=True,
        rng=np.random.default_rng(0),
    ).pvalue
    # Two independent estimates: five deviations of their difference, and scipy doubles the smaller tail.
    deviation = np.sqrt(2 * max(expected * (1 - expected), 0.01) / 9_999)
    assert randomization_test(first, second, alternative=alternative).p_value == pytest.approx(
        expected, abs=10 * deviation
    )


def test_differences_of_one_size_have_the_binomial_distribution():
    first, second = np.zeros(60), np.zeros(60)
    first[:30], second[30:45] = 1, 1
    result = randomization_test(first, second, permutations=10)
    assert result.exact and (result.wins, result.losses, result.pairs) == (30, 15, 60)
    assert result.p_value == pytest.approx(scipy.stats.binomtest(30, 45).pvalue, rel=1e-12)


def test_as_many_ways_as_permutations_are_enumerated():
    first, second = floats([(F1[-1], one) for one in F1[:10]])
    assert len(set(np.abs(first - second))) == 10
    assert randomization_test(first, second, permutations=2**10).exact
    assert not randomization_test(first, second, permutations=2**10 - 1).exact


def test_thirds_that_floats_part_are_of_one_size():
    assert 1 - 2 / 3 != 1 / 3
    result = randomization_test([1, 1 / 3] * 20, [2 / 3, 0] * 20, permutations=10)
    assert result.exact and result.p_value == 2 / 2**40


def test_one_size_up_to_rounding_is_one_size():
    first = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1]] * 20, float).T  # thirds, as 1 - 2/3 and as 1/3
    second = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 1]] * 20, float).T
    result = randomization_test(first, second, unit="questions")
    assert result.exact
    assert result.p_value == pytest.approx(scipy.stats.binomtest(result.wins, result.wins + result.losses).pvalue)


@pytest.mark.parametrize("alternative", SIDES)
def test_equal_systems_have_a_p_value_of_one(alternative):
    result = randomization_test([0.5, 1, 0], [0.5, 1, 0], alternative=alternative)
    assert (result.p_value, result.wins, result.losses, result.exact) == (1, 0, 0, True)


@given(scores, st.integers(0, 4), st.sampled_from(SIDES), st.sampled_from([1, 5, 50]))
@settings(max_examples=100)
def test_questions_without_a_difference_change_nothing(pairs, same, alternative, permutations):
    first, second = floats(pairs)
    padded = [np.concatenate([each, np.linspace(0, 1, same)]) for each in (first, second)]
    options = {"alternative": alternative, "permutations": permutations}
    alone, beside = randomization_test(first, second, **options), randomization_test(*padded, **options)
    assert (alone.p_value, alone.resamples) == (beside.p_value, beside.resamples)
    # Enumerated with its zeros the distribution is the same: each way comes 2 ** zeros times.
    expected = enumerated_p_value([*differences(pairs), *[Fraction(0)] * same], alternative)
    assert not beside.exact or beside.p_value == pytest.approx(float(expected), rel=1e-15)


@given(scores, st.sampled_from([3, 10_000]))
@settings(max_examples=100)
def test_the_order_of_the_systems_only_turns_the_side(pairs, permutations):
    first, second = floats(pairs)

    def p_value(one, other, alternative):
        return randomization_test(one, other, alternative=alternative, permutations=permutations).p_value

    assert p_value(first, second, "two-sided") == p_value(second, first, "two-sided")
    assert p_value(first, second, "greater") == p_value(second, first, "less")
    assert p_value(first, second, "greater") + p_value(first, second, "less") > 1


@given(scores, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_order_of_the_questions_does_not_matter(pairs, random):
    other = random.sample(pairs, len(pairs))
    assert randomization_test(*floats(pairs)).p_value == randomization_test(*floats(other)).p_value


@pytest.mark.parametrize("block", [1, 300, 7_777])
@pytest.mark.parametrize(("questions", "permutations"), [(100, 500), (9, 1_000)])
def test_the_size_of_a_block_does_not_matter(questions, permutations, block, monkeypatch):
    first, second = f1_arrays(questions, seed=2)
    expected = randomization_test(first, second, permutations=permutations)
    monkeypatch.setattr("hf_xlqa.significance.randomization._BLOCK", block)
    assert randomization_test(first, second, permutations=permutations) == expected


def test_the_seed_decides():
    first, second = f1_arrays(200, seed=4)
    assert randomization_test(first, second, seed=1) == randomization_test(first, second, seed=1)
    assert randomization_test(first, second, seed=1).p_value != randomization_test(first, second, seed=2).p_value


def test_p_values_of_equally_good_systems_are_uniform():
    rng = np.random.default_rng(0)
    hard = rng.random((400, 80, 1))
    scores = np.clip(hard + rng.normal(0, 0.3, (400, 80, 2)), 0, 1).round(2)
    found = [randomization_test(one, other, permutations=499).p_value for one, other in scores.transpose(0, 2, 1)]
    # Uniform p-values stay under 1.36 / sqrt(N) in 95 of 100 cases.
    assert scipy.stats.kstest(found, "uniform").statistic < 1.36 / np.sqrt(len(found))


def test_pooled_pairs_are_too_sure_where_seeds_agree_and_questions_are_not():
    rng = np.random.default_rng(0)
    # What a system is worth on a question is the same for its three seeds, but for a little.
    worth = rng.random((300, 2, 1, 60))
    scores = np.clip(worth + rng.normal(0, 0.02, (300, 2, 3, 60)), 0, 1)
    rate = {
        unit: np.mean([randomization_test(*each, unit=unit, permutations=199).p_value <= 0.05 for each in scores])
        for unit in ("pairs", "questions")
    }
    assert 0.02 < rate["questions"] < 0.08
    assert rate["pairs"] > 0.2


def test_the_seeds_of_a_question_are_swapped_together():
    pairs = [f1_pairs(8, seed) for seed in range(3)]
    first, second = (np.stack(arrays) for arrays in zip(*map(floats, pairs), strict=True))
    means = [sum(each, Fraction(0)) / 3 for each in zip(*map(differences, pairs), strict=True)]
    together = randomization_test(first, second, unit="questions")
    assert together.p_value == float(enumerated_p_value(means, "two-sided"))
    assert (together.pairs, together.first.seeds) == (8, 3)
    pooled = randomization_test(first, second)
    assert pooled.pairs == 24
    assert pooled.p_value == randomization_test(first.ravel(), second.ravel()).p_value
    assert together.difference == pooled.difference == pytest.approx(float(sum(means, Fraction(0)) / 8))


def test_means_of_the_same_scores_in_another_order_are_no_difference():
    first = np.array([[0.1] * 50, [0.7] * 50, [0.3] * 50])
    second = np.roll(first, 1, axis=0)
    assert (first - second).mean(axis=0).all()
    result = randomization_test(first, second, unit="questions")
    assert (result.p_value, result.wins, result.losses) == (1, 0, 0)


def test_ten_thousand_questions_and_permutations_need_little_time_and_memory():
    first, second = f1_arrays(10_000, seed=0)
    tracemalloc.start()
    began = time.process_time()
    randomization_test(first, second)
    seconds, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 3
    assert peak < 32 * 2**20


def test_a_number_of_permutations_below_one_is_refused():
    with pytest.raises(ValueError, match="`permutations` must be 1 or more, but is 0 instead"):
        randomization_test([1, 0], [0, 1], permutations=0)


def test_an_unknown_alternative_lists_the_valid_ones():
    with pytest.raises(ValueError, match="`alternative` must be one of two-sided, greater, less, but is 'better'"):
        randomization_test([1, 0], [0, 1], alternative="better")
