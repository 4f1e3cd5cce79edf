"""Cosines of parallel states by hand, and correlations as SciPy and simulation have them."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from scipy import stats

from hf_xlqa.analysis.cosine import correlate, mean_cosine, paired_cosines

RNG = np.random.default_rng(0)
FIRST = RNG.standard_normal((60, 5)) + 1
SECOND = FIRST + 0.8 * RNG.standard_normal((60, 5))
SIMILARITIES = [0.71, 0.66, 0.84, 0.79, 0.55, 0.62, 0.90]
SCORES = [61.0, 58.5, 75.2, 76.0, 49.9, 51.0, 70.3]


def test_cosines_by_hand() -> None:
    first = np.array([[1, 0], [3, 4], [1, 1], [2, 0]], np.float32)
    second = np.array([[5, 0], [-3, -4], [1, 0], [0, 9]], np.float32)
    np.testing.assert_allclose(paired_cosines(first, second), [1, -1, 0.5**0.5, 0], atol=1e-7)
    assert mean_cosine(first, second).mean == pytest.approx(0.5**0.5 / 4)


def test_the_mean_and_its_interval_and_chance() -> None:
    found = mean_cosine(FIRST, SECOND, resamples=4_000)
    table = [[float(one @ other / np.linalg.norm(one) / np.linalg.norm(other)) for other in SECOND] for one in FIRST]
    cosines = np.diag(table)
    assert found.mean == pytest.approx(cosines.mean(), abs=1e-12)
    assert found.chance == pytest.approx((np.sum(table) - cosines.sum()) / (60 * 59), abs=1e-12)
    assert found.count == 60
    expected = stats.bootstrap((cosines,), np.mean, n_resamples=4_000, method="percentile", rng=1)
    assert (found.low, found.high) == pytest.approx(expected.confidence_interval, abs=0.01)
    assert mean_cosine(FIRST, SECOND, resamples=4_000) == found
    wider = mean_cosine(FIRST, SECOND, resamples=4_000, confidence=0.99)
    assert wider.low < found.low < found.mean < found.high < wider.high


def test_scale_does_not_matter_and_the_same_states_are_alike() -> None:
    assert mean_cosine(FIRST * 9, SECOND * 0.1).mean == pytest.approx(mean_cosine(FIRST, SECOND).mean)
    same = mean_cosine(FIRST, FIRST)
    assert (same.mean, same.low, same.high) == pytest.approx((1, 1, 1))
    assert same.chance < 0.8


def test_correlations_are_those_of_scipy() -> None:
    found = correlate(SIMILARITIES, SCORES)
    pearson, spearman = stats.pearsonr(SIMILARITIES, SCORES), stats.spearmanr(SIMILARITIES, SCORES)
    assert (found.pearson, found.pearson_p) == pytest.approx((pearson.statistic, pearson.pvalue), abs=1e-12)
    assert (found.spearman, found.spearman_p) == pytest.approx((spearman.statistic, spearman.pvalue), abs=1e-12)
    assert found.pearson_interval == pytest.approx(tuple(pearson.confidence_interval()), abs=1e-12)
    low, high = found.spearman_interval
    assert -1 <= low < found.spearman < high <= 1
    half = (np.arctanh(high) - np.arctanh(low)) / 2
    assert half == pytest.approx(1.959964 * ((1 + found.spearman**2 / 2) / 4) ** 0.5, abs=1e-5)
    assert found.count == 7


def test_the_interval_of_spearman_covers_what_it_says() -> None:
    """Of 400 samples of 30 pairs of normal numbers with a Pearson correlation of 0.6."""
    rng = np.random.default_rng(2)
    true = 6 / np.pi * np.arcsin(0.6 / 2)
    inside = 0
    for _ in range(400):
        one, noise = rng.standard_normal((2, 30))
        low, high = correlate(one.tolist(), (0.6 * one + 0.8 * noise).tolist()).spearman_interval
        inside += low <= true <= high
    assert 0.92 <= inside / 400 <= 0.98


def test_perfect_ranks_have_an_interval() -> None:
    found = correlate([0.1, 0.2, 0.3, 0.4], [10, 20, 40, 80])
    assert (found.spearman, found.spearman_interval) == (1, (1, 1))
    assert correlate([0.1, 0.2, 0.3, 0.4], [4, 3, 2, 1]).pearson_interval == (-1, -1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: paired_cosines(FIRST, SECOND[:2]), r"one shape .* have the shapes \(60, 5\) and \(2, 5\) instead"),
        (lambda: paired_cosines(FIRST[0], SECOND[0]), r"must be matrices .* \(5,\) and \(5,\) instead"),
        (
            lambda: paired_cosines(FIRST * 0, SECOND),
            r"`first` must hold .* not 0, but row 0 has the length 0.0 instead",
        ),
        (lambda: mean_cosine(FIRST, SECOND * np.nan), "`second` must hold .* but row 0 has the length nan instead"),
        (lambda: mean_cosine(FIRST[:1], SECOND[:1]), "must hold two texts or more, but hold 1 instead"),
        (lambda: correlate(SIMILARITIES, SCORES[:6]), "the same 4 pairs or more, but are of 7 and 6 instead"),
        (lambda: correlate(SIMILARITIES[:3], SCORES[:3]), "the same 4 pairs or more, but are of 3 and 3 instead"),
        (lambda: correlate(SIMILARITIES, [50.0] * 7), "`scores` must be finite and not all the same"),
        (lambda: correlate([float("nan")] * 7, SCORES), "`similarities` must be finite and not all the same"),
    ],
)
def test_what_has_no_cosine_or_correlation_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_missing_scipy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match=r"Correlations need SciPy: pip install 'hf-xlqa\[analysis\]'"):
        correlate(SIMILARITIES, SCORES)
