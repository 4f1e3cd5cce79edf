"""The corpora of the study of AT and LAF: what is translated in each, and which ids questions have."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hf_xlqa.corpora.catalog import load_corpus
from hf_xlqa.corpora.sample import sample_examples
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.laf_corpora import (
    LANGUAGES,
    TRANSLATIONS,
    matrix_specs,
    read_matrix,
    training_specs,
    write_corpora,
    write_matrix,
)
from hf_xlqa.experiment.training_data import read_training_corpora
from hf_xlqa.schema import Example
from hf_xlqa.transforms.transform import Dropped
from hf_xlqa.transforms.translate import Translate

ENGLISH = {each.parallel_id: each for each in sample_examples("train", "en", paragraphs=2)}


def read(folder: Path, corpus: str | None, languages: Any = TRANSLATIONS) -> list[Example]:
    """All examples of a corpus as an experiment reads them."""
    data = DataArguments(languages=["en", *languages], train=training_specs(folder, languages, corpus))
    (read,) = read_training_corpora(data)
    return [each.pivot for each in read.examples]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpora")
    write_corpora(folder, paragraphs=2, translations="lexicon")
    return folder


@pytest.mark.parametrize(
    ("corpus", "pairs"),
    [
        (None, []),
        ("T(Q)", [("en", each) for each in TRANSLATIONS]),
        ("T(C)", [(each, "en") for each in TRANSLATIONS]),
        ("T(Q+C)", [(each, each) for each in TRANSLATIONS]),
        ("T(ALL)", [pair for each in TRANSLATIONS for pair in (("en", each), (each, "en"), (each, each))]),
    ],
)
def test_a_corpus_has_english_once_and_every_translation(folder: Path, corpus: str, pairs: Any) -> None:
    examples = read(folder, corpus)
    spoken = Counter((each.context_language, each.question_language) for each in examples)
    assert spoken == dict.fromkeys([("en", "en"), *pairs], 6)
    assert len({each.id for each in examples}) == len(examples)
    for example in examples:
        english = ENGLISH[example.parallel_id]
        assert (example.context == english.context) == (example.context_language == "en")
        assert (example.question == english.question) == (example.question_language == "en")


def test_gold_translations_are_those_of_the_sample(tmp_path: Path) -> None:
    write_corpora(tmp_path, paragraphs=2, translations="gold")
    german = {each.parallel_id: each for each in sample_examples("train", "de", paragraphs=2)}
    for example in read(tmp_path, "T(ALL)", ["de"]):
        told, asked = (
            {"en": ENGLISH, "de": german}[each] for each in (example.context_language, example.question_language)
        )
        assert example.context == told[example.parallel_id].context
        assert example.answers == told[example.parallel_id].answers
        assert example.question == asked[example.parallel_id].question


def test_lost_answers_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    translate = Translate.__call__

    def lose(self: Any, example: Example, rng: Any) -> Any:
        lost = self.part == "both" and example.id == next(iter(ENGLISH.values())).id
        return Dropped(example.id, "lost") if lost else translate(self, example, rng)

    monkeypatch.setattr(Translate, "__call__", lose)
    write_corpora(tmp_path, paragraphs=1, translations="lexicon")
    assert [record.getMessage() for record in caplog.records] == [
        f"1 of 3 questions lost their answers (both in {language})" for language in TRANSLATIONS
    ]
    assert len(read(tmp_path, "T(Q+C)")) == 3 + 5 * 2


def test_every_language_is_asked_about_in_every_other_under_one_id(tmp_path: Path) -> None:
    write_matrix(tmp_path, "dev", 4)
    specs = matrix_specs(tmp_path, "dev")
    cells = read_matrix("dev", 4)
    assert len(specs) == len(cells) == len(LANGUAGES) ** 2
    for spec, cell in zip(specs, cells.values(), strict=True):
        examples = list(load_corpus(spec))
        assert [(each.id, each.question, each.answers) for each in examples] == [
            (each.parallel_id, each.question, each.answers) for each in cell
        ]
    assert [each.context for each in cells["hi", "ko"]] == [each.context for each in cells["hi", "hi"]]
    assert [each.question for each in cells["hi", "ko"]] == [each.question for each in cells["de", "ko"]]
    with pytest.raises(
        ValueError, match="`questions` must be at most 300, those of the sample's dev split, but is 301"
    ):
        read_matrix("dev", 301)
