"""The rows of a built corpus."""

from __future__ import annotations

from typing import Any

from datasets import Features, List, Value

from hf_xlqa.schema import Example

FEATURES = Features(
    {
        "id": Value("string"),
        "parallel_id": Value("string"),
        "title": Value("string"),
        "context": Value("string"),
        "question": Value("string"),
        "answers": {"text": List(Value("string")), "answer_start": List(Value("int32"))},
        "context_language": Value("string"),
        "question_language": Value("string"),
    }
)
"""Columns of the Hub's SQuAD, with the id that translations share and the two languages."""


def row(example: Example) -> dict[str, Any]:
    """An example as a row of `FEATURES`."""
    return {
        "id": example.id,
        "parallel_id": example.parallel_id,
        "title": example.title,
        "context": example.context,
        "question": example.question,
        "answers": {
            "text": [answer.text for answer in example.answers],
            "answer_start": [answer.start for answer in example.answers],
        },
        "context_language": example.context_language,
        "question_language": example.question_language,
    }
