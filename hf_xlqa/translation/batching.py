"""Batches of texts of like lengths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def token_batches(lengths: Sequence[int], batch_tokens: int, rows: Iterable[int] | None = None) -> list[list[int]]:
    """Rows in batches of at most `batch_tokens` tokens with the padding, the longest rows first.

    Args:
        lengths: tokens of every row.
        batch_tokens: rows of a batch times tokens of its longest row; a longer row has a batch of its own.
        rows: those to take; None for all.
    """
    chosen = range(len(lengths)) if rows is None else rows
    batches: list[list[int]] = []
    for row in sorted(chosen, key=lambda row: -lengths[row]):
        if batches and lengths[batches[-1][0]] * (len(batches[-1]) + 1) <= batch_tokens:
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches
