"""Lists of different lengths in two flat arrays, the layout of Arrow: no Python object per element."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.integer[Any]]


def splits_of(lengths: IntArray) -> NDArray[np.int64]:
    """Boundaries of consecutive runs: (N,) lengths to (N + 1,) splits that begin with 0."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])


def ranges(starts: IntArray, lengths: IntArray) -> NDArray[np.int64]:
    """The integers start, start + 1, ... of every range, one range after another.

    >>> ranges(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    splits = splits_of(lengths)
    return np.arange(splits[-1]) + np.repeat(starts - splits[:-1], lengths)


@dataclass(frozen=True)
class Ragged:
    """N lists end to end: list i is `values[splits[i]:splits[i + 1]]`; values (total,), splits (N + 1,)."""

    values: IntArray
    splits: NDArray[np.int64]

    @classmethod
    def from_lists(cls, lists: Sequence[Sequence[int]]) -> Self:
        """Flatten Python lists of integers below 2 ** 31."""
        splits = splits_of(np.fromiter(map(len, lists), np.int64, len(lists)))
        return cls(np.fromiter(chain.from_iterable(lists), np.int32, int(splits[-1])), splits)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Length of every list, (N,)."""
        return np.diff(self.splits)

    def padded(self, value: int) -> IntArray:
        """The lists as rows of one array, (N, longest but at least 1), with `value` after their ends."""
        rows = np.full((len(self.lengths), int(self.lengths.max(initial=1))), value, self.values.dtype)
        rows[np.arange(rows.shape[1]) < self.lengths[:, None]] = self.values
        return rows

    def firsts(self, empty: int = 0) -> IntArray:
        """First element of every list, (N,); `empty` where a list has none."""
        return self._at(self.splits[:-1], empty)

    def lasts(self, empty: int = 0) -> IntArray:
        """Last element of every list, (N,); `empty` where a list has none."""
        return self._at(self.splits[1:] - 1, empty)

    def _at(self, index: IntArray, empty: int) -> IntArray:
        picked = np.full(len(index), empty, self.values.dtype)
        filled = self.lengths > 0
        picked[filled] = self.values[index[filled]]
        return picked


def flatten_pairs(lists: Iterable[Sequence[tuple[int, int]]], count: int) -> NDArray[np.int32]:
    """Lists of pairs, `count` pairs in all, as one array (count, 2)."""
    numbers = chain.from_iterable(chain.from_iterable(lists))
    return np.fromiter(numbers, np.int32, 2 * count).reshape(count, 2)
