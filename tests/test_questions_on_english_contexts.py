"""The script that makes T(Q) of parallel files: contexts and golds of the first, whole articles held out."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest
from tiny_corpora import QUESTIONS, article, questions_of, write_articles, write_language

from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.schema import Example

SCRIPT = Path(__file__).parents[1] / "examples" / "questions_on_english_contexts.py"


def make(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["questions", *arguments])
    runpy.run_path(str(SCRIPT), run_name="__main__")


def test_questions_of_all_languages_stand_on_the_contexts_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Korean lacks an article, Japanese has one more than English, and one English question has no gold."""
    english = [article(number, "en") for number in range(7)]
    questions_of(english)["6-when"]["answers"][0]["text"] = "never said"
    corpora = [
        f"bridges/en={write_articles(tmp_path / 'en.json', english)}",
        f"bridges/ja={write_language(tmp_path, 'ja')}",
        f"bridges/ko={write_language(tmp_path, 'ko', range(6))}",
    ]
    folder = tmp_path / "tq"
    make(monkeypatch, "--corpora", *corpora, "--output_dir", str(folder), "--test", "0.4")
    output = capsys.readouterr().out
    assert "12 examples in every language, 2 of the pivot in some only" in output
    assert "missing in en: 2 (7-where, 7-when)" in output and "1 in en without a usable gold" in output
    titles = {}
    for part in ("train", "test"):
        groups = {language: examples_of(folder, part, language) for language in ("en", "ja", "ko")}
        golds = {each.id: (each.context, each.answers) for each in groups["en"]}
        titles[part] = {each.title for each in groups["en"]}
        for language, examples in groups.items():
            assert {each.id: (each.context, each.answers) for each in examples}.items() <= golds.items()
            assert {each.question for each in examples} <= set(QUESTIONS[language].values())
            assert {each.title for each in examples} == titles[part] - ({"Bridge 6"} if language == "ko" else set())
        assert f"{part}.en.ja: {len(golds)} questions, {len(titles[part])} articles" in output
    assert titles["train"] and titles["test"] and not titles["train"] & titles["test"]
    assert titles["train"] | titles["test"] == {f"Bridge {number}" for number in range(7)}


def examples_of(folder: Path, part: str, language: str) -> list[Example]:
    name = f"{part}.en.json" if language == "en" else f"{part}.en.{language}.json"
    return list(read_examples(folder / name, language="en", question_language=language, corpus="tq"))


def test_each_language_comes_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_language(tmp_path, "en")
    for corpora in ([f"bridges/en={file}"], [f"bridges/en={file}", f"bridges/en={file}"]):
        with pytest.raises(ValueError, match="`corpora` must be of two languages or more, one each, but are "):
            make(monkeypatch, "--corpora", *corpora, "--output_dir", str(tmp_path))
