"""Scores of made-up systems, question by question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hf_xlqa.reports import Score
from hf_xlqa.reports.system import ScoredSet, SystemScores

SIGNATURE = "rule:{rule}|version:1.0|language:{language}|golds:all|missing:refuse|corpus:{corpus}"


def scored_set(name: str, f1: Sequence[float], *, ids: Sequence[str] = (), rule: str = "mlqa") -> ScoredSet:
    """A set whose questions are q0, q1 ...; exact match is 1 where F1 is."""
    exact_match = [float(value == 1) for value in f1]
    corpus, _, languages = name.partition("/")
    language = languages.partition(".")[0]
    means = (100 * sum(values) / len(values) for values in (exact_match, f1))
    signature = SIGNATURE.format(rule=rule, language=language, corpus=corpus)
    score = Score(name, language, rule, *means, len(f1), signature)
    names = tuple(ids) or tuple(f"q{index}" for index in range(len(f1)))
    return ScoredSet(score, names, np.array(exact_match), np.array(f1, dtype=float))


def system(name: str, sets: Mapping[str, Sequence[float]], *, seed: int | None = 0, rule: str = "mlqa") -> SystemScores:
    """A run of a system from the F1 of the questions of each set."""
    scored = tuple(scored_set(set_name, f1, rule=rule) for set_name, f1 in sets.items())
    return SystemScores(system=name, sets=scored, seed=seed, versions={"numpy": "2"}, command="evaluate")
