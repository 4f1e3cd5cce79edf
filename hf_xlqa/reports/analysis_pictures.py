"""Pictures of analyses: states in two dimensions, similarity against scores, and scores beside the untouched corpus.

They are made as those of `pictures` are: 10 inches wide, the same bytes from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hf_xlqa.reports.figure import LABELS, bar_places, figure, finish_bars, in_order, write_bar
from hf_xlqa.reports.score import Measure, Score

_SEED = 0  # of the choice of points and of the order they are drawn in
_POINTS = 1_000  # of each language
_COLORS = ("tab:blue", "tab:red", "tab:green", "tab:orange", "tab:purple", "tab:brown", "tab:pink", "tab:cyan")
_UNTOUCHED = "0.6"  # grey
_MEASURE_COLORS: dict[Measure, str] = {"exact_match": "tab:red", "f1": "tab:blue"}  # as in the paper
_PANEL = 280  # points, about what a panel of two is wide and high
_OFFSET, _LABEL_SIZE = 3, 8  # points
_CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))


class Projection(NamedTuple):
    """States in two dimensions.

    Args:
        points: (points, 2) of each language.
        explained: share of the variance along either axis, 0 to 1.
    """

    points: Mapping[str, NDArray[np.floating[Any]]]
    explained: tuple[float, float]


class Coefficient(NamedTuple):
    """A coefficient of how similarity and score go together.

    Args:
        name: such as "Pearson".
        value: -1 to 1.
        low, high: bounds of its interval.
    """

    name: str
    value: float
    low: float
    high: float

    @property
    def bounded(self) -> str:
        """The coefficient with its interval."""
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"

    def __str__(self) -> str:
        return f"{self.name} {self.bounded}"


def draw_projections(projections: Mapping[str, Projection], path: str | Path, *, title: str = "") -> Path:
    """States of several languages side by side, such as before and after training (Hsu et al. 2019, Figure 1).

    Args:
        projections: by the title of their panel; all have the languages of the first, whose order gives the colours.
            Of many points of a language a thousand are drawn, chosen at random but always the same.
        path: where to write, 10 x 5.5 inches; the ending says the format.
        title: above the picture.

    Returns:
        The path.

    Raises:
        ImportError: when matplotlib is missing.
        ValueError: when there is no panel or no language, a panel has other languages, or points are not (points, 2).
    """
    languages = _languages(projections)
    colors = dict(zip(languages, _COLORS * len(languages), strict=False))
    with figure(path, height=5.5) as drawn:
        panels = drawn.subplots(1, len(projections), squeeze=False)[0]
        for axes, (name, projection) in zip(panels, projections.items(), strict=True):
            _scatter(axes, projection.points, colors)
            first, second = projection.explained
            axes.set_title(name)
            axes.set_xlabel(f"first component ({first:.1%} of the variance)")
            axes.set_ylabel(f"second component ({second:.1%} of the variance)")
        marks = [panels[0].scatter([], [], color=color, s=30) for color in colors.values()]
        drawn.legend(marks, languages, loc="outside lower center", ncols=min(len(languages), 8), frameon=False)
        drawn.suptitle(title)
    return Path(path)


def draw_similarity(
    similarity: Mapping[str, float],
    scores: Mapping[Measure, Mapping[str, float]],
    path: str | Path,
    *,
    kind: str,
    correlations: Mapping[Measure, Sequence[Coefficient]] | None = None,
    title: str = "",
) -> Path:
    """A labelled point a language pair, similarity against score, with the line of least squares, a panel a measure.

    It is Figures 2 and 3 of Hsu et al. (2019), with both measures side by side.

    Args:
        similarity: of the states, by language pair.
        scores: 0 to 100 by language pair, of one measure or both.
        path: where to write, 10 x 5.5 inches; the ending says the format.
        kind: what the similarity is, such as "cosine" or "SVCCA".
        correlations: with their intervals, written above the panel of their measure.
        title: above the picture.

    Returns:
        The path.

    Raises:
        ImportError: when matplotlib is missing.
        ValueError: when there are fewer than two pairs, no measure, or a measure lacks the score of a pair.
    """
    if len(similarity) < 2 or not scores:
        raise ValueError(
            f"`similarity` must be of two language pairs or more, and `scores` of a measure or both, "
            f"but they are of {len(similarity)} and {len(scores)} instead."
        )
    values = {measure: _of_pairs(measure, own, list(similarity)) for measure, own in scores.items()}
    with figure(path, height=5.5) as drawn:
        for axes, (measure, heights) in zip(
            drawn.subplots(1, len(values), squeeze=False)[0], values.items(), strict=True
        ):
            _points(axes, similarity, heights, _MEASURE_COLORS[measure])
            axes.set_title("\n".join(map(str, (correlations or {}).get(measure, ()))), fontsize=11)
            axes.set_xlabel(f"{kind} similarity")
            axes.set_ylabel(LABELS[measure])
        drawn.suptitle(title)
    return Path(path)


def draw_changes(
    systems: Mapping[str, Sequence[Score]],
    path: str | Path,
    *,
    untouched: str,
    measure: Measure = "exact_match",
    title: str = "",
) -> Path:
    """Bars of changed corpora beside the untouched one in grey, with the difference to it on each.

    The permuted, code-switched and typology corpora of Hsu et al. (2019, Tables 3, 4 and 6) are shown like this.

    Args:
        systems: scores by what was changed, the untouched corpus among them; all have the sets of the first.
        path: where to write, 10 x 5 inches; the ending says the format.
        untouched: name of the untouched among the systems.
        measure: which score.
        title: above the picture.

    Returns:
        The path.

    Raises:
        ImportError: when matplotlib is missing.
        ValueError: when there are no scores, none of the untouched, or a system lacks a set.
    """
    if untouched not in systems or not systems[untouched]:
        raise ValueError(
            f"`systems` must hold scores of {untouched!r}, but hold {', '.join(systems) or 'none'} instead."
        )
    names = [score.name for score in systems[untouched]]
    values = {
        system: in_order(system, {score.name: getattr(score, measure) for score in scores}, names)
        for system, scores in {untouched: systems[untouched], **systems}.items()
    }
    colors = iter(_COLORS * len(values))
    bars = len(names) * len(values)
    with figure(path, height=5) as drawn:
        axes = drawn.subplots()
        for system, centres, width in bar_places(list(values), len(names)):
            own = system == untouched
            axes.bar(centres, values[system], width, label=system, color=_UNTOUCHED if own else next(colors))
            for centre, value, base in zip(centres, values[system], values[untouched], strict=True):
                text = f"{value:.1f}" if own else f"{value - base:+.1f}"
                write_bar(axes, centre, value, value, text, bars=bars)
        finish_bars(drawn, axes, names, measure, title)
    return Path(path)


def _languages(projections: Mapping[str, Projection]) -> list[str]:
    """Those of the first panel."""
    languages = list(next(iter(projections.values())).points) if projections else []
    if not languages:
        raise ValueError("`projections` must hold points of a language at least, but hold none instead.")
    for name, projection in projections.items():
        if set(projection.points) != set(languages):
            raise ValueError(
                f"`projections[{name!r}]` must have points of {', '.join(languages)}, "
                f"but has some of {', '.join(projection.points) or 'no language'} instead."
            )
        for language, points in projection.points.items():
            if points.ndim != 2 or points.shape[1] != 2:
                raise ValueError(
                    f"`projections[{name!r}].points[{language!r}]` must have the shape (points, 2), "
                    f"but has {points.shape} instead."
                )
    return languages


def _scatter(axes: Any, points: Mapping[str, NDArray[np.floating[Any]]], colors: Mapping[str, str]) -> None:
    """The points of all languages in one random order, so that none hides the others."""
    rng = np.random.default_rng(_SEED)
    chosen = [rng.permutation(points[language])[:_POINTS] for language in colors]
    order = rng.permutation(sum(map(len, chosen)))
    shades = np.repeat(list(colors.values()), list(map(len, chosen)))
    axes.scatter(*np.concatenate(chosen)[order].T, c=shades[order], s=4, alpha=0.6, linewidths=0)


def _of_pairs(measure: Measure, scores: Mapping[str, float], pairs: Sequence[str]) -> list[float]:
    absent = [pair for pair in pairs if pair not in scores]
    if absent:
        raise ValueError(f"`scores[{measure!r}]` must have every language pair, but lack {', '.join(absent)} instead.")
    return [scores[pair] for pair in pairs]


def _points(axes: Any, similarity: Mapping[str, float], heights: Sequence[float], color: str) -> None:
    places = list(similarity.values())
    axes.scatter(places, heights, color=color)
    corners = _corners(list(similarity), places, heights)
    for pair, corner, *point in zip(similarity, corners, places, heights, strict=True):
        horizontal, vertical = corner
        sides = {"ha": "left" if horizontal > 0 else "right", "va": "bottom" if vertical > 0 else "top"}
        offset = (horizontal * _OFFSET, vertical * _OFFSET)
        axes.annotate(pair, point, offset, textcoords="offset points", fontsize=_LABEL_SIZE, **sides)
    if min(places) < max(places):
        slope, start = np.polyfit(places, heights, 1)
        ends = np.array([min(places), max(places)])
        axes.plot(ends, start + slope * ends, color=color, linewidth=1)
    axes.spines[["top", "right"]].set_visible(False)


def _corners(pairs: Sequence[str], places: Sequence[float], heights: Sequence[float]) -> list[tuple[int, int]]:
    """On which side of its point each label stands, so that it is over as few labels and points as can be."""
    across, up = (_spread(values) * _PANEL for values in (places, heights))
    taken = [(x - _OFFSET, x + _OFFSET, y - _OFFSET, y + _OFFSET) for x, y in zip(across, up, strict=True)]
    corners = []
    for pair, x, y in zip(pairs, across, up, strict=True):
        width = _OFFSET + len(pair) * _LABEL_SIZE * 0.6
        boxes = {
            (right, above): (*sorted((x, x + right * width)), *sorted((y, y + above * (_OFFSET + _LABEL_SIZE))))
            for right, above in _CORNERS
        }
        best = min(_CORNERS, key=lambda corner: sum(_overlap(boxes[corner], other) for other in taken))
        corners.append(best)
        taken.append(boxes[best])
    return corners


def _spread(values: Sequence[float]) -> NDArray[np.floating[Any]]:
    """The values from 0 to 1, the least to the greatest."""
    least, most = min(values), max(values)
    return (np.array(values, dtype=float) - least) / ((most - least) or 1.0)


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether two boxes (left, right, bottom, top) share some room."""
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]
