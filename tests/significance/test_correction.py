"""Holm's correction worked by hand, and against its definition as a sequence of refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.significance import holm

shares = st.lists(st.floats(0, 1), max_size=8)


def refused(p_values, level):
    """Holm 1979: the least p-value against level / N, the next against level / (N - 1), until one fails."""
    wrong: set[int] = set()
    for step, row in enumerate(sorted(range(len(p_values)), key=lambda row: p_values[row])):
        if p_values[row] > level / (len(p_values) - step):
            break
        wrong.add(row)
    return wrong


def test_four_comparisons_worked_by_hand():
    # 4 x 0.005 = 0.02, 3 x 0.01 = 0.03, 2 x 0.03 = 0.06, and 1 x 0.04 must not be below 0.06.
    assert holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_ten_comparisons_worked_by_hand():
    given = [0.8, 0.64, 0.68, 0.97, 0.72, 0.18, 0.00005, 0.02, 0.0003, 0.015]
    # 10 x 0.00005, 9 x 0.0003, 8 x 0.015, 7 x 0.02, 6 x 0.18 = 1.08, and so the rest.
    expected = [1, 1, 1, 1, 1, 1, 0.0005, 0.14, 0.0027, 0.12]
    assert holm(given).tolist() == pytest.approx(expected)


@given(shares, st.sampled_from([0.01, 0.05, 0.25]))
def test_what_stays_below_a_level_is_what_the_sequence_refuses(p_values, level):
    adjusted = holm(p_values)
    near = np.abs(adjusted - level) < 1e-12
    expected = refused(p_values, level)
    assert all(near[row] or (adjusted[row] <= level) == (row in expected) for row in range(len(p_values)))


@given(shares)
def test_adjusted_values_keep_the_order_and_are_never_smaller(p_values):
    adjusted = holm(p_values)
    assert np.all((adjusted >= p_values) & (adjusted <= 1))
    assert np.all(np.diff(adjusted[np.argsort(p_values, kind="stable")]) >= 0)


def test_one_comparison_stays_and_none_is_none():
    assert holm([0.03]).tolist() == [0.03]
    assert holm([]).tolist() == []


@pytest.mark.parametrize("wrong", [-0.1, 1.5, float("nan"), float("inf")])
def test_what_is_no_probability_is_refused(wrong):
    with pytest.raises(ValueError, match=rf"`p_values` must be from 0 to 1, but `p_values\[1\]` is {wrong} instead"):
        holm([0.5, wrong])
