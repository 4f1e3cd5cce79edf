"""What a finished run was and what it scored: the content of `results.json` and the source of its model card."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Self

from hf_xlqa.json_record import check_type, parse_json, read_json
from hf_xlqa.reports import Score

_PACKAGES = ("hf-xlqa", "accelerate", "datasets", "evaluate", "numpy", "tokenizers", "torch", "transformers")


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusUse:
    """What a run learned from one corpus.

    Args:
        name: name of the corpus.
        languages: of its contexts and questions (ISO 639-1).
        licence: as its publisher names it.
        examples: how many were trained on.
        labelled: whether answers were learned from it, or its texts only were read.
        dropped: how many were left out, by reason.
        hub_id: its dataset repository on the Hub, if it came from there.
    """

    name: str
    languages: tuple[str, ...]
    licence: str
    examples: int
    labelled: bool = True
    dropped: Mapping[str, int] = field(default_factory=dict)
    hub_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One training run from its command to its scores.

    Args:
        method: how it was trained: "xltt", "zero-shot", ...
        base_model: Hub id or folder of the encoder it started from.
        training: the corpora it learned from.
        scores: of every evaluation set.
        hyper_parameters: by name; values that JSON knows.
        seed: of the run.
        versions: of the packages, as `installed_versions` gives them.
        command: that repeats the run.
        summary: a sentence or two on the method, for the card.
        citation: BibTeX entries of the method, for the card.
    """

    method: str
    base_model: str
    training: tuple[CorpusUse, ...]
    scores: tuple[Score, ...]
    hyper_parameters: Mapping[str, Any]
    seed: int
    versions: Mapping[str, str]
    command: str
    summary: str = ""
    citation: str = ""

    def to_json(self) -> str:
        """The record as JSON text; `from_json` reads it back."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, *, source: str = "results.json") -> Self:
        """The record of a JSON text.

        Args:
            source: name of the file, for the errors.

        Raises:
            ValueError: when the text is not JSON, or a field is absent, unknown or of the wrong type.
        """
        return cls._of(parse_json(text, source=source), source)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The record of a file.

        Raises:
            FileNotFoundError: when there is no such file.
            ValueError: when it is not text in UTF-8; see `from_json`.
        """
        return cls._of(read_json(path), str(path))

    @classmethod
    def _of(cls, values: Any, source: str) -> Self:
        check_type(values, cls, source=source)
        training = (CorpusUse(**each | {"languages": tuple(each["languages"])}) for each in values["training"])
        scores = (Score(**each) for each in values["scores"])
        return cls(**values | {"training": tuple(training), "scores": tuple(scores)})


def installed_versions(packages: Iterable[str] = _PACKAGES) -> dict[str, str]:
    """Versions of Python and of the packages that are installed."""
    installed = {"python": platform.python_version()}
    for name in packages:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return installed
