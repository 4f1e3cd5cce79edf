"""Pictures are drawn from the scores they are given, and come out the same every time."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from matplotlib import image
from matplotlib.figure import Figure

from hf_xlqa.reports import Score
from hf_xlqa.reports.gxlt import gxlt_matrix
from hf_xlqa.reports.intervals import Interval
from hf_xlqa.reports.pictures import draw_intervals, draw_matrix, draw_scores


def scores(*values: float) -> list[Score]:
    return [
        Score(f"sample/{language}", language, "squad", value, value, 10, "signature")
        for language, value in zip(("en", "zh", "hi"), values, strict=False)
    ]


def cell(context: str, question: str, f1: float) -> Score:
    return Score(f"mlqa/{context}.{question}", context, "mlqa", 0, f1, 10, "signature")


def interval(system: str, language: str, mean: float, low: float, high: float, measure: str = "f1") -> Interval:
    return Interval(system, f"xquad/{language}", measure, 100, 1, mean, low, high)


CELLS = [cell("en", "en", 80.04), cell("en", "de", 61.26), cell("de", "de", 70), cell("de", "zh", 40)]
INTERVALS = [
    interval("A", "en", 50, 45, 56),
    interval("A", "zh", 9, 8, 12),
    interval("A", "en", 1, 0, 2, "exact_match"),
    interval("B", "en", 60, 58, 61),
    interval("B", "zh", 30, 28, 33),
]


def texts(axes: Any) -> dict[tuple[float, float], str]:
    """What is written inside the axes, by place."""
    return {tuple(map(float, text.get_position())): text.get_text() for text in axes.texts}


def test_bars_have_the_heights_of_the_scores(tmp_path: Path, drawn: list[Figure]) -> None:
    path = draw_scores(
        {"zero-shot": scores(90, 40, 30), "joint": scores(91, 50, 45)},
        tmp_path / "scores.png",
        lines={"floor": scores(30, 31, 32)},
        title="Exact match",
    )
    axes = drawn[0].axes[0]
    assert [patch.get_height() for patch in axes.patches] == [90, 40, 30, 91, 50, 45]
    assert [list(line.get_ydata()) for line in axes.lines] == [[30, 30], [31, 31], [32, 32]]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["sample/en", "sample/zh", "sample/hi"]
    assert (axes.get_title(), axes.get_ylabel()) == ("Exact match", "exact match")
    assert {text.get_text() for text in drawn[0].legends[0].get_texts()} == {"zero-shot", "joint", "floor"}
    assert image.imread(path).shape[:2] == (750, 1500)


def test_missing_scores_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"`systems\['joint'\]` must have a score of every set, but has none of sample/hi"
    ):
        draw_scores({"zero-shot": scores(1, 2, 3), "joint": scores(1, 2)}, tmp_path / "scores.png")
    with pytest.raises(ValueError, match="`systems` must hold at least one score, but hold none"):
        draw_scores({}, tmp_path / "scores.png")
    assert not list(tmp_path.iterdir())


def test_the_matrix_shows_every_cell_in_its_place(tmp_path: Path, drawn: list[Figure]) -> None:
    path = draw_matrix(gxlt_matrix(CELLS), tmp_path / "matrix.png", title="A reader")
    axes = drawn[0].axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["en", "de"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["en", "de", "zh"]
    assert texts(axes) == {
        (0, 0): "80.0",
        (1, 0): "61.3",
        (2, 0): "-",
        (0, 1): "-",
        (1, 1): "70.0",
        (2, 1): "40.0",
    }
    assert axes.images[0].get_array().tolist() == [[80.04, 61.26, None], [None, 70, 40]]
    centres = [
        (patch.get_x() + patch.get_width() / 2, patch.get_y() + patch.get_height() / 2) for patch in axes.patches
    ]
    assert centres == [pytest.approx((0, 0)), pytest.approx((1, 1))]
    assert axes.get_title() == "A reader\nall cells (4 of 9): 62.8;   diagonal (2 of 3): 75.0"
    assert image.imread(path).shape[:2] == (1200, 1500)


def test_numbers_stand_out_from_their_cells(tmp_path: Path, drawn: list[Figure]) -> None:
    draw_matrix(gxlt_matrix([*CELLS, cell("en", "zh", 0), cell("de", "en", 50)]), tmp_path / "matrix.png")
    axes = drawn[0].axes[0]
    picture = axes.images[0]
    for text in axes.texts:
        column, row = map(int, text.get_position())
        red, green, blue, _ = picture.to_rgba(picture.get_array())[row, column]
        brightness = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        assert abs(brightness - (text.get_color() == "white")) > 0.4


def test_a_complete_matrix_is_named(tmp_path: Path, drawn: list[Figure]) -> None:
    complete = [cell("en", "en", 80), cell("en", "de", 60), cell("de", "en", 50), cell("de", "de", 70)]
    draw_matrix(gxlt_matrix(complete), tmp_path / "matrix.png")
    assert drawn[0].axes[0].get_title() == "G-XLT, all cells: 65.0;   XLT, diagonal: 75.0"


def test_intervals_have_their_means_and_bounds(tmp_path: Path, drawn: list[Figure]) -> None:
    path = draw_intervals(INTERVALS, tmp_path / "intervals.png")
    axes = drawn[0].axes[0]
    assert [patch.get_height() for patch in axes.patches] == [50, 9, 60, 30]
    bounds = [segment[:, 1].tolist() for container in axes.collections for segment in container.get_segments()]
    assert bounds == [[45, 56], [8, 12], [58, 61], [28, 33]]
    assert [text.get_text() for text in axes.texts] == ["50.0", "9.0", "60.0", "30.0"]
    # A number that does not fit into its bar stands above the interval.
    assert [text.get_position()[1] for text in axes.texts] == [1, 13, 1, 1]
    assert [text.get_color() for text in axes.texts] == ["white", "black", "white", "white"]
    assert image.imread(path).shape[:2] == (750, 1500)


def test_an_interval_whose_bounds_differ_from_the_mean_by_rounding_is_drawn(
    tmp_path: Path, drawn: list[Figure]
) -> None:
    mean = 100 / 36
    draw_intervals([Interval("A", "xquad/zh", "f1", 5, 1, mean, mean + 1e-14, mean - 1e-14)], tmp_path / "one.png")
    (bounds,) = drawn[0].axes[0].collections[0].get_segments()
    assert bounds[:, 1].tolist() == pytest.approx([mean, mean])


def test_missing_intervals_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"`systems\['B'\]` must have a score of every set, but has none of xquad/zh"):
        draw_intervals(INTERVALS[:-1], tmp_path / "intervals.png")
    with pytest.raises(ValueError, match="`intervals` must hold one of f1 at least, but hold none instead"):
        draw_intervals(INTERVALS[2:3], tmp_path / "intervals.png")


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_same_scores_give_the_same_bytes(ending: str, tmp_path: Path) -> None:
    for name, settings in (("first", {}), ("second", {"figure.facecolor": "black", "font.size": 20})):
        with matplotlib.rc_context(settings):
            (tmp_path / name).mkdir()
            draw_matrix(gxlt_matrix(CELLS), tmp_path / name / f"matrix.{ending}")
            draw_intervals(INTERVALS, tmp_path / name / f"intervals.{ending}")
            draw_scores({"A": scores(1, 2, 3)}, tmp_path / name / f"scores.{ending}")
    for path in sorted((tmp_path / "first").iterdir()):
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()


def test_the_backend_and_settings_of_the_user_are_left_alone(tmp_path: Path) -> None:
    with matplotlib.rc_context({"font.size": 20}):
        before = dict(matplotlib.rcParams)
        draw_scores({"A": scores(1, 2, 3)}, tmp_path / "scores.png")
        assert dict(matplotlib.rcParams) == before


def test_a_missing_extra_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_matplotlib(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_matplotlib)
    with pytest.raises(ImportError, match=r"pip install 'hf-xlqa\[demo\]'"):
        draw_matrix(gxlt_matrix(CELLS), tmp_path / "matrix.png")
