"""Time functions against each other, and measure what memory one takes."""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import torch

Result = TypeVar("Result")


def milliseconds(functions: Sequence[Callable[[], object]], *, repeats: int, device: str = "cpu") -> list[float]:
    """Least time of each function after one call to warm up; the calls alternate, so that a busy machine slows all.

    On a CPU they are milliseconds of this process on all its threads, which other processes hardly change.
    """
    clock = time.process_time if device == "cpu" else time.perf_counter
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(repeats + 1):
        for function, taken in zip(functions, times, strict=True):
            start = clock()
            function()
            if device == "cuda":
                torch.cuda.synchronize()
            taken.append(clock() - start)
    return [1000 * min(taken[1:]) for taken in times]


def seconds(function: Callable[[], Result]) -> tuple[float, Result]:
    """Time of the processor that one call takes, and what it returns."""
    began = time.process_time()
    result = function()
    return time.process_time() - began, result


def peak_mebibytes(function: Callable[[], object], *, device: str = "cpu") -> float:
    """Memory that one call takes at its peak beyond what is held before; on a CPU, of Linux and its C library."""
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        held: float = torch.cuda.memory_allocated()
        function()
        return (torch.cuda.max_memory_allocated() - held) / 2**20
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is now what is held
    held = _status("VmRSS")
    function()
    return resident_peak() - held


def resident_peak() -> float:
    """The most memory of this process since `peak_mebibytes` last began, in MiB."""
    return _status("VmHWM")


def _status(name: str) -> float:
    """In MiB."""
    return int(Path("/proc/self/status").read_text().partition(f"{name}:")[2].split()[0]) / 1024
