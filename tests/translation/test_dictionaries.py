"""Bilingual dictionaries: both forms, scripts, choices, and everything that is refused."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from tiny_dictionaries import CEDICT, ENGLISH_CHINESE, ENGLISH_FRENCH, write_dictionary

from hf_xlqa.translation.dictionaries import (
    DictionaryError,
    cased_like,
    chooser,
    read_dictionary,
    read_frequencies,
)


def test_muse_words_keep_the_order_of_their_translations(tmp_path: Path) -> None:
    path = write_dictionary(tmp_path, "en-zh.txt", ENGLISH_CHINESE + "king 國王\n")
    dictionary = read_dictionary(path, "en", "zh")
    assert dictionary.translations("King") == ("國王", "王")
    assert dictionary.translations("KINGS") == ()


def test_tabs_part_fields_that_hold_blanks(tmp_path: Path) -> None:
    path = write_dictionary(tmp_path, "pairs.txt", "new york\tnova york\n\n")
    assert read_dictionary(path, "en", "pt").translations("New York") == ("nova york",)


@pytest.mark.parametrize(
    ("target", "king", "development"),
    [("zh", "国王", "发展"), ("zh-Hans", "国王", "发展"), ("zh-TW", "國王", "發展")],
)
def test_cedict_into_chinese(tmp_path: Path, target: str, king: str, development: str) -> None:
    dictionary = read_dictionary(write_dictionary(tmp_path, "cedict.txt", CEDICT), "en", target)
    assert dictionary.translations("king") == (king,)
    assert dictionary.translations("Development") == (development,)
    assert dictionary.translations("die") == ("死",)
    assert dictionary.translations("beijing") == ("北京",)


def test_cedict_from_chinese_in_either_script(tmp_path: Path) -> None:
    dictionary = read_dictionary(write_dictionary(tmp_path, "cedict.txt", CEDICT), "zh", "en")
    assert dictionary.translations("國王") == dictionary.translations("国王") == ("king",)
    assert dictionary.translations("發展") == ("development", "develop")
    assert dictionary.translations("死") == ("die", "dead")
    assert dictionary.translations("北京") == ("Beijing",)
    assert dictionary.translations("的") == ("of",)


@pytest.mark.parametrize(("target", "law"), [("zh-Hans", "国王"), ("zh-Hant", "國王")])
def test_muse_is_converted_to_the_script_that_is_named(tmp_path: Path, target: str, law: str) -> None:
    path = write_dictionary(tmp_path, "en-zh.txt", ENGLISH_CHINESE)
    assert read_dictionary(path, "en", target).translations("king")[0] == law


def test_choices() -> None:
    translations = ("roi", "monarque", "Roy")
    assert chooser("first")(translations, Random(0)) == "roi"
    assert {chooser("random")(translations, Random(seed)) for seed in range(20)} == set(translations)
    counts = {"monarque": 3, "roy": 3, "roi": 1}
    assert chooser("most_frequent", counts)(translations, Random(0)) == "monarque"
    assert chooser("most_frequent", {})(translations, Random(0)) == "roi"


def test_choices_are_checked() -> None:
    choice: Any = "last"
    with pytest.raises(ValueError, match="`choice` must be one of first, random, most_frequent, but is 'last' instead"):
        chooser(choice)
    with pytest.raises(ValueError, match="`frequencies` must be given"):
        chooser("most_frequent")


def test_frequencies_of_a_word_in_several_cases_add_up(tmp_path: Path) -> None:
    path = write_dictionary(tmp_path, "counts.txt", "roi 3\nRoi 2\nnew york 7\n")
    assert read_frequencies(path) == {"roi": 5, "new york": 7}
    with pytest.raises(DictionaryError, match=r"counts.txt` must hold `word count` on line 2, but holds 'roi' instead"):
        read_frequencies(write_dictionary(tmp_path, "counts.txt", "roi 3\nroi\n"))
    with pytest.raises(DictionaryError, match="must hold `word count` on line 1, but holds 'roi 99.*99' instead"):
        read_frequencies(write_dictionary(tmp_path, "counts.txt", f"roi {'9' * 5_000}\n"))


def test_asides_are_left_out_of_a_gloss_however_many_are_open(tmp_path: Path) -> None:
    line = f"臺灣 台湾 [Tai2 wan1] /(one) Taiwan {'(' * 100_000}{' ' * 100_000}/(a) the (b) island [c]/\n"
    dictionary = read_dictionary(write_dictionary(tmp_path, "cedict.u8", line), "zh", "en")
    assert [each[:8].strip() for each in dictionary.translations("台湾")] == ["Taiwan (", "the isla"]


@pytest.mark.parametrize(
    ("word", "translation", "cased"),
    [
        ("law", "loi", "loi"),
        ("Law", "loi", "Loi"),
        ("LAW", "loi", "LOI"),
        ("I", "je", "Je"),
        ("law", "Recht", "Recht"),
        ("Law", "法律", "法律"),
        ("Ibis", "ibis", "Ibis"),
    ],
)
def test_case_is_that_of_the_word(word: str, translation: str, cased: str) -> None:
    assert cased_like(word, translation) == cased


@pytest.mark.parametrize(
    ("name", "text", "pair", "message"),
    [
        (
            "d.txt",
            "king roi\nqueen\n",
            ("en", "fr"),
            r"d.txt` must hold two words on line 2, but holds 'queen' instead",
        ),
        ("d.txt", "king\t\n", ("en", "fr"), "must hold two words on line 1"),
        ("d.txt", "a b\nlaw la loi\n", ("en", "fr"), "must hold two words on line 2"),
        ("d.txt", CEDICT + "國王 国王\n", ("zh", "en"), r"must hold TRADITIONAL .* on line 11, but holds '國王 国王'"),
        ("d.txt", CEDICT, ("fr", "en"), "must be of fr-en, but is CC-CEDICT, of zh-en, instead"),
        ("d.txt", "\n\n", ("en", "fr"), "must hold a dictionary, but holds no entry instead"),
        ("en-fr.txt", ENGLISH_FRENCH, ("en", "de"), "must be a dictionary of en-de, but is of en-fr by its name"),
        ("en-zh.txt", ENGLISH_CHINESE, ("zh", "en"), "must be a dictionary of zh-en, but is of en-zh by its name"),
        ("d.txt", ENGLISH_FRENCH, ("en", "zh"), "target words of zh, but only 0 of 7 are in its script"),
        ("d.txt", ENGLISH_CHINESE, ("zh", "fr"), "source words of zh, but only 0 of 7 are in its script"),
        ("d.txt", "version https://git-lfs.github.com/spec/v1\n", ("en", "fr"), "but is a pointer of Git LFS"),
    ],
)
def test_what_is_no_dictionary_of_the_pair_is_refused(
    tmp_path: Path, name: str, text: str, pair: tuple[str, str], message: str
) -> None:
    with pytest.raises(DictionaryError, match=message):
        read_dictionary(write_dictionary(tmp_path, name, text), *pair)


def test_bytes_that_are_no_text_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "d.txt"
    path.write_bytes(b"king roi\nlaw \xff\n")
    with pytest.raises(DictionaryError, match="must be UTF-8, but is not at byte 4 of line 2"):
        read_dictionary(path, "en", "fr")


def test_absent_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent.txt"):
        read_dictionary(tmp_path / "absent.txt", "en", "fr")


def test_frequencies_count_for_words_in_any_case() -> None:
    assert chooser("most_frequent", {"loi": 5, "droit": 3})(("droit", "Loi"), Random(0)) == "Loi"
