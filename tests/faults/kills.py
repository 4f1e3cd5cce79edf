"""Work in a process of its own that is killed at a random moment, as often as it takes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

KILLS = int(os.environ.get("XLQA_KILLS", "10"))
_SHORTEST, _LONGEST = 0.05, 0.95


def started(work: Callable[..., None], *arguments: object) -> BaseProcess:
    """A process at work; forked, because a new interpreter would spend its time on importing the package."""
    process = get_context("fork").Process(target=work, args=arguments)
    process.start()
    return process


def killed_somewhere(work: Callable[[Path], None], folder: Path, *, seed: int = 0) -> Iterator[Path]:
    """Folders in which work was begun and killed, one for each kill.

    Args:
        work: writes into the folder it is given.
        folder: where the folders are made. "whole" among them is that of work that nobody disturbed.
        seed: of the moments, parts of the time that undisturbed work takes.
    """
    begun = time.monotonic()
    undisturbed = started(work, folder / "whole")
    undisturbed.join()
    assert undisturbed.exitcode == 0
    seconds = time.monotonic() - begun
    rng, kills, attempt = Random(seed), 0, 0
    while kills < KILLS:
        attempt += 1
        assert attempt <= 5 * KILLS, f"{attempt} processes came to their end before they were killed"
        target = folder / f"killed{attempt}"
        process = started(work, target)
        process.join(seconds * rng.uniform(_SHORTEST, _LONGEST))
        process.kill()
        process.join()
        if process.exitcode == -9:
            kills += 1
            yield target
