"""Runs that a study has finished before: told by all that decides their scores, and read again in place of repeated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hf_xlqa.json_record import read_record, write_record
from hf_xlqa.reports import Score
from hf_xlqa.run_record import installed_versions
from hf_xlqa.training_args import CrossLingualQATrainingArguments

_FILE = "finished.json"
_PACKAGE = Path(__file__).parents[1]
_BESIDE_THE_SCORES = (
    "output_dir",
    "logging_dir",
    "logging_steps",
    "logging_strategy",
    "logging_first_step",
    "run_name",
    "report_to",
    "disable_tqdm",
)


class FinishedRun:
    """The scores of one run in its folder, if it was finished there under the same signature.

    The signature has all arguments, the packages' versions, and a digest of this package and of every file and folder
    that an argument names, so that another corpus or another checkpoint under the same name is another run.

    Args:
        training: arguments of the run, its folder and seed among them; those of its log are left out.
        parts: what else decides the scores, plain values by name.
    """

    def __init__(self, training: CrossLingualQATrainingArguments, parts: Mapping[str, Any]) -> None:
        arguments = {name: each for name, each in training.to_dict().items() if name not in _BESIDE_THE_SCORES}
        content = {"training": arguments, **parts, "versions": installed_versions()}
        digests = {text: _digest(path) for text in _texts(content) if (path := _path(text)) is not None}
        digests["hf_xlqa"] = _digest(_PACKAGE)
        self.path = Path(str(training.output_dir), _FILE)
        self.signature = json.loads(json.dumps({**content, "files": digests}, default=str))

    def read(self) -> dict[str, list[Score]] | None:
        """Scores by the kind of translations; None where there are none under this signature.

        Raises:
            ValueError: when the file was changed or damaged.
        """
        if not self.path.is_file():
            return None
        found = read_record(self.path, remedy="Remove it to run this again.")
        if found["signature"] != self.signature:
            return None
        return {kind: [Score(**each) for each in scores] for kind, scores in found["scores"].items()}

    def write(self, scores: Mapping[str, list[Score]]) -> None:
        """Leave the scores of the run, now that it is finished."""
        plain = {kind: [asdict(score) for score in group] for kind, group in scores.items()}
        write_record(self.path, {"signature": self.signature, "scores": plain})


def _texts(content: Any) -> Iterator[str]:
    """Every text in plain values."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for value in content.values():
            yield from _texts(value)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from _texts(value)


def _path(text: str) -> Path | None:
    """The file or folder that an argument names, by itself or as NAME=PATH."""
    path = Path(text.rpartition("=")[2])
    return path if path.parts and path.exists() else None


def _digest(path: Path) -> str:
    """Of a file, or of the names and content of all files of a folder but the records of finished runs."""
    digest = hashlib.sha256()
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in files:
        if file.is_file() and file.name != _FILE and file.suffix != ".pyc":
            digest.update(f"{file.relative_to(path)}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
