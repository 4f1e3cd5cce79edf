"""QANet as a method: its words, where their vectors come from, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_corpora import write_language

from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.qanet import QANet
from hf_xlqa.experiment.training_data import TrainingCorpus, read_training_corpora
from hf_xlqa.models import QANetForCrossLingualQA
from hf_xlqa.schema import Example
from hf_xlqa.word_vectors import build_vocabulary

SMALL = {"hidden_size": 8, "character_dim": 4, "model_blocks": 1, "embedding_convolutions": 1}
TRAINED, UNSEEN = range(4), [5]
WIDTH = 6


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataArguments:
    """Two corpora of two languages, and Korean of another article to answer."""
    folder = tmp_path_factory.mktemp("bridges")
    (folder / "unseen").mkdir()
    return DataArguments(
        languages=["en", "ko"],
        train=[
            f"bridges_{language}/{language}={write_language(folder, language, TRAINED)}" for language in ("en", "ko")
        ],
        evaluate=[f"korquad/ko={write_language(folder / 'unseen', 'ko', UNSEEN)}"],
    )


@pytest.fixture(scope="module")
def corpora(data: DataArguments) -> list[TrainingCorpus]:
    return read_training_corpora(data)


@pytest.fixture(scope="module")
def files(data: DataArguments, corpora: list[TrainingCorpus], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Vectors of all words, the number of each word's line in all places; Korean ones are negative."""
    folder = tmp_path_factory.mktemp("vectors")
    specs = []
    for language, sign in (("en", 1), ("ko", -1)):
        words = sorted(build_vocabulary(_texts(corpora, language)).words)
        lines = [f"{word} {' '.join([str(sign * row)] * WIDTH)}" for row, word in enumerate(words, start=1)]
        path = folder / f"{language}.vec"
        path.write_text("\n".join([f"{len(lines)} {WIDTH}", *lines]) + "\n", encoding="utf-8")
        specs.append(f"{language}={path}")
    return specs


def _texts(corpora: list[TrainingCorpus], language: str) -> list[Example]:
    return [each for corpus in corpora for each in corpus.of_languages([language])]


def built(corpora: list[TrainingCorpus], data: DataArguments, **options: Any) -> tuple[QANet, Any, Any]:
    method = QANet(**{"network": SMALL, **options})
    tokenizer = method.tokenizer(corpora, data)
    return method, tokenizer, method.model(tokenizer, data)


def vector_of(word: str, tokenizer: Any, model: QANetForCrossLingualQA) -> torch.Tensor:
    row: torch.Tensor = model.qanet.word_vectors.weight[tokenizer.convert_tokens_to_ids(word)]
    return row


def test_words_of_the_texts_to_answer_are_looked_up_and_their_characters_are_not(
    corpora: list[TrainingCorpus], data: DataArguments, files: list[str]
) -> None:
    method, tokenizer, _ = built(corpora, data, vectors=files, min_count=2)
    (unseen,) = (word for word in tokenizer.words if "키토" in word)
    trained = build_vocabulary([*_texts(corpora, "en"), *_texts(corpora, "ko")], min_count=2)
    assert tokenizer.words[: len(trained.words)] == list(trained.words) and unseen not in trained.words
    assert "키" not in tokenizer.characters
    assert tokenizer.languages == ["en", "ko"]
    assert method.found["word_vectors"]["ko"]["unknown"] >= 1
    assert (method.name, method.base_model, method.parallel) == ("qanet", "", False)


def test_held_out_words_are_looked_up(corpora: list[TrainingCorpus], data: DataArguments, files: list[str]) -> None:
    own = corpora[0].examples[0].pivot
    tokenizer: Any = QANet(vectors=files).tokenizer(corpora[1:], data, [own])
    assert {"bridge", "stands"} <= set(tokenizer.words)
    assert "b" not in tokenizer.characters


def test_words_of_questions_in_other_languages_are_not_looked_up(
    corpora: list[TrainingCorpus], data: DataArguments, files: list[str]
) -> None:
    own = corpora[0].examples[0].pivot
    foreign = replace(own, question="Wohin flieht es?", question_language="de")
    tokenizer: Any = QANet(vectors=files).tokenizer(corpora[1:], data, [foreign])
    assert "stands" not in tokenizer.words and not {"wohin", "Wohin"} & set(tokenizer.words)


