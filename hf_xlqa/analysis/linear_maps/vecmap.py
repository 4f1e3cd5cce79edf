"""VecMap: a robust self-learning method for fully unsupervised cross-lingual mappings (Artetxe et al. 2018)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from hf_xlqa.analysis.linear_maps.csls import NEIGHBOURS, BothWays, best_both_ways
from hf_xlqa.analysis.linear_maps.linear_map import LinearMapper, Normalisation, Step
from hf_xlqa.analysis.linear_maps.procrustes import orthogonal_map

_LEAST_SCALE = 1e-6  # of the greatest; directions that hold nothing are not blown up by whitening


@dataclass(frozen=True)
class Vecmap(LinearMapper):
    """Self-learning from the shape of the spaces, with noise that wanes, and symmetric re-weighting at the end.

    Words that mean the same have similar distributions of similarities to all other words of their language: the first
    dictionary pairs words by these (section 3.2). Then map and dictionary make each other (section 3.3), with most
    similarities left out at first. When the mean similarity of words and their translations grows no more, and all
    similarities count, the last map whitens, maps, re-weights and de-whitens both spaces (section 3.4).

    Given pairs, these are the first dictionary, and nothing is left out, as in the authors' weak supervision.

    Args:
        normalise: as in every method; unit, centre, unit in the paper.
        initial_words: most frequent words that the first dictionary is made of.
        words: most frequent words that the others are made of.
        neighbours: K of CSLS.
        keep: share of the similarities that count at first.
        growth: what it is multiplied with when nothing has improved for `patience` rounds.
        patience: rounds.
        threshold: least improvement of the mean similarity.
        weight: exponent of the singular values in the re-weighting of either side.
    """

    normalise: tuple[Step, ...] = ("unit", "centre", "unit")
    initial_words: int = 4_000
    words: int = 20_000
    neighbours: int = NEIGHBOURS
    keep: float = 0.1
    growth: float = 2.0
    patience: int = 50
    threshold: float = 1e-6
    weight: float = 0.5

    def _fit(self, source: Tensor, target: Tensor, pairs: Tensor | None) -> tuple[Tensor, Tensor]:
        least = source.shape[1]
        for name, vectors in (("source", source), ("target", target)):
            if len(vectors) < least:
                raise ValueError(
                    f"`{name}` must be {least} vectors or more, as many as their width, but is {len(vectors)} instead."
                )
        if pairs is None:
            pairs = self._by_similarities(source[: self.initial_words], target[: self.initial_words])
            keep = self.keep
        else:
            keep = 1.0
        pairs = self._learned(source, target, pairs, keep)
        return self._reweighted(source[pairs[:, 0]], target[pairs[:, 1]])

    def _by_similarities(self, source: Tensor, target: Tensor) -> Tensor:
        """The dictionary of words whose sorted similarities to the words of their own language are alike."""
        size = min(len(source), len(target))
        shapes = [self._similarities(vectors[:size]) for vectors in (source, target)]
        return _union(best_both_ways(*shapes, neighbours=self.neighbours))

    def _similarities(self, vectors: Tensor) -> Tensor:
        """The rows of (X X')^1/2, each sorted, normalised as vectors are: (words, words)."""
        left, scales, _ = torch.linalg.svd(vectors, full_matrices=False)
        rows = ((left * scales) @ left.T).sort(dim=1).values
        return Normalisation.of(rows, self.normalise)(rows)

    def _learned(self, source: Tensor, target: Tensor, pairs: Tensor, keep: float) -> Tensor:
        """The last dictionary of self-learning; the first may hold rarer words than those of the others."""
        frequent, others = source[: self.words], target[: self.words]
        best, waited = -torch.inf, 0
        while True:
            if waited > self.patience:
                if keep >= 1:
                    return pairs
                keep, waited = min(1.0, self.growth * keep), 0
            matrix = orthogonal_map(source[pairs[:, 0]], target[pairs[:, 1]])
            found = best_both_ways(frequent @ matrix, others, neighbours=self.neighbours, keep=keep)
            pairs = _union(found)
            waited += 1
            if found.similarity >= best + self.threshold:
                best, waited = found.similarity, 0

    def _reweighted(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """The matrices of both sides for a dictionary, (P, D) each: whiten, map, re-weight, de-whiten (section 3.4)."""
        (whiten, dewhiten), (whiten_target, dewhiten_target) = _whitening(source), _whitening(target)
        left, scales, right = torch.linalg.svd((source @ whiten).T @ (target @ whiten_target))
        weights = scales**self.weight
        return (
            whiten @ (left * weights) @ left.T @ dewhiten @ left,
            whiten_target @ (right.T * weights) @ right @ dewhiten_target @ right.T,
        )


def _whitening(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """(X'X)^-1/2 and its inverse, (D, D)."""
    _, scales, right = torch.linalg.svd(vectors, full_matrices=False)
    scales = scales.clamp(min=_LEAST_SCALE * float(scales[0]))
    return (right.T / scales) @ right, (right.T * scales) @ right


def _union(found: BothWays) -> Tensor:
    """The translations of both directions, (N + M, 2)."""
    sources, targets = (torch.arange(len(rows), device=rows.device) for rows in (found.of_source, found.of_target))
    return torch.cat([torch.stack([sources, found.of_source], dim=1), torch.stack([found.of_target, targets], dim=1)])
