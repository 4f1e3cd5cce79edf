"""Evaluation questions of named corpora, with the golds that official scripts score against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hf_xlqa.corpora.catalog import CATALOG, load_corpus, parse_spec
from hf_xlqa.corpora.crossing import CrossingReport, cell_name, cross
from hf_xlqa.corpora.squad_format import references
from hf_xlqa.schema import Example

Golds = Mapping[str, Any]
"""The golds of one question, `{"id", "answers"}`."""


@dataclass(frozen=True)
class QuestionSet:
    """The questions of one corpus in one language or one pair of languages.

    Args:
        name: CORPUS/LANGUAGE, or CORPUS/CONTEXT.QUESTION where the two differ.
        context_language: whose rule scores.
        question_language: of the questions.
        examples: the questions on their contexts, repaired where the corpus has defects.
        references: the golds of all of them as the corpus has them, untouched.
    """

    name: str
    context_language: str
    question_language: str
    examples: Sequence[Example]
    references: Sequence[Golds]

    @property
    def corpus(self) -> str:
        """The part of the name before the slash."""
        return self.name.partition("/")[0]

    @property
    def stem(self) -> str:
        """The name as a part of file names."""
        return self.name.replace("/", "_")

    @property
    def ids(self) -> list[str]:
        """Ids of the questions, in their order."""
        return [golds["id"] for golds in self.references]


@dataclass(frozen=True)
class Questions:
    """All that is to be evaluated.

    Args:
        sets: the sets, each pair of languages of a corpus once.
        crossings: what did not pair, by the name of a crossed corpus.
    """

    sets: Sequence[QuestionSet]
    crossings: Mapping[str, CrossingReport] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """What did not pair, for people."""
        return [f"{name} crossed: {'; '.join(report.lines())}" for name, report in self.crossings.items()]


def read_questions(specs: Sequence[str], *, split: str = "validation", crossed: Sequence[str] = ()) -> Questions:
    """Reads evaluation corpora.

    Args:
        specs: NAME/CONTEXT[.QUESTION][=PATH], see `catalog.parse_spec`.
        split: split of corpora of the Hub that have several, and of the embedded sample.
        crossed: names of corpora whose languages are crossed into all pairs of context and question.

    Raises:
        ValueError: when a specification cannot be read, two name one set, a crossed corpus is not given, or
            its languages cannot be crossed.
        CorpusError: when a file cannot be read, or a question has no gold.
    """
    by_name: dict[str, list[QuestionSet]] = {}
    for spec in specs:
        each = _read(spec, split)
        by_name.setdefault(each.corpus, []).append(each)
    absent = [name for name in crossed if name not in by_name]
    if absent:
        raise ValueError(f"`cross` must be one of the corpora given, {', '.join(by_name)}, but is {absent[0]!r}.")
    _refuse_repeated([each for group in by_name.values() for each in group])
    crossings: dict[str, CrossingReport] = {}
    for name in crossed:
        by_name[name], crossings[name] = _crossed(name, by_name[name])
    return Questions([each for group in by_name.values() for each in group], crossings)


def evaluation_reader(spec: str, *, split: str) -> Iterable[Example]:
    """The examples of an evaluation corpus, with what can be repaired repaired and questions without golds kept.

    Args:
        spec: see `read_questions`.
        split: the split; a corpus that has one only is read from that.
    """
    name = parse_spec(spec).name
    hub = CATALOG[name].hub if name in CATALOG else None
    only = next(iter(hub.splits)) if hub and len(hub.splits) == 1 else None
    return load_corpus(spec, split=only or split, on_defect="repair", require_answers=False)


def set_name(spec: str) -> str:
    """Name of the evaluation set of a specification, one for each pair of languages of a corpus.

    >>> set_name("squad=dev.json"), set_name("mlqa/de.en=de_en.json"), set_name("mlqa/de.de")
    ('squad/en', 'mlqa/de.en', 'mlqa/de')
    """
    name, context, question, _ = parse_spec(spec)
    return cell_name(name, context, question)


def _read(spec: str, split: str) -> QuestionSet:
    _, context, question, _ = parse_spec(spec)
    reader = evaluation_reader(spec, split=split)
    examples = list(reader)
    if not examples:
        raise ValueError(f"`{spec}` must hold examples, but holds none that can be read; see `hf-xlqa doctor`.")
    return QuestionSet(set_name(spec), context, question, examples, list(references(reader)))


def _refuse_repeated(sets: Sequence[QuestionSet]) -> None:
    repeated = [name for name, count in Counter(each.name for each in sets).items() if count > 1]
    if repeated:
        raise ValueError(f"`CORPUS` must name each set once, but repeats {', '.join(repeated)}.")


def _crossed(name: str, sets: Sequence[QuestionSet]) -> tuple[list[QuestionSet], CrossingReport]:
    mixed = [each.name for each in sets if each.context_language != each.question_language]
    if mixed:
        raise ValueError(
            f"`cross` must be of a corpus in single languages, but {name} has questions in another: {', '.join(mixed)}."
        )
    golds = {each.context_language: {record["id"]: record for record in each.references} for each in sets}
    try:
        crossing = cross({each.context_language: each.examples for each in sets})
    except ValueError as error:
        raise ValueError(f"{name} cannot be crossed: {error}") from error
    cells = [
        QuestionSet(
            cell_name(name, context, question),
            context,
            question,
            examples,
            [golds[context][example.id] for example in examples],
        )
        for (context, question), examples in crossing.items()
    ]
    return cells, crossing.report
