"""What a corpus is built from: its source, the changed copies of every example, and what only a user has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import datasets

from hf_xlqa.messages import check_counts

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Given:
    """Stands among the options of a transform for something that only a user has.

    Args:
        name: the field of `CorpusConfig` it is given by.
        source_language, target_language: what it translates from and to, where it does; `{source}` and
            `{target}` in what is given stand for them.
    """

    name: Literal["dictionary", "backend", "parses"]
    source_language: str = ""
    target_language: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """One changed copy of every example of the source.

    Args:
        transform: a file of transforms/; None leaves the examples as they are.
        options: arguments of the transform, `Given` where a user gives them.
        suffix: of the ids, which tells the copies of one example apart; `parallel_id` is the source's.
    """

    transform: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    suffix: str = ""


AS_IT_IS = Variant()


@dataclass
class CorpusConfig(datasets.BuilderConfig):
    """One configuration of a built corpus.

    Args:
        source: a corpus of the catalog, such as "squad" or "sample/en", or "newsqa", which must be given as files.
        splits: of the source that are built: train, validation, test.
        variants: copies of every example, in the order of the rows.
        files: by split, a local file or folder to read instead of the Hub; the other splits are left out.
        dictionary: file of word translations (see `translation.dictionaries`), for transforms that need one;
            `{sample}` is that of the embedded sample.
        backend: of translations, as `translation.make_translator` reads it.
        cache: file that keeps translations.
        parses: CoNLL-U files, for transforms that need them.
        seed: of everything random.
        num_shards: files that each split is written to.

    Raises:
        ValueError: when a split is unknown, the number of shards is not positive, or two variants share a suffix.
    """

    source: str = ""
    splits: tuple[str, ...] = ("train", "validation")
    variants: tuple[Variant, ...] = (AS_IT_IS,)
    files: Mapping[str, str] = field(default_factory=dict)
    dictionary: str | None = None
    backend: str | None = None
    cache: str | None = None
    parses: tuple[str, ...] = ()
    seed: int = 0
    num_shards: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check()

    def check(self) -> None:
        """Raise `ValueError` where a field is not what it must be."""
        unknown = [split for split in (*self.splits, *self.files) if split not in SPLITS]
        if unknown or not self.splits:
            raise ValueError(f"`splits` must be of {', '.join(SPLITS)}, but are {unknown or 'none'} instead.")
        check_counts(num_shards=self.num_shards)
        suffixes = [variant.suffix for variant in self.variants]
        if len(set(suffixes)) < len(suffixes) or not suffixes:
            raise ValueError(f"`variants` must have a suffix each of its own, but have {suffixes} instead.")

    @property
    def built_splits(self) -> tuple[str, ...]:
        """The splits that are built: those files are given for, or all."""
        return tuple(split for split in SPLITS if split in (self.files or self.splits))
