"""Arguments of the cross-lingual question-answering trainer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import TrainingArguments
from transformers.integrations.integration_utils import is_tensorboard_available
from transformers.trainer_utils import SchedulerType
from transformers.training_args import OptimizerNames

from hf_xlqa.json_options import read_options
from hf_xlqa.messages import check_choice, check_counts
from hf_xlqa.objectives.objective import parse_objectives
from hf_xlqa.optimization import WARMUP_SHAPES

_ADAMW = ("adamw_torch", "adamw_torch_fused")
_LIMITS = ("n_best", "max_answer_tokens", "max_answer_characters")


def _reports() -> list[str]:
    return ["tensorboard"] if is_tensorboard_available() else []


@dataclass
class CrossLingualQATrainingArguments(TrainingArguments):
    """`TrainingArguments` with objectives, an average of the weights, and how answers are read off the logits.

    Defaults that differ from upstream: TensorBoard where it is installed; labels are start and end
    positions; the best checkpoint is the one of highest mean F1; losses that are not finite are
    logged as they are (the filter for them waits for the device in every step); logits of an
    evaluation are kept batch by batch and leave the device every 16 batches.

    Raises:
        ValueError: when an argument is out of range, or `remove_unused_columns` is set.
    """

    objectives: list[str] = field(
        default_factory=lambda: ["span"],
        metadata={"help": "Terms of the training loss, each NAME or NAME=WEIGHT; the names are files of objectives/."},
    )
    objective_options: dict[str, Any] | str | None = field(
        default=None,
        metadata={"help": 'Options of objectives by name, JSON on a command line: {"language_gan": {"updates": 1}}.'},
    )
    balance_languages: bool = field(
        default=False,
        metadata={"help": "Let every batch hold equally many examples of each language (column language_ids)."},
    )
    warmup_shape: str = field(
        default="linear",
        metadata={
            "help": "How the learning rate rises over warmup_steps: linear, or with constant_with_warmup "
            "inverse_exponential (QANet): log(step + 1) / log(warmup_steps) of it."
        },
    )
    coupled_weight_decay: bool = field(
        default=False,
        metadata={"help": "Take weight_decay as L2 in the loss (Adam), not off the weights (AdamW)."},
    )
    ema_decay: float | None = field(
        default=None,
        metadata={"help": "Evaluate and save an exponential moving average of the weights with this decay."},
    )
    n_best: int = field(default=20, metadata={"help": "How many answers to keep for each question."})
    max_answer_tokens: int = field(default=30, metadata={"help": "Longest answer, in tokens."})
    max_answer_characters: int | None = field(
        default=None,
        metadata={"help": "Longest answer in characters, for languages that are written without blanks."},
    )
    label_names: list[str] | None = field(
        default_factory=lambda: ["start_positions", "end_positions"],
        metadata={"help": "Columns that hold the labels."},
    )
    remove_unused_columns: bool = field(
        default=False, metadata={"help": "Must stay False: objectives read columns that the model does not take."}
    )
    report_to: None | str | list[str] = field(
        default_factory=_reports, metadata={"help": "Where to log to, by default TensorBoard where it is installed."}
    )
    metric_for_best_model: str | None = field(
        default="f1", metadata={"help": "Key of the evaluation that chooses the best checkpoint."}
    )
    greater_is_better: bool | None = field(default=True, metadata={"help": "Whether more of that metric is better."})
    logging_nan_inf_filter: bool = field(
        default=False, metadata={"help": "Log the mean in place of losses that are not finite; slows training down."}
    )
    eval_do_concat_batches: bool = field(
        default=False, metadata={"help": "Must stay False: windows of one length make one batch."}
    )
    eval_accumulation_steps: int | None = field(
        default=16, metadata={"help": "After how many batches of an evaluation to move the logits off the device."}
    )

    def __post_init__(self) -> None:
        parse_objectives(self.objectives)
        for name in ("remove_unused_columns", "eval_do_concat_batches"):
            if getattr(self, name):
                raise ValueError(f"`{name}` must be False, but is True instead: the trainer chooses what it passes on.")
        check_counts(**self.limits)
        self.objective_options = self._objective_options()
        super().__post_init__()
        self._check_optimization()

    def _objective_options(self) -> dict[str, Any] | None:
        given = self.objective_options
        options = read_options("objective_options", given) if isinstance(given, str) else given
        if not all(isinstance(each, dict) for each in (options or {}).values()):
            raise ValueError(f"`objective_options` must be a JSON object of objects, but is {given!r} instead.")
        return options

    def _check_optimization(self) -> None:
        check_choice("warmup_shape", self.warmup_shape, WARMUP_SHAPES)
        schedule, optim = SchedulerType(self.lr_scheduler_type).value, OptimizerNames(self.optim).value
        if self.warmup_shape != "linear" and schedule != "constant_with_warmup":
            raise ValueError(
                f"`lr_scheduler_type` must be constant_with_warmup with `warmup_shape` {self.warmup_shape}, "
                f"but is {schedule} instead."
            )
        if self.coupled_weight_decay and optim not in _ADAMW:
            raise ValueError(
                f"`optim` must be one of {', '.join(_ADAMW)} with `coupled_weight_decay`, but is {optim} instead."
            )

    @property
    def limits(self) -> dict[str, Any]:
        """How many answers to keep, and how long they may be: keyword arguments of `spans.extract_predictions`."""
        return {name: getattr(self, name) for name in _LIMITS}

    @property
    def device(self) -> torch.device:
        """As upstream, but the CPU has no number: several CPU processes of transformers 5.17 could not resume."""
        device = super().device
        return torch.device("cpu") if device.type == "cpu" else device
