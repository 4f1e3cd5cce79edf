"""Translate in two processes that know of each other as those of torchrun do."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch
from accelerate import PartialState
from tiny_checkpoints import TEXTS

from hf_xlqa.translation.backend import TranslationError
from hf_xlqa.translation.cache import CachedTranslator
from hf_xlqa.translation.distributed import DistributedTranslator, process_state
from hf_xlqa.translation.seq2seq import Seq2Seq


class Counting(Seq2Seq):
    """Notes what it is handed; fails on a text that says so."""

    def __init__(self, *arguments: str) -> None:
        super().__init__(*arguments, num_beams=1)
        self.handed: list[str] = []

    def translate(self, texts: Sequence[str]) -> list[str]:
        self.handed += texts
        if "fail" in texts:
            raise RuntimeError("as told")
        return super().translate(texts)


def start(process: int, checkpoint: Path, folder: Path) -> BaseProcess:
    """One of the two processes; writes what it found and what its model was handed."""
    # Forked, because a new interpreter would spend its time on importing the package.
    started = multiprocessing.get_context("fork").Process(target=_run, args=(process, checkpoint, folder))
    started.start()
    return started


def _run(process: int, checkpoint: Path, folder: Path) -> None:
    os.environ |= {"RANK": str(process), "LOCAL_RANK": str(process), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1", "ACCELERATE_USE_CPU": "true"}  # looked for, not used
    torch.set_num_threads(1)  # the threads of the process that was forked are gone
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder / 'rendezvous'}", rank=process, world_size=2
    )
    PartialState._reset_state()
    state = process_state()
    assert state.num_processes == 2, "must run in two processes"
    own = Counting(str(checkpoint), "en", "de")
    translator = DistributedTranslator(CachedTranslator(own, folder / "c.db", chunk_size=2))
    found = [translator.translate([*TEXTS, "", *TEXTS[:2]]), translator.translate(TEXTS)]
    handed = list(own.handed)
    try:
        translator.translate(["fail", "Nobody knows it."])
    except TranslationError as error:
        found.append([str(error)])
    (folder / f"{state.process_index}.json").write_text(json.dumps({"found": found, "handed": handed}))
    state.wait_for_everyone()
    state.destroy_process_group()  # its threads can abort a process that ends without
