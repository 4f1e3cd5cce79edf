"""What every change to a corpus is: an example in, a changed example or the reason for its loss out."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from hf_xlqa.schema import Example


@dataclass(frozen=True, slots=True)
class Dropped:
    """An example that a transform could not keep.

    Args:
        id: of the example.
        reason: why, in words that can be counted: the same for all examples lost in the same way.
    """

    id: str
    reason: str


class Transform(ABC):
    """One change to a corpus. Parameters stand in the constructor; the source is in the subclass's docstring.

    The outcome for an example depends on the example, the parameters and `rng` alone, so it is the same
    in any order and number of processes. What is worth knowing about the whole run is counted in
    `counts` and read by `report`.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    @classmethod
    def learned(cls, examples: Iterable[Example], **options: Any) -> dict[str, Any]:
        """Options that the whole corpus decides, before any of it is changed; by default none.

        Args:
            examples: the whole corpus, all splits; read only where a transform learns.
            options: those it will be made with.

        Returns:
            Further keyword arguments of the constructor, of values that JSON knows.
        """
        return {}

    def prepare(self, examples: Sequence[Example]) -> None:  # noqa: B027 - most transforms need no batches
        """Work that is cheaper for many examples at once, such as translating; called before they are changed."""

    @abstractmethod
    def __call__(self, example: Example, rng: Random) -> Example | Dropped:
        """The changed example, or why there is none.

        Args:
            example: to change; `context[answer.start:answer.end]` is each answer, before and after.
            rng: as `paragraph_rng` gives it, in the same state for all questions on one paragraph.
        """

    def report(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """What counts mean, for people: those of this transform, or their sums over several processes."""
        return dict(counts)


def paragraph_rng(seed: int, context: str) -> Random:
    """Random numbers that depend on the seed and the paragraph alone, whatever came before."""
    digest = hashlib.blake2b(context.encode("utf-8", "surrogatepass"), digest_size=16, key=str(seed).encode())
    return Random(digest.digest())
