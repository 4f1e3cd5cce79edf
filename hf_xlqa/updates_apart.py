"""Updates that objectives make of their own after each step of the others (LAF 2020, Algorithm 2, lines 8 and 11)."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from hf_xlqa.objectives.objective import Inputs, WeightedObjectives


class UpdatesApart:
    """Keeps the batches of a step for the objectives that are apart, and makes their updates.

    They are steps of the trainer's optimizer, at the learning rate of the step, clipped as it is.

    Args:
        objectives: all of them.
    """

    def __init__(self, objectives: WeightedObjectives) -> None:
        self.objectives = objectives
        self._batches: dict[str, list[tuple[Inputs, Tensor]]] = {name: [] for name in objectives.apart}

    def begin(self, trainer: Any) -> None:
        """Begin with no batches.

        Raises:
            ValueError: when there are such objectives, and DeepSpeed makes the updates.
        """
        if self._batches and trainer.is_deepspeed_enabled:
            names = ", ".join(self._batches)
            raise ValueError(f"`update` of {names} must be joint with DeepSpeed, which makes one update a step.")
        for batches in self._batches.values():
            batches.clear()

    def keep(self, inputs: Inputs, outputs: Any, share: Tensor) -> None:
        """Keep a batch.

        Args:
            inputs: the batch.
            outputs: what the model returned for it.
            share: what a mean over the batch is multiplied with to be its part of the mean over the step.
        """
        for name, batches in self._batches.items():
            batches.append((self.objectives.apart[name].later(inputs, outputs), share))

    def make(self, trainer: Any) -> None:
        """Make the updates, one an objective in the order given, each on the outputs of the model as it then is."""
        for name, batches in self._batches.items():
            trainer.optimizer.zero_grad()
            for inputs, share in batches:
                with trainer.compute_loss_context_manager():
                    outputs = self.objectives.outputs_of(trainer.model_wrapped, inputs)
                    value = self.objectives.apart[name](trainer.model_wrapped, inputs, outputs)
                trainer.accelerator.backward(self.objectives.weigh(name, value) * share)
            if trainer.args.max_grad_norm:
                trainer.accelerator.clip_grad_norm_(trainer.model_wrapped.parameters(), trainer.args.max_grad_norm)
            trainer.optimizer.step()
            batches.clear()
