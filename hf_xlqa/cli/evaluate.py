"""`hf-xlqa evaluate CORPUS...`: score predictions, or let a model answer and score that."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hf_xlqa.cli.model_options import (
    BatchSize,
    MaxLength,
    MaxQuestionLength,
    Revision,
    Split,
    TrustRemoteCode,
    WindowStep,
)

_Corpora = Annotated[
    list[str], typer.Argument(metavar="CORPUS...", help="NAME/CONTEXT[.QUESTION][=PATH].", show_default=False)
]
_Output = Annotated[
    Path, typer.Option("--output", metavar="DIR", file_okay=False, help="Folder for scores and reports.")
]
_Predictions = Annotated[
    list[str] | None,
    typer.Option(
        "--predictions",
        metavar="DIR|SET=FILE|FILE",
        help="Folder with predictions_CORPUS_LANGUAGE.json, the file of a set, or that of the only set; repeatable.",
    ),
]
_Model = Annotated[str | None, typer.Option("--model", metavar="DIR|ID", help="Model that answers the questions.")]
_Cross = Annotated[
    list[str] | None,
    typer.Option("--cross", metavar="NAME", help="Cross the languages of this corpus (G-XLT); repeatable."),
]
_Rule = Annotated[
    str | None, typer.Option("--rule", metavar="NAME[:VARIANT]", help="Scoring rule; by default the corpus's own.")
]
_Golds = Annotated[str, typer.Option("--golds", metavar="all|first", help="Which golds of a question count.")]
_Missing = Annotated[
    str, typer.Option("--missing", metavar="refuse|zero", help="What becomes of questions without a prediction.")
]
_Subset = Annotated[
    bool, typer.Option("--subset", help="Leave out, and count, predictions of questions that are not in the corpus.")
]
_System = Annotated[str | None, typer.Option("--system", help="Name of the system; by default that of the files.")]
_Seed = Annotated[
    int | None, typer.Option("--seed", help="Seed of the run; one name and several seeds compare as one.")
]
_Translations = Annotated[
    list[str] | None,
    typer.Option(
        "--translations",
        metavar="SET:LANGUAGE=PATH",
        help="Translation of a set, for a model that reads translations; repeatable.",
    ),
]


def evaluate(
    corpora: _Corpora,
    output: _Output,
    predictions: _Predictions = None,
    model: _Model = None,
    cross: _Cross = None,
    rule: _Rule = None,
    golds: _Golds = "all",
    missing: _Missing = "refuse",
    subset: _Subset = False,
    split: Split = "validation",
    system: _System = None,
    seed: _Seed = None,
    revision: Revision = "main",
    trust_remote_code: TrustRemoteCode = False,
    max_length: MaxLength = 384,
    window_step: WindowStep = 128,
    max_question_length: MaxQuestionLength = 64,
    batch_size: BatchSize = 32,
    translations: _Translations = None,
) -> None:
    """Score predictions by the official rule of each corpus, question by question.

    Writes scores.json, which `hf-xlqa compare` reads, report.md, the tables as CSV and pictures into the
    folder, and prints the tables.
    """
    from hf_xlqa.experiment.evaluate import ModelOptions, Request, evaluate_model, evaluate_predictions
    from hf_xlqa.experiment.evaluation_report import report_of
    from hf_xlqa.experiment.scoring import Rule

    if bool(predictions) == (model is not None):
        raise typer.BadParameter("Either `--predictions` or `--model` must be given, but none or both are.")
    if model is not None and subset:
        raise typer.BadParameter("`--subset` must go with `--predictions`, but goes with `--model` instead.")
    if model is None and translations:
        raise typer.BadParameter("`--translations` must go with `--model`, but goes with `--predictions` instead.")
    request = Request(corpora, Rule(rule, golds, missing), split, cross or (), system, seed)
    if model is None:
        evaluation = evaluate_predictions(request, predictions or (), subset=subset)
    else:
        options = ModelOptions(
            model,
            revision=revision,
            trust_remote_code=trust_remote_code,
            max_length=max_length,
            window_step=window_step,
            max_question_length=max_question_length,
            batch_size=batch_size,
            translations=translations or (),
        )
        evaluation = evaluate_model(request, options, output)
    typer.echo(report_of(evaluation).leave(evaluation.scores.write(output / "scores.json")))
