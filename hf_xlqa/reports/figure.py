"""What all pictures share: the figure that is written, its measures by name, and groups of bars."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hf_xlqa.reports.curve import CurveMeasure
from hf_xlqa.reports.fonts import give_glyphs
from hf_xlqa.reports.score import Measure

LABELS: dict[CurveMeasure, str] = {
    "exact_match": "exact match",
    "f1": "F1",
    "average": "mean of exact match and F1",
}
"""What an axis is called."""

BAR_GROUP = 0.8
"""Width of the bars of a set together, of the room between two sets."""

_UPRIGHT = 16  # bars that are wide enough for their number
_ROOM_FOR_TEXT = 15  # height of a bar that a number fits into

_UNDATED = {".png": {"Software": None}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}


@contextmanager
def figure(path: str | Path, *, height: float) -> Iterator[Any]:
    """A figure 10 inches wide, written when it is drawn; the user's backend and settings are left alone.

    Args:
        path: where to write; the ending says the format.
        height: in inches.

    Raises:
        ImportError: when matplotlib is missing.
    """
    try:
        from matplotlib import style
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("Pictures need matplotlib: pip install 'hf-xlqa[demo]'") from error
    with style.context(["default", {"svg.hashsalt": "hf-xlqa"}]):
        drawn = Figure(figsize=(10, height), layout="constrained")
        yield drawn
        give_glyphs(drawn)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing from font")  # told once, with the remedy
            drawn.savefig(path, dpi=150, metadata=_UNDATED.get(Path(path).suffix.lower()))


def bar_places(systems: Sequence[str], sets: int) -> Iterator[tuple[str, list[float], float]]:
    """Each system with the centres of its bars and their width; sets are one apart."""
    room = BAR_GROUP / len(systems)
    for place, system in enumerate(systems):
        yield system, [group - BAR_GROUP / 2 + (place + 0.5) * room for group in range(sets)], room * 0.92


def write_bar(axes: Any, centre: float, height: float, top: float, text: str, *, bars: int) -> None:
    """A text at the foot of a bar, or above it where it is too low.

    Args:
        axes: with the bar.
        centre, height: of the bar.
        top: what the text stands above, such as the end of an interval.
        text: what is written.
        bars: how many there are in the picture, for the size of the text.
    """
    inside = height > _ROOM_FOR_TEXT
    place, color = (1, "white") if inside else (top + 1, "black")
    size, angle = max(4.0, min(10.0, 400 / bars)), 90 if bars > _UPRIGHT else 0
    axes.text(centre, place, text, color=color, fontsize=size, rotation=angle, ha="center", va="bottom")


def in_order(system: str, by_name: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    """What a system has of each set, in the order of the names.

    Raises:
        ValueError: when it lacks one.
    """
    absent = [name for name in names if name not in by_name]
    if absent:
        raise ValueError(f"`systems[{system!r}]` must have a score of every set, but has none of {', '.join(absent)}.")
    return [by_name[name] for name in names]


def finish_bars(drawn: Any, axes: Any, names: Sequence[str], measure: Measure, title: str) -> None:
    """Names under the groups of bars, scores from 0 to 100, and `dress`."""
    axes.set_xticks(range(len(names)), names, rotation=0 if len(names) <= 8 else 45)
    axes.set_ylim(0, 100)
    dress(drawn, axes, measure, title)


def dress(drawn: Any, axes: Any, measure: CurveMeasure, title: str) -> None:
    """The measure beside the axis, the title, and a legend below."""
    axes.set_ylabel(LABELS[measure])
    axes.set_title(title)
    axes.spines[["top", "right"]].set_visible(False)
    entries = len(axes.get_legend_handles_labels()[1])
    drawn.legend(loc="outside lower center", ncols=4 if entries == 4 else 3, frameon=False)
