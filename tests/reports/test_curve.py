"""Learning curves: means and deviations worked by hand, and runs that make no curve."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib import image
from matplotlib.figure import Figure

from hf_xlqa.reports import Score
from hf_xlqa.reports.curve import CurveRun, LearningCurves, learning_curves
from hf_xlqa.reports.pictures import draw_curves


def score(name: str, exact_match: float, f1: float) -> Score:
    language = name.partition("/")[2]
    return Score(name, language, "drcd", exact_match, f1, 10, f"rule:drcd|language:{language}")


def run(system: str, amount: float, seed: int, exact_match: float, f1: float, *others: Score) -> CurveRun:
    scores = (score("drcd/zh", exact_match, f1), *others)
    return CurveRun(name=f"{system}/{amount}-{seed}", system=system, amount=amount, seed=seed, scores=scores)


RUNS = [
    run("GAN-CH", 25_000, 0, 74, 85),
    run("GAN-CH", 5_000, 1, 60, 72),
    run("GAN-CH", 5_000, 0, 66, 76),
    run("baseline", 25_000, 0, 66.1, 78.01),
    run("baseline", 5_000, 0, 50, 62),
    run("baseline", 5_000, 1, 50, 62),
]


@pytest.fixture
def curves() -> LearningCurves:
    return learning_curves(RUNS, by="drcd")


def test_seeds_become_a_mean_and_a_deviation(curves: LearningCurves) -> None:
    points = curves.of("drcd/zh")["GAN-CH"]
    assert [(point.amount, point.seeds) for point in points] == [(5_000, (0, 1)), (25_000, (0,))]
    assert (points[0].exact_match.mean, points[0].f1.mean, points[0].average.mean) == (63, 74, 68.5)
    # Of 66 and 60: sqrt((3^2 + 3^2) / 1); of 71 and 66: sqrt(2 * 2.5^2).
    assert points[0].exact_match.deviation == pytest.approx(18**0.5)
    assert points[0].average.deviation == pytest.approx(12.5**0.5)
    assert (points[1].f1.mean, points[1].f1.deviation) == (85, None)


def test_the_table_has_a_row_an_amount(curves: LearningCurves) -> None:
    assert curves.table("drcd/zh", "plain").splitlines() == [
        "drcd    GAN-CH               baseline",
        "------  -------------------  -------------------",
        "5,000   63.0±4.2 / 74.0±2.8  50.0±0.0 / 62.0±0.0",
        "25,000  74.0 / 85.0          66.1 / 78.0",
        "",
        "EM / F1, mean ± sample standard deviation of 1 to 2 seeds",
        "drcd: rule:drcd|language:zh",
    ]


def test_csv_has_a_row_a_point_unrounded(curves: LearningCurves) -> None:
    rows = list(csv.DictReader(curves.table("drcd/zh", "csv").splitlines()))
    assert [(row["system"], row["amount"], row["seeds"]) for row in rows] == [
        ("GAN-CH", "5000", "0 1"),
        ("GAN-CH", "25000", "0"),
        ("baseline", "5000", "0 1"),
        ("baseline", "25000", "0"),
    ]
    assert (rows[3]["f1"], rows[3]["f1_deviation"]) == ("78.01", "")
    assert (rows[0]["by"], rows[0]["exact_match"]) == ("drcd", "63.0")
    assert float(rows[0]["f1_deviation"]) == pytest.approx(8**0.5)


def test_an_amount_that_a_system_lacks_is_an_empty_cell() -> None:
    table = learning_curves([RUNS[0], RUNS[4]], by="drcd").table("drcd/zh", "plain").splitlines()
    assert [line.split("  ")[1].strip() for line in table[2:4]] == ["-", "74.0 / 85.0"]
    assert table[-2] == "EM / F1, one run each"


def test_sets_that_not_every_run_has_are_left_out_by_name() -> None:
    other, shared = score("xquad/zh", 1, 2), score("mlqa/zh", 3, 4)
    runs = [run("A", 1, 0, 10, 20, other, shared), run("A", 2, 0, 30, 40, shared)]
    curves = learning_curves(runs, by="squad")
    assert (curves.sets, curves.left_out) == (["drcd/zh", "mlqa/zh"], ("xquad/zh",))
    assert learning_curves(runs, by="squad", sets=["mlqa/zh"]).sets == ["mlqa/zh"]
    with pytest.raises(ValueError, match=r"\(drcd/zh, mlqa/zh\), but xquad/zh is not in A/2-0"):
        learning_curves(runs, by="squad", sets=["xquad/zh"])
    with pytest.raises(ValueError, match=r"that every run has \(none\), but drcd/zh is not in A/2-0"):
        learning_curves([runs[0], replace(runs[1], scores=())], by="squad")


def test_runs_that_are_no_seeds_of_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="`runs` must hold at least one run, but hold none"):
        learning_curves([], by="drcd")
    again = replace(RUNS[2], name="GAN-CH/again")
    with pytest.raises(
        ValueError, match="`runs` of GAN-CH at 5,000 must .* GAN-CH/5000-0 and GAN-CH/again both have 0"
    ):
        learning_curves([*RUNS, again], by="drcd")
    fewer = replace(RUNS[0], scores=(replace(RUNS[0].scores[0], questions=9),))
    with pytest.raises(
        ValueError, match="`questions` of drcd/zh must be as many .* 9 in GAN-CH/25000-0 and 10 in GAN-CH"
    ):
        learning_curves([fewer, *RUNS[1:]], by="drcd")
    otherwise = replace(RUNS[0], scores=(replace(RUNS[0].scores[0], signature="rule:squad"),))
    with pytest.raises(ValueError, match="`signature` must be the same"):
        learning_curves([otherwise, *RUNS[1:]], by="drcd")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that are written while a test runs."""
    figures: list[Figure] = []
    write = Figure.savefig

    def keep(figure: Figure, *args: object, **kwargs: object) -> None:
        figures.append(figure)
        write(figure, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Figure, "savefig", keep)
    return figures


