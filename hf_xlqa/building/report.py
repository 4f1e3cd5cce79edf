"""What a build counted, configuration by configuration, and every id that was lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hf_xlqa.building.export import Export
from hf_xlqa.building.records import read_record
from hf_xlqa.building.shard import ShardReport, make_changes
from hf_xlqa.json_record import read_json, write_record, write_text


def write_report(export: Export) -> None:
    """Sums the reports of the shards of a finished configuration, into its folder and into that of the whole build."""
    splits = {split: _split_report(export, split) for split in export.config.built_splits}
    write_record(export.folder / "report.json", {"manifest": read_json(export.manifest), "splits": splits})
    found = dict(reports(export.output))
    write_text(export.output / "report.json", json.dumps(found, ensure_ascii=False, indent=1) + "\n")


def reports(output: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The configurations that are finished in a folder, by name, with their reports.

    Raises:
        ValueError: when a report was changed or damaged.
    """
    for path in sorted(output.glob("build/*/report.json")):
        yield path.parent.name, read_record(path)


def _split_report(export: Export, split: str) -> dict[str, Any]:
    total = ShardReport.total([ShardReport.read(job.report) for job in export.split_jobs(split)])
    changes = make_changes(export.config, export.learned)
    return {
        "examples": total.examples,
        "file_bytes": total.file_bytes,
        "data_bytes": total.data_bytes,
        "languages": total.languages,
        "dropped": total.dropped,
        "reading": read_record(export.reading(split)),
        "changes": [
            change.transform.report(counts) if change.transform else {}
            for change, counts in zip(changes, total.counts, strict=True)
        ],
    }
