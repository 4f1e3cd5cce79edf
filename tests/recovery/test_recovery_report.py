"""Counts of what was found and ids of what was lost, alone and added up."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from hf_xlqa.recovery.recovery import Recovery, Unrecovered
from hf_xlqa.recovery.report import RecoveryReport


def first() -> RecoveryReport:
    report = RecoveryReport()
    report.add("q1", "in Paris", Recovery(3, 8, "exact", 0))
    report.add("q2", "in Paris", Recovery(3, 7, "fuzzy", 2))
    report.add("q3", "in Paris", Unrecovered("one tag lost"))
    return report


def second() -> RecoveryReport:
    report = RecoveryReport()
    report.add("q4", "東京都に", Recovery(0, 2, "fuzzy", 2))
    report.add("q5", "東京都に", Unrecovered("no similar span"))
    report.add("q6", "東京都に", Unrecovered("one tag lost"))
    return report


def test_answers_are_counted_by_method_distance_and_reason():
    report = first()
    assert (report.answers, report.recovered, report.recovered_share, report.cutting_share) == (3, 2, 2 / 3, 0.5)
    assert report.methods == {"exact": 1, "fuzzy": 1} and report.distances == {0: 1, 2: 1}
    assert report.cutting_words == ["q2"] and report.dropped == {"one tag lost": ["q3"]}


def test_reports_add_up_and_stay_as_they_are():
    one, other = first(), second()
    merged = RecoveryReport.merge([one, other])
    assert merged == RecoveryReport(
        methods=Counter({"exact": 1, "fuzzy": 2}),
        distances=Counter({0: 1, 2: 2}),
        cutting_words=["q2"],
        dropped={"one tag lost": ["q3", "q6"], "no similar span": ["q5"]},
    )
    assert (one, other) == (first(), second())
    assert RecoveryReport.merge([]) == RecoveryReport()


def test_json_gives_the_report_back():
    text = first().to_json()
    assert json.loads(text)["distances"] == {"0": 1, "2": 1}
    assert RecoveryReport.from_json(text, source="r.json") == first()


def test_a_json_of_something_else_is_refused():
    with pytest.raises(ValueError, match=r"`r\.json` must be JSON, but is broken at line 1"):
        RecoveryReport.from_json("{", source="r.json")
    with pytest.raises(ValueError, match=r"`r\.json` must have the fields .* has the unknown \['rows'\] instead"):
        RecoveryReport.from_json('{"rows": 1}', source="r.json")


def test_people_read_a_line_each():
    assert RecoveryReport.merge([first(), second()]).lines() == [
        "3 of 6 answers found again (50.0%)",
        "by method: fuzzy: 2, exact: 1",
        "by edits: 0: 1, 2: 2",
        "cutting words: 1 (q2), 33.3%",
        "dropped, no similar span: 1 (q5)",
        "dropped, one tag lost: 2 (q3, q6)",
    ]
    many = RecoveryReport(dropped={"blank answer": ["a", "b", "c", "d"]})
    assert many.lines() == ["0 of 4 answers found again (0.0%)", "dropped, blank answer: 4 (a, b, c, ...)"]
    assert RecoveryReport().lines() == ["0 of 0 answers found again (0.0%)"]
