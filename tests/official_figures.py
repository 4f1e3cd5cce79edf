"""Figures of the official programs and corpora, where XLQA_CHECKS and XLQA_DATA name their folders."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from hf_xlqa.metrics import load_metric

needs_checks = pytest.mark.skipif(
    "XLQA_CHECKS" not in os.environ, reason="XLQA_CHECKS names the folder of official figures"
)
needs_data = pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names the folder of corpora")


def official_rows(rule: str) -> list[dict[str, Any]]:
    """The rows that an official program scored: language, prediction, golds, exact_match, f1."""
    lines = Path(os.environ["XLQA_CHECKS"], "official_scores.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["rule"] == rule]


def golds_of(file: str) -> dict[str, list[str]]:
    """The golds of each question of a corpus file, by id."""
    articles = json.loads(Path(os.environ["XLQA_DATA"], file).read_text(encoding="utf-8"))["data"]
    return {
        question["id"]: [answer["text"] for answer in question["answers"]]
        for article in articles
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    }


def last_gold_against_the_others(rule: str, file: str, **kwargs: Any) -> tuple[float, float]:
    """Exact match and F1, to one digit, of the last gold of each question, scored by the other golds."""
    golds = golds_of(file)
    result = load_metric(rule, **kwargs).compute(
        predictions=[{"id": id_, "prediction_text": texts[-1]} for id_, texts in golds.items()],
        references=[{"id": id_, "answers": {"text": texts[:-1]}} for id_, texts in golds.items()],
    )
    return round(result["exact_match"], 1), round(result["f1"], 1)
