"""Scores by id come side by side, and questions that only one system answered are named."""

from __future__ import annotations

import pytest

from hf_xlqa.significance import pair_runs, pair_scores


def test_scores_are_paired_by_id_in_the_order_of_the_first():
    first, second = pair_scores({"b": 0.5, "a": 1.0, "c": 0.0}, {"a": 0.25, "c": 0.75, "b": 1.0})
    assert (first.tolist(), second.tolist()) == ([0.5, 1, 0], [1, 0.25, 0.75])


def test_seeds_are_rows_in_the_order_of_the_first_seed():
    first, second = pair_runs([{"a": 1, "b": 0}, {"b": 0.5, "a": 0.25}], [{"b": 1, "a": 0}, {"a": 0.75, "b": 0}])
    assert first.tolist() == [[1, 0], [0.25, 0.5]]
    assert second.tolist() == [[0, 1], [0.75, 0]]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({"a": 1, "b": 1}, {"a": 1}, r"`second` must score the questions of `first`, but lacks 1 \(b\) and adds none"),
        ({"a": 1}, {"c": 1, "d": 0}, r"lacks 1 \(a\) and adds 2 \(c, d\) instead"),
        ({}, {str(n): 0 for n in range(1200)}, r"lacks none and adds 1,200 \(0, 1, 2, 3, 4, ...\) instead"),
    ],
)
def test_other_questions_are_named(first, second, message):
    with pytest.raises(ValueError, match=message):
        pair_scores(first, second)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([{"a": 1}, {"b": 1}], [{"a": 1}] * 2, r"`first\[1\]` must score the questions of `first\[0\]`, but lacks 1"),
        ([{"a": 1}] * 2, [{"a": 1}, {}], r"`second\[1\]` must score the questions of `first\[0\]`, but lacks 1 \(a\)"),
        ([{"a": 1}] * 3, [{"a": 1}], "must hold the same number of seeds, 1 or more, but hold 3 and 1 instead"),
        ([], [], "must hold the same number of seeds, 1 or more, but hold 0 and 0 instead"),
    ],
)
def test_seeds_that_do_not_fit_are_refused(first, second, message):
    with pytest.raises(ValueError, match=message):
        pair_runs(first, second)