def test_a_discriminator_numbers_languages_as_the_model_does(
    corpora: list[TrainingCorpus], data: DataArguments, files: list[str]
) -> None:
    method, _, model = built(corpora, data, vectors=files)
    wrapped = method.with_discriminator(model, ["ko", "en", "ja"])
    assert wrapped.config.languages == ["en", "ko"]


def test_a_word_has_the_vector_of_its_language(
    corpora: list[TrainingCorpus], data: DataArguments, files: list[str]
) -> None:
    _, tokenizer, model = built(corpora, data, vectors=files)
    assert (vector_of("bridge", tokenizer, model) > 0).all()
    assert (vector_of("다리는", tokenizer, model) < 0).all()
    assert model.config.word_dim == WIDTH and not model.config.shared_encoder
    assert set(model.qanet.language_layers) == {"en", "ko"}


def test_words_of_the_source_take_the_vectors_of_their_translations(
    corpora: list[TrainingCorpus], data: DataArguments, files: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "en-ko.txt"
    path.write_text("bridge 다리는\n", encoding="utf-8")
    options: dict[str, Any] = {"vectors": files, "dictionaries": [f"en-ko={path}"], "language_dependent": False}
    method, tokenizer, model = built(corpora, data, **options)
    assert torch.equal(vector_of("bridge", tokenizer, model), vector_of("다리는", tokenizer, model))
    assert (vector_of("stands", tokenizer, model) > 0).all()
    assert method.found["word_vectors"]["en"]["translated"] == 1
    assert model.config.shared_encoder
    method, tokenizer, model = built(corpora, data, **{**options, "vectors": files[1:], "oov": "unk"})
    unknown = model.qanet.word_vectors.weight[tokenizer.unk_token_id]
    assert torch.equal(vector_of("stands", tokenizer, model), unknown)
    assert method.found["word_vectors"]["en"]["own"] == 0


def test_vectors_without_a_file_are_trained_as_wide_as_those_of_the_files(
    corpora: list[TrainingCorpus], data: DataArguments, files: list[str]
) -> None:
    pytest.importorskip("gensim")
    _, tokenizer, model = built(corpora, data, vectors=files[1:])
    assert model.config.word_dim == WIDTH
    assert vector_of("bridge", tokenizer, model).unique().numel() == WIDTH
    _, _, model = built(corpora, data, network={**SMALL, "word_dim": 5})
    assert model.config.word_dim == 5


def test_the_lexicon_of_the_sample_is_a_dictionary(tmp_path: Path) -> None:
    pytest.importorskip("gensim")
    data = DataArguments(languages=["en", "zh"], evaluate=["sample/zh"], max_train_examples=30)
    method, tokenizer, model = built(
        read_training_corpora(data), data, dictionaries=["en-zh={sample}"], network={**SMALL, "word_dim": 4}
    )
    assert torch.equal(vector_of("in", tokenizer, model), vector_of("在", tokenizer, model))
    assert method.found["word_vectors"]["en"]["translated"] > 20


def test_the_table_is_laid_out_by_the_tokenizer(data: DataArguments, corpora: list[TrainingCorpus]) -> None:
    assert QANet().found == {"word_vectors": {}}
    with pytest.raises(RuntimeError, match="`tokenizer` must be called before `model`"):
        QANet().model(build_vocabulary(_texts(corpora, "en")).tokenizer(), data)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"oov": "none"}, "`oov` must be one of own, unk, but is 'none'"),
        ({"network": '{"languages": ["en"]}'}, "`network` must have keys of word_dim, .* but has languages instead"),
        ({"network": "[]"}, "`network` must be a JSON object"),
        ({"vectors": ["a.vec"]}, "`vectors` must be of the form LANGUAGE=FILE, each once, but have 'a.vec' instead"),
        ({"vectors": ["en=a", "en=b"]}, "each once, but have 'en=b' instead"),
        ({"dictionaries": ["en=a"]}, "`dictionaries` must be of the form SOURCE-TARGET=FILE, each once"),
        (
            {"dictionaries": ["en-zh=a", "de-ko=b"]},
            "must be one a source language, into one target, but are en-zh, de-ko",
        ),
        ({"dictionaries": ["en-zh=a", "en-zh-Hant=b"]}, "must be one a source language, into one target"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        QANet(**options)
