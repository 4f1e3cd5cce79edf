"""What every benchmark of this folder has: `QUICK`, options of tiny sizes, and `measure`, which takes options.

The defaults of the class of the options are the sizes that are reported.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from records import HEADER, Record
from transformers import HfArgumentParser


@dataclass
class TorchOptions:
    """How torch computes.

    Args:
        repeats: timed calls of each function, after one to warm up.
        threads: of torch on a CPU.
        device: "cpu" or "cuda".
        dtype: of weights and states.
    """

    repeats: int = 3
    threads: int = 1
    device: str = "cpu"
    dtype: str = "float32"

    def set_up(self) -> None:
        """Make torch obey, and its random numbers the same in every run."""
        torch.set_num_threads(self.threads)
        torch.manual_seed(0)

    @property
    def placed(self) -> dict[str, Any]:
        """Device and type, as torch takes them."""
        return {"device": self.device, "dtype": getattr(torch, self.dtype)}


AnyOptions = TypeVar("AnyOptions")
Measure = Callable[[AnyOptions], Iterable[Record]]


def corpus_file(name: str) -> Path | None:
    """A file of the folder that the variable XLQA_DATA names; None where there is no such folder."""
    folder = os.environ.get("XLQA_DATA")
    return Path(folder, name) if folder else None


def agree(what: str, ours: Iterable[object], expected: Iterable[object], *, least: float = 1.0) -> None:
    """Both ways must have found the same, for this share of the cases at least.

    Raises:
        RuntimeError: where they did not.
    """
    same = [one == other for one, other in zip(ours, expected, strict=True)]
    share = sum(same) / max(len(same), 1)
    if share < least:
        raise RuntimeError(
            f"{what} must be the same both ways in {least:.1%} of the cases, but are in {share:.1%} instead; "
            f"number {same.index(False)} is the first that differs."
        )


def measured(quick: AnyOptions, measure: Measure[AnyOptions], *, is_quick: bool) -> Iterator[Record]:
    """The records of a benchmark at its reported sizes or at quick ones, of which no goal is asked."""
    if not is_quick:
        yield from measure(type(quick)())
        return
    for record in measure(quick):
        yield replace(record, goals=())


def main(quick: AnyOptions, measure: Measure[AnyOptions], description: str | None) -> None:
    """Run one benchmark with the options of the command line, and print its rows as they come."""
    parser = HfArgumentParser(
        type(quick),  # type: ignore[arg-type]
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options: AnyOptions
    (options,) = parser.parse_args_into_dataclasses()
    print(HEADER)
    for record in measure(options):
        print(record.row(), flush=True)
