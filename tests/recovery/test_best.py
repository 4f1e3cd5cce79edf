"""The order of the methods, and the reasons where all fail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.recovery.best import best
from hf_xlqa.recovery.recovery import Recovery, Unrecovered
from hf_xlqa.recovery.tags import mark, unmark

CONTEXT = "Paris est Paris, mais Pariz aussi."


def test_an_exact_occurrence_comes_first():
    tagged = unmark("Paris est Paris, mais <a>Pariz</a> aussi.", "a")
    assert best(CONTEXT, " Paris\n", 0.3, tagged=tagged) == Recovery(10, 15, "exact", 0)


def test_tags_come_before_similar_spans():
    tagged = unmark("Paris <a>est</a> Paris, mais Pariz aussi.", "a")
    assert best(CONTEXT, "Parix", tagged=tagged) == Recovery(6, 9, "tags", 0)
    assert best(CONTEXT, "", tagged=tagged) == Recovery(6, 9, "tags", 0)


@pytest.mark.parametrize("translation", ["Paris", "<a>Lisbonne</a>"])
def test_a_similar_span_stands_in_where_tags_fail(translation):
    assert best(CONTEXT, "Parix", 1.0, tagged=unmark(translation, "a")) == Recovery(22, 27, "fuzzy", 1)


def test_the_tagged_text_stands_in_for_a_blank_answer():
    assert best(CONTEXT, "", tagged=unmark("Rome et <a>Parix</a>", "a"), hint=1.0) == Recovery(22, 27, "fuzzy", 1)


def test_fewer_edits_may_be_allowed():
    assert best(CONTEXT, "Parix", 1.0, max_edit_share=0.2).distance == 1
    assert best(CONTEXT, "Parix", 1.0, max_edit_share=0.1).method == "simple_match"
    assert best(CONTEXT, "Parix", 1.0, max_edit_share=0.1, minimum_f1=0.9) == Unrecovered("no similar span")


def test_a_window_stands_in_where_the_order_changed():
    swapped, answer = "die zehn Provinzen der Volksrepublik", "Volksrepublik die zehn Provinzen"
    # The window without "die " has "der " in its place, which shares "d", "e" and the blank: 31 of 32.
    assert best(swapped, answer) == Recovery(4, 36, "simple_match", 28, 31 / 32)
    assert best(swapped, answer, minimum_f1=0.97) == Unrecovered("no similar span")


@pytest.mark.parametrize(
    ("context", "answer", "translation", "reason"),
    [
        (" \n", "a", None, "blank context"),
        ("xyz", "", None, "blank answer"),
        ("xyz", "abc", None, "no similar span"),
        ("xyz", "abc", "<a>xyz", "one tag lost, no similar span"),
        ("xyz", " ", "xyz", "both tags lost, blank answer"),
        ("xyz", "abc", "<a>abc</a>", "tagged text not in the context, no similar span"),
    ],
)
def test_what_is_not_found_has_reasons(context, answer, translation, reason):
    tagged = None if translation is None else unmark(translation, "a")
    assert best(context, answer, tagged=tagged) == Unrecovered(reason)


@given(st.text("ab東か서दि <>/é", min_size=1, max_size=20), st.data())
def test_an_unchanged_answer_is_found_where_it_stands(context, data):
    start = data.draw(st.integers(0, len(context) - 1))
    answer = context[start : data.draw(st.integers(start + 1, len(context)))]
    if not answer.strip():
        assert best(context, answer).reason in ("blank answer", "blank context")
        return
    found = best(context, answer, start / len(context))
    assert (found.method, context[found.start : found.end]) == ("exact", answer.strip())
    marked = mark(context, start, start + len(answer))
    by_tags = best(context, "", tagged=unmark(marked.text, marked.tag))
    assert (by_tags.method, context[by_tags.start : by_tags.end]) == ("tags", answer.strip())
    assert start <= by_tags.start < by_tags.end <= start + len(answer)


@pytest.mark.parametrize("minimum", [-0.1, 1.1])
def test_a_least_f1_out_of_range_is_refused(minimum):
    with pytest.raises(ValueError, match=rf"`minimum_f1` must be in \[0, 1\], but is {minimum} instead"):
        best("a", "a", minimum_f1=minimum)
    with pytest.raises(ValueError, match=r"`hint` must be a position in \[0, 1\], but is 7 instead"):
        best("a", "a", 7)
