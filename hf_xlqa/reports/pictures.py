"""Pictures of scores: bars by set, bars with intervals, learning curves, and the G-XLT matrix.

Each is 10 inches wide at 150 dots an inch, drawn with matplotlib's own settings whatever the user's
are, and the same scores give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hf_xlqa.reports.curve import CurveMeasure, CurvePoint
from hf_xlqa.reports.figure import BAR_GROUP, LABELS, bar_places, dress, figure, finish_bars, in_order, write_bar
from hf_xlqa.reports.gxlt import GXLTMatrix
from hf_xlqa.reports.intervals import Interval
from hf_xlqa.reports.score import ABSENT, Measure, Score

_WIDE = 20  # times the least amount: an axis beyond it is logarithmic
_MARKS = "osD^vPX*"


def draw_scores(
    systems: Mapping[str, Sequence[Score]],
    path: str | Path,
    *,
    measure: Measure = "exact_match",
    lines: Mapping[str, Sequence[Score]] | None = None,
    title: str = "",
) -> Path:
    """Bars of every system on every evaluation set, side by side, with reference scores as lines across them.

    Args:
        systems: scores by name of the system; all have the sets of the first.
        path: where to write, 10 x 5 inches; the ending says the format.
        measure: which score.
        lines: scores drawn as a line across the bars of each set, such as a floor and a ceiling.
        title: above the picture.

    Returns:
        The path.

    Raises:
        ImportError: when matplotlib is missing.
        ValueError: when there are no scores, or a system lacks a set.
    """
    lines = lines or {}
    names = [score.name for score in next(iter(systems.values()), ())]
    if not names:
        raise ValueError("`systems` must hold at least one score, but hold none instead.")
    values = {
        system: in_order(system, {score.name: getattr(score, measure) for score in scores}, names)
        for system, scores in {**systems, **lines}.items()
    }
    with figure(path, height=5) as drawn:
        axes = drawn.subplots()
        for system, centres, width in bar_places(list(systems), len(names)):
            axes.bar(centres, values[system], width, label=system)
        for reference, style in zip(lines, ("--", ":", "-.") * len(lines), strict=False):
            for place, height in enumerate(values[reference]):
                label = reference if place == 0 else None
                edges = (place - BAR_GROUP / 2, place + BAR_GROUP / 2)
                axes.plot(edges, (height, height), style, color="black", label=label)
        finish_bars(drawn, axes, names, measure, title)
    return Path(path)


def draw_intervals(
    intervals: Sequence[Interval], path: str | Path, *, measure: Measure = "f1", title: str = ""
) -> Path:
    """Bars of every system on every evaluation set, side by side, with their confidence intervals and values.

    Args:
        intervals: as `intervals.intervals` gives them; those of other measures are passed over.
        path: where to write, 10 x 5 inches; the ending says the format.
        measure: which score.
        title: above the picture.

    Returns:
        The path.

    Raises:
        ImportError: when matplotlib is missing.
        ValueError: when there is no interval of the measure, or a system lacks a set.
    """
    systems: dict[str, dict[str, Interval]] = {}
    for each in intervals:
        if each.measure == measure:
            systems.setdefault(each.system, {})[each.set] = each
    if not systems:
        raise ValueError(f"`intervals` must hold one of {measure} at least, but hold none instead.")
    names = list(next(iter(systems.values())))
    with figure(path, height=5) as drawn:
        axes = drawn.subplots()
        bars = len(names) * len(systems)
        for system, centres, width in bar_places(list(systems), len(names)):
            own = in_order(system, systems[system], names)
            means = [each.mean for each in own]
            # Where all questions score the same, bounds and mean differ in the last digit, either way.
            below = [max(each.mean - each.low, 0.0) for each in own]
            above = [max(each.high - each.mean, 0.0) for each in own]
            axes.bar(centres, means, width, label=system, yerr=(below, above), capsize=2, error_kw={"lw": 1})
            for centre, each in zip(centres, own, strict=True):
                write_bar(axes, centre, each.mean, max(each.high, each.mean), f"{each.mean:.1f}", bars=bars)
        finish_bars(drawn, axes, names, measure, title)
    return Path(path)


def draw_curves(
    curves: Mapping[str, Sequence[CurvePoint]],
    path: str | Path,
    *,
    by: str,
    measure: CurveMeasure = "f1",
    title: str = "",
) -> Path:
    """A line of every system against the amount, with the deviation of its seeds as bars.

    The axis is logarithmic where the amounts span more than a factor of 20, its ticks are the amounts.

    Args:
        curves: the points of each system on one set, as `LearningCurves.of` gives them.
        path: where to write, 10 x 5 inches; the ending says the format.
        by: what the amounts are of.
        measure: which score.
        title: above the picture.

    Returns:
        The path.

    Raises:
        ImportError: when matplotlib is missing.
        ValueError: when there is no point.
    """
    amounts = sorted({point.amount for points in curves.values() for point in points})
    if not amounts:
        raise ValueError("`curves` must hold at least one point, but hold none instead.")
    with figure(path, height=5) as drawn:
        axes = drawn.subplots()
        for mark, (system, points) in zip(_MARKS * len(curves), curves.items(), strict=False):
            values = [point.value(measure) for point in points]
            places, means = [point.amount for point in points], [value.mean for value in values]
            deviations = [value.deviation or 0 for value in values]
            axes.errorbar(places, means, deviations, marker=mark, capsize=3, label=system)
        _mark_amounts(axes, amounts)
        axes.set_xlabel(by)
        axes.grid(axis="y", alpha=0.3)
        dress(drawn, axes, measure, title)
    return Path(path)


def draw_matrix(matrix: GXLTMatrix, path: str | Path, *, title: str = "") -> Path:
    """The G-XLT matrix as a heat map: contexts as rows, questions as columns, the diagonal (XLT) framed.

    Args:
        matrix: the scores; absent cells stay white.
        path: where to write, 10 x 8 inches; the ending says the format.
        title: above the picture; the means of all cells and of the diagonal follow it.

    Returns:
        The path.

    Raises:
        ImportError: when matplotlib is missing.
    """
    cells = [[matrix.cells.get((context, question)) for question in matrix.questions] for context in matrix.contexts]
    with figure(path, height=8) as drawn:
        axes = drawn.subplots()
        shades = [[float("nan") if cell is None else cell for cell in row] for row in cells]
        image = axes.imshow(shades, cmap="viridis")
        middle = sum(image.get_clim()) / 2
        size = max(7.0, min(16.0, 120 / max(len(matrix.contexts), len(matrix.questions))))
        for row, values in enumerate(cells):
            for column, value in enumerate(values):
                color = "black" if value is None or value > middle else "white"
                text = ABSENT if value is None else f"{value:.1f}"
                axes.text(column, row, text, ha="center", va="center", color=color, fontsize=size)
        _frame_diagonal(axes, matrix)
        axes.set_xticks(range(len(matrix.questions)), matrix.questions, fontsize=12)
        axes.set_yticks(range(len(matrix.contexts)), matrix.contexts, fontsize=12)
        axes.set_xlabel("language of the question", fontsize=12)
        axes.set_ylabel("language of the context", fontsize=12)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        drawn.colorbar(image, ax=axes, label=LABELS[matrix.measure], shrink=0.8)
        axes.set_title("\n".join(filter(None, [title, ";   ".join(_means(matrix))])))
    return Path(path)


def _means(matrix: GXLTMatrix) -> list[str]:
    """The means of all cells and of the diagonal; over how many, where not all are there."""
    over = {mean.label: "" if mean.cells == mean.of else f" ({mean.cells} of {mean.of})" for mean in matrix.means}
    return [f"{each.label}{over[each.label]}: {each.value:.1f}" for each in matrix.means[:2] if each.value is not None]


def _frame_diagonal(axes: Any, matrix: GXLTMatrix) -> None:
    from matplotlib.patches import Rectangle

    for row, context in enumerate(matrix.contexts):
        if context in matrix.questions:
            corner = (matrix.questions.index(context) - 0.47, row - 0.47)
            axes.add_patch(Rectangle(corner, 0.94, 0.94, fill=False, edgecolor="red", linewidth=2))


def _mark_amounts(axes: Any, amounts: Sequence[float]) -> None:
    """The axis of the amounts: logarithmic where they are wide apart, a zero among them included."""
    least = min((amount for amount in amounts if amount > 0), default=0)
    if least and amounts[-1] > _WIDE * least:
        axes.set_xscale("symlog", linthresh=least)
    slanted = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if len(amounts) > 8 else {}
    axes.set_xticks(amounts, [f"{amount:,g}" for amount in amounts], **slanted)
    axes.set_xticks([], minor=True)
