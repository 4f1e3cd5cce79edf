"""Training corpora of an experiment: read, joined by id, held out by article, taken in part."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import cast

from hf_xlqa.corpora.catalog import CATALOG, load_corpus, parse_spec
from hf_xlqa.corpora.parallel import ParallelCorpus, parallel
from hf_xlqa.corpora.sample import sample_parallel
from hf_xlqa.corpora.squad_format import CorpusReader, OnDefect
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.run_record import CorpusUse
from hf_xlqa.schema import Example, ParallelExample

logger = logging.getLogger(__name__)


@dataclass
class TrainingCorpus:
    """The examples of one training corpus, each with its translations, and what was left out on the way.

    Args:
        name: name of the corpus.
        examples: pivots with a gold, and their translations, with or without.
        dropped: how many questions were left out, by reason.
        labelled: whether answers are learned from it; without, golds are not looked at.
    """

    name: str
    examples: list[ParallelExample]
    dropped: Counter[str] = field(default_factory=Counter)
    labelled: bool = True

    def of_languages(self, languages: Iterable[str]) -> list[Example]:
        """All examples with a gold, or of texts only, whose context and question are in the languages."""
        wanted = set(languages)
        examples = (each for group in self.examples for each in group if _spoken(each) <= wanted)
        return [each for each in examples if each.answers or not self.labelled]

    def use(self, languages: Iterable[str], examples: int) -> CorpusUse:
        """What the run's record says of this corpus.

        Args:
            languages: those that are trained on, which the corpus has or not.
            examples: how many were trained on.
        """
        known = CATALOG.get(self.name)
        own = set().union(*(_spoken(each) for group in self.examples for each in group))
        return CorpusUse(
            name=self.name,
            languages=tuple(language for language in languages if language in own),
            licence=known.licence if known else "not stated",
            examples=examples,
            labelled=self.labelled,
            dropped=dict(self.dropped),
            hub_id=known.hub.repo if known and known.hub else None,
        )


def read_training_corpora(data: DataArguments) -> list[TrainingCorpus]:
    """All training corpora an experiment names, those of one name as one.

    Raises:
        ValueError: when a specification cannot be read, a corpus has no usable example, or a parallel
            corpus has no file in the pivot language.
        CorpusError: when a file cannot be read.
    """
    corpora = [_parallel_corpus(name, files, data) for name, files in parse_parallel(data.parallel).items()]
    corpora += [_catalog_corpus(spec, data) for spec in data.train]
    corpora += [_texts_of(_catalog_corpus(spec, data, argument="unlabelled")) for spec in data.unlabelled]
    by_name: dict[tuple[str, bool], TrainingCorpus] = {}
    for corpus in corpora:
        key = corpus.name, corpus.labelled
        whole = by_name.setdefault(key, TrainingCorpus(corpus.name, [], labelled=corpus.labelled))
        whole.examples += corpus.examples
        whole.dropped += corpus.dropped
    return list(by_name.values())


def parse_parallel(specs: Iterable[str]) -> dict[str, dict[str, str]]:
    """`[NAME:]LANGUAGE=PATH` specifications by name and language; the default name is "parallel".

    Raises:
        ValueError: when a specification is of another form or repeats a language.
    """
    corpora: dict[str, dict[str, str]] = {}
    for spec in specs:
        where, _, path = spec.partition("=")
        name, _, language = where.rpartition(":")
        if not (language and path):
            raise ValueError(f"`parallel` must be of the form [NAME:]LANGUAGE=PATH, but is {spec!r} instead.")
        files = corpora.setdefault(name or "parallel", {})
        if language in files:
            raise ValueError(f"`parallel` must name one file a language, but has two for {language!r}: {spec!r}.")
        files[language] = path
    return corpora


def is_sample(name: str, path: str | Path | None = None) -> bool:
    """Whether a corpus is the embedded sample.

    Raises:
        ValueError: when a file goes by its name.
    """
    if name == "sample" and path is not None:
        raise ValueError(
            f"`sample` must be the embedded corpus, but is {str(path)!r} instead; name the file otherwise."
        )
    return name == "sample"


def split_by_article(
    examples: Iterable[ParallelExample], share: float
) -> tuple[list[ParallelExample], list[ParallelExample]]:
    """Examples to train on, and the `share` of the articles that is held out, chosen by a hash of the title.

    The choice does not depend on the order or number of examples; where there is no title, the context
    stands for the article.
    """
    kept: list[ParallelExample] = []
    held_out: list[ParallelExample] = []
    for example in examples:
        article = example.pivot.title or example.pivot.context
        (held_out if _hash(article) < share * 2**64 else kept).append(example)
    return kept, held_out


def take_amounts(corpora: Iterable[TrainingCorpus], amounts: Mapping[str, int]) -> list[TrainingCorpus]:
    """The corpora, some of them cut down to a number of questions.

    The questions are chosen by a hash of their ids, so a smaller amount is a part of every larger one, whatever
    the seed of the run; Lee and Lee (2019, Figure 3) count questions, not articles.

    Args:
        amounts: how many to keep, by name of the corpus; of one that is also among the texts without labels, those
            stay whole.

    Raises:
        ValueError: when there is no such corpus, or it has fewer questions.
    """
    corpora = list(corpora)
    labelled = {corpus.name for corpus in corpora if corpus.labelled}
    unknown = sorted(amounts.keys() - {corpus.name for corpus in corpora})
    if unknown:
        valid = ", ".join(corpus.name for corpus in corpora)
        raise ValueError(f"`train_amounts` must be of {valid}, but is of {', '.join(unknown)} instead.")
    return [
        _cut_down(corpus, amounts[corpus.name])
        if corpus.name in amounts and (corpus.labelled or corpus.name not in labelled)
        else corpus
        for corpus in corpora
    ]


def _cut_down(corpus: TrainingCorpus, amount: int) -> TrainingCorpus:
    questions = len(corpus.examples)
    if amount > questions:
        raise ValueError(
            f"`train_amounts` of {corpus.name} must be at most {questions}, which there are to train on, "
            f"but is {amount} instead."
        )
    chosen = sorted(range(questions), key=lambda row: _hash(corpus.examples[row].pivot.parallel_id))[:amount]
    examples = [corpus.examples[row] for row in sorted(chosen)]
    dropped = corpus.dropped + Counter({"beyond the amount asked for": questions - amount})
    return replace(corpus, examples=examples, dropped=dropped)


def _hash(text: str) -> int:
    """A number below 2 ** 64 that depends on the text alone."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _parallel_corpus(name: str, files: Mapping[str, str], data: DataArguments) -> TrainingCorpus:
    if data.pivot not in files:
        raise ValueError(
            f"`parallel` corpus {name} must have a file in the pivot language {data.pivot!r} "
            f"(the first of `languages`), but has {', '.join(files)} instead."
        )
    is_sample(name, files[data.pivot])
    wanted = {language: path for language, path in files.items() if language in data.languages}
    left_out = ", ".join(language for language in files if language not in wanted)
    if len(wanted) < 2:
        raise ValueError(
            f"`parallel` corpus {name} must have files in two of {', '.join(data.languages)} (`languages`) or more, "
            f"but has one in {data.pivot} and {left_out or 'no other'} instead."
        )
    if left_out:
        logger.warning("%s: files in %s are not read, which `languages` lack", name, left_out)
    reader = parallel(
        wanted, pivot=data.pivot, corpus=name, on_defect=cast(OnDefect, data.on_defect), require_answers=False
    )
    corpus = _with_golds(name, islice(reader, data.max_train_examples))
    corpus.dropped += _losses(reader)
    return corpus


