"""Corpora as builders of the datasets library: a subclass holds nothing but what the corpus is."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, ClassVar

import datasets

from hf_xlqa.building.config import CorpusConfig
from hf_xlqa.building.export import Export
from hf_xlqa.building.fingerprint import described, fingerprint
from hf_xlqa.building.pipeline import changed
from hf_xlqa.building.rows import FEATURES, row
from hf_xlqa.building.shard import make_changes
from hf_xlqa.building.source import source_licence
from hf_xlqa.building.spill import read_bucket
from hf_xlqa.transforms.transform import Dropped

logger = logging.getLogger(__name__)

_FIELDS = {each.name for each in fields(CorpusConfig)} - {each.name for each in fields(datasets.BuilderConfig)}


class CorpusBuilder(datasets.GeneratorBasedBuilder):
    """A corpus made of another; `download_and_prepare`, `as_dataset` and `as_streaming_dataset` give its rows.

    A subclass gives `BUILDER_CONFIGS`, `VERSION`, `citation` and its docstring, the description. The cache
    tells builds apart by everything that decides them: source, files, options, seed and code.

    Args:
        config_name: of a configuration; may be left out where there is one only.
        cache_dir: as of every builder.
        options: fields of `CorpusConfig`, such as `dictionary` or `seed`, and further arguments of the base class.

    Raises:
        ValueError: when there is no such configuration, or an option waits for something that is not given.
        OSError: when a file that is given cannot be read.
    """

    BUILDER_CONFIG_CLASS = CorpusConfig
    BUILDER_CONFIGS: ClassVar[Sequence[CorpusConfig]] = ()
    citation: ClassVar[str] = ""
    """BibTeX of the paper whose method this is, or "" for none."""

    def __init__(self, config_name: str | None = None, cache_dir: str | None = None, **options: Any) -> None:
        own = {name: options[name] for name in _FIELDS & options.keys()}
        config = self.configured(config_name, **own)
        hash_ = fingerprint([self.corpus_name(), described(config)])
        super().__init__(cache_dir=cache_dir, config_name=config.name, hash=hash_, **options)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for config in cls.BUILDER_CONFIGS:
            config.version = cls.VERSION

    @classmethod
    def corpus_name(cls) -> str:
        """Name of the corpus: that of its folder and file."""
        return cls.__module__.rpartition(".")[2]

    @classmethod
    def configured(cls, config_name: str | None = None, **options: Any) -> CorpusConfig:
        """A configuration with what a user gives.

        Args:
            config_name: see `CorpusBuilder`.
            options: fields of `CorpusConfig`.

        Raises:
            ValueError: when there is no such configuration (the message lists those there are), or an option is
                not what it must be.
        """
        by_name = {config.name: config for config in cls.BUILDER_CONFIGS}
        name = next(iter(by_name)) if config_name is None and len(by_name) == 1 else config_name
        if name not in by_name:
            raise ValueError(f"`config` must be one of {', '.join(by_name)}, but is {config_name!r} instead.")
        return replace(by_name[name], **options)

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo(
            description=self.__doc__ or "",
            features=FEATURES,
            citation=self.citation,
            license=source_licence(self.config),
        )

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:
        export = Export(self.corpus_name(), self.config, self._work)
        export.prepare()
        return [
            datasets.SplitGenerator(
                split,
                gen_kwargs={
                    "buckets": [str(job.bucket) for job in export.split_jobs(split)],
                    "learned": str(export.learned),
                },
            )
            for split in self.config.built_splits
        ]

    def _generate_examples(self, buckets: Sequence[str], learned: str) -> Iterator[tuple[str, dict[str, Any]]]:
        dropped: Counter[str] = Counter()
        changes = make_changes(self.config, Path(learned))
        for bucket in buckets:
            for outcome in changed(read_bucket(Path(bucket)), changes, self.config.seed):
                if isinstance(outcome, Dropped):
                    dropped[outcome.reason] += 1
                else:
                    yield outcome.id, row(outcome)
        for reason, count in sorted(dropped.items()):
            logger.warning("%s: %d examples were dropped: %s", self.dataset_name, count, reason)

    def download_and_prepare(self, *args: Any, **options: Any) -> None:
        """As of every builder; what only building needs is removed afterwards."""
        super().download_and_prepare(*args, **options)
        shutil.rmtree(self._work, ignore_errors=True)

    @property
    def _work(self) -> Path:
        """Folder of the buckets, beside that of the rows."""
        return Path(f"{self._cache_dir}.work")
