"""The examples a corpus is built from, and what reading them repaired and dropped."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hf_xlqa.building.config import CorpusConfig
from hf_xlqa.corpora.catalog import CATALOG, load_corpus, parse_spec
from hf_xlqa.corpora.newsqa import NewsQA, tells_no_splits
from hf_xlqa.corpora.reading_report import ReadingReport
from hf_xlqa.schema import Example

NEWSQA = "newsqa"


def source_examples(config: CorpusConfig, split: str) -> Iterable[Example]:
    """The examples of one split of the source, read anew at every iteration.

    Raises:
        ValueError: when the source or its split is unknown, or must be given as a file and is not.
        FileNotFoundError: when a file that was given is not there.
    """
    path = config.files.get(split)
    if config.source == NEWSQA:
        if path is None:
            raise ValueError(
                "`files` must be given for newsqa (--source train=FILE), which its licence keeps from the Hub, "
                f"but has none for {split!r} instead."
            )
        return NewsQA(path, split=split)
    return load_corpus(config.source if path is None else f"{config.source}={path}", split=split)


def reading_of(examples: Iterable[Example]) -> dict[str, Any]:
    """What the last iteration over a source met, as JSON; nothing where the source cannot have defects."""
    report = getattr(examples, "report", None)
    return dict(vars(report)) if isinstance(report, ReadingReport) else {}


def source_files(config: CorpusConfig) -> list[Path]:
    """The local files the source is read from."""
    paths = [Path(config.files[split]) for split in config.built_splits if split in config.files]
    return [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]


def source_name(config: CorpusConfig) -> str:
    """The source with its revision, as a fingerprint and a card name it."""
    corpus = CATALOG.get(config.source.partition("/")[0])
    if config.files or corpus is None or corpus.hub is None:
        return config.source
    return f"{config.source} ({corpus.hub.repo}@{corpus.hub.revision})"


def source_licence(config: CorpusConfig) -> str:
    """Licence of the source's texts, as the catalog states it."""
    corpus = CATALOG.get(config.source.partition("/")[0])
    return corpus.licence if corpus else "its publisher's terms"


def check_source(config: CorpusConfig) -> None:
    """Raise `ValueError` or `FileNotFoundError` where a split of the source cannot be read at all."""
    if config.source != NEWSQA:
        parse_spec(config.source if not config.files else f"{config.source}=file")
    if config.source == NEWSQA:
        _check_splits([config.files[split] for split in config.built_splits if split in config.files])
    for split in config.built_splits:
        if split in config.files and not Path(config.files[split]).exists():
            raise FileNotFoundError(f"`source` must be a file or folder, but {config.files[split]!r} is none instead.")
        source_examples(config, split) if config.source == NEWSQA else None


def _check_splits(files: list[str]) -> None:
    """Raise `ValueError` where one file that does not tell splits apart would be read for several."""
    repeated = [file for file in files if tells_no_splits(Path(file)) and files.count(file) > 1]
    if repeated:
        raise ValueError(
            f"`source` must be a file of its own for each split where it is CSV, but is {repeated[0]!r} for "
            f"{len(repeated)} splits instead; take NewsQA's JSON, which tells them apart."
        )
