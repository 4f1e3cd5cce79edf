"""Evaluation questions: their names, their golds, and crossed corpora."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_corpora import article, gold, questions_of, write_articles, write_language

from hf_xlqa.corpora.findings import CorpusError
from hf_xlqa.experiment.questions import evaluation_reader, read_questions, set_name


def bridges(folder: Path, *languages: str) -> list[str]:
    return [f"bridges/{language}={write_language(folder, language, range(2))}" for language in languages]


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("xquad/de", "xquad/de"),
        ("squad=dev.json", "squad/en"),
        ("squad", "squad/en"),
        ("mlqa/de.en=a/b.json", "mlqa/de.en"),
        ("mlqa/de.de=a/b.json", "mlqa/de"),
    ],
)
def test_sets_are_named_by_corpus_and_language(spec: str, name: str) -> None:
    assert set_name(spec) == name


def test_a_set_has_the_questions_and_golds_of_its_file(tmp_path: Path) -> None:
    (each,) = read_questions(bridges(tmp_path, "ko")).sets
    assert (each.name, each.stem, each.corpus) == ("bridges/ko", "bridges_ko", "bridges")
    assert (each.context_language, each.question_language) == ("ko", "ko")
    assert each.ids == ["0-where", "0-when", "1-where", "1-when"]
    assert each.examples[0].question == "다리는 어디에 있는가?"
    assert each.references[0] == {"id": "0-where", "answers": {"text": ["드레스덴"], "answer_start": [8]}}


def test_golds_are_those_of_the_file_where_they_do_not_stand_in_the_context(tmp_path: Path) -> None:
    bridge = article(0, "en")
    questions_of([bridge])["0-where"]["answers"][0] = gold("nowhere", "Elbe bank")
    (each,) = read_questions([f"toy/en={write_articles(tmp_path / 'en.json', [bridge])}"]).sets
    assert each.examples[0].answers == ()
    assert each.references[0]["answers"] == {"text": ["Elbe bank"], "answer_start": [-1]}


def test_a_crossed_corpus_has_a_set_of_every_pair_with_the_golds_of_the_context(tmp_path: Path) -> None:
    questions = read_questions([*bridges(tmp_path, "en", "ko"), "sample/de"], crossed=["bridges"])
    assert [each.name for each in questions.sets] == [
        *("bridges/en", "bridges/en.ko", "bridges/ko.en", "bridges/ko"),
        "sample/de",
    ]
    cell = questions.sets[2]
    assert (cell.context_language, cell.question_language) == ("ko", "en")
    assert cell.examples[1].question == "When was the bridge opened?"
    assert cell.references[0]["answers"]["text"] == ["드레스덴"]
    assert questions.lines() == ["bridges crossed: 4 questions in every language"]


def test_what_does_not_pair_is_told(tmp_path: Path) -> None:
    files = {"en": write_language(tmp_path, "en", range(2)), "ko": write_language(tmp_path, "ko", range(3))}
    questions = read_questions([f"toy/{language}={path}" for language, path in files.items()], crossed=["toy"])
    assert {each.name: len(each.references) for each in questions.sets} == {
        "toy/en": 4,
        "toy/en.ko": 4,
        "toy/ko.en": 4,
        "toy/ko": 6,
    }
    assert questions.lines() == ["toy crossed: 4 questions in every language; missing in en: 2 (2-where, 2-when)"]


def test_the_split_of_the_sample_is_read() -> None:
    sizes = {split: len(list(evaluation_reader("sample/en", split=split))) for split in ("validation", "test")}
    assert sizes["validation"] != sizes["test"]


def test_corpora_that_cannot_be_evaluated_are_refused(tmp_path: Path) -> None:
    en, ko = bridges(tmp_path, "en", "ko")
    with pytest.raises(ValueError, match="`cross` must be one of the corpora given, bridges, but is 'xquad'"):
        read_questions([en, ko], crossed=["xquad"])
    with pytest.raises(ValueError, match="must name each set once, but repeats bridges/en"):
        read_questions([en, en.replace("/en=", "/en.en=")])
    with pytest.raises(ValueError, match=r"bridges cannot be crossed: .* two languages or more, but hold \['en'\]"):
        read_questions([en], crossed=["bridges"])
    mixed = ko.replace("/ko=", "/ko.en=")
    with pytest.raises(ValueError, match="bridges has questions in another: bridges/ko.en"):
        read_questions([en, mixed], crossed=["bridges"])
    bridge = article(0, "en")
    for question in questions_of([bridge]).values():
        del question["question"]
    unread = write_articles(tmp_path / "unread.json", [bridge])
    with pytest.raises(ValueError, match="must hold examples, but holds none that can be read; see `hf-xlqa doctor`"):
        read_questions([f"toy/en={unread}"])


def test_a_corpus_without_golds_is_refused(tmp_path: Path) -> None:
    bridge = article(0, "en")
    questions_of([bridge])["0-when"]["answers"] = []
    with pytest.raises(CorpusError, match="0-when"):
        read_questions([f"toy/en={write_articles(tmp_path / 'en.json', [bridge])}"])
    pointer = tmp_path / "pointer.json"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n")
    with pytest.raises(CorpusError, match="Git LFS pointer"):
        read_questions([f"toy/en={pointer}"])
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({"data": [article(0, "en")]}, indent=1)[:-9])
    with pytest.raises(CorpusError, match="line"):
        read_questions([f"toy/en={broken}"])
