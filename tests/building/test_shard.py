"""Reports of shards: written, read and added up."""

from __future__ import annotations

from collections import Counter

import pytest

from hf_xlqa.building.shard import ShardReport


def report(**changes) -> ShardReport:
    fields = {
        "examples": 2,
        "file_bytes": 10,
        "data_bytes": 20,
        "counts": [Counter(words=3), Counter()],
        "dropped": {"gone": ["a"]},
        "languages": Counter({"en.zh": 2}),
    }
    return ShardReport(**{**fields, **changes})


def test_reports_add_up():
    other = report(counts=[Counter(words=1, answers=1), Counter(words=5)], dropped={"gone": ["b"], "split": ["c"]})
    assert ShardReport.total([report(), other]) == ShardReport(
        examples=4,
        file_bytes=20,
        data_bytes=40,
        counts=[Counter(words=4, answers=1), Counter(words=5)],
        dropped={"gone": ["a", "b"], "split": ["c"]},
        languages=Counter({"en.zh": 4}),
    )


def test_a_report_is_read_as_it_was_written(tmp_path):
    report().write(tmp_path / "report.json")
    assert ShardReport.read(tmp_path / "report.json") == report()


def test_no_reports_add_up_to_none():
    assert ShardReport.total([]) == ShardReport()


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (lambda text: text.replace('"examples": 2', '"examples": 3'), "must be as it was written, but was changed"),
        (lambda text: "[1]", "must be as it was written, but was changed or damaged instead"),
        (lambda text: text[:20], "must be JSON, but is broken at line 1"),
    ],
)
def test_a_report_that_is_damaged_is_named_with_what_to_do(tmp_path, damaged, message):
    path = tmp_path / "report.json"
    report().write(path)
    path.write_text(damaged(path.read_text()))
    remedy = f"Remove {tmp_path} and build again; only this configuration is built anew."
    with pytest.raises(ValueError, match=f"report.json` {message}.* {remedy}"):
        ShardReport.read(path)
