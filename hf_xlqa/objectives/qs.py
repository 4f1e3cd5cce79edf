"""Question similarity: a question and its translation get similar representations (LAF 2020, Eq. 6)."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity

from hf_xlqa.models.language_discriminator import masked_mean
from hf_xlqa.objectives.objective import Inputs, TrainingSetup
from hf_xlqa.objectives.pair_objective import PairObjective


class QuestionSimilarity(PairObjective):
    """1 - cosine of the mean last states of the tokens of a question and of its translation, with gradient to both.

    The batch is a `paired_windows.PairCollator`'s. The value is the mean over its rows, pivots counting 0, as that of
    `psa`.
    """

    columns = ("pivot_rows", "question_start", "question_end")
    needs_states = True

    def prepare(self, setup: TrainingSetup) -> None:
        """Nothing but a look at the model.

        Raises:
            ValueError: when it cannot be asked for its states.
        """
        taken = inspect.signature(type(setup.model).forward).parameters.values()
        if not any(each.name == "output_hidden_states" or each.kind is each.VAR_KEYWORD for each in taken):
            raise ValueError(
                f"`model` must take `output_hidden_states` for `qs`, but is {type(setup.model).__name__} instead."
            )

    def forward(self, model: nn.Module, inputs: Inputs, outputs: Any) -> Tensor:
        """The mean over the rows of the batch.

        Raises:
            ValueError: when the batch is not of pairs, or the model does not return its states.
        """
        self.check(inputs)
        if outputs.get("hidden_states") is None:
            raise ValueError(
                f"`model` must return hidden states for `qs`, but returns only {', '.join(outputs)} instead."
            )
        states = outputs.hidden_states[-1]
        at = torch.arange(states.shape[1], device=states.device)
        inside = (at >= inputs["question_start"][:, None]) & (at < inputs["question_end"][:, None])
        questions = masked_mean(states.float(), inside)
        pivots = inputs["pivot_rows"]
        distances = 1 - cosine_similarity(questions, questions[pivots.clamp(min=0)], dim=-1)
        return torch.where(pivots >= 0, distances, 0).mean()
