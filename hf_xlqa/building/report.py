"""What a build counted, configuration by configuration, and every id that was lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hf_xlqa.building.export import Export
from hf_xlqa.building.shard import ShardReport, make_changes
from hf_xlqa.json_record import parse_json, write_text


def write_report(export: Export) -> None:
    """Sums the reports of the shards of a finished configuration, into its folder and into that of the whole build."""
    splits = {split: _split_report(export, split) for split in export.config.built_splits}
    manifest = parse_json(export.manifest.read_text("utf-8"), source=str(export.manifest))
    _write(export.folder / "report.json", {"manifest": manifest, "splits": splits})
    _write(export.output / "report.json", dict(reports(export.output)))


def reports(output: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The configurations that are finished in a folder, by name, with their reports."""
    for path in sorted(output.glob("build/*/report.json")):
        yield path.parent.name, parse_json(path.read_text("utf-8"), source=str(path))


def _split_report(export: Export, split: str) -> dict[str, Any]:
    total = ShardReport.total([ShardReport.read(job.report) for job in export.split_jobs(split)])
    reading = export.reading(split)
    changes = make_changes(export.config, export.learned)
    return {
        "examples": total.examples,
        "file_bytes": total.file_bytes,
        "data_bytes": total.data_bytes,
        "languages": total.languages,
        "dropped": total.dropped,
        "reading": parse_json(reading.read_text("utf-8"), source=str(reading)),
        "changes": [
            change.transform.report(counts) if change.transform else {}
            for change, counts in zip(changes, total.counts, strict=True)
        ],
    }


def _write(path: Path, content: Any) -> None:
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
