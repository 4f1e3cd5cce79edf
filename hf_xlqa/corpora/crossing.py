"""A parallel corpus crossed: contexts of each language with the questions of every language (G-XLT)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product

from hf_xlqa.messages import first_few
from hf_xlqa.schema import Example

logger = logging.getLogger(__name__)

Pair = tuple[str, str]
"""Languages of the context and of the question."""


@dataclass(frozen=True)
class CrossingReport:
    """What pairs and what does not.

    Args:
        whole: how many examples have a counterpart in every language.
        missing: by language, the parallel ids that another language has and this one has not.
    """

    whole: int
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The report for people, a line a language that lacks something, with the first ids."""
        lines = [f"{self.whole} questions in every language"]
        for language, ids in self.missing.items():
            lines.append(f"missing in {language}: {len(ids)} ({first_few(ids)})")
        return lines


@dataclass(frozen=True)
class Crossing(Mapping[Pair, list[Example]]):
    """The cells of a crossed corpus by the languages of context and question, the contexts' first language first.

    An example of a cell has the context, the golds and the id of the example in the context's language,
    and the question of its counterpart in the other: scores of a row of cells are of the same golds.

    Args:
        cells: the examples of each cell, in the order of the context's corpus.
        report: what did not pair.
    """

    cells: Mapping[Pair, list[Example]]
    report: CrossingReport

    def __getitem__(self, pair: Pair) -> list[Example]:
        return self.cells[pair]

    def __iter__(self) -> Iterator[Pair]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)


def cell_name(corpus: str, context_language: str, question_language: str) -> str:
    """Name of the evaluation set of a cell; on the diagonal that of the language, crossed or not.

    >>> cell_name("xquad", "de", "en"), cell_name("xquad", "de", "de")
    ('xquad/de.en', 'xquad/de')
    """
    languages = [context_language] if context_language == question_language else [context_language, question_language]
    return f"{corpus}/{'.'.join(languages)}"


def asked_as(example: Example, other: Example) -> Example:
    """An example with the question of its translation: the context, golds and id stay."""
    return replace(example, question=other.question, question_language=other.question_language)


def cross(languages: Mapping[str, Iterable[Example]]) -> Crossing:
    """Every context with the question in every language (Lewis et al. 2020, section 5.2).

    Examples are joined by `parallel_id`. One without a counterpart is left out of the cells that need it, and
    stands in the report with its id.

    Args:
        languages: the examples by language; contexts and questions of each are in that language.

    Raises:
        ValueError: when there are fewer than two languages, a language has no example or an example in
            another language, a `parallel_id` comes twice in one, or two languages share none.
    """
    if len(languages) < 2:
        raise ValueError(f"`languages` must hold two languages or more, but hold {list(languages)} instead.")
    by_id = {language: _by_parallel_id(language, examples) for language, examples in languages.items()}
    cells = {(context, question): _cell(by_id, context, question) for context, question in product(by_id, by_id)}
    report = _report(by_id)
    if report.missing:
        logger.warning("; ".join(report.lines()))
    return Crossing(cells, report)


def _by_parallel_id(language: str, examples: Iterable[Example]) -> dict[str, Example]:
    by_id: dict[str, Example] = {}
    for example in examples:
        spoken = (example.context_language, example.question_language)
        if spoken != (language, language):
            raise ValueError(
                f"`languages[{language!r}]` must have contexts and questions in that language, but example "
                f"{example.id!r} is in {'.'.join(spoken)} instead."
            )
        if example.parallel_id in by_id:
            raise ValueError(
                f"`parallel_id` must come once in a language, but {example.parallel_id!r} comes again "
                f"in {language}, in example {example.id!r}."
            )
        by_id[example.parallel_id] = example
    if not by_id:
        raise ValueError(f"`languages[{language!r}]` must hold examples, but holds none instead.")
    return by_id


def _cell(by_id: Mapping[str, Mapping[str, Example]], context: str, question: str) -> list[Example]:
    asked = by_id[question]
    cell = [
        asked_as(example, asked[parallel_id]) for parallel_id, example in by_id[context].items() if parallel_id in asked
    ]
    if not cell:
        ids = ", ".join(f"{next(iter(by_id[language]))!r} in {language}" for language in (context, question))
        raise ValueError(f"`languages` must share ids, but {context} and {question} share none instead: {ids}.")
    return cell


def _report(by_id: Mapping[str, Mapping[str, Example]]) -> CrossingReport:
    union = dict.fromkeys(parallel_id for examples in by_id.values() for parallel_id in examples)
    missing = {
        language: tuple(parallel_id for parallel_id in union if parallel_id not in examples)
        for language, examples in by_id.items()
    }
    whole = sum(all(parallel_id in examples for examples in by_id.values()) for parallel_id in union)
    return CrossingReport(whole, {language: ids for language, ids in missing.items() if ids})
