"""What choosing any candidate of the right type scores: the floor under every figure on the sample."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from hf_xlqa.corpora.sample.grammar import grammar
from hf_xlqa.corpora.sample.names import all_names
from hf_xlqa.corpora.sample.parallel import question_type
from hf_xlqa.schema import Example


def candidates(example: Example) -> frozenset[str]:
    """The towns, years or persons of a paragraph, whichever the question asks for, without the one it names."""
    found = _pattern(question_type(example), example.context_language).findall(example.context)
    return frozenset(candidate for candidate in found if candidate not in example.question)


def type_matching_floor(examples: Iterable[Example]) -> float:
    """Expected exact match, 0 to 100, of answering with a random candidate of the asked type.

    Raises:
        ValueError: when there is no example.
    """
    chances = [1 / len(candidates(example)) for example in examples]
    if not chances:
        raise ValueError("`examples` must hold at least one example, but is empty instead.")
    return 100 * sum(chances) / len(chances)


@cache
def _pattern(asked: str, language: str) -> re.Pattern[str]:
    if asked == "year":
        return re.compile("[0-9]{4}")
    if asked == "place":
        return re.compile(_any_of("place", language=language))
    given, surname = _any_of("female", "male", language=language), _any_of("surname", language=language)
    return re.compile(given + re.escape(grammar(language).name_separator) + surname)


def _any_of(*kinds: str, language: str) -> str:
    written = {name.written(language) for kind in kinds for name in all_names(kind)}
    return f"(?:{'|'.join(sorted(written, key=len, reverse=True))})"
