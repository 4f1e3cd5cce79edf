"""Language-adversarial training: the model hides the language of a question from a discriminator (AT 2020)."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from accelerate.utils import extract_model_from_parallel
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from hf_xlqa.messages import check_choice
from hf_xlqa.objectives.discriminator_player import (
    DiscriminatorPlayer,
    known_ids,
    own_optimizer,
    require_scores,
    spoken,
)
from hf_xlqa.objectives.objective import Inputs, Objective, TrainingSetup

logger = logging.getLogger(__name__)

UPDATES = ("alternating", "joint")
_CLASSES = ("question_language_ids", "language_ids")  # of the parts that are read, the question's first


class LanguageAdversarial(Objective):
    """KL(U || p) of the uniform distribution U and the discriminator's p over the languages (AT 2020, Eq. 4).

    Eq. 4 is printed with the sign that would drive p away from U; minimised is +KL(U || p), which is
    -(1/L) sum log p - log L over the L languages, 0 where the discriminator cannot tell them. The discriminator of
    `models.AdversarialForQuestionAnswering`, whose `discriminator_scores` are of the "languages", minimises the
    cross-entropy of the true one (Eq. 3).

    The language of an example is that of its question (Algorithm 1), `question_language_ids`, also where its context
    is in another, as in the corpus T(Q). A discriminator that reads question and context as two parts is told the
    language of the context, `language_ids`, for the second; the terms of both parts are summed.

    Logged are `discriminator_loss` (Eq. 3) and `discriminator_accuracy` of the batches that train the model, before
    the discriminator's own update: log(L) and 1/L at best for the model.

    The discriminator has an AdamW (Adam with `coupled_weight_decay`) of its own with the trainer's `learning_rate`,
    held constant, `weight_decay` and `max_grad_norm`.

    Args:
        update: "alternating" updates the discriminator after each step of the model's optimizer, on the states that
            the updated model gives the same examples (Algorithm 1); "joint" on the states that this step was made
            of, which saves the second forward pass.

    Raises:
        ValueError: when `update` is unknown.
    """

    needs_discriminator = True

    def __init__(self, *, update: str = "alternating") -> None:
        super().__init__()
        check_choice("update", update, UPDATES)
        self.update = update
        self._player: DiscriminatorPlayer | None = None
        self._batches: list[Inputs] = []
        self._gradients: list[Tensor] = []
        self._examples = 0
        self._logs: dict[str, Tensor] = {}

    def prepare(self, setup: TrainingSetup) -> None:
        """Freeze the discriminator for everybody else, and make its optimizer.

        Raises:
            ValueError: when the model has no discriminator or one of a single score, is sharded, or the questions of
                the training set are all in one language, or some in one that the model does not know.
        """
        kind = torch.optim.Adam if setup.args.coupled_weight_decay else torch.optim.AdamW
        optimizer = own_optimizer(setup, "language_adversarial", kind)
        require_scores(setup, "language_adversarial", "languages")
        _check_languages(getattr(setup.dataset, "windows", setup.dataset), setup.model.config.languages)
        self._player = DiscriminatorPlayer(setup, optimizer)
        self._forget()

    def forward(self, model: nn.Module, inputs: Inputs, outputs: Any) -> Tensor:
        """The term of the model, through the frozen discriminator: a scalar, the mean over the examples.

        Raises:
            RuntimeError: when `prepare` has not been called.
            ValueError: when the batch does not say its languages.
        """
        if self._player is None:
            raise RuntimeError("`prepare` must be called before the first step, but has not been.")
        discriminator: Any = extract_model_from_parallel(model, keep_torch_compile=False).discriminator
        scores = [discriminator(states, mask) for states, mask in outputs.features]
        classes = _classes(inputs, len(scores))
        self._logs = _judgement(scores, classes)
        if self.update == "joint":
            self._learn(self._player, outputs.features, classes)
        else:
            self._batches.append(inputs)
        return torch.stack([_divergence(each) for each in scores]).sum()

    def after_step(self) -> None:
        """Update the discriminator by all batches of the step."""
        if self._player is None:
            return
        for inputs in self._batches:
            setup = self._player.setup
            with torch.no_grad(), setup.accelerator.autocast():
                features = setup.model.features(**inputs)
            self._learn(self._player, features, _classes(inputs, len(features)))
        self._player.step(self._gradients, self._examples)
        self._forget()

    def logs(self) -> Mapping[str, Tensor]:
        """The discriminator's loss and accuracy."""
        return self._logs

    def get_extra_state(self) -> dict[str, Any]:
        """What resuming needs besides the discriminator's weights, which the model holds."""
        return {"optimizer": self._player.optimizer.state_dict() if self._player is not None else None}

    def set_extra_state(self, state: Mapping[str, Any]) -> None:
        """Go on from there, after `prepare`."""
        if self._player is not None and state["optimizer"] is not None:
            self._player.optimizer.load_state_dict(state["optimizer"])

    def _learn(self, player: DiscriminatorPlayer, features: Any, classes: Sequence[Tensor]) -> None:
        """Add a batch to the gradient of the discriminator's next update (Eq. 3)."""
        discriminator = player.setup.model.discriminator
        with torch.enable_grad(), player.learning():
            losses = [
                cross_entropy(discriminator(states.detach().float(), mask), each, reduction="sum")
                for (states, mask), each in zip(features, classes, strict=True)
            ]
            gradients = torch.autograd.grad(torch.stack(losses).sum(), player.parameters)
        if self._gradients:
            gradients = tuple(one + other for one, other in zip(self._gradients, gradients, strict=True))
        self._gradients = list(gradients)
        self._examples += len(classes[0])

    def _forget(self) -> None:
        self._batches, self._gradients, self._examples = [], [], 0


