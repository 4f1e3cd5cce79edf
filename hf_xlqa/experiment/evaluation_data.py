"""Evaluation corpora of an experiment: read, with their translations, cut into windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

from transformers import PreTrainedConfig, PreTrainedTokenizerBase

from hf_xlqa.alignment import align_windows
from hf_xlqa.corpora.catalog import parse_spec
from hf_xlqa.corpora.crossing import cell_name
from hf_xlqa.corpora.sample import sample_examples, word_by_word, wrong_translation
from hf_xlqa.corpora.squad_format import read_examples, references
from hf_xlqa.evaluation import EvaluationSet, named_sets
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.questions import evaluation_reader, set_name
from hf_xlqa.experiment.scoring import metric_name
from hf_xlqa.experiment.training_data import is_sample, parse_parallel
from hf_xlqa.experiment.training_windows import cut
from hf_xlqa.language_numbers import languages_read
from hf_xlqa.metrics import load_metric
from hf_xlqa.reports import NO_TRANSLATIONS
from hf_xlqa.schema import Example, ParallelExample


def evaluation_sets(
    data: DataArguments,
    tokenizer: PreTrainedTokenizerBase,
    *,
    missing: str | None = None,
    config: PreTrainedConfig | None = None,
) -> list[EvaluationSet]:
    """The evaluation sets an experiment names, each scored by the rule of its corpus.

    Args:
        missing: what the model makes of a translation that is missing, "copy" or "skip"; None for a
            model that reads no translations.
        config: of the model, where it may ask for the languages of its input.

    Raises:
        ValueError: when a specification cannot be read or is repeated, a corpus has no example, its rule
            does not know the language, or translations are given of no evaluated corpus.
    """
    files = parse_parallel(data.evaluation_translations)
    strangers = set(files) - {spec.partition("=")[0] for spec in data.evaluate}
    if strangers:
        raise ValueError(
            f"`evaluation_translations` must be of corpora in `evaluate`, but {sorted(strangers)} are not."
        )
    sets = []
    for spec in data.evaluate:
        examples, golds = _read(spec, data)
        name = spec.partition("=")[0]
        translations: dict[str, Sequence[Example]] = {}
        provenance = NO_TRANSLATIONS
        if missing is not None:
            translations, provenance = _translations(examples, files.get(name, {}), data, missing)
        metric = metric_name(name.partition("/")[0])
        built = build_set(
            set_name(spec), examples, translations, tokenizer, data, metric=metric, provenance=provenance, config=config
        )
        sets.append(replace(built, references=golds))
    return list(named_sets(sets).values())


def evaluation_examples(data: DataArguments) -> Iterator[Example]:
    """The examples of all evaluation sets.

    Raises:
        ValueError: as `evaluation_sets`.
    """
    for spec in data.evaluate:
        yield from _read(spec, data)[0]


def selection_set(
    name: str,
    examples: Sequence[ParallelExample],
    tokenizer: PreTrainedTokenizerBase,
    data: DataArguments,
    *,
    parallel: bool,
    config: PreTrainedConfig | None = None,
) -> EvaluationSet:
    """Held-out pivots of a training corpus, all of one pair of languages, with their own translations."""
    translations = {
        language: [each.translations[language] for each in examples if language in each.translations]
        for language in (data.translations if parallel else ())
    }
    pivots = [example.pivot for example in examples]
    provenance = ("gold" if name == "sample" else "given") if parallel else NO_TRANSLATIONS
    metric = metric_name(name)
    name = cell_name(f"{name}_held_out", pivots[0].context_language, pivots[0].question_language)
    return build_set(name, pivots, translations, tokenizer, data, metric=metric, provenance=provenance, config=config)


def build_set(
    name: str,
    examples: Sequence[Example],
    translations: Mapping[str, Sequence[Example]],
    tokenizer: PreTrainedTokenizerBase,
    data: DataArguments,
    *,
    metric: str,
    provenance: str,
    config: PreTrainedConfig | None = None,
) -> EvaluationSet:
    """An evaluation set from examples and their translations, paired by `parallel_id`.

    Raises:
        ValueError: when the rule does not know the language of the examples.
    """
    load_metric(metric, language=examples[0].context_language)
    features = cut(examples, tokenizer, data, languages=languages_read(config, examples))
    parallel = {language: cut(others, tokenizer, data) for language, others in translations.items()}
    return EvaluationSet(
        name=name,
        examples=examples,
        features=features,
        language=examples[0].context_language,
        metric=metric,
        parallel=align_windows(features, parallel) if parallel else None,
        translations=provenance,
    )


def sample_translations(examples: Sequence[Example], language: str, kind: str) -> list[Example]:
    """Translations of examples of the embedded sample's test split; in their own language, themselves.

    Args:
        examples: the examples, all of one language.
        language: the language to translate to.
        kind: "gold", "lexicon" (word by word) or "wrong" (the gold of another paragraph).
    """
    if kind != "wrong" and language == examples[0].context_language:
        return list(examples)
    if kind == "lexicon":
        return [word_by_word(example, language) for example in examples]
    by_id = {example.parallel_id: example for example in _sample_test(language, language)}
    gold = [by_id[example.parallel_id] for example in examples]
    return gold if kind == "gold" else [wrong_translation(gold, index) for index in range(len(gold))]


@cache
def _sample_test(language: str, question_language: str) -> Sequence[Example]:
    return sample_examples("test", language, question_language=question_language)


def _read(spec: str, data: DataArguments) -> tuple[list[Example], list[dict[str, Any]]]:
    """Examples of a corpus, at least one, and their golds as its official script has them."""
    name, language, question_language, path = parse_spec(spec)
    if is_sample(name, path):
        reader: Iterable[Example] = _sample_test(language, question_language)
    else:
        reader = evaluation_reader(spec, split=data.evaluation_split)
    examples = list(islice(reader, data.max_evaluation_examples))
    if not examples:
        raise ValueError(f"`{spec}` must hold examples, but holds none that can be read; see `hf-xlqa doctor`.")
    ids = {example.id for example in examples}
    return examples, [golds for golds in references(reader) if golds["id"] in ids]


def _translations(
    examples: Sequence[Example], files: Mapping[str, str], data: DataArguments, missing: str
) -> tuple[dict[str, Sequence[Example]], str]:
    """Translations by language, and where they come from."""
    if examples[0].corpus == "sample" and data.sample_translations != "none":
        kind = data.sample_translations
        return {language: sample_translations(examples, language, kind) for language in data.translations}, kind
    return read_translations(files, data.translations, missing=missing)


def read_translations(
    files: Mapping[str, str], languages: Sequence[str], *, missing: str
) -> tuple[dict[str, Sequence[Example]], str]:
    """Translations of an evaluation corpus by language, and where they come from.

    Args:
        files: a file for each language there is a translation to.
        languages: the languages a model reads, in its order.
        missing: what it makes of a translation that is missing, "copy" or "skip".
    """
    if not files:
        return {}, missing
    read: dict[str, Sequence[Example]] = {}
    for language in languages:
        if language in files:
            reader = read_examples(
                files[language], language=language, corpus="translation", on_defect="repair", require_answers=False
            )
            read[language] = list(reader)
        else:
            read[language] = []
    absent = [language for language in languages if language not in files]
    return read, f"given, {missing} for {', '.join(absent)}" if absent else "given"
