"""How much two sets of states of the same texts are alike: SVCCA, PWCCA, linear CKA, and what chance alone gives.

Axes: n data points (texts, paired by their rows), W and V widths of the two sets, k and m directions kept of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from hf_xlqa.messages import check_choice, check_counts

FloatArray = NDArray[np.float64]
States = NDArray[np.floating[Any]]
Weighting = Literal["program", "paper"]
"""How PWCCA weights correlations: as google/svcca does, or by the equation that was published."""


@dataclass(frozen=True)
class Similarity:
    """How much two sets of states are alike; all are 1 for states that are the same.

    Args:
        svcca: mean canonical correlation of the directions kept.
        pwcca: their mean weighted by how much of the states each accounts for.
        cka: linear CKA of the whole states.
    """

    svcca: float
    pwcca: float
    cka: float


@dataclass(frozen=True)
class Compared:
    """How much two sets of states are alike, beside states whose pairs are broken up.

    Args:
        similarity: of the states.
        chance: mean of the same over shuffles of the texts of one set: what as many texts and directions give that
            have nothing to do with each other.
        points: n.
        directions: k and m.
    """

    similarity: Similarity
    chance: Similarity
    points: int
    directions: tuple[int, int]


@dataclass(frozen=True)
class _Decomposed:
    """Centred states as left (n, k) * sizes (k,) @ right (k, W), with the directions alone that are not rounding."""

    left: FloatArray
    sizes: FloatArray
    right: FloatArray
    means: FloatArray

    @classmethod
    def of(cls, states: States, name: str = "states") -> Self:
        """The singular value decomposition.

        Directions no larger than rounding makes them are left out, by the precision the states come in: those of a
        layer normalisation are of rank W - 1, but in float32 a rounding is left of the last.

        Raises:
            ValueError: when the states are no finite matrix, or do not vary.
        """
        if np.ndim(states) != 2 or not np.isfinite(states).all():
            raise ValueError(
                f"`{name}` must be a matrix (data points, width) of finite numbers, but has shape {np.shape(states)}"
                f"{' and numbers that are not' if np.ndim(states) == 2 else ''} instead."
            )
        exact = np.asarray(states, np.float64)
        means = exact.mean(axis=0) if len(exact) else np.zeros(exact.shape[1])
        left, sizes, right = np.linalg.svd(exact - means, full_matrices=False)
        rank = int((sizes > _rounding(states, exact)).sum())
        if not rank:
            raise ValueError(f"`{name}` must differ from data point to data point, but are all the same instead.")
        return cls(left[:, :rank], sizes[:rank], right[:rank], means)

    def largest(self, count: int) -> _Decomposed:
        """The largest directions alone."""
        return replace(self, left=self.left[:, :count], sizes=self.sizes[:count], right=self.right[:count])

    def in_own_axes(self) -> _Decomposed:
        """The same states as coordinates along their directions."""
        count = len(self.sizes)
        return replace(self, right=np.eye(count), means=np.zeros(count))

    def reordered(self, order: NDArray[np.int64]) -> _Decomposed:
        """The same of the data points in another order."""
        return replace(self, left=self.left[order])

    @property
    def centred(self) -> FloatArray:
        """The states less their means, (n, W)."""
        product: FloatArray = (self.left * self.sizes) @ self.right
        return product


def largest_directions(states: States, *, share: float = 0.99, dimensions: int | None = None) -> FloatArray:
    """Centred states along their largest singular directions, (n, W) -> (n, k): the SV of SVCCA.

    Args:
        states: (n, W).
        share: of the variance that the directions kept account for at least.
        dimensions: how many are kept, in place of a share.

    Raises:
        ValueError: when there are not so many directions, the share is not in (0, 1], or the states are no finite
            matrix or do not vary.

    Source: Raghu et al. 2017, SVCCA, section 2.
    """
    kept = _kept(_Decomposed.of(states), share, dimensions)
    return kept.left * kept.sizes


def cca_correlations(first: States, second: States) -> FloatArray:
    """Canonical correlations of two sets of states of the same data points, largest first.

    Computed from the singular values of the product of orthonormal bases (Björck and Golub 1973), not of inverted
    covariances: states of little variance cost no digits, and directions that are rounding are left out.

    Args:
        first: (n, W).
        second: (n, V).

    Returns:
        (min(k, m),) in [0, 1], of the k and m directions in which the states vary.

    Raises:
        ValueError: when the numbers of data points differ, or so few data points would correlate perfectly by
            themselves (k + m > n - 1): keep fewer by `largest_directions`.
    """
    return _correlations(*_pair(first, second))


def svcca(first: States, second: States, *, share: float = 0.99, dimensions: int | None = None) -> float:
    """Mean canonical correlation of the largest directions of two sets of states, in [0, 1].

    It does not change when either set is turned, mirrored, scaled or moved.

    Args:
        first: (n, W).
        second: (n, V).
        share, dimensions: which directions count, see `largest_directions`.

    Raises:
        ValueError: see `largest_directions` and `cca_correlations`.

    Source: Raghu et al. 2017; used between languages by Hsu et al. 2019, A.1.2.
    """
    one, other = (largest_directions(states, share=share, dimensions=dimensions) for states in (first, second))
    return float(cca_correlations(one, other).mean())


def pwcca(first: States, second: States, *, weighting: Weighting = "program") -> float:
    """Mean of the canonical correlations, weighted by how much of the states their directions account for.

    The states are those of fewer directions, the first where both have as many. By "paper" (Morcos et al. 2018,
    section 2.1) the weight of a correlation is the sum over the axes of |<canonical variate, centred axis>|. By
    "program" it is what google/svcca computes and figures in print were made with: it takes the directions before they
    are divided by the spread of the states, moved by the means of the axes, makes them orthogonal in their order, and
    takes the axes as they are.

    Args:
        first: (n, W).
        second: (n, V); to leave out small directions, give `largest_directions` of both.
        weighting: whose weights.

    Raises:
        ValueError: see `cca_correlations`, and when the weighting is unknown.
    """
    check_choice("weighting", weighting, get_args(Weighting))
    pair = _pair(first, second)
    return _weighted(*pair, _correlations(*pair), weighting)


def linear_cka(first: States, second: States) -> float:
    """Linear centred kernel alignment: ||Y'X||^2 / (||X'X|| ||Y'Y||) of centred states, in [0, 1].

    It does not change when either set is turned, mirrored, scaled or moved; unlike correlations, it counts directions
    by their variance, and is defined for fewer data points than axes.

    Args:
        first: (n, W).
        second: (n, V).

    Raises:
        ValueError: when the numbers of data points differ, or states are no finite matrix or do not vary.

    Source: Kornblith et al. 2019, Eq. 5 (its norms are Frobenius norms).
    """
    return _cka(*_decomposed(first, second))


def compare_states(
    first: States,
    second: States,
    *,
    share: float = 0.99,
    dimensions: int | None = None,
    shuffles: int = 10,
    seed: int = 0,
) -> Compared:
    """All measures of two sets of states of the same texts, and what chance alone gives.

    SVCCA and PWCCA are of the largest directions, CKA of the whole states.

    Args:
        first: (n, W).
        second: (n, V).
        share, dimensions: see `largest_directions`.
        shuffles: how often the texts of the second set are shuffled for `Compared.chance`.
        seed: of the shuffles.

    Raises:
        ValueError: see `svcca`, and when `shuffles` is below 1.
    """
    check_counts(shuffles=shuffles)
    whole = _decomposed(first, second)
    kept = [_kept(each, share, dimensions).in_own_axes() for each in whole]
    _check_points(*kept)
    points = len(first)
    orders = _orders(points, shuffles, seed)
    by_chance = [_similarity(whole[0], whole[1].reordered(o), kept[0], kept[1].reordered(o)) for o in orders]
    return Compared(
        _similarity(*whole, *kept),
        Similarity(
            *(float(np.mean([getattr(each, name) for each in by_chance])) for name in ("svcca", "pwcca", "cka"))
        ),
        points,
        (len(kept[0].sizes), len(kept[1].sizes)),
    )


def _orders(points: int, shuffles: int, seed: int) -> Iterator[NDArray[np.int64]]:
    generator = np.random.default_rng(seed)
    return (generator.permutation(points) for _ in range(shuffles))


def _similarity(first: _Decomposed, second: _Decomposed, one: _Decomposed, other: _Decomposed) -> Similarity:
    """The measures of whole states and of their directions that are kept."""
    correlations = _correlations(one, other)
    return Similarity(
        svcca=float(correlations.mean()),
        pwcca=_weighted(one, other, correlations, "program"),
        cka=_cka(first, second),
    )


def _decomposed(first: States, second: States) -> tuple[_Decomposed, _Decomposed]:
    if len(first) != len(second):
        raise ValueError(
            f"`second` must be of the {len(first)} data points of `first`, but is of {len(second)} instead."
        )
    return _Decomposed.of(first, "first"), _Decomposed.of(second, "second")


def _pair(first: States, second: States) -> tuple[_Decomposed, _Decomposed]:
    """Both sets, with enough data points to be correlated."""
    decomposed = _decomposed(first, second)
    _check_points(*decomposed)
    return decomposed


def _check_points(first: _Decomposed, second: _Decomposed) -> None:
    points, (one, other) = len(first.left), (len(each.sizes) for each in (first, second))
    if one + other > points - 1:
        raise ValueError(
            f"`first` and `second` must have more data points than directions together ({one} + {other} + 1 or more), "
            f"but have {points} instead, and would correlate perfectly whatever they hold; keep fewer directions."
        )


def _rounding(states: States, exact: FloatArray) -> float:
    """The size of a direction that rounding alone makes: of the numbers as they come, and of our arithmetic."""
    precision = np.finfo(states.dtype if np.issubdtype(states.dtype, np.floating) else np.float64).eps
    points, width = exact.shape
    given = precision * np.abs(exact).max(initial=0.0) * (points**0.5 + width**0.5)
    return float(given + np.finfo(np.float64).eps * max(points, width) * np.linalg.norm(exact))


def _kept(states: _Decomposed, share: float, dimensions: int | None) -> _Decomposed:
    rank = len(states.sizes)
    if dimensions is not None:
        if not 1 <= dimensions <= rank:
            raise ValueError(
                f"`dimensions` must be from 1 to {rank}, in which the states vary, but is {dimensions} instead."
            )
        return states.largest(dimensions)
    if not 0 < share <= 1:
        raise ValueError(f"`share` must be above 0 and at most 1, but is {share} instead.")
    parts = np.cumsum(states.sizes**2)
    return states.largest(rank if share == 1 else 1 + int(np.searchsorted(parts, share * parts[-1])))


def _correlations(first: _Decomposed, second: _Decomposed) -> FloatArray:
    sizes = np.linalg.svd(first.left.T @ second.left, compute_uv=False)
    return np.asarray(sizes, np.float64).clip(0, 1)


def _weighted(first: _Decomposed, second: _Decomposed, correlations: FloatArray, weighting: Weighting) -> float:
    one, other = (first, second) if len(first.sizes) <= len(second.sizes) else (second, first)
    weights = _paper_weights(one, other) if weighting == "paper" else _program_weights(one, other)
    return float(correlations @ weights / weights.sum())


def _paper_weights(one: _Decomposed, other: _Decomposed) -> FloatArray:
    """(k,) sums of |h_i' x_j| over the axes j, of the canonical variates h_i (Morcos et al. 2018, section 2.1)."""
    turned, _, _ = np.linalg.svd(one.left.T @ other.left)
    weights: FloatArray = np.abs((one.left @ turned).T @ one.centred).sum(axis=1)
    return weights


def _program_weights(one: _Decomposed, other: _Decomposed) -> FloatArray:
    """(k,) as in pwcca.py of google/svcca.

    The means that it adds back make the weights depend on the signs of the directions, so those are taken from the
    decomposition of the matrix that it decomposes.
    """
    turned, _, _ = np.linalg.svd(one.right.T @ (one.left.T @ other.left) @ other.right)
    turned = turned[:, : len(one.sizes)]
    moved = one.centred @ turned + one.means[: len(one.sizes)]
    orthogonal, _ = np.linalg.qr(moved)
    given: FloatArray = one.centred + one.means
    weights: FloatArray = np.abs(orthogonal.T @ given).sum(axis=1)
    return weights


def _cka(first: _Decomposed, second: _Decomposed) -> float:
    crossed = (first.left * first.sizes).T @ (second.left * second.sizes)
    own = [np.linalg.norm(each.sizes**2) for each in (first, second)]
    return float((crossed**2).sum() / (own[0] * own[1]))
