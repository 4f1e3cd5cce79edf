"""A tiny language GAN: a stand-in for QANet (an encoder a language, encoded question and context shown), a trainer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tiny_qa import tiny_examples, tiny_features, tiny_trainer
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForQuestionAnswering, PretrainedConfig, PreTrainedModel
from transformers.utils.generic import ModelOutput

from hf_xlqa.models import AdversarialForQuestionAnswering


@dataclass
class TwoPartOutput(ModelOutput):
    loss: Tensor | None = None
    start_logits: Tensor | None = None
    end_logits: Tensor | None = None
    encoded_question: Tensor | None = None
    encoded_context: Tensor | None = None
    question_mask: Tensor | None = None
    context_mask: Tensor | None = None


class TwoPartConfig(PretrainedConfig):
    model_type = "two_part"
    hidden_size: int = 4
    languages: tuple = ("de", "hi", "ko")


class TwoPartForQuestionAnswering(PreTrainedModel):
    """Returns its encoded question and context, as QANet does, from an encoder of each language."""

    config_class = TwoPartConfig

    def __init__(self, config):
        super().__init__(config)
        self.encoders = nn.ModuleList(nn.Embedding(60, config.hidden_size) for _ in config.languages)
        self.outputs = nn.Linear(config.hidden_size, 2)
        self.post_init()

    def forward(self, input_ids, attention_mask, token_type_ids, language_ids):
        states = torch.stack([encoder(input_ids) for encoder in self.encoders])
        states = states[language_ids, torch.arange(len(input_ids))]
        start, end = self.outputs(states).unbind(-1)
        question, context = ((token_type_ids == part) & attention_mask.bool() for part in (0, 1))
        return TwoPartOutput(
            start_logits=start,
            end_logits=end,
            encoded_question=states,
            encoded_context=states,
            question_mask=question,
            context_mask=context,
        )


AutoConfig.register("two_part", TwoPartConfig, exist_ok=True)
AutoModelForQuestionAnswering.register(TwoPartConfig, TwoPartForQuestionAnswering, exist_ok=True)


def windows_of(languages: list[int]) -> Any:
    """Windows of given languages."""
    return tiny_features(tiny_examples(12)).windows.select(range(len(languages))).add_column("language_ids", languages)


WINDOWS = windows_of([0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0])


def two_part() -> AdversarialForQuestionAnswering:
    """The model with a small discriminator, the same at every call."""
    torch.manual_seed(0)
    model = TwoPartForQuestionAnswering(TwoPartConfig(languages=["en", "zh"]))
    return AdversarialForQuestionAnswering.wrap(model, discriminator_channels=8, discriminator_blocks=1)


def trainer_of(folder: Path, *, objectives: Any = ("span", "language_gan"), **options: Any) -> Any:
    """A trainer of balanced batches whose lambda is 1 from the second step on, unless `gan` or `options` say else."""
    given = options.pop("gan", {})
    settings = {"windows": WINDOWS, "model": two_part(), "balance_languages": True, "logging_steps": 1, **options}
    if "language_gan" in objectives:
        settings["objective_options"] = {"language_gan": {"ramp_steps": 1, "max_lambda": 1.0, "updates": 2, **given}}
    return tiny_trainer(folder, objectives=list(objectives), **settings)


def gradients_at(trainer: Any, step: int) -> dict[str, torch.Tensor]:
    """The gradients the optimizer sees at a step, by parameter."""
    seen: dict[str, torch.Tensor] = {}
    create = trainer.create_optimizer

    def spied(*args: Any, **kwargs: Any) -> Any:
        optimizer = create(*args, **kwargs)
        optimizer.register_step_pre_hook(note)
        return optimizer

    def note(*_: Any) -> None:
        if trainer.state.global_step == step:
            named = trainer.network.named_parameters()
            seen.update({name: weight.grad.clone() for name, weight in named if weight.grad is not None})

    trainer.create_optimizer = spied
    trainer.train()
    return seen
