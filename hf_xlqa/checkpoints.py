"""Checkpoints that are whole, told from those that were cut off while they were written."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

logger = logging.getLogger(__name__)

_NUMBERED = re.compile(rf"{PREFIX_CHECKPOINT_DIR}-(\d+)")


def checkpoint_to_resume(resume: str | bool | None, folder: str | Path) -> str | None:
    """The checkpoint that training resumes from, which is whole.

    Upstream writes the state of the trainer last: a checkpoint without it is of a process that was killed.

    Args:
        resume: a checkpoint folder, True for the last whole one of `folder`; False or None for none.
        folder: where the run writes its checkpoints.

    Raises:
        ValueError: when the checkpoint is not whole, or there is none; says what to resume from.
    """
    if resume is None or resume is False:
        return None
    found = _checkpoints(Path(folder))
    last = next(filter(is_whole, found), None)
    if resume is not True:
        if Path(resume).is_dir() and not is_whole(Path(resume)):
            raise ValueError(
                f"`resume_from_checkpoint` must be a whole checkpoint, but {str(resume)!r} was cut off while it was "
                f"written instead; {f'resume from {last}' if last else 'start anew without it'}."
            )
        return resume
    if last is None:
        cut = f"holds only {', '.join(each.name for each in found)}, cut off while written," if found else "holds none"
        raise ValueError(
            f"`resume_from_checkpoint` must be a checkpoint or True for the last one, but {str(folder)!r} {cut} "
            "instead; start anew without it."
        )
    if last != found[0]:
        cut = ", ".join(each.name for each in found[: found.index(last)])
        logger.warning("resuming from %s: %s was cut off while it was written", last, cut)
    return str(last)


def is_whole(checkpoint: Path) -> bool:
    """Whether the writing of a checkpoint came to its end."""
    try:
        json.loads((checkpoint / TRAINER_STATE_NAME).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return True


def _checkpoints(folder: Path) -> list[Path]:
    """The checkpoints of a folder, the last first."""
    numbers = {path: _NUMBERED.fullmatch(path.name) for path in folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*")}
    steps = {path: int(match[1]) for path, match in numbers.items() if match and path.is_dir()}
    return sorted(steps, key=lambda path: steps[path], reverse=True)
