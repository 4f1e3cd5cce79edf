"""The words that errors and reports share."""

import pytest

from hf_xlqa.messages import check_choice, check_counts, first_few, named, shown


@pytest.mark.parametrize(
    ("names", "most", "shown"), [([], 3, ""), (["a", "b"], 2, "a, b"), (["a", "b", "c"], 2, "a, b, ...")]
)
def test_dots_stand_for_the_names_left_out(names, most, shown):
    assert first_few(names, most) == shown


def test_choices_list_what_is_valid():
    check_choice("order", "up", ("up", "down"))
    with pytest.raises(ValueError, match="`order` must be one of up, down, but is 'left' instead"):
        check_choice("order", "left", ("up", "down"))


def test_counts_below_1_are_refused_by_their_names():
    check_counts(many=7, none_given=None)
    with pytest.raises(ValueError, match="`few` must be 1 or more, but is 0 instead"):
        check_counts(many=7, few=0)


@pytest.mark.parametrize("value", ["a" * 10_000, ["a" * 10_000] * 50, [{"a" * 10_000: "a" * 10_000}]])
def test_values_are_shown_in_a_few_words_however_long_they_are(value):
    assert 150 < len(shown(value)) <= 160


@pytest.mark.parametrize("text", ["x" * 161, "a\nb", "a\u2028b", "\ud800", "\x1b[2J"])
def test_names_are_shown_in_one_short_line_of_print(text):
    assert named("5f8d 東京") == "5f8d 東京" and named("x" * 160) == "x" * 160
    assert named(text) == shown(text) and len(named(text)) <= 160 and named(text).isprintable()


def test_values_are_shown_however_deep_they_are():
    nested: list = []
    for _ in range(100_000):
        nested = [nested]
    assert shown(nested) == "[[[[[[[...]]]]]]]"
    assert shown("short \ud800") == repr("short \ud800")