def _catalog_corpus(spec: str, data: DataArguments, *, argument: str = "train") -> TrainingCorpus:
    name, context, question, path = parse_spec(spec, language=data.pivot)
    if is_sample(name, path) and spec == name:
        return TrainingCorpus(name, sample_parallel("train")[: data.max_train_examples])
    for language in (context, question):
        if language not in data.languages:
            raise ValueError(
                f"`{argument}` must be in {', '.join(data.languages)} (`languages`), but {spec!r} is in {language} "
                "instead."
            )
    labelled = argument == "train"
    reader = load_corpus(spec, language=data.pivot, on_defect=cast(OnDefect, data.on_defect), require_answers=labelled)
    examples = (ParallelExample(example) for example in islice(reader, data.max_train_examples))
    corpus = _with_golds(name, examples) if labelled else TrainingCorpus(name, list(examples))
    if isinstance(reader, CorpusReader):
        corpus.dropped.update({reason: len(ids) for reason, ids in reader.report.dropped.items()})
    return corpus


def _with_golds(name: str, examples: Iterable[ParallelExample]) -> TrainingCorpus:
    corpus = TrainingCorpus(name, [])
    for example in examples:
        if example.pivot.answers:
            corpus.examples.append(example)
        else:
            corpus.dropped["pivot without a usable gold"] += 1
    if not corpus.examples:
        raise ValueError(f"`{name}` must hold examples with a gold, but holds none instead; see `hf-xlqa doctor`.")
    return corpus


def _losses(reader: ParallelCorpus) -> Counter[str]:
    """What a parallel reading left out so far, by reason and language."""
    losses: Counter[str] = Counter()
    for language, ids in reader.report.missing.items():
        losses[f"missing in {language}"] += len(ids)
    for language, ids in reader.report.repeated.items():
        losses[f"repeated in {language}"] += len(ids)
    for language, readings in reader.readers.items():
        for reason, ids in [*readings.report.dropped.items(), *readings.report.dropped_answers.items()]:
            losses[f"{reason} in {language}"] += len(ids)
    return losses


def _texts_of(corpus: TrainingCorpus) -> TrainingCorpus:
    examples = [ParallelExample(replace(each, answers=())) for group in corpus.examples for each in group]
    return replace(corpus, examples=examples, labelled=False)


def _spoken(example: Example) -> set[str]:
    """The languages of its context and question."""
    return {example.context_language, example.question_language}
