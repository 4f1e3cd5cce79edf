"""The language GAN in the trainer: who gets which gradient, how often, and what a resumed run remembers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tiny_gan import WINDOWS, gradients_at, trainer_of, two_part, windows_of
from tiny_qa import tiny_model, weights_of

from hf_xlqa.models import AdversarialForQuestionAnswering
from hf_xlqa.models.adversarial_losses import discriminator_loss
from hf_xlqa.objectives.language_gan import LanguageGAN
from hf_xlqa.objectives.objective import WeightedObjectives

EXACT = {"atol": 0, "rtol": 0}
SOURCE, TARGET = "question_answering.encoders.0.weight", "question_answering.encoders.1.weight"


@pytest.mark.parametrize("loss", ["bce", "minimax", "non_saturating", "wgan_gp"])
@pytest.mark.parametrize(("sides", "steered", "untouched"), [("source", SOURCE, TARGET), ("target", TARGET, SOURCE)])
def test_the_side_that_does_not_play_gets_exactly_the_gradient_of_the_answers(
    tmp_path: Path, sides: str, steered: str, untouched: str, loss: str
) -> None:
    options = {"max_steps": 2, "learning_rate": 0.0, "max_grad_norm": 0.0}
    plain = gradients_at(trainer_of(tmp_path, objectives=["span"], **options), 1)
    game = gradients_at(trainer_of(tmp_path, gan={"sides": sides, "loss": loss}, **options), 1)
    assert torch.equal(game[untouched], plain[untouched])
    assert torch.equal(
        game["question_answering.outputs.weight"], plain["question_answering.outputs.weight"]
    )  # the layers that both languages share
    assert not torch.equal(game[steered], plain[steered])
    assert not any(name.startswith("discriminator") for name in game)


def test_both_sides_play_where_asked(tmp_path: Path) -> None:
    options = {"max_steps": 2, "learning_rate": 0.0, "max_grad_norm": 0.0}
    plain = gradients_at(trainer_of(tmp_path, objectives=["span"], **options), 1)
    game = gradients_at(trainer_of(tmp_path, gan={"sides": "both"}, **options), 1)
    assert not torch.equal(game[SOURCE], plain[SOURCE]) and not torch.equal(game[TARGET], plain[TARGET])


def test_lambda_grows_in_a_line_from_nothing(tmp_path: Path) -> None:
    gan = LanguageGAN(max_lambda=0.001, ramp_steps=4)
    found = []
    for gan.steps in range(1, 8):
        found.append(gan.factor)
    assert found == pytest.approx([0.0, 0.00025, 0.0005, 0.00075, 0.001, 0.001, 0.001])
    trainer = trainer_of(tmp_path, max_steps=3, gan={"max_lambda": 2.0, "ramp_steps": 2})
    trainer.train()
    entries = [entry for entry in trainer.state.log_history if "span" in entry]
    assert [(entry["loss"] - entry["span"]) / entry["language_gan"] for entry in entries] == pytest.approx(
        [0.0, 1.0, 2.0], abs=1e-4
    )


@pytest.mark.parametrize(("accumulated", "updates"), [(1, 3), (2, 3), (3, 1)])
def test_the_discriminator_is_updated_k_times_a_step_on_fresh_batches(
    tmp_path: Path, accumulated: int, updates: int
) -> None:
    trainer = trainer_of(tmp_path, gan={"updates": updates}, gradient_accumulation_steps=accumulated, max_steps=4)
    shown: list[list[list[int]]] = []
    features = trainer.network.features

    def spied(**inputs: Any) -> Any:
        shown.append(inputs["input_ids"].tolist())
        assert inputs["language_ids"].tolist() == [1, 0, 1, 0]  # target, source, ...
        return features(**inputs)

    trainer.network.features = spied
    trainer.train()
    gan = trainer.objectives.terms["language_gan"]
    assert len(shown) == 4 * updates == gan.batches and gan.steps == 4
    adam = gan._player.optimizer
    assert {int(state["step"]) for state in adam.state.values()} == {4 * updates}
    assert len(adam.state) == len(list(trainer.network.discriminator.parameters()))
    assert any(one != other for one, other in zip(shown, shown[1:], strict=False))


@pytest.mark.parametrize("low", [True, False])
def test_the_discriminator_learns_from_states_of_the_precision_of_training(tmp_path: Path, low: bool) -> None:
    trainer = trainer_of(tmp_path, max_steps=1, bf16=low)
    precisions = []
    features = trainer.network.features

    def spied(**inputs: Any) -> Any:
        precisions.append(torch.is_autocast_enabled("cpu"))
        return features(**inputs)

    trainer.network.features = spied
    trainer.train()
    assert precisions == [low, low]
    assert trainer.network.discriminator.output.weight.dtype == torch.float32


@pytest.mark.parametrize("loss", ["bce", "minimax", "wgan_gp"])
@pytest.mark.parametrize("accumulated", [1, 2])
def test_loss_and_accuracy_of_the_discriminator_are_logged(tmp_path: Path, loss: str, accumulated: int) -> None:
    """Means over its updates since the last log, against its scores of the same batches; nothing is learnt here."""
    trainer = trainer_of(
        tmp_path,
        gan={"loss": loss, "updates": 3},
        learning_rate=0.0,
        max_steps=2,
        logging_steps=2,
        gradient_accumulation_steps=accumulated,
    )
    losses, shares = [], []
    features = trainer.network.features

    def spied(**inputs: Any) -> Any:
        found = features(**inputs)
        source, middle, part_losses = inputs["language_ids"] == 0, torch.zeros(()), []
        for states, mask in found:
            scores = trainer.network.discriminator(states, mask)
            part_losses.append(discriminator_loss(loss, scores[source], scores[~source]))
            if loss == "wgan_gp":
                middle = scores.mean()
            shares.append(((scores > middle) == source).float().mean())
        losses.append(torch.stack(part_losses).sum())
        return found

    trainer.network.features = spied
    trainer.train()
    entry = trainer.state.log_history[0]
    assert len(losses) == 6
    assert entry["language_gan_discriminator_accuracy"] == pytest.approx(float(torch.stack(shares).mean()))
    if loss == "wgan_gp":  # the penalty is of random points
        assert entry["language_gan_discriminator_loss"] > float(torch.stack(losses).mean())
    else:
        assert entry["language_gan_discriminator_loss"] == pytest.approx(float(torch.stack(losses).mean()), rel=1e-5)


def test_accumulated_batches_play_like_one_large_batch(tmp_path: Path) -> None:
    """The discriminator's own batches are as large as those of one pass, so it is left as it is here."""
    options = {"max_steps": 4, "adam_epsilon": 1e9}
    whole = trainer_of(tmp_path, per_device_train_batch_size=8, **options)
    parts = trainer_of(tmp_path, per_device_train_batch_size=4, gradient_accumulation_steps=2, **options)
    whole.train()
    parts.train()
    torch.testing.assert_close(weights_of(parts), weights_of(whole), atol=1e-6, rtol=0)


