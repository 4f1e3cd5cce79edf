"""Corpora that are datasets of the Hub: where their rows are, and the rows as paragraphs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from datasets import load_dataset

from hf_xlqa.corpora.findings import CorpusError, Finding, Kind
from hf_xlqa.corpora.squad_file import RawParagraph, UnrelatedElement, paragraphs_of


@dataclass(frozen=True, slots=True)
class HubSource:
    """Where a corpus is on the Hub.

    `config` and `data_files` are templates of {context} and {question}, the two languages, and
    `data_files` of {split} besides.

    Args:
        repo: id of the dataset.
        revision: commit (or, where a corpus is only in the Hub's own parquet conversion, its branch).
        splits: the dataset's name for each split the corpus has: train, validation, test.
        config: name of the configuration; None for the only one.
        data_files: the parquet files of a split, where the revision has no configurations.
        id_prefixes: by language, how the ids of its rows begin, where all languages share one configuration.
    """

    repo: str
    revision: str
    splits: Mapping[str, str]
    config: str | None = None
    data_files: str | None = None
    id_prefixes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HubRows:
    """The rows of one split of a dataset in one language, each an article, a paragraph or a flat record.

    Args:
        source: where the corpus is.
        split: train, validation or test.
        context_language: ISO 639-1 code of the contexts.
        question_language: ISO 639-1 code of the questions.

    Raises:
        ValueError: when the corpus has no such split.
        OSError: while iterating, when the dataset can be neither fetched nor found in the cache.
        CorpusError: while iterating, when a row is not of SQuAD format.
    """

    source: HubSource
    split: str
    context_language: str
    question_language: str

    def __post_init__(self) -> None:
        if self.split not in self.source.splits:
            valid = ", ".join(self.source.splits)
            raise ValueError(f"`split` of {self.source.repo} must be one of {valid}, but is {self.split!r} instead.")

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"{self.source.repo}@{self.source.revision} ({self._fill(self.source.config) or self.split})"

    def __iter__(self) -> Iterator[RawParagraph]:
        prefix = self.source.id_prefixes.get(self.context_language, "")
        for row in self._load():
            if prefix and not str(row.get("id")).startswith(prefix):
                continue
            try:
                yield from paragraphs_of(row)
            except UnrelatedElement as error:
                message = f"a row must be in SQuAD format, but {error} instead."
                raise CorpusError(self.name, Finding(Kind.UNRELATED_JSON, message)) from error

    def _load(self) -> Any:
        split = self.source.splits[self.split]
        files = self._fill(self.source.data_files)
        try:
            return load_dataset(
                self.source.repo,
                self._fill(self.source.config),
                data_files=files and {split: files},
                revision=self.source.revision,
                split=split,
            )
        except OSError as error:
            raise OSError(
                f"{self.name} must be at hand, but can be neither fetched nor found in the cache instead: {error} "
                "Name a local copy as `CORPUS=PATH`."
            ) from error

    def _fill(self, template: str | None) -> str | None:
        return template and template.format(
            context=self.context_language, question=self.question_language, split=self.source.splits[self.split]
        )
