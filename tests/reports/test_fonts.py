"""Text in scripts that matplotlib's own font lacks is set in fonts of the machine, or else the reader is told."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

from hf_xlqa.reports import Score
from hf_xlqa.reports.pictures import draw_scores


def make_font(folder: Path, family: str, characters: str) -> Path:
    """A font with squares for the characters."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (700, 700), (700, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    glyphs = [".notdef", *(f"uni{ord(character):04X}" for character in characters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap(dict(zip(map(ord, characters), glyphs[1:], strict=True)))
    builder.setupGlyf(dict.fromkeys(glyphs, square))
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (750, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    path = folder / f"{family}.ttf"
    builder.save(path)
    return path


@pytest.fixture
def only_own_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with no fonts but matplotlib's."""
    own = [entry for entry in font_manager.fontManager.ttflist if entry.name.startswith(("DejaVu", "Last Resort"))]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)


def draw(path: Path, system: str) -> None:
    draw_scores({system: [Score("sample/zh", "zh", "squad", 50, 50, 10, "signature")]}, path, title=system)


def families(figure: Figure) -> set[tuple[str, ...]]:
    return {tuple(text.get_fontfamily()) for text in figure.findobj(Text)}


@pytest.mark.usefixtures("only_own_font")
def test_glyphs_come_from_as_few_fonts_as_will_do(tmp_path: Path, drawn: list[Figure]) -> None:
    for family, characters in (("Beta", "中文한"), ("Alpha", "中文한"), ("Gamma", "中क"), ("Delta", "中")):
        font_manager.fontManager.addfont(make_font(tmp_path, family, characters))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(tmp_path / "first.png", "中文 한 क")
        draw(tmp_path / "second.png", "中文 한 क")
    assert families(drawn[0]) == {("DejaVu Sans", "Alpha", "Gamma")}
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()


@pytest.mark.usefixtures("only_own_font")
def test_characters_that_no_font_has_are_named_once_with_the_remedy(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="No font of this machine has क 中, .* install one .*Noto Sans CJK") as caught:
        draw(tmp_path / "boxes.png", "中 क")
    assert len(caught) == 1
    assert (tmp_path / "boxes.png").is_file()


def test_names_of_ticks_are_read_too(tmp_path: Path) -> None:
    score = Score("sample/\U000ffffd", "zh", "squad", 50, 50, 10, "signature")
    with pytest.warns(UserWarning, match="No font of this machine has \U000ffffd, "):
        draw_scores({"A": [score]}, tmp_path / "ticks.png")


@pytest.mark.usefixtures("only_own_font")
def test_letters_of_the_own_font_are_left_to_it(tmp_path: Path, drawn: list[Figure]) -> None:
    font_manager.fontManager.addfont(make_font(tmp_path, "Alpha", "aé"))
    draw(tmp_path / "latin.png", "aé العربية")
    assert families(drawn[0]) == {("sans-serif",)}
