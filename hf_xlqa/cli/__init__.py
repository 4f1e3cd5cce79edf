"""The command `hf-xlqa`: each file of this folder is one verb, but for those in `SHARED`.

A verb is found by its name and loaded when it is used.
"""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from hf_xlqa import plugins

SHARED = ("model_options",)


class Verbs(TyperGroup):
    """The verbs are the files of this folder; only the one that is called is imported."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Names of the verbs, sorted."""
        return plugins.names("cli")

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]
        """The verb's function as a command; a usage error that lists the verbs where there is no such file."""
        verbs = plugins.names("cli")
        if cmd_name not in verbs:
            ctx.fail(f"`COMMAND` must be one of {', '.join(verbs)}, but is {cmd_name!r} instead.")
        return get_command(_single(cmd_name))


def _single(name: str) -> typer.Typer:
    verb = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
    verb.command(name)(plugins.find("cli", name))
    return verb


app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="Cross-lingual extractive question answering on the Hugging Face stack.",
)


@app.callback()
def _root() -> None:
    """Makes the group a group before any verb is known."""


USER_ERRORS = (ValueError, OSError, ImportError)
"""What a call gives that the user can mend: a wrong value, an absent or broken file, a missing extra."""


def main() -> None:
    """Entry point of the console script: a user's error ends as one line on stderr, with exit code 2."""
    try:
        app()
    except USER_ERRORS as error:
        print(f"hf-xlqa: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2)
