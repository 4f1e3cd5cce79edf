"""The discriminator's side of a game, for objectives that play against it: an optimizer of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hf_xlqa.language_streams import language_ids
from hf_xlqa.objectives.objective import TrainingSetup

_SHARDED = ("FSDP", "DEEPSPEED")


@dataclass(frozen=True)
class DiscriminatorPlayer:
    """The discriminator of a model, which nobody else updates, and its optimizer.

    Args:
        setup: the training.
        optimizer: of the discriminator's parameters.
    """

    setup: TrainingSetup
    optimizer: torch.optim.Optimizer

    @property
    def parameters(self) -> list[nn.Parameter]:
        """The discriminator's."""
        return list(self.setup.model.discriminator.parameters())

    @contextmanager
    def learning(self) -> Iterator[None]:
        """While this lasts the discriminator is not frozen, and is computed in its own precision."""
        discriminator = self.setup.model.discriminator.requires_grad_(True)
        try:
            with torch.autocast(self.setup.accelerator.device.type, enabled=False):
                yield
        finally:
            discriminator.requires_grad_(False)

    def step(self, gradients: Sequence[Tensor], count: int = 1) -> None:
        """Update the discriminator by the mean gradient of all processes, clipped as the model's are.

        Args:
            gradients: of the sum of what `count` losses of this process are, by parameter.
            count: how many losses.
        """
        flat = torch.cat([*(gradient.flatten() for gradient in gradients), gradients[0].new_full((1,), count)])
        flat = self.setup.accelerator.reduce(flat, reduction="sum")
        parts = (flat[:-1] / flat[-1]).split([gradient.numel() for gradient in gradients])
        for parameter, part in zip(self.parameters, parts, strict=True):
            parameter.grad = part.view_as(parameter)
        if self.setup.args.max_grad_norm:
            nn.utils.clip_grad_norm_(self.parameters, self.setup.args.max_grad_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()


def own_optimizer(setup: TrainingSetup, name: str, kind: type[torch.optim.Optimizer]) -> torch.optim.Optimizer:
    """An optimizer of the discriminator alone, which is frozen for everybody else.

    It has the trainer's `learning_rate` (held constant), `adam_beta1`, `adam_beta2`, `adam_epsilon` and
    `weight_decay`.

    Args:
        setup: the training.
        name: the objective.
        kind: `torch.optim.Adam` or `AdamW`.

    Raises:
        ValueError: when the model has no discriminator, or is sharded.
    """
    if not (hasattr(setup.model, "discriminator") and hasattr(setup.model, "features")):
        raise ValueError(
            f"`model` must have a discriminator for `{name}`, but is {type(setup.model).__name__} instead; "
            "wrap it: `AdversarialForQuestionAnswering.wrap(model)`."
        )
    sharded = setup.accelerator.distributed_type.value
    if sharded in _SHARDED:
        raise ValueError(f"`{name}` must have all weights in every process, but they are sharded by {sharded}.")
    args = setup.args
    options = {"betas": (args.adam_beta1, args.adam_beta2), "eps": args.adam_epsilon}
    parameters = setup.model.discriminator.requires_grad_(False).parameters()
    return kind(parameters, lr=args.learning_rate, weight_decay=args.weight_decay, fused=True, **options)  # type: ignore[call-arg]


def require_scores(setup: TrainingSetup, name: str, scores: str) -> None:
    """Refuse a discriminator that scores otherwise than an objective reads it.

    Raises:
        ValueError: naming what to set.
    """
    given = setup.model.config.discriminator_scores
    if given != scores:
        raise ValueError(
            f"`discriminator_scores` of the model must be {scores!r} for `{name}`, but is {given!r} instead."
        )


def known_ids(windows: Any, name: str, languages: Sequence[str]) -> NDArray[np.int64]:
    """The language ids of windows.

    Args:
        windows: those of the training set.
        name: the column, of the languages of questions or of contexts.
        languages: of the model, which the ids count.

    Returns:
        (windows,) ids.

    Raises:
        ValueError: when the windows do not say them, or one is in a language that the model does not know.
    """
    ids = language_ids(windows, name)
    unknown = np.flatnonzero((ids < 0) | (ids >= len(languages)))
    if len(unknown):
        row = int(unknown[0])
        of = f" of example {windows['example_id'][row]!r}" if "example_id" in windows.column_names else ""
        raise ValueError(
            f"`train_dataset` must have {name} from 0 to {len(languages) - 1} (`languages` of the model: "
            f"{', '.join(languages)}), but has {ids[row]} instead in window {row}{of}."
        )
    return ids


def spoken(ids: NDArray[np.int64], languages: Sequence[str]) -> str:
    """The languages that there are among ids, for people."""
    return ", ".join(languages[number] for number in np.unique(ids))
