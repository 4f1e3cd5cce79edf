"""NewsQA (Trischler et al., 2017), which its licence lets nobody pass on: read from the files of its authors' tool.

Both published forms are read: `combined-newsqa-data-v1.csv`, a line a question, and
`combined-newsqa-data-v1.json`, an element a story. As in Lee and Lee (2019, section 4), questions without
an answer and stories of more than 600 words are left out.
"""

from __future__ import annotations

import csv
import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from hf_xlqa.corpora.files import open_corpus
from hf_xlqa.corpora.findings import CorpusError, Finding, Kind
from hf_xlqa.corpora.json_stream import JSONStream, JSONStreamError
from hf_xlqa.corpora.reading_report import ReadingReport
from hf_xlqa.corpora.squad_file import RawParagraph
from hf_xlqa.corpora.squad_format import CorpusReader
from hf_xlqa.messages import shown
from hf_xlqa.schema import Example

logger = logging.getLogger(__name__)

MOST_WORDS = 600
NO_AGREED_ANSWER = "no_agreed_answer"

_COLUMNS = ("story_id", "question", "answer_char_ranges", "story_text")
_LONGEST_FIELD = 1 << 26  # characters; csv's own limit is shorter than a story may be
_AGREEING = 2
_TYPES = {"validation": "dev"}


def tells_no_splits(path: Path) -> bool:
    """Whether a file is of the form that does not say to which split a story belongs."""
    return ".csv" in path.suffixes


class _BadRow(ValueError):
    """A row of a CSV file is not NewsQA's."""


class NewsQA(Iterable[Example]):
    """The examples of NewsQA, read anew at every iteration.

    The answer of a question is the one its writers agreed on: the file's `consensus` in JSON; in CSV the
    span that most validators took, or else that two or more of those who answered took. Blanks around
    it are left out.

    Args:
        path: the CSV or JSON file, plain or gzip.
        split: train, validation or test, whose stories are read where the file tells them apart, as JSON does;
            None for all.
        most_words: stories with more are left out.

    Raises:
        FileNotFoundError: when there is no such file.
        CorpusError: while iterating, when the file is not NewsQA or has no usable example.
    """

    def __init__(self, path: str | Path, *, split: str | None = None, most_words: int = MOST_WORDS) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise FileNotFoundError(f"`path` must be a file of NewsQA, but {str(path)!r} is none instead.")
        self.split = split
        self.most_words = most_words
        self.report = ReadingReport()

    def __iter__(self) -> Iterator[Example]:
        left_out: dict[str, list[str]] = {}
        stories = _Stories(self.path, self.split, self.most_words, left_out)
        reader = CorpusReader([stories], "en", "en", "newsqa", "repair")
        yield from reader
        self.report = reader.report
        self.report.questions += sum(map(len, left_out.values()))
        self.report.dropped.update(left_out)


class _Stories:
    """The stories as paragraphs of SQuAD; ids of what is left out are added to `left_out` by reason."""

    def __init__(self, path: Path, split: str | None, most_words: int, left_out: dict[str, list[str]]) -> None:
        self.path = path
        self.split = split
        self.most_words = most_words
        self.left_out = left_out

    @property
    def name(self) -> str:
        return str(self.path)

    def __iter__(self) -> Iterator[RawParagraph]:
        is_csv = tells_no_splits(self.path)
        if is_csv and self.split is not None:
            logger.warning(
                "%s: CSV does not tell splits apart, so all of its stories are read as %s", self.path, self.split
            )
        self.left_out.clear()
        for title, text, asked in _csv_stories(self.path) if is_csv else _json_stories(self.path, self.split):
            questions = [self._question(f"{title}#{number}", text, *each) for number, each in enumerate(asked)]
            kept = [question for question in questions if question is not None]
            if kept:
                yield RawParagraph({"context": text, "qas": kept}, {"title": title})

    def _question(self, id_: str, text: str, question: str, span: tuple[int, int] | None) -> dict[str, Any] | None:
        if span is None or len(text.split()) > self.most_words:
            reason = NO_AGREED_ANSWER if span is None else f"story_over_{self.most_words}_words"
            self.left_out.setdefault(reason, []).append(id_)
            return None
        start, end = span
        answer = text[start:end]
        start += len(answer) - len(answer.lstrip())
        return {"id": id_, "question": question, "answers": [{"text": answer.strip(), "answer_start": start}]}