def test_a_picture_has_a_line_a_system_and_a_tick_an_amount(
    curves: LearningCurves, tmp_path: Path, drawn: list[Figure]
) -> None:
    path = draw_curves(curves.of("drcd/zh"), tmp_path / "curve.png", by="drcd", measure="average", title="DRCD")
    axes = drawn[0].axes[0]
    lines = {line.get_label(): container[0] for line, container in zip(axes.containers, axes.containers, strict=True)}
    assert {name: line.get_ydata().tolist() for name, line in lines.items()} == {
        "GAN-CH": [68.5, 79.5],
        "baseline": [56, pytest.approx(72.055)],
    }
    assert lines["GAN-CH"].get_xdata().tolist() == [5_000, 25_000]
    ends = [segment[:, 1].tolist() for segment in axes.containers[0][2][0].get_segments()]
    assert ends == [[pytest.approx(68.5 - 12.5**0.5), pytest.approx(68.5 + 12.5**0.5)], [79.5, 79.5]]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["5,000", "25,000"]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("drcd", "mean of exact match and F1", "DRCD")
    assert {text.get_text() for text in drawn[0].legends[0].get_texts()} == {"GAN-CH", "baseline"}
    assert axes.get_xscale() == "linear"
    assert image.imread(path).shape[:2] == (750, 1500)


@pytest.mark.parametrize(("amounts", "scale"), [((100, 1_999), "linear"), ((100, 2_001), "symlog"), ((0, 9), "linear")])
def test_amounts_that_are_wide_apart_stand_on_a_logarithmic_axis(
    amounts: tuple[int, int], scale: str, tmp_path: Path, drawn: list[Figure]
) -> None:
    curves = learning_curves([run("A", amount, 0, 1, 2) for amount in amounts], by="squad")
    draw_curves(curves.of("drcd/zh"), tmp_path / "curve.svg", by="squad")
    assert drawn[0].axes[0].get_xscale() == scale


def test_without_a_point_there_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`curves` must hold at least one point, but hold none"):
        draw_curves({}, tmp_path / "curve.png", by="squad")
