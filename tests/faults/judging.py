"""What may come of a file: a result, or an error of ours that names it, in bounded time and memory."""

from __future__ import annotations

import signal
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from json import JSONDecodeError
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa

SECONDS = 5.0
"""Processor time that one use of one file may take."""
LONGEST_MESSAGE = 4_000
"""Characters of an error; whatever a file holds, a message stays one that people read."""
_FOREIGN = (UnicodeError, JSONDecodeError, pa.ArrowException)


class Hang(BaseException):
    """A file took too long; no handler for errors may catch it."""


@dataclass
class Verdicts:
    """What came of the files so far.

    Args:
        results: uses that gave a result.
        refusals: uses that gave an error of ours, by its type.
        faults: by type and place of the error, the first recipes that lead to it and how many more did.
    """

    results: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    faults: dict[str, list[str]] = field(default_factory=dict)

    def judge(self, use: Callable[[Path], Any], path: Path, recipe: object) -> None:
        """Do something with a file, and note what comes of it."""
        try:
            with time_limit():
                use(path)
            self.results += 1
        except (Exception, Hang) as error:
            if fault := fault_of(error, path):
                told = f"{str(error)[:200]!r} of {_name_of(use)} on {recipe!r}"
                self.faults.setdefault(fault, []).append(told)
            else:
                self.refusals[type(error).__name__] += 1

    def __iadd__(self, other: Verdicts) -> Verdicts:
        self.results += other.results
        self.refusals += other.refusals
        for fault, recipes in other.faults.items():
            self.faults.setdefault(fault, []).extend(recipes)
        return self

    def __str__(self) -> str:
        faults = [f"{len(each)}x {fault}\n    first {each[0]}" for fault, each in self.faults.items()]
        return "\n".join([f"{self.results} results, refused: {dict(self.refusals)}", *faults])


def fault_of(error: BaseException, path: Path) -> str:
    """Why an error is none that a user should see, with its place; "" where it is in order."""
    wrong = _wrong_with(error, path)
    if not wrong:
        return ""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "hf_xlqa" in frame.filename]
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "outside of the package"
    return f"{type(error).__name__} at {place} {wrong}"


def _wrong_with(error: BaseException, path: Path) -> str:
    if isinstance(error, Hang):
        return "takes too long"
    if isinstance(error, _FOREIGN) or not isinstance(error, ValueError | OSError):
        return "is no error of ours"
    if type(error).__module__.partition(".")[0] not in ("builtins", "hf_xlqa"):
        return "is another package's"
    if path.name not in str(error):
        return "does not name the file"
    return "is too long" if len(str(error)) > LONGEST_MESSAGE else ""


def _name_of(use: Any) -> str:
    arguments = ", ".join(f"{key}={value}" for key, value in getattr(use, "keywords", {}).items())
    return f"{getattr(use, 'func', use).__name__}({arguments})"


@contextmanager
def time_limit(seconds: float = SECONDS) -> Iterator[None]:
    """Raises `Hang` where the block takes more processor time; a machine that is busy changes nothing."""

    def stop(signum: int, frame: object) -> None:
        raise Hang(f"more than {seconds} s")

    previous = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


def memory() -> int:
    """Bytes that this process holds."""
    return int(psutil.Process().memory_info().rss)
