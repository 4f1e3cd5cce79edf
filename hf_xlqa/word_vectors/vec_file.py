"""Read the word vectors of fastText and GloVe from text files, keeping only the words that are needed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np

from hf_xlqa.json_record import write_text
from hf_xlqa.word_vectors.vectors import FloatArray, Vectors

_LONGEST_HEADER = 40  # two numbers below 2 ** 64


class VectorFileError(ValueError):
    """A file of word vectors cannot be used; the message names the file, the line and the remedy."""


def read_vectors(path: str | Path, words: Collection[str]) -> Vectors:
    """Read the vectors of some words from a `.vec` or `.txt` file, compressed as `.gz` or not.

    The file is streamed: memory holds the kept vectors only. A line is a word and its numbers, with one
    blank between them; words with blanks inside (GloVe has some) are understood. The first line may be the
    number of vectors and their dimension (fastText); the file must then hold so many. Of a word that
    stands twice the first vector counts. Every line's number of fields is checked; numbers are read, and
    so checked, of kept words only.

    Args:
        path: the file.
        words: the words to keep, exactly as the file has them (`Vocabulary.words_of`).

    Raises:
        FileNotFoundError: when there is no such file.
        VectorFileError: when a line is broken, the file ends early, is of another kind, or has none of the words.
    """
    path = Path(path)
    wanted = {word.encode("utf-8", "replace") for word in words}
    rows: dict[bytes, int] = {}
    kept: list[FloatArray] = []
    announced: int | None = None
    dimension = count = 0
    for number, line in _lines(path):
        fields = line.count(b" ")
        if number == 1:
            if line.startswith(b"version https://git-lfs."):
                raise VectorFileError(f"`{path}` must hold word vectors, but is a pointer of Git LFS: fetch the file.")
            header = line.split(b" ")
            if len(header) == 2 and all(field.isdigit() for field in header):
                announced, dimension = _header(path, line, header)
                continue
            dimension = fields
        if fields < dimension or dimension < 1:
            shown = line[:40].decode("utf-8", "replace")
            raise VectorFileError(
                f"`{path}` must hold a word and {dimension or 'its'} numbers on line {number}, but holds "
                f"{fields} numbers in {shown!r} instead; fetch the file again."
            )
        count += 1
        word = line.partition(b" ")[0] if fields == dimension else line.rsplit(b" ", dimension)[0]
        if word in wanted and word not in rows:
            rows[word] = len(kept)
            kept.append(_numbers(path, number, line[len(word) + 1 :]))
    if announced is not None and count != announced:
        raise VectorFileError(
            f"`{path}` must hold {announced} vectors by its first line, but holds {count} instead; fetch it again."
        )
    if not kept:
        raise VectorFileError(
            f"`{path}` must hold vectors of the corpus's words, but holds none of them among {count}; "
            "is it of another language?"
        )
    return Vectors({word.decode(): row for word, row in rows.items()}, np.stack(kept))


def write_vectors(path: str | Path, vectors: Vectors) -> None:
    """Write vectors as a `.vec` file that `read_vectors` reads."""
    lines = (
        f"{word} {' '.join(f'{value:.6g}' for value in vectors.matrix[row])}" for word, row in vectors.rows.items()
    )
    write_text(Path(path), "\n".join([f"{len(vectors.rows)} {vectors.dimension}", *lines, ""]))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers, without blanks at their ends."""
    if path.suffix == ".bin":
        raise VectorFileError(f"`{path}` must be a text file, but is fastText's binary form; take the `.vec` file.")
    number = 0
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        try:
            for number, line in enumerate(file, start=1):
                yield number, line.rstrip(b" \r\n")
        except (EOFError, OSError, zlib.error) as error:
            raise VectorFileError(
                f"`{path}` must be whole, but cannot be read after line {number} ({error}); fetch it again."
            ) from error


def _header(path: Path, line: bytes, numbers: Sequence[bytes]) -> tuple[int, int]:
    """How many vectors the first line announces, and their width."""
    if len(line) > _LONGEST_HEADER:
        raise VectorFileError(
            f"`{path}` must announce how many vectors it holds, and their width, on line 1, but has numbers of "
            f"{', '.join(str(len(each)) for each in numbers)} digits there instead; fetch it again."
        )
    return int(numbers[0]), int(numbers[1])


def _numbers(path: Path, number: int, text: bytes) -> FloatArray:
    try:
        vector = np.array(text.split(b" "), np.float32)
    except ValueError:
        vector = np.array([np.nan], np.float32)
    if not np.isfinite(vector).all():
        raise VectorFileError(f"`{path}` must hold finite numbers on line {number}, but holds others; fetch it again.")
    return vector
