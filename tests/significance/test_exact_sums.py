"""Sums of whole numbers are the same in every order, and near those of the scores."""

from __future__ import annotations

import math
from itertools import accumulate

import numpy as np
import pytest

from hf_xlqa.significance.exact_sums import WholeNumbers


@pytest.mark.parametrize("scale", [1, 1e-9])
@pytest.mark.parametrize("signs", [1, (-1, 1)])
def test_no_order_of_adding_changes_a_sum(scale, signs):
    rng = np.random.default_rng(0)
    values = np.abs(rng.normal(size=20_001)) / 3 * scale * rng.choice(np.atleast_1d(signs), 20_001)
    whole = WholeNumbers.of(values, largest_sum=float(np.abs(values).sum()))
    shuffled = rng.permutation(whole.values)
    by_steps = list(accumulate(shuffled))[-1]
    assert whole.values.sum() == shuffled.sum() == np.ones(20_001) @ whole.values == by_steps
    assert values.sum() != list(accumulate(values))[-1]
    near = np.abs(values).sum() * 2**-30
    assert whole.unscaled(whole.values.sum()) == pytest.approx(math.fsum(values), abs=near)


def test_nothing_but_zeros_stays_zeros():
    whole = WholeNumbers.of(np.zeros(3), largest_sum=0.0)
    assert whole.values.tolist() == whole.unscaled(whole.values).tolist() == [0, 0, 0]
