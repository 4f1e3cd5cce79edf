"""The states of the study's readers: whether languages that are alike in them score alike (Hsu et al. 2019, A.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hf_xlqa.analysis.cosine import Correlation, correlate
from hf_xlqa.analysis.transfer import KINDS, Kind, PairSimilarity, SimilaritySettings
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.evaluate import ModelOptions
from hf_xlqa.experiment.report import Picture, Table
from hf_xlqa.experiment.transfer_analysis import AFTER, BEFORE, TransferAnalysis, TransferRequest, analyse_transfer
from hf_xlqa.experiment.transfer_report import coefficients_of, correlation_cells, transfer_report
from hf_xlqa.json_record import write_text
from hf_xlqa.reports import Score
from hf_xlqa.reports.analysis_pictures import Projection, draw_projections, draw_similarity
from hf_xlqa.reports.grid import Style, render
from hf_xlqa.reports.score import MEASURES, Measure
from hf_xlqa.reports.system import SystemScores

SHOWN: tuple[Kind, ...] = ("cosine", "svcca")
"""The similarities of the paper's figures."""

_DIRECTIONS = 20  # kept by SVCCA: two sets of states need more texts than directions


@dataclass(frozen=True)
class ReaderStates:
    """What is found in readers that were each trained on one language.

    Args:
        first: the analysis of the first reader, beside the encoder it comes from.
        pairs: similarities of the answers in the language trained on and in every other, in the last layer.
        scores: by language pair.
    """

    first: TransferAnalysis
    pairs: Sequence[PairSimilarity]
    scores: Mapping[str, Score]

    @property
    def tables(self) -> list[Table]:
        """Every pair, and the correlations over them."""
        return [
            Table("Answers in the last layer, and scores, by language pair", "pairs", self._pairs_table),
            Table("Correlation of similarity and score over the pairs", "correlations", self._correlations_table),
        ]

    @property
    def pictures(self) -> list[Picture]:
        """Tokens before and after training, and similarities against scores."""
        return [
            Picture("tokens.png", self._draw_tokens),
            *(Picture(f"similarity-{kind}.png", partial(self._draw_similarity, kind)) for kind in SHOWN),
        ]

    def _pairs_table(self, style: Style = "markdown") -> str:
        columns = [f"{KINDS[kind]}{part}" for kind in SHOWN for part in ("", " by chance")]
        grid = [["trained on - asked in", *columns, *MEASURES.values()]]
        for each in self.pairs:
            similarities = [value for kind in SHOWN for value in (each.value(kind), each.chance(kind))]
            scores = [getattr(self.scores[each.pair], measure) for measure in MEASURES]
            grid.append([each.pair, *(_shown(value, style) for value in similarities), *_points(scores, style)])
        return render(grid, style)

    def _correlations_table(self, style: Style = "markdown") -> str:
        grid = [["similarity", "score", "pairs", "Pearson", "p", "Spearman", "p (rank)"]]
        for kind in SHOWN:
            for measure, name in MEASURES.items():
                figures = correlation_cells(self._correlation(kind, measure), style)
                grid.append([KINDS[kind], name, str(len(self.pairs)), *figures])
        return render(grid, style)

    def _correlation(self, kind: Kind, measure: Measure) -> Correlation | None:
        """None where all pairs are alike or score alike."""
        try:
            return correlate([each.value(kind) for each in self.pairs], list(self._values(measure).values()))
        except ValueError:
            return None

    def _values(self, measure: Measure) -> dict[str, float]:
        return {each.pair: getattr(self.scores[each.pair], measure) for each in self.pairs}

    def _draw_tokens(self, path: Path) -> Path:
        panels = {}
        for label, title in ((BEFORE, "before training"), (AFTER, f"trained on {self.first.source}")):
            tokens = self.first.sides[label].tokens
            one, other = tokens.components.explained.tolist()
            panels[title] = Projection(tokens.points, (one, other))
        return draw_projections(panels, path, title="Tokens of the last layer along their principal components")

    def _draw_similarity(self, kind: Kind, path: Path) -> Path:
        found = {measure: self._correlation(kind, measure) for measure in MEASURES}
        return draw_similarity(
            {each.pair: each.value(kind) for each in self.pairs},
            {measure: self._values(measure) for measure in MEASURES},
            path,
            kind=KINDS[kind],
            correlations={measure: coefficients_of(each) for measure, each in found.items() if each is not None},
            title="Answers in the last layer: trained on - asked in",
        )


def read_states(
    readers: Mapping[str, tuple[Path, SystemScores]], corpora: Sequence[str], data: DataArguments, folder: Path
) -> ReaderStates:
    """Analyse readers in all languages, each with `hf_xlqa analyze`'s report in its own folder.

    Args:
        readers: checkpoint and scores by the language that a reader was trained on; the first also before training.
        corpora: parallel ones, NAME/LANGUAGE=PATH, as they were scored.
        data: sizes of the windows.
        folder: where to.

    Raises:
        ImportError: when SciPy is missing.
        ValueError: see `analyse_transfer`.
    """
    analyses: list[TransferAnalysis] = []
    for source, (checkpoint, scores) in readers.items():
        own = folder / source
        scores.write(own / "scores.json")
        options = ModelOptions(
            name=str(checkpoint),
            max_length=data.max_length,
            window_step=data.window_step,
            max_question_length=data.max_question_length,
        )
        texts = min(each.score.questions for each in scores.sets)
        request = TransferRequest(
            model=options,
            corpora=corpora,
            before=None if analyses else "sample",
            source=source,
            scores=own / "scores.json",
            settings=SimilaritySettings(dimensions=min(_DIRECTIONS, (texts - 1) // 2)),
        )
        analyses.append(analyse_transfer(request, own))
        write_text(own / "transfer.json", analyses[-1].to_json())
        transfer_report(analyses[-1]).write(own, "transfer.md")
    return _joined(analyses)


def _joined(analyses: Sequence[TransferAnalysis]) -> ReaderStates:
    pairs: list[PairSimilarity] = []
    scores: dict[str, Score] = {}
    for analysis in analyses:
        found = analysis.sides[AFTER].similarities
        last = max(each.layer for each in found)
        own = [each for each in found if each.layer == last]
        pairs += own
        scores |= {each.pair: analysis.scores[each.target] for each in own}
    return ReaderStates(analyses[0], pairs, scores)


def _shown(value: float, style: Style) -> str:
    return repr(float(value)) if style == "csv" else f"{value:.3f}"


def _points(scores: Sequence[float], style: Style) -> list[str]:
    return [repr(each) if style == "csv" else f"{each:.1f}" for each in scores]
