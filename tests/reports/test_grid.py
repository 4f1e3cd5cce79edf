"""Grids as text."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.reports.grid import render, transposed

GRID = [["set", "F1"], ["東京", "1.0"], ["हिन्दी", "-"]]


def test_plain_columns_are_as_wide_as_a_terminal_shows_them() -> None:
    # Han characters take two columns; the virama of Hindi takes none, its vowel signs one.
    assert render(GRID, "plain") == "set    F1\n-----  ---\n東京   1.0\nहिन्दी  -"


def test_markdown_escapes_what_would_end_a_cell() -> None:
    assert render([["rule|version"], ["a"]]) == "| rule\\|version |\n| ------------- |\n| a             |"


def test_csv_quotes_what_would_end_a_field() -> None:
    assert render([["a", "b"], ['"x", y', "z"]], "csv") == 'a,b\n"""x"", y",z'


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=2, max_size=2), min_size=1))
def test_csv_is_read_back_as_it_was(grid: list[list[str]]) -> None:
    assert list(csv.reader(io.StringIO(render(grid, "csv")))) == grid


@given(st.lists(st.lists(st.text("ab界é|", max_size=5), min_size=2, max_size=2), min_size=1))
def test_lines_of_markdown_are_equally_wide(grid: list[list[str]]) -> None:
    lines = render(grid).splitlines()
    assert len({len(line) + line.count("界") for line in lines}) == 1
    assert len(lines) == len(grid) + 1


def test_rows_and_columns_exchanged() -> None:
    assert transposed([["a", "b"], ["c", "d"], ["e", "f"]]) == [["a", "c", "e"], ["b", "d", "f"]]


def test_an_unknown_style_lists_the_valid_ones() -> None:
    with pytest.raises(ValueError, match="`style` must be one of markdown, plain, csv, but is 'html' instead"):
        render(GRID, "html")


@pytest.mark.parametrize(("grid", "lengths"), [([["a", "b"], ["c"]], "1, 2"), ([], "")])
def test_ragged_rows_are_refused(grid: list[list[str]], lengths: str) -> None:
    with pytest.raises(ValueError, match=rf"`grid` must have rows of one length, but has the lengths \[{lengths}\]"):
        render(grid)
