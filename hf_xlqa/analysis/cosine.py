"""Cosines of the states of parallel texts, and whether languages that are alike in them score alike.

Axes: n parallel texts, W width of the states, p language pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hf_xlqa.significance.bootstrap import bootstrap_interval

FloatArray = NDArray[np.float64]
States = NDArray[np.floating[Any]]

_LEAST_PAIRS = 4  # an interval of a correlation divides by their number less 3


@dataclass(frozen=True)
class Cosine:
    """How alike the states of parallel texts are.

    Args:
        mean: of the cosines of the texts of a pair, in [-1, 1].
        low, high: its confidence interval over texts.
        chance: the mean of the cosines of all texts with those that are not their translations. It is far above 0
            where states share a direction, as those of most encoders do.
        count: how many texts.
    """

    mean: float
    low: float
    high: float
    chance: float
    count: int


@dataclass(frozen=True)
class Correlation:
    """How two lists of numbers go together.

    Args:
        pearson, spearman: the coefficients, in [-1, 1].
        pearson_interval, spearman_interval: confidence intervals, lower and upper bound.
        pearson_p, spearman_p: two-sided, that of Spearman by Student's t, which few pairs follow but roughly.
        count: length of the lists.
    """

    pearson: float
    pearson_interval: tuple[float, float]
    pearson_p: float
    spearman: float
    spearman_interval: tuple[float, float]
    spearman_p: float
    count: int


def paired_cosines(first: States, second: States) -> FloatArray:
    """Cosine of each state with that of its translation, (n, W) and (n, W) -> (n,).

    Raises:
        ValueError: when the shapes differ or are no matrices, or a state is 0 or not finite.
    """
    one, other = _unit_rows(first, second)
    cosines: FloatArray = (one * other).sum(axis=1).clip(-1, 1)
    return cosines


def mean_cosine(
    first: States, second: States, *, resamples: int = 10_000, confidence: float = 0.95, seed: int = 0
) -> Cosine:
    """How alike the states of parallel texts are, such as the means over the tokens of their answers.

    Args:
        first: of the texts in one language, (n, W).
        second: of their translations, in the same order.
        resamples, confidence, seed: of the interval, see `bootstrap_interval`.

    Raises:
        ValueError: see `paired_cosines`; when there are fewer than two texts, of which none is a stranger to another.

    Source: Hsu et al. 2019, A.1.1; the comparison with chance follows Ethayarajh 2019.
    """
    one, other = _unit_rows(first, second)
    count = len(one)
    if count < 2:
        raise ValueError(f"`first` and `second` must hold two texts or more, but hold {count} instead.")
    cosines = paired_cosines(first, second)
    low, high = bootstrap_interval((cosines + 1) / 2, resamples=resamples, confidence=confidence, seed=seed)
    all_pairs = float(one.sum(axis=0) @ other.sum(axis=0))
    return Cosine(
        mean=float(cosines.mean()),
        low=2 * low - 1,
        high=2 * high - 1,
        chance=(all_pairs - float(cosines.sum())) / (count * (count - 1)),
        count=count,
    )


def correlate(similarities: Sequence[float], scores: Sequence[float], *, confidence: float = 0.95) -> Correlation:
    """Whether scores go with similarities, a language pair each.

    Intervals are by Fisher's transformation, for Spearman with the variance of Bonett and Wright 2000, Eq. 3. Where the
    coefficient is 1 or -1, as ranks of few pairs easily are, its interval is that point and says nothing.

    Args:
        similarities, scores: of the same pairs in the same order, (p,).
        confidence: coverage of the intervals, between 0 and 1.

    Raises:
        ImportError: when SciPy is missing.
        ValueError: when the lists differ in length, hold fewer than 4 pairs, are not finite or do not vary.

    Source: the relation drawn in Hsu et al. 2019, Figures 2 and 3.
    """
    _check_lists(similarities, scores)
    stats = _scipy_stats()
    pearson, spearman = stats.pearsonr(similarities, scores), stats.spearmanr(similarities, scores)
    rank = float(spearman.statistic)
    deviation = ((1 + rank**2 / 2) / (len(scores) - 3)) ** 0.5
    reach = float(stats.norm.ppf((1 + confidence) / 2)) * deviation
    with np.errstate(divide="ignore"):  # perfect ranks have the interval (1, 1)
        middle = np.arctanh(np.clip(rank, -1, 1))
    bounds = pearson.confidence_interval(confidence)
    return Correlation(
        pearson=float(pearson.statistic),
        pearson_interval=(float(bounds.low), float(bounds.high)),
        pearson_p=float(pearson.pvalue),
        spearman=rank,
        spearman_interval=(float(np.tanh(middle - reach)), float(np.tanh(middle + reach))),
        spearman_p=float(spearman.pvalue),
        count=len(scores),
    )


def _unit_rows(first: States, second: States) -> tuple[FloatArray, FloatArray]:
    if np.ndim(first) != 2 or np.shape(first) != np.shape(second):
        raise ValueError(
            "`first` and `second` must be matrices of one shape (texts, width), but have the shapes "
            f"{np.shape(first)} and {np.shape(second)} instead."
        )
    return _unit("first", first), _unit("second", second)


def _unit(name: str, states: States) -> FloatArray:
    exact = np.asarray(states, np.float64)
    lengths = np.linalg.norm(exact, axis=1)
    wrong = np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))
    if wrong.size:
        raise ValueError(
            f"`{name}` must hold finite states that are not 0, but row {wrong[0]} has the length {lengths[wrong[0]]} "
            "instead."
        )
    unit: FloatArray = exact / lengths[:, None]
    return unit


def _check_lists(similarities: Sequence[float], scores: Sequence[float]) -> None:
    counts = (len(similarities), len(scores))
    if counts[0] != counts[1] or counts[0] < _LEAST_PAIRS:
        raise ValueError(
            f"`similarities` and `scores` must be of the same {_LEAST_PAIRS} pairs or more, but are of {counts[0]} and "
            f"{counts[1]} instead."
        )
    for name, values in (("similarities", similarities), ("scores", scores)):
        if not np.isfinite(values).all() or np.ptp(values) == 0:
            raise ValueError(f"`{name}` must be finite and not all the same, but are {list(values)} instead.")


def _scipy_stats() -> Any:
    try:
        from scipy import stats
    except ImportError as error:
        raise ImportError("Correlations need SciPy: pip install 'hf-xlqa[analysis]'") from error
    return stats
