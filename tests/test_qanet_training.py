"""QANet and its tokenizer in the trainer: evaluation, the language GAN, what a checkpoint holds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from models.harness import load_without_the_library
from tiny_gan import gradients_at
from tiny_qa import tiny_examples, weights_of
from tiny_qanet import WITHOUT_DROPOUT, qanet_features, qanet_set, qanet_trainer, qanet_windows

from hf_xlqa.evaluation import EvaluationSet
from hf_xlqa.word_vectors import build_vocabulary


def test_the_loss_of_an_evaluation_is_that_of_the_windows_with_an_answer(tmp_path: Path) -> None:
    """QANet has no null answer: its logit at the separator, where the others have their labels, is the least float."""
    evaluated = qanet_set(5)
    trainer = qanet_trainer(tmp_path, sets=[evaluated], objectives=["span"])
    windows = evaluated.features.windows
    answered = [row for row in windows if row["start_positions"] != row["cls_index"]]
    assert len(answered) == 5 < len(windows)
    model = trainer.network.eval()
    with torch.no_grad():
        losses = [float(model(**inputs_of(trainer, [row])).loss) for row in answered]
    assert trainer.evaluate()["eval_toy_en_loss"] == pytest.approx(sum(losses) / 5, rel=1e-5)


def test_the_loss_of_an_evaluation_without_answers_is_no_number(tmp_path: Path) -> None:
    examples = tiny_examples(4)[3:]
    features = qanet_features(examples)
    features = type(features)(features.windows.select([0]), features.report)
    assert features.windows[0]["start_positions"] == features.windows[0]["cls_index"]
    evaluated = EvaluationSet("toy/en", examples, features, language="en", metric="mlqa")
    trainer = qanet_trainer(tmp_path, sets=[evaluated], objectives=["span"])
    assert math.isnan(trainer.evaluate()["eval_toy_en_loss"])


def test_windows_without_an_answer_add_nothing_to_the_training_loss(tmp_path: Path) -> None:
    trainer = qanet_trainer(tmp_path, objectives=["span"], fields=WITHOUT_DROPOUT)
    rows = list(trainer.train_dataset)
    answered = [row for row in rows if row["start_positions"] != row["cls_index"]]
    model = trainer.network.eval()
    with torch.no_grad():
        every, some = (model(**inputs_of(trainer, each)).loss for each in (rows, answered))
    assert float(every) * len(rows) == pytest.approx(float(some) * len(answered), rel=1e-5)


RECIPE: dict[str, Any] = {
    "gan": {"sides": "source", "max_lambda": 0.1},
    "optim": "adamw_torch",
    "coupled_weight_decay": True,
    "learning_rate": 0.01,
    "adam_beta1": 0.8,
    "adam_epsilon": 1e-7,
    "weight_decay": 3e-7,
    "max_grad_norm": 5.0,
    "lr_scheduler_type": "constant_with_warmup",
    "warmup_shape": "inverse_exponential",
    "warmup_steps": 4,
    "ema_decay": 0.9,
    "save_strategy": "steps",
    "save_steps": 3,
}
"""GAN-CH as the paper trains it, small and short."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The trainer after 6 steps; the epoch ends within them."""
    trainer = qanet_trainer(tmp_path_factory.mktemp("trained"), **RECIPE)
    trainer.train()
    return trainer


def test_every_part_is_trained_and_the_word_vectors_are_not(trained: Any) -> None:
    start, end = qanet_trainer(Path(trained.folder) / "start").network.state_dict(), weights_of(trained)
    kept = [name for name, weight in end.items() if torch.equal(weight, start[name])]
    assert kept == ["question_answering.qanet.word_vectors.weight"]
    entries = [entry for entry in trained.state.log_history if "span" in entry]
    assert len(entries) == 6
    for name in ("loss", "span", "language_gan", "language_gan_discriminator_loss"):
        assert all(math.isfinite(entry[name]) for entry in entries)


def test_resuming_gives_the_weights_of_an_uninterrupted_run(trained: Any, tmp_path: Path) -> None:
    """Dropout, stochastic depth, both optimizers, both samplers, the average and the rise of the learning rate."""
    resumed = qanet_trainer(tmp_path, **RECIPE)
    resumed.train(resume_from_checkpoint=str(Path(trained.folder) / "checkpoint-3"))
    torch.testing.assert_close(weights_of(resumed), weights_of(trained), atol=0, rtol=0)
    states = [each.objectives.terms["language_gan"].get_extra_state() for each in (resumed, trained)]
    torch.testing.assert_close(states[0]["optimizer"]["state"], states[1]["optimizer"]["state"], atol=0, rtol=0)
    names = ("loss", "language_gan", "language_gan_discriminator_accuracy", "learning_rate")
    logs = [[[entry[name] for name in names] for entry in each.state.log_history[:6]] for each in (resumed, trained)]
    assert logs[0] == logs[1]


def test_the_trained_checkpoint_loads_where_the_library_is_not_installed(trained: Any, tmp_path: Path) -> None:
    folder = Path(trained.folder) / "checkpoint-6"
    inputs = inputs_of(trained, list(trained.train_dataset)[:4])
    outputs = load_without_the_library(folder, inputs, tmp_path)
    with torch.no_grad():
        expected = trained.network.eval()(**inputs)
    for which in ("first", "again"):
        for name in ("start_logits", "end_logits", "loss"):
            assert torch.equal(outputs[which][name], expected[name]), name
    assert (folder / "tokenization_qanet.py").is_file() and (folder / "vocabulary.json").is_file()


@pytest.mark.parametrize(("sides", "steered", "untouched"), [("source", "en", "de"), ("target", "de", "en")])
def test_the_game_steers_the_layers_of_one_language_only(
    tmp_path: Path, sides: str, steered: str, untouched: str
) -> None:
    options = {"fields": WITHOUT_DROPOUT, "max_steps": 2, "learning_rate": 0.0, "max_grad_norm": 0.0}
    plain = gradients_at(qanet_trainer(tmp_path, objectives=["span"], **options), 1)
    game = gradients_at(qanet_trainer(tmp_path, gan={"sides": sides}, **options), 1)
    changed = {name for name, gradient in game.items() if not torch.equal(gradient, plain[name])}
    assert changed and all(f"language_layers.{steered}." in name for name in changed)
    assert any(f"language_layers.{untouched}." in name for name in game)


@pytest.mark.parametrize("languages", [["de", "en"], ["en", "de", "fr"]])
def test_a_tokenizer_that_numbers_languages_otherwise_is_refused(tmp_path: Path, languages: list[str]) -> None:
    tokenizer = build_vocabulary(tiny_examples(1)).tokenizer(languages=languages)
    message = rf"must number the languages as the model does \(en, de\), but has {', '.join(languages)} instead"
    with pytest.raises(ValueError, match=message):
        qanet_trainer(tmp_path, tokenizer=tokenizer)


def test_windows_of_a_language_without_an_encoder_are_refused(tmp_path: Path) -> None:
    windows = qanet_windows()
    french = windows.remove_columns("language_ids").add_column("language_ids", [2] * len(windows))
    trainer = qanet_trainer(tmp_path, windows=french, objectives=["span"], balance_languages=False)
    with pytest.raises(ValueError, match=r"must be of languages with an encoder \(0 en, 1 de\), but hold 2 instead"):
        trainer.train()


def inputs_of(trainer: Any, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """A batch of windows for the model."""
    batch = trainer.data_collator(rows)
    return {name: tensor for name, tensor in batch.items() if name != "sample_weight"}
