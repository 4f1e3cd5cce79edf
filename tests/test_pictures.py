"""Pictures are drawn from the scores they are given."""

import builtins

import pytest
from matplotlib import image, pyplot

from hf_xlqa import pictures
from hf_xlqa.pictures import draw_scores
from hf_xlqa.reports import Score


def scores(*values: float) -> list[Score]:
    return [
        Score(f"sample/{language}", language, "squad", value, value, 10, "signature")
        for language, value in zip(("en", "zh", "hi"), values, strict=False)
    ]


def test_bars_have_the_heights_of_the_scores(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(pyplot, "close", drawn.append)
    path = draw_scores(
        {"zero-shot": scores(90, 40, 30), "joint": scores(91, 50, 45)},
        tmp_path / "scores.png",
        lines={"floor": scores(30, 31, 32)},
    )
    axes = drawn[0].axes[0]
    assert [patch.get_height() for patch in axes.patches] == [90, 40, 30, 91, 50, 45]
    assert [list(line.get_ydata()) for line in axes.lines] == [[30, 30], [31, 31], [32, 32]]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["sample/en", "sample/zh", "sample/hi"]
    assert image.imread(path).shape[:2] == (750, 1500)


def test_missing_scores_are_refused(tmp_path):
    with pytest.raises(
        ValueError, match=r"`systems\['joint'\]` must have a score of every set, but has none of sample/hi"
    ):
        draw_scores({"zero-shot": scores(1, 2, 3), "joint": scores(1, 2)}, tmp_path / "scores.png")
    with pytest.raises(ValueError, match="`systems` must hold at least one score, but hold none"):
        draw_scores({}, tmp_path / "scores.png")


def test_a_missing_extra_names_the_command(monkeypatch):
    real = builtins.__import__

    def without_matplotlib(name, *args, **kwargs):
        if name == "matplotlib":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_matplotlib)
    with pytest.raises(ImportError, match=r"pip install hf-xlqa\[demo\]"):
        pictures._pyplot()