Story = tuple[str, str, list[tuple[str, tuple[int, int] | None]]]
"""Its id, its text, and its questions, each with the span of its answer or None."""


def _json_stories(path: Path, split: str | None) -> Iterator[Story]:
    with open_corpus(path) as text:
        stream = JSONStream(text)
        try:
            for key in stream.members():
                if key == "data" and stream.peek() == "[":
                    for _ in stream.elements():
                        story = stream.value()
                        if split is None or story.get("type", split) == _TYPES.get(split, split):
                            yield _json_story(story)
                else:
                    stream.value()
        except JSONStreamError as error:
            message = f"the file must be JSON, but is malformed instead: {error}."
            raise CorpusError(path, Finding(Kind.MALFORMED_JSON, message, line=error.line)) from error
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            message = f"the file must be NewsQA (`storyId`, `text`, `questions`), but is not instead: {error}."
            raise CorpusError(path, Finding(Kind.UNRELATED_JSON, message, line=stream.line)) from error


def _json_story(story: Mapping[str, Any]) -> Story:
    asked = [(question["q"], _span(question["consensus"])) for question in story["questions"]]
    title, text = story["storyId"], story["text"]
    if not isinstance(text, str):
        raise TypeError(f"`text` of {shown(title)} is {shown(text)}")
    return title, text, asked


def _span(consensus: Mapping[str, Any]) -> tuple[int, int] | None:
    return (int(consensus["s"]), int(consensus["e"])) if "s" in consensus else None


def _csv_stories(path: Path) -> Iterator[Story]:
    csv.field_size_limit(_LONGEST_FIELD)
    with open_corpus(path) as text:
        rows = csv.DictReader(text)
        try:
            for (title, story), asked in groupby(_whole(rows), key=lambda row: (row["story_id"], row["story_text"])):
                yield title, story, [(row["question"], _agreed(row)) for row in asked]
        except (csv.Error, _BadRow) as error:
            message = f"the file must be NewsQA, but {error} instead."
            raise CorpusError(path, Finding(Kind.UNRELATED_JSON, message, line=rows.line_num)) from error


def _whole(rows: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    """The rows of a file that has all columns, each of which has all fields."""
    absent = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
    if absent:
        raise _BadRow(f"lacks the columns {', '.join(absent)}")
    for row in rows:
        if short := [name for name in _COLUMNS if row[name] is None]:
            raise _BadRow(f"has a row without {', '.join(short)}")
        yield row


def _agreed(row: Mapping[str, str]) -> tuple[int, int] | None:
    """The span of a line that validators took, or else that answers agree on; None where they chose none."""
    try:
        votes = Counter(
            {str(span): int(count) for span, count in json.loads(row.get("validated_answers") or "{}").items()}
        )
        if not votes:
            taken = Counter(row["answer_char_ranges"].replace("|", ",").split(","))
            votes = Counter({span: count for span, count in taken.items() if count >= _AGREEING})
        best = max(votes.items(), key=lambda item: item[1], default=("None", 0))[0]
        start, colon, end = best.partition(":")
        return (int(start), int(end)) if colon else None
    except (ValueError, AttributeError, TypeError, RecursionError) as error:  # of JSON that holds something else
        ranges = f"{shown(row.get('validated_answers') or row['answer_char_ranges'])} for START:END"
        raise _BadRow(f"answers of {shown(row['story_id'])} are {ranges}") from error
