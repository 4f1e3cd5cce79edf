"""Time functions against each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median

import torch


def milliseconds(functions: Sequence[Callable[[], object]], *, repeats: int, device: str = "cpu") -> list[float]:
    """Median time of each function after one call to warm up; the calls alternate, so that a busy machine slows all."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(repeats + 1):
        for function, taken in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            if device == "cuda":
                torch.cuda.synchronize()
            taken.append(time.perf_counter() - start)
    return [1000 * median(taken[1:]) for taken in times]
