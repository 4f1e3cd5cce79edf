"""Several systems trained alike and scored once each, over one or more seeds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.evaluate import Request, evaluate_predictions
from hf_xlqa.experiment.evaluation_data import evaluation_sets
from hf_xlqa.experiment.finished_runs import FinishedRun
from hf_xlqa.experiment.methods.method import Method
from hf_xlqa.experiment.run import build_trainer
from hf_xlqa.experiment.scoring import Rule
from hf_xlqa.experiment.training_data import read_training_corpora, take_amounts
from hf_xlqa.reports import Score, mean_scores
from hf_xlqa.reports.system import SystemScores
from hf_xlqa.training_args import CrossLingualQATrainingArguments


@dataclass(frozen=True)
class System:
    """One row (or several) of a study.

    Args:
        name: for the table.
        method: what is trained.
        languages: what it is trained on, as in `DataArguments`.
        translations: what XLTT reads of the sample's at test time, a row each: "gold", "lexicon", "wrong" or "none".
        batch_factor: factor on the batch size; 3 for a plain reader on three languages, so that an
            update sees as many texts as one of XLTT with as many.
        data: fields of `DataArguments` that are its own, such as its corpora.
        training: fields of the training arguments that are its own.
        keep: whether its weights are saved, in the folder of its run.
    """

    name: str
    method: Method
    languages: Sequence[str]
    translations: Sequence[str] = ("none",)
    batch_factor: int = 1
    data: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    keep: bool = False

    def folder(self, output_dir: str | Path, seed: int) -> Path:
        """Where the run of a seed leaves its answers, and what else it leaves: a name that no shell needs quoted."""
        plain = re.sub(r"[^\w+]+", "-", self.name).strip("-")
        return Path(output_dir) / f"{plain}-{seed}"


def study(
    systems: Iterable[System], training: CrossLingualQATrainingArguments, data: DataArguments, *, seeds: Sequence[int]
) -> dict[str, list[Score]]:
    """Mean scores over the seeds of every system on the evaluation sets, a row for each kind of translations.

    Nothing is chosen: every run makes the updates it is told to and its last weights are scored once. A study that was
    stopped goes on where it was: runs that `FinishedRun` finds finished are not repeated.

    Args:
        systems: the systems.
        training: shared by all but for what is a system's own; each run has its own folder in `output_dir`.
        data: likewise.
        seeds: one run each.
    """
    rows: dict[str, list[Score]] = {}
    for system in systems:
        runs = [_run(system, training, data, seed) for seed in seeds]
        for kind in system.translations:
            name = system.name if len(system.translations) == 1 else f"{system.name}, {kind} translations"
            rows[name] = mean_scores([run[kind] for run in runs])
    return rows


def scores_of(
    systems: Iterable[System], output_dir: str | Path, data: DataArguments, *, seeds: Sequence[int], rule: str | None
) -> list[SystemScores]:
    """The scores of every question, from the answers that a study has left, for tests between its systems.

    Args:
        systems: of the study, each with one kind of translations.
        output_dir: of the study.
        data: of the study, whose evaluation corpora are files.
        seeds: of the study.
        rule: a rule of `metrics/`; None for that of each corpus.
    """
    return [
        evaluate_predictions(
            Request(data.evaluate, Rule(rule), system=system.name, seed=seed), [str(system.folder(output_dir, seed))]
        ).scores
        for system in systems
        for seed in seeds
    ]


def _run(
    system: System, training: CrossLingualQATrainingArguments, data: DataArguments, seed: int
) -> dict[str, list[Score]]:
    """Scores of one run by the kind of translations it reads."""
    folder = str(system.folder(cast(str, training.output_dir), seed))
    own = replace(training, output_dir=folder, seed=seed, **system.training)
    batch = own.per_device_train_batch_size * system.batch_factor
    own = replace(own, per_device_train_batch_size=batch)
    data = replace(data, **{"languages": list(system.languages), **system.data})
    finished = _finished(system, own, data)
    if (found := finished.read()) is not None:
        print(f"{system.name}, seed {seed}: finished before, its scores are in {finished.path}")
        return found
    scores = _train_and_score(system, own, data)
    finished.write(scores)
    return scores


def _finished(system: System, own: CrossLingualQATrainingArguments, data: DataArguments) -> FinishedRun:
    method = {"class": type(system.method).__name__, **asdict(system.method)}
    parts = {"method": method, "data": asdict(data), "translations": list(system.translations), "keep": system.keep}
    return FinishedRun(own, parts)


def _train_and_score(
    system: System, own: CrossLingualQATrainingArguments, data: DataArguments
) -> dict[str, list[Score]]:
    """Scores of a trained system by the kind of translations."""
    trainer = build_trainer(
        system.method,
        data,
        own,
        corpora=take_amounts(read_training_corpora(data), data.amounts),
        held_out={},
    )
    trainer.train()
    if system.keep:
        trainer.save_model()
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
