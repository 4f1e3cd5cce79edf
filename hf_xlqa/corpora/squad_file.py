"""SQuAD-format files as they are: paragraphs one after the other, nothing believed yet.

Read are `{"data": [...]}`, a bare array, and one JSON value a line, whose elements may be articles
(`paragraphs`), paragraphs (`context`, `qas`) or flat records (`context`, `question`, `answers`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from hf_xlqa.corpora.files import open_corpus
from hf_xlqa.corpora.findings import CorpusError, Finding, Kind
from hf_xlqa.corpora.json_stream import JSONStream, JSONStreamError
from hf_xlqa.messages import shown

_PARQUET = ".parquet"
_LINE_SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")


@dataclass(frozen=True, slots=True)
class RawParagraph:
    """A paragraph with its questions, as the file gives them.

    Args:
        fields: its keys and values; of a flat record, the record.
        article: keys and values of the article around it but `paragraphs`, shared by its paragraphs
            and still growing while the article is read; None where there is no article.
    """

    fields: dict[str, Any]
    article: dict[str, Any] | None = None

    @property
    def is_flat(self) -> bool:
        """Whether it is a record of one question rather than a paragraph with `qas`."""
        return "question" in self.fields and "qas" not in self.fields

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The questions, in the file's own form."""
        listed = [self.fields] if self.is_flat else self.fields.get("qas")
        return [each if isinstance(each, dict) else {} for each in listed] if isinstance(listed, list) else []

    @property
    def title(self) -> str:
        """Title of the article, or "" where it has none."""
        title = (self.fields if self.article is None else self.article).get("title")
        return title if isinstance(title, str) else ""

    @property
    def label(self) -> str:
        """A name for people: the paragraph's id, else its first question's, else its title."""
        first = self.questions[0] if self.questions else {}
        named = (self.fields.get("id"), first.get("id"), self.title)
        return str(next((name for name in named if name not in (None, "")), "a paragraph without id"))


class UnrelatedElement(ValueError):
    """An element is neither an article nor a paragraph nor a flat record."""


def paragraphs_of(element: Any) -> Iterator[RawParagraph]:
    """The paragraphs of an article, a paragraph or a flat record that is in memory.

    Raises:
        UnrelatedElement: when it is none of them.
    """
    if not isinstance(element, dict):
        raise UnrelatedElement(f"holds {shown(element)}")
    if isinstance(element.get("paragraphs"), list):
        article = {key: value for key, value in element.items() if key != "paragraphs"}
        for fields in element["paragraphs"]:
            yield _paragraph(fields, article)
    else:
        yield _paragraph(element, None)


def _paragraph(fields: Any, article: dict[str, Any] | None) -> RawParagraph:
    known = {"context", "qas"} if article is not None else {"qas", "question"}
    if not isinstance(fields, dict) or known.isdisjoint(fields):
        found = f"the keys {', '.join(map(shown, list(fields)[:5]))}" if isinstance(fields, dict) else shown(fields)
        raise UnrelatedElement(f"holds {found}")
    return RawParagraph(fields, article)


def jsonl_of(parquet: Path) -> str:
    """How to write a parquet file so that `SquadFile` reads it, for messages."""
    return f'write it as JSONL first: `datasets.Dataset.from_parquet("{parquet}").to_json(OUT)`'


