"""Training steps of language-adversarial training and of pairs of questions beside plain fine-tuning.

    python examples/benchmarks/adversarial_step.py [--device cuda --dtype bfloat16]

Every step is forward, backward and optimizer of a model of the same size on the same examples; that of a pair has a
translated example more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace

import torch
from accelerate import Accelerator
from benchmark import main
from parallel_step import HEAD_WIDTH, VOCABULARY, StepOptions
from records import Record, at_most
from timing import milliseconds, peak_mebibytes
from torch import Tensor, nn
from transformers import BertForQuestionAnswering, PreTrainedModel

from hf_xlqa.models import AdversarialForQuestionAnswering
from hf_xlqa.objectives.objective import TrainingSetup, WeightedObjectives

LANGUAGES = ["en", "de", "es", "ar", "hi", "zh"]
QUESTION = 12  # tokens
ADAM = {"learning_rate": 3e-5, "adam_beta1": 0.9, "adam_beta2": 0.999, "adam_epsilon": 1e-8, "weight_decay": 0.01}
GOALS = {"AT, joint": 1.08, "AT, alternating": 1.45, "PSA and QS, pairs": 2.1}


@dataclass
class Options(StepOptions):
    """Sizes of the step."""


QUICK = Options(repeats=1, batch=1, length=48, layers=1, width=HEAD_WIDTH)


class Step:
    """A step as the trainer makes it."""

    def __init__(self, model: PreTrainedModel, inputs: dict[str, Tensor], objectives: WeightedObjectives) -> None:
        self.model, self.inputs, self.objectives = model.train(), inputs, objectives
        args = SimpleNamespace(**ADAM, max_grad_norm=1.0, coupled_weight_decay=False)
        objectives.prepare(TrainingSetup(model, Accelerator(cpu=model.device.type == "cpu"), args, None, list))
        trained = [weight for weight in model.parameters() if weight.requires_grad]
        self.trained, self.optimizer = trained, torch.optim.AdamW(trained, lr=args.learning_rate, fused=True)

    def __call__(self) -> None:
        outputs = self.objectives.outputs_of(self.model, self.inputs)
        loss, _ = self.objectives(self.model, self.inputs, outputs)
        loss.backward()
        nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.objectives.after_step()
        self.optimizer.zero_grad()


def examples(options: StepOptions, *, pairs: bool = False) -> dict[str, Tensor]:
    """A batch; of pairs each example is followed by one with a longer question on the same context."""
    each = 2 if pairs else 1
    rows = options.batch * each
    longer = torch.arange(rows) % each
    question_end = 1 + QUESTION + longer
    at = torch.arange(options.length)
    numbers = {
        "input_ids": torch.randint(VOCABULARY, (rows, options.length)),
        "attention_mask": torch.ones(rows, options.length, dtype=torch.long),
        "answer_mask": (at > question_end[:, None]) | (at == 0),
        "start_positions": torch.full((rows,), QUESTION + 30),
        "end_positions": torch.full((rows,), QUESTION + 32),
        "cls_index": torch.zeros(rows, dtype=torch.long),
        "question_start": torch.ones(rows, dtype=torch.long),
        "question_end": question_end,
        "question_language_ids": torch.arange(rows) % len(LANGUAGES),
    }
    if pairs:
        numbers |= {"pivot_rows": torch.where(longer > 0, torch.arange(rows) - 1, -1), "pivot_shifts": longer}
    return {name: tensor.to(options.device) for name, tensor in numbers.items()}


def build(objectives: list[str], options: Options, *, pairs: bool = False, update: str | None = None) -> Step:
    """The step of a fresh model with these objectives, adversarial where there is an `update`."""
    model: PreTrainedModel = BertForQuestionAnswering(options.encoder_config())
    if update is not None:
        fields = {"languages": LANGUAGES, "discriminator_kind": "perceptron"}
        model = AdversarialForQuestionAnswering.wrap(model, **fields)
    weighted = WeightedObjectives(objectives, {} if update is None else {"language_adversarial": {"update": update}})
    return Step(model.to(**options.placed), examples(options, pairs=pairs), weighted)


def measure(options: Options) -> Iterator[Record]:
    """All steps to that of plain fine-tuning."""
    options.set_up()
    adversarial = ["span", "language_adversarial"]
    plain = build(["span"], options)
    steps = {
        "AT, joint": build(adversarial, options, update="joint"),
        "AT, alternating": build(adversarial, options, update="alternating"),
        "PSA and QS, pairs": build(["span", "psa", "qs"], options, pairs=True),
    }
    reference, *times = milliseconds([plain, *steps.values()], repeats=options.repeats, device=options.device)
    for (name, step), taken in zip(steps.items(), times, strict=True):
        yield Record(
            stage=f"{name}, step of {options.batch} examples of {options.length}",
            ours=taken,
            unit="ms",
            reference=reference,
            reference_name="plain fine-tuning",
            ratio_of="cost",
            peak_mebibytes=peak_mebibytes(step, device=options.device),
            goals=(at_most(GOALS[name]),),
        )


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
