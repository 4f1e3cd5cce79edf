"""Time functions against each other, and measure what memory one takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import torch


def milliseconds(
    functions: Sequence[Callable[[], object]],
    *,
    repeats: int,
    device: str = "cpu",
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Median time of each function after one call to warm up; the calls alternate, so that a busy machine slows all.

    With the clock `time.process_time` they are milliseconds of this process on all its threads.
    """
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(repeats + 1):
        for function, taken in zip(functions, times, strict=True):
            start = clock()
            function()
            if device == "cuda":
                torch.cuda.synchronize()
            taken.append(clock() - start)
    return [1000 * median(taken[1:]) for taken in times]


def peak_mebibytes(function: Callable[[], object], *, device: str = "cpu") -> float:
    """Memory that one call takes at its peak beyond the peak before; on the CPU of Linux, in a fresh process."""
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before: float = torch.cuda.memory_allocated()
        function()
        return (torch.cuda.max_memory_allocated() - before) / 2**20
    before = _resident_peak()
    function()
    return _resident_peak() - before


def _resident_peak() -> float:
    """In MiB. Not `ru_maxrss`, which a process inherits from the one that starts it."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
