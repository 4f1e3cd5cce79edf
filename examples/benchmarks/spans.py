"""N-best answers of 10,000 questions x 2 windows of 384 tokens, against the loop over start-end pairs.

    python examples/benchmarks/spans.py [--questions 10000] [--loop-questions 200]

The loop is timed on the first questions only, and compared with the library on those, answer by
answer; the ratio is of seconds per question, both measured in this run. Logits are random float32.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from datasets import Dataset

from hf_xlqa.schema import Example, Prediction, Span
from hf_xlqa.spans import extract_predictions

LENGTH, QUESTION, STEP, N_BEST, MAX_TOKENS = 384, 12, 128, 20, 30


def synthetic(questions: int, seed: int) -> tuple[list[Example], Dataset]:
    """Contexts of words drawn from 5,000, each of two full windows."""
    rng = np.random.default_rng(seed)
    first, tokens = QUESTION + 2, LENGTH - QUESTION - 3
    examples: list[Example] = []
    columns: dict[str, list[Any]] = {"offset_starts": [], "offset_ends": []}
    for row in range(questions):
        words = [f"w{number}" for number in rng.integers(0, 5000, tokens + STEP)]
        ends = np.cumsum([len(word) + 1 for word in words]) - 1
        starts = ends - [len(word) for word in words]
        examples.append(Example(str(row), str(row), "", " ".join(words), "", (), "en", "en", "synthetic"))
        for name, offsets in zip(columns, (starts, ends), strict=True):
            columns[name] += [offsets[:tokens].astype(np.int32), offsets[STEP:].astype(np.int32)]
    rows = np.repeat(np.arange(questions, dtype=np.int32), 2)
    constants = {"context_start": first, "context_end": first + tokens, "cls_index": 0}
    numbers = {name: np.full(len(rows), value, np.int32) for name, value in constants.items()}
    return examples, Dataset.from_dict(
        {**columns, **numbers, "example_index": rows, "example_id": [str(row) for row in rows]}
    )


def pair_loop(example: Example, windows: Sequence[dict[str, Any]], starts: Any, ends: Any) -> Prediction:
    """Every pair of every window of one question, one after another."""
    pairs = []
    for number, window in enumerate(windows):
        start_logits, end_logits = starts[number].tolist(), ends[number].tolist()
        begin, end = window["context_start"], window["context_end"]
        for i in range(begin, end):
            for j in range(i, min(i + MAX_TOKENS, end)):
                pairs.append((-(start_logits[i] + end_logits[j]), number, i - begin, j - begin))
    pairs.sort()
    found: dict[str, Span] = {}
    for negative, number, i, j in pairs:
        start, stop = windows[number]["offset_starts"][i], windows[number]["offset_ends"][j]
        text = example.context[start:stop]
        found.setdefault(text, Span(text, start, stop, -negative))
        if len(found) == N_BEST:
            break
    null = min(float(starts[number][0]) + float(ends[number][0]) for number in range(len(windows)))
    return Prediction(example.id, tuple(found.values()), null)


def main() -> None:
    """Time both, compare the answers of the questions both saw, print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--loop-questions", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    examples, windows = synthetic(arguments.questions, arguments.seed)
    rng = np.random.default_rng(arguments.seed)
    start, end = (rng.normal(size=(len(windows), LENGTH)).astype(np.float32) for _ in range(2))

    began = time.perf_counter()
    predictions = extract_predictions(examples, windows, start, end, n_best=N_BEST, max_answer_tokens=MAX_TOKENS)
    fast = (time.perf_counter() - began) / len(examples)

    looped = examples[: arguments.loop_questions]
    pieces = [windows.select(range(2 * row, 2 * row + 2)).to_list() for row in range(len(looped))]
    began = time.perf_counter()
    expected = [
        pair_loop(example, pieces[row], start[2 * row : 2 * row + 2], end[2 * row : 2 * row + 2])
        for row, example in enumerate(looped)
    ]
    slow = (time.perf_counter() - began) / len(looped)

    same = sum(one == other for one, other in zip(predictions, expected, strict=False))
    print(f"library: {len(examples):,} questions x 2 windows in {fast * len(examples):.2f} s, {fast * 1e6:.0f} us each")
    print(f"loop over pairs: {len(looped):,} questions in {slow * len(looped):.2f} s, {slow * 1e6:.0f} us each")
    print(f"ratio: {slow / fast:.1f} x; identical n-best for {same:,} of the {len(looped):,} questions of the loop")


if __name__ == "__main__":
    main()
