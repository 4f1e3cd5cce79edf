"""What may come of a file: a result, or an error of ours that names it, in bounded time and memory."""

from __future__ import annotations

import signal
import textwrap
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from json import JSONDecodeError
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
from watched import most_memory

SECONDS = 5.0
"""Processor time that one use of one file may take."""
LONGEST_MESSAGE = 4_000
"""Characters of an error; whatever a file holds, a message stays one that people read."""
LONGEST_LINE = 1_000
"""Characters of a line of a report, a finding of a file: ten lines of a terminal."""
MEMORY = 64 * 2**20
"""Bytes by which one use of one file may raise what the process holds at most; no file is a hundredth of that."""
_FRAMES, _TOLD = 4, 2_000
_FOREIGN = (UnicodeError, JSONDecodeError, pa.ArrowException)


class Hang(BaseException):
    """A file took too long; no handler for errors may catch it."""


@dataclass
class Verdicts:
    """What came of the files so far.

    Args:
        results: uses that gave a result.
        refusals: uses that gave an error of ours, by its type.
        faults: by type and place of the error, what is told of each recipe that leads to it.
    """

    results: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    faults: dict[str, list[str]] = field(default_factory=dict)

    def judge(self, use: Callable[[Path], Any], path: Path, origin: str) -> None:
        """Do something with a file, and note what comes of it.

        Args:
            use: what is done.
            path: the file.
            origin: how to make the file again.
        """
        before = most_memory()
        try:
            with time_limit():
                use(path)
            self.results += 1
        except (Exception, Hang) as error:
            if fault := fault_of(error, path):
                last = "".join(traceback.format_exception(error)[-_FRAMES:])
                self._blame(fault, f"{_name_of(use)}: {origin}\n{textwrap.indent(last[-_TOLD:], '      ')}")
            else:
                self.refusals[type(error).__name__] += 1
        if most_memory() - before > MEMORY:
            self._blame(f"{_name_of(use)} takes {(most_memory() - before) >> 20} MiB", origin)

    def _blame(self, fault: str, told: str) -> None:
        self.faults.setdefault(fault, []).append(told)

    def __iadd__(self, other: Verdicts) -> Verdicts:
        self.results += other.results
        self.refusals += other.refusals
        for fault, recipes in other.faults.items():
            self.faults.setdefault(fault, []).extend(recipes)
        return self

    def __str__(self) -> str:
        faults = [f"{len(each)}x {fault}\n    first {each[0]}" for fault, each in self.faults.items()]
        return "\n".join([f"{self.results} results, refused: {dict(self.refusals)}", *faults])


def readable(lines: Sequence[str]) -> str:
    """The lines of a report as one text, which people can read whatever a file holds: short lines of valid Unicode."""
    for line in lines:
        assert len(line) <= LONGEST_LINE, f"a line of {len(line)} characters: {line[:200]!r}"
        assert len(line.splitlines()) <= 1, f"a line that is several: {line[:200]!r}"
        line.encode()
    return "\n".join(lines)


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
    """Bytes of memory that this process holds now."""
    return int(psutil.Process().memory_info().rss)
