"""Tests of 10,000 questions x 10,000 resamples on one core, against plain loops and scipy.

    OMP_NUM_THREADS=1 python examples/benchmarks/significance.py [--questions 10000] [--resamples 10000]

The loops (one numpy expression a resample, the same random numbers) and scipy are timed on fewer resamples
and scaled by their number. The p-values of the loops must be those of the library at as many resamples. F1 differs
on every question, so that nothing can be left out; McNemar's test has no resamples, and is of exact
match on which 40 questions in 100 differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import scipy.stats
from benchmark import agree, main
from numpy.typing import NDArray
from records import Record, at_most
from timing import peak_mebibytes, seconds

from hf_xlqa.significance import mcnemar_test, paired_bootstrap, randomization_test

FloatArray = NDArray[np.float64]
RANDOMIZATION_GOALS = (at_most(3, of="ours"), at_most(1024, of="peak_mebibytes"))


@dataclass
class Options:
    """How much each way resamples."""

    questions: int = 10_000
    resamples: int = 10_000
    loop_resamples: int = 1_000
    scipy_resamples: int = 500
    repeats: int = 3


QUICK = Options(questions=100, resamples=200, loop_resamples=100, scipy_resamples=100, repeats=1)


def f1_scores(questions: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """F1 of two systems, 2 x common words / all words, never the same for both."""
    rng = np.random.default_rng(seed)
    words = rng.integers(2, 12, (2, 2, questions))
    common = rng.integers(0, words.min(axis=1) + 1)
    first, second = 2 * common / words.sum(axis=1)
    second[first == second] *= 0.9
    return first, np.where(first == second, 0.1, second)


def randomization_loop(differences: FloatArray, permutations: int, seed: int) -> float:
    """The two-sided p-value, one permutation after another, from the random bits of the library."""
    generator, size = np.random.default_rng(seed), len(differences)
    observed, count = abs(differences.sum()), 0
    for _ in range(permutations):
        drawn = np.frombuffer(generator.bytes(-(-size // 64) * 8), np.uint8)
        swapped = np.unpackbits(drawn, bitorder="little", count=size)
        count += abs(np.where(swapped, -differences, differences).sum()) >= observed - 1e-6
    return float((count + 1) / (permutations + 1))


def bootstrap_loop(differences: FloatArray, resamples: int, seed: int) -> float:
    """The two-sided p-value, one resample after another, from the random numbers of the library."""
    generator, size = np.random.default_rng(seed), len(differences)
    observed = differences.sum()
    sums = [differences[generator.integers(size, size=size)].sum() for _ in range(resamples)]
    return float((sum(abs(each - observed) >= abs(observed) - 1e-6 for each in sums) + 1) / (resamples + 1))


def scipy_randomization(first: FloatArray, second: FloatArray, permutations: int) -> object:
    """The test of scipy, in blocks of its own of 100."""
    options: dict[str, Any] = {"permutation_type": "samples", "vectorized": True, "batch": 100}
    return scipy.stats.permutation_test(
        (first, second), lambda x, y, axis: (x - y).mean(axis), n_resamples=permutations, **options
    )


def scipy_bootstrap(first: FloatArray, second: FloatArray, resamples: int) -> object:
    """The interval of scipy, which has no test, in blocks of its own of 100."""
    options: dict[str, Any] = {"paired": True, "method": "percentile", "vectorized": True, "batch": 100}
    return scipy.stats.bootstrap(
        (first, second), lambda x, y, axis: (x - y).mean(axis), n_resamples=resamples, **options
    )


def best(work: Callable[[], object], repeats: int) -> float:
    """Seconds of the best call."""
    return min(seconds(work)[0] for _ in range(repeats))


def record(stage: str, work: Callable[[], object], repeats: int) -> Record:
    """The library alone."""
    return Record(stage=stage, ours=best(work, repeats), unit="s", peak_mebibytes=peak_mebibytes(work))


def resampled(options: Options) -> Iterator[Record]:
    """Both tests that resample, to the loops and to scipy."""
    first, second = f1_scores(options.questions, seed=0)
    differences, looped, by_scipy = first - second, options.loop_resamples, options.scipy_resamples
    size = f"{options.questions:,} questions x {options.resamples:,}"
    works = {
        "randomization test": partial(randomization_test, first, second, permutations=options.resamples),
        "bootstrap": partial(paired_bootstrap, first, second, resamples=options.resamples),
    }
    loops = [seconds(partial(loop, differences, looped, 0)) for loop in (randomization_loop, bootstrap_loop)]
    scipys = [seconds(partial(test, first, second, by_scipy))[0] for test in (scipy_randomization, scipy_bootstrap)]
    expected = [
        randomization_test(first, second, permutations=looped).p_value,
        paired_bootstrap(first, second, resamples=looped).p_value,
    ]
    agree("p-values", expected, [p_value for _, p_value in loops])
    for (name, work), (loop, _), theirs in zip(works.items(), loops, scipys, strict=True):
        ours = record(f"{name}, {size}", work, options.repeats)
        ours = replace(ours, goals=RANDOMIZATION_GOALS if name == "randomization test" else ())
        yield replace(ours, reference=loop * options.resamples / looped, reference_name="a numpy loop")
        yield replace(ours, reference=theirs * options.resamples / by_scipy, reference_name="scipy")


def mcnemar(options: Options) -> Record:
    """McNemar's test to scipy's binomial one, given the counts."""
    right, other = np.random.default_rng(0).random((2, options.questions)) < [[0.73], [0.72]]
    wins, losses = int(np.sum(right & ~other)), int(np.sum(other & ~right))
    ours = record(
        f"McNemar's test, {options.questions:,} questions", partial(mcnemar_test, right, other), options.repeats
    )
    binomial = best(partial(scipy.stats.binomtest, wins, wins + losses), options.repeats)
    return replace(ours, reference=binomial, reference_name="scipy's binomtest")


def measure(options: Options) -> Iterator[Record]:
    """All tests."""
    few = f1_scores(100, seed=0)
    randomization_test(*few)
    yield from resampled(options)
    yield mcnemar(options)


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
