"""Language-adversarial training from files: which languages a run numbers, on contexts of the same and of another."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset
from tiny_corpora import TOWNS, article, questions_of, write_articles, write_asked, write_encoder, write_language
from tiny_runs import quick_training
from transformers import AutoModelForQuestionAnswering

from hf_xlqa.building.rows import FEATURES, row
from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.encoder import Encoder
from hf_xlqa.experiment.methods.xltt import XLTT
from hf_xlqa.experiment.run import build_trainer, hold_out, run
from hf_xlqa.experiment.training_data import read_training_corpora
from hf_xlqa.models import AdversarialForQuestionAnswering
from hf_xlqa.training_args import CrossLingualQATrainingArguments

SMALL = {"discriminator_kind": "perceptron", "discriminator_hidden_size": 8}
QUESTIONS = 2 * len(TOWNS)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """T(Q) in Korean, and T(Q+C) in Japanese, of English."""
    folder = tmp_path_factory.mktemp("tq")
    return [
        f"tq/en={write_language(folder, 'en')}",
        f"tq/en.ko={write_asked(folder, 'ko')}",
        f"tqc/ja={write_language(folder, 'ja')}",
    ]


def training(folder: Path, **options: Any) -> CrossLingualQATrainingArguments:
    settings: dict[str, Any] = {
        "objectives": ["span", "language_adversarial"],
        "max_steps": 3,
        "per_device_train_batch_size": 4,
    }
    return quick_training(folder, **{**settings, **options})


def data_of(train: list[str], **options: Any) -> DataArguments:
    sizes: dict[str, Any] = {"max_length": 128, "window_step": 64, "max_question_length": 32}
    settings = {"languages": ["en", "ja", "ko"], "train": train, "evaluate": ["sample/ko.ja"], **sizes, **options}
    return DataArguments(**{"max_evaluation_examples": 3, **settings})


def trainer_of(encoder: str, data: DataArguments, folder: Path, **discriminator: Any) -> Any:
    kept, held_out = hold_out(read_training_corpora(data), data)
    method = Encoder(encoder=encoder, discriminator={**SMALL, **discriminator})
    return build_trainer(method, data, training(folder), corpora=kept, held_out=held_out)


def test_an_encoder_plays_against_a_discriminator_of_all_languages(
    corpora: list[str], encoder: str, tmp_path: Path
) -> None:
    record = run(Encoder(encoder=encoder, discriminator=SMALL), data_of(corpora), training(tmp_path))
    uses = {use.name: (use.languages, use.examples) for use in record.training}
    assert uses == {"tq": (("en", "ko"), 2 * QUESTIONS), "tqc": (("ja",), QUESTIONS)}
    assert [(score.name, score.language, score.questions) for score in record.scores] == [("sample/ko.ja", "ko", 3)]
    model = AutoModelForQuestionAnswering.from_pretrained(tmp_path)
    assert isinstance(model, AdversarialForQuestionAnswering)
    assert (model.config.languages, model.discriminator.output.out_features) == (["en", "ja", "ko"], 3)


def test_windows_say_the_languages_of_question_and_context(corpora: list[str], encoder: str, tmp_path: Path) -> None:
    windows = trainer_of(encoder, data_of(corpora), tmp_path).train_dataset
    pairs = Counter(zip(windows["language_ids"][:], windows["question_language_ids"][:], strict=True))
    assert pairs == {(0, 0): QUESTIONS, (0, 2): QUESTIONS, (1, 1): QUESTIONS}


def test_a_game_of_two_languages_reads_windows_of_two_languages(
    corpora: list[str], encoder: str, tmp_path: Path
) -> None:
    """The language GAN of an encoder, on its last layer and a transform layer (Hsu et al. 2019)."""
    data = data_of([corpora[0], corpora[2]], languages=["en", "ja"])
    small = {"discriminator_channels": 4, "discriminator_blocks": 1, "transform": True, "layer": 1}
    options = {"objectives": ["span", "language_gan"], "balance_languages": True}
    record = run(Encoder(encoder=encoder, discriminator=small), data, training(tmp_path, **options))
    assert [use.examples for use in record.training] == [QUESTIONS, QUESTIONS]


def test_windows_are_as_before_where_no_objective_asks_for_languages(
    corpora: list[str], encoder: str, tmp_path: Path
) -> None:
    kept, _ = hold_out(read_training_corpora(data_of(corpora)), data_of(corpora))
    options = training(tmp_path, objectives=["span"])
    trainer = build_trainer(Encoder(encoder=encoder), data_of(corpora), options, corpora=kept, held_out={})
    assert "language_ids" not in trainer.train_dataset.column_names  # type: ignore[union-attr]


def test_a_built_corpus_is_trained_on_by_pairs_of_languages(corpora: list[str], encoder: str, tmp_path: Path) -> None:
    rows = [
        row(each)
        for spec, languages in zip(corpora, (("en", "en"), ("en", "ko"), ("ja", "ja")), strict=True)
        for each in read_examples(
            spec.partition("=")[2], language=languages[0], question_language=languages[1], corpus="laf"
        )
    ]
    (tmp_path / "laf").mkdir()
    Dataset.from_list(rows, features=FEATURES).to_parquet(tmp_path / "laf" / "train-0.parquet")
    data = data_of([f"laf/{pair}={tmp_path / 'laf'}" for pair in ("en", "en.ko")])
    windows = trainer_of(encoder, data, tmp_path).train_dataset
    assert Counter(windows["question_language_ids"][:]) == {0: QUESTIONS, 2: QUESTIONS}


def test_the_embedded_sample_is_trained_on_by_pairs_of_languages(encoder: str, tmp_path: Path) -> None:
    data = data_of(["sample/en", "sample/en.ko"], max_train_examples=6)
    (corpus,) = read_training_corpora(data)
    english, korean = corpus.examples[0].pivot, corpus.examples[6].pivot
    assert (english.context, english.answers, english.id) == (korean.context, korean.answers, korean.id)
    assert (english.question_language, korean.question_language) == ("en", "ko") and english.question != korean.question
    assert len(corpus.examples) == 12
    windows = trainer_of(encoder, data, tmp_path).train_dataset
    assert set(zip(windows["language_ids"][:], windows["question_language_ids"][:], strict=True)) == {(0, 0), (0, 2)}


def test_held_out_articles_are_scored_by_pairs_of_languages(corpora: list[str], encoder: str, tmp_path: Path) -> None:
    trainer = trainer_of(encoder, data_of(corpora, held_out=0.4), tmp_path)
    names = [each.name for each in trainer.evaluation_sets.values()]
    assert names == ["tq_held_out/en", "tq_held_out/en.ko", "tqc_held_out/ja"]
    ids = [[example.id for example in each.examples] for each in trainer.evaluation_sets.values()]
    assert ids[0] == ids[1] == ids[2] and 0 < len(ids[0]) < QUESTIONS


def test_texts_of_a_language_play_without_their_golds(corpora: list[str], encoder: str, tmp_path: Path) -> None:
    """The target of Hsu et al. (2019, A.2.2) has no labels: all that is learned of answers is English."""
    data = data_of(corpora[:1], languages=["en", "ja"], unlabelled=[corpora[2]], outside="drop")
    small = {"discriminator_kind": "convolution", "discriminator_channels": 4, "discriminator_blocks": 1}
    method = Encoder(encoder=encoder, discriminator={**small, "transform": True, "layer": 1})
    options = training(tmp_path, objectives=["span", "language_gan"], balance_languages=True)
    read, _ = hold_out(read_training_corpora(data), data)
    trainer = build_trainer(method, data, options, corpora=read, held_out={})
    windows: Any = trainer.train_dataset
    by_language = {0: set[int](), 1: set[int]()}
    for language, start in zip(windows["language_ids"][:], windows["start_positions"][:], strict=True):
        by_language[language].add(start)
    assert by_language[1] == {-100} and min(by_language[0]) >= 0
    assert [(use.name, use.languages, use.examples) for use in trainer.record.training] == [
        ("tq", ("en",), QUESTIONS),
        ("tqc", ("ja",), QUESTIONS),
    ]
    left = replace(trainer.data_collator, tokenizer=copy.copy(trainer.processing_class))
    left.tokenizer.padding_side = "left"
    texts = [windows[row] for row in range(QUESTIONS, 2 * QUESTIONS)]
    assert len({len(text["input_ids"]) for text in texts}) > 1
    assert set(left(texts)["start_positions"].tolist()) == {-100}
    assert list(hold_out(read_training_corpora(data), replace(data, held_out=0.4))[1]) == ["tq"]
    trainer.train()
    assert 0 < trainer.state.log_history[0]["span"] < 5
    with pytest.raises(ValueError, match="`unlabelled` must be empty without an objective that plays .* but is tqc/ja"):
        build_trainer(method, data, training(tmp_path, objectives=["span"]), corpora=read, held_out={})


def test_texts_need_no_golds(encoder: str, tmp_path: Path) -> None:
    """A corpus that never had any, or has some, is read whole."""
    articles = [article(number, "ja") for number in range(3)]
    for question in list(questions_of(articles).values())[1:]:
        question["answers"] = []
    texts = f"texts/ja={write_articles(tmp_path / 'texts.json', articles)}"
    data = data_of([f"tq/en={write_language(tmp_path, 'en')}"], languages=["en", "ja"], unlabelled=[texts])
    kept, held_out = hold_out(read_training_corpora(data), replace(data, held_out=0.4))
    assert {corpus.name: (len(corpus.examples), corpus.dropped) for corpus in kept[1:]} == {"texts": (6, Counter())}
    assert list(held_out) == ["tq"] and not any(each.pivot.answers for each in kept[1].examples)
    use = kept[1].use(data.languages, 6)
    assert (use.labelled, use.languages, kept[0].use(data.languages, 1).labelled) == (False, ("ja",), True)
    with pytest.raises(ValueError, match=r"`unlabelled` must be in en, ja \(`languages`\), but .texts/ko=.* is in ko"):
        read_training_corpora(replace(data, unlabelled=[texts.replace("/ja=", "/ko=")]))
    weighted = replace(data, dataset_weights="similarity", target_questions="sample/en")
    method = Encoder(encoder=encoder, discriminator=SMALL)
    with pytest.raises(ValueError, match="`unlabelled` must be empty .* with pairs and with `dataset_weights`, but"):
        build_trainer(method, weighted, training(tmp_path), corpora=kept, held_out={})


def test_a_method_that_reads_translations_has_no_languages_to_hide(
    corpora: list[str], encoder: str, tmp_path: Path
) -> None:
    data = data_of(corpora[:1])
    with pytest.raises(ValueError, match="`method` must be one that reads no translations .* but is 'xltt' instead"):
        build_trainer(XLTT(encoder=encoder), data, training(tmp_path), corpora=read_training_corpora(data), held_out={})


def test_languages_that_are_not_known_are_refused(corpora: list[str], encoder: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"`train` must be in en, ja \(`languages`\), but .tq/en.ko=.* is in ko"):
        read_training_corpora(data_of(corpora, languages=["en", "ja"]))
    message = r"`question_language` of example '0-where' must be one of en, ja \(`languages`\), but is 'ko' instead"
    with pytest.raises(ValueError, match=message):
        trainer_of(encoder, data_of(corpora), tmp_path, languages=["en", "ja"])
