"""`hf-xlqa compare SCORES...`: whether systems differ, by more than chance."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

_Scores = Annotated[
    list[Path],
    typer.Argument(
        metavar="SCORES...",
        help="Files that `hf-xlqa evaluate` wrote, or their folders; those of one system are its seeds.",
        show_default=False,
    ),
]
_Test = Annotated[Literal["randomization", "bootstrap", "mcnemar"], typer.Option("--test", help="The paired test.")]
_Measure = Annotated[
    Literal["f1", "exact_match"] | None,
    typer.Option("--measure", help="Which score; by default f1, exact_match for McNemar's test."),
]
_Alternative = Annotated[
    Literal["two-sided", "greater", "less"],
    typer.Option("--alternative", help="Whether a system differs from its baseline, is better, is worse."),
]
_Unit = Annotated[
    Literal["pairs", "questions"] | None,
    typer.Option(
        "--unit",
        help="What is swapped or drawn: every score by itself, or a question with all its seeds and languages; "
        "by default questions, pairs for McNemar's test.",
    ),
]
_Baseline = Annotated[
    str | None, typer.Option("--baseline", help="System that the others are compared with; by default the first.")
]
_AllPairs = Annotated[bool, typer.Option("--all-pairs", help="Compare every system with every other.")]
_Resamples = Annotated[int, typer.Option("--permutations", min=1, help="How many random permutations or resamples.")]
_Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the random numbers.")]
_Output = Annotated[
    Path | None,
    typer.Option(
        "--output", metavar="DIR", file_okay=False, help="Folder for comparison.json, .md and .csv and pictures."
    ),
]


def compare(
    scores: _Scores,
    test: _Test = "randomization",
    measure: _Measure = None,
    alternative: _Alternative = "two-sided",
    unit: _Unit = None,
    baseline: _Baseline = None,
    all_pairs: _AllPairs = False,
    permutations: _Resamples = 10_000,
    seed: _Seed = 0,
    output: _Output = None,
) -> None:
    """Test the differences between systems on every set, question by question.

    P-values are adjusted for the number of comparisons (Holm 1979); what is significant at 0.05 is marked.
    """
    from hf_xlqa.experiment.comparison import Settings, compare_files
    from hf_xlqa.json_record import write_text

    if baseline is not None and all_pairs:
        raise typer.BadParameter("Either `--baseline` or `--all-pairs` must be given, but both are.")
    right_or_wrong = test == "mcnemar"
    settings = Settings(
        test,
        measure or ("exact_match" if right_or_wrong else "f1"),
        alternative,
        unit or ("pairs" if right_or_wrong else "questions"),
        permutations,
        seed,
    )
    comparison = compare_files(scores, settings, baseline=baseline, all_pairs=all_pairs)
    if output is None:
        typer.echo(comparison.report.text("plain"))
    else:
        numbers = write_text(output / "comparison.json", comparison.to_json())
        typer.echo(comparison.report.leave(numbers, "comparison.md"))
