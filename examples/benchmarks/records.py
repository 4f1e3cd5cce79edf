"""What a benchmark finds: rows of one table, and of the JSON beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Number = Literal["ratio", "ours", "peak_mebibytes"]
HEADER = "| stage | ours | reference | ratio | goal | peak MiB |\n|---|---|---|---|---|---|"
MOST_GROWTH = 1.25
"""Of the time for one example, from few to many."""
_UNITS: dict[Number, str] = {"ratio": " x", "ours": "", "peak_mebibytes": " MiB"}


@dataclass(frozen=True)
class Goal:
    """A bound on one number of a record."""

    kind: Literal["least", "most"]
    bound: float
    of: Number = "ratio"

    def met_by(self, record: Record) -> bool:
        """Whether the record keeps it; what was not measured does not."""
        found = getattr(record, self.of)
        return found is not None and (found >= self.bound if self.kind == "least" else found <= self.bound)

    def text(self, record: Record) -> str:
        """As in the table."""
        unit = f" {record.unit}" if self.of == "ours" else _UNITS[self.of]
        missed = "" if self.met_by(record) else " **missed**"
        return f"at {self.kind} {_short(self.bound)}{unit}{missed}"


def at_least(bound: float, of: Number = "ratio") -> Goal:
    """A number must reach the bound."""
    return Goal("least", bound, of)


def at_most(bound: float, of: Number = "ratio") -> Goal:
    """A number must not pass the bound."""
    return Goal("most", bound, of)


@dataclass(frozen=True, kw_only=True)
class Record:
    """One stage, measured.

    Args:
        stage: what was done, with its size.
        ours: what it takes or gives in `unit`, which is "ms", "s", "MiB" or a rate such as "examples/s".
        reference: the same of `reference_name`, measured in the same run; None without one.
        ratio_of: "speed" is how many times as fast ours is; "cost" how many times what the reference takes.
        peak_mebibytes: memory of ours at its peak, beyond what the process held before.
        goals: bounds that the numbers should keep.
    """

    stage: str
    ours: float
    unit: str
    reference: float | None = None
    reference_name: str = ""
    ratio_of: Literal["speed", "cost"] = "speed"
    peak_mebibytes: float | None = None
    goals: tuple[Goal, ...] = ()

    @property
    def ratio(self) -> float | None:
        """Ours to the reference, or the other way round where a shorter time is more speed; None where one is 0."""
        if not self.reference or not self.ours:
            return None
        is_rate = self.unit.endswith("/s")
        inverse = self.ratio_of == "speed" and not is_rate
        return self.reference / self.ours if inverse else self.ours / self.reference

    def row(self) -> str:
        """A line of the table."""
        cells = [self.stage, f"{_short(self.ours)} {self.unit}", "", "", "", ""]
        if self.reference is not None and self.ratio is not None:
            cells[2] = f"{self.reference_name}: {_short(self.reference)} {self.unit}"
            cells[3] = f"{_short(self.ratio)} x the {self._compared()}"
        cells[4] = ", ".join(goal.text(self) for goal in self.goals)
        if self.peak_mebibytes is not None:
            cells[5] = _short(self.peak_mebibytes)
        return "| " + " | ".join(cells) + " |"

    def _compared(self) -> str:
        if self.ratio_of == "speed":
            return "speed"
        return "memory" if self.unit == "MiB" else "time"

    def to_json(self) -> dict[str, Any]:
        """Its fields, the ratio, and whether all goals are met."""
        return asdict(self) | {"ratio": self.ratio, "met": all(goal.met_by(self) for goal in self.goals)}


def growth(stage: str, sizes: Sequence[int], seconds: Sequence[float]) -> Record:
    """The time for one example at the largest size to that at the smallest, which work linear in its size keeps."""
    small, large = (1e6 * seconds[at] / sizes[at] for at in (0, -1))
    return Record(
        stage=f"{stage}, time for one of {sizes[-1]:,}",
        ours=large,
        unit="us",
        reference=small,
        reference_name=f"of {sizes[0]:,}",
        ratio_of="cost",
        goals=(at_most(MOST_GROWTH),),
    )


def missed(records: Iterable[Record]) -> list[str]:
    """Stages that miss a goal."""
    return [record.stage for record in records if not all(goal.met_by(record) for goal in record.goals)]


def _short(number: float) -> str:
    """Three digits, or all before the point."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
