"""One endless shuffled stream of examples for each language, dealt out in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray


class LanguageStreams:
    """A sampler: rows in the order language 1, language 2, ..., language 1, ..., each language shuffled in every pass.

    A batch that is a multiple of the number of languages holds equally many of each (Lee & Lee 2019, Algorithm 1),
    also where it is spread over processes and accumulated batches. An epoch ends with the longest language; a
    shorter one begins again as often as needed, and goes on in the next epoch where it stopped. The row at a place
    of the streams depends on nothing but the seed: there is no state to save.

    Args:
        languages: what parts the rows, one value for each row.
        seed: of the shuffling.

    Raises:
        ValueError: when there are fewer than two languages.
    """

    def __init__(self, languages: Iterable[int], *, seed: int) -> None:
        values = np.fromiter(languages, np.int64)
        self.streams = [np.flatnonzero(values == value) for value in np.unique(values)]
        if len(self.streams) < 2:
            raise ValueError(
                f"`languages` must be two or more, but the {len(values)} rows are of {len(self.streams)} instead."
            )
        self.seed = seed
        self.epoch = 0
        self._shuffled: dict[int, tuple[int, NDArray[np.int64]]] = {}

    def __len__(self) -> int:
        return len(self.streams) * max(map(len, self.streams))

    def __iter__(self) -> Iterator[int]:
        first = self.epoch * len(self)
        return (self.row(first + place) for place in range(len(self)))

    @property
    def passes(self) -> list[float]:
        """How often each language is gone through in an epoch: 1 for the longest, more for a shorter one."""
        longest = max(map(len, self.streams))
        return [longest / len(rows) for rows in self.streams]

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch the next iteration gives."""
        self.epoch = epoch

    def row(self, place: int) -> int:
        """The row at a place of the streams, 0 or more, counted from the beginning of the first epoch."""
        turn, number = divmod(place, len(self.streams))
        rows = self.streams[number]
        passes, at = divmod(turn, len(rows))
        known, shuffled = self._shuffled.get(number, (-1, rows))
        if known != passes:
            shuffled = np.random.default_rng([self.seed, number, passes]).permutation(rows)
            self._shuffled[number] = passes, shuffled
        return int(shuffled[at])

    def rows(self, batch: int, size: int) -> list[int]:
        """The rows of a batch, by its number and size."""
        return [self.row(place) for place in range(batch * size, (batch + 1) * size)]


def language_ids(dataset: Any, name: str = "language_ids") -> NDArray[np.int64]:
    """The language of each row of a dataset of windows, (rows,), that of its context unless `name` says else.

    Raises:
        ValueError: when it does not say them.
    """
    columns = getattr(dataset, "column_names", ())
    if name not in columns:
        raise ValueError(f"`train_dataset` must have a column {name}, but has {', '.join(columns) or 'none'} instead.")
    return np.array(dataset[name][:], np.int64)  # a slice: a column is read row by row
