"""Records that are kept as JSON files: read with every field checked, written whole or not at all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from hashlib import blake2b
from pathlib import Path
from reprlib import repr as shortened
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from hf_xlqa.messages import shown

_SEQUENCES = (list, tuple, Sequence)
_MAPPINGS = (dict, Mapping, Counter)


def read_json(path: Path) -> Any:
    """The value of a JSON file.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is not text in UTF-8, or not JSON.
    """
    return parse_json(read_text(path), source=str(path))


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is not in UTF-8.
    """
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"`{path}` must be text in UTF-8, but is not: {error}.") from error


def write_record(path: Path, record: Any) -> Path:
    """Write values that JSON knows with their digest, whole or not at all; returns the file's path."""
    text = json.dumps(record, sort_keys=True)
    return write_text(path, f'{{"digest": "{_digest(json.loads(text))}", "record": {text}}}\n')


def read_record(path: Path, *, remedy: str) -> Any:
    """The values of a file that `write_record` wrote.

    Args:
        remedy: what to do about a damaged file, a sentence for the error.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it was changed or damaged since.
    """
    try:
        found = read_json(path)
    except ValueError as error:
        raise ValueError(f"{error} {remedy}") from error
    try:
        whole = isinstance(found, dict) and found.get("digest") == _digest(found.get("record"))
    except RecursionError:  # nested as no record is
        whole = False
    if not whole:
        raise ValueError(f"`{path}` must be as it was written, but was changed or damaged instead. {remedy}")
    return found["record"]


def _digest(record: Any) -> str:
    return blake2b(json.dumps(record, sort_keys=True).encode(), digest_size=16).hexdigest()


def parse_json(text: str, *, source: str) -> Any:
    """The value of a JSON text.

    Args:
        source: name of the file, for the error.

    Raises:
        ValueError: when the text is not JSON.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"`{source}` must be JSON, but is broken at line {error.lineno}: {error.msg}.") from error
    except (ValueError, RecursionError) as error:  # numbers and nesting beyond what Python reads
        raise ValueError(f"`{source}` must be JSON, but cannot be read: {error}.") from error


def checked_fields(record: type, payload: Any, *, source: str) -> dict[str, Any]:
    """The payload, whose keys are the fields of the record, a dataclass.

    Args:
        source: name of the file and place in it, for the error.

    Raises:
        ValueError: when a field is absent or unknown.
    """
    own = [each for each in fields(record) if each.init]
    known = {each.name for each in own}
    required = {each.name for each in own if each.default is MISSING and each.default_factory is MISSING}
    found = set(payload) if isinstance(payload, dict) else set()
    if not required <= found <= known:
        unknown = shortened(sorted(found - known))
        raise ValueError(
            f"`{source}` must have the fields {', '.join(sorted(known))}, but lacks "
            f"{sorted(required - found)} and has the unknown {unknown} instead."
        )
    return dict(payload)


def check_type(value: Any, wanted: Any, *, source: str) -> None:
    """Refuse a value of JSON that is not of a type.

    Args:
        wanted: a plain type (a whole number is a `float`, too), `Any`, `Literal`, a union of plain types; a sequence
            or mapping of such, a list and an object in JSON; or a dataclass whose fields are of such types.
        source: name of the file and place in it, for the error.

    Raises:
        ValueError: names the place.
    """
    outer, inner = get_origin(wanted) or wanted, get_args(wanted)
    if is_dataclass(outer):
        hints = get_type_hints(outer)
        for name, each in checked_fields(outer, value, source=source).items():  # type: ignore[arg-type]
            check_type(each, hints[name], source=f"{source}: {name}")
    elif outer in _SEQUENCES or outer in _MAPPINGS:
        _require(value, (list if outer in _SEQUENCES else dict,), source)
        of_items = int if outer is Counter else (Any, *(each for each in inner if each is not ...))[-1]
        for each in value.values() if isinstance(value, dict) else value:
            check_type(each, of_items, source=source)
    elif outer is Literal:
        if value not in inner:
            raise ValueError(f"`{source}` must hold one of {', '.join(map(str, inner))}, but holds {shown(value)}.")
    elif wanted is not Any:
        _require(value, inner if isinstance(wanted, UnionType) else (wanted,), source)


def _require(value: Any, types: tuple[type, ...], source: str) -> None:
    valid = (*types, int) if float in types else types
    if not isinstance(value, valid) or (isinstance(value, bool) and bool not in types):
        names = " or ".join("null" if each is type(None) else each.__name__ for each in types)
        raise ValueError(f"`{source}` must hold a {names}, but holds {shown(value)} instead.")


def write_text(path: Path, text: str) -> Path:
    """Write a file whole or not at all; returns its path.

    A lone surrogate, which UTF-8 cannot hold, is written as its JSON escape (`\\ud800`).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8", errors="backslashreplace")
    return partial.replace(path)
