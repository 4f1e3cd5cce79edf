"""The copies that the published corpora are made of, in few words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hf_xlqa.building.config import AS_IT_IS, Given, Variant

PARTS = {"question": "q", "context": "c", "both": "qc"}
"""The parts of an example that may change, and how ids call them where a corpus has several."""


def translated(
    source_language: str, target_language: str, *, part: str = "both", recovery: str = "fuzzy", suffix: str = ""
) -> Variant:
    """A machine translation, by the backend that the user gives; answers are found again by `recovery`."""
    translator = Given("backend", source_language, target_language)
    return Variant("translate", {"translator": translator, "part": part, "recovery": recovery}, suffix)


def from_dictionary(transform: str, source_language: str, target_language: str, **options: Any) -> Variant:
    """Words exchanged, in one of the transforms that do so, by the dictionary that the user gives."""
    dictionary = Given("dictionary", source_language, target_language)
    languages = {"source": source_language, "target": target_language}
    return Variant(transform, {"dictionary": dictionary, **languages, **options})


def augmented(
    source_language: str, languages: Iterable[str], parts: Iterable[str], *, recovery: str = "tags"
) -> tuple[Variant, ...]:
    """The source once, and its translation into each language for each part (Bornea et al. 2021).

    Answers are carried by tags, as in the paper, or found by another `recovery`. Ids end in the language and the
    part, ".de-q".
    """
    copies = [
        translated(source_language, language, part=part, recovery=recovery, suffix=f".{language}-{PARTS[part]}")
        for part in parts
        for language in languages
    ]
    return (AS_IT_IS, *copies)
