"""A question-answering model answers evaluation questions, whichever checkpoint it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from transformers import (
    AutoModelForQuestionAnswering,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from hf_xlqa.alignment import align_windows
from hf_xlqa.evaluation import EvaluationSet
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.evaluation_data import read_translations
from hf_xlqa.experiment.predictions import Answers
from hf_xlqa.experiment.questions import QuestionSet
from hf_xlqa.experiment.scoring import metric_name
from hf_xlqa.experiment.training_data import cut
from hf_xlqa.reports import NO_TRANSLATIONS
from hf_xlqa.trainer import CrossLingualQATrainer
from hf_xlqa.training_args import CrossLingualQATrainingArguments


@dataclass(frozen=True)
class Reader:
    """A model with its tokenizer.

    Args:
        model: with `start_logits` and `end_logits` in its output.
        tokenizer: its tokenizer, a fast one.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    @property
    def languages(self) -> Sequence[str]:
        """The languages of the translations that the model reads; none for most."""
        return tuple(getattr(self.model.config, "parallel_languages", ()))

    @property
    def missing(self) -> str:
        """What the model makes of translations that are missing: "copy" or "skip"."""
        return str(getattr(self.model.config, "missing", NO_TRANSLATIONS))


def load_reader(name: str, *, revision: str = "main", trust_remote_code: bool = False) -> Reader:
    """A question-answering checkpoint and its tokenizer.

    Args:
        name: a folder or the id of a repository on the Hub.
        revision: branch, tag or commit.
        trust_remote_code: whether to run the model code that the checkpoint brings.

    Raises:
        ValueError: when there is none, or it lacks weights such as those of the head.
    """
    options: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, **options)
        model, loading = AutoModelForQuestionAnswering.from_pretrained(name, output_loading_info=True, **options)
    except OSError as error:
        raise ValueError(
            "`--model` must be the folder of a question-answering model with its tokenizer, or the id of one on the "
            f"Hub, but is {name!r} instead: {error}"
        ) from error
    absent = sorted(loading["missing_keys"])
    if absent:
        raise ValueError(
            f"`--model` must be trained for question answering, but {name!r} has no weights for "
            f"{', '.join(absent[:3])}{', ...' if len(absent) > 3 else ''} instead."
        )
    return Reader(model, tokenizer)


def answer_questions(
    reader: Reader,
    sets: Sequence[QuestionSet],
    folder: Path,
    *,
    sizes: DataArguments,
    batch_size: int,
    translations: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[Answers]:
    """The answers to each set, which are written as `predictions_STEM.json` and `nbest_STEM.json`, too.

    One set at a time is cut into windows.

    Args:
        reader: the model.
        sets: the sets.
        folder: where the files are written.
        sizes: the sizes of the windows.
        batch_size: windows in a batch, for each device.
        translations: for a model that reads translations, their files by set and language.

    Raises:
        ValueError: when translations are of no set, or in a language that the model does not read.
    """
    given = translations or {}
    _check_translations(reader, sets, given)
    arguments = CrossLingualQATrainingArguments(
        output_dir=str(folder),
        per_device_eval_batch_size=batch_size,
        dataloader_pin_memory=torch.cuda.is_available(),
        report_to=[],
    )
    trainer = CrossLingualQATrainer(reader.model, arguments, processing_class=cast(Any, reader.tokenizer))
    for each in sets:
        evaluated = _evaluation_set(each, reader, sizes, given.get(each.name, {}))
        predictions = trainer.answer(evaluated)
        evaluated.write(predictions, folder)
        texts = {prediction.id: prediction.text for prediction in predictions}
        yield Answers(each, texts, evaluated.translations)


def _evaluation_set(each: QuestionSet, reader: Reader, sizes: DataArguments, files: Mapping[str, str]) -> EvaluationSet:
    features = cut(each.examples, reader.tokenizer, sizes)
    parallel, provenance = None, NO_TRANSLATIONS
    if reader.languages:
        read, provenance = read_translations(files, reader.languages, missing=reader.missing)
        windows = {language: cut(others, reader.tokenizer, sizes) for language, others in read.items()}
        parallel = align_windows(features, windows) if windows else None
    return EvaluationSet(
        name=each.name,
        examples=each.examples,
        features=features,
        language=each.context_language,
        metric=metric_name(each.corpus),
        parallel=parallel,
        translations=provenance,
        references=each.references,
    )


def _check_translations(
    reader: Reader, sets: Sequence[QuestionSet], translations: Mapping[str, Mapping[str, str]]
) -> None:
    names = [each.name for each in sets]
    for name, files in translations.items():
        if name not in names:
            raise ValueError(f"`--translations` must be of one of {', '.join(names)}, but is of {name!r} instead.")
        unread = [language for language in files if language not in reader.languages]
        if unread:
            read = ", ".join(reader.languages) or "none"
            raise ValueError(
                f"`--translations` must be in languages that the model reads ({read}), but is in {unread[0]!r} instead."
            )
