"""Reports of shards: written, read and added up."""

from __future__ import annotations

import json
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
    (tmp_path / "report.json").write_text(json.dumps(vars(report())))
    assert ShardReport.read(tmp_path / "report.json") == report()


def test_a_file_that_is_no_report_is_named(tmp_path):
    (tmp_path / "report.json").write_text('{"examples": 1, "rows": 1}')
    assert ShardReport.total([]) == ShardReport()
    with pytest.raises(ValueError, match="report.json` must have the fields .* and has the unknown .'rows'. instead"):
        ShardReport.read(tmp_path / "report.json")
