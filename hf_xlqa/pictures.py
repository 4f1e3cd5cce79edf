"""Pictures of scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from hf_xlqa.reports import Score


def draw_scores(
    systems: Mapping[str, Sequence[Score]],
    path: str | Path,
    *,
    measure: Literal["exact_match", "f1"] = "exact_match",
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
    values = {system: _values(system, scores, names, measure) for system, scores in {**systems, **lines}.items()}
    figure, axes = _pyplot().subplots(figsize=(10, 5), layout="constrained")
    width = 0.8 / len(systems)
    for place, system in enumerate(systems):
        centres = [group - 0.4 + (place + 0.5) * width for group in range(len(names))]
        axes.bar(centres, values[system], width * 0.92, label=system)
    for reference, style in zip(lines, ("--", ":", "-.") * len(lines), strict=False):
        spans = [group + side for group in range(len(names)) for side in (-0.4, 0.4)]
        heights = [value for value in values[reference] for _ in range(2)]
        for start in range(0, len(spans), 2):
            label = reference if start == 0 else None
            axes.plot(spans[start : start + 2], heights[start : start + 2], style, color="black", label=label)
    axes.set_xticks(range(len(names)), names)
    axes.set_ylim(0, 100)
    axes.set_ylabel({"exact_match": "exact match", "f1": "F1"}[measure])
    axes.set_title(title)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, dpi=150)
    _pyplot().close(figure)
    return Path(path)


def _values(system: str, scores: Sequence[Score], names: Sequence[str], measure: str) -> list[float]:
    by_name = {score.name: float(getattr(score, measure)) for score in scores}
    absent = [name for name in names if name not in by_name]
    if absent:
        raise ValueError(f"`systems[{system!r}]` must have a score of every set, but has none of {', '.join(absent)}.")
    return [by_name[name] for name in names]


def _pyplot() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise ImportError("Pictures need matplotlib: pip install hf-xlqa[demo]") from error
    matplotlib.use("agg")
    from matplotlib import pyplot

    return pyplot
