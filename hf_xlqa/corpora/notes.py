"""What is worth knowing about a paragraph though it reads well."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from hf_xlqa.corpora.checks import CheckedQuestion, list_golds
from hf_xlqa.corpora.findings import Finding, Kind
from hf_xlqa.corpora.squad_file import RawParagraph
from hf_xlqa.messages import shown
from hf_xlqa.text import is_unspaced

_CHARACTERS = {
    Kind.BYTE_ORDER_MARK: ("\ufeff", "U+FEFF, which tokenizers drop"),
    Kind.ZERO_WIDTH_NON_JOINER: ("\u200c", "a zero-width non-joiner"),
    Kind.CARRIAGE_RETURN: ("\r", "a carriage return"),
}
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")


def note(paragraph: RawParagraph, questions: list[CheckedQuestion]) -> Iterator[Finding]:
    """The notes on a paragraph, its context first."""
    label = paragraph.label
    if not paragraph.questions:
        what = "is empty" if paragraph.fields.get("qas") == [] else "is missing"
        yield Finding(Kind.NO_QUESTIONS, f"`qas` of {shown(label)} {what}.", label)
    context = paragraph.fields.get("context")
    if isinstance(context, str):
        yield from _on_context(context, label)
        for question in questions:
            yield from _on_question(question, context)


def _on_context(context: str, label: str) -> Iterator[Finding]:
    if not unicodedata.is_normalized("NFC", context):
        at = _first_change(context)
        where = f"`context` of {shown(label)} is not in Unicode form NFC from {at} on"
        message = f"{where}: normalising it would move offsets."
        yield Finding(Kind.NON_NFC_CONTEXT, message, label, at)
    for kind, (character, name) in _CHARACTERS.items():
        if character in context:
            at = context.index(character)
            yield Finding(kind, f"`context` of {shown(label)} holds {name}, first at {at}.", label, at)


def _first_change(text: str) -> int:
    """The first code point that normalising to NFC changes."""
    pairs = zip(text, unicodedata.normalize("NFC", text), strict=False)
    return next((at for at, (before, after) in enumerate(pairs) if before != after), 0)


def _on_question(question: CheckedQuestion, context: str) -> Iterator[Finding]:
    asked = question.raw.get("question")
    if isinstance(asked, str) and not unicodedata.is_normalized("NFC", asked):
        message = f"`question` of {shown(question.id)} is not in Unicode form NFC."
        yield Finding(Kind.NON_NFC_QUESTION, message, question.id)
    for gold in question.answers:
        if gold.answer:
            yield from _on_gold(gold.answer.text, gold.answer.start, context, question.id)


def _on_gold(text: str, start: int, context: str, record: str) -> Iterator[Finding]:
    end = start + len(text)
    gold = f"the gold {shown(text)} of {shown(record)} begins or ends"
    if text != text.strip():
        yield Finding(Kind.BLANK_EDGE, f"{gold} with a blank.", record, start)
    # A Korean particle is written onto its word, so a gold rightly ends before it.
    cuts_end = _is_inside_word(context, end) and not _HANGUL.match(context, end)
    if cuts_end or _is_inside_word(context, start):
        yield Finding(Kind.CUT_WORD, f"{gold} inside a word.", record, start)


def _is_inside_word(context: str, at: int) -> bool:
    pair = context[at - 1 : at + 1] if at else ""
    return len(pair) == 2 and pair.isalnum() and not (is_unspaced(pair[0]) or is_unspaced(pair[1]))


def note_article(paragraph: RawParagraph) -> Iterator[Finding]:
    """The note on an article without a title, by its first paragraph."""
    if paragraph.article is not None and not paragraph.title:
        message = f"`title` of the article that begins with {shown(paragraph.label)} is missing."
        yield Finding(Kind.MISSING_METADATA, message, paragraph.label)


def note_header(header: dict[str, Any] | None) -> Iterator[Finding]:
    """The note on a file whose top level does not say its version."""
    if header is not None and not header.get("version"):
        yield Finding(Kind.MISSING_METADATA, "`version` is missing beside `data`.")


def repeated_golds(question: CheckedQuestion) -> int:
    """How many golds of a question say again what one before them said."""
    golds = list_golds(question.raw.get("answers"))
    return len(golds) - len({(str(gold.get("text")), str(gold.get("answer_start"))) for gold in golds})
