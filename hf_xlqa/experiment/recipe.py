"""Recipes: one YAML a table of a paper, its shared settings once, a row each for what was trained.

    paper: ...            what is reproduced, for people
    shared: {...}         arguments of all rows
    rows:
      NAME:
        title: ...        as the table calls it
        arguments: {...}  what this row changes
        published: {...}  language or corpus -> [EM, F1] as printed, [F1] where that is all
        needs: {...}      arguments that have to be given on the command line, and what they hold
        run: ...          the command that runs it, where `hf-xlqa train` does not
        unsupported: ...  why the row is here for its published scores only

Arguments are `method`, a file of `methods/`, the fields of its class, and those of `DataArguments` and
`CrossLingualQATrainingArguments`.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from transformers import HfArgumentParser

from hf_xlqa import plugins
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.method import Method
from hf_xlqa.json_record import read_text
from hf_xlqa.messages import check_choice, first_few, named, shown
from hf_xlqa.training_args import CrossLingualQATrainingArguments

_INSTALLED = "hf_xlqa.recipes"
_REPOSITORY = "examples/recipes/"
METHODS = "experiment.methods"
DEFAULT_METHOD = "xltt"
Arguments = tuple[Method, DataArguments, CrossLingualQATrainingArguments]


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Args:
        title: as the table calls it.
        arguments: by name, those of the recipe included.
        published: [EM, F1] or [F1] as printed, by language or corpus.
        needs: arguments that have to be given on the command line, and what they hold.
        run: the command that runs it, where it is another than `hf-xlqa train`.
        unsupported: why the row cannot be run; "" where it can.
    """

    title: str
    arguments: Mapping[str, Any]
    published: Mapping[str, Sequence[float]] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    run: str = ""
    unsupported: str = ""


def installed_recipes() -> dict[str, Path]:
    """The recipes of papers, which are installed with the library: their files by PAPER/TABLE.yaml."""
    (folder,) = import_module(_INSTALLED).__path__
    return {file.relative_to(folder).as_posix(): file for file in sorted(Path(folder).glob("*/*.yaml"))}


def recipe_path(recipe: str | Path) -> Path:
    """Where a recipe is: a file, or one of the installed by its name, with or without the repository's folder before.

    Raises:
        FileNotFoundError: when there is neither; lists the installed ones.
    """
    if Path(recipe).is_file():
        return Path(recipe)
    installed = installed_recipes()
    name = Path(recipe).as_posix().removeprefix(_REPOSITORY)
    if name not in installed:
        raise FileNotFoundError(f"`recipe` must be a file or one of {', '.join(installed)}, but is '{recipe}' instead.")
    return installed[name]


def load_recipe(recipe: str | Path) -> dict[str, Row]:
    """The rows of a recipe by name.

    Args:
        recipe: see `recipe_path`.

    Raises:
        FileNotFoundError: when there is no such recipe.
        ValueError: when the file is not YAML (with the line), has no rows, or has unknown keys or arguments.
    """
    path = recipe_path(recipe)
    text = read_text(path)
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"`{path}` must be YAML, but is broken: {error}") from error
    except (
        ValueError,
        TypeError,
        OverflowError,
        RecursionError,
    ) as error:  # values and nesting beyond what Python reads
        raise ValueError(f"`{path}` must be YAML, but cannot be read: {error}.") from error
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

    `--method NAME` says whose arguments they are besides those of the data and of training; `--help` lists them.

    Args:
        words: the words of the command line, `--name value ...`.
        defaults: values by name.

    Raises:
        ValueError: when there is no such method; lists those there are.
    """
    defaults = dict(defaults or {})
    name, rest = _method_name(words, default=str(defaults.pop("method", DEFAULT_METHOD)))
    parser = HfArgumentParser(argument_classes(name), epilog=f"--method NAME: one of {', '.join(method_names())}.")  # type: ignore[arg-type]
    parser.set_defaults(**defaults)
    method, data, training = parser.parse_args_into_dataclasses(rest)
    return method, data, training


def method_names() -> list[str]:
    """The methods there are."""
    return plugins.names(METHODS)


def argument_classes(method: str) -> tuple[type[Method], type[DataArguments], type[CrossLingualQATrainingArguments]]:
    """The classes whose fields are the arguments of an experiment with a method.

    Raises:
        ValueError: when there is no such method; lists those there are.
    """
    check_choice("method", method, method_names())
    return plugins.find(METHODS, method), DataArguments, CrossLingualQATrainingArguments


def parse_row(row: Row, words: Sequence[str], *, defaults: Mapping[str, Any] | None = None) -> Arguments:
    """Arguments of a row, changed by a command line.

    Args:
        row: the row.
        words: the words of the command line.
        defaults: values by name where neither says anything.

    Raises:
        ValueError: when the row cannot be run, is run by another command, or needs an argument that the command
            line does not give.
    """
    if row.unsupported:
        raise ValueError(f"`row` must be one that can be run, but {row.title} cannot: {row.unsupported}")
    if row.run:
        raise ValueError(f"`row` must be one that `hf-xlqa train` runs, but {row.title} is run by: {row.run}")
    given = {word.partition("=")[0] for word in words}
    for name, content in row.needs.items():
        if f"--{name}" not in given:
            raise ValueError(f"`--{name}` must be given for {row.title}, but is not; it holds {content}")
    return parse_arguments(words, defaults={**(defaults or {}), **row.arguments})


def _row(name: str, row: Any, shared: Mapping[str, Any], path: str | Path) -> Row:
    where = f"row {named(str(name))} of {path}"
    _check_keys(_mapping(row, where=where), [each.name for each in fields(Row)], where=where)
    arguments = {**shared, **_mapping(row.get("arguments") or {}, where=f"`arguments` of {where}")}
    method = str(arguments.get("method", DEFAULT_METHOD))
    check_choice(f"method of {where}", method, method_names())
    classes = argument_classes(method)
    _check_keys(arguments, ["method", *(each.name for cls in classes for each in fields(cls))], where=where)
    return Row(**{"title": name, **row, "arguments": arguments})


def _method_name(words: Sequence[str], *, default: str) -> tuple[str, list[str]]:
    """The method of a command line, and its other words."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--method", default=default)
    found, rest = parser.parse_known_args(list(words))
    return found.method, rest


def _mapping(found: Any, *, where: str) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise ValueError(f"{where} must be a mapping, but is {shown(found)} instead.")
    return found


def _check_keys(found: Mapping[str, Any], valid: Sequence[str], *, where: str) -> None:
    unknown = [str(key) for key in found if key not in valid]
    if unknown:
        listed = first_few([*map(named, unknown)])
        raise ValueError(f"{where} must have keys of {', '.join(sorted(valid))}, but has {listed} instead.")
