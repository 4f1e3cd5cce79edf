"""What the studies of papers share: a folder, systems that are trained and scored in it, and a page of results."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.study import System, scores_of, study
from hf_xlqa.json_record import write_text
from hf_xlqa.reports import Score
from hf_xlqa.reports.system import SystemScores
from hf_xlqa.training_args import CrossLingualQATrainingArguments


@dataclass(frozen=True, kw_only=True)
class PaperStudy(ABC):
    """The systems of a paper, trained alike.

    Args:
        data, training: shared by all systems but for what is a system's own.
        seeds: one run of every system each.
    """

    data: DataArguments
    training: CrossLingualQATrainingArguments
    seeds: Sequence[int]

    @property
    def folder(self) -> Path:
        """Of all runs, tables and pictures."""
        return Path(cast(str, self.training.output_dir))

    @property
    def files(self) -> Path:
        """Folder of the corpora that a study writes for itself."""
        return self.folder / "files"

    @property
    @abstractmethod
    def systems(self) -> list[System]:
        """The rows of its tables."""

    @property
    def averaged(self) -> str:
        """Over which runs scores are averaged, for a note."""
        return f"Means over seeds {', '.join(map(str, self.seeds))}"

    def train(self) -> dict[str, list[Score]]:
        """Train and score every system; see `study`."""
        return study(self.systems, self.training, self.data, seeds=self.seeds)

    def scores(self, rule: str | None = None) -> list[SystemScores]:
        """The scores of every question, from the answers that `train` has left; see `scores_of`."""
        return scores_of(self.systems, self.folder, self.data, seeds=self.seeds, rule=rule)

    def tell(self, parts: Iterable[str]) -> str:
        """Write the parts of the results to `scores.md`; returns its text."""
        text = "\n\n".join(parts) + "\n"
        write_text(self.folder / "scores.md", text)
        return text
