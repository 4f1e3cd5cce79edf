"""Recipes: one YAML a table of a paper, its shared settings once, a row each for what was trained.

    paper: ...            what is reproduced, for people
    shared: {...}         arguments of all rows
    rows:
      NAME:
        title: ...        as the table calls it
        arguments: {...}  what this row changes
        published: {...}  language or corpus -> [EM, F1] as printed
        needs: {...}      arguments that have to be given on the command line, and what they hold
        unsupported: ...  why the row is here for its published scores only

Arguments are the fields of `ModelArguments`, `DataArguments` and `CrossLingualQATrainingArguments`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml
from transformers import HfArgumentParser

from hf_xlqa.experiment.arguments import DataArguments, ModelArguments
from hf_xlqa.training_args import CrossLingualQATrainingArguments

ARGUMENT_CLASSES = (ModelArguments, DataArguments, CrossLingualQATrainingArguments)
Arguments = tuple[ModelArguments, DataArguments, CrossLingualQATrainingArguments]


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Args:
        title: as the table calls it.
        arguments: by name, those of the recipe included.
        published: [EM, F1] as printed, by language or corpus.
        needs: arguments that have to be given on the command line, and what they hold.
        unsupported: why the row cannot be run; "" where it can.
    """

    title: str
    arguments: Mapping[str, Any]
    published: Mapping[str, Sequence[float]] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    unsupported: str = ""


def load_recipe(path: str | Path) -> dict[str, Row]:
    """The rows of a recipe by name.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when the file is not YAML (with the line), has no rows, or has unknown keys or arguments.
    """
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"`{path}` must be YAML, but is broken: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("rows"), dict) or not content["rows"]:
        raise ValueError(f"`{path}` must be a mapping with `rows`, but has none instead.")
    _check_keys(content, ("paper", "shared", "rows"), where=str(path))
    shared = _mapping(content.get("shared") or {}, where=f"`shared` of {path}")
    return {name: _row(name, row, shared, path) for name, row in content["rows"].items()}


def find_row(path: str | Path, name: str | None) -> Row:
    """One row of a recipe; the only one where `name` is None.

    Raises:
        ValueError: when there is no such row, or a name is needed; lists the rows there are.
    """
    rows = load_recipe(path)
    if name is None and len(rows) == 1:
        return next(iter(rows.values()))
    if name not in rows:
        raise ValueError(f"`row` of {path} must be one of {', '.join(rows)}, but is {name!r} instead.")
    return rows[name]


def parse_arguments(words: Sequence[str], *, defaults: Mapping[str, Any] | None = None) -> Arguments:
    """Arguments of an experiment from a command line, over defaults of a recipe or an example.

    Args:
        words: the words of the command line, `--name value ...`.
        defaults: values by name.
    """
    parser = HfArgumentParser(ARGUMENT_CLASSES)  # type: ignore[arg-type]
    if defaults:
        parser.set_defaults(**defaults)
    model, data, training = parser.parse_args_into_dataclasses(list(words))
    return model, data, training


def parse_row(row: Row, words: Sequence[str], *, defaults: Mapping[str, Any] | None = None) -> Arguments:
    """Arguments of a row, changed by a command line.

    Args:
        row: the row.
        words: the words of the command line.
        defaults: values by name where neither says anything.

    Raises:
        ValueError: when the row cannot be run, or needs an argument that the command line does not give.
    """
    if row.unsupported:
        raise ValueError(f"`row` must be one that can be run, but {row.title} cannot: {row.unsupported}")
    given = {word.partition("=")[0] for word in words}
    for name, content in row.needs.items():
        if f"--{name}" not in given:
            raise ValueError(f"`--{name}` must be given for {row.title}, but is not; it holds {content}")
    return parse_arguments(words, defaults={**(defaults or {}), **row.arguments})


def _row(name: str, row: Any, shared: Mapping[str, Any], path: str | Path) -> Row:
    where = f"row {name} of {path}"
    _check_keys(_mapping(row, where=where), [each.name for each in fields(Row)], where=where)
    arguments = {**shared, **_mapping(row.get("arguments") or {}, where=f"`arguments` of {where}")}
    _check_keys(arguments, [each.name for cls in ARGUMENT_CLASSES for each in fields(cls) if each.init], where=where)
    return Row(**{"title": name, **row, "arguments": arguments})


def _mapping(found: Any, *, where: str) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise ValueError(f"{where} must be a mapping, but is {found!r} instead.")
    return found


def _check_keys(found: Mapping[str, Any], valid: Sequence[str], *, where: str) -> None:
    unknown = [str(key) for key in found if key not in valid]
    if unknown:
        raise ValueError(f"{where} must have keys of {', '.join(sorted(valid))}, but has {', '.join(unknown)} instead.")
