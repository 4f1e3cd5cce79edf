"""Training through a linear map, from files to scores: what the map is found by, and who is mapped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_corpora import write_encoder, write_language
from tiny_runs import quick_training
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.mapped import Mapped
from hf_xlqa.experiment.run import run
from hf_xlqa.experiment.training_data import read_training_corpora
from hf_xlqa.language_numbers import languages_read
from hf_xlqa.models import MappedForQuestionAnswering
from hf_xlqa.models.pipeline_xlqa import CrossLingualQuestionAnsweringPipeline
from hf_xlqa.reader import CrossLingualReader
from hf_xlqa.schema import Example

SIZES = {"max_length": 128, "window_step": 64, "max_question_length": 32}
QUICK: dict[str, dict[str, Any]] = {
    "procrustes": {},
    "muse": {"epochs": 1, "steps": 2, "hidden_size": 8},
    "vecmap": {"patience": 1},
    "dema": {"steps": 2, "batch_size": 4},
}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"bridges/en={write_language(tmp_path_factory.mktemp('bridges'), 'en')}"


def data_of(corpus: str, **options: Any) -> DataArguments:
    settings = {"languages": ["en"], "train": [corpus], "evaluate": ["sample/de"]}
    return DataArguments(**{**settings, **SIZES, "max_train_examples": 12, "max_evaluation_examples": 2, **options})


def example(question: str, context: str, language: str) -> Example:
    return Example(
        id="q",
        parallel_id="q",
        question=question,
        title="",
        context=context,
        answers=(),
        context_language=language,
        question_language=language,
        corpus="asked",
    )


def method_of(encoder: str, name: str = "procrustes", **options: Any) -> Mapped:
    texts = {"target_texts": ["sample/de"], "identical_pairs": True}
    return Mapped(encoder=encoder, linear_map=name, map_options=QUICK[name], **{**texts, **options})


@pytest.mark.parametrize("name", QUICK)
def test_a_map_is_found_by_any_method(encoder: str, corpus: str, name: str) -> None:
    data, method = data_of(corpus), method_of(encoder, name)
    model: Any = method.model(method.tokenizer(read_training_corpora(data), data), data)
    assert not torch.equal(model.map.weight, torch.eye(16)) and not model.map.weight.requires_grad
    assert (model.config.languages, model.config.source_id, model.config.layer) == (["en", "de"], 0, -1)
    told = method.found["state_map"]
    assert told["tokens"][0] > 10 and 0 < told["shared"] < told["tokens"][0]


def test_a_run_maps_the_source_and_not_the_target(encoder: str, corpus: str, tmp_path: Path) -> None:
    method = method_of(encoder)
    options = quick_training(tmp_path, max_steps=2, per_device_train_batch_size=4, learning_rate=1e-2)
    record = run(method, data_of(corpus), options)
    assert record.method == "mapped" and [each.name for each in record.scores] == ["sample/de"]
    model: Any = AutoModelForQuestionAnswering.from_pretrained(tmp_path)
    assert isinstance(model, MappedForQuestionAnswering) and method._state_map is not None
    assert torch.equal(model.map.weight.T, method._state_map.matrix)  # it did not learn
    assert record.hyper_parameters["state_map"]["tokens"] == method._state_map.tokens
    reader = CrossLingualReader.from_pretrained(tmp_path, **SIZES)
    inside = CrossLingualReader(model.unwrap(), AutoTokenizer.from_pretrained(tmp_path), **SIZES)
    scores = {}
    for language in ("en", "de", "ja"):
        asked = example("Where is the bridge?", "The old bridge stands in Quito.", language)
        scores[language] = [each.answer([asked])[0].spans[0].score for each in (reader, inside)]
    assert scores["de"][0] == scores["de"][1] == scores["ja"][0] and scores["en"][0] != scores["en"][1]


def test_the_pipeline_maps_the_source_too(encoder: str, corpus: str) -> None:
    method, data = method_of(encoder), data_of(corpus)
    tokenizer = method.tokenizer(read_training_corpora(data), data)
    pipe: Any = CrossLingualQuestionAnsweringPipeline(method.model(tokenizer, data).eval(), tokenizer, **SIZES)
    ids = {
        language: next(pipe.preprocess({"question": "Where?", "context": "In Bonn.", **given}, 128, 32, 32))[
            "language_ids"
        ]
        for language, given in {"en": {"language": "en"}, "de": {"language": "de"}, "none": {}}.items()
    }
    assert {language: found.tolist() for language, found in ids.items()} == {"en": [0], "de": [1], "none": [2]}
    asked = [{"question": "Where is it?", "context": "It is in Bonn.", "language": each} for each in ("en", "de")]
    assert [each["answer"] for each in pipe(asked, batch_size=2)] == [pipe(each)["answer"] for each in asked]


def test_languages_are_numbered_for_models_that_ask_for_them() -> None:
    class Asks:
        reads_languages = True
        languages = ("en", "ja")

    examples = [example("Wo?", "Hier.", "de")]
    assert languages_read(Asks, examples) == ["en", "ja", "de"]
    assert languages_read(None, examples) is None


def test_texts_of_both_languages_are_needed(encoder: str, corpus: str) -> None:
    data = data_of(corpus)
    for texts in ([], ["sample/en"], ["sample/ja", "sample/ko"]):
        method = method_of(encoder, target_texts=texts)
        tokenizer = method.tokenizer(read_training_corpora(data), data)
        with pytest.raises(
            ValueError, match="`target_texts` must be of one language other than en, as in drcd/zh, but"
        ):
            method.model(tokenizer, data)
    method = method_of(encoder)
    assert method.found == {}
    with pytest.raises(
        ValueError, match="`train` must have contexts in en, whose states are mapped, but has none inst"
    ):
        method.model(method.tokenizer([], data), data)


def test_arguments_that_no_map_has_are_refused() -> None:
    with pytest.raises(
        ValueError, match="`linear_map` must be one of dema, muse, procrustes, vecmap, but is 'svd' inst"
    ):
        Mapped(linear_map="svd")
    with pytest.raises(ValueError, match="`map_options` must have keys of normalise, but has epochs instead"):
        Mapped(linear_map="procrustes", map_options='{"epochs": 2}')
    with pytest.raises(ValueError, match=r"`map_options` must be a JSON object, but is '\[\]' instead"):
        Mapped(map_options="[]")
