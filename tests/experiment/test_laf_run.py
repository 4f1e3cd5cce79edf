"""The language arbitration framework from files: which questions become pairs, and what the record says of the rest."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_corpora import TOWNS, article, write_articles, write_asked, write_encoder, write_language
from tiny_runs import quick_training
from transformers import AutoModelForQuestionAnswering, BertForQuestionAnswering

from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.encoder import Encoder
from hf_xlqa.experiment.methods.xltt import XLTT
from hf_xlqa.experiment.run import build_trainer, run
from hf_xlqa.experiment.training_data import read_training_corpora
from hf_xlqa.training_args import CrossLingualQATrainingArguments

QUESTIONS = 2 * len(TOWNS)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_encoder(tmp_path_factory.mktemp("encoder"))


def training(folder: Path, **options: Any) -> CrossLingualQATrainingArguments:
    settings: dict[str, Any] = {
        "objectives": ["span", "psa", "qs"],
        "max_steps": 4,
        "per_device_train_batch_size": 2,
    }
    return quick_training(folder, **{**settings, **options})


def data_of(folder: Path, train: list[str] | None = None, **options: Any) -> DataArguments:
    """T(Q): English in one corpus, its questions in Japanese and Korean in another."""
    sizes = {"max_length": 128, "window_step": 64, "max_question_length": 32, "max_evaluation_examples": 3}
    given = {"train": train or files(folder), "evaluate": ["sample/ko"]}
    return DataArguments(**{**sizes, **given, **options})


def files(folder: Path) -> list[str]:
    asked = [f"asked/en.{language}={write_asked(folder, language)}" for language in ("ja", "ko")]
    return [f"bridges/en={write_language(folder, 'en')}", *asked]


def trainer_of(method: Any, data: DataArguments, folder: Path, **options: Any) -> Any:
    return build_trainer(method, data, training(folder, **options), corpora=read_training_corpora(data), held_out={})


def test_questions_are_paired_with_translations_of_another_corpus(encoder: str, tmp_path: Path) -> None:
    record = run(Encoder(encoder=encoder), data_of(tmp_path), training(tmp_path / "run"))
    uses = {use.name: (use.languages, use.examples, use.dropped) for use in record.training}
    assert uses == {"bridges": (("en",), QUESTIONS, {}), "asked": (("en", "ja", "ko"), 2 * QUESTIONS, {})}
    assert record.hyper_parameters["pair_each"] == "pair"
    assert isinstance(AutoModelForQuestionAnswering.from_pretrained(tmp_path / "run"), BertForQuestionAnswering)


@pytest.mark.parametrize(("each", "items", "rows"), [("pair", 2 * QUESTIONS, 2), ("all", QUESTIONS, 3)])
def test_an_item_has_one_translation_or_all(each: str, items: int, rows: int, encoder: str, tmp_path: Path) -> None:
    trainer = trainer_of(Encoder(encoder=encoder), data_of(tmp_path, pair_each=each), tmp_path)
    assert len(trainer.train_dataset) == items
    batch = next(iter(trainer.get_train_dataloader()))
    assert batch["pivot_rows"].tolist() == [-1, *[0] * (rows - 1), -1, *[rows] * (rows - 1)]


def test_what_is_in_no_pair_is_shown_and_recorded(
    encoder: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Korean has questions 0 to 2, English 1 to 4, and its context of question 1 is another."""
    english = [article(number, "en") for number in range(1, 5)]
    context = english[0]["paragraphs"][0]
    context["context"] += " It is long."
    train = [
        f"bridges/en={write_articles(tmp_path / 'changed.json', english)}",
        f"asked/en.ko={write_asked(tmp_path, 'ko', range(3))}",
    ]
    caplog.set_level(logging.INFO)
    trainer = trainer_of(Encoder(encoder=encoder), data_of(tmp_path, train), tmp_path)
    uses = {use.name: (use.examples, use.dropped) for use in trainer.record.training}
    assert uses == {
        "bridges": (2, {"windows of the pivot without a translation": 6}),
        "asked": (
            2,
            {
                "translations of questions that the pivot language lacks": 2,
                "translations of questions on other contexts": 2,
            },
        ),
    }
    assert "bridges and asked: 2 pairs of windows of 4 examples" in caplog.text
    assert (
        "2 translations without the pivot: 0-where, 0-when; 2 translations on another context: 1-where" in caplog.text
    )


def test_pairs_train_beside_a_discriminator(encoder: str, tmp_path: Path) -> None:
    method = Encoder(encoder=encoder, discriminator={"discriminator_kind": "perceptron"})
    objectives = ["span", "psa", "qs", "language_adversarial"]
    trainer = trainer_of(method, data_of(tmp_path), tmp_path, objectives=objectives, max_steps=1)
    trainer.train()
    assert {"psa", "qs", "language_adversarial_discriminator_loss"} <= trainer.state.log_history[0].keys()


def test_a_resumed_run_of_accumulated_pairs_ends_like_an_uninterrupted_one(encoder: str, tmp_path: Path) -> None:
    options = {"gradient_accumulation_steps": 2, "save_strategy": "steps", "save_steps": 2, "learning_rate": 0.01}
    data = data_of(tmp_path)
    for name, more in (("whole", {}), ("resumed", {"resume_from_checkpoint": str(tmp_path / "whole/checkpoint-2")})):
        run(Encoder(encoder=encoder), data, training(tmp_path / name, **options, **more))
    whole, resumed = (
        AutoModelForQuestionAnswering.from_pretrained(tmp_path / name).state_dict() for name in ("whole", "resumed")
    )
    torch.testing.assert_close(resumed, whole, atol=0, rtol=0)


def test_what_cannot_be_paired_is_refused(encoder: str, tmp_path: Path) -> None:
    data = data_of(tmp_path)
    with pytest.raises(ValueError, match="`method` must be one that reads no translations for pairs .* but is 'xltt'"):
        trainer_of(XLTT(encoder=encoder), data, tmp_path)
    weighted = data_of(tmp_path, dataset_weights="similarity", target_questions="sample/en")
    with pytest.raises(ValueError, match="`dataset_weights` must be none for pairs of questions, but is 'similarity'"):
        trainer_of(Encoder(encoder=encoder), weighted, tmp_path)
    with pytest.raises(ValueError, match="`asked` must have examples in en, ko, but has none instead"):
        corpora = read_training_corpora(data)
        data.languages = ["en", "ko"]
        corpora[1].examples = corpora[1].examples[:QUESTIONS]
        build_trainer(Encoder(encoder=encoder), data, training(tmp_path), corpora=corpora, held_out={})
