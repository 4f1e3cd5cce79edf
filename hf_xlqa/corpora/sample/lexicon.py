"""The bilingual lexicon of the sample, word by word, names included.

`concepts.json` lists what a dictionary would: rows of words with one sense, in the languages that have a word for it.
The translations of a word are the words of its rows, in the order of the rows; a word without any (an article, a
case particle) is known and has none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from hf_xlqa.corpora.sample.grammar import grammar
from hf_xlqa.corpora.sample.names import KINDS, SPLITS, Split, all_names


@lru_cache(maxsize=1)
def concepts() -> tuple[Mapping[str, tuple[str, ...]], ...]:
    """The rows of `concepts.json`: the words of one sense by language."""
    rows = json.loads((Path(__file__).parent / "concepts.json").read_text(encoding="utf-8"))
    return tuple({language: tuple(words) for language, words in row.items()} for row in rows)


@cache
def lexicon(source: str, target: str, *, splits: tuple[Split, ...] = SPLITS) -> Mapping[str, tuple[str, ...]]:
    """Words of a language with their translations into another, the usual one first, () where there is none.

    Args:
        source: language of the words.
        target: language of the translations.
        splits: the splits whose names are included; all of them by default.

    Raises:
        ValueError: when the sample does not have a language.
    """
    grammar(source), grammar(target)
    translations: dict[str, dict[str, None]] = {}
    for row in concepts():
        for word in row.get(source, ()):
            translations.setdefault(word, {}).update(dict.fromkeys(row.get(target, ())))
    names = {name: (translation,) for name, translation in name_translations(source, target, splits=splits).items()}
    return MappingProxyType({word: tuple(found) for word, found in translations.items()} | names)


@cache
def name_translations(source: str, target: str, *, splits: tuple[Split, ...] = SPLITS) -> Mapping[str, str]:
    """Each single name (given name, surname, town) as the two languages write it."""
    return MappingProxyType(
        {
            name.written(source): name.written(target)
            for kind in KINDS
            for name in all_names(kind)
            if name.split in splits
        }
    )
