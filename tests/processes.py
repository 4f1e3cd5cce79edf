"""Start `train_tiny.py` in one or two processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("train_tiny.py")


def start(name: str, folder: Path, *, processes: int = 1) -> subprocess.Popen[str]:
    """A run in a process group of its own, with its output in pipes."""
    launcher = [sys.executable]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    if processes > 1:
        launcher += ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(processes)]
    return subprocess.Popen(
        [*launcher, str(SCRIPT), name, str(folder)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str], *, seconds: float = 120) -> tuple[str, str]:
    """Output and errors of a run, which is killed when it takes too long."""
    try:
        return process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        raise
