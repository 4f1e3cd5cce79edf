"""The windows of an experiment's training corpora: alone, with parallel ones, or in pairs; numbered and weighted."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any, cast

import datasets
from torch.utils.data import ConcatDataset, Dataset
from transformers import PreTrainedTokenizerBase

from hf_xlqa.alignment import align_windows
from hf_xlqa.corpora.catalog import load_corpus
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.training_data import TrainingCorpus
from hf_xlqa.features import PreparedFeatures, prepare_features
from hf_xlqa.models.span_head import IGNORED
from hf_xlqa.paired_windows import Each, PairedWindows, pair_windows
from hf_xlqa.run_record import CorpusUse
from hf_xlqa.schema import Example
from hf_xlqa.task_similarity import task_weights, with_weights

logger = logging.getLogger(__name__)


def training_windows(
    corpora: Iterable[TrainingCorpus],
    tokenizer: PreTrainedTokenizerBase,
    data: DataArguments,
    *,
    parallel: bool,
    languages: Sequence[str] | None = None,
) -> tuple[Dataset[Any], list[CorpusUse]]:
    """The windows of all corpora, weighted where the experiment asks for it, and what was used of each.

    Args:
        parallel: whether each window carries its parallel windows (XLTT), or examples of all languages
            are examples like any other.
        languages: what the language ids of the windows count; None where no objective reads them, and where
            windows carry others.

    Raises:
        ValueError: when a corpus has no example in the languages, or one in none that the ids count.
    """
    corpora = list(corpora)
    weights = _weights(corpora, data)
    parts: list[Any] = []
    uses = []
    for corpus in corpora:
        if parallel:
            windows, count = _parallel_windows(corpus, tokenizer, data)
        else:
            windows, count = _windows(corpus, tokenizer, data, languages)
        parts.append(with_weights(windows, weights[corpus.name]) if weights else windows)
        uses.append(corpus.use(data.languages, count))
    return _joined(parts), uses


def paired_training_windows(
    corpora: Iterable[TrainingCorpus],
    tokenizer: PreTrainedTokenizerBase,
    data: DataArguments,
    *,
    languages: Sequence[str] | None = None,
) -> tuple[PairedWindows, list[CorpusUse]]:
    """Pairs of windows of questions in the pivot language and of their translations, and what was used of each corpus.

    A question and its translation may be of different corpora; see `paired_windows.pair_windows`.

    Args:
        languages: as in `training_windows`.

    Raises:
        ValueError: when the corpora are to be weighted, a corpus has no example in the languages, one is in none that
            the ids count, or the examples cannot be paired.
    """
    if data.dataset_weights != "none":
        raise ValueError(
            f"`dataset_weights` must be none for pairs of questions, but is {data.dataset_weights!r} instead."
        )
    corpora = list(corpora)
    examples = [each for corpus in corpora for each in _examples(corpus, data)]
    features = cut(examples, tokenizer, data, outside=data.outside, languages=languages)
    pairs = pair_windows(features, examples, pivot=data.pivot, each=cast(Each, data.pair_each))
    names = " and ".join(corpus.name for corpus in corpora)
    for report in (features.report, pairs.report):
        logger.info("%s: %s", names, str(report).replace("\n", "; "))
    for corpus in corpora:
        corpus.dropped.update(pairs.report.dropped.get(corpus.name, {}))
    return pairs, [corpus.use(data.languages, pairs.report.examples.get(corpus.name, 0)) for corpus in corpora]


def cut(
    examples: Sequence[Example],
    tokenizer: PreTrainedTokenizerBase,
    data: DataArguments,
    *,
    outside: Any = "cls",
    languages: Sequence[str] | None = None,
) -> PreparedFeatures:
    """The windows of examples, by the sizes of the experiment."""
    return prepare_features(
        examples,
        tokenizer,
        max_length=data.max_length,
        window_step=data.window_step,
        max_question_length=data.max_question_length,
        outside=outside,
        languages=languages,
        num_proc=data.num_proc,
    )


def _examples(corpus: TrainingCorpus, data: DataArguments) -> list[Example]:
    examples = corpus.of_languages(data.languages)
    if not examples:
        raise ValueError(f"`{corpus.name}` must have examples in {', '.join(data.languages)}, but has none instead.")
    return examples


def _windows(
    corpus: TrainingCorpus, tokenizer: PreTrainedTokenizerBase, data: DataArguments, languages: Sequence[str] | None
) -> tuple[Any, int]:
    examples = _examples(corpus, data)
    outside = data.outside if corpus.labelled else "cls"
    features = cut(examples, tokenizer, data, outside=outside, languages=languages)
    _tell(corpus, "all languages", str(features.report))
    return features.windows if corpus.labelled else _without_labels(features.windows), len(examples)


def _parallel_windows(
    corpus: TrainingCorpus, tokenizer: PreTrainedTokenizerBase, data: DataArguments
) -> tuple[Any, int]:
    pivots = cut([example.pivot for example in corpus.examples], tokenizer, data, outside=data.outside)
    _tell(corpus, "pivot", str(pivots.report))
    translations = {}
    for language in data.translations:
        examples = [each.translations[language] for each in corpus.examples if language in each.translations]
        translations[language] = cut(examples, tokenizer, data)
        _tell(corpus, language, str(translations[language].report))
    aligned = align_windows(pivots, translations, rule="gold")
    for language, report in aligned.report.items():
        if report.unpaired:
            logger.warning(
                "%s: %d of %d windows have no window in %s", corpus.name, report.unpaired, len(aligned), language
            )
            corpus.dropped[f"windows without a parallel window in {language}"] += report.unpaired
    return aligned, len(corpus.examples)


def _without_labels(windows: datasets.Dataset) -> datasets.Dataset:
    """Windows that no span loss counts."""
    for name in ("start_positions", "end_positions"):
        kind = windows.features[name]
        windows = windows.remove_columns(name).add_column(name, [IGNORED] * len(windows), feature=kind)  # type: ignore[call-arg,arg-type]
    return windows


def _joined(parts: list[Any]) -> Dataset[Any]:
    """Windows of all corpora; columns stay columns, which samplers and objectives look at."""
    if all(isinstance(each, datasets.Dataset) for each in parts):
        return cast("Dataset[Any]", datasets.concatenate_datasets(parts))
    return parts[0] if len(parts) == 1 else ConcatDataset(parts)


def _tell(corpus: TrainingCorpus, what: str, report: str) -> None:
    logger.info("%s, %s: %s", corpus.name, what, report.replace("\n", "; "))


def _weights(corpora: list[TrainingCorpus], data: DataArguments) -> dict[str, float]:
    """The weight of each corpus (XLTT, Eq. 18-19), or none."""
    if data.target_questions is None or data.dataset_weights == "none":
        return {}
    target = load_corpus(data.target_questions, split=data.target_split, require_answers=False)
    questions = {corpus.name: (each.pivot.question for each in corpus.examples) for corpus in corpora}
    weights = task_weights(questions, (each.question for each in target), target_split=data.target_split)
    logger.info("dataset weights: %s", weights)
    return weights
