"""Several systems on the embedded sample, trained alike and scored once each, over one or more seeds."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from transformers import AutoTokenizer

from hf_xlqa.corpora.sample import encoder_path
from hf_xlqa.corpora.sample.type_matching import candidates
from hf_xlqa.experiment.arguments import DataArguments, ModelArguments
from hf_xlqa.experiment.evaluation_data import evaluation_sets
from hf_xlqa.experiment.run import build_trainer
from hf_xlqa.experiment.training_data import read_training_corpora
from hf_xlqa.reports import Score, mean_scores
from hf_xlqa.schema import Prediction, Span
from hf_xlqa.training_args import CrossLingualQATrainingArguments

SAMPLE_SETTINGS: dict[str, Any] = {
    "learning_rate": 1e-3,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 0.1,
    "per_device_train_batch_size": 32,
    "per_device_eval_batch_size": 64,
    "max_length": 192,
    "window_step": 96,
}
"""Arguments for the embedded encoder: a hundred times smaller than those of the papers, it learns with larger steps."""


@dataclass(frozen=True)
class System:
    """One row (or several) of a study.

    Args:
        name: for the table.
        model: what is trained.
        languages: what it is trained on, as in `DataArguments`.
        translations: what XLTT reads at test time, a row each: "gold", "lexicon", "wrong" or "none".
    """

    name: str
    model: ModelArguments
    languages: Sequence[str]
    translations: Sequence[str] = ("none",)


def floor_scores(data: DataArguments) -> list[Score]:
    """What answering with a random candidate of the asked type scores, drawn with a fixed seed."""
    rng = random.Random(0)
    sets = evaluation_sets(data, AutoTokenizer.from_pretrained(encoder_path()))
    return [each.score([_guess(example, rng) for example in each.examples]) for each in sets]


def study(
    systems: Iterable[System], training: CrossLingualQATrainingArguments, data: DataArguments, *, seeds: Sequence[int]
) -> dict[str, list[Score]]:
    """Mean scores over the seeds of every system on the test split, a row for each kind of translations.

    Nothing is chosen: every run makes the same number of updates and its last weights are scored once.

    Args:
        systems: the systems.
        training: shared by all; each run has its own folder in `output_dir`.
        data: shared by all but for the languages.
        seeds: one run each.
    """
    rows: dict[str, list[Score]] = {}
    for system in systems:
        runs = [_run(system, training, data, seed) for seed in seeds]
        for kind in system.translations:
            name = system.name if len(system.translations) == 1 else f"{system.name}, {kind} translations"
            rows[name] = mean_scores([run[kind] for run in runs])
    return rows


def _run(
    system: System, training: CrossLingualQATrainingArguments, data: DataArguments, seed: int
) -> dict[str, list[Score]]:
    """Scores of one run by the kind of translations it reads."""
    folder = Path(cast(str, training.output_dir)) / f"{system.name.replace(' ', '-')}-{seed}"
    data = replace(data, languages=list(system.languages))
    trainer = build_trainer(
        system.model,
        data,
        replace(training, output_dir=str(folder), seed=seed),
        corpora=read_training_corpora(data),
        held_out={},
    )
    trainer.train()
    scores = {}
    for kind in system.translations:
        missing = system.model.missing if system.model.method == "xltt" else None
        sets = evaluation_sets(
            replace(data, sample_translations=kind), cast(Any, trainer.processing_class), missing=missing
        )
        trainer.evaluate(sets, metric_key_prefix="test")
        scores[kind] = list(trainer.record.scores)
    return scores


def _guess(example: Any, rng: random.Random) -> Prediction:
    text = rng.choice(sorted(candidates(example)))
    start = example.context.index(text)
    return Prediction(example.id, (Span(text, start, start + len(text), 0.0),))
