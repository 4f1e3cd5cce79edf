"""Several systems on the embedded sample, trained alike and scored once each, over one or more seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from transformers import AutoTokenizer

from hf_xlqa.corpora.sample import encoder_path
from hf_xlqa.corpora.sample.type_matching import candidates
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.evaluation_data import evaluation_sets
from hf_xlqa.experiment.methods.method import Method
from hf_xlqa.experiment.run import build_trainer
from hf_xlqa.experiment.training_data import read_training_corpora
from hf_xlqa.reports import Score, mean_scores
from hf_xlqa.schema import Example, Prediction, Span
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
        method: what is trained.
        languages: what it is trained on, as in `DataArguments`.
        translations: what XLTT reads at test time, a row each: "gold", "lexicon", "wrong" or "none".
        batch_factor: factor on the batch size; 3 for a plain reader on three languages, so that an
            update sees as many texts as one of XLTT with as many.
    """

    name: str
    method: Method
    languages: Sequence[str]
    translations: Sequence[str] = ("none",)
    batch_factor: int = 1


def floor_scores(data: DataArguments) -> list[Score]:
    """What matching types alone scores: the mean over answering with the first, second ... candidate of the asked type.

    A question with fewer candidates than others starts again from its first.
    """
    sets = evaluation_sets(data, AutoTokenizer.from_pretrained(encoder_path()))
    choices = [[(example, sorted(candidates(example))) for example in each.examples] for each in sets]
    most = max(len(found) for each in choices for _, found in each)
    return mean_scores(
        [
            [each.score([_guess(*one, turn) for one in found]) for each, found in zip(sets, choices, strict=True)]
            for turn in range(most)
        ]
    )


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
    batch = training.per_device_train_batch_size * system.batch_factor
    data = replace(data, languages=list(system.languages))
    trainer = build_trainer(
        system.method,
        data,
        replace(training, output_dir=str(folder), seed=seed, per_device_train_batch_size=batch),
        corpora=read_training_corpora(data),
        held_out={},
    )
    trainer.train()
    scores = {}
    for kind in system.translations:
        sets = evaluation_sets(
            replace(data, sample_translations=kind),
            cast(Any, trainer.processing_class),
            missing=system.method.without_translation,
        )
        trainer.evaluate(sets, metric_key_prefix="test")
        scores[kind] = list(trainer.record.scores)
    return scores


def _guess(example: Example, found: Sequence[str], turn: int) -> Prediction:
    text = found[turn % len(found)]
    start = example.context.index(text)
    return Prediction(example.id, (Span(text, start, start + len(text), 0.0),))
