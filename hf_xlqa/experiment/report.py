"""A report: tables with a title each, notes and pictures, for the terminal and for a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hf_xlqa.json_record import write_text

TextStyle = Literal["markdown", "plain"]


@dataclass(frozen=True)
class Table:
    """One table.

    Args:
        title: above it.
        stem: name of its CSV file, without the ending.
        render: gives it in a style, called with `style=`.
    """

    title: str
    stem: str
    render: Callable[..., str]


@dataclass(frozen=True)
class Picture:
    """One picture.

    Args:
        file: its name, whose ending says the format.
        draw: draws it into a file; raises ImportError where there is nothing to draw with.
    """

    file: str
    draw: Callable[[Path], Path]


@dataclass(frozen=True)
class Report:
    """What is told of scores.

    Args:
        title: above everything.
        tables: in their order.
        notes: what a reader must know, a line each.
        pictures: beside the text.
        origin: how the report came about, the last line of the file.
    """

    title: str
    tables: Sequence[Table]
    notes: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    origin: Sequence[str] = field(default_factory=tuple)

    def text(self, style: TextStyle) -> str:
        """The tables and notes as text."""
        heading, item = ("# ", "- ") if style == "markdown" else ("", "")
        parts = [heading + self.title]
        if self.notes:
            parts.append("\n".join(item + note for note in self.notes))
        for table in self.tables:
            title = f"#{heading}{table.title}" if heading else table.title
            parts.append(f"{title}\n\n{_paragraphs(table.render(style=style), style)}")
        return "\n\n".join(parts)

    def write(self, folder: Path, name: str = "report.md") -> tuple[list[Path], list[str]]:
        """Writes the report, each table as CSV, and the pictures, each file whole or not at all.

        Args:
            folder: where to.
            name: of the report itself.

        Returns:
            The files, and what could not be drawn, a line each.
        """
        drawn, undrawn = self._draw(folder)
        pictures = [f"![{path.stem}]({path.name})" for path in drawn]
        origin = [f"    {line}" for line in self.origin]
        parts = [self.text("markdown"), *undrawn, *pictures, *(["\n".join(origin)] if origin else [])]
        files = {name: "\n\n".join(parts) + "\n"}
        files |= {f"{table.stem}.csv": table.render(style="csv") + "\n" for table in self.tables}
        for file, content in files.items():
            write_text(folder / file, content)
        return [*(folder / file for file in files), *drawn], undrawn

    def leave(self, numbers: Path, name: str = "report.md") -> str:
        """Writes the report into the folder of a file that holds its numbers.

        Args:
            numbers: the file.
            name: of the report itself.

        Returns:
            What there is to print: the tables, what could not be drawn, and the names of all files.
        """
        written, undrawn = self.write(numbers.parent, name)
        names = ", ".join(path.name for path in (numbers, *written))
        return "\n".join([self.text("plain"), "", *undrawn, f"written to {numbers.parent}: {names}"])

    def _draw(self, folder: Path) -> tuple[list[Path], list[str]]:
        drawn = []
        folder.mkdir(parents=True, exist_ok=True)
        for picture in self.pictures:
            partial = folder / f"partial-{picture.file}"
            try:
                picture.draw(partial)
                drawn.append(partial.replace(folder / picture.file))
            except ImportError as error:
                return drawn, [f"no pictures: {error}"]
            finally:
                partial.unlink(missing_ok=True)
        return drawn, []


def _paragraphs(table: str, style: TextStyle) -> str:
    """A table whose lines of text are items of a list, since Markdown would run them together."""
    if style == "plain":
        return table
    blocks = (block.splitlines() for block in table.split("\n\n"))
    return "\n\n".join("\n".join(line if line.startswith("|") else f"- {line}" for line in block) for block in blocks)
