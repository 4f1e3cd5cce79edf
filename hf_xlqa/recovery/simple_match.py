"""SimpleMatch: the window about as long as an answer that has the most characters in common with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from hf_xlqa.recovery.recovery import Recovery, code_points, expected_start


def simple_match(context: str, answer: str, hint: float | None = None, *, relax: int = 5) -> Recovery | None:
    """Finds the window with the best character-level F1 (Cui et al. 2019, section 3.2).

    Windows are as long as the answer +- delta, delta from 0 to `relax`, and neither begin nor end with a
    blank, which the paper's Chinese has not. It leaves open which of several best windows it is. Here it is
    the first in this order: smaller delta, shorter, start nearer to the hint, first in the context.

    Args:
        context: the text to search.
        answer: what to find.
        hint: proportional position of the answer in [0, 1]; without one all windows are equally near.
        relax: the most characters by which answer and window differ in length.

    Returns:
        The window, with its F1 as the score; None where no window fits into the context or shares a
        character with the answer.

    Raises:
        ValueError: when the answer is blank, the hint not in [0, 1] or `relax` below 0.
    """
    position = expected_start(context, answer, hint)
    if relax < 0:
        raise ValueError(f"`relax` must be 0 or more characters, but is {relax} instead.")
    best, start, end = 0.0, 0, 0
    shared_by_windows = _shared(context, answer)
    for length in _lengths(len(answer), len(context), relax):
        shared = shared_by_windows(length)
        most = int(shared.max())
        score = 2 * most / (len(answer) + length)
        if score > best:
            starts = np.flatnonzero(shared == most)
            start = int(starts[0 if position is None else np.abs(starts - position).argmin()])
            best, end = score, start + length
    if not best:
        return None
    return Recovery(start, end, "simple_match", Levenshtein.distance(answer, context[start:end]), best)


def _lengths(answer: int, context: int, relax: int) -> Iterator[int]:
    """Lengths of the windows that fit into the context, in order of preference."""
    differences = sorted(range(-relax, relax + 1), key=abs)
    return (answer + each for each in differences if 0 < answer + each <= context)


def _shared(context: str, answer: str) -> Callable[[int], NDArray[Any]]:
    """How many characters every window of a length has in common with the answer, repeated ones as often as both.

    None where the window begins or ends with a blank. A character's count in a window is the difference of its
    counts up to both ends.
    """
    counts = Counter(answer)
    blank = np.fromiter(map(str.isspace, context), bool, len(context))
    dtype = np.int16 if max(len(context), len(answer)) < 2**15 else np.int32
    most = np.fromiter(counts.values(), dtype)[:, None]
    seen = np.zeros((len(counts), len(context) + 1), dtype)
    np.cumsum(code_points(context) == code_points("".join(counts))[:, None], axis=1, dtype=dtype, out=seen[:, 1:])

    def shared(length: int) -> NDArray[Any]:
        in_both = np.minimum(seen[:, length:] - seen[:, :-length], most)
        summed: NDArray[Any] = in_both.sum(axis=0, dtype=dtype)
        summed[blank[: len(summed)] | blank[length - 1 :]] = 0
        return summed

    return shared
