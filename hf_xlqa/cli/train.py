"""`hf-xlqa train RECIPE --row NAME`: run one row of a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_Recipe = Annotated[Path, typer.Argument(metavar="RECIPE", exists=True, dir_okay=False, show_default=False)]
_Row = Annotated[str | None, typer.Option("--row", help="Name of the row; needed where the recipe has several.")]
_List = Annotated[bool, typer.Option("--list", help="List the rows, what they need and what was published.")]
_Words = Annotated[list[str] | None, typer.Argument(metavar="[-- --ARGUMENT VALUE ...]", show_default=False)]


def train(recipe: _Recipe, row: _Row = None, list_rows: _List = False, words: _Words = None) -> None:
    """Train, evaluate and leave a checkpoint with its record and card, as a row of a recipe says.

    Arguments after `--` change those of the row; they are those of the examples
    (`python examples/run_xltt.py --help`).
    """
    from hf_xlqa.experiment.recipe import find_row, load_recipe, parse_arguments
    from hf_xlqa.experiment.run import run

    if list_rows:
        for name, each in load_recipe(recipe).items():
            typer.echo(f"{name}: {each.title}")
            for need in each.needs:
                typer.echo(f"    needs {need}")
            for where, (exact_match, f1) in each.published.items():
                typer.echo(f"    published {where}: EM {exact_match}, F1 {f1}")
        return
    chosen = find_row(recipe, row)
    defaults = {"output_dir": f"outputs/{recipe.stem}/{row or 'row'}", **chosen.arguments}
    record = run(*parse_arguments(words or [], defaults=defaults))
    for where, (exact_match, f1) in chosen.published.items():
        typer.echo(f"published {where}: EM {exact_match}, F1 {f1}")
    typer.echo(f"{chosen.title}: {len(record.scores)} scores in {defaults['output_dir']}/results.json")
