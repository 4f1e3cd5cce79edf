"""G-XLT: contexts of each language with questions of each language, as a matrix with its means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hf_xlqa.messages import check_choice
from hf_xlqa.reports.grid import Style, render
from hf_xlqa.reports.score import ABSENT, MEASURES, Measure, Score, is_english
from hf_xlqa.reports.signature import shared_signature

Cell = tuple[str, str]
"""Language of the contexts, language of the questions."""


@dataclass(frozen=True, slots=True)
class GXLTMean:
    """A mean over cells of the matrix.

    Args:
        label: what it is the mean of.
        value: 0 to 100; None where no cell is there.
        cells: how many it is the mean of.
        of: how many there would be, were every context language asked in every question language.
    """

    label: str
    value: float | None
    cells: int
    of: int


@dataclass(frozen=True)
class GXLTMatrix:
    """The scores of one system on one corpus by language of context and of question.

    Args:
        corpus: name of the corpus.
        measure: which score.
        cells: the scores, 0 to 100, by languages of context and question.
        signature: how all of them were made.
        contexts, questions: the languages of the rows and of the columns, in the order they are first met,
            question languages in the order of the contexts as far as they are contexts too.
    """

    corpus: str
    measure: Measure
    cells: dict[Cell, float]
    signature: str
    contexts: tuple[str, ...] = field(init=False)
    questions: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        contexts = dict.fromkeys(context for context, _ in self.cells)
        asked = dict.fromkeys(question for _, question in self.cells)
        questions = [*(each for each in contexts if each in asked), *(each for each in asked if each not in contexts)]
        object.__setattr__(self, "contexts", tuple(contexts))
        object.__setattr__(self, "questions", tuple(questions))

    @property
    def languages(self) -> tuple[str, ...]:
        """All languages of contexts or questions."""
        return tuple(dict.fromkeys((*self.contexts, *self.questions)))

    @property
    def is_complete(self) -> bool:
        """Whether each of several languages is asked about in each."""
        return len(self.languages) > 1 and len(self.cells) == len(self.languages) ** 2

    @property
    def means(self) -> list[GXLTMean]:
        """Means of all cells, of the diagonal (XLT) and of the rest; then each of them without English.

        That of all cells, the diagonal included, is MLQA's G-XLT score (Lewis et al. 2020) where the
        matrix is complete, and is called so only then. Without English means: no cell with English
        contexts or English questions. Means without a cell in the full matrix are left out.
        """
        whole, diagonal = ("G-XLT, all cells", "XLT, diagonal") if self.is_complete else ("all cells", "diagonal")
        square = [(context, question) for context in self.languages for question in self.languages]
        parts = {
            whole: square,
            diagonal: [cell for cell in square if cell[0] == cell[1]],
            "off the diagonal": [cell for cell in square if cell[0] != cell[1]],
        }
        means = [self._mean(label, part) for label, part in parts.items()]
        if any(map(is_english, self.languages)):
            means += [
                self._mean(f"{label}, without en", [cell for cell in part if not any(map(is_english, cell))])
                for label, part in parts.items()
            ]
        return [mean for mean in means if mean.of]

    def table(self, style: Style = "markdown") -> str:
        """The matrix, a row a context language; under it the means and the signature, but not in CSV.

        Args:
            style: see `grid.render`. CSV has the scores unrounded, and absent cells empty.
        """
        matrix = [[f"{MEASURES[self.measure]}, context \\ question", *self.questions]]
        if style == "csv":
            matrix[0][0] = "context"
        for context in self.contexts:
            scores = [self.cells.get((context, question)) for question in self.questions]
            matrix.append([context, *(_shown(score, style) for score in scores)])
        if style == "csv":
            return render(matrix, style)
        means = [["mean of", MEASURES[self.measure], "cells"]]
        means += [[mean.label, _shown(mean.value, style), f"{mean.cells} of {mean.of}"] for mean in self.means]
        return "\n".join([render(matrix, style), "", render(means, style), "", f"{self.corpus}: {self.signature}"])

    def _mean(self, label: str, part: Sequence[Cell]) -> GXLTMean:
        scores = [self.cells[cell] for cell in part if cell in self.cells]
        return GXLTMean(label, sum(scores) / len(scores) if scores else None, len(scores), len(part))


def gxlt_matrix(scores: Iterable[Score], *, measure: Measure = "f1", corpus: str | None = None) -> GXLTMatrix:
    """The matrix of one system's scores on the sets CORPUS/CONTEXT.QUESTION of a corpus.

    Args:
        scores: of the system, each of another cell; CORPUS/LANGUAGE stands for CORPUS/LANGUAGE.LANGUAGE.
        measure: "f1" or "exact_match".
        corpus: which corpus; may be left out where the scores are of one only.

    Raises:
        ValueError: when the measure or the corpus is unknown, two scores are of one cell, or the scores were
            made in different ways (their signatures differ in more than the language).
    """
    check_choice("measure", measure, MEASURES)
    listed = list(scores)
    corpora = list(dict.fromkeys(score.corpus for score in listed))
    corpus = corpus or (corpora[0] if len(corpora) == 1 else None)
    if corpus not in corpora:
        raise ValueError(f"`corpus` must be one of {', '.join(corpora) or 'no scores'}, but is {corpus!r} instead.")
    chosen = [score for score in listed if score.corpus == corpus]
    _refuse_repeated(chosen)
    signature = shared_signature({score.name: score.signature for score in chosen})
    cells = {(score.language, score.question_language): float(getattr(score, measure)) for score in chosen}
    return GXLTMatrix(corpus, measure, cells, signature)


def _refuse_repeated(scores: Sequence[Score]) -> None:
    names: dict[Cell, str] = {}
    for score in scores:
        cell = (score.language, score.question_language)
        if cell in names:
            raise ValueError(f"`scores` must have each cell once, but have {names[cell]} and {score.name} instead.")
        names[cell] = score.name


def _shown(score: float | None, style: Style) -> str:
    if style == "csv":
        return "" if score is None else repr(score)
    return ABSENT if score is None else f"{score:.1f}"
