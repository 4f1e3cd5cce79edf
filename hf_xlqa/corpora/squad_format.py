"""SQuAD-format JSON and JSONL, nested and flat, plain and gzip, and parquet: read into examples; JSON written back."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from hf_xlqa.corpora.checks import CheckedQuestion, check_paragraph, list_golds
from hf_xlqa.corpora.files import atomic_text, shards
from hf_xlqa.corpora.findings import CorpusError, Finding, Kind
from hf_xlqa.corpora.id_set import IdSet
from hf_xlqa.corpora.parquet_file import SUFFIX, ParquetFile
from hf_xlqa.corpora.reading_report import ReadingReport
from hf_xlqa.corpora.squad_file import RawParagraph, SquadFile
from hf_xlqa.messages import check_choice
from hf_xlqa.schema import Answer, Example

__all__ = [
    "CorpusError",
    "CorpusReader",
    "OnDefect",
    "ReadingReport",
    "Source",
    "read_examples",
    "references",
    "write_jsonl",
    "write_squad",
]

OnDefect = Literal["raise", "repair", "drop"]

logger = logging.getLogger(__name__)

_UNSCORABLE = frozenset(
    {Kind.EMPTY_GOLD, Kind.FAKE_GOLD, Kind.NO_GOLDS, Kind.MISSING_KEY, Kind.DUPLICATE_ID, Kind.LONE_SURROGATE}
)


class Source(Protocol):
    """Something paragraphs come from: a file, a dataset of the Hub."""

    @property
    def name(self) -> str:
        """How messages call it."""
        ...

    def __iter__(self) -> Iterator[RawParagraph]: ...


@dataclass
class CorpusReader(Iterable[Example]):
    """The examples of a corpus, read anew, one paragraph at a time in memory, at every iteration.

    Args:
        sources: where the paragraphs come from, one after the other.
        context_language: ISO 639-1 code of the contexts.
        question_language: ISO 639-1 code of the questions.
        corpus: name the examples carry.
        on_defect: "raise" refuses the first defect; "repair" applies safe repairs and drops what has
            none; "drop" drops whatever has a defect. What is repaired or dropped is in `report`.
        require_answers: whether a question without golds is a defect; without, it is read with none.

    Raises:
        CorpusError: while iterating, on a defect under "raise", on a file that cannot be read at all,
            and where no question has a usable gold.
    """

    sources: Sequence[Source]
    context_language: str
    question_language: str
    corpus: str
    on_defect: OnDefect = "raise"
    require_answers: bool = True
    report: ReadingReport = field(default_factory=ReadingReport, init=False)
    """What became of the questions in the last iteration."""

    def __post_init__(self) -> None:
        check_choice("on_defect", self.on_defect, get_args(OnDefect))

    def __iter__(self) -> Iterator[Example]:
        self.report = report = ReadingReport()
        seen = IdSet()
        for source in self.sources:
            for paragraph in source:
                questions = check_paragraph(paragraph, seen, require_answers=self.require_answers)
                for question in questions:
                    if example := self._example(source, paragraph, question, report):
                        yield example
        self._close(report)

    def _example(
        self, source: Source, paragraph: RawParagraph, question: CheckedQuestion, report: ReadingReport
    ) -> Example | None:
        if self.on_defect == "raise" and (defect := next(question.defects, None)):
            raise CorpusError(source.name, defect)
        repair = self.on_defect == "repair"
        kept = report.settle(question, repair=repair, require_answers=self.require_answers)
        if kept is None:
            return None
        parallel_id = question.raw.get("parallel_id")
        return Example(
            id=question.id,
            parallel_id=parallel_id if isinstance(parallel_id, str) else question.id,
            title=paragraph.title,
            context=paragraph.fields["context"],
            question=question.raw["question"],
            answers=tuple(answer for _, answer in kept),
            context_language=self.context_language,
            question_language=self.question_language,
            corpus=self.corpus,
        )

    def _close(self, report: ReadingReport) -> None:
        names = ", ".join(source.name for source in self.sources)
        if not report.is_clean:
            logger.warning("%s: %s", names, "; ".join(report.lines()))
        if not report.questions or (self.require_answers and not report.answers):
            message = f"the corpus must hold usable golds, but none of its {report.questions} questions has one."
            raise CorpusError(names, Finding(Kind.NO_USABLE_GOLDS, message))


def read_examples(
    path: str | Path,
    *,
    language: str,
    corpus: str,
    question_language: str | None = None,
    on_defect: OnDefect = "raise",
    require_answers: bool = True,
) -> CorpusReader:
    """The examples of a SQuAD-format file, or of a folder of shards.

    Memory does not grow with the file: one paragraph is held at a time, and eight to sixteen bytes an id.

    Args:
        path: a JSON or JSONL file, plain or gzip, a parquet file (its rows in these languages), or a folder or a
            pattern (`train-*.parquet`) of such files.
        language: ISO 639-1 code of the contexts.
        corpus: name the examples carry.
        question_language: ISO 639-1 code of the questions; by default that of the contexts.
        on_defect: see `CorpusReader`.
        require_answers: see `CorpusReader`.

    Raises:
        FileNotFoundError: when there is no such file, or no corpus file in the folder.
        ValueError: when a folder holds the parquet files of several splits.
    """
    languages = (language, question_language or language)
    return CorpusReader(
        [
            ParquetFile(shard, *languages) if shard.suffix == SUFFIX else SquadFile(shard)
            for shard in shards(Path(path))
        ],
        *languages,
        corpus=corpus,
        on_defect=on_defect,
        require_answers=require_answers,
    )


def references(examples: Iterable[Example]) -> Iterator[dict[str, Any]]:
    """The golds as an official script scores them: `{"id", "answers": {"text", "answer_start"}}` a question.

    Those of a `CorpusReader` are the golds of its sources untouched, whatever the reader repairs or
    drops: official scripts compare texts only, and count golds that do not stand in the context.
    Offsets that are no numbers become -1.

    Raises:
        CorpusError: when a gold is blanked or a question has none, naming the question.
    """
    if isinstance(examples, CorpusReader):
        for source in examples.sources:
            yield from _references(source)
        return
    for example in examples:
        yield {"id": example.id, "answers": _golds_by_key(example)}


def _references(source: Source) -> Iterator[dict[str, Any]]:
    seen = IdSet()
    for paragraph in source:
        for question in check_paragraph(paragraph, seen):
            if defect := next((each for each in question.defects if each.kind in _UNSCORABLE), None):
                raise CorpusError(source.name, defect)
            golds = list_golds(question.raw["answers"])
            starts = [_number(gold["answer_start"]) for gold in golds]
            yield {"id": question.id, "answers": {"text": [gold["text"] for gold in golds], "answer_start": starts}}


def _number(start: Any) -> int:
    try:
        return int(start)
    except (TypeError, ValueError, OverflowError):
        return -1


def write_squad(path: str | Path, examples: Iterable[Example]) -> int:
    """Writes examples as nested SQuAD-format JSON, neighbours of one title and context together.

    Every text is kept to the code point. The file takes its name once it is whole; a name in .gz is
    gzipped. `parallel_id` is written where it differs from `id`; languages and corpus are not written.

    Returns:
        The number of examples written.
    """
    count = 0
    with atomic_text(Path(path)) as text:
        text.write('{"version": "1.1", "data": [')
        for index, (title, article) in enumerate(groupby(examples, key=lambda example: example.title)):
            text.write(f'{"," if index else ""}\n{{"title": {_json(title)}, "paragraphs": [')
            for position, (context, paragraph) in enumerate(groupby(article, key=lambda example: example.context)):
                qas = [_question(example) for example in paragraph]
                text.write(("," if position else "") + "\n" + _json({"context": context, "qas": qas}))
                count += len(qas)
            text.write("]}")
        text.write("\n]}\n")
    return count


def write_jsonl(path: str | Path, examples: Iterable[Example]) -> int:
    """Writes examples as flat records, one a line, with the columns of the Hub's SQuAD.

    Returns:
        The number of examples written; see `write_squad` for what is kept.
    """
    count = 0
    with atomic_text(Path(path)) as text:
        for example in examples:
            texts = {"title": example.title, "context": example.context}
            record = {**_question(example), **texts, "answers": _golds_by_key(example)}
            text.write(_json(record) + "\n")
            count += 1
    return count


def _question(example: Example) -> dict[str, Any]:
    question: dict[str, Any] = {"id": example.id, "question": example.question}
    if example.parallel_id != example.id:
        question["parallel_id"] = example.parallel_id
    return {**question, "answers": [_gold(answer) for answer in example.answers]}


def _golds_by_key(example: Example) -> dict[str, list[Any]]:
    answers = example.answers
    return {"text": [answer.text for answer in answers], "answer_start": [answer.start for answer in answers]}


def _gold(answer: Answer) -> dict[str, Any]:
    return {"text": answer.text, "answer_start": answer.start}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
