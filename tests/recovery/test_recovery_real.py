"""Answers of real corpora found again, where XLQA_DATA names their folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hf_xlqa.recovery.best import best
from hf_xlqa.recovery.recovery import Recovery, proportional_position
from hf_xlqa.recovery.report import RecoveryReport
from hf_xlqa.recovery.tags import find_tagged, mark, unmark

DATA = Path(os.environ.get("XLQA_DATA", ""))
pytestmark = pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names no folder of corpora")


def questions(file: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for article in json.loads((DATA / file).read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            yield from ((paragraph["context"], question) for question in paragraph["qas"])


@pytest.mark.parametrize(
    ("language", "blanked", "cutting"), [("en", 144, 36), ("fr", 275, 50), ("ja", 62, 3), ("ko", 95, 58)]
)
def test_translated_answers_are_found_but_for_those_that_were_lost(language, blanked, cutting):
    report, shipped_cutting = RecoveryReport(), 0
    for context, question in questions(f"drcd_translated/zh-tw_{language}_dev.json"):
        golds = [gold for gold in question["answers"] if gold["text"].strip()]
        text, start = (golds[0]["text"], int(golds[0]["answer_start"])) if golds else ("", 0)
        found = best(context, text, proportional_position(context, start))
        report.add(question["id"], context, found)
        if golds:
            text, start = text.strip(), start + len(text) - len(text.lstrip())
            shipped = Recovery(start, start + len(text), "shipped", 0)
            shipped_cutting += shipped.cuts_words(context)
            same = (found.start, found.end) == (shipped.start, shipped.end)
            assert same or (context[found.start : found.end] == text and shipped.cuts_words(context))
    assert report.methods == {"exact": 3524 - blanked} and report.answers == 3524
    assert {reason: len(ids) for reason, ids in report.dropped.items()} == {"blank answer": blanked}
    assert round(100 * shipped_cutting / report.recovered) == cutting
    assert report.cutting_share <= shipped_cutting / report.recovered


@pytest.mark.parametrize("file", ["squad/dev-v1.1.json", "drcd/DRCD_dev.json", "xquad/xquad.hi.json"])
def test_real_answers_come_back_between_tags(file):
    for context, question in questions(file):
        for gold in question["answers"]:
            start = gold["answer_start"]
            end = start + len(gold["text"])
            marked = mark(context, start, end)
            unmarked = unmark(marked.text, marked.tag)
            found = find_tagged(context, unmarked)
            assert unmarked.context == context and unmarked.answer == context[start:end].strip()
            assert start <= found.start < found.end <= end and found.method == "tags"
