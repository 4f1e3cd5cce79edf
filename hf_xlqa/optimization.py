"""What QANet's recipe takes of optimizer and schedule, and upstream's arguments do not name."""

from __future__ import annotations

import math

WARMUP_SHAPES = ("linear", "inverse_exponential")
"""How the learning rate rises; upstream's schedules know the first."""


def inverse_exponential(step: int, *, warmup_steps: int) -> float:
    """Share of the learning rate at a step, 0 or more: log(step + 1) / log(warmup_steps), and 1 from there on.

    Yu et al. 2018 (section 4.1) only name an "inverse exponential increase from 0.0 to 0.001 in the first 1,000
    steps"; this is the formula of the public QANet code.

    >>> [round(inverse_exponential(step, warmup_steps=1000), 3) for step in (0, 1, 30, 999, 5000)]
    [0.0, 0.1, 0.497, 1.0, 1.0]
    """
    return 1.0 if step >= warmup_steps else math.log(step + 1) / math.log(max(warmup_steps, 2))
