"""A corpus file written anew with safe repairs only; what has none is dropped and reported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from hf_xlqa.corpora.checks import CheckedAnswer, check_paragraph
from hf_xlqa.corpora.files import atomic_text
from hf_xlqa.corpora.findings import CorpusError, Finding, Kind
from hf_xlqa.corpora.id_set import IdSet
from hf_xlqa.corpora.reading_report import ReadingReport
from hf_xlqa.corpora.squad_file import RawParagraph, SquadFile
from hf_xlqa.schema import Answer


def repair(path: str | Path, out: str | Path) -> ReadingReport:
    """Writes a copy of a file that reads strictly.

    Applied are string to number, number to string (ids), UTF-16 count to code points, a shift over
    outer blanks, and the only occurrence of a gold in its context. Golds and questions that need more
    are dropped. Everything else in the file, unknown keys included, stays as it is.

    Args:
        path: the file, JSON or JSONL, plain or gzip.
        out: where the copy goes: JSON for a file with `data`, JSON lines for any other; gzip for a
            name in .gz. The name is taken once the copy is whole.

    Returns:
        What was repaired and what was dropped, with reasons and ids.

    Raises:
        CorpusError: when the file cannot be read at all, or nothing usable is left of it.
        ValueError: when `out` is the file itself.
    """
    source, target = Path(path), Path(out)
    if target.exists() and target.samefile(source):
        raise ValueError(f"`out` must be another file than the one to repair, but is {str(target)!r} instead.")
    file, report = SquadFile(source), ReadingReport()
    with atomic_text(target) as text:
        text.writelines(_pieces(file, report))
        if not report.answers:
            message = f"the corpus must hold usable golds, but none of its {report.questions} questions has one."
            raise CorpusError(source, Finding(Kind.NO_USABLE_GOLDS, message))
    return report


def _pieces(file: SquadFile, report: ReadingReport) -> Iterator[str]:
    """The text of the copy; the keys beside `data` are known last, so they come last."""
    separator = '{"data": [\n'
    for element in _elements(file, report):
        if file.header is None:
            yield _json(element) + "\n"
        else:
            yield separator + _json(element)
            separator = ",\n"
    if file.header is not None:
        yield "".join(["\n]", *(f", {_json(key)}: {_json(value)}" for key, value in file.header.items()), "}\n"])


def _elements(file: SquadFile, report: ReadingReport) -> Iterator[dict[str, Any]]:
    """The repaired elements of the file: articles, or paragraphs and records that stand alone."""
    seen = IdSet()
    for (_, article), group in groupby(file, key=lambda paragraph: (id(paragraph.article), paragraph.article)):
        repaired = filter(None, (_paragraph(paragraph, seen, report) for paragraph in group))
        if article is None:
            yield from repaired
        elif paragraphs := list(repaired):
            yield {**article, "paragraphs": paragraphs}


def _paragraph(paragraph: RawParagraph, seen: IdSet, report: ReadingReport) -> dict[str, Any] | None:
    kept = []
    for question in check_paragraph(paragraph, seen):
        golds = report.settle(question, repair=True)
        if golds is not None:
            kept.append({**question.raw, "id": question.id, "answers": _golds(question.raw["answers"], golds)})
    if not paragraph.questions:
        return paragraph.fields
    if paragraph.is_flat:
        return kept[0] if kept else None
    return {**paragraph.fields, "qas": kept} if kept else None


def _golds(original: Any, golds: list[tuple[CheckedAnswer, Answer]]) -> Any:
    """The golds in the form of the file: a list of them, or a list for each of their keys."""
    listed = [{**gold.raw, "text": answer.text, "answer_start": answer.start} for gold, answer in golds]
    if isinstance(original, dict) and isinstance(original.get("text"), list):
        return {key: [gold.get(key) for gold in listed] for key in listed[0]}
    return listed


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
