"""The contract of an objective, and the weighted sum of objectives that is the training loss."""

from __future__ import annotations

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

import torch
from accelerate.utils import extract_model_from_parallel
from torch import Tensor, nn
from transformers import TrainerCallback

from hf_xlqa import plugins

Inputs = Mapping[str, Any]
STATE = "objectives.pt"


@dataclass(frozen=True)
class TrainingSetup:
    """What an objective that trains something of its own needs.

    Args:
        model: the model itself, not wrapped for several processes.
        accelerator: the trainer's.
        args: the trainer's, a `transformers.TrainingArguments`.
        dataset: the training windows.
        collator: makes a batch of a list of them.
    """

    model: Any
    accelerator: Any
    args: Any
    dataset: Any
    collator: Callable[[Any], Any]


class Objective(nn.Module, ABC):
    """One term of the training loss. It sees the batch and what the model made of it, never a model class.

    What its `state_dict` holds (for other things than weights: `get_extra_state`) is saved with every checkpoint and
    loaded after `prepare`.
    """

    needs_discriminator: ClassVar[bool] = False
    """Whether the model must have a language discriminator, as `models.AdversarialForQuestionAnswering` has."""

    needs_states: ClassVar[bool] = False
    """Whether it reads the model's `hidden_states`, which the trainer then asks for."""

    needs_pairs: ClassVar[bool] = False
    """Whether its batches are those of `paired_windows.PairCollator`."""

    def prepare(self, setup: TrainingSetup) -> None:  # noqa: B027 (most objectives need nothing here)
        """What has to happen before training: freeze what the trainer's optimizer must not get, make an own one."""

    @property
    def factor(self) -> float:
        """What the value is multiplied with at this step, besides its weight."""
        return 1.0

    @property
    def is_apart(self) -> bool:
        """Whether it is no part of the loss, but makes an update of the model of its own after each step.

        That update is on new outputs for what `later` made of each batch of the step; `forward` is called once before,
        for the log.
        """
        return False

    def later(self, inputs: Inputs, outputs: Any) -> Inputs:
        """The batch with what an update of its own has to know of the outputs before the step."""
        return inputs

    def before_step(self, model: nn.Module, inputs: Inputs) -> None:  # noqa: B027 (most objectives need nothing here)
        """What has to happen before the forward pass of a training batch, such as updates of a discriminator."""

    def after_step(self) -> None:  # noqa: B027 (most objectives need nothing here)
        """What has to happen after each step of the model's optimizer; all its batches have gone through `forward`."""

    def logs(self) -> Mapping[str, Tensor]:
        """Scalars to log of the last training batch besides the value, as NAME_PART; means over its examples."""
        return {}

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
        options: keyword arguments of objectives by name.

    Raises:
        ValueError: when there is none, a name is not that of a file (the message lists the valid
            ones) or is given twice, a weight is not a finite number, an option is unknown, or all make updates of
            their own.
    """

    def __init__(self, specifications: Sequence[str], options: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        super().__init__()
        self.weights = parse_objectives(specifications)
        options = options or {}
        unused = ", ".join(name for name in options if name not in self.weights)
        if unused:
            raise ValueError(f"`objective_options` must be of {', '.join(self.weights)}, but are of {unused} instead.")
        self.terms = nn.ModuleDict({name: _build(name, options.get(name, {})) for name in self.weights})
        if len(self.apart) == len(self.weights):
            raise ValueError(
                f"`objectives` must have one that makes no update of its own, but are {', '.join(self.apart)} instead."
            )

    def named_terms(self) -> Iterator[tuple[str, Objective]]:
        """Name and objective of every term, in the order given."""
        for name, term in self.terms.items():
            yield name, cast(Objective, term)

    @property
    def apart(self) -> dict[str, Objective]:
        """Those that make updates of their own, in the order given."""
        return {name: term for name, term in self.named_terms() if term.is_apart}

    def outputs_of(self, model: nn.Module, inputs: Inputs) -> Any:
        """What a model, wrapped or not, returns for those columns of a batch that it takes."""
        accepted = forward_arguments(model)
        given = {name: value for name, value in inputs.items() if name in accepted}
        states = any(term.needs_states for _, term in self.named_terms())
        return model(**given, **({"output_hidden_states": True} if states else {}))

    def prepare(self, setup: TrainingSetup) -> None:
        """Let every objective prepare the training, in the order given."""
        for _, term in self.named_terms():
            term.prepare(setup)

    def before_step(self, model: nn.Module, inputs: Inputs) -> None:
        """Let every objective prepare the step, in the order given."""
        for _, term in self.named_terms():
            term.before_step(model, inputs)

    def after_step(self) -> None:
        """Let every objective do what follows a step of the model's optimizer, in the order given."""
        for _, term in self.named_terms():
            term.after_step()

    def logs(self) -> dict[str, Tensor]:
        """What the objectives have to log of the last training batch besides their values."""
        return {f"{name}_{part}": value for name, term in self.named_terms() for part, value in term.logs().items()}

    def save(self, folder: Path) -> None:
        """Write the state of the objectives into a checkpoint, if they have any."""
        state = self.state_dict()
        if state:
            torch.save(state, folder / STATE)

    def resume(self, folder: Path) -> None:
        """Take up the state in a checkpoint, after `prepare`.

        Raises:
            FileNotFoundError: when the checkpoint was written without.
        """
        if not self.state_dict():
            return
        if not (folder / STATE).is_file():
            raise FileNotFoundError(
                f"`{folder}` must hold {STATE} to resume with these objectives, but does not: it was written with "
                "others; start anew from its weights."
            )
        self.load_state_dict(torch.load(folder / STATE, map_location="cpu", weights_only=True))

    def forward(self, model: nn.Module, inputs: Inputs, outputs: Any) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss (a scalar), and the unweighted value of every objective by name, also of those that are apart."""
        values: dict[str, Tensor] = {}
        for name, term in self.named_terms():
            with torch.set_grad_enabled(torch.is_grad_enabled() and not term.is_apart):
                values[name] = term(model, inputs, outputs)
        weighted = [self.weigh(name, value) for name, value in values.items() if name not in self.apart]
        return torch.stack(weighted).sum(), values

    def weigh(self, name: str, value: Tensor) -> Tensor:
        """The value of an objective as it counts at this step."""
        return self.weights[name] * cast(Objective, self.terms[name]).factor * value


class AfterStep(TrainerCallback):
    """Does something after each step of the model's optimizer, before averages and checkpoints are made of it."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.action = action

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Do it."""
        self.action()


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


def _build(name: str, options: Mapping[str, Any]) -> Objective:
    cls: type[Objective] = plugins.find("objectives", name)
    valid = list(inspect.signature(cls).parameters)
    unknown = ", ".join(option for option in options if option not in valid)
    if unknown:
        listed = ", ".join(valid) or "nothing"
        raise ValueError(f"`objective_options` of {name} must be among {listed}, but name {unknown} instead.")
    return cls(**options)


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
    layers = [inner, inner.get_base_model()] if hasattr(inner, "get_base_model") else [inner]
    parameters = [each for layer in layers for each in inspect.signature(type(layer).forward).parameters.values()]
    unnamed = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return frozenset(parameter.name for parameter in parameters if parameter.kind not in unnamed)
