"""Models answer evaluation questions: any checkpoint, as in training, and nothing untrained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_qa import TOKENIZER, tiny_examples, tiny_features, tiny_model, tiny_set, tiny_trainer, tiny_xltt
from transformers import PreTrainedModel

from hf_xlqa.alignment import align_windows
from hf_xlqa.corpora.squad_format import references, write_squad
from hf_xlqa.evaluation import EvaluationSet
from hf_xlqa.experiment.answering import answer_questions
from hf_xlqa.experiment.questions import QuestionSet
from hf_xlqa.reader import CrossLingualReader


def reader_of(model: PreTrainedModel, batch_size: int = 8) -> CrossLingualReader:
    sizes = {"max_length": 32, "window_step": 12, "max_question_length": 8}
    return CrossLingualReader(model, TOKENIZER, batch_size=batch_size, **sizes)


def test_answers_are_those_of_the_trainer_and_are_written(tmp_path: Path) -> None:
    examples = tiny_examples(9)
    asked = QuestionSet("toy/en", "en", "en", examples, list(references(examples)))
    (given,) = answer_questions(reader_of(tiny_model()), [asked], tmp_path / "out")
    tiny_trainer(tmp_path / "run", sets=[tiny_set(9)]).evaluate()
    assert (given.questions, given.translations) == (asked, "none")
    for name in ("predictions_toy_en.json", "nbest_toy_en.json"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "run" / name).read_bytes()
    assert given.texts == json.loads((tmp_path / "out" / "predictions_toy_en.json").read_text(encoding="utf-8"))
    assert len(set(given.texts.values())) > 1


def test_a_model_that_reads_translations_answers_with_those_given_and_says_so(tmp_path: Path) -> None:
    """XLTT on German translations and without Chinese ones, as the trainer evaluates it."""
    examples, german = tiny_examples(6), tiny_examples(6, language="de", first_place=3)
    asked = QuestionSet("toy/en", "en", "en", examples, list(references(examples)))
    write_squad(tmp_path / "de.json", german)
    reader = reader_of(tiny_xltt())
    assert (reader.languages, reader.missing) == (("de", "zh"), "copy")
    features = tiny_features(examples)
    parallel = align_windows(features, {"de": tiny_features(german), "zh": tiny_features([])})
    written = []
    for translations, provenance, evaluated in (
        ({}, "copy", tiny_set(6)),
        (
            {"toy/en": {"de": str(tmp_path / "de.json")}},
            "given, copy for zh",
            EvaluationSet("toy/en", examples, features, language="en", metric="mlqa", parallel=parallel),
        ),
    ):
        (answered,) = answer_questions(reader, [asked], tmp_path / "out", translations=translations)
        assert answered.translations == provenance
        tiny_trainer(tmp_path / "run", model=tiny_xltt(), sets=[evaluated]).evaluate()
        both = [(tmp_path / folder / "nbest_toy_en.json").read_bytes() for folder in ("out", "run")]
        assert both[0] == both[1]
        written.append(both[0])
    assert written[0] != written[1]


def test_translations_that_are_not_read_are_refused(tmp_path: Path) -> None:
    examples = tiny_examples(2)
    asked = QuestionSet("toy/en", "en", "en", examples, list(references(examples)))
    for model, translations, message in (
        (tiny_xltt(), {"toy/ko": {"de": "a"}}, "must be of one of toy/en, but is of 'toy/ko' instead"),
        (tiny_xltt(), {"toy/en": {"ko": "a"}}, "must be in languages that the model reads .de, zh., but is in 'ko'"),
        (tiny_model(), {"toy/en": {"ko": "a"}}, "must be in languages that the model reads .none., but is in 'ko'"),
    ):
        with pytest.raises(ValueError, match=message):
            list(answer_questions(reader_of(model), [asked], tmp_path, translations=translations))
