"""Comparisons of systems, with p-values worked out by hand: n equal differences have p = 2 / 2^n."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_scores import scored_set, system

from hf_xlqa.reports.comparison import compare
from hf_xlqa.reports.system import SystemScores
from hf_xlqa.significance import paired_bootstrap, randomization_test

ZERO = system("zero-shot", {"mlqa/de": [0] * 10, "mlqa/zh": [0] * 5})
XLTT = system("XLTT", {"mlqa/de": [1] * 10, "mlqa/zh": [1] * 5})
JOINT = system("joint", {"mlqa/de": [0.5] + [0] * 9, "mlqa/zh": [0] * 5})


def test_differences_p_values_and_their_correction() -> None:
    german, chinese, pooled = compare([ZERO, XLTT]).rows
    assert (german.baseline, german.system, german.set, german.sets, german.questions) == (
        *("zero-shot", "XLTT", "mlqa/de"),
        *(1, 10),
    )
    assert (german.baseline_mean, german.system_mean, german.difference) == (0, 100, 100)
    assert (german.p_value, chinese.p_value) == (2 / 2**10, 2 / 2**5)
    assert german.exact and chinese.exact
    # Five of the ten ids are in both sets: ten units, of which only all swapped or none are as far apart.
    assert (pooled.set, pooled.sets, pooled.questions, pooled.p_value) == ("mlqa, pooled", 2, 15, 2 / 2**10)
    # Holm: 3 times the smallest, 2 times the next but not less than before, the largest as it is.
    assert [row.adjusted for row in (german, chinese, pooled)] == [6 / 1024, 2 / 32, 6 / 1024]
    assert [row.mark for row in (german, chinese, pooled)] == ["**", "", "**"]


def test_marks_are_of_the_corrected_p_value_and_below_its_level() -> None:
    sets = {f"x/{code}": [0] * 6 for code in ("de", "en", "hi", "zh")}
    rows = compare([system("A", sets), system("B", {name: [1] * 6 for name in sets})], unit="pairs").rows
    single = rows[0]
    assert (single.p_value, single.adjusted, single.mark) == (2 / 2**6, 4 * 2 / 2**6, "")
    levels = {0.0099: "**", 0.01: "*", 0.0499: "*", 0.05: ""}
    assert {level: replace(single, adjusted=level).mark for level in levels} == levels


def test_pairs_pooled_take_every_score_for_independent() -> None:
    assert compare([ZERO, XLTT], unit="pairs").rows[2].p_value == 2 / 2**15


def test_a_pooled_row_is_the_mean_over_all_questions() -> None:
    pooled = compare([JOINT, XLTT]).rows[2]
    assert pooled.baseline_mean == pytest.approx(100 * 0.5 / 15)
    assert pooled.difference == pytest.approx(100 * 14.5 / 15)


def test_the_interval_of_a_constant_difference_is_a_point_even_if_sets_share_some_questions() -> None:
    assert {(row.low, row.high) for row in compare([ZERO, XLTT]).rows} == {(100, 100)}


def test_corpora_are_pooled_by_themselves() -> None:
    sets = {"mlqa/de": [1, 0], "xquad/de": [1, 0], "xquad/zh": [1, 0]}
    rows = compare([system("A", sets), system("B", sets)]).rows
    assert [row.set for row in rows] == ["mlqa/de", "xquad/de", "xquad/zh", "xquad, pooled"]
    assert {row.p_value for row in rows} == {1}


def test_each_with_the_first_or_all_pairs() -> None:
    runs = [ZERO, XLTT, JOINT]
    names = [(row.baseline, row.system) for row in compare(runs).rows]
    assert names == [("zero-shot", "XLTT")] * 3 + [("zero-shot", "joint")] * 3
    every = compare(runs, pairs="all")
    assert [(row.baseline, row.system) for row in every.rows] == names + [("XLTT", "joint")] * 3
    assert every.rows[6].difference == -95
    assert every.rows[0].adjusted > compare(runs).rows[0].adjusted


def test_several_seeds() -> None:
    runs = [
        system("A", {"mlqa/de": [0.5, 0, 0, 0]}, seed=0),
        system("A", {"mlqa/de": [0, 0.5, 0.5, 0]}, seed=1),
        system("B", {"mlqa/de": [1, 1, 1, 1]}),
    ]
    (row,) = compare(runs).rows
    assert (row.baseline_seeds, row.system_seeds, row.system_deviation) == (2, 1, None)
    assert row.baseline_mean == 100 * 1.5 / 8
    assert row.baseline_deviation == pytest.approx(100 * 0.125 / 2**0.5)  # of 0.125 and 0.25
    assert row.p_value == 2 / 2**4
    with pytest.raises(
        ValueError, match='`unit` must be "questions" where .* but is "pairs" for A with 2 and B with 1'
    ):
        compare(runs, unit="pairs")


def test_questions_are_paired_by_id() -> None:
    shuffled = replace(XLTT, system="C", sets=(scored_set("mlqa/de", [0.25, 1], ids=["q1", "q0"]),))
    (row,) = compare([system("A", {"mlqa/de": [1, 0.25]}), shuffled]).rows
    assert (row.difference, row.p_value, row.low, row.high) == (0, 1, 0, 0)


SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 2 / 3, 1.0]), min_size=12, max_size=12)


@settings(max_examples=20)
@given(SCORES, SCORES, st.sampled_from(["randomization", "bootstrap"]))
def test_single_sets_have_the_figures_of_the_tests_themselves(
    first: list[float], second: list[float], test: str
) -> None:
    (row,) = compare([system("A", {"mlqa/de": first}), system("B", {"mlqa/de": second})], test=test, resamples=200).rows
    bootstrap = paired_bootstrap(np.array(second), np.array(first), resamples=200)
    direct = randomization_test(np.array(second), np.array(first), permutations=200)
    assert row.p_value == (bootstrap if test == "bootstrap" else direct).p_value
    assert (row.low, row.high) == pytest.approx((100 * bootstrap.low, 100 * bootstrap.high), abs=1e-9)


def test_pooled_intervals_keep_translations_together() -> None:
    generator = np.random.default_rng(0)
    first, second = generator.random((2, 200))
    one = compare([system("A", {"x/de": first}), system("B", {"x/de": second})]).rows[0]
    # Four copies of a set say no more than one, unless they are taken for independent.
    names = ("de", "en", "hi", "zh")
    runs = [system(name, {f"x/{code}": f1 for code in names}) for name, f1 in (("A", first), ("B", second))]
    together, apart = compare(runs).rows[-1], compare(runs, unit="pairs").rows[-1]
    assert (together.low, together.high) == pytest.approx((one.low, one.high))
    assert (apart.high - apart.low) / (one.high - one.low) == pytest.approx(1 / 2, rel=0.05)


def test_table_and_legend() -> None:
    lines = compare([ZERO, XLTT], resamples=2000).table().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[:5]]
    assert cells[0] == [
        *("set", "questions", "baseline", "F1", "system", "F1", "difference", "95% interval", "p", "p (Holm)"),
    ]
    assert cells[2] == [
        *("mlqa/de", "10", "zero-shot", "0.0", "XLTT", "100.0", "+100.0", "[+100.0, +100.0]", "0.0020", "0.0059 **"),
    ]
    assert cells[3][-2:] == ["0.0625", "0.0625"]
    assert lines[6:] == [
        "Interval of the difference: paired bootstrap, 2,000 resamples, seed 0.",
        "p: Fisher randomization, two-sided, 2,000 permutations, exact where there are no more, seed 0.",
        "Unit of both: questions, each with all its seeds and, in pooled rows, all sets that have its id.",
        "p (Holm): adjusted over the 3 comparisons of this table; * p < .05, ** p < .01.",
        "mlqa: rule:mlqa|version:1.0|language:de+zh|golds:all|missing:refuse|corpus:mlqa",
    ]


def test_table_of_seeds_shows_their_deviation() -> None:
    runs = [system("A", {"mlqa/de": f1}, seed=seed) for seed, f1 in enumerate(([1, 0], [0, 0]))]
    text = compare([*runs, *(replace(run, system="B") for run in runs)], test="bootstrap", unit="pairs").table("plain")
    assert "25.0 ± 35.4" in text  # of 50 and 0
    assert "Means over the seeds ± their sample standard deviation." in text
    assert "p: paired bootstrap, two-sided, 10,000 resamples, seed 0." in text
    assert "Unit of both: pairs of scores, all seeds and sets pooled." in text


def test_a_tiny_p_value_is_not_shown_as_zero() -> None:
    runs = [system(name, {"x/de": [value] * 40}) for name, value in (("A", 0), ("B", 1))]
    assert "| <.0001 | <.0001 ** |" in compare(runs).table()


def test_records_are_json_and_csv_has_them_too() -> None:
    found = compare([ZERO, XLTT], measure="exact_match")
    records = json.loads(json.dumps(found.records()))
    assert records[1]["p_value"] == 2 / 32
    assert records[1]["test"] == "Fisher randomization"
    assert (records[1]["measure"], records[1]["unit"], records[1]["seed"]) == ("exact_match", "questions", 0)
    rows = list(csv.DictReader(found.table("csv").splitlines()))
    assert [row["set"] for row in rows] == ["mlqa/de", "mlqa/zh", "mlqa, pooled"]
    assert float(rows[0]["p_value"]) == 2 / 2**10
    assert rows[0]["system_deviation"] == ""


def test_the_same_table_twice() -> None:
    generator = np.random.default_rng(1)
    runs = [system(name, {"x/de": generator.random(50)}) for name in "AB"]
    assert compare(runs).records() == compare(runs).records()
    assert compare(runs, seed=1).rows[0].p_value != compare(runs).rows[0].p_value


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            system("B", {"mlqa/de": [0]}, rule="squad"),
            "`signature` of A and B on mlqa/de .* rule:mlqa.* and rule:squad",
        ),
        (
            system("B", {"mlqa/zh": [0]}),
            "`sets` of A and B must be the same, but A alone has mlqa/de and B alone has mlqa/zh instead",
        ),
        (system("B", {"mlqa/de": [0, 1]}), "`ids` of A and B on mlqa/de must .* but 1 are only of one of the two: q1"),
        (system("A", {"mlqa/de": [0]}, seed=1), "`runs` must be of two systems or more, but are of A alone instead"),
    ],
)
def test_what_cannot_be_compared_is_refused(other: SystemScores, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare([system("A", {"mlqa/de": [0]}), other])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"measure": "recall"}, "`measure` must be one of exact_match, f1, but is 'recall' instead"),
        ({"test": "t"}, "`test` must be one of randomization, bootstrap, mcnemar, but is 't' instead"),
        ({"unit": "sets"}, "`unit` must be one of pairs, questions, but is 'sets' instead"),
        ({"pairs": "some"}, "`pairs` must be one of baseline, all, but is 'some' instead"),
    ],
)
def test_unknown_choices_list_the_valid_ones(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare([ZERO, XLTT], **options)


def test_one_sided_p_values_are_for_the_system_against_its_baseline() -> None:
    better, worse = (compare([ZERO, XLTT], alternative=side).rows[0] for side in ("greater", "less"))
    assert (better.p_value, worse.p_value) == (1 / 2**10, 1)
    assert better.difference == worse.difference == 100
    assert "p: Fisher randomization, one-sided, for a system better than its baseline" in (
        compare([ZERO, XLTT], alternative="greater").table("plain")
    )


def test_mcnemar_counts_pairs_that_one_system_alone_has_right() -> None:
    """Of 10 questions 8 are right in XLTT alone and 1 in the baseline alone: 2 * (9 + 1) / 2^9."""
    systems = [system("A", {"mlqa/de": [0] * 8 + [1, 1]}), system("B", {"mlqa/de": [1] * 8 + [0, 1]})]
    compared = compare(systems, test="mcnemar", measure="exact_match", unit="pairs")
    assert compared.rows[0].p_value == pytest.approx(2 * (9 + 1) / 2**9)
    assert compared.rows[0].exact
    assert "p: McNemar, two-sided, exact." in compared.table("plain")
    with pytest.raises(
        ValueError, match='"mcnemar" must be of the measure "exact_match" and the unit "pairs", but is of'
    ):
        compare(systems, test="mcnemar", measure="f1", unit="pairs")
