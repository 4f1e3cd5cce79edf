"""Scores by question id, of two systems and of several seeds, to arrays in one order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from hf_xlqa.messages import first_few, named
from hf_xlqa.significance.scores import FloatArray

_NAMED = 5


def pair_scores(first: Mapping[str, float], second: Mapping[str, float]) -> tuple[FloatArray, FloatArray]:
    """The scores of two systems, question beside question.

    Args:
        first, second: scores by question id, 0 to 1.

    Returns:
        Two arrays (questions,) in the order of the first system.

    Raises:
        ValueError: when the systems did not answer the same questions; the first ids that one lacks are named.
    """
    _check_same_questions(first, second, "second", "first")
    return _column(first, first), _column(second, first)


def pair_runs(
    first: Sequence[Mapping[str, float]], second: Sequence[Mapping[str, float]]
) -> tuple[FloatArray, FloatArray]:
    """The scores of two systems trained with several seeds, question beside question and seed beside seed.

    Args:
        first, second: scores by question id, 0 to 1, of every seed.

    Returns:
        Two arrays (seeds, questions), questions in the order of the first seed of the first system.

    Raises:
        ValueError: when the systems have different numbers of seeds or none, or a seed other questions
            than the rest.
    """
    if len(first) != len(second) or not first:
        raise ValueError(
            f"`first` and `second` must hold the same number of seeds, 1 or more, "
            f"but hold {len(first)} and {len(second)} instead."
        )
    order = first[0]
    for name, runs in (("first", first), ("second", second)):
        for seed, run in enumerate(runs):
            _check_same_questions(order, run, f"{name}[{seed}]", "first[0]")
    stacked = [np.stack([_column(run, order) for run in runs]) for runs in (first, second)]
    return stacked[0], stacked[1]


def _check_same_questions(order: Mapping[str, float], run: Mapping[str, float], name: str, model: str) -> None:
    if order.keys() != run.keys():
        lacks = _listed(id for id in order if id not in run)
        adds = _listed(id for id in run if id not in order)
        raise ValueError(f"`{name}` must score the questions of `{model}`, but lacks {lacks} and adds {adds} instead.")


def _listed(ids: Iterable[str]) -> str:
    found = list(ids)
    if not found:
        return "none"
    return f"{len(found):,} ({first_few([*map(named, found)], _NAMED)})"


def _column(scores: Mapping[str, float], order: Mapping[str, float]) -> FloatArray:
    return np.fromiter((scores[id] for id in order), np.float64, len(order))
