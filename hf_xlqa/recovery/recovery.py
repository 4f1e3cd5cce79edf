"""What a method of recovery is given and returns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hf_xlqa.text import splits_word


@dataclass(frozen=True, slots=True)
class Recovery:
    """A span that stands for an answer: `context[start:end]`, never empty.

    Args:
        start: first code point of the span.
        end: first code point after it.
        method: name of the method that found it.
        distance: edits (insertions, deletions, substitutions of a code point) between answer and span.
        score: similarity in [0, 1] of methods that have one.
    """

    start: int
    end: int
    method: str
    distance: int
    score: float | None = None

    def cuts_words(self, context: str) -> bool:
        """Whether the span begins or ends inside a word; characters of unspaced scripts are words of their own."""
        return splits_word(context, self.start) or splits_word(context, self.end)


@dataclass(frozen=True, slots=True)
class Unrecovered:
    """An answer that was not found again, and why not."""

    reason: str


def proportional_position(context: str, start: int) -> float:
    """Where a span begins, as a share of the context in [0, 1]: the hint for its translation.

    Args:
        context: the unchanged context.
        start: first code point of the answer in it.
    """
    return start / max(len(context), 1)


def most_edits(answer: str, max_edit_share: float = 1.0) -> int:
    """Edits up to which a span stands for an answer: min(10, length - 1) (Hsu et al. 2019, section 2.1).

    Args:
        answer: what is looked for.
        max_edit_share: a narrower limit, as a share of the answer's length.

    Raises:
        ValueError: when the share is not in [0, 1].
    """
    if not 0 <= max_edit_share <= 1:
        raise ValueError(f"`max_edit_share` must be in [0, 1], but is {max_edit_share} instead.")
    return min(10, len(answer) - 1, int(max_edit_share * len(answer)))


def expected_start(context: str, answer: str, hint: float | None) -> float | None:
    """The code point of a context that a hint points at, after a check of the arguments of a method.

    Raises:
        ValueError: when the answer is blank or the hint is not in [0, 1].
    """
    if not answer.strip():
        raise ValueError(f"`answer` must hold a character that is not blank, but is {answer!r} instead.")
    if hint is None:
        return None
    if not 0 <= hint <= 1:
        raise ValueError(f"`hint` must be a position in [0, 1], but is {hint} instead.")
    return hint * len(context)


def occurrences(context: str, answer: str) -> Iterator[int]:
    """Starts of an answer in a context, overlapping ones too, in order."""
    start = context.find(answer)
    while start >= 0:
        yield start
        start = context.find(answer, start + 1)


def code_points(text: str) -> NDArray[np.uint32]:
    """The code points of a text, lone surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
