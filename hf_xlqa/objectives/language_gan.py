"""The language GAN: encoders play against a discriminator that tells their languages apart (Lee & Lee 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from accelerate.utils import extract_model_from_parallel, send_to_device
from torch import Tensor, nn

from hf_xlqa.language_streams import LanguageStreams
from hf_xlqa.messages import check_choice
from hf_xlqa.models.adversarial_losses import (
    PENALTY,
    check_loss,
    discriminator_accuracy,
    discriminator_loss,
    encoder_loss,
    gradient_penalty,
)
from hf_xlqa.objectives.discriminator_player import (
    DiscriminatorPlayer,
    known_ids,
    own_optimizer,
    require_scores,
    spoken,
)
from hf_xlqa.objectives.objective import Inputs, Objective, TrainingSetup

_SIDES = {"source": (True,), "target": (False,), "both": (True, False)}
_LOGGED = ("discriminator_loss", "discriminator_accuracy")


@dataclass(frozen=True)
class _Player(DiscriminatorPlayer):
    """The discriminator's side of the game, with the examples it learns from."""

    streams: LanguageStreams

    def batch(self, number: int) -> dict[str, Any]:
        """What this process sees of a batch of the streams, on its device."""
        setup, size = self.setup, self.setup.args.train_batch_size
        processes, process = setup.accelerator.num_processes, setup.accelerator.process_index
        rows = self.streams.rows(number * processes + process, size)
        batched = hasattr(setup.dataset, "__getitems__")
        items = setup.dataset.__getitems__(rows) if batched else [setup.dataset[row] for row in rows]
        batch: dict[str, Any] = send_to_device(setup.collator(items), setup.accelerator.device)
        return batch


