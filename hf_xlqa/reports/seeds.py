"""Runs of systems with several seeds: grouped by system, and checked to be comparable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from hf_xlqa.messages import first_few, named, shown
from hf_xlqa.reports.score import Measure, Score, mean_scores
from hf_xlqa.reports.system import ScoredSet, SystemScores

_NAMED = 5


def runs_by_system(runs: Iterable[SystemScores]) -> dict[str, list[SystemScores]]:
    """The runs of each system, by seed, and the systems in the order they are first met.

    Raises:
        ValueError: when there is no run, or two of one system have the same seed.
    """
    systems: dict[str, list[SystemScores]] = {}
    for run in runs:
        systems.setdefault(run.system, []).append(run)
    if not systems:
        raise ValueError("`runs` must hold at least one run of a system, but hold none instead.")
    for system, own in systems.items():
        seeds = [run.seed for run in own]
        if len(set(seeds)) < len(seeds):
            alike = [run for run in own if seeds.count(run.seed) > 1]
            raise ValueError(
                f"`runs` of {named(system)} must have a different seed each, but have {shown(seeds)} "
                f"instead{_files(alike)}; give each its `--seed`, or each system its `--system`."
            )
        own.sort(key=lambda run: -1 if run.seed is None else run.seed)
    return systems


def means_by_system(runs: Iterable[SystemScores]) -> dict[str, list[Score]]:
    """What each system scores on each set, the mean over its seeds.

    Raises:
        ValueError: as `runs_by_system`, and when the seeds of a system are not of the same sets.
    """
    return {name: mean_scores([run.scores for run in own]) for name, own in runs_by_system(runs).items()}


def seeds_of_sets(system: str, runs: Sequence[SystemScores]) -> dict[str, list[ScoredSet]]:
    """The scores of every seed of one system on each set, checked to be comparable.

    Raises:
        ValueError: when the seeds were not scored on the same sets and questions in the same way; names the files.
    """
    first = {each.score.name: each for each in runs[0].sets}
    sets: dict[str, list[ScoredSet]] = {name: [] for name in first}
    for run in runs:
        seeds = f"all seeds of {named(system)}{_files([runs[0], run])}"
        if {each.score.name for each in run.sets} != set(first):
            names = " and ".join(_first_names(each.score.name for each in one.sets) for one in (runs[0], run))
            raise ValueError(f"`sets` of {seeds} must be the same, but are {names} instead.")
        for each in run.sets:
            check_comparable(seeds, first[each.score.name], each)
            sets[each.score.name].append(each)
    return sets


def stacked(seeds: Sequence[ScoredSet], measure: Measure, ids: Sequence[str] | None = None) -> NDArray[np.float64]:
    """Scores of one set by seed, (seeds, questions), in [0, 1].

    Args:
        seeds: the set as each seed answered it, the same questions.
        measure: which score.
        ids: the questions in the order wanted; that of the first seed by default.
    """
    order = seeds[0].ids if ids is None else ids
    by_id = [each.by_id(measure) for each in seeds]
    return np.array([[scores[id_] for id_ in order] for scores in by_id])


def check_comparable(names: str, first: ScoredSet, other: ScoredSet) -> None:
    """Refuse two scores of one set by different rules or of different questions.

    Args:
        names: whose they are, for the error: "all seeds of A", "A and B".
        first, other: the scores.

    Raises:
        ValueError: when their signatures or their ids differ; the first ids are named.
    """
    if first.score.signature != other.score.signature:
        one, another = (_without(*each) for each in permutations([first.score.signature, other.score.signature]))
        raise ValueError(
            f"`signature` of {names} on {named(first.score.name)} must be the same, but has {one} and {another} "
            "instead; score both in one way."
        )
    strangers = sorted(set(first.ids) ^ set(other.ids))
    if strangers:
        raise ValueError(
            f"`ids` of {names} on {named(first.score.name)} must be the same, but {len(strangers)} are only of one of "
            f"the two: {_first_names(strangers)}."
        )


def _without(signature: str, other: str) -> str:
    """The parts of a signature that another does not have; the signature where it has them all."""
    shared = other.split("|")
    return named("|".join(part for part in signature.split("|") if part not in shared) or signature)


def _first_names(names: Iterable[str]) -> str:
    return first_few([*map(named, names)], _NAMED)


def _files(runs: Iterable[SystemScores]) -> str:
    """The files of some runs in brackets; "" where they are of none."""
    sources = list(dict.fromkeys(run.source for run in runs if run.source))
    return f" ({first_few(sources)})" if sources else ""
