"""Running means of named losses that are read only once a logging interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from accelerate.utils import gather_object
from torch import Tensor


class LossLog:
    """Weighted means of scalars by name, over all batches and processes since they were last read.

    Sums stay on the device: `add` never waits for it, `read` waits once.
    """

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._weights: dict[str, Tensor] = {}

    def add(self, values: Mapping[str, Tensor], weight: Tensor) -> None:
        """Count a batch.

        Args:
            values: scalars by name.
            weight: the share of the batch in what is averaged, a scalar.
        """
        for name, value in values.items():
            weighted = value.detach().float() * weight
            self._sums[name] = self._sums[name] + weighted if name in self._sums else weighted
            self._weights[name] = self._weights[name] + weight if name in self._weights else weight

    def read(self) -> dict[str, float]:
        """The means by name, equal on all processes, all of which must call this; starts afresh."""
        sums, weights = _floats(self._sums), _floats(self._weights)
        self._sums, self._weights = {}, {}
        parts = gather_object([(name, sums[name], weights[name]) for name in sums])
        names = dict.fromkeys(name for name, _, _ in parts)
        return {
            name: sum(total for other, total, _ in parts if other == name)
            / sum(weight for other, _, weight in parts if other == name)
            for name in names
        }


def loss_parts(outputs: Any) -> dict[str, Tensor]:
    """Named parts of the loss that the model computed itself; a mean over the replicas of a data-parallel model."""
    parts = getattr(outputs, "loss_parts", None) or {}
    return {f"part_{name}": part.float().mean() for name, part in parts.items()}


def _floats(scalars: Mapping[str, Tensor]) -> dict[str, float]:
    """All scalars as floats with one transfer from the device."""
    if not scalars:
        return {}
    return dict(zip(scalars, torch.stack(list(scalars.values())).tolist(), strict=True))
