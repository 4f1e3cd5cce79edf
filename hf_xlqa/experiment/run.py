"""Train a model, evaluate it, and leave a checkpoint with its record and card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, cast

from transformers import (
    AutoModelForQuestionAnswering,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    set_seed,
)

from hf_xlqa.collator import WindowCollator
from hf_xlqa.corpora.sample import encoder_path, sample_parallel
from hf_xlqa.default_record import record_of
from hf_xlqa.evaluation import EvaluationSet
from hf_xlqa.experiment.arguments import DataArguments, ModelArguments
from hf_xlqa.experiment.evaluation_data import evaluation_sets, selection_set
from hf_xlqa.experiment.training_data import TrainingCorpus, read_training_corpora, split_by_article, training_windows
from hf_xlqa.leaks import warn_of_leaks
from hf_xlqa.models import XLTTForQuestionAnswering
from hf_xlqa.run_record import RunRecord
from hf_xlqa.schema import ParallelExample
from hf_xlqa.trainer import CrossLingualQATrainer
from hf_xlqa.training_args import CrossLingualQATrainingArguments

SUMMARIES = {
    "xltt": "XLTT: multilingual adaptive attention over a question and passage and their translations.",
    "encoder": "A plain question-answering head on a multilingual encoder.",
}


def run(model: ModelArguments, data: DataArguments, training: CrossLingualQATrainingArguments) -> RunRecord:
    """One experiment from its corpora to its scores.

    The checkpoint is chosen, where `load_best_model_at_end` asks for it, on held-out examples; the
    evaluation sets are scored once, at the end. The output folder then holds the checkpoint with its
    tokenizer, `results.json`, the predictions and the model card.

    Args:
        model: the model.
        data: the corpora.
        training: everything else; `push_to_hub` publishes the folder as `hub_model_id`, and
            `resume_from_checkpoint` is a checkpoint folder or "True" for the last one.

    Raises:
        ValueError: as the parts say: unknown names, corpora without golds, options out of range.
    """
    corpora, held_out = hold_out(read_training_corpora(data), data)
    trainer = build_trainer(model, data, training, corpora=corpora, held_out=held_out)
    missing = model.missing if model.method == "xltt" else None
    sets = evaluation_sets(data, cast(Any, trainer.processing_class), missing=missing)
    for each in sets:
        _guard(each, corpora, held_out, data)
    resume = training.resume_from_checkpoint
    trainer.train(resume_from_checkpoint=True if resume == "True" else resume)
    trainer.evaluate(sets, metric_key_prefix="test")
    _leave(trainer)
    return trainer.record


def build_trainer(
    model: ModelArguments,
    data: DataArguments,
    training: CrossLingualQATrainingArguments,
    *,
    corpora: Sequence[TrainingCorpus],
    held_out: Mapping[str, Sequence[ParallelExample]],
) -> CrossLingualQATrainer:
    """The trainer of an experiment: its model, the windows of its corpora, the sets to choose a checkpoint by."""
    set_seed(training.seed)
    tokenizer = load_tokenizer(model)
    parallel = model.method == "xltt"
    windows, uses = training_windows(corpora, tokenizer, data, parallel=parallel)
    selection = [
        selection_set(name, group, tokenizer, data, parallel=parallel)
        for name, examples in held_out.items()
        for group in _by_language(examples)
    ]
    network = build_model(model, data)
    record = replace(
        record_of(training, network),
        method=model.method,
        base_model="hf_xlqa sample encoder" if model.encoder == "sample" else model.encoder,
        training=tuple(uses),
        summary=SUMMARIES[model.method],
    )
    return CrossLingualQATrainer(
        network,
        training,
        train_dataset=windows,
        eval_dataset=selection,
        data_collator=WindowCollator(tokenizer, languages=data.translations if parallel else ()),
        processing_class=tokenizer,
        record=replace(record, hyper_parameters={**record.hyper_parameters, **asdict(model), **asdict(data)}),
    )


def hold_out(
    corpora: Iterable[TrainingCorpus], data: DataArguments
) -> tuple[list[TrainingCorpus], dict[str, list[ParallelExample]]]:
    """Corpora to train on, and by name the examples to choose the checkpoint by.

    Those are the held-out articles of each corpus; the embedded sample has a dev split for it.
    """
    kept, held_out = [], {}
    for corpus in corpora:
        if corpus.name == "sample":
            selection, rest = sample_parallel("dev"), corpus.examples
        else:
            rest, selection = split_by_article(corpus.examples, data.held_out)
        if not rest:
            raise ValueError(f"`held_out` must leave articles of {corpus.name} to train on, but leaves none.")
        kept.append(TrainingCorpus(corpus.name, rest, corpus.dropped))
        if selection:
            held_out[corpus.name] = selection
    return kept, held_out


def encoder_name(model: ModelArguments) -> str:
    """What `from_pretrained` is called with: the encoder's name, or the folder of the embedded one."""
    return str(encoder_path()) if model.encoder == "sample" else model.encoder


def load_tokenizer(model: ModelArguments) -> PreTrainedTokenizerBase:
    """The tokenizer of an experiment's encoder.

    Raises:
        ValueError: when there is no such encoder.
    """
    try:
        return AutoTokenizer.from_pretrained(encoder_name(model), revision=model.encoder_revision)  # type: ignore[no-any-return]
    except OSError as error:
        raise ValueError(
            "`encoder` must be sample, the folder of a model with its tokenizer, or the id of one on the Hub, "
            f"but is {model.encoder!r} instead: {error}"
        ) from error


def build_model(model: ModelArguments, data: DataArguments) -> PreTrainedModel:
    """The untrained model of an experiment on its pretrained encoder."""
    options: dict[str, Any] = {"revision": model.encoder_revision}
    if model.attn_implementation is not None:
        options["attn_implementation"] = model.attn_implementation
    if model.method == "encoder":
        return AutoModelForQuestionAnswering.from_pretrained(encoder_name(model), **options)  # type: ignore[no-any-return]
    fields: dict[str, Any] = {"combination": model.combination, "missing": model.missing}
    if model.auxiliary_weight is not None:
        fields["auxiliary_weight"] = _number_or_name(model.auxiliary_weight)
    return XLTTForQuestionAnswering.from_encoder_pretrained(  # type: ignore[no-any-return]
        encoder_name(model), preset=model.preset, parallel_languages=list(data.translations), **fields, **options
    )


def _by_language(examples: Iterable[ParallelExample]) -> Iterable[list[ParallelExample]]:
    """The examples of each language apart."""
    groups: dict[str, list[ParallelExample]] = {}
    for example in examples:
        groups.setdefault(example.pivot.context_language, []).append(example)
    return groups.values()


def _number_or_name(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


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
