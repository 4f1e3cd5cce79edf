"""`hf-xlqa evaluate CORPUS...`: score predictions, or let a model answer and score that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hf_xlqa.experiment.evaluate import Evaluation

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
_Split = Annotated[str, typer.Option("--split", help="Split of corpora of the Hub and of the sample.")]
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
_Revision = Annotated[str, typer.Option("--revision", help="Branch, tag or commit of the model.")]
_Trust = Annotated[bool, typer.Option("--trust-remote-code", help="Run the model code that a checkpoint brings.")]
_Length = Annotated[int, typer.Option("--max-length", min=1, help="Length of a window in tokens.")]
_Step = Annotated[int, typer.Option("--window-step", min=1, help="Tokens from one window's start to the next.")]
_Question = Annotated[int, typer.Option("--max-question-length", min=1, help="Length of a question in tokens.")]
_Batch = Annotated[int, typer.Option("--batch-size", min=1, help="Windows in a batch.")]


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
    split: _Split = "validation",
    system: _System = None,
    seed: _Seed = None,
    revision: _Revision = "main",
    trust_remote_code: _Trust = False,
    max_length: _Length = 384,
    window_step: _Step = 128,
    max_question_length: _Question = 64,
    batch_size: _Batch = 32,
    translations: _Translations = None,
) -> None:
    """Score predictions by the official rule of each corpus, question by question.

    Writes scores.json, which `hf-xlqa compare` reads, report.md, the tables as CSV and pictures into the
    folder, and prints the tables.
    """
    from hf_xlqa.experiment.evaluate import ModelOptions, Request, evaluate_model, evaluate_predictions
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
            revision,
            trust_remote_code,
            max_length,
            window_step,
            max_question_length,
            batch_size,
            translations or (),
        )
        evaluation = evaluate_model(request, options, output)
    _leave(evaluation, output)


def _leave(evaluation: Evaluation, output: Path) -> None:
    """Writes and prints what an evaluation gave."""
    from hf_xlqa.experiment.evaluation_report import report_of

    evaluation.scores.write(output / "scores.json")
    report = report_of(evaluation)
    written, undrawn = report.write(output)
    names = ", ".join(path.name for path in (output / "scores.json", *written))
    typer.echo("\n".join([report.text("plain"), "", *undrawn, f"written to {output}: {names}"]))
