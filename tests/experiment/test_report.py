"""Reports: text for the terminal and for a file, tables as CSV, pictures or why there are none."""

from __future__ import annotations

from pathlib import Path

from hf_xlqa.experiment.report import Picture, Report, Table
from hf_xlqa.reports.grid import Style, render


def table(style: Style) -> str:
    grid = render([["set", "F1"], ["toy/en", "50.0"]], style)
    return grid if style == "csv" else f"{grid}\n\nrule:squad|version:1.1\nrule:mlqa|version:1"


def draw(path: Path) -> Path:
    path.write_bytes(b"picture")
    return path


def cannot_draw(path: Path) -> Path:
    path.write_bytes(b"half")
    raise ImportError("Pictures need matplotlib")


REPORT = Report("BERT", [Table("XLT", "xlt", table)], ["2 are left out"], [Picture("xlt.png", draw)], ["hf-xlqa x"])


def test_the_terminal_gets_the_title_the_notes_and_the_tables() -> None:
    assert REPORT.text("plain").splitlines() == [
        *("BERT", "", "2 are left out", "", "XLT", ""),
        *("set     F1", "------  ----", "toy/en  50.0", ""),
        *("rule:squad|version:1.1", "rule:mlqa|version:1"),
    ]


def test_the_file_holds_the_same_in_markdown_with_pictures_and_origin(tmp_path: Path) -> None:
    files, undrawn = REPORT.write(tmp_path / "out")
    assert [path.name for path in files] == ["report.md", "xlt.csv", "xlt.png"]
    assert undrawn == []
    assert files[0].read_text(encoding="utf-8").splitlines() == [
        *("# BERT", "", "- 2 are left out", "", "## XLT", ""),
        *("| set    | F1   |", "| ------ | ---- |", "| toy/en | 50.0 |", ""),
        *("- rule:squad|version:1.1", "- rule:mlqa|version:1", ""),
        *("![xlt](xlt.png)", "", "    hf-xlqa x"),
    ]
    assert files[1].read_text(encoding="utf-8") == "set,F1\ntoy/en,50.0\n"
    assert files[2].read_bytes() == b"picture"
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_what_cannot_be_drawn_is_said_and_leaves_no_file(tmp_path: Path) -> None:
    report = Report("BERT", [], pictures=[Picture("a.png", cannot_draw), Picture("b.png", draw)])
    files, undrawn = report.write(tmp_path, "comparison.md")
    assert undrawn == ["no pictures: Pictures need matplotlib"]
    assert [path.name for path in tmp_path.iterdir()] == [path.name for path in files] == ["comparison.md"]
    assert "no pictures: Pictures need matplotlib" in files[0].read_text(encoding="utf-8")
