"""Means over seeds, the line that tells what was tested, and arrays that are no scores."""

from __future__ import annotations

import statistics

import numpy as np
import pytest

from hf_xlqa.significance import (
    bootstrap_interval,
    mcnemar_test,
    paired_bootstrap,
    randomization_test,
    system_mean,
)

TESTS = [randomization_test, paired_bootstrap, mcnemar_test]


def test_a_system_has_the_mean_and_the_deviation_of_its_seeds():
    found = system_mean([[1, 0, 0.5, 0.5], [1, 1, 1, 0], [0, 0.25, 0, 0]])
    means = [0.5, 0.75, 0.0625]
    assert found.mean == pytest.approx(statistics.mean(means))
    assert found.deviation == pytest.approx(statistics.stdev(means))
    assert found.seeds == 3


def test_one_seed_deviates_from_nothing():
    assert (system_mean([1, 0]).deviation, system_mean([1, 0]).mean, system_mean([[1, 0]]).seeds) == (None, 0.5, 1)


def test_the_result_has_the_means_of_both_and_their_difference():
    result = randomization_test([[1, 1], [0.5, 0]], [[0, 0.5], [0, 0]])
    assert (result.first, result.second) == (system_mean([[1, 1], [0.5, 0]]), system_mean([[0, 0.5], [0, 0]]))
    assert result.difference == pytest.approx(0.625 - 0.125)
    assert (result.wins, result.losses, result.pairs) == (3, 0, 4)


def test_the_description_says_what_was_tested():
    first, second = np.random.default_rng(0).random((2, 3, 1500))
    described = [
        randomization_test(first[0], second[0], permutations=2_000, seed=7).description,
        randomization_test(first, second, permutations=10, alternative="greater").description,
        paired_bootstrap(first, second, resamples=10, unit="questions").description,
        mcnemar_test([1, 0], [0, 0], alternative="less").description,
    ]
    assert described == [
        "Fisher randomization, two-sided, 2,000 resamples, seed 7, 1,500 questions",
        "Fisher randomization, greater, 10 resamples, seed 0, 4,500 pairs pooled over 3 seeds",
        "paired bootstrap, two-sided, 10 resamples, seed 0, 1,500 questions, 3 seeds kept together",
        "McNemar, less, exact, 2 questions",
    ]


@pytest.mark.parametrize("test", TESTS)
def test_systems_of_different_shapes_are_refused(test):
    with pytest.raises(ValueError, match=r"`second` must have the shape of `first`, \(3,\), but has \(2,\) instead"):
        test([1, 0, 1], [1, 0])
    with pytest.raises(ValueError, match=r"the shape of `first`, \(2, 3\), but has \(3,\) instead"):
        test([[1, 0, 1]] * 2, [1, 0, 1])


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize(("wrong", "shape"), [([], r"\(0,\)"), (0.5, r"\(\)"), ([[[1]]], r"\(1, 1, 1\)")])
def test_what_is_no_array_of_scores_is_refused(test, wrong, shape):
    with pytest.raises(ValueError, match=rf"`first` must be scores of shape .* at least one, but has shape {shape}"):
        test(wrong, wrong)


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("wrong", [float("nan"), -0.1, 66.7, float("inf")])
def test_what_is_no_score_is_refused_by_its_place(test, wrong):
    message = rf"`second` must be scores from 0 to 1 .*, but `second\[2\]` is {wrong} instead"
    with pytest.raises(ValueError, match=message):
        test([1, 0, 1], [1, 0, wrong])
    with pytest.raises(ValueError, match=r"but `first\[1, 0\]` is .* instead"):
        test([[1, 0], [wrong, 0]], [[1, 0], [1, 0]])


@pytest.mark.parametrize("function", [system_mean, bootstrap_interval])
def test_one_system_is_checked_alike(function):
    with pytest.raises(ValueError, match=r"`scores` must be scores of shape .* but has shape \(0,\) instead"):
        function([])
    with pytest.raises(ValueError, match=r"`scores` must be scores from 0 to 1 .*, but `scores\[0\]` is 100.0 instead"):
        function([100, 0])


def test_an_unknown_unit_lists_the_valid_ones():
    for call in (randomization_test, paired_bootstrap):
        with pytest.raises(ValueError, match="`unit` must be one of pairs, questions, but is 'seeds' instead"):
            call([1], [0], unit="seeds")
    with pytest.raises(ValueError, match="`unit` must be one of pairs, questions, but is 'seeds' instead"):
        bootstrap_interval([1], unit="seeds")
