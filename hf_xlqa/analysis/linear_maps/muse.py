"""MUSE: word translation without parallel data (Conneau et al. 2018; "Lample et al. 2018" in Hsu et al. 2019)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from hf_xlqa.analysis.linear_maps.csls import NEIGHBOURS, mutual_nearest, translation_similarity
from hf_xlqa.analysis.linear_maps.linear_map import LinearMapper
from hf_xlqa.analysis.linear_maps.procrustes import orthogonal_map


@dataclass(frozen=True)
class Muse(LinearMapper):
    """An adversarial start, then Procrustes on the dictionary of mutual nearest neighbours, again and again.

    The start is a game: a discriminator tells mapped words of the source from words of the target, and the map makes
    them alike (section 2.1); it stays near an orthogonal one (Eq. 7). Given pairs, it is Procrustes on these, the
    supervised variant. Of all epochs and refinements the map is taken whose mean cosine of the most frequent words
    and their translations by CSLS is the highest (section 3.5).

    Args:
        normalise: as in every method; the paper's vectors are not normalised.
        refinements: how often a dictionary is made of the map, and the map of it (section 2.2).
        dictionary_words: most frequent words of both languages that the dictionary is made of.
        selection_words: most frequent words of the source that maps are judged by.
        neighbours: K of CSLS.
        adversary_words: most frequent words of both languages that play.
        epochs, steps: of the game, and updates of the map in each epoch.
        batch_size: words of either language in an update.
        discriminator_steps: updates of the discriminator for each of the map.
        hidden_size: of the two layers of the discriminator, with leaky ReLU (0.2).
        dropout: of what the discriminator reads.
        smoothing: s, the labels are s and 1 - s.
        learning_rate: of both players, by plain gradient descent.
        decay, shrink: what it is multiplied with after each epoch, and besides after each but the first whose map is
            worse than the best.
        beta: how fast the map is drawn to an orthogonal one (Eq. 7).
    """

    refinements: int = 5
    dictionary_words: int = 15_000
    selection_words: int = 10_000
    neighbours: int = NEIGHBOURS
    adversary_words: int = 75_000
    epochs: int = 5
    steps: int = 31_250
    batch_size: int = 32
    discriminator_steps: int = 5
    hidden_size: int = 2048
    dropout: float = 0.1
    smoothing: float = 0.1
    learning_rate: float = 0.1
    decay: float = 0.98
    shrink: float = 0.5
    beta: float = 0.001

    def _fit(self, source: Tensor, target: Tensor, pairs: Tensor | None) -> tuple[Tensor, Tensor]:
        if pairs is None:
            matrix = self._play(source, target)
        else:
            matrix = orthogonal_map(source[pairs[:, 0]], target[pairs[:, 1]])
        return self._refined(matrix, source, target), torch.eye(len(matrix), device=matrix.device)

    def _refined(self, matrix: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """The best of a map and its refinements."""
        frequent, others = source[: self.dictionary_words], target[: self.dictionary_words]
        best = self._quality(matrix, source, target), matrix
        for _ in range(self.refinements):
            found = mutual_nearest(frequent @ matrix, others, neighbours=self.neighbours)
            if not len(found):
                break
            matrix = orthogonal_map(frequent[found[:, 0]], others[found[:, 1]])
            best = max(best, (self._quality(matrix, source, target), matrix), key=lambda each: each[0])
        return best[1]

    def _quality(self, matrix: Tensor, source: Tensor, target: Tensor) -> float:
        return translation_similarity(source @ matrix, target, words=self.selection_words, neighbours=self.neighbours)

    def _play(self, source: Tensor, target: Tensor) -> Tensor:
        """The best map of the game."""
        game = _Game(self, source[: self.adversary_words], target[: self.adversary_words])
        best = self._quality(game.matrix, source, target), game.matrix
        rate, has_declined = self.learning_rate, False
        for _ in range(self.epochs):
            for _ in range(self.steps):
                game.step(rate)
            quality = self._quality(game.matrix, source, target)
            rate *= self.decay
            if quality < best[0]:
                rate *= self.shrink if has_declined else 1.0
                has_declined = True
            best = max(best, (quality, game.matrix), key=lambda each: each[0])
        return best[1]


class _Game:
    """The map and the discriminator."""

    def __init__(self, settings: Muse, source: Tensor, target: Tensor) -> None:
        self.settings = settings
        self.words = source, target
        width, hidden = source.shape[1], settings.hidden_size
        self.map = nn.Parameter(torch.eye(width, device=source.device))
        self.discriminator = nn.Sequential(
            nn.Dropout(settings.dropout),
            *(nn.Linear(width, hidden), nn.LeakyReLU(0.2)),
            *(nn.Linear(hidden, hidden), nn.LeakyReLU(0.2)),
            nn.Linear(hidden, 1),
        ).to(source.device)
        labels = torch.full((2 * settings.batch_size, 1), settings.smoothing, device=source.device)
        labels[: settings.batch_size] = 1 - settings.smoothing  # high for the source
        self.labels = labels

    @property
    def matrix(self) -> Tensor:
        return self.map.detach().clone()

    def step(self, rate: float) -> None:
        """Updates of the discriminator, and one of the map."""
        for _ in range(self.settings.discriminator_steps):
            with torch.no_grad():
                batch = self._batch()
            self._descend(self._loss(batch, self.labels), list(self.discriminator.parameters()), rate)
        self._descend(self._loss(self._batch(), 1 - self.labels), [self.map], rate)
        with torch.no_grad():
            matrix, beta = self.map, self.settings.beta
            matrix.copy_((1 + beta) * matrix - beta * matrix @ matrix.T @ matrix)

    def _batch(self) -> Tensor:
        """Mapped words of the source, and words of the target, all equally often: (2 batch, D)."""
        size = (self.settings.batch_size,)
        source, target = (words[torch.randint(len(words), size, device=words.device)] for words in self.words)
        return torch.cat([source @ self.map, target])

    def _loss(self, batch: Tensor, labels: Tensor) -> Tensor:
        scores: Any = self.discriminator(batch)
        return functional.binary_cross_entropy_with_logits(scores, labels)

    @staticmethod
    @torch.no_grad()
    def _descend(loss: Tensor, weights: list[nn.Parameter], rate: float) -> None:
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            weight.sub_(rate * gradient)
