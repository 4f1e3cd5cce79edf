"""DeMa: density matching for bilingual word embedding (Zhou et al. 2019)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from hf_xlqa.analysis.linear_maps.csls import NEIGHBOURS, translation_similarity
from hf_xlqa.analysis.linear_maps.linear_map import LinearMapper, Step
from hf_xlqa.analysis.linear_maps.procrustes import orthogonal_map


@dataclass(frozen=True)
class Dema(LinearMapper):
    """Two maps, there and back, under which the words of either language are likely in the other's density.

    A space is a mixture of Gaussians, one a frequent word, of one variance for all. A word of the other language is
    drawn with the noise of its own Gaussian, mapped, and its log density maximised, with log |det| of the map
    (section 3.2). In the mixture a word of rank j weighs softmax(-|log i - log j| / T) for one of rank i: frequent
    words are translations of frequent ones. Back-translation, 1 - cos(x, x W V), ties the maps together, and after
    every update both are drawn to orthogonal ones, as in MUSE. The map is taken whose mean cosine of frequent words
    and their translations by CSLS is the highest.

    Pairs are its weak supervision (the paper's are words of identical spelling): 1 - cos of the mapped word and its
    translation is added, and the maps begin as Procrustes of the pairs; without any they begin as the identity. The
    authors' code begins with random orthogonal maps.

    Args:
        normalise: as in every method; unit, centre, unit in the authors' code ("double").
        words: most frequent words of both languages that are drawn and make up the mixtures.
        mixture_words: how many of them make up a mixture in an update, drawn anew.
        source_variance, target_variance: of the Gaussians.
        temperature: T.
        steps: updates.
        batch_size: words of either language in an update.
        learning_rate: of Adam.
        back_translation: weight of the two terms.
        supervision: weight of the two terms of pairs.
        beta: how fast maps are drawn to orthogonal ones.
        validation_steps: updates between two looks at the quality of the map.
        selection_words, neighbours: by which it is judged; see `Muse`.
    """

    normalise: tuple[Step, ...] = ("unit", "centre", "unit")
    words: int = 20_000
    mixture_words: int = 20_000
    source_variance: float = 0.01
    target_variance: float = 0.015
    temperature: float = 2.0
    steps: int = 150_000
    batch_size: int = 2048
    learning_rate: float = 1e-3
    back_translation: float = 0.5
    supervision: float = 5.0
    beta: float = 0.01
    validation_steps: int = 5_000
    selection_words: int = 10_000
    neighbours: int = NEIGHBOURS

    def _fit(self, source: Tensor, target: Tensor, pairs: Tensor | None) -> tuple[Tensor, Tensor]:
        eye = torch.eye(source.shape[1], device=source.device)
        there = eye if pairs is None else orthogonal_map(source[pairs[:, 0]], target[pairs[:, 1]])
        maps = nn.Parameter(there.clone()), nn.Parameter(there.T.clone())
        optimizer = torch.optim.Adam(maps, lr=self.learning_rate)
        best = self._quality(there, source, target), there
        for step in range(1, self.steps + 1):
            loss = self._loss(maps, source, target, pairs)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            self._draw_to_orthogonal(maps)
            if step % self.validation_steps == 0 or step == self.steps:
                found = maps[0].detach().clone()
                best = max(best, (self._quality(found, source, target), found), key=lambda each: each[0])
        return best[1], eye

    def _quality(self, matrix: Tensor, source: Tensor, target: Tensor) -> float:
        return translation_similarity(source @ matrix, target, words=self.selection_words, neighbours=self.neighbours)

    def _loss(
        self, maps: tuple[nn.Parameter, nn.Parameter], source: Tensor, target: Tensor, pairs: Tensor | None
    ) -> Tensor:
        """What an update minimises."""
        there, back = maps
        spaces = (source[: self.words], self.source_variance), (target[: self.words], self.target_variance)
        loss = torch.zeros((), device=source.device)
        for (own, other), matrix, inverse in zip((spaces, spaces[::-1]), maps, maps[::-1], strict=True):
            rows = torch.randint(len(own[0]), (self.batch_size,), device=source.device)
            words = own[0][rows]
            words = words + math.sqrt(own[1]) * torch.randn_like(words)
            mapped = words @ matrix
            loss = loss - self._log_density(mapped, rows, *other).mean() - torch.linalg.slogdet(matrix).logabsdet
            loss = loss + self.back_translation * _distance(words, mapped @ inverse)
        if pairs is not None:
            ours, theirs = source[pairs[:, 0]], target[pairs[:, 1]]
            loss = loss + self.supervision * (_distance(ours @ there, theirs) + _distance(theirs @ back, ours))
        return loss

    def _log_density(self, vectors: Tensor, ranks: Tensor, words: Tensor, variance: float) -> Tensor:
        """Log density of vectors (B, D), words of some ranks (B,), in the mixture of another language, (B,)."""
        chosen = torch.arange(len(words), device=words.device)
        if self.mixture_words < len(words):
            chosen = torch.randperm(len(words), device=words.device)[: self.mixture_words]
        far = ((ranks + 1).log()[:, None] - (chosen + 1).log()).abs()
        weights = (-far / self.temperature).log_softmax(dim=1)
        centres = words[chosen]
        squares = vectors.square().sum(dim=1)[:, None] - 2 * vectors @ centres.T + centres.square().sum(dim=1)
        constant = 0.5 * vectors.shape[1] * math.log(2 * math.pi * variance)
        return (weights - squares / (2 * variance)).logsumexp(dim=1) - constant

    @torch.no_grad()
    def _draw_to_orthogonal(self, maps: tuple[nn.Parameter, nn.Parameter]) -> None:
        for matrix in maps:
            matrix.copy_((1 + self.beta) * matrix - self.beta * matrix @ matrix.T @ matrix)


def _distance(vectors: Tensor, others: Tensor) -> Tensor:
    """1 - the mean cosine."""
    return 1 - functional.cosine_similarity(vectors, others).mean()
