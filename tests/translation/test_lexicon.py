"""Translation word by word: blanks by language, case, unknown words, and a stable name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_dictionaries import CEDICT, ENGLISH_CHINESE, ENGLISH_FRENCH, write_dictionary

from hf_xlqa.translation import make_translator
from hf_xlqa.translation.backend import translate_checked
from hf_xlqa.translation.lexicon import Lexicon


@pytest.fixture
def chinese(tmp_path: Path) -> Path:
    return write_dictionary(tmp_path, "en-zh.txt", ENGLISH_CHINESE)


@pytest.fixture
def french(tmp_path: Path) -> Path:
    return write_dictionary(tmp_path, "en-fr.txt", ENGLISH_FRENCH)


@pytest.fixture
def english(tmp_path: Path) -> Path:
    return write_dictionary(tmp_path, "cedict.txt", CEDICT)


def test_words_keep_their_order_and_case(french: Path) -> None:
    texts = ["The King's LAW, of  London (1905)!", "no word known"]
    assert Lexicon(french, "en", "fr").translate(texts) == ["Le Roi's LOI, de  Londres (1905)!", "no word known"]


def test_no_blank_stands_beside_chinese(chinese: Path) -> None:
    translate = Lexicon(chinese, "en", "zh").translate
    assert translate(["The King of Norway died in 1905."]) == ["這國王的挪威死in 1905."]
    assert translate(["\nOslo Olaf, Queen"]) == ["Oslo Olaf,女王"]


def test_blanks_part_the_words_of_chinese_and_none_stands_before_a_mark(english: Path) -> None:
    translate = Lexicon(english, "zh", "en").translate
    assert translate(["2008年，北京的國王（法律）"]) == ["2008 年，Beijing of king（law）"]


def test_unknown_words_stay_or_go(chinese: Path) -> None:
    text = "The King of Oslo died"
    assert Lexicon(chinese, "en", "zh").translate([text]) == ["這國王的Oslo死"]
    assert Lexicon(chinese, "en", "zh", unknown="drop").translate([text]) == ["這國王的死"]


@pytest.mark.parametrize("unknown", ["keep", "drop"])
def test_tags_stay(tmp_path: Path, unknown: Any) -> None:
    dictionary = write_dictionary(tmp_path, "en-zh.txt", f"{ENGLISH_CHINESE}a 一個\n")
    translate = Lexicon(dictionary, "en", "zh", unknown=unknown).translate
    assert translate(["a <a>King of Norway</a> died"]) == ["一個<a>國王的挪威</a>死"]
    assert translate(["<a>died</a>"]) == ["<a>死</a>"]
    assert translate(["king < a > law"]) == ["國王<一個>法律"]
    assert translate(["<1> <a"]) == ["<1> <一個"]


def test_tags_part_the_words_of_chinese_where_they_part_without_them(english: Path) -> None:
    assert Lexicon(english, "zh", "en").translate(["北京的<a>國王</a>死"]) == ["Beijing of <a>king</a> die"]


@pytest.mark.parametrize("pair", ["en-zh", "zh-en", "en-fr"])
@given(data=st.data())
def test_tags_change_nothing_else(tmp_path_factory: pytest.TempPathFactory, pair: str, data: st.DataObject) -> None:
    source, target = pair.split("-")
    contents = {"en-zh": ENGLISH_CHINESE, "zh-en": CEDICT, "en-fr": ENGLISH_FRENCH}[pair]
    dictionary = write_dictionary(tmp_path_factory.getbasetemp(), f"{pair}.txt", contents)
    translate = Lexicon(dictionary, source, target).translate
    words = ["King", "of", "oslo", "1905", "北京", "國王", "的", "死"]
    marks = ["，", ".", "(", " ", " ", "  ", "\n"]
    texts = st.lists(st.sampled_from([*words, *marks]), max_size=6).map("".join)
    edge = st.sampled_from(["", "，", " ", " ("])
    before, after = data.draw(texts) + data.draw(edge), data.draw(edge) + data.draw(texts)
    answer = data.draw(st.sampled_from(words)) + data.draw(st.sampled_from(["", " law", "，死"]))
    if before[-1:].isalnum() or after[:1].isalnum():
        before, after = f"{before} ", f" {after}"
    (tagged,) = translate([f"{before}<a>{answer}</a>{after}"])
    assert [tagged.count("<a>"), tagged.count("</a>")] == [1, 1]
    assert tagged.replace("<a>", "").replace("</a>", "") == translate([before + answer + after])[0]


def test_the_random_choice_depends_on_seed_and_text_alone(french: Path) -> None:
    texts = [f"king law king law king law {number}" for number in range(5)]
    translate = Lexicon(french, "en", "fr", choice="random").translate
    assert translate(texts) == translate(texts[::-1])[::-1]
    assert translate(texts) != Lexicon(french, "en", "fr", choice="random", seed=1).translate(texts)
    assert {"roi", "monarque"} <= set(" ".join(translate(texts)).split())


def test_the_most_frequent_translation(french: Path) -> None:
    lexicon = Lexicon(french, "en", "fr", choice="most_frequent", frequencies={"monarque": 2, "roi": 1})
    assert lexicon.translate(["king law"]) == ["monarque loi"]


def test_the_name_tells_whatever_changes_translations(french: Path, tmp_path: Path) -> None:
    counts = {"roi": 1}
    lexicons = [
        Lexicon(french, "en", "fr"),
        Lexicon(french, "en", "fr", choice="random"),
        Lexicon(french, "en", "fr", choice="random", seed=1),
        Lexicon(french, "en", "fr", unknown="drop"),
        Lexicon(french, "en", "fr", choice="most_frequent", frequencies=counts),
        Lexicon(french, "en", "fr", choice="most_frequent", frequencies={"roi": 2}),
        Lexicon(write_dictionary(tmp_path, "other.txt", ENGLISH_FRENCH + "queen reine\n"), "en", "fr"),
    ]
    assert len({lexicon.name for lexicon in lexicons}) == len(lexicons)
    assert Lexicon(french, "en", "fr").name == lexicons[0].name


def test_it_is_a_backend(french: Path) -> None:
    translator = make_translator(f"lexicon:{french}", "en", "fr")
    assert translate_checked(translator, ["king", " ", "law"]) == ["roi", " ", "loi"]


@pytest.mark.parametrize(("name", "value"), [("unknown", "mark"), ("han", "strokes"), ("choice", "last")])
def test_options_are_checked(french: Path, name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"`{name}` must be one of .* but is '{value}' instead"):
        Lexicon(french, "en", "fr", **{name: value})
