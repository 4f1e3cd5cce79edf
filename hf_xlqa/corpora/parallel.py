"""Corpora in several languages joined by the ids their examples share."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Literal, get_args

from hf_xlqa.corpora.reading_report import ReadingReport
from hf_xlqa.corpora.squad_format import CorpusReader, OnDefect, read_examples
from hf_xlqa.messages import check_choice, first_few
from hf_xlqa.schema import Example, ParallelExample

Missing = Literal["keep", "drop", "raise"]

logger = logging.getLogger(__name__)


class MissingTranslation(ValueError):
    """An example has no counterpart in one of the languages."""


def _ids_by_language() -> defaultdict[str, list[str]]:
    return defaultdict(list)


@dataclass
class PairingReport:
    """What does not pair.

    Args:
        paired: examples with a counterpart in every language.
        partial: examples of the pivot with counterparts in some languages only, or none.
        missing: by language, the ids that another language has and this one has not.
        repeated: by language, the ids that come again before their group was complete.
        readings: by language, what its reader repaired and dropped.
    """

    paired: int = 0
    partial: int = 0
    missing: dict[str, list[str]] = field(default_factory=_ids_by_language)
    repeated: dict[str, list[str]] = field(default_factory=_ids_by_language)
    readings: dict[str, ReadingReport] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether every example has its counterpart in every language."""
        return not (self.missing or self.repeated)

    def lines(self) -> list[str]:
        """The report for people, a line a language, with the first ids."""
        lines = [f"{self.paired} examples in every language, {self.partial} of the pivot in some only"]
        for what, by_language in (("missing", self.missing), ("repeated", self.repeated)):
            for language, ids in by_language.items():
                lines.append(f"{what} in {language}: {len(ids)} ({first_few(ids)})")
        return lines


@dataclass
class ParallelCorpus(Iterable[ParallelExample]):
    """Parallel examples, read anew at every iteration.

    The corpora are read side by side, and an example leaves memory once its group is complete: files
    in the same order take no more memory than one paragraph of each. Groups come in the order in which
    they complete, partial ones last.

    Args:
        readers: the examples by language.
        pivot: the language the others are translations of.
        missing: what becomes of an example of the pivot without all its counterparts: "keep" it with
            those it has, "drop" it, or "raise".

    Raises:
        MissingTranslation: while iterating, under "raise".
    """

    readers: Mapping[str, CorpusReader]
    pivot: str
    missing: Missing = "keep"
    report: PairingReport = field(default_factory=PairingReport, init=False)
    """What did not pair in the last iteration."""

    def __post_init__(self) -> None:
        check_choice("pivot", self.pivot, self.readers)
        check_choice("missing", self.missing, get_args(Missing))

    def __iter__(self) -> Iterator[ParallelExample]:
        self.report = report = PairingReport()
        pending: dict[str, dict[str, Example]] = {}
        for side_by_side in zip_longest(*self.readers.values()):
            for language, example in zip(self.readers, side_by_side, strict=True):
                if example is not None:
                    yield from self._add(language, example, pending, report)
        for parallel_id, group in pending.items():
            yield from self._partial(parallel_id, group, report)
        report.readings = {language: reader.report for language, reader in self.readers.items()}
        if not report.is_whole:
            logger.warning("; ".join(report.lines()))

    def _add(
        self, language: str, example: Example, pending: dict[str, dict[str, Example]], report: PairingReport
    ) -> Iterator[ParallelExample]:
        group = pending.setdefault(example.parallel_id, {})
        if language in group:
            report.repeated[language].append(example.id)
            return
        group[language] = example
        if len(group) == len(self.readers):
            report.paired += 1
            yield self._joined(pending.pop(example.parallel_id))

    def _partial(self, parallel_id: str, group: dict[str, Example], report: PairingReport) -> Iterator[ParallelExample]:
        absent = [language for language in self.readers if language not in group]
        if self.missing == "raise":
            raise MissingTranslation(
                f"`{absent[0]}` must have a counterpart of {parallel_id!r}, which {', '.join(group)} has, but has none."
            )
        for language in absent:
            report.missing[language].append(parallel_id)
        if self.pivot in group:
            report.partial += 1
            if self.missing == "keep":
                yield self._joined(group)

    def _joined(self, group: dict[str, Example]) -> ParallelExample:
        others = {language: group[language] for language in self.readers if language in group}
        return ParallelExample(others.pop(self.pivot), others)


def parallel(
    files: Mapping[str, str | Path],
    *,
    pivot: str | None = None,
    corpus: str = "parallel",
    missing: Missing = "keep",
    on_defect: OnDefect = "raise",
    require_answers: bool = True,
) -> ParallelCorpus:
    """Joins SQuAD-format files of several languages by `parallel_id`, which is the id unless a file says otherwise.

    Args:
        files: a file or folder of shards for each language (ISO 639-1).
        pivot: the language the others are translations of; by default the first.
        corpus: name the examples carry.
        missing: see `ParallelCorpus`.
        on_defect: see `CorpusReader`.
        require_answers: see `CorpusReader`.

    Raises:
        ValueError: when there are fewer than two files, or `pivot` is none of their languages.
    """
    if len(files) < 2:
        raise ValueError(f"`files` must hold two languages or more, but holds {list(files)} instead.")
    readers = {
        language: read_examples(
            path, language=language, corpus=corpus, on_defect=on_defect, require_answers=require_answers
        )
        for language, path in files.items()
    }
    return ParallelCorpus(readers, pivot or next(iter(files)), missing)
