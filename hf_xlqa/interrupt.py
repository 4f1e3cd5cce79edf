"""Ctrl-C while training: finish the step, save a checkpoint to resume from, stop."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any

import torch
import torch.distributed as dist
from transformers import TrainerCallback

SAME_PRESS_SECONDS = 1.5
NOTICE = "\nStopping after this step with a checkpoint; Ctrl-C again stops at once without one.\n"


class TrainingInterrupted(KeyboardInterrupt):
    """Training was stopped by Ctrl-C after it saved a checkpoint; the message says how to resume."""


class InterruptCallback(TrainerCallback):
    """The first SIGINT asks for a checkpoint and a stop at the end of the step, the second aborts at once.

    A second signal within 1.5 seconds counts as the first: a launcher passes Ctrl-C on to processes
    that have already had it from the terminal. Several processes agree on the step they stop at.
    Use as a context manager around training; signals are left alone outside the main thread.
    """

    def __init__(self) -> None:
        self.interrupted = False
        self._process = os.getpid()
        self._pressed: float | None = None
        self._previous: Any = None
        self._processes: dist.ProcessGroup | None = None

    def __enter__(self) -> InterruptCallback:
        self.interrupted, self._pressed = False, None
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(self, *error: object) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Open a channel between the processes that needs no accelerator, so agreeing does not wait for one."""
        if self._processes is None and dist.is_initialized() and dist.get_world_size() > 1:
            self._processes = dist.new_group(backend="gloo")

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ask for a checkpoint and the end where any process has been interrupted."""
        if state.global_step >= state.max_steps:
            return
        # With save_strategy "best" an evaluation decides about saving: stop after the next step instead.
        if self._any_pressed() and not (control.should_evaluate and args.save_strategy == "best"):
            self.interrupted = True
            control.should_save = control.should_training_stop = True

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Leave out what is due at the end of an epoch when the epoch is not over."""
        if self.interrupted and not float(state.epoch).is_integer():
            control.should_save = control.should_evaluate = control.should_log = False

    def _any_pressed(self) -> bool:
        pressed = self._pressed is not None
        if self._processes is None:
            return pressed
        flag = torch.tensor(int(pressed))
        dist.all_reduce(flag, op=dist.ReduceOp.MAX, group=self._processes)
        return bool(flag)

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._pressed is None:
            self._pressed = now
            if os.getpid() == self._process:  # and not in a forked worker of the data loader
                sys.stderr.write(NOTICE)
        elif now - self._pressed > SAME_PRESS_SECONDS:
            raise KeyboardInterrupt
