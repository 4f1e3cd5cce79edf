"""Supervised maps: orthogonal Procrustes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from hf_xlqa.analysis.linear_maps.linear_map import LinearMapper


@dataclass(frozen=True)
class Procrustes(LinearMapper):
    """The orthogonal map of pairs of translations that leaves the least squared distance (Schönemann 1966).

    Conneau et al. (2018, Eq. 2): W = U V' with U S V' = SVD(Y' X); here for rows, x -> x W'.
    """

    needs_pairs: ClassVar[bool] = True

    def _fit(self, source: Tensor, target: Tensor, pairs: Tensor | None) -> tuple[Tensor, Tensor]:
        assert pairs is not None  # needs_pairs
        eye = torch.eye(source.shape[1], device=source.device)
        return orthogonal_map(source[pairs[:, 0]], target[pairs[:, 1]]), eye


def orthogonal_map(source: Tensor, target: Tensor) -> Tensor:
    """The orthogonal Q, (D, D), of least |source Q - target|.

    Args:
        source, target: (P, D), row by row translations of each other.
    """
    left, _, right = torch.linalg.svd(source.T @ target)
    matrix: Tensor = left @ right
    return matrix