@dataclass
class SquadFile:
    """The paragraphs of a file, read anew at every iteration; one paragraph at a time is in memory.

    Where an article's title stands behind its paragraphs, a first pass collects the titles.

    Args:
        path: the file, plain or gzip.

    Raises:
        CorpusError: while iterating, when the file is malformed or not SQuAD format.
    """

    path: Path
    header: dict[str, Any] | None = field(default=None, init=False)
    """Keys beside `data`, complete after an iteration; None as long as no `data` was met."""

    @property
    def name(self) -> str:
        """How messages call it."""
        return str(self.path)

    def __iter__(self) -> Iterator[RawParagraph]:
        if self.path.suffix == _PARQUET:
            message = f"the file must be JSON or JSONL, but is parquet instead; {jsonl_of(self.path)}."
            raise CorpusError(self.path, Finding(Kind.UNRELATED_JSON, message))
        with open_corpus(self.path) as text:
            stream = JSONStream(text)
            walk = _Walk(stream, late_articles=cache(self._late_articles))
            try:
                for paragraph in walk.top_level(one_a_line=self.name.endswith(_LINE_SUFFIXES)):
                    self.header = walk.header
                    yield paragraph
            except JSONStreamError as error:
                message = f"the file must be JSON, but is malformed instead: {error}."
                raise CorpusError(self.path, Finding(Kind.MALFORMED_JSON, message, line=error.line)) from error
            except UnrelatedElement as error:
                message = f"the file must be in SQuAD format (`data`, `paragraphs`, `qas`), but {error} instead."
                raise CorpusError(self.path, Finding(Kind.UNRELATED_JSON, message, line=stream.line)) from error
        self.header = walk.header

    def _late_articles(self) -> list[dict[str, Any]]:
        with open_corpus(self.path) as text:
            walk = _Walk(JSONStream(text), late_articles=None)
            for _ in walk.top_level():
                pass
        return walk.articles


class _Walk:
    """One pass over a file, from the top level down to the paragraphs.

    Args:
        stream: the file's text, at its start.
        late_articles: gives what the articles say, in order, when one's paragraphs come before its
            title; None in the pass that collects this into `articles`.
    """

    def __init__(self, stream: JSONStream, *, late_articles: Callable[[], list[dict[str, Any]]] | None) -> None:
        self._stream = stream
        self._late_articles = late_articles
        self.header: dict[str, Any] | None = None
        self.articles: list[dict[str, Any]] = []
        self._article_count = 0

    def top_level(self, *, one_a_line: bool = False) -> Iterator[RawParagraph]:
        if not one_a_line:
            yield from self._elements() if self._stream.peek() == "[" else self._document()
        yield from self._lines()

    def _document(self) -> Iterator[RawParagraph]:
        """The object of the file, or the first of several: one with `data`, else an element by itself."""
        if self._stream.peek() != "{":
            raise UnrelatedElement(f"holds {shown(self._stream.value())}")
        fields: dict[str, Any] = {}
        for key in self._stream.members():
            if key == "data" and self._stream.peek() == "[":
                self.header = fields
                yield from self._elements()
            else:
                fields[key] = self._stream.value()
        if self.header is None:
            yield from paragraphs_of(fields)

    def _lines(self) -> Iterator[RawParagraph]:
        for value in self._stream.lines():
            elements = value.get("data") if isinstance(value, dict) else value
            for element in elements if isinstance(elements, list) else [value]:
                yield from paragraphs_of(element)

    def _elements(self) -> Iterator[RawParagraph]:
        for _ in self._stream.elements():
            if self._stream.peek() == "{":
                yield from self._element()
            else:
                yield from paragraphs_of(self._stream.value())

    def _element(self) -> Iterator[RawParagraph]:
        fields: dict[str, Any] = {}
        is_article = False
        for key in self._stream.members():
            if key == "paragraphs" and self._stream.peek() == "[":
                is_article = True
                yield from self._paragraphs(self._article(fields))
            else:
                fields[key] = self._stream.value()
        if not is_article:
            yield from paragraphs_of(fields)
        self._article_count += is_article
        if is_article and self._late_articles is None:
            self.articles.append(fields)

    def _article(self, fields: dict[str, Any]) -> dict[str, Any]:
        if "title" in fields or self._late_articles is None:
            return fields
        return self._late_articles()[self._article_count]

    def _paragraphs(self, article: dict[str, Any]) -> Iterator[RawParagraph]:
        for _ in self._stream.elements():
            yield _paragraph(self._stream.value(), article)
