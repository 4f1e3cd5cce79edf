"""What the processes of a build leave for each other and for later builds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hf_xlqa import json_record


def read_record(path: Path) -> Any:
    """The values of a file in the folder of a configuration.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it was changed or damaged since it was written.
    """
    return json_record.read_record(path, remedy=remedy(path))


def remedy(path: Path) -> str:
    """What to do about a damaged file in the folder of a configuration."""
    return f"Remove {path.parent} and build again; only this configuration is built anew."
