"""A tiny encoder with a discriminator of three languages, and its trainer on questions of all of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tiny_qa import TOKENIZER, tiny_examples, tiny_model, tiny_trainer

from hf_xlqa.features import prepare_features
from hf_xlqa.models import AdversarialForQuestionAnswering

LANGUAGES = ["en", "de", "zh"]


def asked_in(languages: list[str]) -> Any:
    """Windows of English contexts whose questions are in these languages in turn."""
    examples = [
        replace(example, question_language=languages[row % len(languages)], question="Where ? " * (1 + row % 3))
        for row, example in enumerate(tiny_examples(12))
    ]
    settings: dict[str, Any] = {"max_length": 32, "window_step": 12, "max_question_length": 8}
    return prepare_features(examples, TOKENIZER, languages=LANGUAGES, **settings).windows.select(range(12))


def hidden_model(*, dropout: float = 0.0, **fields: Any) -> AdversarialForQuestionAnswering:
    """The model with a small discriminator, the same at every call."""
    options = {"discriminator_kind": "perceptron", "discriminator_hidden_size": 8, "languages": LANGUAGES, **fields}
    return AdversarialForQuestionAnswering.wrap(tiny_model(dropout=dropout), **options)


def adversarial_trainer(folder: Path | str, *, update: str = "alternating", **options: Any) -> Any:
    """A trainer of the span and the adversarial objective, unless `options` say else."""
    model = options.pop("model", None) or hidden_model(dropout=options.pop("dropout", 0.0))
    return tiny_trainer(
        folder,
        **{
            "model": model,
            "windows": asked_in(LANGUAGES),
            "objectives": ["span", "language_adversarial"],
            "objective_options": {"language_adversarial": {"update": update}},
            "train_sampling_strategy": "sequential",
            "max_grad_norm": 0.0,
            **options,
        },
    )