def test_the_discriminator_learns_and_the_optimizer_of_the_model_does_not_know_it(tmp_path: Path) -> None:
    """Against encoders that do not move, it tells the languages apart in the end."""
    trainer = trainer_of(
        tmp_path, gan={"max_lambda": 0.0, "updates": 40}, learning_rate=0.02, lr_scheduler_type="constant", max_steps=3
    )
    trainer.train()
    network = trainer.network.train()
    batch = trainer.data_collator([WINDOWS[row] for row in range(12)])
    with torch.no_grad():
        features = network.features(**batch)
        scores = sum(network.discriminator(*part) for part in features)
    assert ((scores > 0) == (batch["language_ids"] == 0)).all()
    told = [entry["language_gan_discriminator_accuracy"] for entry in trainer.state.log_history[:3]]
    assert told[0] < told[2] == 1.0
    known = {id(weight) for group in trainer.optimizer.param_groups for weight in group["params"]}
    assert not known & {id(weight) for weight in network.discriminator.parameters()}


@pytest.mark.parametrize("loss", ["bce", "wgan_gp"])
@pytest.mark.parametrize("accumulated", [1, 2])
def test_resuming_gives_the_weights_of_an_uninterrupted_run(tmp_path: Path, loss: str, accumulated: int) -> None:
    """Encoders, discriminator, its optimizer, both samplers and the average, in the middle of an epoch."""

    def build(folder: Path) -> Any:
        model = AdversarialForQuestionAnswering.wrap(tiny_model(dropout=0.1), discriminator_channels=8)
        return trainer_of(
            folder,
            model=model,
            gan={"loss": loss, "max_lambda": 0.1},
            optim="adamw_torch",
            learning_rate=0.01,
            weight_decay=0.01,
            ema_decay=0.9,
            save_strategy="steps",
            save_steps=3,
            gradient_accumulation_steps=accumulated,
        )

    whole, resumed = build(tmp_path / "whole"), build(tmp_path / "resumed")
    whole.train()
    resumed.train(resume_from_checkpoint=str(tmp_path / "whole" / "checkpoint-3"))
    torch.testing.assert_close(weights_of(resumed), weights_of(whole), **EXACT)
    states = [each.objectives.terms["language_gan"].get_extra_state() for each in (whole, resumed)]
    assert states[0]["steps"] == states[1]["steps"] == 6 and states[0]["batches"] == states[1]["batches"] == 12
    torch.testing.assert_close(states[1]["optimizer"]["state"], states[0]["optimizer"]["state"], **EXACT)


