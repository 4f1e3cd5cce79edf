"""The checks every translator passes, and translators by a line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fakes import Forgetful, Upper

from hf_xlqa.translation import make_translator
from hf_xlqa.translation.backend import TranslationError, innermost, translate_checked
from hf_xlqa.translation.cache import CachedTranslator
from hf_xlqa.translation.sentences import SentenceTranslator

BACKEND = """
class Echo:
    def __init__(self, *arguments):
        self.arguments = arguments

    @classmethod
    def from_spec(cls, argument, source_language, target_language):
        return cls(argument, source_language, target_language)
"""


def test_blank_texts_stand_for_themselves() -> None:
    translator = Upper()
    assert translate_checked(translator, ["a", "", " \n", "b"]) == ["A", "", " \n", "B"]
    assert translator.calls == [["a", "b"]]
    assert translate_checked(translator, ["", " "]) == ["", " "] and len(translator.calls) == 1


def test_the_innermost_translator_is_the_one_that_translates(tmp_path: Path) -> None:
    upper = Upper()
    assert innermost(upper) is innermost(SentenceTranslator(CachedTranslator(upper, tmp_path / "cache"))) is upper


def test_the_number_of_translations_must_be_that_of_the_texts() -> None:
    message = r"`translations` of upper must be 2, one for each text, but are 1 instead; the first text is 'a'\."
    with pytest.raises(TranslationError, match=message) as caught:
        translate_checked(Forgetful(), ["a", "b"])
    assert caught.value.texts == ("a", "b")


def test_a_blank_translation_is_an_error_that_names_backend_and_text() -> None:
    translator = Upper(function=lambda text: " " if text.startswith("b") else text)
    message = r"`translations` of upper must not be blank, but 2 of 3 are instead, first that of 'b{80}'\.\.\. \(90 ch"
    with pytest.raises(TranslationError, match=message) as caught:
        translate_checked(translator, ["a", "b" * 90, "b"])
    assert caught.value.texts == ("b" * 90, "b")


def test_a_line_names_the_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "echo.py").write_text(BACKEND)
    monkeypatch.setattr(sys.modules["hf_xlqa.translation"], "__path__", [str(tmp_path)])
    made = make_translator("echo:some/model:x", "en", "zh")
    monkeypatch.delitem(sys.modules, "hf_xlqa.translation.echo")
    assert made.arguments == ("some/model:x", "en", "zh")  # type: ignore[attr-defined]


@pytest.mark.parametrize("spec", ["bleu:x", "seq2seq", "seq2seq:", "", "backend:x", "cache:x"])
def test_an_unknown_backend_lists_those_there_are(spec: str) -> None:
    message = rf"`translator` must be one of ctranslate2:\.\.\., .*seq2seq:\.\.\., but is '{spec}' instead\."
    with pytest.raises(ValueError, match=message):
        make_translator(spec, "en", "zh")