def _check_languages(windows: Any, languages: Sequence[str]) -> None:
    """Refuse windows that leave a discriminator nothing to tell, where columns say their languages.

    A language that nobody asks in stays one of the classes of U (Eq. 4), which is told.
    """
    columns = [name for name in _CLASSES if name in getattr(windows, "column_names", ())]
    ids = {name: known_ids(windows, name, languages) for name in columns}
    asked = ids.get(_CLASSES[0])
    if asked is not None and len(set(asked.tolist())) < 2:
        raise ValueError(
            "`train_dataset` must have questions in two or more languages for `language_adversarial`, but has them "
            f"in {spoken(asked, languages)} only instead; train also on their translations, as in the "
            "corpus T(Q)."
        )
    if asked is not None and (unasked := sorted(set(range(len(languages))) - set(asked.tolist()))):
        logger.warning(
            "no question of `train_dataset` is in %s, but the discriminator has classes for them, which count in U",
            spoken(np.array(unasked), languages),
        )


def _classes(inputs: Inputs, parts: int) -> list[Tensor]:
    """The true classes (batch,) of each part."""
    names = _CLASSES[:parts]
    missing = [name for name in names if name not in inputs]
    if missing:
        raise ValueError(
            f"`inputs` must have {', '.join(names)}, but lack {', '.join(missing)} instead; cut the windows with "
            "`prepare_features(..., languages=model.config.languages)`."
        )
    return [inputs[name] for name in names]


def _divergence(scores: Tensor) -> Tensor:
    """KL(U || p), the mean over (batch, languages) scores."""
    return -scores.log_softmax(dim=-1).mean() - math.log(scores.shape[-1])


@torch.no_grad()
def _judgement(scores: Sequence[Tensor], classes: Sequence[Tensor]) -> dict[str, Tensor]:
    """How well the discriminator tells the languages."""
    pairs = list(zip(scores, classes, strict=True))
    right = [(each.argmax(dim=-1) == truth).float().mean() for each, truth in pairs]
    losses = [cross_entropy(each, truth) for each, truth in pairs]
    return {
        "discriminator_loss": torch.stack(losses).sum(),
        "discriminator_accuracy": torch.stack(right).mean(),
    }
