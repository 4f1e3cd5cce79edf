"""Bilingual lexicon induction: how many words of a dictionary a map translates (Conneau et al. 2018, section 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, get_args

import torch
from torch import Tensor

from hf_xlqa.analysis.linear_maps.csls import NEIGHBOURS, csls_nearest, nearest
from hf_xlqa.analysis.linear_maps.linear_map import LinearMap
from hf_xlqa.messages import check_choice
from hf_xlqa.translation.dictionaries import BilingualDictionary

Retrieval = Literal["nearest", "csls"]
"""By the highest cosine, or the highest CSLS."""


@dataclass(frozen=True)
class GoldRows:
    """The part of a dictionary whose words have vectors, as rows of these.

    Args:
        pairs: (P, 2) rows of a word and of a translation; a word of several translations has several pairs.
        missing: entries of the dictionary of which the word or all its translations have no vector.
    """

    pairs: Tensor
    missing: int

    @property
    def words(self) -> Tensor:
        """The rows of the words, each once, (W,)."""
        rows: Tensor = self.pairs[:, 0].unique()
        return rows


def gold_rows(
    dictionary: BilingualDictionary,
    source_words: Sequence[str],
    target_words: Sequence[str],
    *,
    first: int = 0,
    last: int | None = None,
) -> GoldRows:
    """The rows of a dictionary, words looked up in any case.

    Args:
        dictionary: from the source into the target.
        source_words, target_words: what the vectors are of, row by row; of words that differ in case only the first
            counts.
        first, last: which entries, in the order of the dictionary: MUSE trains on those before 5,000 and tests on those
            from there to 6,500.

    Raises:
        ValueError: when no entry is left.
    """
    source, target = _rows(source_words), _rows(target_words)
    pairs: list[tuple[int, int]] = []
    missing = 0
    for word, translations in islice(dictionary.entries.items(), first, last):
        known = [target[each.lower()] for each in translations if each.lower() in target]
        if word not in source or not known:
            missing += 1
            continue
        pairs += [(source[word], row) for row in dict.fromkeys(known)]
    if not pairs:
        raise ValueError(
            f"`dictionary` must have an entry or more, from {first} to {last}, of words that have vectors, but the "
            f"{missing} there have none instead."
        )
    return GoldRows(torch.tensor(pairs), missing)


def precision(
    found: LinearMap,
    source: Tensor,
    target: Tensor,
    gold: GoldRows,
    *,
    at: Sequence[int] = (1, 5),
    retrieval: Retrieval = "csls",
    neighbours: int = NEIGHBOURS,
) -> dict[int, float]:
    """Share of the words one of whose translations is among the first that the map gives, by how many first, in [0, 1].

    Args:
        found: the map.
        source: (N, D), the vectors of all words of the source.
        target: (M, D), of all words of the target, among which translations are looked for.
        gold: the dictionary.
        at: how many first.
        retrieval: how translations are found.
        neighbours: K of CSLS.

    Raises:
        ValueError: when `retrieval` is unknown.
    """
    check_choice("retrieval", retrieval, get_args(Retrieval))
    words = gold.words
    mapped, keys = found.apply(source), found.apply_to_target(target)
    if retrieval == "csls":
        rows = csls_nearest(mapped[words], keys, source=mapped, count=max(at), neighbours=neighbours).rows
    else:
        rows = nearest(mapped[words], keys, count=max(at)).rows
    accepted: dict[int, set[int]] = {}
    for word, translation in gold.pairs.tolist():
        accepted.setdefault(word, set()).add(translation)
    ranks = [
        next((rank for rank, row in enumerate(found_rows) if row in accepted[word]), max(at))
        for word, found_rows in zip(words.tolist(), rows.tolist(), strict=True)
    ]
    return {count: sum(rank < count for rank in ranks) / len(ranks) for count in at}


def _rows(words: Sequence[str]) -> dict[str, int]:
    """The row of each word in lower case; of several the first."""
    rows: dict[str, int] = {}
    for row, word in enumerate(words):
        rows.setdefault(word.lower(), row)
    return rows
