"""Principal components: those of scikit-learn, whatever the batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA

from hf_xlqa.analysis.pca import fit_components

RNG = np.random.default_rng(0)
VECTORS = RNG.standard_normal((400, 10)) @ np.diag(np.geomspace(5, 0.1, 10)) @ RNG.standard_normal((10, 10)) + 3


@pytest.mark.parametrize("cut", [[], [150], [1, 2, 3, 399], [0, 200, 200]])
def test_the_components_are_those_of_scikit_learn(cut: list[int]) -> None:
    found = fit_components(np.split(VECTORS, cut), components=4)
    expected = PCA(4, svd_solver="full").fit(VECTORS)
    signs = np.sign((found.components * expected.components_).sum(axis=1))
    np.testing.assert_allclose(found.components * signs[:, None], expected.components_, atol=1e-9)
    np.testing.assert_allclose(found.variances, expected.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(found.explained, expected.explained_variance_ratio_, rtol=1e-9)
    np.testing.assert_allclose(found.project(VECTORS) * signs, expected.transform(VECTORS), atol=1e-8)
    assert found.total_variance == pytest.approx(VECTORS.var(axis=0, ddof=1).sum(), rel=1e-12)
    assert found.count == 400


def test_the_largest_entry_of_a_component_is_positive() -> None:
    for vectors in (VECTORS, -VECTORS):
        components = fit_components([vectors], components=3).components
        assert (components[np.arange(3), np.abs(components).argmax(axis=1)] > 0).all()


def test_a_mean_far_from_zero_costs_no_digits() -> None:
    """Sums of squares less the square of the mean would lose all digits of a variance of 1 beside a mean of 1e8."""
    near, far = (fit_components(np.split(VECTORS + move, 4)) for move in (0, 1e8))
    np.testing.assert_allclose(far.explained, near.explained, rtol=1e-6)
    assert far.total_variance == pytest.approx(near.total_variance, rel=1e-6)


def test_vectors_in_half_precision_are_summed_in_full() -> None:
    half = VECTORS.astype(np.float16)
    found, expected = fit_components(np.split(half, 8)), fit_components([half.astype(np.float64)])
    np.testing.assert_allclose(found.components, expected.components, atol=1e-12)
    assert found.project(half).dtype == np.float64


@pytest.mark.parametrize(
    ("batches", "options", "message"),
    [
        ([], {}, "`batches` must hold two vectors or more that differ, but hold 0 that do not instead"),
        ([VECTORS[:1]], {}, "but hold 1 that do not instead"),
        ([np.full((5, 3), 0.1)], {}, "but hold 5 that do not instead"),
        ([VECTORS, VECTORS[:, :4]], {}, "must hold finite vectors of width 10, but hold some of width 4 instead"),
        ([VECTORS * np.inf], {}, "must hold finite vectors of width 10, but hold numbers that are not instead"),
        ([VECTORS], {"components": 11}, "`components` must be from 1 to 10, but is 11 instead"),
        ([VECTORS[:3]], {"components": 4}, "`components` must be from 1 to 3, but is 4 instead"),
        ([VECTORS], {"components": 0}, "`components` must be from 1 to 10, but is 0 instead"),
    ],
)
def test_what_has_no_components_is_refused(batches: list[np.ndarray], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_components(batches, **options)
