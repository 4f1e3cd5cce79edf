"""Precision of word translation against dictionaries."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from hf_xlqa.analysis.linear_maps.induction import gold_rows, precision
from hf_xlqa.analysis.linear_maps.linear_map import LinearMap
from hf_xlqa.translation.dictionaries import BilingualDictionary, read_dictionary

ENGLISH = ["the", "House", "tree", "house", "dog"]
GERMAN = ["der", "Haus", "Baum", "Heim", "Hund"]


def dictionary() -> BilingualDictionary:
    entries = {
        "tree": ("baum",),
        "house": ("haus", "heim", "Haus"),
        "cat": ("katze",),
        "dog": ("köter",),
        "the": ("der",),
    }
    return BilingualDictionary("en", "de", entries)


def test_words_are_looked_up_in_any_case_and_counted_where_there_are_none() -> None:
    gold = gold_rows(dictionary(), ENGLISH, GERMAN)
    assert gold.pairs.tolist() == [[2, 2], [1, 1], [1, 3], [0, 0]]
    assert (gold.words.tolist(), gold.missing) == ([0, 1, 2], 2)
    part = gold_rows(dictionary(), ENGLISH, GERMAN, first=1, last=3)
    assert (part.pairs.tolist(), part.missing) == ([[1, 1], [1, 3]], 1)
    with pytest.raises(
        ValueError, match="must have an entry or more, from 2 to 4, .* but the 2 there have none instead"
    ):
        gold_rows(dictionary(), ENGLISH, GERMAN, first=2, last=4)


def test_a_dictionary_of_traditional_chinese_serves_simplified_words(tmp_path: Path) -> None:
    path = tmp_path / "en-zh.txt"
    path.write_text("dragon 龍\ndragon 龙\ncountry 國家\n", encoding="utf-8")
    gold = gold_rows(read_dictionary(path, "en", "zh-Hans"), ["country", "dragon"], ["龙", "国家"])
    assert gold.pairs.tolist() == [[1, 0], [0, 1]]


def test_precision_counts_words_one_of_whose_translations_is_among_the_first() -> None:
    """Cosines, by hand: "the" finds its word first, "House" second, "tree" third."""
    turn = torch.tensor([0.0, 10.0, 20.0, 170.0, 180.0]).deg2rad()
    target = torch.stack([turn.cos(), turn.sin()], dim=1)
    asked = torch.tensor([1.0, 14.0, 4.0, 90.0, 90.0]).deg2rad()
    source = torch.stack([asked.cos(), asked.sin()], dim=1)
    gold = gold_rows(dictionary(), ENGLISH, ["der", "x", "haus", "y", "z"])
    identity = LinearMap(torch.eye(2), torch.eye(2))
    assert precision(identity, source, target, gold, at=(1, 2, 3), retrieval="nearest") == {1: 0.5, 2: 1.0, 3: 1.0}
    others = gold_rows(dictionary(), ENGLISH, ["der", "x", "baum", "heim", "z"])
    found = precision(identity, source, target, others, at=(1, 5), retrieval="nearest")
    assert found == {1: 1 / 3, 5: 1.0}
    with pytest.raises(ValueError, match="`retrieval` must be one of nearest, csls, but is 'dot' instead"):
        precision(identity, source, target, gold, retrieval="dot")  # type: ignore[arg-type]


def test_csls_looks_for_neighbours_among_all_words_of_the_source() -> None:
    """The words of the dictionary alone would not tell that a key is a hub."""
    generator = torch.Generator().manual_seed(0)
    axis = torch.zeros(30)
    axis[0] = 3.0
    source = axis + torch.randn(200, 30, generator=generator)
    target = torch.cat([source + 1.5 * torch.randn(200, 30, generator=generator), axis[None]])
    words = [f"word{row}" for row in range(200)]
    identity = LinearMap(torch.eye(30), torch.eye(30))
    entries = {word: (word,) for word in words}
    gold = gold_rows(BilingualDictionary("xx", "yy", entries), words, [*words, "hub"])
    by = {each: precision(identity, source, target, gold, at=(1,), retrieval=each)[1] for each in ("nearest", "csls")}  # type: ignore[arg-type]
    assert by["csls"] > by["nearest"] + 0.1
    last = gold_rows(BilingualDictionary("xx", "yy", entries), words, [*words, "hub"], first=150)
    assert precision(identity, source, target, last, at=(1,))[1] > 0.6
