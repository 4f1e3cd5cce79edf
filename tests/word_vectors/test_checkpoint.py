"""From a corpus in two languages to a checkpoint of QANet that answers texts where the library is not installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from models.harness import WITHOUT_THE_LIBRARY
from transformers import AutoModelForQuestionAnswering, AutoTokenizer, PreTrainedModel

import hf_xlqa.models  # noqa: F401  registers QANet
from hf_xlqa.collator import WindowCollator
from hf_xlqa.features import prepare_features
from hf_xlqa.models.configuration_qanet import QANetConfig
from hf_xlqa.models.tokenization_qanet import QANetTokenizer
from hf_xlqa.schema import Answer, Example
from hf_xlqa.spans import extract_predictions
from hf_xlqa.word_vectors import WordTable, build_table, build_vocabulary, train_vectors

ENGLISH, CHINESE = "The king of Norway died in 1905 .", "挪威国王于1905年去世。"
CORPUS = [
    Example("en", "en", "", ENGLISH, "Who died ?", (Answer("The king of Norway", 0),), "en", "en", "test"),
    Example("zh", "zh", "", CHINESE, "谁去世了？", (Answer("挪威国王", 0),), "zh", "zh", "test"),
    Example("gx", "gx", "", CHINESE, "Who died ?", (Answer("挪威国王", 0),), "zh", "en", "test"),
]


@pytest.fixture(scope="module")
def table() -> WordTable:
    vocabulary = build_vocabulary(CORPUS)
    vectors = {
        language: train_vectors(CORPUS, language, vocabulary.words_of(language), dimension=12, min_count=1)
        for language in vocabulary.languages
    }
    return build_table(vocabulary, vectors)


@pytest.fixture(scope="module")
def tokenizer() -> QANetTokenizer:
    return build_vocabulary(CORPUS).tokenizer()


@pytest.fixture(scope="module")
def model(table: WordTable, tokenizer: QANetTokenizer) -> PreTrainedModel:
    torch.manual_seed(0)
    config = QANetConfig(
        languages=tokenizer.languages,
        vocab_size=tokenizer.vocab_size,
        character_vocab_size=tokenizer.character_vocab_size,
        word_dim=12,
        character_dim=8,
        hidden_size=16,
        model_blocks=1,
    )
    model = AutoModelForQuestionAnswering.from_config(config).eval()
    model.set_word_vectors(torch.from_numpy(table.matrix))
    return model


def test_a_corpus_is_learnt(model: PreTrainedModel, tokenizer: QANetTokenizer) -> None:
    prepared = prepare_features(CORPUS, tokenizer, max_length=30, window_step=8, max_question_length=10, outside="drop")
    batch = WindowCollator(tokenizer)(list(prepared.windows))
    assert batch["language_ids"].tolist() == [0, 1, 1]
    assert batch["question_language_ids"].tolist() == [0, 1, 0]
    learner = type(model)(model.config)
    learner.load_state_dict(model.state_dict())
    optimizer = torch.optim.Adam(learner.parameters(), lr=5e-3)
    torch.manual_seed(0)
    for _ in range(60):
        optimizer.zero_grad()
        learner(**batch).loss.backward()
        optimizer.step()
    with torch.no_grad():
        outputs = learner.eval()(**batch)
    logits = outputs.start_logits.numpy(), outputs.end_logits.numpy()
    predictions = extract_predictions(CORPUS, prepared.windows, *logits)
    assert [each.text for each in predictions] == ["The king of Norway", "挪威国王", "挪威国王"]


ANSWER = """
import json, torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1], trust_remote_code=True)
model = AutoModelForQuestionAnswering.from_pretrained(sys.argv[1], trust_remote_code=True).eval()
batch = tokenizer(*json.loads(sys.argv[2]), language=["en", "zh"], padding=True, return_tensors="pt")
with torch.no_grad():
    print(json.dumps(model(**batch).start_logits.tolist()))
"""


def test_tokenizer_and_model_travel_in_one_folder(
    model: PreTrainedModel, tokenizer: QANetTokenizer, tmp_path: Path
) -> None:
    model.save_pretrained(tmp_path / "checkpoint")
    tokenizer.save_pretrained(tmp_path / "checkpoint")
    assert isinstance(AutoTokenizer.from_pretrained(tmp_path / "checkpoint"), QANetTokenizer)
    pairs = [["Who died ?", "谁去世了？"], [ENGLISH, CHINESE]]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_") and key != "PYTHONPATH"}
    process = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_LIBRARY + ANSWER, str(tmp_path / "checkpoint"), json.dumps(pairs)],
        env=environment | {"HF_HOME": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    batch = tokenizer(*pairs, language=["en", "zh"], padding=True, return_tensors="pt")
    with torch.no_grad():
        here = model(**batch).start_logits
    assert torch.equal(torch.tensor(json.loads(process.stdout.splitlines()[-1])), here)
