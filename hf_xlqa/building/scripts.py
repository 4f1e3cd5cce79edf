"""The corpora that can be built, by name: a folder of dataset_scripts/ each, with no other registry."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.messages import check_choice

_PACKAGE = "hf_xlqa.dataset_scripts"


def names() -> list[str]:
    """Names of the corpora that can be built, sorted."""
    folders = (folder for path in import_module(_PACKAGE).__path__ for folder in Path(path).iterdir())
    return sorted(folder.name for folder in folders if (folder / f"{folder.name}.py").is_file())


def find(name: str) -> type[CorpusBuilder]:
    """The builder of a corpus, the one subclass of `CorpusBuilder` in `dataset_scripts/name/name.py`.

    Raises:
        ValueError: when there is no such corpus (the message lists those there are), or its file does
            not define one builder.
    """
    valid = names()
    check_choice("name", name, valid)
    module = import_module(f"{_PACKAGE}.{name}.{name}")
    found = [
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, CorpusBuilder) and member.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise ValueError(
            f"`dataset_scripts/{name}/{name}.py` must define one CorpusBuilder, but defines {len(found)} instead."
        )
    builder: type[CorpusBuilder] = found[0]
    return builder
