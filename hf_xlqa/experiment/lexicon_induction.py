"""Word vectors of two languages, and what every linear map between them translates of a dictionary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import torch
from torch import Tensor

from hf_xlqa import plugins
from hf_xlqa.analysis.linear_maps.csls import translation_similarity
from hf_xlqa.analysis.linear_maps.induction import Retrieval, gold_rows, precision
from hf_xlqa.corpora.catalog import load_corpus, parse_spec
from hf_xlqa.reports.grid import render
from hf_xlqa.schema import Example
from hf_xlqa.translation.dictionaries import BilingualDictionary
from hf_xlqa.word_vectors import Vectors, build_vocabulary, read_vectors, train_vectors

_MAPS = "analysis.linear_maps"
_AT = (1, 5)
_WITH_PAIRS = {"procrustes": (True,), "muse": (False, True), "vecmap": (False, True), "dema": (True,)}
"""Whether a method learns from pairs; some do with and without."""


@dataclass(frozen=True)
class Space:
    """The word vectors of a language.

    Args:
        language: ISO 639-1 code.
        words: in lower case, the most frequent first.
        vectors: (N, D).
    """

    language: str
    words: Sequence[str]
    vectors: Tensor


def read_space(
    specs: Sequence[str], path: str | None = None, *, words: int, dimension: int, epochs: int, seed: int = 0
) -> Space:
    """The vectors of the most frequent words of corpora, read from a file or trained on these corpora.

    Args:
        specs: of the corpora, NAME/LANGUAGE[=PATH].
        path: of a `.vec` file; words that it does not have are left out.
        words: how many words at most.
        dimension, epochs, seed: of the training, see `train_vectors`.

    Raises:
        ValueError: when the corpora are of several languages or none, or cannot be read.
    """
    languages = {str(parse_spec(spec).context_language) for spec in specs}
    if len(languages) != 1:
        raise ValueError(f"Corpora must be of one language, but {', '.join(specs)} are of {sorted(languages)} instead.")
    language = languages.pop()
    examples = [_lower(each) for spec in specs for each in load_corpus(spec, require_answers=False)]
    counted = Counter(build_vocabulary(examples).counts[language])
    frequent = [word for word, _ in counted.most_common() if any(map(str.isalpha, word))][:words]
    if path is not None:
        found = read_vectors(path, frequent)
    else:
        found = train_vectors(examples, language, frequent, dimension=dimension, epochs=epochs, seed=seed)
    return Space(language, *_ordered(found, frequent))


def scores_table(
    source: Space,
    target: Space,
    dictionary: BilingualDictionary,
    *,
    division: tuple[int, int] = (5_000, 6_500),
    options: Mapping[str, Mapping[str, Any]],
    seed: int = 0,
) -> str:
    """Precision in percent of every linear map, with pairs of translations or without.

    Args:
        source, target: the vectors.
        dictionary: from the source into the target.
        division: entries before the first number are learned from, those from there to the second are scored.
        options: settings of methods that differ, by their names.
        seed: of the methods.

    Raises:
        ValueError: when no entry of a part has vectors.
    """
    train = gold_rows(dictionary, source.words, target.words, last=division[0])
    test = gold_rows(dictionary, source.words, target.words, first=division[0], last=division[1])
    grid = [["map", "learns from", *(f"{by} P@{at}" for by in get_args(Retrieval) for at in _AT), "mean cosine"]]
    for name, ways in _WITH_PAIRS.items():
        mapper = plugins.find(_MAPS, name)(**options.get(name, {}))
        for with_pairs in ways:
            found = mapper.fit(source.vectors, target.vectors, pairs=train.pairs if with_pairs else None, seed=seed)
            cells = [
                f"{100 * value:.1f}"
                for by in get_args(Retrieval)
                for value in precision(found, source.vectors, target.vectors, test, at=_AT, retrieval=by).values()
            ]
            near = translation_similarity(found.apply(source.vectors), found.apply_to_target(target.vectors))
            grid.append([name, f"{len(train.words)} words" if with_pairs else "nothing", *cells, f"{near:.3f}"])
    told = (
        f"{len(source.words)} words of {source.language}, {len(target.words)} of {target.language}; scored on "
        f"{len(test.words)} words, {test.missing} of the {division[1] - division[0]} have no vectors"
    )
    return f"{told}\n{render(grid)}"


def _lower(example: Example) -> Example:
    """Its texts in lower case, without answers, whose offsets may no longer hold."""
    return replace(example, context=example.context.lower(), question=example.question.lower(), answers=())


def _ordered(found: Vectors, words: Iterable[str]) -> tuple[list[str], Tensor]:
    """The words that have vectors, in their order, and these."""
    known = [word for word in words if word in found.rows]
    return known, torch.from_numpy(found.matrix[[found.rows[word] for word in known]])
