"""A linear map of two vector spaces into one, and the interface of the methods that find it.

Axes: N vectors of the source, M of the target, D their width.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional

Step = Literal["unit", "centre"]
"""Scale every vector to length 1, or subtract the mean of all."""


@dataclass(frozen=True)
class Normalisation:
    """What the vectors of one language go through before they are mapped.

    Args:
        steps: in their order.
        means: what each "centre" subtracts, (D,) each.
    """

    steps: tuple[Step, ...] = ()
    means: tuple[Tensor, ...] = ()

    @classmethod
    def of(cls, vectors: Tensor, steps: Iterable[Step]) -> Normalisation:
        """The steps with the means of vectors, (N, D)."""
        done: tuple[Step, ...] = ()
        means: tuple[Tensor, ...] = ()
        for step in steps:
            if step == "centre":
                means = (*means, cls(done, means)(vectors).mean(dim=0))
            done = (*done, step)
        return cls(done, means)

    def __call__(self, vectors: Tensor) -> Tensor:
        """The vectors after all steps, (..., D)."""
        means = iter(self.means)
        for step in self.steps:
            vectors = functional.normalize(vectors, dim=-1) if step == "unit" else vectors - next(means)
        return vectors


@dataclass(frozen=True)
class LinearMap:
    """Matrices that bring two spaces together: x -> n(x) A for the source, y -> m(y) B for the target.

    Args:
        source: A, (D, D).
        target: B, (D, D), the identity where the source is mapped into the target's space.
        source_normalisation, target_normalisation: n and m.
    """

    source: Tensor
    target: Tensor
    source_normalisation: Normalisation = field(default_factory=Normalisation)
    target_normalisation: Normalisation = field(default_factory=Normalisation)

    def apply(self, vectors: Tensor) -> Tensor:
        """Vectors of the source in the common space, (..., D)."""
        return self.source_normalisation(vectors) @ self.source

    def apply_to_target(self, vectors: Tensor) -> Tensor:
        """Vectors of the target in the common space, (..., D)."""
        return self.target_normalisation(vectors) @ self.target

    @property
    def into_target(self) -> Tensor:
        """A B^-1, which maps the (normalised) source into the (normalised) target without moving the latter, (D, D)."""
        matrix: Tensor = torch.linalg.solve(self.target, self.source, left=False)
        return matrix


@dataclass(frozen=True)
class LinearMapper(ABC):
    """A method that finds a linear map.

    Args:
        normalise: what the vectors of either language go through first.

    Raises:
        ValueError: when a step of `normalise` is unknown.
    """

    needs_pairs: ClassVar[bool] = False
    """Whether it learns from pairs of translations only."""

    normalise: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "normalise", tuple(self.normalise))
        if not set(self.normalise) <= set(get_args(Step)):
            raise ValueError(f"`normalise` must be of {', '.join(get_args(Step))}, but is {self.normalise} instead.")

    def fit(self, source: Tensor, target: Tensor, *, pairs: Tensor | None = None, seed: int = 0) -> LinearMap:
        """The map of two spaces. Where the vectors are, it is computed; the seed fixes it there.

        Args:
            source: (N, D) float32, those of the most frequent words first.
            target: (M, D), likewise.
            pairs: (P, 2) rows of words that are translations of each other.
            seed: of all that is random; the state of torch's generators stays as it was.

        Raises:
            ValueError: when the vectors are not of one width, finite and as many as the method needs, or pairs are
                missing or of rows there are not.
        """
        _check_vectors(source, target)
        _check_pairs(pairs, len(source), len(target), needed=self.needs_pairs)
        source_normalisation, target_normalisation = (
            Normalisation.of(vectors, self.normalise) for vectors in (source, target)
        )
        with torch.random.fork_rng(devices=[source.device] if source.is_cuda else []):
            torch.manual_seed(seed)
            matrices = self._fit(source_normalisation(source), target_normalisation(target), pairs)
        return LinearMap(*matrices, source_normalisation, target_normalisation)

    @abstractmethod
    def _fit(self, source: Tensor, target: Tensor, pairs: Tensor | None) -> tuple[Tensor, Tensor]:
        """The matrices of source and target, for normalised vectors."""


def _check_vectors(source: Tensor, target: Tensor) -> None:
    for name, vectors in (("source", source), ("target", target)):
        if vectors.dim() != 2 or not len(vectors) or vectors.dtype != torch.float32:
            raise ValueError(
                f"`{name}` must be one float32 vector a row or more, but is of shape {tuple(vectors.shape)} and "
                f"{vectors.dtype} instead."
            )
        if not vectors.isfinite().all():
            raise ValueError(
                f"`{name}` must be finite, but is not in row {int((~vectors.isfinite()).any(1).int().argmax())}."
            )
    if source.shape[1] != target.shape[1]:
        raise ValueError(
            f"`target` must be as wide as `source`, {source.shape[1]}, but is {target.shape[1]} wide instead."
        )


def _check_pairs(pairs: Tensor | None, source: int, target: int, *, needed: bool) -> None:
    if pairs is None or not len(pairs):
        if needed or pairs is not None:
            raise ValueError("`pairs` must hold one pair of rows or more, but hold none instead.")
        return
    limits = torch.tensor([source, target], device=pairs.device)
    if pairs.dim() != 2 or pairs.shape[1] != 2 or ((pairs < 0) | (pairs >= limits)).any():
        raise ValueError(
            f"`pairs` must be of rows below {source} and {target}, (P, 2), but are of shape {tuple(pairs.shape)}, from "
            f"{int(pairs.min())} to {int(pairs.max())} instead."
        )
