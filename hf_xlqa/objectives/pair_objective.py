"""What the objectives of the language arbitration framework share: batches of pairs, and when they update the model."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from hf_xlqa.messages import check_choice
from hf_xlqa.objectives.objective import Inputs, Objective

UPDATES = ("joint", "sequential")


class PairObjective(Objective, ABC):
    """A term for pairs of a question and its translation on the same context.

    Args:
        update: "joint" adds it to the loss, one backward pass for all; "sequential" makes an update of its own after
            that of the rest of the loss, on the outputs of the updated model (LAF 2020, Algorithm 2), which costs a
            forward and a backward pass more.

    Raises:
        ValueError: when `update` is unknown.
    """

    needs_pairs = True

    columns: ClassVar[tuple[str, ...]]
    """What it reads of a batch."""

    def __init__(self, *, update: str = "joint") -> None:
        super().__init__()
        check_choice("update", update, UPDATES)
        self.update = update

    @property
    def is_apart(self) -> bool:
        """As `update` says."""
        return self.update == "sequential"

    def check(self, inputs: Inputs) -> None:
        """Refuse a batch that is not of pairs.

        Raises:
            ValueError: naming what it lacks.
        """
        missing = [name for name in self.columns if name not in inputs]
        if missing:
            raise ValueError(
                f"`inputs` must have {', '.join(self.columns)}, but lack {', '.join(missing)} instead; "
                "make batches of `PairedWindows` with `PairCollator`."
            )
