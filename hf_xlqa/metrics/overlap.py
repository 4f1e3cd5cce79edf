"""Arithmetic shared by the rules: overlap of two bags of tokens, F1, and the best of several golds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def f1_score(common: int, predicted: int, gold: int) -> float:
    """Harmonic mean of `common / predicted` and `common / gold`; 0 where nothing is in common."""
    return 2 * common / (predicted + gold) if common else 0.0


def bag_f1(prediction: Sequence[str], gold: Sequence[str]) -> float:
    """F1 of two bags of tokens; 0 where either is empty, even when both are."""
    common = sum(min(prediction.count(token), gold.count(token)) for token in {*prediction}.intersection(gold))
    return f1_score(common, len(prediction), len(gold))


def best(scores: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """The best exact match and the best F1 over the golds, each on its own: they may come from two golds."""
    exact_matches, f1s = zip(*scores, strict=True)
    return max(exact_matches), max(f1s)


def bag_score(prediction: str, golds: Iterable[str]) -> tuple[float, float]:
    """Exact match of normalised texts, and F1 over their tokens between blanks; the best over the golds."""
    tokens = prediction.split()
    return best((float(prediction == gold), bag_f1(tokens, gold.split())) for gold in golds)
