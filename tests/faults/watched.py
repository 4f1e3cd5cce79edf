"""Work in a process of its own that is watched: it may not hang, die or take much memory, in C code either.

A signal handler of Python runs only between two steps of Python: it ends no loop in C code and no wait for a lock that
is never free. So the process says in shared memory what it is at, and the one that watches it kills it where it stays.
"""

from __future__ import annotations

import mmap
import resource
import time
import traceback
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import psutil

SECONDS = 20.0
"""Processor time without a step, after which work hangs; Python code is stopped long before, by `judging.SECONDS`."""
WAITING_SECONDS = 300.0
"""Time without a step, after which work waits for something that does not come."""
ROOM = 2 << 30
"""Bytes of addresses that work may take beyond those it began with; more are refused by the system."""
_LOOK_SECONDS = 0.1


class Lost(AssertionError):
    """The process hung or died; the message says what it was at."""


class Step:
    """What work is at, which the watching process sees, too."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, 1 << 16)

    def begin(self, what: str) -> None:
        """Say what comes next."""
        content = what.encode()[: len(self._page) - 12]
        head = (self.number + 1).to_bytes(8, "big") + len(content).to_bytes(4, "big")
        self._page[: len(head) + len(content)] = head + content

    @property
    def number(self) -> int:
        """How many steps were begun."""
        return int.from_bytes(self._page[:8], "big")

    def __str__(self) -> str:
        length = int.from_bytes(self._page[8:12], "big")
        return self._page[12 : 12 + length].decode("utf-8", "replace")


def watched(
    work: Callable[[Step], Any], *, seconds: float = SECONDS, waiting: float = WAITING_SECONDS, room: int = ROOM
) -> Any:
    """What work gives, which is done in a forked process.

    Args:
        work: says by the step what it is at.
        seconds: see `SECONDS`.
        waiting: see `WAITING_SECONDS`.
        room: see `ROOM`.

    Raises:
        Lost: when the process hangs, dies, or ends with an error.
    """
    step, context = Step(), get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(work, step, sending, room))
    process.start()
    sending.close()
    try:
        _wait(process, receiving, step, seconds, waiting)
        succeeded, result = receiving.recv()
    except EOFError:
        process.join()
        raise Lost(f"the process died ({process.exitcode}) of {step}") from None
    finally:
        process.kill()
        process.join()
    if not succeeded:
        raise Lost(f"{result}\nof {step}")
    return result


def _work(work: Callable[[Step], Any], step: Step, sending: Connection, room: int) -> None:
    limit = psutil.Process().memory_info().vms + room
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        outcome = True, work(step)
    except BaseException:
        outcome = False, traceback.format_exc()
    sending.send(outcome)


def _wait(process: BaseProcess, receiving: Connection, step: Step, seconds: float, waiting: float) -> None:
    at, since, used = -1, 0.0, 0.0
    while not receiving.poll(_LOOK_SECONDS):
        now, own = time.monotonic(), _processor_seconds(process)
        if step.number != at:
            at, since, used = step.number, now, own
        elif own - used > seconds or now - since > waiting:
            raise Lost(f"the process hung for {now - since:.0f} s at {step}")


def _processor_seconds(process: BaseProcess) -> float:
    try:
        times = psutil.Process(process.pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def most_memory() -> int:
    """Bytes of memory that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
