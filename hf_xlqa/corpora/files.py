"""Opening corpus files: plain or gzip for reading, all or nothing for writing."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from hf_xlqa.corpora.findings import CorpusError, Finding, Kind

SUFFIXES = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz", ".parquet")

_GZIP_MAGIC = b"\x1f\x8b"
_LFS_MAGIC = b"version https://git-lfs"


@contextmanager
def open_corpus(path: Path) -> Iterator[TextIO]:
    """The text of a corpus file, gunzipped where its first bytes say so; a leading U+FEFF is passed over.

    Raises:
        CorpusError: when the file is empty, an LFS pointer, not UTF-8, or a damaged gzip.
    """
    with open(path, "rb") as raw, _gunzip(raw) as binary:
        try:
            _check_start(path, binary)
            with io.TextIOWrapper(binary, encoding="utf-8-sig", newline="\n") as text:
                yield text
        except UnicodeDecodeError as error:
            bad = error.object[error.start : error.start + 1].hex()
            message = f"the file must be UTF-8, but holds the byte 0x{bad} ({error.reason}) instead."
            raise CorpusError(path, Finding(Kind.NOT_UTF8, message)) from error
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            message = f"the file must be a whole gzip file, but is damaged instead: {error}."
            raise CorpusError(path, Finding(Kind.DAMAGED_GZIP, message)) from error


def _gunzip(raw: BinaryIO) -> io.BufferedReader:
    buffered = cast(io.BufferedReader, raw)
    if buffered.peek(2)[:2] == _GZIP_MAGIC:
        return io.BufferedReader(gzip.GzipFile(fileobj=buffered))
    return buffered


def _check_start(path: Path, binary: io.BufferedReader) -> None:
    start = binary.peek(len(_LFS_MAGIC))
    if not start:
        raise CorpusError(path, Finding(Kind.EMPTY_FILE, "the file must hold a corpus, but is empty instead."))
    if start.startswith(_LFS_MAGIC):
        message = "the file must hold a corpus, but is a Git LFS pointer instead."
        raise CorpusError(path, Finding(Kind.LFS_POINTER, message))


def shards(path: Path) -> tuple[Path, ...]:
    """The file itself, the files of a pattern such as `train-*.parquet`, or the corpus files of a folder, by name.

    Raises:
        FileNotFoundError: when there is none of them.
        ValueError: when a folder holds the parquet files of several splits.
    """
    if path.is_file():
        return (path,)
    folder, pattern = (path, "*") if path.is_dir() else (path.parent, path.name)
    found = tuple(sorted(file for file in folder.glob(pattern) if file.name.endswith(SUFFIXES) and file.is_file()))
    if not found:
        raise FileNotFoundError(
            f"`path` must be a corpus file or a folder of {', '.join(SUFFIXES)} files, but is {str(path)!r} instead."
        )
    splits = sorted({file.name.partition("-")[0] for file in found if file.suffix == ".parquet"})
    if len(splits) > 1:
        raise ValueError(
            f"`path` must be of one split, but {str(path)!r} holds {', '.join(splits)} instead; "
            f"name one as {path if path.is_dir() else folder}/{splits[0]}-*.parquet."
        )
    return found


@contextmanager
def atomic_text(path: Path) -> Iterator[TextIO]:
    """A text to write, gzipped for a name in .gz; it takes the name `path` only once it is whole.

    A lone surrogate, which UTF-8 cannot hold, is written as its JSON escape (`\\ud800`).
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(partial, "wt", encoding="utf-8", errors="backslashreplace", newline="\n") as text:
            yield cast(TextIO, text)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
