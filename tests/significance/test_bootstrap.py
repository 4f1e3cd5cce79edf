"""The bootstrap against all resamples of a few questions, a plain loop on the same draws, and scipy."""

from __future__ import annotations

import time
import tracemalloc
from itertools import product

import numpy as np
import pytest
import scipy.stats

from hf_xlqa.significance import bootstrap_interval, paired_bootstrap

SIDES = ["two-sided", "greater", "less"]


def scores(questions, seed, gain=0.05):
    rng = np.random.default_rng(seed)
    first = np.clip(rng.normal(0.6, 0.3, questions), 0, 1).round(2)
    return first, np.clip(first + rng.normal(-gain, 0.2, questions), 0, 1).round(2)


def as_extreme(null, observed, alternative):
    if alternative == "two-sided":
        return abs(null) >= abs(observed) - 1e-9
    return null >= observed - 1e-9 if alternative == "greater" else null <= observed + 1e-9


@pytest.mark.parametrize("alternative", SIDES)
def test_five_questions_come_near_all_3125_resamples(alternative):
    first, second = np.array([1, 0.5, 0.75, 0.25, 1]), np.array([0.5, 0.75, 0.25, 0.25, 0.5])
    differences = first - second
    means = [np.mean(each) for each in product(differences, repeat=5)]
    observed = differences.mean()
    expected = np.mean([as_extreme(mean - observed, observed, alternative) for mean in means])
    result = paired_bootstrap(first, second, alternative=alternative)
    assert result.p_value == pytest.approx(expected, abs=5 * np.sqrt(0.25 / 10_000))
    assert (result.low, result.high) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])), abs=0.051)


@pytest.mark.parametrize("alternative", SIDES)
def test_a_plain_loop_over_the_same_draws_gives_the_same(alternative):
    first, second = scores(70, seed=2)
    generator, differences = np.random.default_rng(9), first - second
    means = [differences[generator.integers(70, size=70)].mean() for _ in range(400)]
    observed = differences.mean()
    count = sum(as_extreme(mean - observed, observed, alternative) for mean in means)
    result = paired_bootstrap(first, second, resamples=400, confidence=0.9, alternative=alternative, seed=9)
    assert result.p_value == (count + 1) / 401
    assert (result.low, result.high) == pytest.approx(tuple(np.quantile(means, [0.05, 0.95])), rel=1e-12)
    assert (result.resamples, result.seed, result.confidence) == (400, 9, 0.9)


def test_scipy_gives_about_the_same_interval_of_the_difference():
    first, second = scores(500, seed=3)
    expected = scipy.stats.bootstrap(
        (first, second),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        paired=True,
        vectorized=True,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    result = paired_bootstrap(first, second)
    width = expected.high - expected.low
    assert (result.low, result.high) == pytest.approx(tuple(expected), abs=0.03 * width)
    assert result.low < result.difference < result.high


def test_scipy_gives_about_the_same_interval_of_one_system():
    first, _ = scores(500, seed=3)
    expected = scipy.stats.bootstrap(
        (first,), np.mean, method="percentile", confidence_level=0.99, rng=np.random.default_rng(1)
    ).confidence_interval
    width = expected.high - expected.low
    assert bootstrap_interval(first, confidence=0.99) == pytest.approx(tuple(expected), abs=0.05 * width)


def test_intervals_cover_the_mean_as_often_as_they_say():
    rng = np.random.default_rng(0)
    samples = rng.beta(2, 1, size=(300, 100))
    intervals = [bootstrap_interval(sample, resamples=400, confidence=0.9) for sample in samples]
    assert 0.85 < np.mean([low <= 2 / 3 <= high for low, high in intervals]) < 0.95


def test_p_values_of_equally_good_systems_are_uniform():
    rng = np.random.default_rng(1)
    pairs = rng.random((400, 2, 100)).round(2)
    found = [paired_bootstrap(*pair, resamples=499).p_value for pair in pairs]
    assert scipy.stats.kstest(found, "uniform").statistic < 1.36 / np.sqrt(len(found))


def test_an_interval_over_questions_is_wider_than_over_pooled_pairs_where_seeds_agree():
    first, second = (np.stack([row] * 4) for row in scores(80, seed=5))
    pooled, together = (paired_bootstrap(first, second, unit=unit) for unit in ("pairs", "questions"))
    alone = paired_bootstrap(first[0], second[0])
    assert (together.low, together.high) == pytest.approx((alone.low, alone.high), rel=1e-9)
    # Four copies of a question count as four questions: half the width.
    assert (together.high - together.low) / (pooled.high - pooled.low) == pytest.approx(2, rel=0.1)
    assert bootstrap_interval(first, unit="questions") == pytest.approx(bootstrap_interval(first[0]), rel=1e-9)


def test_the_order_of_the_systems_turns_the_interval():
    first, second = scores(60, seed=6)
    one, other = paired_bootstrap(first, second), paired_bootstrap(second, first)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), rel=1e-12)
    assert one.p_value == other.p_value
    sides = [
        paired_bootstrap(first, second, alternative="greater"),
        paired_bootstrap(second, first, alternative="less"),
    ]
    assert sides[0].p_value == sides[1].p_value


def test_equal_systems_have_a_p_value_of_one_and_an_interval_of_nothing():
    result = paired_bootstrap([0.5, 1, 0], [0.5, 1, 0])
    assert (result.p_value, result.low, result.high) == (1, 0, 0)


@pytest.mark.parametrize("block", [1, 300, 7_777])
def test_the_size_of_a_block_does_not_matter(block, monkeypatch):
    first, second = scores(101, seed=7)
    expected = paired_bootstrap(first, second, resamples=300)
    monkeypatch.setattr("hf_xlqa.significance.bootstrap._BLOCK", block)
    assert paired_bootstrap(first, second, resamples=300) == expected


def test_ten_thousand_questions_and_resamples_need_little_time_and_memory():
    first, second = scores(10_000, seed=0)
    tracemalloc.start()
    began = time.process_time()
    paired_bootstrap(first, second)
    seconds, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 3
    assert peak < 32 * 2**20


@pytest.mark.parametrize("confidence", [0, 1, 95, float("nan")])
def test_a_confidence_that_is_no_share_is_refused(confidence):
    message = f"`confidence` must be between 0 and 1, but is {confidence} instead"
    with pytest.raises(ValueError, match=message):
        paired_bootstrap([1, 0], [0, 1], confidence=confidence)
    with pytest.raises(ValueError, match=message):
        bootstrap_interval([1, 0], confidence=confidence)


def test_a_number_of_resamples_below_one_is_refused():
    for call in (lambda: paired_bootstrap([1], [0], resamples=0), lambda: bootstrap_interval([1], resamples=0)):
        with pytest.raises(ValueError, match="`resamples` must be 1 or more, but is 0 instead"):
            call()


def test_an_unknown_alternative_lists_the_valid_ones():
    with pytest.raises(ValueError, match="`alternative` must be one of two-sided, greater, less, but is 'one-sided'"):
        paired_bootstrap([1, 0], [0, 1], alternative="one-sided")
