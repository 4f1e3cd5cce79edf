"""Scores with their intervals."""

from __future__ import annotations

import csv
import re

import numpy as np
from tiny_scores import system

from hf_xlqa.reports.intervals import interval_table, intervals
from hf_xlqa.significance import bootstrap_interval

F1 = [1, 1, 0.5, 0.5, 0, 0.25, 1, 0]


def test_intervals_are_those_of_the_bootstrap_in_points() -> None:
    exact_match, f1 = intervals([system("A", {"mlqa/de": F1})], resamples=200, seed=3)
    assert (f1.system, f1.set, f1.measure, f1.questions, f1.seeds) == ("A", "mlqa/de", "f1", 8, 1)
    assert f1.mean == 100 * 4.25 / 8
    assert exact_match.mean == 100 * 3 / 8
    low, high = bootstrap_interval(np.array(F1), resamples=200, seed=3)
    assert (f1.low, f1.high) == (100 * low, 100 * high)
    assert f1.low < f1.mean < f1.high


def test_a_wider_confidence_gives_a_wider_interval() -> None:
    widths = []
    for confidence in (0.5, 0.99):
        _, f1 = intervals([system("A", {"mlqa/de": F1})], confidence=confidence)
        widths.append(f1.high - f1.low)
    assert widths[0] < widths[1]


def test_a_question_stays_with_its_seeds() -> None:
    # Seeds that complement each other: the mean of every question is 0.5, so no resample can move it.
    runs = [system("A", {"mlqa/de": f1}, seed=seed) for seed, f1 in enumerate(([1, 0, 1, 0], [0, 1, 0, 1]))]
    _, f1 = intervals(runs)
    assert (f1.seeds, f1.mean, f1.low, f1.high) == (2, 50, 50, 50)


def test_table_with_a_row_a_system_and_set() -> None:
    runs = [system(name, {"mlqa/de": [1, 1], "mlqa/zh": [0, 0]}) for name in ("A", "B")]
    lines = interval_table(intervals(runs, resamples=100), style="plain").splitlines()
    assert [re.split(r" {2,}", line) for line in lines[2:]] == [
        [name, corpus, "2", figures, figures]
        for name in ("A", "B")
        for corpus, figures in (("mlqa/de", "100.0 [100.0, 100.0]"), ("mlqa/zh", "0.0 [0.0, 0.0]"))
    ]


def test_csv_has_a_column_a_bound() -> None:
    rows = list(csv.DictReader(interval_table(intervals([system("A", {"mlqa/de": [1, 1]})]), style="csv").splitlines()))
    assert [row["measure"] for row in rows] == ["exact_match", "f1"]
    assert {name: rows[1][name] for name in ("mean", "low", "high", "seeds")} == {
        "mean": "100.0",
        "low": "100.0",
        "high": "100.0",
        "seeds": "1",
    }
