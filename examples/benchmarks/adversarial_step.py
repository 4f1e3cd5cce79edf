"""Training steps of language-adversarial training and of pairs of questions beside plain fine-tuning, in one run.

    python examples/benchmarks/adversarial_step.py [--device cuda --dtype bfloat16]

Every step is forward, backward and optimizer of a model of the same size on the same examples; that of a pair has a
translated example more. On a CPU seconds are those of the processor, of all threads together.
"""

import argparse
from types import SimpleNamespace

import torch
from accelerate import Accelerator
from parallel_step import VOCABULARY, clock, encoder_config, parse
from timing import milliseconds
from torch import Tensor, nn
from transformers import BertForQuestionAnswering, PreTrainedModel

from hf_xlqa.models import AdversarialForQuestionAnswering
from hf_xlqa.objectives.objective import TrainingSetup, WeightedObjectives

LANGUAGES = ["en", "de", "es", "ar", "hi", "zh"]
QUESTION = 12  # tokens
ADAM = {"learning_rate": 3e-5, "adam_beta1": 0.9, "adam_beta2": 0.999, "adam_epsilon": 1e-8, "weight_decay": 0.01}


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


def examples(arguments: argparse.Namespace, *, pairs: bool = False) -> dict[str, Tensor]:
    """A batch; of pairs each example is followed by one with a longer question on the same context."""
    each = 2 if pairs else 1
    rows = arguments.batch * each
    longer = torch.arange(rows) % each
    question_end = 1 + QUESTION + longer
    at = torch.arange(arguments.length)
    numbers = {
        "input_ids": torch.randint(VOCABULARY, (rows, arguments.length)),
        "attention_mask": torch.ones(rows, arguments.length, dtype=torch.long),
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
    return {name: tensor.to(arguments.device) for name, tensor in numbers.items()}


def main() -> None:
    arguments = parse(__doc__, batch=2, length=384, layers=12, width=768, repeats=3, threads=1)

    def build(objectives: list[str], *, pairs: bool = False, update: str | None = None) -> Step:
        model: PreTrainedModel = BertForQuestionAnswering(encoder_config(arguments))
        if update is not None:
            fields = {"languages": LANGUAGES, "discriminator_kind": "perceptron"}
            model = AdversarialForQuestionAnswering.wrap(model, **fields)
        options = {} if update is None else {"language_adversarial": {"update": update}}
        model = model.to(arguments.device, getattr(torch, arguments.dtype))
        return Step(model, examples(arguments, pairs=pairs), WeightedObjectives(objectives, options))

    adversarial = ["span", "language_adversarial"]
    steps = {
        "plain fine-tuning": build(["span"]),
        "AT, joint": build(adversarial, update="joint"),
        "AT, alternating": build(adversarial, update="alternating"),
        "PSA and QS, pairs": build(["span", "psa", "qs"], pairs=True),
    }
    times = milliseconds(
        list(steps.values()), repeats=arguments.repeats, device=arguments.device, clock=clock(arguments.device)
    )
    print(f"| training step, {arguments.batch} examples of {arguments.length} | ms | to plain |\n|---|---|---|")
    for name, value in zip(steps, times, strict=True):
        print(f"| {name} | {value:.0f} | {value / times[0]:.2f} x |", flush=True)


if __name__ == "__main__":
    main()
