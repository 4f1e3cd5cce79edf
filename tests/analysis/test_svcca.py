"""Similarities of states: the figures of the official program, what leaves them as they are, and what is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from official_figures import needs_checks

from hf_xlqa.analysis.svcca import (
    cca_correlations,
    compare_states,
    largest_directions,
    linear_cka,
    pwcca,
    svcca,
)

RNG = np.random.default_rng(7)
POINTS = 300
STATES = RNG.standard_normal((POINTS, 12)) @ np.diag(np.geomspace(1, 100, 12)) + RNG.standard_normal(12)
RELATED = STATES @ RNG.standard_normal((12, 9)) + 40 * RNG.standard_normal((POINTS, 9))
UNRELATED = RNG.standard_normal((POINTS, 9))
MEASURES: dict[str, Any] = {"svcca": svcca, "cka": linear_cka, "pwcca": pwcca}


def turned(width: int) -> np.ndarray:
    """An orthogonal matrix."""
    return np.linalg.qr(np.random.default_rng(3).standard_normal((width, width)))[0]


def naive_correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """By the covariances, as textbooks have it (Hotelling 1936)."""
    width = first.shape[1]
    joint = np.cov(first, second, rowvar=False)
    own, crossed, other = joint[:width, :width], joint[:width, width:], joint[width:, width:]
    squares = np.linalg.eigvals(np.linalg.solve(own, crossed) @ np.linalg.solve(other, crossed.T))
    return np.sqrt(np.sort(squares.real)[::-1][: min(first.shape[1], second.shape[1])])


def naive_cka(first: np.ndarray, second: np.ndarray) -> float:
    """By the Hilbert-Schmidt criterion of the Gram matrices (Kornblith et al. 2019, Eq. 3 and 4)."""
    centring = np.eye(len(first)) - 1 / len(first)

    def criterion(one: np.ndarray, other: np.ndarray) -> float:
        return float(np.trace(one @ one.T @ centring @ other @ other.T @ centring))

    return criterion(first, second) / (criterion(first, first) * criterion(second, second)) ** 0.5


@needs_checks
def test_the_figures_of_the_official_program() -> None:
    cases = json.loads(Path(os.environ["XLQA_CHECKS"], "svcca.json").read_text(encoding="utf-8"))["cases"]
    assert len(cases) == 9
    for number, case in enumerate(cases):
        first, second = drawn(number // 3, independent=case["case"].startswith("independent"))
        if case["case"].startswith("svd_truncated"):
            kept = {"dimensions": case["neurons_x"]}
            assert svcca(first, second, **kept) == pytest.approx(case["cca_coef1_mean"], abs=1e-6)
            first, second = (largest_directions(each, **kept) for each in (first, second))
        correlations = cca_correlations(first, second)
        assert correlations.mean() == pytest.approx(case["cca_coef1_mean"], abs=1e-6)
        np.testing.assert_allclose(correlations[:5], case["cca_coef1_first5"], atol=1e-6)
        assert case["pwcca"] is None or pwcca(first, second) == pytest.approx(case["pwcca"], abs=1e-6)


def drawn(seed: int, *, independent: bool) -> tuple[np.ndarray, np.ndarray]:
    """The arrays of a case, by its recipe, data points as rows."""
    width, other, points = ((8, 8, 400), (16, 10, 1000), (32, 32, 2000))[seed]
    rng = np.random.default_rng(seed)
    first = rng.standard_normal((width, points))
    image = rng.standard_normal((other, width)) @ first
    noise = rng.standard_normal((other, points))
    return first.T, (noise if independent else image + 0.5 * noise).T


def test_the_measures_are_those_of_their_definitions() -> None:
    np.testing.assert_allclose(cca_correlations(STATES, RELATED), naive_correlations(STATES, RELATED), atol=1e-9)
    assert linear_cka(STATES, RELATED) == pytest.approx(naive_cka(STATES, RELATED), abs=1e-12)
    kept = np.linalg.svd(STATES - STATES.mean(axis=0))[1] ** 2
    count = int((np.cumsum(kept) < 0.99 * kept.sum()).sum()) + 1
    assert largest_directions(STATES).shape == (POINTS, count)
    assert largest_directions(STATES, share=1.0).shape == STATES.shape
    expected = naive_correlations(largest_directions(STATES), largest_directions(RELATED)).mean()
    assert svcca(STATES, RELATED) == pytest.approx(expected, abs=1e-9)


def test_published_weights_are_those_of_the_canonical_variates() -> None:
    """Of the set of fewer axes; the variates come from the covariances here."""
    centred, other = RELATED - RELATED.mean(axis=0), STATES - STATES.mean(axis=0)
    own, crossed = centred.T @ centred, centred.T @ other
    squares, directions = np.linalg.eig(np.linalg.solve(own, crossed) @ np.linalg.solve(other.T @ other, crossed.T))
    variates = centred @ directions.real
    variates /= np.linalg.norm(variates, axis=0)
    weights = np.abs(variates.T @ centred).sum(axis=1)
    expected = (weights * np.sqrt(squares.real)).sum() / weights.sum()
    assert pwcca(STATES, RELATED, weighting="paper") == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", ["svcca", "cka"])
def test_turning_scaling_and_moving_change_nothing(name: str) -> None:
    measure = MEASURES[name]
    moved = 7.5 * STATES @ turned(12) + 100
    assert measure(moved, RELATED) == pytest.approx(measure(STATES, RELATED), abs=1e-10)
    assert measure(RELATED, moved) == pytest.approx(measure(STATES, RELATED), abs=1e-10)


def test_states_that_are_a_linear_image_are_alike_and_unrelated_states_are_as_alike_as_chance() -> None:
    image = STATES @ RNG.standard_normal((12, 12)) + 3
    np.testing.assert_allclose(cca_correlations(STATES, image), 1, atol=1e-9)
    np.testing.assert_allclose(cca_correlations(STATES, STATES[:, :5]), 1, atol=1e-9)
    same = compare_states(STATES, 2 * STATES @ turned(12))
    assert (same.similarity.svcca, same.similarity.pwcca, same.similarity.cka) == pytest.approx((1, 1, 1))
    assert (same.points, same.directions[0]) == (POINTS, same.directions[1])
    found = compare_states(STATES, UNRELATED, shuffles=40)
    for name in MEASURES:
        assert getattr(found.similarity, name) == pytest.approx(getattr(found.chance, name), abs=0.05)
        assert getattr(same.chance, name) < 0.2 < getattr(compare_states(STATES, RELATED).similarity, name)


def test_comparing_gives_the_measures_and_shuffles_by_the_seed_alone() -> None:
    one, other = largest_directions(STATES), largest_directions(RELATED)
    found = compare_states(STATES, RELATED, shuffles=2, seed=5)
    expected = (svcca(STATES, RELATED), pwcca(one, other), linear_cka(STATES, RELATED))
    assert (found.similarity.svcca, found.similarity.pwcca, found.similarity.cka) == pytest.approx(expected, abs=1e-12)
    rng = np.random.default_rng(5)
    shuffled = [RELATED[rng.permutation(POINTS)] for _ in range(2)]
    assert found.chance.svcca == pytest.approx(np.mean([svcca(STATES, each) for each in shuffled]), abs=1e-12)
    assert found.chance.cka == pytest.approx(np.mean([linear_cka(STATES, each) for each in shuffled]), abs=1e-12)
    assert found.chance.pwcca == pytest.approx(
        np.mean([pwcca(one, largest_directions(each)) for each in shuffled]), abs=1e-9
    )
    assert compare_states(STATES, RELATED, shuffles=2, seed=5) == found
    assert compare_states(STATES, RELATED, shuffles=2, seed=6) != found


def test_directions_that_are_rounding_do_not_count() -> None:
    """A layer normalisation leaves its states no component along its weights; in float32 a rounding of one is left."""
    raw = RNG.standard_normal((POINTS, 12))
    normalised = (raw - raw.mean(axis=1, keepdims=True)) / raw.std(axis=1, keepdims=True)
    in_half = normalised.astype(np.float32)
    assert largest_directions(in_half, share=1.0).shape == (POINTS, 11)
    repeated = np.concatenate([STATES, STATES @ RNG.standard_normal((12, 4))], axis=1)
    assert svcca(repeated, RELATED, share=1.0) == pytest.approx(svcca(STATES, RELATED, share=1.0), abs=1e-9)
    tiny = STATES @ np.diag([*[1.0] * 11, 1e-9])
    np.testing.assert_allclose(cca_correlations(tiny, RELATED), cca_correlations(STATES, RELATED), atol=1e-6)


def test_few_data_points_are_refused_where_correlations_would_be_perfect_by_themselves() -> None:
    few, others = STATES[:12], UNRELATED[:12]
    message = r"more data points than directions together \(11 \+ 9 \+ 1 or more\), but have 12 instead, .* keep fewer"
    for call in (cca_correlations, pwcca, lambda one, other: svcca(one, other, share=1.0)):
        with pytest.raises(ValueError, match=message):
            call(few, others)
    with pytest.raises(ValueError, match="would correlate perfectly whatever they hold"):
        compare_states(few, others, share=1.0)
    assert 0 < svcca(few, others, dimensions=3) < 1
    assert linear_cka(few, others) == pytest.approx(naive_cka(few, others), abs=1e-12)
    assert svcca(few, others, dimensions=5) < 1  # 11 data points are enough for 5 + 5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: svcca(STATES, RELATED[:-1]), "`second` must be of the 300 data points of `first`, but is of 299"),
        (lambda: svcca(STATES[:, 0], RELATED), r"`states` must be a matrix .* but has shape \(300,\) instead"),
        (lambda: linear_cka(STATES, RELATED * np.nan), "`second` must be a matrix .* and numbers that are not"),
        (lambda: linear_cka(STATES * 0 + 0.1, RELATED), "`first` must differ from data point to data point"),
        (lambda: linear_cka(STATES[:0], RELATED[:0]), "`first` must differ from data point to data point"),
        (lambda: svcca(STATES, RELATED, share=0), "`share` must be above 0 and at most 1, but is 0 instead"),
        (lambda: svcca(STATES, RELATED, dimensions=10), "`dimensions` must be from 1 to 9, .* but is 10 instead"),
        (lambda: pwcca(STATES, RELATED, weighting="mine"), "must be one of program, paper, but is 'mine' instead"),  # type: ignore[arg-type]
        (lambda: compare_states(STATES, RELATED, shuffles=0), "`shuffles` must be 1 or more, but is 0 instead"),
    ],
)
def test_what_cannot_be_compared_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
