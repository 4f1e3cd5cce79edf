"""One experiment, or the arguments of a study, from a command line over the defaults of an example."""

from __future__ import annotations

import logging
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from transformers import HfArgumentParser
from transformers.utils import logging as transformers_logging

from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.recipe import Arguments, find_row, parse_arguments, parse_row
from hf_xlqa.experiment.run import run
from hf_xlqa.interrupt import TrainingInterrupted
from hf_xlqa.training_args import CrossLingualQATrainingArguments

Defaults = Mapping[str, Any]
Options = TypeVar("Options")


def run_command(
    defaults: Defaults, *, sample_corpora: Defaults | None = None, sample_encoder: Defaults | None = None
) -> None:
    """Run what the words of the command line say, and show what it logs.

    Args:
        defaults, sample_corpora, sample_encoder: see `read_command`.
    """
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    logging.getLogger("gensim").setLevel(logging.WARNING)
    try:
        run(*read_command(sys.argv[1:], defaults, sample_corpora=sample_corpora, sample_encoder=sample_encoder))
    except TrainingInterrupted as stop:
        sys.exit(str(stop))


def read_command(
    words: Sequence[str],
    defaults: Defaults,
    *,
    sample_corpora: Defaults | None = None,
    sample_encoder: Defaults | None = None,
) -> Arguments:
    """The arguments of an experiment: of the words, or of a row of a recipe, whose file is then the first word.

    Args:
        words: of the command line; those after a recipe change its row, `--row NAME`.
        defaults: arguments that the words and recipes may change.
        sample_corpora: arguments besides, where the words name no corpus to train on.
        sample_encoder: arguments besides, where the words name no encoder.

    Raises:
        ValueError: as `recipe.find_row`, `parse_row` and `parse_arguments` say.
    """
    if words and words[0].endswith((".yaml", ".yml")):
        parser = ArgumentParser(add_help=False, allow_abbrev=False)
        parser.add_argument("--row")
        found, rest = parser.parse_known_args(list(words[1:]))
        return parse_row(find_row(words[0], found.row), rest, defaults=defaults)
    given = {word.partition("=")[0] for word in words}
    chosen = dict(defaults)
    if "--encoder" not in given:
        chosen |= sample_encoder or {}
    if given.isdisjoint(("--train", "--parallel")):
        chosen |= sample_corpora or {}
    return parse_arguments(words, defaults=chosen)


def read_study(
    options: type[Options], defaults: Defaults
) -> tuple[Options, DataArguments, CrossLingualQATrainingArguments]:
    """The arguments of a study from the command line, whose runs log nothing but errors.

    Args:
        options: a dataclass of those that are the study's own.
        defaults: arguments that the command line may change.
    """
    transformers_logging.set_verbosity_error()
    parser = HfArgumentParser((options, DataArguments, CrossLingualQATrainingArguments))  # type: ignore[arg-type]
    parser.set_defaults(**defaults)
    arguments: Any = parser.parse_args_into_dataclasses()
    return cast(tuple[Options, DataArguments, CrossLingualQATrainingArguments], arguments)
