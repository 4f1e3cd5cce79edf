"""Parquet files of flat records, as `hf-xlqa build` and the Hub write them: paragraphs one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hf_xlqa.corpora.findings import CorpusError, Finding, Kind
from hf_xlqa.corpora.squad_file import RawParagraph, UnrelatedElement, paragraphs_of
from hf_xlqa.messages import named, shown
from hf_xlqa.text import primary_language

SUFFIX = ".parquet"

_ROWS = 1_000  # in memory at a time


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """The records of one pair of languages, read anew at every iteration.

    Args:
        path: the file.
        context_language, question_language: rows that say they are in others are passed over: a file may hold
            translations beside each other. Rows without `context_language` and `question_language` are in these;
            scripts, regions and private tags ("zh-x-mt") make no other language.

    Raises:
        CorpusError: while iterating, when the file is not parquet or its rows are not records of SQuAD.
    """

    path: Path
    context_language: str
    question_language: str

    @property
    def name(self) -> str:
        """How messages call it."""
        return str(self.path)

    def __iter__(self) -> Iterator[RawParagraph]:
        try:
            for row in filter(self._is_asked_for, self._rows()):
                yield from paragraphs_of(row)
        except UnrelatedElement as error:
            message = f"a row must be in SQuAD format, but {error} instead."
            raise CorpusError(self.path, Finding(Kind.UNRELATED_JSON, message)) from error

    def _rows(self) -> Iterator[dict[str, Any]]:
        try:
            with pq.ParquetFile(self.path) as file:
                for batch in file.iter_batches(batch_size=_ROWS):
                    yield from batch.to_pylist()
        except (pa.ArrowException, ValueError, OverflowError, OSError) as error:
            if getattr(error, "errno", None) is not None:  # of the system, not of what the file holds
                raise
            fault = named(" ".join(str(error).split()))
            message = f"the file must be parquet, but cannot be read instead: {fault}."
            raise CorpusError(self.path, Finding(Kind.MALFORMED_PARQUET, message)) from error

    def _is_asked_for(self, row: dict[str, Any]) -> bool:
        asked = (self.context_language, self.question_language)
        own = (row.get("context_language") or asked[0], row.get("question_language") or asked[1])
        for each in own:
            if not isinstance(each, str):
                raise UnrelatedElement(f"is in the language {shown(each)}")
        return [primary_language(each) for each in own] == [primary_language(each) for each in asked]
