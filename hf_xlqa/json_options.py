"""Options that are an object of JSON on a command line."""

from __future__ import annotations

import json
from typing import Any


def read_options(name: str, text: str) -> dict[str, Any]:
    """The object that an argument holds.

    Args:
        name: of the argument.
        text: what was given.

    Raises:
        ValueError: when it is not an object of JSON.
    """
    try:
        options = json.loads(text)
    except json.JSONDecodeError:
        options = None
    if not isinstance(options, dict):
        raise ValueError(f"`{name}` must be a JSON object, but is {text!r} instead.")
    return options