def test_a_checkpoint_of_other_objectives_is_refused(tmp_path: Path) -> None:
    trainer_of(tmp_path / "plain", objectives=["span"], save_strategy="steps", save_steps=2).train()
    checkpoint = tmp_path / "plain" / "checkpoint-2"
    assert not (checkpoint / "objectives.pt").exists()
    with pytest.raises(FileNotFoundError, match="must hold objectives.pt to resume with these objectives"):
        trainer_of(tmp_path / "game").train(resume_from_checkpoint=str(checkpoint))


def test_batches_hold_both_languages_where_asked(tmp_path: Path) -> None:
    trainer = trainer_of(tmp_path, objectives=["span"], max_steps=4)
    languages = [batch["language_ids"].tolist() for batch in trainer.get_train_dataloader()]
    assert languages == 4 * [[0, 1, 0, 1]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": tiny_model()}, "`model` must have a discriminator for `language_gan`, but is BertForQ"),
        (
            {"windows": windows_of([1] * 12)},
            "contexts in en and .* has them in zh only instead; .* in en, labelled or not",
        ),
        (
            {"windows": windows_of([0] * 12)},
            "contexts in en and .* has them in en only instead; .* in another, labelled",
        ),
        (
            {"windows": windows_of([0, 1, 2] * 4)},
            r"must have language_ids from 0 to 1 \(`languages` of the model: en, zh\), but has 2 instead",
        ),
        ({"windows": windows_of([0, -1, 1] * 4)}, "from 0 to 1 .*, but has -1 instead in window 1 of example '"),
        ({"windows": WINDOWS.remove_columns("language_ids")}, "`train_dataset` must have a column language_ids"),
        ({"per_device_train_batch_size": 3}, "`per_device_train_batch_size` must be even for `language_gan`"),
        (
            {"balance_languages": False, "per_device_train_batch_size": 2, "train_sampling_strategy": "sequential"},
            r"`language_ids` must have a row of the source language in every batch, but are \[1\] instead",
        ),
    ],
)
def test_what_cannot_play_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    windows = windows_of([0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1])
    with pytest.raises(ValueError, match=message):
        trainer_of(tmp_path, **{"windows": windows, **({"balance_languages": False} | change)}).train()


def test_batches_of_unequal_languages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be a multiple of the 2 languages with `balance_languages`, but is 3"):
        trainer_of(tmp_path, objectives=["span"], per_device_train_batch_size=3).train()


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        (
            WINDOWS.remove_columns("language_ids"),
            "`train_dataset` must have a column language_ids, but has input_ids, ",
        ),
        (windows_of([1] * 12), "`languages` must be two or more, but the 12 rows are of 1 instead"),
    ],
)
def test_balanced_batches_need_two_languages(tmp_path: Path, windows: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        trainer_of(tmp_path, objectives=["span"], windows=windows).train()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "hinge"}, "`loss` must be one of bce, minimax, non_saturating, wgan_gp, but is 'hinge'"),
        ({"sides": "left"}, "`sides` must be one of source, target, both, but is 'left'"),
        ({"updates": 0}, "`updates` must be 1 or more, but is 0"),
        ({"max_lambda": -1.0}, "`max_lambda` must be 0 or more, but is -1.0"),
        ({"ramp_steps": 0}, "`ramp_steps` must be 1 or more, but is 0"),
        ({"k": 5}, "`objective_options` of language_gan must be among loss, sides, updates, .* but name k instead"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WeightedObjectives(["language_gan"], {"language_gan": options})


def test_options_of_an_objective_that_is_not_trained_are_refused() -> None:
    with pytest.raises(ValueError, match="`objective_options` must be of span, but are of language_gan instead"):
        WeightedObjectives(["span"], {"language_gan": {}})


def test_the_game_needs_preparation_whole_weights_and_languages() -> None:
    gan = LanguageGAN()
    with pytest.raises(RuntimeError, match="`prepare` must be called before the first step"):
        gan.before_step(two_part(), {})
    sharded = SimpleNamespace(
        model=two_part(), accelerator=SimpleNamespace(distributed_type=SimpleNamespace(value="FSDP"))
    )
    with pytest.raises(ValueError, match="`language_gan` must have all weights in every process, .* by FSDP"):
        gan.prepare(sharded)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`inputs` must have language_ids, but have input_ids instead"):
        gan(two_part(), {"input_ids": torch.zeros(1, 1)}, SimpleNamespace())
