"""The span of least edit distance to an answer, exact over all spans of a context."""

from __future__ import annotations

from typing import Any, Literal, get_args

import edlib
import numpy as np
from numpy.typing import NDArray

from hf_xlqa.recovery.recovery import Recovery, code_points, expected_start, most_edits, occurrences
from hf_xlqa.text import splits_word

BeyondLimit = Literal["drop", "keep"]

_Spans = list[tuple[int, int]]
_MOST_SYMBOLS = 255  # edlib takes 256, one of which stands for every character that the answer lacks


def fuzzy(
    context: str,
    answer: str,
    hint: float | None = None,
    *,
    max_edit_share: float = 1.0,
    whole_words: bool = False,
    beyond_limit: BeyondLimit = "drop",
) -> Recovery | None:
    """Finds the span with the fewest edits from an answer (Hsu et al. 2019, section 2.1).

    The paper leaves open which of several such spans it is. Here it is the first in this order: without
    outer blanks, start nearer to the hint, shorter, first in the context; with `whole_words`, before the
    hint, fewer ends inside words, which finds more of the true spans of edited answers.

    Args:
        context: the text to search.
        answer: what to find.
        hint: proportional position of the answer in [0, 1]; without one all spans are equally near.
        max_edit_share: see `most_edits`. The paper's limit alone is wide: within it most answers of a word
            have some span in any context of an alphabetic script.
        whole_words: whether, of spans with equally few edits, those that cut fewer words come first.
        beyond_limit: what becomes of a span with more than `most_edits` edits: "drop" as in the
            paper's training, "keep" as the noise of its testing.

    Returns:
        The span, or None where the context is empty, the nearest spans are blank or, under "drop", no span
        is within the limit.

    Raises:
        ValueError: when the answer is blank, hint or share are not in [0, 1] or `beyond_limit` is unknown.
    """
    position = expected_start(context, answer, hint)
    if beyond_limit not in get_args(BeyondLimit):
        raise ValueError(f"`beyond_limit` must be drop or keep, but is {beyond_limit!r} instead.")
    limit = most_edits(answer, max_edit_share) if beyond_limit == "drop" else -1
    distance = 0
    spans = [(start, start + len(answer)) for start in occurrences(context, answer)]
    if context and not spans:
        distance, nearest = _nearest(context, answer, limit)
        spans = [(start, end) for start, end in nearest if not context[start:end].isspace()]
    if not spans:
        return None
    start, end = _first(context, spans, position, whole_words)
    return Recovery(start, end, "fuzzy", distance)


def _first(context: str, spans: _Spans, position: float | None, whole_words: bool) -> tuple[int, int]:
    def order(span: tuple[int, int]) -> tuple[int, int, float, int, int]:
        start, end = span
        blanks = context[start].isspace() + context[end - 1].isspace()
        cuts = splits_word(context, start) + splits_word(context, end) if whole_words else 0
        return blanks, cuts, 0 if position is None else abs(start - position), end - start, start

    return spans[0] if len(spans) == 1 else min(spans, key=order)


def _nearest(context: str, answer: str, limit: int) -> tuple[int, _Spans]:
    """The least distance, if within a limit (-1: any), and all spans at that distance.

    One pass over the context gives the ends of these spans; from each end, a pass to the left over the
    reversed texts gives the starts.
    """
    query, target = _comparable(answer, context)
    distance, ends = _ends(query, target, "HW", limit)
    spans = []
    for end in ends:
        before = target[max(0, end - len(answer) - distance) : end]
        _, lengths = _ends(query[::-1], before[::-1], "SHW", distance)
        spans += [(end - length, end) for length in lengths]
    return distance, spans


def _comparable(answer: str, context: str) -> tuple[Any, Any]:
    """Sequences as far apart as the texts, in the form that is fastest to compare.

    Characters that the answer lacks match nothing, so one symbol stands for them all. Answers of more
    symbols than edlib takes become arrays.
    """
    if answer.isascii() and context.isascii():
        return answer, context
    symbols, query = np.unique(code_points(answer), return_inverse=True)
    codes = code_points(context)
    target = np.searchsorted(symbols, codes)
    target[symbols.take(target, mode="clip") != codes] = len(symbols)
    if len(symbols) > _MOST_SYMBOLS:
        return query, target
    return query.astype(np.uint8).tobytes(), target.astype(np.uint8).tobytes()


def _ends(query: Any, target: Any, mode: Literal["HW", "SHW"], limit: int) -> tuple[int, list[int]]:
    """Least distance of the query from a span (HW) or a prefix (SHW) of the target, and the ends of those not empty."""
    if isinstance(query, np.ndarray):
        return _ends_in_arrays(query, target, mode, limit)
    found = edlib.align(query, target, mode=mode, k=limit)
    return found["editDistance"], [last + 1 for _, last in found["locations"] if last >= 0]


def _ends_in_arrays(
    query: NDArray[np.int64], target: NDArray[np.int64], mode: Literal["HW", "SHW"], limit: int
) -> tuple[int, list[int]]:
    """The same by dynamic programming, a row of the matrix at a time."""
    columns = np.arange(len(target) + 1)
    row = columns if mode == "SHW" else np.zeros_like(columns)
    for symbol in query:
        best = row + 1
        np.minimum(best[1:], row[:-1] + (target != symbol), out=best[1:])
        row = np.minimum.accumulate(best - columns) + columns
    distance = int(row.min())
    if 0 <= limit < distance:
        return -1, []
    return distance, [end for end in np.flatnonzero(row == distance).tolist() if end]
