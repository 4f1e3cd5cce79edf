"""Signatures of scores: "rule:mlqa|version:1.0|language:de|golds:all|missing:refuse|corpus:mlqa"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hf_xlqa.reports.score import Score

_LANGUAGE = "language"


def shared_signature(signatures: Mapping[str, str]) -> str:
    """The one signature that all have but for the language, with all languages: "...|language:de+en|...".

    Args:
        signatures: signature by what has it, as the error names it.

    Raises:
        ValueError: when two differ in more than the language.
    """
    different: dict[str, str] = {}
    for owner, signature in signatures.items():
        different.setdefault(_without_language(signature), owner)
    if len(different) > 1:
        (first, second), owners = list(different.values())[:2], len(signatures)
        raise ValueError(
            f"`signature` must be the same, but for the language, for all {owners} that are put together, "
            f"but is {signatures[first]} for {first} and {signatures[second]} for {second} instead."
        )
    return _joined(signatures.values())


def by_corpus(systems: Mapping[str, Iterable[Score]]) -> dict[str, str]:
    """The signature of each corpus, with the languages of all its sets.

    Args:
        systems: scores by name of the system.

    Raises:
        ValueError: when a corpus was scored in two ways.
    """
    found: dict[str, dict[str, str]] = {}
    for system, scores in systems.items():
        for score in scores:
            found.setdefault(score.corpus, {})[f"{system} on {score.name}"] = score.signature
    return {corpus: shared_signature(signatures) for corpus, signatures in found.items()}


def _fields(signature: str) -> dict[str, str]:
    return {name: value for name, _, value in (each.partition(":") for each in signature.split("|"))}


def _without_language(signature: str) -> str:
    return "|".join(each for each in signature.split("|") if not each.startswith(f"{_LANGUAGE}:"))


def _joined(signatures: Iterable[str]) -> str:
    """The first signature with the languages of all."""
    listed = list(signatures)
    languages = {code for each in listed for code in _fields(each).get(_LANGUAGE, "").split("+") if code}
    named = f"{_LANGUAGE}:{'+'.join(sorted(languages))}"
    return "|".join(named if each.startswith(f"{_LANGUAGE}:") else each for each in listed[0].split("|"))
