"""The record of a recovery, and what the methods share."""

import pytest

from hf_xlqa.recovery.recovery import Recovery, occurrences, proportional_position


@pytest.mark.parametrize(
    ("context", "start", "end", "cuts"),
    [
        ("in Paris now", 3, 8, False),
        ("in Paris now", 4, 8, True),
        ("in Paris now", 3, 7, True),
        ("in Paris now", 2, 12, False),
        ("東京都に", 1, 2, False),
        ("서울에서 산다", 0, 2, True),
        ("cafe\u0301s", 0, 4, True),
    ],
)
def test_a_span_cuts_a_word_where_an_end_lies_inside_one(context, start, end, cuts):
    assert Recovery(start, end, "fuzzy", 0).cuts_words(context) is cuts


def test_the_hint_is_the_share_of_the_context_before_the_answer():
    assert [proportional_position("abcd", start) for start in (0, 1, 4)] == [0, 0.25, 1]
    assert proportional_position("", 0) == 0


def test_occurrences_may_overlap():
    assert list(occurrences("aaab aa", "aa")) == [0, 1, 5]
    assert not list(occurrences("", "a"))
