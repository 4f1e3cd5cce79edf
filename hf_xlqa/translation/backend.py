"""What every translator offers, and the checks that none is spared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

_SHOWN = 80


class TranslationError(ValueError):
    """A translator gave something that cannot be a translation; the message names it and the text.

    Args:
        message: for people.
        texts: those that have no translation, as they were handed over.
    """

    def __init__(self, message: str, texts: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.texts = tuple(texts)


class Translator(Protocol):
    """Translates texts from one language into another.

    A backend is the one public class of a file of this folder, and has besides a class method
    `from_spec(argument, source_language, target_language)` for `make_translator`.
    """

    @property
    def source_language(self) -> str:
        """ISO 639-1 code, with script or region where it matters ("zh-Hant")."""

    @property
    def target_language(self) -> str:
        """ISO 639-1 code, likewise."""

    @property
    def name(self) -> str:
        """Backend, model, revision and every option that changes translations: the cache tells them apart by it."""

    def translate(self, texts: Sequence[str]) -> list[str]:
        """The translation of each text, in the order of the texts."""


class TranslatorWrapper:
    """A translator that hands texts on to another, of whose languages and name it is.

    Args:
        translator: the other.
    """

    def __init__(self, translator: Translator) -> None:
        self.translator = translator

    @property
    def source_language(self) -> str:
        """Language of the texts."""
        return self.translator.source_language

    @property
    def target_language(self) -> str:
        """Language of the translations."""
        return self.translator.target_language

    @property
    def name(self) -> str:
        """Name of the other translator, whose translations these are."""
        return self.translator.name


def innermost(translator: Translator) -> Translator:
    """The translator that caches and other wrappers hand texts on to, or the translator itself."""
    while isinstance(translator, TranslatorWrapper):
        translator = translator.translator
    return translator


def translate_checked(translator: Translator, texts: Sequence[str]) -> list[str]:
    """Translations that are as many as the texts and none of them blank; a blank text stands for itself.

    Args:
        translator: is handed the texts that are not blank, in one call.
        texts: any texts.

    Raises:
        TranslationError: when the translator returns another number of texts, or blank for one that is not.
    """
    filled = [text for text in texts if text.strip()]
    translations = translator.translate(filled) if filled else []
    check_number(translator, filled, translations)
    check_not_blank(translator, filled, translations)
    found = iter(translations)
    return [next(found) if text.strip() else text for text in texts]


def check_number(translator: Translator, texts: Sequence[str], translations: Sequence[str]) -> None:
    """Raise `TranslationError` unless there are as many translations as texts."""
    if len(translations) != len(texts):
        raise TranslationError(
            f"`translations` of {translator.name} must be {len(texts)}, one for each text, but are "
            f"{len(translations)} instead; the first text is {shown(texts[0])}.",
            texts,
        )


def check_not_blank(translator: Translator, texts: Sequence[str], translations: Sequence[str]) -> None:
    """Raise `TranslationError` where the translation of a text that is not blank is."""
    blank = [text for text, translation in zip(texts, translations, strict=True) if not translation.strip()]
    if blank:
        raise TranslationError(
            f"`translations` of {translator.name} must not be blank, but {len(blank)} of {len(texts)} are instead, "
            f"first that of {shown(blank[0])}; leave such texts out or translate them by another backend.",
            blank,
        )


def check_positive(**options: float | None) -> None:
    """Raise `ValueError` where an option is neither positive nor None."""
    for name, value in options.items():
        if value is not None and value <= 0:
            raise ValueError(f"`{name}` must be positive, but is {value} instead.")


def shown(text: str) -> str:
    """A text as messages show it: quoted, and cut where it is long."""
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}... ({len(text)} characters)"
