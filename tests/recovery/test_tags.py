"""Tags around answers, whole and as translators damage them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.recovery.recovery import Recovery
from hf_xlqa.recovery.tags import Marked, Unmarked, find_tagged, mark, unmark


@given(st.text("<>/aA ＜＞《&lt;g東।é", min_size=1, max_size=25), st.data())
def test_marking_and_unmarking_gives_the_context_and_the_span_without_outer_blanks(context, data):
    start = data.draw(st.integers(0, len(context) - 1))
    end = data.draw(st.integers(start + 1, len(context)))
    answer = context[start:end]
    if not answer.strip():
        with pytest.raises(ValueError, match="must hold a character that is not blank"):
            mark(context, start, end)
        return
    marked = mark(context, start, end)
    unmarked = unmark(marked.text, marked.tag)
    assert unmarked.context == context and not unmarked.fault
    assert context[unmarked.start : unmarked.end] == answer.strip()
    assert start <= unmarked.start < unmarked.end <= end


def test_tags_stand_tight_around_the_answer():
    assert mark("in Paris now", 2, 9) == Marked("in <a>Paris</a> now", "a")


def test_the_name_is_one_that_the_context_has_no_tag_of():
    assert mark("a link <A> b </AA>", 0, 1) == Marked("<aaa>a</aaa> link <A> b </AA>", "aaa")
    assert mark("《A》, 1 < 2", 5, 6).tag == "aa"
    assert mark("1 < a > 2", 0, 1).tag == "aa"
    assert mark("1 < 2 > a", 0, 1).tag == "a"
    assert unmark("x <a> y <aa>z</aa>", "aa") == Unmarked("x <a> y z", 8, 9)


PARIS = "Il vit à Paris, en France."


@pytest.mark.parametrize(
    "damaged",
    [
        "Il vit à <a>Paris</a>, en France.",
        "Il vit à < a >Paris< / a >, en France.",
        "Il vit à <a> Paris </a>, en France.",
        "Il vit à<a> Paris </a>, en France.",
        "Il vit à <A>Paris</A>, en France.",
        "Il vit à ＜a＞Paris＜／ａ＞, en France.",
        "Il vit à 〈a〉Paris〈/a〉, en France.",
        "Il vit à 《Ａ》Paris《/a》, en France.",
        "Il vit à &lt;a&gt;Paris&lt;/a&gt;, en France.",
        "Il vit à & lt; a & gt; Paris & lt; / a & gt;, en France.",
        "Il vit à <a>Paris<a>, en France.",
        "Il vit à <a>Paris<a/>, en France.",
        "Il vit à <a>Paris<\\a>, en France.",
        "Il vit à <a> <a>Paris</a>, en France.",
        "Il vit à <a>Paris</a></a>, en France.",
        "Il vit à </a>Paris<a>, en France.",
    ],
)
def test_damaged_tags_are_read(damaged):
    assert unmark(damaged, "a") == Unmarked(PARIS, 9, 14)


@pytest.mark.parametrize(
    ("translation", "context", "answer"),
    [
        ("<a> Paris </a> liegt", "Paris liegt", "Paris"),
        ("er lebt in <a> Paris </a>", "er lebt in Paris", "Paris"),
        ("在<a> 巴黎 </a>出生", "在巴黎出生", "巴黎"),
        ("在 <a> 巴黎 </a> 出生", "在 巴黎 出生", "巴黎"),
        ("그는<a> 파리 </a>에서", "그는 파리 에서", "파리"),
        ("gut,<a> Paris </a>(F)", "gut, Paris(F)", "Paris"),
        ("<a>Rom</a> ist <a>Rom</a>", "Rom ist Rom", "Rom"),
        ("<a>1 < 2</a> & 3", "1 < 2 & 3", "1 < 2"),
    ],
)
def test_blanks_outside_the_span_stay_and_those_inside_where_they_part_words(translation, context, answer):
    start = context.index(answer)
    assert unmark(translation, "a") == Unmarked(context, start, start + len(answer))


@pytest.mark.parametrize(
    ("translation", "context", "fault"),
    [
        ("Il vit à Paris", "Il vit à Paris", "both tags lost"),
        ("", "", "both tags lost"),
        ("Il vit à <a>Paris", "Il vit à Paris", "one tag lost"),
        ("Il vit à Paris </a> .", "Il vit à Paris .", "one tag lost"),
        ("Il vit <a> </a> à Paris", "Il vit à Paris", "nothing between the tags"),
        ("<a>Il</a> vit à <a>Paris</a>", "Il vit à Paris", "tags around several texts"),
        ("<a>Il</a> vit à <a>Paris", "Il vit à Paris", "tags around several texts"),
    ],
)
def test_what_cannot_be_read_has_a_reason(translation, context, fault):
    assert unmark(translation, "a") == Unmarked(context, None, None, fault)


def test_the_tagged_span_is_found_in_the_text_translated_without_tags():
    tagged = unmark("Paris est <a>Paris</a> ou Pariz", "a")
    assert find_tagged(tagged.context, tagged) == Recovery(10, 15, "tags", 0)
    assert find_tagged("Oui, Paris reste Paris", tagged) == Recovery(5, 10, "tags", 0)
    assert find_tagged("Oui, Pariz reste", tagged) is None
    assert (tagged.answer, unmark("Paris", "a").answer) == ("Paris", "")
    assert find_tagged("Paris", unmark("Paris", "a")) is None


@pytest.mark.parametrize(("start", "end"), [(2, 3), (3, 3), (-1, 2), (0, 6), (4, 2)])
def test_a_span_without_characters_of_the_context_is_refused(start, end):
    with pytest.raises(ValueError, match=rf"`context\[start:end\]` must hold a character .* \[{start}, {end}\) of 5 i"):
        mark("in it", start, end)
