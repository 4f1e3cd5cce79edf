"""`hf-xlqa train RECIPE --row NAME`: run one row of a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hf_xlqa.experiment.recipe import Row

_Recipe = Annotated[
    str, typer.Argument(metavar="RECIPE", help="A file, or PAPER/TABLE.yaml of those installed.", show_default=False)
]
_Row = Annotated[str | None, typer.Option("--row", help="Name of the row; needed where the recipe has several.")]
_List = Annotated[bool, typer.Option("--list", help="List the rows, what they need and what was published.")]
_Words = Annotated[list[str] | None, typer.Argument(metavar="[-- --ARGUMENT VALUE ...]", show_default=False)]


def train(recipe: _Recipe, row: _Row = None, list_rows: _List = False, words: _Words = None) -> None:
    """Train, evaluate and leave a checkpoint with its record and card, as a row of a recipe says.

    Arguments after `--` change those of the row; they are those of the examples
    (`python examples/run_xltt.py --help`).
    """
    from hf_xlqa.experiment.recipe import find_row, load_recipe, parse_row
    from hf_xlqa.experiment.run import run
    from hf_xlqa.interrupt import TrainingInterrupted

    if list_rows:
        for name, each in load_recipe(recipe).items():
            typer.echo("\n    ".join([f"{name}: {each.title}", *_described(each)]))
        return
    chosen = find_row(recipe, row)
    arguments = parse_row(chosen, words or [], defaults={"output_dir": f"outputs/{Path(recipe).stem}/{row or 'row'}"})
    try:
        record = run(*arguments)
    except TrainingInterrupted as stop:
        typer.echo(str(stop), err=True)
        raise typer.Exit(130) from stop
    typer.echo("\n    ".join([f"{chosen.title}: {len(record.scores)} scores", *_described(chosen)]))


def _described(row: Row) -> list[str]:
    """What a row needs and what was published for it, a line each."""
    lines = [f"needs --{name}: {content}" for name, content in row.needs.items()]
    if row.run:
        lines.append(f"run by: {row.run}")
    if row.unsupported:
        lines.append(f"cannot be run: {row.unsupported}")
    return lines + [f"published {where}: {_scores(printed)}" for where, printed in row.published.items()]


def _scores(printed: Sequence[float]) -> str:
    """EM and F1, or F1 where that is all that is printed."""
    return ", ".join(f"{name} {score}" for name, score in zip(("EM", "F1")[-len(printed) :], printed, strict=True))
