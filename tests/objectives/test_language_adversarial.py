"""Language-adversarial training: numbers by hand, which phase moves which weights, and a resumed run."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tiny_adversarial import LANGUAGES, adversarial_trainer, asked_in, hidden_model
from tiny_gan import gradients_at
from tiny_qa import tiny_model, weights_of
from torch.nn.functional import cross_entropy

from hf_xlqa.objectives.language_adversarial import LanguageAdversarial
from hf_xlqa.objectives.objective import WeightedObjectives

EXACT = {"atol": 0, "rtol": 0}


def batch_of(trainer: Any, rows: range) -> dict[str, Any]:
    return trainer.data_collator([trainer.train_dataset[row] for row in rows])


class Fixed(torch.nn.Module):
    """Scores by the first number of the states."""

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return torch.stack([torch.zeros(len(states)), states[:, 0, 0]], dim=1)


def test_the_term_worked_out_by_hand() -> None:
    """Scores (0, log 3) are p = (1/4, 3/4): -(log 1/4 + log 3/4) / 2 - log 2; scores (0, 0) are uniform."""
    model = torch.nn.Module()
    model.discriminator = Fixed()
    objective = LanguageAdversarial()
    objective._player = SimpleNamespace()  # type: ignore[assignment]
    features = ((torch.tensor([[[math.log(3)]], [[0.0]]]), torch.ones(2, 1)),)
    inputs = {"question_language_ids": torch.tensor([1, 0])}
    value = objective(model, inputs, SimpleNamespace(features=features))
    divergence = -(math.log(1 / 4) + math.log(3 / 4)) / 2 - math.log(2)
    assert float(value) == pytest.approx(divergence / 2) and divergence == pytest.approx(0.1438410)
    assert float(objective.logs()["discriminator_loss"]) == pytest.approx((math.log(4 / 3) + math.log(2)) / 2)
    assert float(objective.logs()["discriminator_accuracy"]) == 1.0


@pytest.mark.parametrize("update", ["alternating", "joint"])
def test_the_model_gets_the_gradient_of_both_terms_and_the_discriminator_none(tmp_path: Path, update: str) -> None:
    trainer = adversarial_trainer(tmp_path, update=update, max_steps=1, objectives=["span", "language_adversarial=0.5"])
    plain = adversarial_trainer(tmp_path, max_steps=1, objectives=["span"], objective_options=None)
    network = copy.deepcopy(trainer.network).train()
    ((states, mask),) = network(**batch_of(trainer, range(4))).features
    scores = network.discriminator(states, mask)
    term = (-scores.log_softmax(-1).sum(-1) / 3 - math.log(3)).mean()
    weights = dict(network.question_answering.named_parameters())
    expected = torch.autograd.grad(0.5 * term, list(weights.values()), allow_unused=True)
    found, without = gradients_at(trainer, 0), gradients_at(plain, 0)
    assert not any(name.startswith("discriminator") for name in found)
    for name, gradient in zip(weights, expected, strict=True):
        key = f"question_answering.{name}"
        added = without[key] if gradient is None else without[key] + gradient
        torch.testing.assert_close(found[key], added, atol=1e-6, rtol=1e-5)
    reached = [name for name, gradient in zip(weights, expected, strict=True) if gradient is not None]
    assert len(reached) == len(weights) - 2  # all but the span head


@pytest.mark.parametrize("update", ["alternating", "joint"])
def test_the_discriminator_learns_after_the_model_from_states_of_the_updated_or_of_the_same_model(
    tmp_path: Path, update: str
) -> None:
    options = {"weight_decay": 0.01, "max_grad_norm": 0.003, "adam_epsilon": 0.01}
    trainer = adversarial_trainer(tmp_path, update=update, max_steps=1, **options)
    before = copy.deepcopy(trainer.network).train()
    batch = batch_of(trainer, range(4))
    trainer.train()
    after = trainer.network
    judge, source = copy.deepcopy(before.discriminator), after.train() if update == "alternating" else before
    with torch.no_grad():
        ((states, mask),) = source.features(**batch)
    optimizer = torch.optim.AdamW(judge.requires_grad_(True).parameters(), lr=0.1, weight_decay=0.01, eps=0.01)
    cross_entropy(judge(states, mask), batch["question_language_ids"]).backward()
    torch.nn.utils.clip_grad_norm_(judge.parameters(), 0.003)
    optimizer.step()
    torch.testing.assert_close(dict(after.discriminator.state_dict()), dict(judge.state_dict()), atol=1e-6, rtol=1e-5)


def test_the_phase_of_the_discriminator_leaves_the_model_alone(tmp_path: Path) -> None:
    trained = []
    for update in ("alternating", "joint"):
        trainer = adversarial_trainer(tmp_path, update=update, max_steps=1)
        trainer.train()
        trained.append(weights_of(trainer))
    inside = [{name: each[name] for name in each if name.startswith("question")} for each in trained]
    torch.testing.assert_close(*inside, **EXACT)
    assert not torch.equal(*(each["discriminator.output.weight"] for each in trained))
    known = {id(weight) for group in trainer.optimizer.param_groups for weight in group["params"]}
    assert not known & {id(weight) for weight in trainer.network.discriminator.parameters()}


@pytest.mark.parametrize("update", ["alternating", "joint"])
def test_accumulated_batches_are_one_large_batch(tmp_path: Path, update: str) -> None:
    """Also where they are of different sizes: 12 examples are 5, 5 and 2."""
    options = {"update": update, "num_train_epochs": 2, "max_steps": -1, "adam_epsilon": 0.01}
    whole = adversarial_trainer(tmp_path, per_device_train_batch_size=12, **options)
    parts = adversarial_trainer(tmp_path, per_device_train_batch_size=5, gradient_accumulation_steps=3, **options)
    whole.train()
    parts.train()
    assert whole.state.global_step == parts.state.global_step == 2
    torch.testing.assert_close(weights_of(parts), weights_of(whole), atol=1e-5, rtol=0)


@pytest.mark.parametrize("update", ["alternating", "joint"])
@pytest.mark.parametrize("accumulated", [1, 2])
def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(
    tmp_path: Path, update: str, accumulated: int
) -> None:
    """In the middle of an epoch, with dropout and an average of the weights."""
    options = {
        "update": update,
        "dropout": 0.1,
        "optim": "adamw_torch",
        "learning_rate": 0.01,
        "ema_decay": 0.9,
        "save_strategy": "steps",
        "save_steps": 2,
        "per_device_train_batch_size": 2,
        "gradient_accumulation_steps": accumulated,
        "train_sampling_strategy": "random",
    }
    whole = adversarial_trainer(tmp_path / "whole", **options)
    whole.train()
    resumed = adversarial_trainer(tmp_path / "resumed", **options)
    resumed.train(resume_from_checkpoint=str(tmp_path / "whole" / "checkpoint-2"))
    torch.testing.assert_close(weights_of(resumed), weights_of(whole), **EXACT)
    states = [each.objectives.terms["language_adversarial"].get_extra_state() for each in (whole, resumed)]
    torch.testing.assert_close(states[1]["optimizer"]["state"], states[0]["optimizer"]["state"], **EXACT)


def test_of_two_parts_the_second_has_the_language_of_the_context(tmp_path: Path) -> None:
    model = hidden_model(discriminator_kind="convolution", discriminator_scores="languages", discriminator_channels=4)
    trainer = adversarial_trainer(tmp_path, model=model, max_steps=1)
    trainer.train()
    term = trainer.objectives.terms["language_adversarial"]
    batch = batch_of(trainer, range(3))
    value = term(model, batch, model.train()(**batch))
    scores = [model.discriminator(*part) for part in model.features(**batch)]
    expected = sum((-each.log_softmax(-1).mean(-1) - math.log(3)).mean() for each in scores)
    torch.testing.assert_close(value, expected)
    loss = cross_entropy(scores[0], torch.tensor([0, 1, 2])) + cross_entropy(scores[1], torch.tensor([0, 0, 0]))
    torch.testing.assert_close(term.logs()["discriminator_loss"], loss.detach())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": tiny_model()}, "`model` must have a discriminator for `language_adversarial`, but is BertForQ"),
        (
            {"model": hidden_model(discriminator_scores="source")},
            "`discriminator_scores` of the model must be 'languages' for `language_adversarial`, but is 'source' inst",
        ),
        (
            {"model": hidden_model(languages=["en", "de"])},
            r"must have question_language_ids from 0 to 1 \(`languages` of the model: en, de\), but has 2 instead in",
        ),
        (
            {"windows": asked_in(["zh"])},
            "must have questions in two or more languages .* but has them in zh only instead; train also on their tr",
        ),
        (
            {"windows": asked_in(LANGUAGES).remove_columns("question_language_ids")},
            r"`inputs` must have question_language_ids, but lack question_language_ids instead; cut the windows with",
        ),
        ({"update": "never"}, "`update` must be one of alternating, joint, but is 'never'"),
    ],
)
def test_what_cannot_be_trained_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        adversarial_trainer(tmp_path, **change).train()


def test_languages_that_nobody_asks_in_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    adversarial_trainer(tmp_path, windows=asked_in(["de", "en"]), max_steps=1).train()
    assert "no question of `train_dataset` is in zh, but the discriminator has classes for them" in caplog.text


def test_the_term_needs_preparation() -> None:
    objectives = WeightedObjectives(["language_adversarial"])
    with pytest.raises(RuntimeError, match="`prepare` must be called before the first step"):
        objectives(hidden_model(), {}, SimpleNamespace())
    objectives.after_step()  # nothing to do


def test_the_language_gan_needs_one_score(tmp_path: Path) -> None:
    trainer = adversarial_trainer(tmp_path, objectives=["language_gan"], objective_options=None)
    with pytest.raises(ValueError, match="must be 'source' for `language_gan`, but is 'languages' instead"):
        trainer.train()
