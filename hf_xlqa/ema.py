"""Exponential moving average of the weights (Lee & Lee 2019, section 4.1, after QANet)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn
from transformers import TrainerCallback

TRAINING_WEIGHTS = "training_weights.safetensors"


class WeightAverage(TrainerCallback):
    """Keeps an average of the parameters next to those that are trained: a = decay a + (1 - decay) w after each step.

    The average starts from the weights before the first step. It is what evaluation, checkpoints and
    so the choice of the best checkpoint use: `model.safetensors` of a checkpoint holds the average,
    and the weights to train on from are beside it in `training_weights.safetensors`. After training
    the model holds the average. Buffers are not averaged.

    Args:
        decay: between 0 and 1; near 1 for a long memory.

    Raises:
        ValueError: when `decay` is not between 0 and 1.
    """

    def __init__(self, decay: float) -> None:
        if not 0 <= decay <= 1:
            raise ValueError(f"`ema_decay` must be between 0 and 1, but is {decay} instead.")
        self._update = get_ema_multi_avg_fn(decay)
        self._average: list[Tensor] = []
        self._checkpoint: Path | None = None

    def resume(self, checkpoint: str | None) -> None:
        """Say which checkpoint the next training resumes from, before it begins.

        Raises:
            FileNotFoundError: when the checkpoint was made without an average.
        """
        self._checkpoint = Path(checkpoint) if checkpoint is not None else None
        if self._checkpoint is not None and not (self._checkpoint / TRAINING_WEIGHTS).is_file():
            raise FileNotFoundError(
                f"`{self._checkpoint}` must hold {TRAINING_WEIGHTS} to resume with `ema_decay`, but does not: "
                "it was written without; resume without `ema_decay`."
            )

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Start the average from the model, which after a resume holds the average of the checkpoint."""
        self._average = [parameter.detach().clone() for parameter in kwargs["model"].parameters()]
        if self._checkpoint is not None:
            safetensors.torch.load_model(kwargs["model"], self._checkpoint / TRAINING_WEIGHTS)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Take the new weights into the average."""
        self._update(self._average, [parameter.detach() for parameter in kwargs["model"].parameters()], None)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Leave the average in the model, unless the best checkpoint has been loaded into it."""
        if not (args.load_best_model_at_end and state.best_model_checkpoint):
            self._swap(kwargs["model"])
        self._average = []

    def save_training_weights(self, model: nn.Module, folder: str) -> None:
        """Write the weights that are trained into a checkpoint."""
        safetensors.torch.save_model(model, str(Path(folder) / TRAINING_WEIGHTS))

    @contextmanager
    def in_place_of(self, model: nn.Module) -> Iterator[None]:
        """While this lasts the model holds the average; outside of training nothing changes."""
        self._swap(model)
        try:
            yield
        finally:
            self._swap(model)

    @torch.no_grad()
    def _swap(self, model: nn.Module) -> None:
        if self._average:
            for parameter, average in zip(model.parameters(), self._average, strict=True):
                trained = parameter.clone()
                parameter.copy_(average)
                average.copy_(trained)
