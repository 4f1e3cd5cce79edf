"""Translate slowly in a process of its own, which can be killed."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

from hf_xlqa.translation.cache import CachedTranslator


class Slow:
    """Takes its time, and logs each text before it is translated."""

    source_language, target_language, name = "en", "de", "slow"

    def __init__(self, log: Path, seconds: float) -> None:
        self.log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.seconds = seconds

    def translate(self, texts: Sequence[str]) -> list[str]:
        for text in texts:
            os.write(self.log, f"{text}\n".encode())
            time.sleep(self.seconds)
        return [text[::-1] for text in texts]


def start(folder: Path, output: str, *, texts: int, chunk: int, seconds: float) -> BaseProcess:
    """Translate "text 0", "text 1"... with the cache and the log of a folder, and write the translations."""
    # Forked, because a new interpreter would spend its time on importing the package.
    process = multiprocessing.get_context("fork").Process(target=_run, args=(folder, output, texts, chunk, seconds))
    process.start()
    return process


def _run(folder: Path, output: str, texts: int, chunk: int, seconds: float) -> None:
    translator = CachedTranslator(Slow(folder / "log", seconds), folder / "c.db", chunk_size=chunk)
    translations = translator.translate([f"text {number}" for number in range(texts)])
    (folder / output).write_text(json.dumps(translations))
