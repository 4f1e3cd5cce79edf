"""Number the languages of examples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from hf_xlqa.ragged import IntArray
from hf_xlqa.schema import Example

COLUMNS = ("language_ids", "question_language_ids")


def number_languages(examples: Sequence[Example], languages: Sequence[str]) -> dict[str, IntArray]:
    """Which of the languages the context and the question of each example is in: (N,) each.

    Raises:
        ValueError: when one is in none of them, with the id of the example.
    """
    numbers = {language: number for number, language in enumerate(languages)}
    names = ("context_language", "question_language")
    columns = [[_number(numbers, example, name) for example in examples] for name in names]
    return dict(zip(COLUMNS, (np.array(column, np.int32) for column in columns), strict=True))


def languages_read(config: Any, examples: Iterable[Example]) -> list[str] | None:
    """What language ids of examples count for a model that treats languages apart, whatever its tokenizer gives.

    Args:
        config: of the model.
        examples: in any languages; those that the model does not know come after its own.

    Returns:
        The languages; None for a model that does not ask for them (`reads_languages`).
    """
    if not getattr(config, "reads_languages", False):
        return None
    given = (language for each in examples for language in (each.context_language, each.question_language))
    return list(dict.fromkeys([*config.languages, *given]))


def _number(numbers: dict[str, int], example: Example, name: str) -> int:
    language = getattr(example, name)
    if language not in numbers:
        raise ValueError(
            f"`{name}` of example {example.id!r} must be one of {', '.join(numbers)} (`languages`), "
            f"but is {language!r} instead."
        )
    return numbers[language]
