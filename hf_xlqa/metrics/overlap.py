"""Arithmetic shared by the rules: overlap of two bags of tokens, F1, and the best of several golds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

# Up to this many pairs of tokens, looking each up in a list is faster than counting.
_SMALL = 600


def f1_score(common: int, predicted: int, gold: int) -> float:
    """Harmonic mean of `common / predicted` and `common / gold`; 0 where nothing is in common."""
    return 2 * common / (predicted + gold) if common else 0.0


def bag_f1(prediction: Sequence[str], gold: Sequence[str]) -> float:
    """F1 of two bags of tokens; 0 where either is empty, even when both are."""
    return f1_score(_in_common(prediction, gold), len(prediction), len(gold))


def best(scores: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """The best exact match and the best F1 over the golds, each on its own: they may come from two golds."""
    exact_matches, f1s = zip(*scores, strict=True)
    return max(exact_matches), max(f1s)


def bag_score(prediction: str, golds: Iterable[str]) -> tuple[float, float]:
    """Exact match of normalised texts, and F1 over their tokens between blanks; the best over the golds."""
    different = {*golds}
    tokens = prediction.split()
    if prediction in different:
        return 1.0, 1.0 if tokens else 0.0
    return 0.0, max(bag_f1(tokens, gold.split()) for gold in different)


def _in_common(first: Sequence[str], second: Sequence[str]) -> int:
    """How many tokens two bags share, each as often as it stands in both."""
    if len(first) * len(second) > _SMALL:
        return sum((Counter(first) & Counter(second)).values())
    common, rest = 0, [*second]
    for token in first:
        if token in rest:
            rest.remove(token)
            common += 1
    return common
