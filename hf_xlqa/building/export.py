"""A whole build in a folder: planned, run in one process or many, resumed, put together.

    DIR/README.md                            the card, once a configuration is whole
    DIR/report.json                          counts, and the ids of all that was dropped
    DIR/data/CONFIG/SPLIT-00003-of-00008.parquet
    DIR/build/CONFIG/                        manifest and reports of the shards; `work/` until the end

Machines that build parts of the shards (`Part`) are merged by copying their folders into one and building
again there: everything is found finished, and only the card is written.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from hf_xlqa.building.config import CorpusConfig, Variant
from hf_xlqa.building.fingerprint import described
from hf_xlqa.building.inputs import forget_translators, made_options, transform_class
from hf_xlqa.building.locks import held
from hf_xlqa.building.records import remedy
from hf_xlqa.building.shard import ShardJob
from hf_xlqa.building.source import check_source, reading_of, source_examples
from hf_xlqa.building.spill import bucket_paths, read_bucket, spill
from hf_xlqa.json_record import check_type, read_json, write_record, write_text
from hf_xlqa.messages import first_few, named, shown
from hf_xlqa.transforms.transform import Transform


@dataclass(frozen=True, slots=True)
class Part:
    """The shards of one machine: those whose number, from 1, leaves the rest `index` when divided by `count`."""

    index: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Part:
        """The part that "1/2" names.

        Raises:
            ValueError: when it is not two numbers, or the first is not within the second.
        """
        index, _, count = text.partition("/")
        if not (index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
            raise ValueError(f"`shard` must be I/N with I from 1 to N, but is {text!r} instead.")
        return cls(int(index), int(count))

    def has(self, number: int) -> bool:
        """Whether the shard of a number is of this part."""
        return number % self.count == self.index - 1


WHOLE = Part()


class Export:
    """The build of one configuration in a folder.

    Args:
        corpus: name of the corpus, which a folder holds one of.
        config: what is built.
        output: the folder.
    """

    def __init__(self, corpus: str, config: CorpusConfig, output: Path) -> None:
        self.corpus = corpus
        self.config = config
        self.output = output
        self.folder = output / "build" / str(config.name)
        self.work = self.folder / "work"
        self.data = output / "data" / str(config.name)

    @property
    def manifest(self) -> Path:
        """File that says what is built here."""
        return self.folder / "manifest.json"

    def jobs(self) -> list[ShardJob]:
        """All shards, finished or not, split by split."""
        return [job for split in self.config.built_splits for job in self.split_jobs(split)]

    def split_jobs(self, split: str) -> list[ShardJob]:
        """The shards of one split in order."""
        count = self.config.num_shards
        jobs = []
        for number, bucket in enumerate(bucket_paths(self.work / split, count)):
            name = f"{split}-{number:05d}-of-{count:05d}"
            data, report = self.data / f"{name}.parquet", self.folder / f"{name}.json"
            jobs.append(ShardJob(self.config, bucket, self.learned, data, report, self.work / f"{name}.lock"))
        return jobs

    @property
    def learned(self) -> Path:
        """File of what the transforms learned from the corpus."""
        return self.folder / "learned.json"

    def reading(self, split: str) -> Path:
        """File that says what reading the source of a split repaired and dropped."""
        return self.folder / f"{split}.reading.json"

    @property
    def is_finished(self) -> bool:
        """Whether every shard is there."""
        return self.manifest.is_file() and all(job.is_finished for job in self.jobs())

    def prepare(self, part: Part = WHOLE) -> list[ShardJob]:
        """The shards of a part that are still to build, everything they need being there.

        Raises:
            ValueError: when the folder holds another build, or the configuration cannot be built.
            OSError: when the source cannot be read or the folder not written.
            CorpusError: when the source is no corpus.
        """
        forget_translators()
        self._claim()
        pending = [job for job in self._of(part) if not job.is_finished]
        if pending:
            with self.unclaimed_if_refused(), held(self._source_lock):
                for split in self.config.built_splits:
                    self._spill(split)
                self._learn()
        return pending

    @contextmanager
    def unclaimed_if_refused(self) -> Iterator[None]:
        """Gives a folder back in which no shard is finished where the block refuses what it is given."""
        try:
            yield
        except ValueError:
            if not any(job.report.exists() for job in self.jobs()):
                shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def clear(self) -> None:
        """Removes what only building needs."""
        with held(self._source_lock):
            shutil.rmtree(self.work, ignore_errors=True)

    @property
    def _source_lock(self) -> Path:
        """Held by the process that reads the source, and by the one that removes what was read."""
        return self.work / "source.lock"

    def _of(self, part: Part) -> Iterator[ShardJob]:
        for split in self.config.built_splits:
            jobs = self.split_jobs(split)
            yield from (job for number, job in enumerate(jobs) if part.has(number))

    def _claim(self) -> None:
        """Writes down what is built here, or refuses to mix it with what was."""
        check_source(self.config)
        wanted = {"corpus": self.corpus, **described(self.config)}
        for path in sorted(self.folder.parent.glob("*/manifest.json")):
            found = _manifest(path)
            if path == self.manifest or found["corpus"] != self.corpus:
                _check_same(path, found, json.loads(json.dumps(wanted)))
        if not self.manifest.exists() and not self._is_first(wanted):
            self._claim()

    def _is_first(self, wanted: dict[str, Any]) -> bool:
        """Puts the folder with its manifest in its place in one step, which only one process can."""
        claimed = self.folder.with_name(f".{self.folder.name}.{os.getpid()}.partial")
        write_text(claimed / self.manifest.name, json.dumps(wanted, ensure_ascii=False, indent=1, sort_keys=True))
        try:
            os.rename(claimed, self.folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            if self.manifest.exists():
                return False
            os.replace(claimed / self.manifest.name, self.manifest)  # the folder of a build that lost its manifest
        finally:
            shutil.rmtree(claimed, ignore_errors=True)
        return True

    def _spill(self, split: str) -> None:
        folder = self.work / split
        if folder.is_dir() and self.reading(split).is_file():
            return
        shutil.rmtree(folder, ignore_errors=True)
        examples = source_examples(self.config, split)
        spill(examples, folder, self.config.num_shards)
        write_record(self.reading(split), reading_of(examples))

    def _learn(self) -> None:
        if not self.learned.exists():
            folders = [self.work / split for split in self.config.built_splits]
            write_record(self.learned, learned_options(self.config, folders))


def _manifest(path: Path) -> dict[str, Any]:
    """What a build wrote down of itself.

    Raises:
        ValueError: when the file is damaged; says how to go on.
    """
    try:
        found = read_json(path)
        check_type(found, dict, source=str(path))
        check_type(found.get("corpus"), str, source=f"{path}: corpus")
    except ValueError as error:
        raise ValueError(f"{error} {remedy(path)}") from error
    return dict(found)


def learned_options(config: CorpusConfig, folders: Iterable[Path]) -> list[dict[str, Any]]:
    """What each variant's transform learns from the buckets of all splits, {} where it learns nothing."""
    paths = [path for folder in folders for path in bucket_paths(folder, config.num_shards)]
    return [_learned(variant, config, paths) for variant in config.variants]


def _learned(variant: Variant, config: CorpusConfig, buckets: Iterable[Path]) -> dict[str, Any]:
    if variant.transform is None:
        return {}
    transform = transform_class(variant)
    if transform.learned.__func__ is Transform.learned.__func__:  # type: ignore[attr-defined]
        return {}  # its options, a model perhaps, are made where they are used only
    return transform.learned(chain.from_iterable(map(read_bucket, buckets)), **made_options(variant, config))


def _check_same(path: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    differing = sorted(key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key))
    if differing:
        told = [f"{named(key)} ({_short(found.get(key))}, now {_short(wanted.get(key))})" for key in differing]
        raise ValueError(
            f"`output` must be a new folder, or that of the same build, but {str(path)!r} is of one with another "
            f"{first_few(told, len(wanted))} instead. Nothing was changed: name another folder, or remove this one."
        )


def _short(value: Any) -> str:
    text = shown(value) if isinstance(value, dict | list) else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
