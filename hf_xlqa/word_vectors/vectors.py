"""Vectors of words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hf_xlqa.models.qanet_words import word_forms

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Vectors:
    """Vectors of N words.

    Args:
        rows: row of each word in `matrix`.
        matrix: (N, dimension) float32.
    """

    rows: Mapping[str, int]
    matrix: FloatArray

    @property
    def dimension(self) -> int:
        """Width of a vector."""
        return int(self.matrix.shape[1])

    def find(self, word: str) -> FloatArray | None:
        """The vector of a word as it stands, normalised or in lower case, (dimension,); None without one."""
        row = next((self.rows[form] for form in word_forms(word) if form in self.rows), None)
        return None if row is None else self.matrix[row]
