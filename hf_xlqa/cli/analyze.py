"""`hf-xlqa analyze --model DIR --corpora LANGUAGE=PATH...`: what a model transfers between languages, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

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

_Model = Annotated[str, typer.Option("--model", metavar="DIR|ID", help="Model whose states are read.")]
_Corpora = Annotated[
    list[str],
    typer.Option(
        "--corpora",
        metavar="[NAME/]LANGUAGE=PATH...",
        help="Corpora that are translations of each other, joined by their ids; the first is the source.",
    ),
]
_More = Annotated[list[str] | None, typer.Argument(metavar="LANGUAGE=PATH", hidden=True)]
_Output = Annotated[
    Path, typer.Option("--out", "--output", metavar="DIR", file_okay=False, help="Folder for states and reports.")
]
_Before = Annotated[
    str | None,
    typer.Option("--before", metavar="DIR|ID|sample", help="Encoder it was fine-tuned from, to compare with."),
]
_Source = Annotated[
    str | None, typer.Option("--source", metavar="LANGUAGE", help="Compared with the others; by default the first.")
]
_Scores = Annotated[
    Path | None,
    typer.Option("--scores", metavar="FILE|DIR", help="What `hf-xlqa evaluate` wrote of the model, to compare with."),
]
_Read = Annotated[
    Literal["answer", "question", "context", "cls"],
    typer.Option("--read", help="What of each example is compared: the mean over these tokens."),
]
_Layers = Annotated[
    list[int] | None,
    typer.Option("--layer", help="Hidden state, 0 for the embeddings, -1 for the last; repeatable; by default all."),
]
_Share = Annotated[float, typer.Option("--share", help="Share of the variance that SVCCA and PWCCA keep.")]
_Dimensions = Annotated[
    int | None, typer.Option("--dimensions", min=1, help="How many directions they keep, in place of a share.")
]
_Shuffles = Annotated[int, typer.Option("--shuffles", min=1, help="How often texts are shuffled for chance.")]
_Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the random numbers.")]
_Examples = Annotated[
    int | None, typer.Option("--max-examples", min=1, help="Greatest number of the source's examples.")
]


def analyze(
    model: _Model,
    corpora: _Corpora,
    output: _Output,
    more: _More = None,
    before: _Before = None,
    source: _Source = None,
    scores: _Scores = None,
    read: _Read = "answer",
    layers: _Layers = None,
    share: _Share = 0.99,
    dimensions: _Dimensions = None,
    shuffles: _Shuffles = 10,
    seed: _Seed = 0,
    max_examples: _Examples = None,
    split: Split = "validation",
    revision: Revision = "main",
    trust_remote_code: TrustRemoteCode = False,
    max_length: MaxLength = 384,
    window_step: WindowStep = 128,
    max_question_length: MaxQuestionLength = 64,
    batch_size: BatchSize = 32,
) -> None:
    """Compare languages in the states of a model: cosine, SVCCA, PWCCA, CKA, and where tokens lie before and after.

    Writes analysis.json, analysis.md, the tables as CSV and pictures into the folder, the states below it, and
    prints the tables. What was read before a kill is not read again.
    """
    from hf_xlqa.analysis.transfer import SimilaritySettings
    from hf_xlqa.experiment.evaluate import ModelOptions
    from hf_xlqa.experiment.transfer_analysis import TransferRequest, analyse_transfer
    from hf_xlqa.experiment.transfer_report import transfer_report
    from hf_xlqa.json_record import write_text

    options = ModelOptions(
        model,
        revision=revision,
        trust_remote_code=trust_remote_code,
        max_length=max_length,
        window_step=window_step,
        max_question_length=max_question_length,
        batch_size=batch_size,
    )
    request = TransferRequest(
        model=options,
        corpora=[*corpora, *(more or ())],
        before=before,
        source=source,
        scores=scores,
        read=read,
        layers=layers or None,
        settings=SimilaritySettings(share, dimensions, shuffles, seed),
        split=split,
        max_examples=max_examples,
    )
    analysis = analyse_transfer(request, output)
    numbers = write_text(output / "analysis.json", analysis.to_json())
    typer.echo(transfer_report(analysis).leave(numbers, "analysis.md"))
