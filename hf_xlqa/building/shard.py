"""One shard of a build: a bucket read, changed and written as parquet, whole or not at all."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hf_xlqa.building.config import CorpusConfig
from hf_xlqa.building.fingerprint import file_digest
from hf_xlqa.building.inputs import make_transform
from hf_xlqa.building.locks import held
from hf_xlqa.building.pipeline import CHUNK, Change, changed
from hf_xlqa.building.records import read_record
from hf_xlqa.building.rows import FEATURES, row
from hf_xlqa.building.spill import read_bucket
from hf_xlqa.json_record import write_record
from hf_xlqa.schema import Example
from hf_xlqa.transforms.transform import Dropped


@dataclass(frozen=True, slots=True)
class ShardJob:
    """What one process needs to build one shard.

    Args:
        config: what is built.
        bucket: the paragraphs to change, as `spill` wrote them.
        learned: file with the options that the transforms learned from the whole corpus, a record a variant.
        data: the parquet file to write.
        report: the report to write beside the work, by which a shard counts as finished.
        lock: held while the shard is built, so that no two processes build it at once.
    """

    config: CorpusConfig
    bucket: Path
    learned: Path
    data: Path
    report: Path
    lock: Path

    @property
    def is_finished(self) -> bool:
        """Whether the shard is there, as its report says; one that is damaged, or its report, is to be built anew."""
        if not (self.report.is_file() and self.data.is_file()):
            return False
        try:
            report = ShardReport.read(self.report)
        except ValueError:
            return False
        state = self.data.stat()
        return state.st_size == report.file_bytes and _digest(self.data, state.st_mtime_ns) == report.file_digest


@dataclass
class ShardReport:
    """What became of the examples of a shard; reports add up to that of a split.

    Args:
        examples: rows written.
        file_bytes: size of the parquet file.
        file_digest: of its content.
        data_bytes: size of the rows in memory, as Arrow has them.
        counts: what each variant's transform counted, in the order of the variants.
        dropped: ids by the reason for their loss.
        languages: rows by "CONTEXT.QUESTION", their languages.
    """

    examples: int = 0
    file_bytes: int = 0
    file_digest: str = ""
    data_bytes: int = 0
    counts: list[Counter[str]] = field(default_factory=list)
    dropped: dict[str, list[str]] = field(default_factory=dict)
    languages: Counter[str] = field(default_factory=Counter)

    @classmethod
    def read(cls, path: Path) -> ShardReport:
        """The report of a file.

        Raises:
            ValueError: when the file was changed or damaged.
        """
        fields = read_record(path)
        counts = [Counter(each) for each in fields["counts"]]
        return cls(**{**fields, "counts": counts, "languages": Counter(fields["languages"])})

    def write(self, path: Path) -> None:
        """Writes the report whole or not at all."""
        write_record(path, vars(self))

    @classmethod
    def total(cls, reports: Sequence[ShardReport]) -> ShardReport:
        """The sum of reports of one configuration, ids in the order of the reports."""
        total = cls(counts=[Counter() for _ in (reports[0].counts if reports else ())])
        for report in reports:
            total.examples += report.examples
            total.file_bytes += report.file_bytes
            total.data_bytes += report.data_bytes
            total.languages.update(report.languages)
            for count, more in zip(total.counts, report.counts, strict=True):
                count.update(more)
            for reason, ids in report.dropped.items():
                total.dropped.setdefault(reason, []).extend(ids)
        return total


@lru_cache(maxsize=2**16)
def _digest(path: Path, changed_ns: int) -> str:
    """The digest of a shard, read once as long as it does not change."""
    return file_digest(path)


def make_changes(config: CorpusConfig, learned: Path) -> list[Change]:
    """The transforms of a configuration, made with what they learned."""
    return [
        Change(make_transform(variant, config, each), variant.suffix)
        for variant, each in zip(config.variants, read_record(learned), strict=True)
    ]


def build_shard(job: ShardJob) -> Path:
    """Builds one shard unless it is finished, and returns its file.

    The parquet file and the report take their names once they are whole, the report last.

    Raises:
        OSError: when they cannot be written; what is finished stays.
        ValueError: whatever the transforms refuse.
    """
    try:
        with held(job.lock):
            if not job.is_finished:
                _build(job)
    except OSError as error:
        raise OSError(
            f"`{job.data}` must be built whole, but could not be: {error}. "
            "Finished shards are kept: mend the cause and call again."
        ) from error
    return job.data


def _build(job: ShardJob) -> None:
    report = ShardReport()
    changes = make_changes(job.config, job.learned)
    outcomes = changed(read_bucket(job.bucket), changes, job.config.seed)
    with _whole(job.data) as partial:
        with pq.ParquetWriter(partial, FEATURES.arrow_schema) as writer:
            for table in _tables(outcomes, report):
                writer.write_table(table)
        report.file_bytes = partial.stat().st_size
        report.file_digest = file_digest(partial)
    report.counts = [change.transform.counts if change.transform else Counter() for change in changes]
    report.write(job.report)


def _tables(outcomes: Iterable[Example | Dropped], report: ShardReport) -> Iterator[pa.Table]:
    """Rows in tables of `CHUNK`, counted into the report; none is empty, for readers stumble over it."""
    rows: list[dict[str, Any]] = []
    for outcome in outcomes:
        if isinstance(outcome, Dropped):
            report.dropped.setdefault(outcome.reason, []).append(outcome.id)
            continue
        report.languages[f"{outcome.context_language}.{outcome.question_language}"] += 1
        rows.append(row(outcome))
        if len(rows) == CHUNK:
            yield _table(rows, report)
            rows = []
    if rows:
        yield _table(rows, report)


def _table(rows: Sequence[dict[str, Any]], report: ShardReport) -> pa.Table:
    table = pa.Table.from_pylist(list(rows), schema=FEATURES.arrow_schema)
    report.examples += table.num_rows
    report.data_bytes += table.nbytes
    return table


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A file to write that takes the name `path` once it is whole; what a killed process left is swept away."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{path.name}.*.partial"):
        left.unlink()
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
