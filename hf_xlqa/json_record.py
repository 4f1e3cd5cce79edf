"""Records that are kept as JSON files: read with every field checked, written whole or not at all."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from pathlib import Path
from reprlib import repr as shortened
from typing import Any


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
    known = {each.name for each in fields(record)}
    required = {each.name for each in fields(record) if each.default is MISSING and each.default_factory is MISSING}
    found = set(payload) if isinstance(payload, dict) else set()
    if not required <= found <= known:
        unknown = shortened(sorted(found - known))
        raise ValueError(
            f"`{source}` must have the fields {', '.join(sorted(known))}, but lacks "
            f"{sorted(required - found)} and has the unknown {unknown} instead."
        )
    return dict(payload)


def write_text(path: Path, text: str) -> Path:
    """Write a file whole or not at all; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    return partial.replace(path)
