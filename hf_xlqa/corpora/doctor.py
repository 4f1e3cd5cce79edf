"""What is wrong with a corpus file, and the repairs that are safe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from hf_xlqa.corpora.checks import CheckedQuestion, check_paragraph, list_golds
from hf_xlqa.corpora.findings import CorpusError, Finding, Kind
from hf_xlqa.corpora.id_set import IdSet
from hf_xlqa.corpora.notes import note, note_article, note_header, repeated_golds
from hf_xlqa.corpora.parallel import parallel
from hf_xlqa.corpora.repair import repair
from hf_xlqa.corpora.squad_file import RawParagraph, SquadFile

__all__ = ["Diagnosis", "Longest", "diagnose", "parallel", "repair"]


class Longest(NamedTuple):
    """The greatest length of something and the record it is in."""

    length: int = 0
    record: str = ""


@dataclass
class Diagnosis:
    """Counts of a file and everything found in it.

    Args:
        path: the file.
        golds_per_question: how many questions have 0, 1, 2, ... golds.
        repeated_golds: golds that say again what an earlier gold of their question said.
        longest_context: in code points.
        longest_gold: in code points.
        most_questions: of one paragraph.
        findings: defects and notes, in the order of the file.
    """

    path: str
    articles: int = 0
    paragraphs: int = 0
    questions: int = 0
    golds: int = 0
    golds_per_question: Counter[int] = field(default_factory=Counter)
    repeated_golds: int = 0
    longest_context: Longest = Longest()
    longest_gold: Longest = Longest()
    most_questions: Longest = Longest()
    findings: list[Finding] = field(default_factory=list)

    @property
    def defects(self) -> list[Finding]:
        """What strict reading refuses."""
        return [finding for finding in self.findings if finding.kind.is_defect]

    @property
    def notes(self) -> list[Finding]:
        """What is worth knowing and reads well."""
        return [finding for finding in self.findings if not finding.kind.is_defect]

    @property
    def counts(self) -> Counter[str]:
        """Number of findings by kind and cause, as in "wrong_offset/utf16_count"."""
        return Counter(finding.reason for finding in self.findings)

    def records(self, reason: str) -> list[str]:
        """The records with a kind of finding, or with a kind and cause, each once, in the order of the file."""
        found = (each.record for each in self.findings if reason in (each.reason, str(each.kind)))
        return list(dict.fromkeys(found))

    def to_dict(self) -> dict[str, Any]:
        """The diagnosis in plain JSON types."""
        sizes = {name: getattr(self, name)._asdict() for name in ("longest_context", "longest_gold", "most_questions")}
        numbers = {name: getattr(self, name) for name in ("articles", "paragraphs", "questions", "golds")}
        return {
            "path": self.path,
            **numbers,
            "golds_per_question": {str(golds): count for golds, count in sorted(self.golds_per_question.items())},
            "repeated_golds": self.repeated_golds,
            **sizes,
            "counts": dict(self.counts),
            "findings": [_finding(finding) for finding in self.findings],
        }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "severity": "defect" if finding.kind.is_defect else "note",
        "kind": str(finding.kind),
        "cause": str(finding.cause) if finding.cause else None,
        "record": finding.record or None,
        "offset": finding.offset,
        "line": finding.line,
        "is_repairable": finding.is_repairable,
        "message": finding.message,
    }


def diagnose(path: str | Path) -> Diagnosis:
    """Reads a whole file and lists what is wrong with it, the file itself included.

    A defect is what `read_examples` refuses, so a file without defects reads strictly.

    Raises:
        FileNotFoundError: when there is no such file.
    """
    diagnosis = Diagnosis(str(path))
    file = SquadFile(Path(path))
    try:
        diagnosis.findings.extend(_findings(file, diagnosis))
        diagnosis.findings.extend(note_header(file.header))
        diagnosis.findings.extend(_usability(diagnosis))
    except CorpusError as error:
        diagnosis.findings.append(error.finding)
    return diagnosis


def _findings(file: SquadFile, diagnosis: Diagnosis) -> Iterator[Finding]:
    seen = IdSet()
    article: dict[str, Any] | None = None
    for paragraph in file:
        if paragraph.article is not article:
            article = paragraph.article
            diagnosis.articles += article is not None
            yield from note_article(paragraph)
        questions = check_paragraph(paragraph, seen)
        _count(paragraph, questions, diagnosis)
        yield from _once(questions)
        yield from note(paragraph, questions)


def _once(questions: list[CheckedQuestion]) -> Iterator[Finding]:
    """The defects of a paragraph's questions; those of their context, which the questions share, once."""
    listed: set[int] = set()
    for finding in (defect for question in questions for defect in question.defects):
        if id(finding) not in listed:
            listed.add(id(finding))
            yield finding


def _count(paragraph: RawParagraph, questions: list[CheckedQuestion], diagnosis: Diagnosis) -> None:
    diagnosis.paragraphs += 1
    diagnosis.questions += len(questions)
    context = paragraph.fields.get("context")
    length = len(context) if isinstance(context, str) else 0
    diagnosis.longest_context = max(diagnosis.longest_context, Longest(length, paragraph.label))
    diagnosis.most_questions = max(diagnosis.most_questions, Longest(len(questions), paragraph.label))
    for question in questions:
        golds = list_golds(question.raw.get("answers"))
        diagnosis.golds += len(golds)
        diagnosis.golds_per_question[len(golds)] += 1
        diagnosis.repeated_golds += repeated_golds(question)
        for gold in golds:
            longest = Longest(len(str(gold.get("text"))), question.id)
            diagnosis.longest_gold = max(diagnosis.longest_gold, longest)


def _usability(diagnosis: Diagnosis) -> Iterator[Finding]:
    blanked = (Kind.EMPTY_GOLD, Kind.FAKE_GOLD)
    usable = diagnosis.golds - sum(finding.kind in blanked for finding in diagnosis.findings)
    if usable <= 0:
        message = f"the corpus must hold usable golds, but none of its {diagnosis.questions} questions has one."
        yield Finding(Kind.NO_USABLE_GOLDS, message)
