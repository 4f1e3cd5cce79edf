"""One pass over a source, paragraph by paragraph, into buckets that can be changed one by one.

A paragraph's bucket depends on its text alone, so all questions on it stay together wherever they
stand in the source. A bucket is a file with a paragraph a line, in the order of the source, and a line at its end.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from hf_xlqa.schema import Answer, Example

_PARAGRAPH = ("title", "context", "context_language", "question_language", "corpus")
_END = b"null"


class _Bucket:
    """Writes the lines of a bucket, each with a digest of itself and of all before it.

    Args:
        file: at its start.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = b""

    def write(self, text: bytes) -> None:
        self._digest = _chained(self._digest, text)
        self._file.write(b"%s %s\n" % (self._digest, text))


def _chained(digest: bytes, text: bytes) -> bytes:
    return blake2b(digest + text, digest_size=16).hexdigest().encode()


def bucket_of(context: str, count: int) -> int:
    """The bucket of a paragraph among `count`, from 0."""
    digest = blake2b(context.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % count


def bucket_paths(folder: Path, count: int) -> list[Path]:
    """The files of `count` buckets in a folder, in order."""
    return [folder / f"{number:05d}.jsonl" for number in range(count)]


def spill(examples: Iterable[Example], folder: Path, count: int) -> None:
    """Writes all paragraphs with their questions into `count` buckets; the folder takes its name once it is whole.

    Raises:
        OSError: when the folder cannot be written.
        CorpusError: when the source cannot be read.
    """
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        with ExitStack() as stack:
            buckets = [_Bucket(stack.enter_context(open(path, "wb"))) for path in bucket_paths(partial, count)]
            for _, paragraph in groupby(examples, key=_paragraph_key):
                record = _record(list(paragraph))
                buckets[bucket_of(record["context"], count)].write(json.dumps(record).encode())
            for bucket in buckets:
                bucket.write(_END)
        os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def read_bucket(path: Path) -> Iterator[Example]:
    """The examples of a bucket, those of one paragraph one after the other.

    Raises:
        ValueError: when the file is not as `spill` wrote it; says how to go on.
    """
    number, digest = 0, b""
    with open(path, "rb") as lines:
        for line in lines:
            number += 1
            found, _, text = line.removesuffix(b"\n").partition(b" ")
            digest = _chained(digest, text)
            if found != digest:
                break
            if text == _END:
                return
            yield from _examples(json.loads(text))
    raise ValueError(
        f"{path}, line {number}: a bucket must be as the build wrote it, but was changed or damaged instead. "
        f"Remove {path.parent} and build again; finished shards are kept."
    )


def _examples(record: dict[str, Any]) -> Iterator[Example]:
    shared = {name: record[name] for name in _PARAGRAPH}
    for id_, parallel_id, question, answers in record["questions"]:
        golds = tuple(Answer(text, start) for text, start in answers)
        yield Example(id=id_, parallel_id=parallel_id, question=question, answers=golds, **shared)


def _paragraph_key(example: Example) -> tuple[str, ...]:
    return tuple(getattr(example, name) for name in _PARAGRAPH)


def _record(paragraph: Sequence[Example]) -> dict[str, Any]:
    questions = [
        [each.id, each.parallel_id, each.question, [[answer.text, answer.start] for answer in each.answers]]
        for each in paragraph
    ]
    return {name: getattr(paragraph[0], name) for name in _PARAGRAPH} | {"questions": questions}
