"""Words of several scripts with their offsets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_scripts import WORDS, texts

from hf_xlqa.words import HAN, Han, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The king, can't re-elect 1905!", ["The", "king", "can", "t", "re", "elect"]),
        ("中国的首都是北京。", ["中国", "的", "首都", "是", "北京"]),
        ("臺灣的國王發展", ["臺灣", "的", "國王", "發展"]),
        ("iPhone手机3.5米", ["iPhone", "手机", "米"]),
        ("東京タワー", ["東京", "タ", "ワ", "ー"]),
        ("서울의 왕", ["서울의", "왕"]),
        ("हिन्दी १९०५", ["हिन्दी"]),
        ("", []),
    ],
)
def test_words_without_punctuation_and_numbers(text: str, found: list[str]) -> None:
    assert [word.text for word in words(text)] == found


def test_chinese_characters_one_by_one() -> None:
    assert [word.text for word in words("北京2008年", han="characters")] == ["北", "京", "年"]


@pytest.mark.parametrize("han", HAN)
@pytest.mark.parametrize("language", WORDS)
@given(data=st.data())
def test_words_stand_where_they_say_and_in_order(language: str, han: Han, data: st.DataObject) -> None:
    text = data.draw(texts(language))
    end = 0
    for word in words(text, han=han):
        assert end <= word.start < word.end
        assert text[word.start : word.end] == word.text
        end = word.end
