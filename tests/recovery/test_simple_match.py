"""The best window of SimpleMatch, against a plain loop over all windows."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_xlqa.recovery.recovery import Recovery
from hf_xlqa.recovery.simple_match import simple_match


def edit_distance(one: str, other: str) -> int:
    column = list(range(len(one) + 1))
    for end, character in enumerate(other, 1):
        diagonal, column[0] = column[0], end
        for row, mine in enumerate(one, 1):
            best = min(diagonal + (mine != character), column[row] + 1, column[row - 1] + 1)
            diagonal, column[row] = column[row], best
    return column[-1]


def plain(context: str, answer: str, hint: float | None, relax: int) -> Recovery | None:
    """The definition: every window, its F1 as a fraction of counts."""
    ranked = []
    for length in range(max(1, len(answer) - relax), len(answer) + relax + 1):
        for start in range(len(context) - length + 1):
            window = context[start : start + length]
            if window != window.strip():
                continue
            shared = sum((Counter(window) & Counter(answer)).values())
            precision, recall = Fraction(shared, length), Fraction(shared, len(answer))
            f1 = 2 * precision * recall / (precision + recall) if shared else Fraction(0)
            away = 0 if hint is None else abs(start - hint * len(context))
            ranked.append((-f1, abs(length - len(answer)), length, away, start))
    if not ranked or not min(ranked)[0]:
        return None
    negative, _, length, _, start = min(ranked)
    distance = edit_distance(answer, context[start : start + length])
    return Recovery(start, start + length, "simple_match", distance, float(-negative))


@settings(max_examples=300, deadline=None)
@given(
    context=st.text("abé東京𠮷서दि ", max_size=40),
    answer=st.text("abé東京𠮷서दिz", min_size=1, max_size=12),
    hint=st.none() | st.floats(0, 1),
    relax=st.integers(0, 6),
)
def test_any_case_equals_the_plain_loop(context, answer, hint, relax):
    assert simple_match(context, answer, hint, relax=relax) == plain(context, answer, hint, relax)


@pytest.mark.parametrize(
    ("context", "answer", "hint", "expected"),
    [
        # "abc" shares 3 characters with "cab" and "bca" alike.
        ("xcabx", "abc", None, Recovery(1, 4, "simple_match", 2, 1.0)),
        ("cab bca", "abc", 1.0, Recovery(4, 7, "simple_match", 2, 1.0)),
        ("cab bca", "abc", None, Recovery(0, 3, "simple_match", 2, 1.0)),
        # 2 of 3 characters at the answer's length, delta 0: 4/6. One character shorter: 4/5.
        ("xabx", "abc", None, Recovery(1, 3, "simple_match", 1, 0.8)),
        # Two "a" of the window, one of the answer: counted once; "a" alone has 2/3, "ab" none.
        ("aa", "az", None, Recovery(0, 1, "simple_match", 1, 2 / 3)),
        ("東京大学で", "大學", None, Recovery(2, 3, "simple_match", 1, 2 / 3)),
        # " ab" and "ab " have as much in common with "a b" as "a b" has, but begin or end with a blank.
        ("x ab a", "a b", None, Recovery(3, 6, "simple_match", 2, 1.0)),
        # "a" and "axxxb" have 2/4 and 4/8 and differ by two characters: the shorter comes first.
        ("axxxb", "abc", None, Recovery(0, 1, "simple_match", 2, 0.5)),
        # The context is shorter than the answer, and within delta of it.
        ("ab", "abcdef", None, Recovery(0, 2, "simple_match", 4, 0.5)),
    ],
)
def test_windows_worked_by_hand(context, answer, hint, expected):
    assert simple_match(context, answer, hint) == expected


def test_nothing_in_common_is_no_match():
    assert simple_match("xyz", "abc") is None
    assert simple_match("", "abc") is None
    assert simple_match("abc", "abcdefghijkl") is None


def test_contexts_beyond_sixteen_bits_are_counted_right():
    context = "a" * 70_000 + "ba" + "c" * 70_000
    assert simple_match(context, "bac") == Recovery(70_000, 70_003, "simple_match", 0, 1.0)
    assert simple_match(context, "a" * 9 + "x").start == 0


def test_arguments_out_of_range_are_refused():
    with pytest.raises(ValueError, match="`relax` must be 0 or more characters, but is -1 instead"):
        simple_match("a", "a", relax=-1)
    with pytest.raises(ValueError, match="`answer` must hold a character that is not blank, but is ' ' instead"):
        simple_match("a", " ")
    with pytest.raises(ValueError, match=r"`hint` must be a position in \[0, 1\], but is 2 instead"):
        simple_match("a", "a", 2)
