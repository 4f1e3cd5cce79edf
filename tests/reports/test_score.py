"""Scores of evaluation sets, and their means over seeds."""

from __future__ import annotations

import pytest

from hf_xlqa.reports import Score, mean_scores


def score(name: str, language: str = "de", exact_match: float = 50, f1: float = 60) -> Score:
    return Score(name, language, "mlqa", exact_match, f1, 10, "mlqa v1")


@pytest.mark.parametrize(
    ("name", "corpus", "question_language", "has_english"),
    [
        ("mlqa/de", "mlqa", "de", False),
        ("mlqa/de.en", "mlqa", "en", True),
        ("mlqa/de.zh", "mlqa", "zh", False),
        ("mlqa/de.en-GB", "mlqa", "en-GB", True),
        ("mlqa/de.EN", "mlqa", "EN", True),
        ("mlqa/de.enm", "mlqa", "enm", False),
        ("mlqa", "mlqa", "de", False),
        ("held-out.v2/de", "held-out.v2", "de", False),
    ],
)
def test_what_a_name_says(name: str, corpus: str, question_language: str, has_english: bool) -> None:
    found = score(name)
    assert (found.corpus, found.question_language, found.has_english) == (corpus, question_language, has_english)


def test_english_contexts_are_english() -> None:
    assert score("mlqa/en.de", "en").has_english


def test_mean_over_seeds_by_set() -> None:
    runs = [[score("a/de", exact_match=50, f1=60)], [score("a/de", exact_match=53, f1=61)]]
    assert mean_scores(runs) == [score("a/de", exact_match=51.5, f1=60.5)]


@pytest.mark.parametrize(
    ("runs", "listed"),
    [([], "none"), ([[score("a/de")], [score("a/en")]], "a/de; a/en"), ([[], [score("a/de")]], "; a")],
)
def test_runs_of_other_sets_are_refused(runs: list[list[Score]], listed: str) -> None:
    with pytest.raises(ValueError, match=f"`runs` must be one or more of the same sets, but are of {listed}"):
        mean_scores(runs)
