"""Word vectors of two languages, and what every linear map between them translates of a dictionary."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import torch
from torch import Tensor

from hf_xlqa import plugins
from hf_xlqa.analysis.linear_maps.csls import translation_similarity
from hf_xlqa.analysis.linear_maps.induction import GoldRows, Retrieval, gold_rows, precision
from hf_xlqa.analysis.linear_maps.linear_map import LinearMapper
from hf_xlqa.corpora.catalog import load_corpus, parse_spec
from hf_xlqa.reports.grid import render
from hf_xlqa.schema import Example
from hf_xlqa.translation.dictionaries import BilingualDictionary
from hf_xlqa.word_vectors import Vectors, build_vocabulary, read_vectors, train_vectors

_MAPS = "analysis.linear_maps"
_AT = (1, 5)


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


@dataclass(frozen=True)
class MapScore:
    """What one linear map translates.

    Args:
        name: of the method.
        pairs: words whose translations it learned from; none where it learned from the vectors alone.
        precision: share of the scored words that are translated right, in [0, 1], by the way of retrieval and how many
            translations count.
        similarity: mean cosine of the most frequent words and their translations, which asks no dictionary.
        seconds: that it took to find the map.
    """

    name: str
    pairs: int
    precision: Mapping[tuple[Retrieval, int], float]
    similarity: float
    seconds: float


@dataclass(frozen=True)
class Induction:
    """Two languages and the parts of a dictionary that maps between them learn from and are scored on.

    Args:
        source, target: the vectors.
        train, test: the parts.
    """

    source: Space
    target: Space
    train: GoldRows
    test: GoldRows

    @classmethod
    def of(cls, source: Space, target: Space, dictionary: BilingualDictionary, *, pairs: int, test: int) -> Induction:
        """The first entries of a dictionary to learn from, and those after them to score.

        Args:
            source, target: the vectors.
            dictionary: from the source into the target.
            pairs, test: how many entries each; 5,000 and 1,500 in MUSE's division.

        Raises:
            ValueError: when no entry of a part has vectors.
        """
        learned = gold_rows(dictionary, source.words, target.words, last=pairs)
        return cls(
            source, target, learned, gold_rows(dictionary, source.words, target.words, first=pairs, last=pairs + test)
        )

    @property
    def told(self) -> str:
        """What is scored on what, in a line."""
        scored, missing = len(self.test.words), self.test.missing
        return (
            f"{len(self.source.words)} words of {self.source.language}, {len(self.target.words)} of "
            f"{self.target.language}; scored on {scored} words of the dictionary, {missing} more have no vectors"
        )

    def scores(
        self, maps: Sequence[str] | None = None, *, options: Mapping[str, Mapping[str, Any]], seed: int = 0
    ) -> Iterator[MapScore]:
        """Every method in turn, as soon as its map is found: by the vectors alone where it can, then by pairs.

        Args:
            maps: names of the methods, by default all.
            options: settings of methods that differ from theirs, by name. The searches of `muse` and `dema` are as
                long as in their papers, too long for a processor.
            seed: of the methods.

        Raises:
            ValueError: when a method is not known, or options are of one that is not asked.
        """
        names = list(maps or plugins.names(_MAPS))
        unasked = sorted(set(options) - set(names))
        if unasked:
            raise ValueError(f"`options` must be of {', '.join(names)}, but are of {', '.join(unasked)} instead.")
        mappers = {name: plugins.find(_MAPS, name)(**options.get(name, {})) for name in names}
        for name, mapper in mappers.items():
            for with_pairs in (True,) if mapper.needs_pairs else (False, True):
                yield self._score(name, mapper, with_pairs=with_pairs, seed=seed)

    def _score(self, name: str, mapper: LinearMapper, *, with_pairs: bool, seed: int) -> MapScore:
        source, target = self.source.vectors, self.target.vectors
        start = time.perf_counter()
        found = mapper.fit(source, target, pairs=self.train.pairs if with_pairs else None, seed=seed)
        seconds = time.perf_counter() - start
        right = {
            (by, at): share
            for by in get_args(Retrieval)
            for at, share in precision(found, source, target, self.test, at=_AT, retrieval=by).items()
        }
        similarity = translation_similarity(found.apply(source), found.apply_to_target(target))
        return MapScore(name, len(self.train.words) if with_pairs else 0, right, similarity, seconds)


def scores_table(scores: Iterable[MapScore]) -> str:
    """The scores as Markdown, precision in percent."""
    columns = [(by, at) for by in get_args(Retrieval) for at in _AT]
    grid = [["map", "learns from", *(f"{by} P@{at}" for by, at in columns), "mean cosine", "seconds"]]
    for each in scores:
        learned = f"{each.pairs} words" if each.pairs else "nothing"
        shares = [f"{100 * each.precision[column]:.1f}" for column in columns]
        grid.append([each.name, learned, *shares, f"{each.similarity:.3f}", f"{each.seconds:.0f}"])
    return render(grid)


def _lower(example: Example) -> Example:
    """Its texts in lower case, without answers, whose offsets may no longer hold."""
    return replace(example, context=example.context.lower(), question=example.question.lower(), answers=())


def _ordered(found: Vectors, words: Iterable[str]) -> tuple[list[str], Tensor]:
    """The words that have vectors, in their order, and these."""
    known = [word for word in words if word in found.rows]
    return known, torch.from_numpy(found.matrix[[found.rows[word] for word in known]])
