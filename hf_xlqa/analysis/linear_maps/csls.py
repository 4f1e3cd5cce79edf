"""Translations by nearest neighbours and by cross-domain similarity local scaling (CSLS; Conneau et al. 2018, Eq. 5).

CSLS(x, y) = 2 cos(x, y) - r(x) - r(y), where r is the mean cosine of a vector and its nearest neighbours in the other
language: hubs, which are near to everything, are everything's translation no more.

Similarities are computed a block of rows at a time and never all kept, so that memory does not grow with their square.

Axes: N vectors of the source, M of the target, K neighbours, D the width. All vectors are scaled to length 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

NEIGHBOURS = 10
"""Of the mean similarity, as in Conneau et al. (2018, section 2.3)."""

_BLOCK = 2**24  # similarities at a time


class Neighbours(NamedTuple):
    """The best translations of every query, the best first.

    Args:
        scores: (queries, count).
        rows: of the keys, (queries, count).
    """

    scores: Tensor
    rows: Tensor


class BothWays(NamedTuple):
    """The best translation of every vector in either direction.

    Args:
        of_source: rows of the target, (N,).
        of_target: rows of the source, (M,).
        similarity: the mean cosine of every vector and its nearest in the other language, however these were chosen.
    """

    of_source: Tensor
    of_target: Tensor
    similarity: float


def mean_similarities(source: Tensor, target: Tensor, *, neighbours: int = NEIGHBOURS) -> tuple[Tensor, Tensor]:
    """The r of every vector of the source, (N,), and of the target, (M,), in one pass.

    Args:
        source: (N, D).
        target: (M, D).
        neighbours: K; all there are where they are fewer.
    """
    count = min(neighbours, len(source))
    of_source: list[Tensor] = []
    best = source.new_empty(0, len(target))
    for _, similarities in _blocks(source, target):
        of_source.append(similarities.topk(min(neighbours, len(target)), dim=1, sorted=False).values.mean(dim=1))
        columns = similarities.topk(min(count, len(similarities)), dim=0, sorted=False).values
        best = torch.cat([best, columns])
        best = best.topk(min(count, len(best)), dim=0, sorted=False).values
    return torch.cat(of_source), best.mean(dim=0)


def nearest(queries: Tensor, keys: Tensor, *, count: int = 1) -> Neighbours:
    """The keys of the highest cosine.

    Args:
        queries: (Q, D).
        keys: (M, D).
        count: how many, at most all.
    """
    return _nearest(queries, keys, count)


def csls_nearest(
    queries: Tensor, keys: Tensor, *, source: Tensor | None = None, count: int = 1, neighbours: int = NEIGHBOURS
) -> Neighbours:
    """The keys of the highest CSLS.

    Args:
        queries: (Q, D).
        keys: (M, D), all words of the target.
        source: (N, D), all words of the source, among which the neighbours of keys are looked for; by default the
            queries.
        count: how many, at most all.
        neighbours: K.
    """
    of_queries, of_keys = mean_similarities(queries, keys, neighbours=neighbours)
    if source is not None:
        of_keys = mean_similarities(source, keys, neighbours=neighbours)[1]
    found = _nearest(queries, keys, count, of_keys / 2)
    return Neighbours(2 * found.scores - of_queries[:, None], found.rows)


def best_both_ways(source: Tensor, target: Tensor, *, neighbours: int = NEIGHBOURS, keep: float = 1.0) -> BothWays:
    """The best translations in both directions by CSLS, in two passes.

    Args:
        source: (N, D).
        target: (M, D).
        neighbours: K.
        keep: each similarity counts with this probability, else as 0, in either direction by itself (stochastic
            dictionary induction; Artetxe et al. 2018, section 3.3), by torch's own generator.
    """
    of_source, of_target = mean_similarities(source, target, neighbours=neighbours)
    forward: list[Tensor] = []
    nearest_of_source: list[Tensor] = []
    best, rows = target.new_full((len(target),), -torch.inf), torch.zeros_like(of_target, dtype=torch.long)
    nearest_of_target = best.clone()
    for first, similarities in _blocks(source, target):
        nearest_of_source.append(similarities.amax(dim=1))
        nearest_of_target = torch.maximum(nearest_of_target, similarities.amax(dim=0))
        forward.append(_some(similarities - of_target / 2, keep).argmax(dim=1))
        scores, at = _some(similarities - of_source[first : first + len(similarities), None] / 2, keep).max(dim=0)
        rows = torch.where(scores > best, at + first, rows)
        best = torch.maximum(best, scores)
    similarity = (torch.cat(nearest_of_source).mean() + nearest_of_target.mean()) / 2
    return BothWays(torch.cat(forward), rows, float(similarity))


def mutual_nearest(source: Tensor, target: Tensor, *, neighbours: int = NEIGHBOURS) -> Tensor:
    """Pairs of rows that are each other's best translation by CSLS, (P, 2), in the order of the source."""
    found = best_both_ways(source, target, neighbours=neighbours)
    rows = torch.arange(len(source), device=source.device)
    mutual = found.of_target[found.of_source] == rows
    return torch.stack([rows, found.of_source], dim=1)[mutual]


def translation_similarity(
    source: Tensor, target: Tensor, *, words: int = 10_000, neighbours: int = NEIGHBOURS
) -> float:
    """Mean cosine of the most frequent words and their best translations by CSLS, in [-1, 1].

    How good a map is, told without a dictionary (Conneau et al. 2018, section 3.5).

    Args:
        source: (N, D), mapped, the most frequent first.
        target: (M, D), mapped.
        words: how many words.
        neighbours: K.
    """
    penalty = mean_similarities(source, target, neighbours=neighbours)[1] / 2
    found = _nearest(source[:words], target, 1, penalty).rows[:, 0]
    return float(functional.cosine_similarity(source[:words], target[found]).mean())


def _nearest(queries: Tensor, keys: Tensor, count: int, penalty: Tensor | None = None) -> Neighbours:
    """The keys of the highest cosine less the penalty of the key, (M,)."""
    found = []
    for _, similarities in _blocks(queries, keys):
        scores = similarities if penalty is None else similarities - penalty
        found.append(scores.topk(min(count, len(keys)), dim=1))
    return Neighbours(torch.cat([each.values for each in found]), torch.cat([each.indices for each in found]))


def _blocks(source: Tensor, target: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Cosines of some vectors of the source and all of the target, with the row of the first."""
    source, target = functional.normalize(source, dim=-1), functional.normalize(target, dim=-1)
    size = max(1, _BLOCK // len(target))
    for first in range(0, len(source), size):
        yield first, source[first : first + size] @ target.T


def _some(scores: Tensor, keep: float) -> Tensor:
    return scores if keep >= 1 else scores * (torch.rand_like(scores) < keep)
