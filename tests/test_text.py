"""Words and characters of many scripts, with exact offsets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.text import has_word_blanks, is_punctuation, is_unspaced, primary_language, splits_word, terms, units


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't stop, 2 km!", ["Don", "'", "t", "stop", ",", "2", "km", "!"]),
        ("東京タワーは333m。", ["東", "京", "タ", "ワ", "ー", "は", "333m", "。"]),
        ("서울에서 3월", ["서울에서", "3월"]),
        ("दिल्ली में।", ["दिल्ली", "में", "।"]),
        ("cafe\u0301", ["cafe\u0301"]),
        ("العَرَبية", ["العَرَبية"]),
        ("𠮷野", ["𠮷", "野"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        (" \n ", []),
    ],
)
def test_units_of_many_scripts(text, expected):
    found = list(units(text))
    assert [unit.text for unit in found] == expected
    assert all(text[unit.start : unit.end] == unit.text for unit in found)


@pytest.mark.parametrize(("code", "language"), [("zh-Hant", "zh"), ("zh_TW", "zh"), ("PT-br", "pt"), ("ko", "ko")])
def test_the_language_of_a_code_is_its_first_part(code, language):
    assert primary_language(code) == language


def test_units_of_a_part_keep_the_offsets_of_the_whole():
    assert [(unit.text, unit.start, unit.end) for unit in units("one two three", 4, 10)] == [
        ("two", 4, 7),
        ("th", 8, 10),
    ]


def test_terms_are_lower_case_and_without_punctuation():
    assert terms("Hello, 世界!") == ["hello", "世", "界"]


def test_scripts_and_languages_without_blanks():
    assert [is_unspaced(character) for character in "字かカก한aя"] == [True, True, True, True, False, False, False]
    assert [has_word_blanks(language) for language in ("zh", "zh-TW", "ja", "th", "ko", "hi", "en")] == [
        *(False,) * 4,
        *(True,) * 3,
    ]


def test_punctuation_includes_symbols():
    assert is_punctuation("，+€") and not is_punctuation("a,")


@given(st.text("ab 1,東か한दि\u200c\u0301ไ\n", max_size=12))
def test_a_boundary_splits_a_word_where_a_unit_spans_it(text):
    inside = {position for unit in units(text) for position in range(unit.start + 1, unit.end)}
    assert [position for position in range(-1, len(text) + 2) if splits_word(text, position)] == sorted(inside)
