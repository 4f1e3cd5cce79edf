"""Files of word vectors: what is kept, what is refused by its line, and how much memory it takes."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.word_vectors import VectorFileError, Vectors, read_vectors, write_vectors

ENGLISH = "4 3\nthe 1 0 -0.5\nking 0.25 2e-1 3 \nKing 9 9 9\nof 0 0 1\n"
SCRIPTS = "南京市 1 2\nمدينة 3 4\nदिल्ली 5 6\n서울의 7 8\nの 9 10\nking 11 12\n"


def file(tmp_path: Path, text: str | bytes, name: str = "cc.en.3.vec") -> Path:
    path = tmp_path / name
    data = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("name", ["cc.en.3.vec", "cc.en.3.vec.gz"])
def test_words_of_the_corpus_are_kept(tmp_path: Path, name: str) -> None:
    vectors = read_vectors(file(tmp_path, ENGLISH, name), {"king", "the", "Norway"})
    assert set(vectors.rows) == {"the", "king"}
    assert vectors.matrix.dtype == np.float32
    assert vectors.dimension == 3
    assert vectors.find("king").tolist() == pytest.approx([0.25, 0.2, 3])
    assert vectors.find("the").tolist() == [1, 0, -0.5]
    assert vectors.find("Norway") is None


def test_six_scripts_without_a_first_line_of_numbers(tmp_path: Path) -> None:
    words = ["南京市", "مدينة", "दिल्ली", "서울의", "の", "king"]
    vectors = read_vectors(file(tmp_path, SCRIPTS), words)
    assert [vectors.find(word).tolist() for word in words] == [[n, n + 1] for n in range(1, 12, 2)]


def test_a_word_is_found_as_it_stands_then_normalised_then_in_lower_case(tmp_path: Path) -> None:
    vectors = read_vectors(file(tmp_path, ENGLISH), {"king", "King", "the"})
    assert vectors.find("King").tolist() == [9, 9, 9]
    assert vectors.find("Ｋing").tolist() == [9, 9, 9]
    assert vectors.find("KING").tolist() == pytest.approx([0.25, 0.2, 3])


def test_words_with_blanks_and_of_blanks(tmp_path: Path) -> None:
    text = "a 1 2\n. . . 3 4\n\u00a0 5 6\nNew\u00a0York 7 8\n"
    vectors = read_vectors(file(tmp_path, text), {"a", ". . .", "New\u00a0York"})
    assert vectors.find(". . .").tolist() == [3, 4]
    assert vectors.matrix[vectors.rows["New\u00a0York"]].tolist() == [7, 8]


def test_the_first_of_two_vectors_of_a_word_counts(tmp_path: Path) -> None:
    assert read_vectors(file(tmp_path, "a 1 2\na 3 4\n"), {"a"}).matrix.tolist() == [[1, 2]]


def test_lines_may_end_as_on_windows(tmp_path: Path) -> None:
    assert read_vectors(file(tmp_path, "1 2\r\na 1 2\r\n"), {"a"}).matrix.tolist() == [[1, 2]]


def test_a_half_character_in_another_word_does_no_harm(tmp_path: Path) -> None:
    assert read_vectors(file(tmp_path, b"a 1 2\n\xe5\x8d 3 4\n"), {"a"}).matrix.tolist() == [[1, 2]]


@given(
    rows=st.dictionaries(
        st.text("abcé市\u00a0", min_size=1, max_size=3),
        st.lists(st.floats(-9, 9, width=32), min_size=2, max_size=2),
        min_size=1,
    )
)
def test_what_is_written_is_read(rows: dict[str, list[float]], tmp_path_factory: pytest.TempPathFactory) -> None:
    lines = [f"{len(rows)} 2", *(" ".join([word, *map(repr, vector)]) for word, vector in rows.items())]
    path = file(tmp_path_factory.mktemp("vectors"), "\n".join(lines) + "\n")
    vectors = read_vectors(path, rows.keys())
    assert {word: vectors.matrix[row].tolist() for word, row in vectors.rows.items()} == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2 3\na 1 2 3\nb 1 2\n", "must hold a word and 3 numbers on line 3, but holds 2 numbers in 'b 1 2' instead"),
        ("a 1 2\n\nb 1 2\n", "must hold a word and 2 numbers on line 2, but holds 0 numbers in '' instead"),
        ("a\nb\n", "must hold a word and its numbers on line 1, but holds 0 numbers in 'a' instead"),
        ("a 1 x\n", "must hold finite numbers on line 1"),
        ("a 1 nan\n", "must hold finite numbers on line 1"),
        ("3 2\na 1 2\nb 1 2\n", "must hold 3 vectors by its first line, but holds 2 instead; fetch it again"),
        (
            f"{'3' * 5000} 2\na 1 2\n",
            "how many vectors it holds, and .* but has numbers of 5000, 1 digits there instead",
        ),
        ("b 1 2\nc 1 2\n", "must hold vectors of the corpus's words, but holds none of them among 2"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a pointer of Git LFS: fetch the file"),
        ("", "holds none of them among 0"),
    ],
)
def test_broken_files_are_named(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(VectorFileError, match=message):
        read_vectors(file(tmp_path, text), {"a"})


def test_a_file_that_ends_early_is_named(tmp_path: Path) -> None:
    path = file(tmp_path, "the 1 0 -0.5\n" * 500, "cc.en.3.vec.gz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(VectorFileError, match=r"must be whole, but cannot be read after line \d+ .*; fetch it again"):
        read_vectors(path, {"the"})


def test_a_file_that_is_not_compressed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.vec.gz"
    path.write_text(ENGLISH)
    with pytest.raises(VectorFileError, match=r"must be whole, but cannot be read after line 0 \(Not a gzipped file"):
        read_vectors(path, {"the"})


def test_the_binary_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VectorFileError, match=r"must be a text file, but is fastText's binary form; take the `\.vec`"):
        read_vectors(tmp_path / "cc.en.300.bin", {"the"})


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_vectors(tmp_path / "none.vec", {"the"})


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Twenty times the lines, the same words kept, the same memory."""
    peaks = []
    for count in (1_000, 20_000):
        numbers = " ".join(["0.125"] * 100)
        path = file(tmp_path, "".join(f"w{row} {numbers}\n" for row in range(count)))
        tracemalloc.start()
        vectors = read_vectors(path, {f"w{row}" for row in range(50)})
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert vectors.matrix.shape == (50, 100)
    assert peaks[1] < 1.1 * peaks[0] < 1_000_000


def test_vectors_are_written_as_they_are_read(tmp_path: Path) -> None:
    matrix = np.array([[1, -0.5, 1e-7], [2, 3, 1 / 3]], np.float32)
    write_vectors(tmp_path / "en.vec", Vectors({"king": 1, "New York": 0}, matrix))
    read = read_vectors(tmp_path / "en.vec", {"king", "New York"})
    np.testing.assert_allclose(read.find("New York"), matrix[0], rtol=1e-5)
    np.testing.assert_allclose(read.find("king"), matrix[1], rtol=1e-5)
