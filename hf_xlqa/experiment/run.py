"""Train a model, evaluate it, and leave a checkpoint with its record and card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any, cast

from transformers import set_seed

from hf_xlqa.collator import WindowCollator
from hf_xlqa.corpora.sample import sample_parallel
from hf_xlqa.default_record import record_of
from hf_xlqa.evaluation import EvaluationSet
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.evaluation_data import evaluation_sets, selection_set
from hf_xlqa.experiment.methods.method import Method
from hf_xlqa.experiment.training_data import (
    TrainingCorpus,
    read_training_corpora,
    split_by_article,
    take_amounts,
)
from hf_xlqa.experiment.training_windows import paired_training_windows, training_windows
from hf_xlqa.leaks import warn_of_leaks
from hf_xlqa.models.window_sizes import check_max_length, fixed_length
from hf_xlqa.objectives.objective import parse_objectives
from hf_xlqa.paired_windows import PairCollator
from hf_xlqa.plugins import find
from hf_xlqa.run_record import RunRecord
from hf_xlqa.schema import ParallelExample
from hf_xlqa.trainer import CrossLingualQATrainer
from hf_xlqa.training_args import CrossLingualQATrainingArguments


def run(method: Method, data: DataArguments, training: CrossLingualQATrainingArguments) -> RunRecord:
    """One experiment from its corpora to its scores.

    The checkpoint is chosen, where `load_best_model_at_end` asks for it, on held-out examples; the
    evaluation sets are scored once, at the end. The output folder then holds the checkpoint with its
    tokenizer, `results.json`, the predictions and the model card.

    Args:
        method: the model.
        data: the corpora.
        training: everything else; `push_to_hub` publishes the folder as `hub_model_id`, and
            `resume_from_checkpoint` is a checkpoint folder or "True" for the last one.

    Raises:
        ValueError: as the parts say: unknown names, corpora without golds, options out of range.
    """
    corpora, held_out = hold_out(read_training_corpora(data), data)
    trainer = build_trainer(method, data, training, corpora=corpora, held_out=held_out)
    sets = evaluation_sets(
        data,
        cast(Any, trainer.processing_class),
        missing=method.without_translation,
        config=cast(Any, trainer.model).config,
    )
    for each in sets:
        _guard(each, corpora, held_out, data)
    resume = training.resume_from_checkpoint
    trainer.train(resume_from_checkpoint=True if resume == "True" else resume)
    trainer.evaluate(sets, metric_key_prefix="test")
    _leave(trainer)
    return trainer.record


def build_trainer(
    method: Method,
    data: DataArguments,
    training: CrossLingualQATrainingArguments,
    *,
    corpora: Sequence[TrainingCorpus],
    held_out: Mapping[str, Sequence[ParallelExample]],
) -> CrossLingualQATrainer:
    """The trainer of an experiment: its model, the windows of its corpora, the sets to choose a checkpoint by.

    Raises:
        ValueError: when the model has no positions for `max_length` tokens, or reads translations where an objective
            plays with languages or needs pairs of questions, or texts without labels are of no use.
    """
    plays, paired = _needs(method, data, training)
    set_seed(training.seed)
    tokenizer = method.tokenizer(corpora, data, [each.pivot for group in held_out.values() for each in group])
    model = method.model(tokenizer, data)
    check_max_length(model, data.max_length)
    selection = [
        selection_set(name, group, tokenizer, data, parallel=method.parallel, config=model.config)
        for name, examples in held_out.items()
        for group in _by_languages(examples)
    ]
    numbered = plays or getattr(model.config, "reads_languages", False)
    if plays:
        model = method.with_discriminator(model, data.languages)
    windows_of = paired_training_windows if paired else partial(training_windows, parallel=method.parallel)
    windows, uses = windows_of(corpora, tokenizer, data, languages=model.config.languages if numbered else None)
    record = replace(
        record_of(training, model),
        method=method.name,
        base_model=method.base_model,
        training=tuple(uses),
        summary=method.summary,
    )
    return CrossLingualQATrainer(
        model,
        training,
        train_dataset=windows,
        eval_dataset=selection,
        data_collator=(PairCollator if paired else WindowCollator)(
            tokenizer,
            languages=data.translations if method.parallel else (),
            pad_to_multiple_of=fixed_length(model, data.max_length),
        ),
        processing_class=tokenizer,
        record=replace(
            record, hyper_parameters={**record.hyper_parameters, **asdict(method), **method.found, **asdict(data)}
        ),
    )


def hold_out(
    corpora: Iterable[TrainingCorpus], data: DataArguments
) -> tuple[list[TrainingCorpus], dict[str, list[ParallelExample]]]:
    """Corpora to train on, and by name the examples to choose the checkpoint by.

    Those are the held-out articles of each corpus; the embedded sample has a dev split for it. Amounts are
    taken of what is left to train on, so that runs of all amounts are chosen by the same examples.
    """
    kept, held_out = [], {}
    for corpus in corpora:
        if not corpus.labelled:
            selection, rest = [], corpus.examples
        elif corpus.name == "sample":
            selection, rest = sample_parallel("dev"), corpus.examples
        else:
            rest, selection = split_by_article(corpus.examples, data.held_out)
        if not rest:
            raise ValueError(f"`held_out` must leave articles of {corpus.name} to train on, but leaves none.")
        kept.append(replace(corpus, examples=rest))
        if selection:
            held_out[corpus.name] = selection
    return take_amounts(kept, data.amounts), held_out


def _needs(method: Method, data: DataArguments, training: CrossLingualQATrainingArguments) -> tuple[bool, bool]:
    """Whether an objective plays with languages, and whether one needs pairs of questions.

    Raises:
        ValueError: when the method or the corpora are not for that.
    """
    objectives = [find("objectives", name) for name in parse_objectives(training.objectives)]
    plays, paired = any(each.needs_discriminator for each in objectives), any(each.needs_pairs for each in objectives)
    if method.parallel and (plays or paired):
        needed = "objectives that play with languages" if plays else "pairs of questions"
        raise ValueError(
            f"`method` must be one that reads no translations for {needed}, but is {method.name!r} instead: "
            f"all of its examples are in {data.pivot}."
        )
    if data.unlabelled and (not plays or paired or data.dataset_weights != "none"):
        raise ValueError(
            "`unlabelled` must be empty without an objective that plays with languages, with pairs and with "
            f"`dataset_weights`, but is {', '.join(data.unlabelled)} instead."
        )
    return plays, paired


def _by_languages(examples: Iterable[ParallelExample]) -> Iterable[list[ParallelExample]]:
    """The examples of each pair of languages of context and question apart."""
    groups: dict[tuple[str, str], list[ParallelExample]] = {}
    for example in examples:
        groups.setdefault((example.pivot.context_language, example.pivot.question_language), []).append(example)
    return groups.values()


def _guard(
    evaluated: EvaluationSet,
    corpora: Iterable[TrainingCorpus],
    held_out: Mapping[str, Iterable[ParallelExample]],
    data: DataArguments,
) -> None:
    """Warn where training or selection has seen an evaluation set."""
    for corpus in corpora:
        warn_of_leaks(corpus.of_languages(data.languages), evaluated.examples, name=evaluated.name)
    for examples in held_out.values():
        pivots = (example.pivot for example in examples)
        warn_of_leaks(pivots, evaluated.examples, name=evaluated.name, role="selection")


def _leave(trainer: CrossLingualQATrainer) -> None:
    """The checkpoint with its tokenizer, code and card in the output folder, published where the arguments say so."""
    if trainer.args.push_to_hub:
        trainer.push_to_hub()
    else:
        trainer.save_model()
        trainer.create_model_card()
