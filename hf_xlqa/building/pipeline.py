"""Examples changed in the ways of a configuration, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from hf_xlqa.schema import Example
from hf_xlqa.transforms.transform import Dropped, Transform, paragraph_rng

CHUNK = 1000
"""Examples that a transform prepares at once."""


class Change(NamedTuple):
    """A transform at work, None for none, and the suffix of the ids it gives."""

    transform: Transform | None
    suffix: str


def changed(examples: Iterable[Example], changes: Sequence[Change], seed: int) -> Iterator[Example | Dropped]:
    """Every example in each of its changed copies, or what was dropped and why.

    The outcome for an example does not depend on the others, nor on where a batch ends.

    Args:
        examples: those of one paragraph together, so that it is changed once.
        changes: one for each copy, in the order of the copies.
        seed: of `paragraph_rng`.
    """
    stream = iter(examples)
    while chunk := list(islice(stream, CHUNK)):
        for change in changes:
            if change.transform is not None:
                change.transform.prepare(chunk)
        for example in chunk:
            for change in changes:
                yield _copy(example, change, seed)


def _copy(example: Example, change: Change, seed: int) -> Example | Dropped:
    outcome: Example | Dropped = example
    if change.transform is not None:
        outcome = change.transform(example, paragraph_rng(seed, example.context))
    return replace(outcome, id=f"{example.id}{change.suffix}") if change.suffix else outcome
