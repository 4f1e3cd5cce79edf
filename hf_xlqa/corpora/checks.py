"""The checks every paragraph goes through, whoever reads it: strict reader, lenient reader, doctor."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hf_xlqa.corpora.findings import Finding, Kind
from hf_xlqa.corpora.id_set import IdSet
from hf_xlqa.corpora.offsets import explain
from hf_xlqa.corpora.squad_file import RawParagraph
from hf_xlqa.messages import shown
from hf_xlqa.schema import Answer

_FAKE_GOLD = re.compile(r"FAKE_ANSWER(_\d+)?")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_WHOLE_NUMBER = re.compile(r"\s*[+-]?\d{1,18}\s*")


@dataclass(frozen=True, slots=True)
class CheckedAnswer:
    """A gold with what is wrong with it.

    Args:
        raw: the gold as the file gives it.
        answer: the gold where it stands, after safe repairs if it needs any; None where there is none.
        findings: its defects.
    """

    raw: Mapping[str, Any]
    answer: Answer | None
    findings: tuple[Finding, ...] = ()

    def settled(self, *, repair: bool) -> Answer | None:
        """The gold to go on with, or None where it must be dropped."""
        return self.answer if repair or not self.findings else None


@dataclass(frozen=True, slots=True)
class CheckedQuestion:
    """A question with what is wrong with it.

    Args:
        raw: the question as the file gives it.
        id: its identifier; where it has none, a name after its paragraph.
        answers: its golds.
        findings: defects of the question itself and of its context.
    """

    raw: Mapping[str, Any]
    id: str
    answers: tuple[CheckedAnswer, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def defects(self) -> Iterator[Finding]:
        """Defects of the question, then of its golds."""
        yield from self.findings
        for answer in self.answers:
            yield from answer.findings

    def refusal(self, *, repair: bool) -> Finding | None:
        """The defect of the question for which it must be dropped, whatever its golds are."""
        return next((each for each in self.findings if not (repair and each.is_repairable)), None)


def check_paragraph(paragraph: RawParagraph, seen: IdSet, *, require_answers: bool = True) -> list[CheckedQuestion]:
    """Checks the questions of a paragraph.

    Args:
        paragraph: the paragraph as its file gives it.
        seen: ids of the corpus so far; those of the paragraph are added.
        require_answers: whether a question without any gold is a defect.
    """
    context, label = paragraph.fields.get("context"), paragraph.label
    of_context = (*_check_text(context, "context", label), *_check_text(paragraph.title, "title", label))
    sound = context if isinstance(context, str) else ""
    return [_check_question(raw, sound, of_context, label, seen, require_answers) for raw in paragraph.questions]


def _check_question(
    raw: dict[str, Any],
    context: str,
    of_context: tuple[Finding, ...],
    label: str,
    seen: IdSet,
    require_answers: bool,
) -> CheckedQuestion:
    identifier, of_id = _check_id(raw.get("id"), label, seen)
    golds = list_golds(raw.get("answers"))
    findings = [*of_id, *of_context, *_check_text(raw.get("question"), "question", identifier)]
    if isinstance(parallel_id := raw.get("parallel_id"), str):
        findings.extend(_check_text(parallel_id, "parallel_id", identifier))
    if require_answers and not golds:
        message = f"`answers` of {shown(identifier)} must hold golds, but is empty instead."
        findings.append(Finding(Kind.NO_GOLDS, message, identifier))
    answers = () if of_context else tuple(_check_answer(gold, context, identifier) for gold in golds)
    return CheckedQuestion(raw, identifier, answers, tuple(findings))


def list_golds(answers: Any) -> list[dict[str, Any]]:
    """The golds one by one, whether the file lists them or keeps a list for each of their keys."""
    if isinstance(answers, dict) and isinstance(answers.get("text"), list):
        columns = {key: values for key, values in answers.items() if isinstance(values, list)}
        golds = range(len(columns["text"]))
        return [{key: values[gold] for key, values in columns.items() if gold < len(values)} for gold in golds]
    if isinstance(answers, list):
        return [gold if isinstance(gold, dict) else {"text": gold} for gold in answers]
    return [answers] if isinstance(answers, dict) else []


def _check_id(identifier: Any, label: str, seen: IdSet) -> tuple[str, list[Finding]]:
    if isinstance(identifier, int) and not isinstance(identifier, bool):
        message = f"`id` must be a string, but is the number {shown(identifier)} instead."
        finding = Finding(Kind.INTEGER_ID, message, str(identifier), is_repairable=True)
        return str(identifier), [finding, *_check_repetition(str(identifier), seen)]
    if not isinstance(identifier, str) or not identifier:
        message = f"`id` of a question of {shown(label)} must be a string, but is {shown(identifier)} instead."
        nameless = f"{label} (a question without id)"
        return nameless, [Finding(Kind.MISSING_KEY, message, nameless)]
    return identifier, [*_check_text(identifier, "id", label), *_check_repetition(identifier, seen)]


def _check_repetition(identifier: str, seen: IdSet) -> list[Finding]:
    if seen.add(identifier):
        return []
    message = f"`id` must be unique, but {shown(identifier)} occurs again instead."
    return [Finding(Kind.DUPLICATE_ID, message, identifier)]


def _check_text(text: Any, key: str, record: str) -> Iterator[Finding]:
    if not isinstance(text, str):
        message = f"`{key}` of {shown(record)} must be a string, but is {shown(text)} instead."
        yield Finding(Kind.MISSING_KEY, message, record)
    elif lone := _LONE_SURROGATE.search(text):
        must_be = f"`{key}` of {shown(record)} must be Unicode text"
        message = f"{must_be}, but holds the lone surrogate {lone.group()!r} instead."
        yield Finding(Kind.LONE_SURROGATE, message, record, lone.start())


def _check_answer(raw: dict[str, Any], context: str, record: str) -> CheckedAnswer:
    offset, findings = _check_offset(raw, record)
    text: Any = raw.get("text")
    if fault := _check_gold_text(text, record, offset):
        return CheckedAnswer(raw, None, (*findings, fault))
    if offset is None:
        return CheckedAnswer(raw, None, tuple(findings))
    if offset >= 0 and context.startswith(text, offset):
        return CheckedAnswer(raw, Answer(text, offset), tuple(findings))
    location = explain(context, text, offset)
    kind = Kind.NEGATIVE_OFFSET if offset < 0 else Kind.WRONG_OFFSET
    must_be = f"`answer_start` of {shown(record)} must be where {shown(text)} stands"
    message = f"{must_be}, but is {shown(offset)} instead: {location.detail}."
    fault = Finding(kind, message, record, offset, location.cause, is_repairable=location.repair is not None)
    return CheckedAnswer(raw, location.repair, (*findings, fault))


def _check_offset(raw: dict[str, Any], record: str) -> tuple[int | None, list[Finding]]:
    """The offset as a number, where it can be read as one, and what is wrong with its type."""
    start = raw.get("answer_start")
    if isinstance(start, int) and not isinstance(start, bool):
        return start, []
    must_be = f"`answer_start` of {shown(record)} must be a whole number, but"
    if "answer_start" not in raw or start is None:
        return None, [Finding(Kind.MISSING_KEY, f"{must_be} is missing instead.", record)]
    if isinstance(start, str) and _WHOLE_NUMBER.fullmatch(start):
        message = f"{must_be} is the string {shown(start)} instead."
        return int(start), [Finding(Kind.STRING_OFFSET, message, record, int(start), is_repairable=True)]
    if isinstance(start, float) and start.is_integer():
        return int(start), [Finding(Kind.OFFSET_TYPE, f"{must_be} is {start} instead.", record, is_repairable=True)]
    return None, [Finding(Kind.OFFSET_TYPE, f"{must_be} is {shown(start)} instead.", record)]


def _check_gold_text(text: Any, record: str, offset: int | None) -> Finding | None:
    must_be = f"`text` of an answer of {shown(record)} must be"
    if not isinstance(text, str):
        return Finding(Kind.MISSING_KEY, f"{must_be} a string, but is {shown(text)} instead.", record, offset)
    if not text.strip():
        message = f"{must_be} a gold, but is {shown(text)} at {shown(offset)} instead."
        return Finding(Kind.EMPTY_GOLD, message, record, offset)
    if _FAKE_GOLD.fullmatch(text):
        return Finding(Kind.FAKE_GOLD, f"{must_be} a gold, but is the blank {shown(text)} instead.", record, offset)
    if lone := _LONE_SURROGATE.search(text):
        message = f"{must_be} Unicode text, but holds the lone surrogate {lone.group()!r} instead."
        return Finding(Kind.LONE_SURROGATE, message, record, offset)
    return None