class LanguageGAN(Objective):
    """Make the encoded languages alike, against the discriminator of `models.AdversarialForQuestionAnswering`.

    Before each step of the optimizer, the discriminator is updated k times, on fresh batches of source and target
    (Lee & Lee 2019, Algorithm 1). Then the encoders get lambda times their term of the game (Eq. 2), lambda growing
    in a line from 0. The rows of a batch need `language_ids`, which count the `languages` of the model's
    configuration.

    Logged are that term without lambda and, of the discriminator before its updates, `discriminator_loss` and
    `discriminator_accuracy`, the share of questions and contexts whose language it tells. With "bce" and one side,
    a discriminator that cannot tell them has 2 log(1/2), 4 log(2) and 1/2.

    The discriminator has an Adam of its own with the trainer's `learning_rate` (held constant), `adam_beta1`,
    `adam_beta2`, `adam_epsilon`, `max_grad_norm`, and `weight_decay` as L2 in the loss.

    Args:
        loss: "bce", "minimax", "non_saturating" or "wgan_gp", see `models.adversarial_losses`.
        sides: whose encoders play: "source" (GAN-CH, towards the target), "target" (GAN-EN) or "both".
        updates: k.
        max_lambda: lambda in the end.
        ramp_steps: optimizer steps until then.

    Raises:
        ValueError: when an argument is unknown or out of range.
    """

    needs_discriminator = True

    def __init__(
        self,
        *,
        loss: str = "bce",
        sides: str = "source",
        updates: int = 5,
        max_lambda: float = 0.001,
        ramp_steps: int = 30_000,
    ) -> None:
        super().__init__()
        check_loss(loss)
        check_choice("sides", sides, _SIDES)
        for name, value, least in (
            ("updates", updates, 1),
            ("max_lambda", max_lambda, 0),
            ("ramp_steps", ramp_steps, 1),
        ):
            if value < least:
                raise ValueError(f"`{name}` must be {least} or more, but is {value} instead.")
        self.loss, self.sides, self.updates = loss, sides, updates
        self.max_lambda, self.ramp_steps = max_lambda, ramp_steps
        self.steps, self.batches = 0, 0
        self._step_begins = True
        self._player: _Player | None = None
        self._logs: dict[str, Tensor] = {}

    @property
    def factor(self) -> float:
        """Lambda at this step."""
        return self.max_lambda * min(1.0, max(0, self.steps - 1) / self.ramp_steps)

    def prepare(self, setup: TrainingSetup) -> None:
        """Freeze the discriminator for everybody else, and make its optimizer and its streams.

        Raises:
            ValueError: when the model has no discriminator or one that scores every language, is sharded, the
                training set does not say its languages, has one only or one that the model does not know, or batches
                cannot hold equally many of both.
        """
        optimizer = own_optimizer(setup, "language_gan", torch.optim.Adam)
        require_scores(setup, "language_gan", "source")
        _check_batches(setup)
        self._player = _Player(setup, optimizer, _streams(setup))
        self.steps, self.batches, self._step_begins = 0, 0, True

    def before_step(self, model: nn.Module, inputs: Inputs) -> None:
        """Update the discriminator before the first of the batches that are accumulated to one step.

        Raises:
            RuntimeError: when `prepare` has not been called.
        """
        if self._player is None:
            raise RuntimeError("`prepare` must be called before the first step, but has not been.")
        if self._step_begins:
            played = torch.stack([self._update(self._player) for _ in range(self.updates)]).mean(dim=0)
            self._logs = dict(zip(_LOGGED, played, strict=True))
            self.steps += 1
        self._step_begins = self._player.setup.accelerator.sync_gradients

    def forward(self, model: nn.Module, inputs: Inputs, outputs: Any) -> Tensor:
        """The term of the encoders that play, through the frozen discriminator: a scalar.

        Raises:
            ValueError: when the batch has no example of a language that plays.
        """
        network: Any = extract_model_from_parallel(model, keep_torch_compile=False)
        is_source = _is_source(inputs, network.config.source_id)
        terms = []
        for side in _SIDES[self.sides]:
            rows = (is_source == side).nonzero().squeeze(1)
            if not len(rows):
                missing = "the source" if side else "a target"
                raise ValueError(
                    f"`language_ids` must have a row of {missing} language in every batch, "
                    f"but are {sorted(set(inputs['language_ids'].tolist()))} instead; set `balance_languages`."
                )
            terms += [
                encoder_loss(self.loss, network.discriminator(states[rows], mask[rows]), source=side)
                for states, mask in outputs.features
            ]
        return torch.stack(terms).sum()

    def logs(self) -> Mapping[str, Tensor]:
        """The discriminator's loss and accuracy, means over its k updates of this step."""
        return self._logs

    def get_extra_state(self) -> dict[str, Any]:
        """What resuming needs besides the discriminator's weights, which the model holds."""
        optimizer = self._player.optimizer.state_dict() if self._player is not None else None
        return {"steps": self.steps, "batches": self.batches, "optimizer": optimizer}

    def set_extra_state(self, state: Mapping[str, Any]) -> None:
        """Go on from there, after `prepare`."""
        self.steps, self.batches = state["steps"], state["batches"]
        if self._player is not None and state["optimizer"] is not None:
            self._player.optimizer.load_state_dict(state["optimizer"])

    def _update(self, player: _Player) -> Tensor:
        """One update of the discriminator on a fresh batch; its loss and accuracy before that, (2,)."""
        network = player.setup.model
        batch = player.batch(self.batches)
        self.batches += 1
        with torch.no_grad(), player.setup.accelerator.autocast():
            features = network.features(**batch)
        is_source = _is_source(batch, network.config.source_id)
        with player.learning():
            parts = [self._judge(network.discriminator, states.float(), mask, is_source) for states, mask in features]
            loss = torch.stack([part[0] for part in parts]).sum()
            gradients = torch.autograd.grad(loss, player.parameters)
        player.step(gradients)
        return torch.stack([loss.detach(), torch.stack([part[1] for part in parts]).mean()])

    def _judge(
        self, discriminator: nn.Module, states: Tensor, mask: Tensor, is_source: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The discriminator's loss of one part of a batch, and the share of its sequences whose language it tells."""
        source, target = (rows.nonzero().squeeze(1) for rows in (is_source, ~is_source))
        scores = discriminator(states, mask)
        loss = discriminator_loss(self.loss, scores[source], scores[target])
        if self.loss == "wgan_gp":
            share = torch.rand(min(len(source), len(target)), device=states.device)
            one, other = ((states[rows], mask[rows]) for rows in (source, target))
            loss = loss + PENALTY * gradient_penalty(discriminator, one, other, share)
        return loss, discriminator_accuracy(self.loss, scores[source].detach(), scores[target].detach())


def _is_source(inputs: Inputs, source_id: int) -> Tensor:
    if "language_ids" not in inputs:
        raise ValueError(f"`inputs` must have language_ids, but have {', '.join(inputs)} instead.")
    is_source: Tensor = inputs["language_ids"] == source_id
    return is_source


def _check_batches(setup: TrainingSetup) -> None:
    if setup.args.train_batch_size % 2:
        raise ValueError(
            "`per_device_train_batch_size` must be even for `language_gan`, half source and half target, "
            f"but is {setup.args.train_batch_size} instead."
        )


def _streams(setup: TrainingSetup) -> LanguageStreams:
    """Source and target examples for the discriminator, shuffled apart from those of the encoders."""
    config = setup.model.config
    ids = known_ids(setup.dataset, "language_ids", config.languages)
    is_source = (ids == config.source_id).astype(int)
    if len(set(is_source)) < 2:
        raise ValueError(
            f"`train_dataset` must have contexts in {config.source_language} and in another language for "
            f"`language_gan`, but has them in {spoken(ids, config.languages)} only instead; train also on a corpus in "
            f"{'another' if is_source.any() else config.source_language}, labelled or not."
        )
    return LanguageStreams(is_source, seed=setup.args.seed + 1)
