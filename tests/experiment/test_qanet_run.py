"""The language GAN of QANet over two corpora of two languages, from files to the checkpoint."""

from __future__ import annotations

import json
import logging
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub import ModelCard
from tiny_corpora import write_language
from tiny_runs import quick_training
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.qanet import QANet
from hf_xlqa.experiment.run import build_trainer, run
from hf_xlqa.experiment.training_data import read_training_corpora
from hf_xlqa.language_streams import LanguageStreams, language_ids
from hf_xlqa.models import AdversarialForQuestionAnswering, QANetForCrossLingualQA, QANetTokenizer
from hf_xlqa.reader import CrossLingualReader
from hf_xlqa.run_record import RunRecord
from hf_xlqa.training_args import CrossLingualQATrainingArguments

pytest.importorskip("gensim")

NETWORK = {
    "word_dim": 6,
    "character_dim": 4,
    "hidden_size": 8,
    "embedding_convolutions": 1,
    "model_blocks": 1,
    "model_convolutions": 1,
}
GAN = {"updates": 2, "max_lambda": 1.0, "ramp_steps": 1}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataArguments:
    """Twelve English questions and four Korean ones of other articles, and Korean ones to answer."""
    folder = tmp_path_factory.mktemp("bridges")
    for name in ("few", "unseen"):
        (folder / name).mkdir()
    return DataArguments(
        languages=["en", "ko"],
        train=[
            f"many/en={write_language(folder, 'en', range(6))}",
            f"few/ko={write_language(folder / 'few', 'ko', [4, 5])}",
        ],
        evaluate=[f"korquad/ko={write_language(folder / 'unseen', 'ko', [6, 7])}"],
        max_length=40,
        window_step=20,
        max_question_length=10,
        outside="drop",
    )


def method() -> QANet:
    return QANet(network=NETWORK, discriminator={"discriminator_channels": 4, "discriminator_blocks": 1})


def training(folder: Path, **options: Any) -> CrossLingualQATrainingArguments:
    settings: dict[str, Any] = {
        "max_steps": 4,
        "per_device_train_batch_size": 4,
        "learning_rate": 0.01,
        "balance_languages": True,
        "objectives": ["span", "language_gan"],
        "objective_options": {"language_gan": GAN},
    }
    return quick_training(folder, **{**settings, **options})


def trainer_of(data: DataArguments, folder: Path, **options: Any) -> Any:
    corpora = read_training_corpora(data)
    return build_trainer(method(), data, training(folder, **options), corpora=corpora, held_out={})


def test_windows_of_several_corpora_say_their_languages(data: DataArguments, tmp_path: Path) -> None:
    windows = trainer_of(data, tmp_path).train_dataset
    assert language_ids(windows).tolist() == [0] * 12 + [1] * 4
    assert [row["example_id"] for row in windows.__getitems__([0, 12])] == ["0-where", "4-where"]


def test_the_discriminator_and_the_reader_see_both_corpora_alike(
    data: DataArguments, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trainer = trainer_of(data, tmp_path)
    seen: list[set[str]] = []
    collate = trainer.data_collator

    def noted(rows: list[dict[str, Any]]) -> Any:
        assert sorted(row["language_ids"] for row in rows) == [0, 0, 1, 1]
        seen.append({row["example_id"] for row in rows if row["language_ids"] == 1})
        return collate(rows)

    trainer.data_collator = noted
    with caplog.at_level(logging.INFO, logger="hf_xlqa.trainer"):
        trainer.train()
    assert "an epoch goes through the languages 1.00, 3.00 times" in caplog.text
    assert len(seen) >= 4 * (1 + GAN["updates"])
    assert set.union(*seen) == {"4-where", "4-when", "5-where", "5-when"}
    logged = [entry for entry in trainer.state.log_history if "language_gan" in entry]
    assert len(logged) == 4
    assert all(math.isfinite(entry["language_gan_discriminator_loss"]) for entry in logged)


def test_a_balanced_epoch_takes_every_row_of_the_larger_corpus_once(data: DataArguments, tmp_path: Path) -> None:
    windows = trainer_of(data, tmp_path).train_dataset
    rows = list(LanguageStreams(language_ids(windows), seed=0))
    assert sorted(rows[::2]) == list(range(12))
    assert np.bincount(rows[1::2], minlength=16)[12:].tolist() == [3, 3, 3, 3]


@pytest.fixture(scope="module")
def finished(data: DataArguments, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunRecord]:
    folder = tmp_path_factory.mktemp("gan")
    return folder, run(method(), data, training(folder, ema_decay=0.5))


def test_the_record_and_the_card_tell_what_the_words_are_made_of(finished: tuple[Path, RunRecord]) -> None:
    folder, record = finished
    assert RunRecord.from_json((folder / "results.json").read_text(encoding="utf-8")) == record
    assert (record.method, record.base_model) == ("qanet", "")
    assert [(use.name, use.languages, use.examples) for use in record.training] == [
        ("many", ("en",), 12),
        ("few", ("ko",), 4),
    ]
    coverage = record.hyper_parameters["word_vectors"]
    assert coverage["en"]["unknown"] == coverage["ko"]["unknown"] == 0
    assert [score.name for score in record.scores] == ["korquad/ko"]
    card = ModelCard.load(folder / "README.md")
    assert card.data.base_model is None
    assert "Method `qanet` from scratch." in card.text and "word_vectors" in card.text


def test_the_checkpoint_holds_the_reader_with_its_discriminator(
    finished: tuple[Path, RunRecord], data: DataArguments
) -> None:
    folder, record = finished
    model = AutoModelForQuestionAnswering.from_pretrained(folder)
    assert isinstance(model, AdversarialForQuestionAnswering)
    assert isinstance(model.unwrap(), QANetForCrossLingualQA)
    assert (model.config.languages, model.config.source_language) == (["en", "ko"], "en")
    assert isinstance(AutoTokenizer.from_pretrained(folder), QANetTokenizer)
    assert {"modeling_adversarial.py", "modeling_qanet.py", "tokenization_qanet.py"} <= {
        path.name for path in folder.glob("*.py")
    }
    answered = json.loads((folder / "predictions_korquad_ko.json").read_text(encoding="utf-8"))
    path = data.evaluate[0].partition("=")[2]
    examples = list(read_examples(path, language="ko", corpus="korquad"))
    sizes = {"max_length": 40, "window_step": 20, "max_question_length": 10}
    again = CrossLingualReader.from_pretrained(folder, **sizes).answer(examples)
    assert {each.id: each.text for each in again} == answered
