"""Grids of text: as Markdown, as plain text for the terminal, as CSV."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence
from typing import Literal, get_args

from hf_xlqa.messages import check_choice

Grid = Sequence[Sequence[str]]
"""Rows of cells, the header first; all rows have as many cells."""

Style = Literal["markdown", "plain", "csv"]


def render(grid: Grid, style: Style = "markdown") -> str:
    """The grid as text, without a line break at its end.

    Args:
        grid: rows of cells, the header first.
        style: "markdown" or "plain", with columns padded to their width in a terminal and a rule under
            the header; or "csv" (RFC 4180, but lines end in a line feed alone).

    Raises:
        ValueError: when the style is unknown, or the rows differ in length.
    """
    check_choice("style", style, get_args(Style))
    lengths = sorted({len(row) for row in grid})
    if len(lengths) != 1:
        raise ValueError(f"`grid` must have rows of one length, but has the lengths {lengths} instead.")
    return _csv(grid) if style == "csv" else "\n".join(_padded(grid, style))


def transposed(grid: Grid) -> list[list[str]]:
    """Rows and columns exchanged."""
    return [list(line) for line in zip(*grid, strict=True)]


def _csv(grid: Grid) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(grid)
    return buffer.getvalue().removesuffix("\n")


def _padded(grid: Grid, style: Style) -> list[str]:
    cells = grid if style == "plain" else [[cell.replace("|", "\\|") for cell in row] for row in grid]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    lines = [[cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)] for row in cells]
    rule = ["-" * width for width in widths]
    if style == "plain":
        return ["  ".join(line).rstrip() for line in [lines[0], rule, *lines[1:]]]
    return [f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]]]


def _width(text: str) -> int:
    """Columns that a text takes in a terminal: wide East Asian characters take two, combining marks none."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
