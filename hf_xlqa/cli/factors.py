"""`hf-xlqa factors SCORES... --by NAME`: what scores depend on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

_Scores = Annotated[
    list[str],
    typer.Argument(
        metavar="[FACTOR=LEVEL,...:]SCORES...",
        help="Files that `hf-xlqa evaluate` wrote, or their folders, with what they do not tell themselves, such as "
        "size=half,translated=no:outputs/half-0.",
        show_default=False,
    ),
]
_By = Annotated[
    list[str],
    typer.Option(
        "--by",
        metavar="NAME",
        help="Factor: system, seed, set, language, question_language or one that is given with the scores; repeatable. "
        "Interactions are joined by a colon.",
        show_default=False,
    ),
]
_Measure = Annotated[Literal["f1", "exact_match"], typer.Option("--measure", help="Which score.")]
_Output = Annotated[
    Path | None,
    typer.Option("--output", metavar="DIR", file_okay=False, help="Folder for factors.json, .md and .csv."),
]


def factors(scores: _Scores, by: _By, measure: _Measure = "f1", output: _Output = None) -> None:
    """Tell by an analysis of variance how much of the scores each factor accounts for, beside the others."""
    from hf_xlqa.experiment.factors import factors_of_scores
    from hf_xlqa.json_record import write_text

    found = factors_of_scores(scores, by, measure=measure)
    if output is None:
        typer.echo(found.report.text("plain"))
    else:
        typer.echo(found.report.leave(write_text(output / "factors.json", found.to_json()), "factors.md"))
