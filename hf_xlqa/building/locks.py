"""Locks in a folder that the last process to need them removes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Holds the lock of a file, whose folder is made anew where another process, done with its work, removed it.

    Raises:
        OSError: when the folder or the file cannot be made.
    """
    lock = FileLock(path)
    while not lock.is_locked:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except FileNotFoundError:
            continue
    try:
        yield
    finally:
        lock.release()
