"""`hf-xlqa curve RUNS... --by NAME`: scores against an amount, such as the examples of a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

_Runs = Annotated[
    list[str],
    typer.Argument(
        metavar="[SYSTEM=]DIR...",
        help="Folders with the runs of a system each, its seeds and amounts; its name is that of the folder.",
        show_default=False,
    ),
]
_By = Annotated[
    list[str],
    typer.Option(
        "--by",
        metavar="NAME",
        help="Training corpus whose examples are counted, with those of the runs that a run started from; "
        "repeatable. Or a hyper-parameter.",
        show_default=False,
    ),
]
_Output = Annotated[
    Path, typer.Option("--output", metavar="DIR", file_okay=False, help="Folder for the tables and pictures.")
]
_Measure = Annotated[
    Literal["f1", "exact_match", "average"],
    typer.Option("--measure", help="Which score the pictures show; average is the mean of the two."),
]
_Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="CORPUS/LANGUAGE", help="Which sets; by default all that every run has; repeatable."),
]


def curve(runs: _Runs, by: _By, output: _Output, measure: _Measure = "f1", sets: _Set = None) -> None:
    """Draw learning curves from the results.json of several runs: a line a system, its seeds as mean and deviation.

    Writes curve.json, curve.md, and a CSV and a picture of every set into the folder, and prints the tables.
    """
    from hf_xlqa.experiment.curve import curve_of_runs
    from hf_xlqa.json_record import write_text

    found = curve_of_runs(runs, by=by, measure=measure, sets=sets or ())
    typer.echo(found.report.leave(write_text(output / "curve.json", found.to_json()), "curve.md"))
