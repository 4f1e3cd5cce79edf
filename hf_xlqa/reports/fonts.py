"""Fonts for text that matplotlib's own font has no glyphs for, such as Chinese, Korean and Hindi.

Letters that join or change places, as Arabic and Hindi ones do, are put together by matplotlib itself from 3.11 on.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

DEFAULT = "DejaVu Sans"
"""Matplotlib's own font."""

_PLACEHOLDERS = "Last Resort"  # its glyphs name the script of a character, for all of Unicode
_UPRIGHT, _REGULAR = "normal", {"normal", "regular", 400}


def give_glyphs(figure: Any) -> None:
    """Set every text of a figure in fonts that have its characters, as far as this machine has such fonts.

    Characters that the default font lacks are taken from as few others as will do, in the order of their names, and
    every text may use all of them; a figure without such characters stays as it is.

    Args:
        figure: as it will be written.

    Warns:
        UserWarning: when no font has some of the characters; names them and the remedy.
    """
    texts = list(_texts(figure))
    characters = {character for text in texts for character in text.get_text() if not character.isspace()}
    missing = characters - _characters(_own_font())
    if not missing:
        return
    families, absent = _cover(missing)
    if absent:
        _warn(absent)
    for text in texts:
        text.set_fontfamily([DEFAULT, *families])


def _cover(missing: set[str]) -> tuple[list[str], set[str]]:
    """Fonts that have the missing characters together, and the characters that none has."""
    glyphs, families, absent = _glyphs(), list[str](), set(missing)
    while absent:
        family = min(glyphs, key=lambda each: (-len(absent & glyphs[each]), each))
        if not absent & glyphs[family]:
            break
        families.append(family)
        absent -= glyphs[family]
    return families, absent


def _glyphs() -> dict[str, frozenset[str]]:
    """The characters of each upright regular font of this machine, by its family."""
    from matplotlib.font_manager import fontManager

    return {
        entry.name: _characters(entry.fname)
        for entry in fontManager.ttflist
        if entry.style == _UPRIGHT and entry.weight in _REGULAR and not entry.name.startswith(_PLACEHOLDERS)
    }


def _own_font() -> str:
    from matplotlib.font_manager import findfont

    return findfont(DEFAULT)


@cache
def _characters(path: str) -> frozenset[str]:
    from matplotlib.font_manager import get_font

    return frozenset(map(chr, get_font(path).get_charmap()))


def _texts(figure: Any) -> Iterator[Any]:
    """All texts, those of the ticks brought up to date."""
    from matplotlib.text import Text

    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            axis.get_ticklabels()
    yield from figure.findobj(Text)


def _warn(absent: set[str]) -> None:
    from matplotlib import get_cachedir

    warnings.warn(
        f"No font of this machine has {' '.join(sorted(absent))}, so the picture shows boxes instead: install one that "
        "has them, such as Noto Sans CJK, Noto Sans Devanagari or Noto Sans Arabic, and delete matplotlib's list of "
        f"fonts (fontlist-*.json in {get_cachedir()}).",
        stacklevel=2,
    )
