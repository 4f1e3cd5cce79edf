"""p-values of several comparisons at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hf_xlqa.significance.scores import refuse


def holm(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Holm's correction: p-values that stay below a level only where the whole family can be trusted at that level.

    The least of N p-values is multiplied by N, the next by N - 1 and so on; none becomes smaller than
    the one before it, nor larger than 1. Refusing the null hypotheses whose adjusted p-value is at
    most a level, the probability of one wrong refusal or more is at most that level, however the
    comparisons depend on each other.

    Args:
        p_values: (N,) of the comparisons that belong together, 0 to 1.

    Returns:
        The adjusted p-values (N,) in the same order; none for none.

    Raises:
        ValueError: when one is not from 0 to 1.

    Source: Holm 1979, A Simple Sequentially Rejective Multiple Test Procedure.
    """
    given = np.asarray(p_values, np.float64)
    refuse("p_values", given, (given >= 0) & (given <= 1), "from 0 to 1")
    order = np.argsort(given, kind="stable")
    adjusted = np.empty_like(given)
    steps = given[order] * np.arange(len(given), 0, -1)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(steps))
    return adjusted
