"""The contract of an objective, and the weighted sum of objectives that is the training loss."""

from __future__ import annotations

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import torch
from accelerate.utils import extract_model_from_parallel
from torch import Tensor, nn

from hf_xlqa import plugins

Inputs = Mapping[str, Any]


class Objective(nn.Module, ABC):
    """One term of the training loss. It sees the batch and what the model made of it, never a model class."""

    def before_step(self, model: nn.Module, inputs: Inputs) -> None:  # noqa: B027 (most objectives need nothing here)
        """What has to happen before the forward pass of a training batch, such as updates of a discriminator."""

    @abstractmethod
    def forward(self, model: nn.Module, inputs: Inputs, outputs: Any) -> Tensor:
        """The unweighted value of this term: a scalar, the mean over the examples of the batch.

        Args:
            model: the model as the trainer runs it, possibly wrapped for several processes.
            inputs: the whole batch, also the columns the model's forward does not take.
            outputs: what the model returned for it.
        """


class WeightedObjectives(nn.Module):
    """The training loss: a weighted sum of objectives, named by their files in `objectives/`.

    Args:
        specifications: each NAME or NAME=WEIGHT (weight 1 by default), for example `["span", "psa=0.5"]`.

    Raises:
        ValueError: when there is none, a name is not that of a file (the message lists the valid
            ones) or is given twice, or a weight is not a finite number.
    """

    def __init__(self, specifications: Sequence[str]) -> None:
        super().__init__()
        self.weights = parse_objectives(specifications)
        self.terms = nn.ModuleDict({name: plugins.find("objectives", name)() for name in self.weights})

    def named_terms(self) -> Iterator[tuple[str, Objective]]:
        """Name and objective of every term, in the order given."""
        for name, term in self.terms.items():
            yield name, cast(Objective, term)

    def before_step(self, model: nn.Module, inputs: Inputs) -> None:
        """Let every objective prepare the step, in the order given."""
        for _, term in self.named_terms():
            term.before_step(model, inputs)

    def forward(self, model: nn.Module, inputs: Inputs, outputs: Any) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss (a scalar), and the unweighted value of every objective by name."""
        values: dict[str, Tensor] = {name: term(model, inputs, outputs) for name, term in self.named_terms()}
        return torch.stack([self.weights[name] * value for name, value in values.items()]).sum(), values


def parse_objectives(specifications: Sequence[str]) -> dict[str, float]:
    """Weights by name of NAME and NAME=WEIGHT, in their order.

    >>> parse_objectives(["span", "psa=0.5"])
    {'span': 1.0, 'psa': 0.5}
    """
    weights: dict[str, float] = {}
    for specification in specifications:
        name, equals, weight = specification.partition("=")
        if name in weights:
            raise ValueError(f"`objectives` must name each objective once, but name `{name}` twice instead.")
        weights[name] = _weight(weight, specification) if equals else 1.0
    if not weights:
        valid = ", ".join(plugins.names("objectives"))
        raise ValueError(f"`objectives` must name at least one of {valid}, but are empty instead.")
    return weights


def _weight(text: str, specification: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not math.isfinite(weight):
        raise ValueError(f"The weight in `objectives` must be a finite number, but is {specification!r} instead.")
    return weight


def forward_arguments(model: nn.Module) -> frozenset[str]:
    """Names of the arguments that the forward of a model, wrapped or not, spells out (not its `**kwargs`)."""
    inner: Any = extract_model_from_parallel(model, keep_torch_compile=False)
    inner = inner.get_base_model() if hasattr(inner, "get_base_model") else inner
    parameters = inspect.signature(type(inner).forward).parameters.values()
    return frozenset(parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_KEYWORD)
