"""Words and characters of many scripts, with exact offsets."""

import pytest

from hf_xlqa.text import has_word_blanks, is_punctuation, is_unspaced, units, words


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


def test_words_are_lower_case_and_without_punctuation():
    assert words("Hello, 世界!") == ["hello", "世", "界"]


def test_scripts_and_languages_without_blanks():
    assert [is_unspaced(character) for character in "字かカก한aя"] == [True, True, True, True, False, False, False]
    assert [has_word_blanks(language) for language in ("zh", "zh-TW", "ja", "th", "ko", "hi", "en")] == [
        *(False,) * 4,
        *(True,) * 3,
    ]


def test_punctuation_includes_symbols():
    assert is_punctuation("，+€") and not is_punctuation("a,")
