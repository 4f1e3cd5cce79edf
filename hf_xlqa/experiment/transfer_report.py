"""The report of an analysis of transfer: similarities by language pair and layer, tokens, scores, pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from hf_xlqa.analysis.cosine import Correlation
from hf_xlqa.analysis.transfer import KINDS, Kind, PairSimilarity, ScoreCorrelation
from hf_xlqa.experiment.report import Picture, Report, Table
from hf_xlqa.experiment.transfer_analysis import AFTER, BEFORE, Side, TransferAnalysis
from hf_xlqa.reports.analysis_pictures import Coefficient, Projection, draw_projections, draw_similarity
from hf_xlqa.reports.grid import Style, render
from hf_xlqa.reports.score import ABSENT, MEASURES, Measure

_SIDES = {BEFORE: "before fine-tuning", AFTER: "after fine-tuning"}
_LEAST_POINTS = 2


def transfer_report(analysis: TransferAnalysis) -> Report:
    """The tables and pictures of an analysis."""
    return Report(
        title=f"Transfer from {analysis.source} in {analysis.sides[AFTER].name}",
        tables=list(_tables(analysis)),
        notes=[*_legend(analysis), *analysis.notes, *_undefined(analysis)],
        pictures=list(_pictures(analysis)),
        origin=[analysis.command, ", ".join(f"{name} {version}" for name, version in analysis.versions.items())],
    )


def _legend(analysis: TransferAnalysis) -> list[str]:
    settings = analysis.request.settings
    kept = f"{settings.share:.0%} of the variance" if settings.dimensions is None else f"{settings.dimensions} axes"
    return [
        f"similarities are of the states of parallel texts ({analysis.request.read}); SVCCA and PWCCA keep {kept}",
        "in brackets: the same between texts that are no translations of each other; for the cosine of all such pairs, "
        f"else the mean of {settings.shuffles} shuffles",
        "between languages: share of the variance of all tokens that lies between the means of the languages",
    ]


def _undefined(analysis: TransferAnalysis) -> list[str]:
    """Why correlations are absent, each reason once."""
    reasons = (each.reason for side in analysis.sides.values() for each in side.correlations if each.reason)
    return [f"no correlation: {reason}" for reason in dict.fromkeys(reasons)]


def _tables(analysis: TransferAnalysis) -> Iterator[Table]:
    yield Table("Tokens along their principal components", "tokens", partial(_tokens, analysis.sides))
    for label, side in analysis.sides.items():
        top = _highest(side)
        title = f"Similarity in layer {top[0].layer}, {_SIDES[label]}"
        yield Table(title, f"similarity_{label}", partial(_similarities, top))
    for label, side in analysis.sides.items():
        for kind, name in KINDS.items():
            title = f"{name[0].upper()}{name[1:]} by layer, {_SIDES[label]}"
            yield Table(title, f"layers_{kind}_{label}", partial(_by_layer, side.similarities, kind))
    for label, side in analysis.sides.items():
        if side.correlations:
            title = f"Correlation of similarity and score over language pairs, {_SIDES[label]}"
            yield Table(title, f"correlations_{label}", partial(_correlations, side.correlations))


def _tokens(sides: Mapping[str, Side], *, style: Style) -> str:
    grid = [["states", "model", "layer", "tokens of each language", "first axis", "second axis", "between languages"]]
    shown = _exact if style == "csv" else _percent
    for label, side in sides.items():
        counts = ", ".join(f"{language} {count:,}" for language, count in side.tokens.tokens.items())
        shares = [*side.tokens.components.explained.tolist(), side.tokens.between]
        grid.append([_SIDES[label], side.name, str(side.tokens.layer), counts, *map(shown, shares)])
    return render(grid, style)


def _similarities(similarities: Sequence[PairSimilarity], *, style: Style) -> str:
    """A row a pair, with what chance gives in brackets; in columns of their own as CSV."""
    if style == "csv":
        return render(_wide(similarities), style)
    cosine, *others = (f"{name} (chance)" for name in KINDS.values())
    grid = [["pair", "texts", cosine, "95 % interval", *others, "axes"]]
    for each in similarities:
        interval = f"{each.cosine.low:.3f} to {each.cosine.high:.3f}"
        axes = " / ".join(map(str, each.compared.directions))
        first, *rest = (_beside(each, kind) for kind in KINDS)
        grid.append([each.pair, str(each.cosine.count), first, interval, *rest, axes])
    return render(grid, style)


def _wide(similarities: Sequence[PairSimilarity]) -> list[list[str]]:
    header = ["pair", "layer", "texts", "cosine_low", "cosine_high"]
    grid = [header + [column for kind in KINDS for column in (kind, f"{kind}_chance")]]
    for each in similarities:
        counts = [each.pair, str(each.layer), str(each.cosine.count)]
        values = [value for kind in KINDS for value in (each.value(kind), each.chance(kind))]
        grid.append([*counts, *map(_exact, (each.cosine.low, each.cosine.high, *values))])
    return grid


def _by_layer(similarities: Sequence[PairSimilarity], kind: Kind, *, style: Style) -> str:
    """A row a layer, a column a pair."""
    pairs = list(dict.fromkeys(each.pair for each in similarities))
    cells = {(each.layer, each.pair): each for each in similarities}
    grid = [["layer", *pairs]]
    for layer in dict.fromkeys(each.layer for each in similarities):
        own = [cells[layer, pair] for pair in pairs]
        grid.append([str(layer), *(_exact(e.value(kind)) if style == "csv" else _beside(e, kind) for e in own)])
    return render(grid, style)


def _correlations(correlations: Sequence[ScoreCorrelation], *, style: Style) -> str:
    grid = [["layer", "similarity", "score", "pairs", "Pearson", "p", "Spearman", "p (rank)"]]
    for each in correlations:
        found = each.correlation
        count = ABSENT if found is None else str(found.count)
        row = [str(each.layer), KINDS[each.kind], MEASURES[each.measure], count]
        grid.append([*row, *correlation_cells(found, style)])
    return render(grid, style)


def correlation_cells(found: Correlation | None, style: Style) -> list[str]:
    """Pearson's coefficient and p, Spearman's coefficient and p, coefficients with their intervals but in CSV."""
    if found is None:
        return [ABSENT] * 4
    shown: list[str] = []
    for each, p in zip(coefficients_of(found), (found.pearson_p, found.spearman_p), strict=True):
        shown += [_exact(each.value), _exact(p)] if style == "csv" else [each.bounded, f"{p:.3g}"]
    return shown


def coefficients_of(found: Correlation) -> tuple[Coefficient, Coefficient]:
    """Pearson's and Spearman's, to be written above a picture."""
    pearson = Coefficient("Pearson", found.pearson, *found.pearson_interval)
    return pearson, Coefficient("Spearman", found.spearman, *found.spearman_interval)


def _pictures(analysis: TransferAnalysis) -> Iterator[Picture]:
    panels = {
        _SIDES[label]: Projection(side.tokens.points, _both(side.tokens.components.explained.tolist()))
        for label, side in analysis.sides.items()
    }
    layer = analysis.sides[AFTER].tokens.layer
    title = f"Tokens of layer {layer} along their principal components"
    yield Picture("tokens.png", partial(draw_projections, panels, title=title))
    for label, side in analysis.sides.items():
        top = [each for each in _highest(side) if each.target in analysis.scores]
        if len(top) >= _LEAST_POINTS:
            for kind in KINDS:
                draw = _similarity_picture(analysis, label, top, kind)
                yield Picture(f"similarity_{kind}_{label}.png", draw)


def _similarity_picture(
    analysis: TransferAnalysis, label: str, top: Sequence[PairSimilarity], kind: Kind
) -> Callable[[Path], Path]:
    scores: dict[Measure, Mapping[str, float]] = {
        measure: {each.pair: getattr(analysis.scores[each.target], measure) for each in top} for measure in MEASURES
    }
    coefficients: dict[Measure, Sequence[Coefficient]] = {
        each.measure: coefficients_of(each.correlation)
        for each in analysis.sides[label].correlations
        if each.correlation is not None and (each.layer, each.kind) == (top[0].layer, kind)
    }
    similarity = {each.pair: each.value(kind) for each in top}
    title = f"{analysis.request.read} in layer {top[0].layer}, {_SIDES[label]}"
    return partial(draw_similarity, similarity, scores, kind=KINDS[kind], correlations=coefficients, title=title)


def _highest(side: Side) -> list[PairSimilarity]:
    """The similarities of the highest layer."""
    highest = max(each.layer for each in side.similarities)
    return [each for each in side.similarities if each.layer == highest]


def _both(explained: Sequence[float]) -> tuple[float, float]:
    first, second = explained
    return first, second


def _beside(similarity: PairSimilarity, kind: Kind) -> str:
    return f"{similarity.value(kind):.3f} ({similarity.chance(kind):.3f})"


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _exact(value: float) -> str:
    return repr(float(value))
