"""N-best answers of 10,000 questions x 2 windows of 384 tokens, against the loop over start-end pairs.

    python examples/benchmarks/spans.py [--questions 10000] [--loop_questions 200]

The loop is timed on the first questions only, where its answers must be those of the library. Logits are random
float32.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from benchmark import agree, main
from datasets import Dataset
from records import Record, at_least
from timing import peak_mebibytes, seconds

from hf_xlqa.schema import Example, Prediction, Span
from hf_xlqa.spans import extract_predictions

LENGTH, QUESTION, STEP, N_BEST, MAX_TOKENS = 384, 12, 128, 20, 30
SPEED = (at_least(10),)


@dataclass
class Options:
    """How many questions each way answers."""

    questions: int = 10_000
    loop_questions: int = 200
    seed: int = 0


QUICK = Options(questions=4, loop_questions=1)


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


def measure(options: Options) -> Iterator[Record]:
    """Questions answered in a second by both, which must agree."""
    examples, windows = synthetic(options.questions, options.seed)
    rng = np.random.default_rng(options.seed)
    start, end = (rng.normal(size=(len(windows), LENGTH)).astype(np.float32) for _ in range(2))
    extract = partial(extract_predictions, examples, windows, start, end, n_best=N_BEST, max_answer_tokens=MAX_TOKENS)
    taken, predictions = seconds(extract)
    rows = [slice(2 * row, 2 * row + 2) for row in range(options.loop_questions)]
    pieces = [windows.select(range(each.start, each.stop)).to_list() for each in rows]
    looped, expected = seconds(
        lambda: [
            pair_loop(example, piece, start[each], end[each])
            for example, piece, each in zip(examples, pieces, rows, strict=False)
        ]
    )
    agree("answers", predictions[: len(expected)], expected)
    yield Record(
        stage=f"answers to {options.questions:,} questions of 2 windows, {N_BEST} best",
        ours=options.questions / taken,
        unit="questions/s",
        reference=options.loop_questions / looped,
        reference_name="a loop over all pairs",
        peak_mebibytes=peak_mebibytes(extract),
        goals=SPEED,
    )


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
