"""Examples to sliding windows on disk, ready for a model.

The windows are written as Arrow files and memory-mapped, so memory stays flat. Every call writes new
files into a new folder and never looks for old ones: preparing is about as fast as tokenizing, and a
cache that does not know the code, tokenizer and data it came from would be served stale.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.pool import Pool
from pathlib import Path

import pyarrow as pa
from datasets import Dataset
from datasets.utils import tqdm
from transformers import PreTrainedTokenizerBase

from hf_xlqa.feature_report import FeatureReport
from hf_xlqa.messages import check_counts
from hf_xlqa.schema import Example
from hf_xlqa.windows import Outside, WindowCutter

_BATCH = 1_000  # greatest number of examples tokenized together
_BATCH_CHARACTERS = 2_000_000  # of contexts; a thousand contexts of 67,000 characters would take gigabytes


@dataclass(frozen=True)
class PreparedFeatures:
    """Windows and what was counted while they were cut.

    Args:
        windows: one row a window (columns in `prepare_features`), memory-mapped.
        report: counts and ids.
    """

    windows: Dataset
    report: FeatureReport


def prepare_features(
    examples: Iterable[Example],
    tokenizer: PreTrainedTokenizerBase,
    *,
    max_length: int = 384,
    window_step: int = 128,
    max_question_length: int = 64,
    outside: Outside = "cls",
    languages: Sequence[str] | None = None,
    num_proc: int | None = None,
    directory: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> PreparedFeatures:
    """Cut examples into overlapping windows of question and context.

    Columns of the windows (positions are tokens of the unpadded window, offsets code points of the
    untouched context):

    - `input_ids`, `attention_mask`, and `token_type_ids` if the tokenizer has them: lists of one length;
    - `character_ids`, a list of characters for each token, if the tokenizer has them (`models.QANetTokenizer`);
    - `language_ids`, `question_language_ids`, of the context and of the question, if the tokenizer has them or
      `languages` are given;
    - `context_start`, `context_end`, `question_start`, `question_end`: tokens of context and question are at
      positions [start, end);
    - `cls_index`: position of [CLS];
    - `offset_starts`, `offset_ends`: lists, the code points of each context token without outer blanks;
    - `character_start`, `character_end`, `context_characters`: the code points the window covers, of how many;
    - `example_id`, `parallel_id`, `example_index`: the example, its parallel id, its row in `examples`;
    - `start_positions`, `end_positions`: the first answer, inclusive; `cls_index` where the window does
      not hold all of it or there is none.

    Args:
        examples: read once, batch by batch.
        tokenizer: a fast tokenizer, or another with offsets as `models.QANetTokenizer`; its padding and
            truncation settings do not matter.
        max_length: greatest number of tokens of a window, special tokens included.
        window_step: number of context tokens from one window's start to the next (BERT's `doc_stride`);
            not the `stride` of transformers, which is the number of tokens two windows share.
        max_question_length: greatest number of question tokens; the rest is cut off and counted.
        outside: "cls" keeps a window without the gold and points it at [CLS], "drop" leaves it out.
        languages: what language ids count, for objectives that need them with a tokenizer that gives none.
        num_proc: number of processes; None or 1 works in this one. The result does not depend on it.
        directory: folder in which a new folder with the Arrow files is made, to be removed by the caller;
            by default the system's temporary folder, cleared when the process ends.
        progress: whether to show a bar.

    Raises:
        ValueError: when a setting is out of range, the tokenizer has no offsets or no [CLS] or numbers other
            `languages`, an example is in none of these, or a text is not Unicode.
    """
    check_counts(num_proc=num_proc)
    cutter = WindowCutter(tokenizer, max_length, window_step, max_question_length, outside, languages)
    path = _new_folder(directory) / "windows.arrow"
    reports = [FeatureReport()]
    total = len(examples) if isinstance(examples, Sized) else None
    with tqdm(total=total, desc="Windows", unit=" examples", disable=not progress) as bar:
        batches = _cut(cutter, examples, num_proc or 1)
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, cutter.schema) as writer:
            for batch, report in batches:
                writer.write_batch(batch)
                reports.append(report)
                bar.update(report.examples)
    return PreparedFeatures(Dataset.from_file(str(path)), FeatureReport.merge(reports))


def _new_folder(parent: str | os.PathLike[str] | None) -> Path:
    folder = tempfile.mkdtemp(prefix="hf_xlqa_windows_", dir=parent)
    if parent is None:
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _cut(
    cutter: WindowCutter, examples: Iterable[Example], num_proc: int
) -> Iterator[tuple[pa.RecordBatch, FeatureReport]]:
    """The batches in order, at most two a process under way, so that memory stays flat."""
    if num_proc == 1:
        for row, batch in _batches(examples):
            yield cutter(row, batch)
        return
    with _pool(num_proc) as pool:
        batches = _batches(examples)
        waiting = deque(pool.apply_async(cutter, batch) for batch in islice(batches, 2 * num_proc))
        while waiting:
            yield waiting.popleft().get()
            waiting.extend(pool.apply_async(cutter, batch) for batch in islice(batches, 1))


def _batches(examples: Iterable[Example]) -> Iterator[tuple[int, list[Example]]]:
    """Batches of examples with the row of their first; those of long contexts are smaller."""
    batch: list[Example] = []
    first = characters = 0
    for example in examples:
        batch.append(example)
        characters += len(example.context)
        if len(batch) == _BATCH or characters >= _BATCH_CHARACTERS:
            yield first, batch
            first, characters, batch = first + len(batch), 0, []
    if batch:
        yield first, batch


@contextmanager
def _pool(num_proc: int) -> Iterator[Pool]:
    """Processes in which tokenizers start no threads of their own (they would oversubscribe the cores)."""
    before = os.environ.get("TOKENIZERS_PARALLELISM")
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    try:
        pool = multiprocessing.Pool(num_proc)
    finally:
        if before is None:
            del os.environ["TOKENIZERS_PARALLELISM"]
        else:
            os.environ["TOKENIZERS_PARALLELISM"] = before
    with pool:
        yield pool
