"""Invented names, composed of parts that are written in every script: the parts are in `names.json`.

A given name is a stem and a gendered ending, a surname and a town a stem and an ending of its kind. Each name
belongs to one split, so a reader of the test split meets names it has never seen, made of parts it has.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

Split = Literal["train", "dev", "test"]
SPLITS: tuple[Split, ...] = ("train", "dev", "test")
KINDS = ("female", "male", "surname", "place")
_SCRIPTS = {"en": "latin", "de": "latin"}
_HELD_OUT: dict[int, Split] = {0: "dev", 1: "test"}  # of ten equal shares


@dataclass(frozen=True, slots=True)
class Name:
    """One word of a name: its kind (one of `KINDS`) and its two parts as rows of `names.json`."""

    kind: str
    stem: tuple[tuple[str, str], ...]
    ending: tuple[tuple[str, str], ...]

    def parts(self, language: str) -> tuple[str, str]:
        """The stem and the ending in the script of a language, the first in upper case where there is one.

        >>> place = names("train", "place")[0]
        >>> place.parts("en"), place.parts("ja")
        (('Al', 'burg'), ('アル', 'ブルク'))
        """
        script = _SCRIPTS.get(language, language)
        return dict(self.stem)[script].capitalize(), dict(self.ending)[script]

    def written(self, language: str) -> str:
        """The name in the script of a language."""
        return "".join(self.parts(language))

    @property
    def split(self) -> Split:
        """The one split in which the name occurs."""
        return _HELD_OUT.get(zlib.crc32(f"{self.kind} {self.written('en')}".encode()) % 10, "train")


@lru_cache(maxsize=1)
def name_parts() -> dict[str, tuple[tuple[tuple[str, str], ...], ...]]:
    """The rows of `names.json` by group: stems, and the endings of each kind; a row is its written forms."""
    groups = json.loads((Path(__file__).parent / "names.json").read_text(encoding="utf-8"))
    return {group: tuple(tuple(row.items()) for row in rows) for group, rows in groups.items()}


@cache
def all_names(kind: str) -> tuple[Name, ...]:
    """Every name of a kind, whichever its split."""
    parts = name_parts()
    return tuple(Name(kind, stem, ending) for stem in parts["stems"] for ending in parts[f"{kind}_endings"])


@cache
def names(split: Split, kind: str) -> tuple[Name, ...]:
    """The names of a kind that belong to a split."""
    return tuple(name for name in all_names(kind) if name.split == split)
