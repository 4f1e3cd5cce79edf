"""A question-answering model answers evaluation questions, whichever checkpoint it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hf_xlqa.alignment import align_windows
from hf_xlqa.evaluation import EvaluationSet
from hf_xlqa.experiment.evaluation_data import read_translations
from hf_xlqa.experiment.predictions import Answers
from hf_xlqa.experiment.questions import QuestionSet
from hf_xlqa.experiment.scoring import metric_name
from hf_xlqa.reader import CrossLingualReader
from hf_xlqa.reports import NO_TRANSLATIONS


def answer_questions(
    reader: CrossLingualReader,
    sets: Sequence[QuestionSet],
    folder: Path,
    *,
    translations: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[Answers]:
    """The answers to each set, which are written as `predictions_STEM.json` and `nbest_STEM.json`, too.

    One set at a time is cut into windows.

    Args:
        reader: the model.
        sets: the sets.
        folder: where the files are written.
        translations: for a model that reads translations, their files by set and language.

    Raises:
        ValueError: when translations are of no set, or in a language that the model does not read.
    """
    given = translations or {}
    _check_translations(reader, sets, given)
    for each in sets:
        evaluated = _evaluation_set(each, reader, given.get(each.name, {}))
        predictions = reader.answer_windows(evaluated.examples, evaluated.features, evaluated.parallel, progress=True)
        evaluated.write(predictions, folder)
        texts = {prediction.id: prediction.text for prediction in predictions}
        yield Answers(each, texts, evaluated.translations)


def _evaluation_set(each: QuestionSet, reader: CrossLingualReader, files: Mapping[str, str]) -> EvaluationSet:
    features = reader.windows(each.examples, progress=True)
    parallel, provenance = None, NO_TRANSLATIONS
    if reader.languages:
        read, provenance = read_translations(files, reader.languages, missing=reader.missing)
        windows = {language: reader.windows(others, progress=True) for language, others in read.items()}
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
    reader: CrossLingualReader, sets: Sequence[QuestionSet], translations: Mapping[str, Mapping[str, str]]
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
