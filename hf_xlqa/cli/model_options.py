"""Options of the verbs that load a model and read texts with it."""

from __future__ import annotations

from typing import Annotated

import typer

Split = Annotated[str, typer.Option("--split", help="Split of corpora of the Hub and of the sample.")]
Revision = Annotated[str, typer.Option("--revision", help="Branch, tag or commit of the model.")]
TrustRemoteCode = Annotated[
    bool, typer.Option("--trust-remote-code", help="Run the model code that a checkpoint brings.")
]
MaxLength = Annotated[int, typer.Option("--max-length", min=1, help="Length of a window in tokens.")]
WindowStep = Annotated[int, typer.Option("--window-step", min=1, help="Tokens from one window's start to the next.")]
MaxQuestionLength = Annotated[int, typer.Option("--max-question-length", min=1, help="Length of a question in tokens.")]
BatchSize = Annotated[int, typer.Option("--batch-size", min=1, help="Windows in a batch.")]
