"""Translators of the tests, which count what they are handed."""

from __future__ import annotations

from collections.abc import Callable, Sequence


class Upper:
    """Translates into capitals."""

    def __init__(
        self,
        source_language: str = "en",
        target_language: str = "de",
        *,
        name: str = "upper",
        function: Callable[[str], str] = str.upper,
    ) -> None:
        self.source_language = source_language
        self.target_language = target_language
        self.name = name
        self.function = function
        self.calls: list[list[str]] = []

    @property
    def handed(self) -> list[str]:
        """All texts of all calls."""
        return [text for call in self.calls for text in call]

    def translate(self, texts: Sequence[str]) -> list[str]:
        self.calls.append(list(texts))
        return [self.function(text) for text in texts]


class Forgetful(Upper):
    """Returns one text too few."""

    def translate(self, texts: Sequence[str]) -> list[str]:
        return super().translate(texts)[1:]
