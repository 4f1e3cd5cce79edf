"""The binomial distribution of wins between equals, without rounding."""

from __future__ import annotations

from hf_xlqa.significance.result import Alternative


def sign_test_p_value(wins: int, losses: int, alternative: Alternative) -> float:
    """Probability of as many wins if each of the wins and losses could as well have been the other.

    Args:
        wins, losses: how many questions one and the other system is better on.
        alternative: "greater" for at least as many wins, "less" for at most as many, "two-sided" for
            twice the smaller of both, at most 1.

    Returns:
        The tail of the binomial distribution with probability 1/2, rounded once.
    """
    if alternative == "two-sided":
        return min(1.0, 2 * _at_most(min(wins, losses), wins + losses))
    return _at_most(losses if alternative == "greater" else wins, wins + losses)


def _at_most(successes: int, trials: int) -> float:
    """Probability of so many successes or fewer of a fair coin."""
    # Whole numbers of any size: the only rounding is that of the quotient.
    total = term = 1
    for number in range(successes):
        term = term * (trials - number) // (number + 1)
        total += term
    return total / (1 << trials)
