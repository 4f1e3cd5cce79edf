"""What can be said of a run by its arguments and its command alone."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from enum import Enum
from typing import Any

from torch import nn

from hf_xlqa.run_record import RunRecord, installed_versions
from hf_xlqa.training_args import CrossLingualQATrainingArguments

_HYPER_PARAMETERS = (
    "objectives",
    "objective_options",
    "balance_languages",
    "learning_rate",
    "lr_scheduler_type",
    "warmup_steps",
    "warmup_shape",
    "weight_decay",
    "coupled_weight_decay",
    "optim",
    "adam_beta1",
    "adam_beta2",
    "adam_epsilon",
    "max_grad_norm",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "world_size",
    "num_train_epochs",
    "max_steps",
    "ema_decay",
    "bf16",
    "fp16",
)
_SECRET = re.compile(r"--\w*(token|secret|password)", re.IGNORECASE)


def record_of(args: CrossLingualQATrainingArguments, model: nn.Module) -> RunRecord:
    """The record of a run before its scores are known and the corpora it trains on are named.

    Args:
        args: its arguments.
        model: the model; its configuration knows where it was loaded from.
    """
    return RunRecord(
        method=" + ".join(args.objectives),
        base_model=getattr(model.config, "name_or_path", "") or type(model).__name__,
        training=(),
        scores=(),
        hyper_parameters={name: _plain(getattr(args, name)) for name in _HYPER_PARAMETERS},
        seed=args.seed,
        versions=installed_versions(),
        command=command_of(sys.argv),
    )


def command_of(arguments: Sequence[str]) -> str:
    """The command line of a script, with the values of tokens and passwords taken out.

    >>> command_of(["train.py", "--hub_token", "abc", "--seed", "1"])
    'train.py --hub_token HIDDEN --seed 1'
    """
    shown: list[str] = []
    hide = False
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        secret = _SECRET.fullmatch(name) is not None
        shown.append("HIDDEN" if hide else f"{name}=HIDDEN" if secret and equals else argument)
        hide = secret and not equals
    return shlex.join(shown)


def _plain(value: Any) -> Any:
    """A value as JSON knows it: enumerations by their value."""
    return value.value if isinstance(value, Enum) else value
