"""Principal components of any number of vectors, read batch by batch in memory that does not grow.

Axes: n vectors of a batch, W their width, k components.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Vectors = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class PrincipalComponents:
    """The directions in which vectors vary most.

    Args:
        mean: of the vectors, (W,).
        components: orthonormal rows (k, W), the largest first; the largest entry of each is positive.
        variances: along each component (k,), with n - 1 as divisor.
        total_variance: along all W directions.
        count: how many vectors they were fitted on.
    """

    mean: FloatArray
    components: FloatArray
    variances: FloatArray
    total_variance: float
    count: int

    @property
    def explained(self) -> FloatArray:
        """Share of the total variance along each component, (k,)."""
        return self.variances / self.total_variance

    def project(self, vectors: Vectors) -> FloatArray:
        """Places of vectors along the components, (n, W) -> (n, k)."""
        places: FloatArray = (vectors - self.mean) @ self.components.T
        return places


def fit_components(batches: Iterable[Vectors], *, components: int = 2) -> PrincipalComponents:
    """Principal components of the union of all batches, exactly, by their covariance matrix.

    Only that matrix and one batch are in memory. The result does not depend on the cut into batches but for
    rounding: means and covariances are merged by Chan et al. 1983, in float64, so that a mean far from 0 costs no
    digits.

    Args:
        batches: (n, W) each.
        components: how many.

    Raises:
        ValueError: when the batches differ in width, are not finite or hold fewer than two vectors, when these do
            not vary, or when they have not so many components.
    """
    count, mean, scatter = 0, np.zeros(0), np.zeros((0, 0))
    for batch in filter(len, batches):
        exact = np.asarray(batch, np.float64)
        if not count:
            mean, scatter = np.zeros(exact.shape[1]), np.zeros((exact.shape[1], exact.shape[1]))
        _check_batch(exact, len(mean))
        own_mean = exact.mean(axis=0)
        centred, apart = exact - own_mean, own_mean - mean
        both = count + len(exact)
        scatter += centred.T @ centred + np.outer(apart, apart) * (count * len(exact) / both)
        mean = mean + apart * (len(exact) / both)
        count = both
    return _components(count, mean, scatter, components)


def _check_batch(batch: FloatArray, width: int) -> None:
    if batch.shape[1] != width or not np.isfinite(batch).all():
        found = f"some of width {batch.shape[1]}" if batch.shape[1] != width else "numbers that are not"
        raise ValueError(f"`batches` must hold finite vectors of width {width}, but hold {found} instead.")


def _components(count: int, mean: FloatArray, scatter: FloatArray, components: int) -> PrincipalComponents:
    rounding = count * (np.finfo(np.float64).eps * np.linalg.norm(mean)) ** 2
    if count < 2 or scatter.trace() <= rounding:
        raise ValueError(f"`batches` must hold two vectors or more that differ, but hold {count} that do not instead.")
    if not 1 <= components <= min(len(mean), count):
        raise ValueError(f"`components` must be from 1 to {min(len(mean), count)}, but is {components} instead.")
    variances, directions = np.linalg.eigh(scatter / (count - 1))
    kept = directions[:, ::-1][:, :components].T
    largest = np.take_along_axis(kept, np.abs(kept).argmax(axis=1)[:, None], axis=1)
    return PrincipalComponents(
        mean=mean,
        components=kept * np.sign(largest),
        variances=variances[::-1][:components].clip(min=0),
        total_variance=float(variances.sum()),
        count=count,
    )
