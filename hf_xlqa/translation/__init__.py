"""Translators, one backend a file; `make_translator("seq2seq:MODEL", "en", "zh")` names the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hf_xlqa import plugins

if TYPE_CHECKING:
    from hf_xlqa.translation.backend import Translator

SHARED = (
    *("backend", "cache", "cache_store", "sentences", "distributed", "dictionaries"),
    *("languages", "batching", "fingerprint", "source_texts"),
)


def make_translator(spec: str, source_language: str, target_language: str) -> Translator:
    """The translator that a line such as "seq2seq:Helsinki-NLP/opus-mt-en-zh" stands for.

    Args:
        spec: BACKEND:ARGUMENT, the name of a file of this folder and what its class reads by `from_spec`.
        source_language: ISO 639-1 code, with script or region where it matters ("zh-Hant").
        target_language: likewise.

    Raises:
        ValueError: when the line is not of that form or there is no such backend (the message lists
            those there are), and whatever the backend refuses.
        ImportError: when the backend needs an extra that is not installed.
        OSError: when the backend's files cannot be read.
    """
    backend, colon, argument = spec.partition(":")
    valid = plugins.names("translation")
    if not (colon and argument) or backend not in valid:
        listed = ", ".join(f"{name}:..." for name in valid)
        raise ValueError(f"`translator` must be one of {listed}, but is {spec!r} instead.")
    translator: Translator = plugins.find("translation", backend).from_spec(argument, source_language, target_language)
    return translator
