"""Runs of one system with several seeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tiny_scores import scored_set, system

from hf_xlqa.reports.seeds import means_by_system, runs_by_system, seeds_of_sets, stacked


def test_runs_are_grouped_by_system_and_ordered_by_seed() -> None:
    runs = [system(name, {"mlqa/de": [0]}, seed=seed) for name, seed in [("B", 2), ("A", 1), ("B", 0), ("B", None)]]
    found = runs_by_system(runs)
    assert {name: [run.seed for run in own] for name, own in found.items()} == {"B": [None, 0, 2], "A": [1]}
    assert list(found) == ["B", "A"]


def test_means_are_those_of_the_seeds_of_each_system() -> None:
    runs = [
        system("A", {"mlqa/de": [1, 0]}, seed=0),
        system("B", {"mlqa/de": [0, 0]}),
        system("A", {"mlqa/de": [1, 1]}, seed=1),
    ]
    means = {
        name: [(score.name, score.exact_match, score.f1) for score in own]
        for name, own in means_by_system(runs).items()
    }
    assert means == {"A": [("mlqa/de", 75, 75)], "B": [("mlqa/de", 0, 0)]}


def test_scores_are_stacked_in_the_order_of_the_first_seed() -> None:
    sets = [scored_set("mlqa/de", [1, 0.5], ids="ab"), scored_set("mlqa/de", [0.25, 0], ids="ba")]
    np.testing.assert_array_equal(stacked(sets, "f1"), [[1, 0.5], [0, 0.25]])
    np.testing.assert_array_equal(stacked(sets, "exact_match"), [[1, 0], [0, 0]])


@pytest.mark.parametrize(("seeds", "listed"), [((1, 1), r"\[1, 1\]"), ((None, None), r"\[None, None\]")])
def test_two_runs_of_one_seed_are_refused(seeds: tuple[int | None, ...], listed: str) -> None:
    runs = [system("A", {"mlqa/de": [0]}, seed=seed) for seed in seeds]
    with pytest.raises(ValueError, match=f"`runs` of A must have a different seed each, but have {listed} .*; give"):
        runs_by_system(runs)


def test_of_different_signatures_the_parts_that_differ_are_told() -> None:
    first, other = (system("A", {"mlqa/de": [0]}, seed=seed, rule=rule) for seed, rule in enumerate(("mlqa", "squad")))
    with pytest.raises(ValueError, match=r"must be the same, but has rule:mlqa and rule:squad instead; score both"):
        seeds_of_sets("A", [first, other])


def test_no_run_is_refused() -> None:
    with pytest.raises(ValueError, match="`runs` must hold at least one run of a system, but hold none instead"):
        runs_by_system([])


def test_seeds_with_other_sets_are_refused() -> None:
    runs = [system("A", {"mlqa/de": [0]}), system("A", {"mlqa/zh": [0]})]
    with pytest.raises(ValueError, match="`sets` of all seeds of A must be the same, but are mlqa/de and mlqa/zh"):
        seeds_of_sets("A", runs)


def test_seeds_scored_by_other_rules_are_refused() -> None:
    runs = [system("A", {"mlqa/de": [0]}), system("A", {"mlqa/de": [0]}, rule="squad")]
    with pytest.raises(ValueError, match="`signature` of all seeds of A on mlqa/de .* has rule:mlqa and rule:squad"):
        seeds_of_sets("A", runs)


def test_seeds_with_other_questions_are_refused() -> None:
    first = system("A", {"mlqa/de": [0, 1]})
    other = replace(first, sets=(scored_set("mlqa/de", [0, 1], ids=("q0", "q7")),))
    refusal = "`ids` of all seeds of A on mlqa/de must be .* but 2 are only of one of the two: q1, q7"
    with pytest.raises(ValueError, match=refusal):
        seeds_of_sets("A", [first, other])
