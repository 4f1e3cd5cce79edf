"""Tests of 10,000 questions x 10,000 resamples on one core, against plain loops and scipy.

    OMP_NUM_THREADS=1 python examples/benchmarks/significance.py [--questions 10000] [--resamples 10000]

Times are of the processor, memory is the most that the library holds at once beside the scores. The
loops (one numpy expression a resample, the same random numbers) and scipy are timed on fewer resamples
and scaled by their number. The p-values of the loops must be those of the library at as many resamples. F1 differs
on every question, so that nothing can be left out; McNemar's test has no resamples, and is of exact
match on which 40 questions in 100 differ.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from hf_xlqa.significance import mcnemar_test, paired_bootstrap, randomization_test

FloatArray = NDArray[np.float64]


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


def timed(work: Callable[..., Any], *arguments: object) -> tuple[float, Any]:
    """Processor time of some work, and what it returns."""
    began = time.process_time()
    found = work(*arguments)
    return time.process_time() - began, found


def measure(library: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Seconds of the best call, and the megabytes that another holds at its peak."""
    seconds = min(timed(library)[0] for _ in range(repeats))
    tracemalloc.start()
    library()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return seconds, peak / 2**20


def row(name: str, seconds: float, peak: float, loop: float | None, theirs: float) -> str:
    """A line of the table."""
    by_loop = "- | -" if loop is None else f"{loop:.2f} | {loop / seconds:.1f} x"
    return f"| {name} | {seconds:.4f} | {peak:.1f} | {by_loop} | {theirs:.4f} | {theirs / seconds:.1f} x |"


def main() -> None:
    """Measure the library, the loops and scipy, and compare the p-values."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--loop-resamples", type=int, default=1_000)
    parser.add_argument("--scipy-resamples", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=3, help="the best of them counts")
    arguments = parser.parse_args()
    resamples, looped, scipied = arguments.resamples, arguments.loop_resamples, arguments.scipy_resamples
    first, second = f1_scores(arguments.questions, seed=0)
    right, other = np.random.default_rng(0).random((2, arguments.questions)) < [[0.73], [0.72]]
    randomization_test(first[:100], second[:100])
    ours = [
        measure(lambda: randomization_test(first, second, permutations=resamples), arguments.repeats),
        measure(lambda: paired_bootstrap(first, second, resamples=resamples), arguments.repeats),
        measure(lambda: mcnemar_test(right, other), arguments.repeats),
    ]
    loops = [timed(loop, first - second, looped, 0) for loop in (randomization_loop, bootstrap_loop)]
    theirs = [timed(test, first, second, scipied)[0] for test in (scipy_randomization, scipy_bootstrap)]
    wins, losses = int(np.sum(right & ~other)), int(np.sum(other & ~right))
    binomial = min(timed(scipy.stats.binomtest, wins, wins + losses)[0] for _ in range(arguments.repeats))

    print(
        "| test | seconds | peak MB | loop, seconds | ratio | scipy, seconds | ratio |\n|---|---|---|---|---|---|---|"
    )
    for name, own, (loop, _), scipys in zip(("randomization", "bootstrap"), ours[:2], loops, theirs, strict=True):
        print(row(name, *own, loop * resamples / looped, scipys * resamples / scipied))
    print(row("McNemar", *ours[2], None, binomial))

    expected = [
        randomization_test(first, second, permutations=looped).p_value,
        paired_bootstrap(first, second, resamples=looped).p_value,
    ]
    print(f"p-values of {looped:,} resamples: library {expected}, loops {[p_value for _, p_value in loops]}")
    if expected != [p_value for _, p_value in loops]:
        raise SystemExit("The p-values of the loops and of the library differ.")


if __name__ == "__main__":
    main()
