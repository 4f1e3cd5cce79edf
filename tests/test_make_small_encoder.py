"""The script that makes a small encoder with bilingual word vectors from corpora."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from example_scripts import load_example
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from hf_xlqa.corpora.sample import sample_parallel
from hf_xlqa.corpora.squad_format import write_squad


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_example("make_small_encoder")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Forty paragraphs of the sample in two languages."""
    paths = {language: tmp_path / f"{language}.json" for language in ("zh", "en")}
    examples = sample_parallel("dev")[:120]
    for language, path in paths.items():
        write_squad(path, [each for group in examples for each in group if each.context_language == language])
    return paths


def test_pieces_of_translations_stand_where_their_share_of_the_text_is(script: ModuleType) -> None:
    assert script.weave([["a", "b", "c", "d"], ["A", "B"]]) == ["a", "A", "b", "c", "B", "d"]
    assert script.weave([["a"], ["A"], []]) == ["a", "A"]


def test_simplified_contexts_are_converted_where_that_is_asked(script: ModuleType, files: dict[str, Path]) -> None:
    path = str(files["zh"])
    as_it_is, converted = (
        script.contexts(f"zh={path}", script.Options(corpora=[], simplified=simplified)) for simplified in ([], [path])
    )
    assert len(as_it_is) == len(set(as_it_is)) == len(converted) == 40
    assert any("于" in text for text in as_it_is) and not any("于" in text for text in converted)


def test_words_that_are_translations_of_each_other_get_like_vectors_and_others_do_not(script: ModuleType) -> None:
    rng = np.random.default_rng(0)
    texts = [[f"w{(first + step) % 40}" for step in range(12)] for first in rng.integers(0, 40, 400)]
    sentences = [script.weave([text, [word.upper() for word in text]]) for text in texts]
    words = [f"w{number}" for number in range(40)]
    vocabulary = [*words, *(word.upper() for word in words), "unseen"]
    options: Any = script.Options(corpora=[], hidden_size=32, window=2, epochs=20)
    vectors = script.train_vectors(sentences, vocabulary, options)
    assert vectors.shape == (81, 32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    nearest = (vectors[:40] @ vectors[40:80].T).argmax(axis=1)
    apart = np.abs(nearest - np.arange(40))
    assert np.minimum(apart, 40 - apart).mean() < 1  # by chance they are 10 words apart
    assert np.array_equal(vectors, script.train_vectors(sentences, vocabulary, options))


def test_a_run_reads_no_question_and_writes_an_encoder_that_looks_for_like_words(
    script: ModuleType, files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "encoder"
    specs = [f"{language}={path}" for language, path in files.items()]
    sizes = ["--vocabulary_size", "300", "--epochs", "1", "--hidden_size", "16", "--layers", "2"]
    command = ["make", "--corpora", *specs, "--parallel", *specs, "--output_dir", str(folder), *sizes]
    monkeypatch.setattr(sys, "argv", command)
    script.main()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForQuestionAnswering.from_pretrained(folder)
    assert (len(tokenizer), model.config.vocab_size) == (300, 300)
    assert not any("？" in piece or "?" in piece for piece in tokenizer.get_vocab())
    assert tokenizer("a", "b")["token_type_ids"] == [0, 0, 0, 1, 1]
    for layer in model.convbert.encoder.layer:
        assert torch.equal(layer.attention.self.query.weight, layer.attention.self.key.weight)
    assert model(**tokenizer("a", "b", return_tensors="pt")).start_logits.shape == (1, 5)
