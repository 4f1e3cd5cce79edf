"""Pictures of analyses show the numbers they are given, and come out the same every time."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib import image
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from hf_xlqa.reports import Score
from hf_xlqa.reports.analysis_pictures import (
    Coefficient,
    Projection,
    draw_changes,
    draw_projections,
    draw_similarity,
)

PAIRS = {"en-zh": 0.2, "en-de": 0.8, "en-ko": 0.5}
F1 = {"en-zh": 30.0, "en-de": 90.0, "en-ko": 60.0, "not drawn": 1.0}


def scores(*values: float) -> list[Score]:
    return [
        Score(f"sample/{language}", language, "squad", value, value / 2, 10, "signature")
        for language, value in zip(("en", "zh"), values, strict=False)
    ]


def grid(points: int, shift: float) -> np.ndarray:
    return np.stack([np.arange(points) + shift, np.arange(points) % 7], axis=1)


def projections() -> dict[str, Projection]:
    return {
        "before": Projection({"en": grid(50, 0), "zh": grid(5, 1000)}, (0.5, 0.25)),
        "after": Projection({"zh": grid(5, 0), "en": grid(50, 1000)}, (0.625, 0.125)),
    }


def test_states_are_drawn_by_language_before_and_after(
    tmp_path: Path, drawn: list[Figure], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hf_xlqa.reports.analysis_pictures._POINTS", 20)
    path = draw_projections(projections(), tmp_path / "pca.png", title="Last layer")
    before, after = drawn[0].axes
    for axes, shift in ((before, {"en": 0, "zh": 1000}), (after, {"en": 1000, "zh": 0})):
        points, colors = np.asarray(axes.collections[0].get_offsets()), axes.collections[0].get_facecolor()
        for language, color, drawn_points in (("en", "tab:blue", 20), ("zh", "tab:red", 5)):
            own = points[(colors[:, :3] == to_rgba(color)[:3]).all(axis=1)]
            assert len(np.unique(own, axis=0)) == len(own) == drawn_points
            assert {tuple(point) for point in own} <= {tuple(point) for point in grid(50, shift[language])}
    assert [axes.get_title() for axes in (before, after)] == ["before", "after"]
    assert before.get_xlabel() == "first component (50.0% of the variance)"
    assert after.get_ylabel() == "second component (12.5% of the variance)"
    assert [text.get_text() for text in drawn[0].legends[0].get_texts()] == ["en", "zh"]
    assert image.imread(path).shape[:2] == (825, 1500)


def test_languages_are_drawn_among_each_other(tmp_path: Path, drawn: list[Figure]) -> None:
    both = {"states": Projection({"en": grid(50, 0), "zh": grid(50, 0)}, (0.5, 0.5))}
    draw_projections(both, tmp_path / "pca.png")
    colors = drawn[0].axes[0].collections[0].get_facecolor()
    changes = (colors[1:] != colors[:-1]).any(axis=1).sum()
    assert 30 < changes < 70


def test_projections_that_cannot_be_drawn_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`projections` must hold points of a language at least, but hold none"):
        draw_projections({}, tmp_path / "pca.png")
    other = projections() | {"after": Projection({"en": grid(5, 0)}, (0.5, 0.1))}
    with pytest.raises(
        ValueError, match=r"`projections\['after'\]` must have points of en, zh, but has some of en inst"
    ):
        draw_projections(other, tmp_path / "pca.png")
    flat = {"before": Projection({"en": np.zeros((4, 3))}, (0.5, 0.1))}
    with pytest.raises(ValueError, match=r"`projections\['before'\].points\['en'\]` must have the shape \(points, 2\)"):
        draw_projections(flat, tmp_path / "pca.png")
    assert not list(tmp_path.iterdir())


def test_every_pair_is_a_labelled_point_and_the_line_is_fitted(tmp_path: Path, drawn: list[Figure]) -> None:
    correlations = {"f1": [Coefficient("Pearson", 1, 0.91234, 1), Coefficient("Spearman", 0.5, -0.2, 0.9)]}
    em = {"en-zh": 20.0, "en-de": 20.0, "en-ko": 50.0}
    path = draw_similarity(
        PAIRS,
        {"exact_match": em, "f1": F1},
        tmp_path / "similarity.png",
        kind="cosine",
        correlations=correlations,
        title="Answers",
    )
    left, right = drawn[0].axes
    assert np.asarray(right.collections[0].get_offsets()).tolist() == [[0.2, 30], [0.8, 90], [0.5, 60]]
    assert np.asarray(left.collections[0].get_offsets()).tolist() == [[0.2, 20], [0.8, 20], [0.5, 50]]
    assert {text.get_text(): text.xy for text in right.texts} == {
        "en-zh": (0.2, 30),
        "en-de": (0.8, 90),
        "en-ko": (0.5, 60),
    }
    assert right.lines[0].get_xydata() == pytest.approx(np.array([[0.2, 30], [0.8, 90]]))
    assert left.lines[0].get_xydata() == pytest.approx(np.array([[0.2, 30], [0.8, 30]]))
    assert (left.get_title(), right.get_title()) == ("", "Pearson 1.00 [0.91, 1.00]\nSpearman 0.50 [-0.20, 0.90]")
    assert (left.get_ylabel(), right.get_ylabel(), left.get_xlabel()) == ("exact match", "F1", "cosine similarity")
    assert image.imread(path).shape[:2] == (825, 1500)


def test_labels_stand_beside_each_other_where_points_are_near(tmp_path: Path, drawn: list[Figure]) -> None:
    near = {"en-zh": 0.5, "en-ja": 0.501, "en-de": 0.1, "en-hi": 0.9}
    draw_similarity(
        near, {"f1": {"en-zh": 50, "en-ja": 50, "en-de": 0, "en-hi": 100}}, tmp_path / "near.png", kind="CKA"
    )
    (axes,) = drawn[0].axes
    renderer = FigureCanvasAgg(drawn[0]).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in axes.texts]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])


def test_pairs_of_one_similarity_have_no_line(tmp_path: Path, drawn: list[Figure]) -> None:
    draw_similarity({"en-zh": 0.5, "en-de": 0.5}, {"f1": F1}, tmp_path / "same.png", kind="cosine")
    assert not drawn[0].axes[0].lines


def test_similarities_that_cannot_be_drawn_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="of two language pairs or more, .* they are of 1 and 1 instead"):
        draw_similarity({"en-zh": 0.5}, {"f1": F1}, tmp_path / "one.png", kind="cosine")
    with pytest.raises(ValueError, match=r"`scores\['f1'\]` must have every language pair, but lack en-hi instead"):
        draw_similarity({**PAIRS, "en-hi": 0.1}, {"f1": F1}, tmp_path / "one.png", kind="cosine")
    assert not list(tmp_path.iterdir())


def test_changed_corpora_stand_beside_the_untouched_one(tmp_path: Path, drawn: list[Figure]) -> None:
    systems = {"SOV": scores(80, 55), "English": scores(90, 50), "OVS": scores(10, 50)}
    path = draw_changes(systems, tmp_path / "changes.png", untouched="English", title="Orders")
    axes = drawn[0].axes[0]
    assert [patch.get_height() for patch in axes.patches] == [90, 50, 80, 55, 10, 50]
    assert [text.get_text() for text in axes.texts] == ["90.0", "50.0", "-10.0", "+5.0", "-80.0", "+0.0"]
    assert [text.get_color() for text in axes.texts] == ["white"] * 4 + ["black", "white"]
    assert axes.patches[0].get_facecolor() == to_rgba("0.6")
    assert len({patch.get_facecolor() for patch in axes.patches}) == 3
    assert [text.get_text() for text in drawn[0].legends[0].get_texts()] == ["English", "SOV", "OVS"]
    assert image.imread(path).shape[:2] == (750, 1500)


def test_changes_take_the_measure_that_is_asked_for(tmp_path: Path, drawn: list[Figure]) -> None:
    draw_changes({"English": scores(90), "SOV": scores(80)}, tmp_path / "f1.png", untouched="English", measure="f1")
    assert [patch.get_height() for patch in drawn[0].axes[0].patches] == [45, 40]


def test_changes_without_the_untouched_corpus_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`systems` must hold scores of 'English', but hold SOV instead"):
        draw_changes({"SOV": scores(1)}, tmp_path / "changes.png", untouched="English")
    with pytest.raises(
        ValueError, match=r"`systems\['SOV'\]` must have a score of every set, but has none of sample/zh"
    ):
        draw_changes({"English": scores(1, 2), "SOV": scores(1)}, tmp_path / "changes.png", untouched="English")


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_same_numbers_give_the_same_bytes(ending: str, tmp_path: Path) -> None:
    for name, settings in (("first", {}), ("second", {"figure.facecolor": "black", "font.size": 20})):
        folder = tmp_path / name
        folder.mkdir()
        with matplotlib.rc_context(settings):
            draw_projections(projections(), folder / f"pca.{ending}")
            draw_similarity(PAIRS, {"f1": F1}, folder / f"similarity.{ending}", kind="cosine")
            draw_changes({"English": scores(1, 2)}, folder / f"changes.{ending}", untouched="English")
    for path in sorted((tmp_path / "first").iterdir()):
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()
