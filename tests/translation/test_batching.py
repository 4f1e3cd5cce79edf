"""Batches by tokens, and what tells folders apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.translation.batching import token_batches
from hf_xlqa.translation.fingerprint import folder_fingerprint


def test_rows_are_batched_by_length() -> None:
    assert token_batches([3, 10, 2, 5, 30], 20) == [[4], [1, 3], [0, 2]]
    assert token_batches([3, 10, 2, 5, 30], 20, [0, 2, 4]) == [[4], [0, 2]]
    assert token_batches([], 20) == []


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(1, 100))
def test_every_row_is_in_one_batch_and_batches_are_full(lengths: list[int], limit: int) -> None:
    batches = token_batches(lengths, limit)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    sizes = [lengths[batch[0]] * len(batch) for batch in batches]
    assert all(size <= limit or len(batch) == 1 for size, batch in zip(sizes, batches, strict=True))
    longest = [lengths[batch[0]] for batch in batches]
    assert longest == sorted(longest, reverse=True)
    assert all(size + first > limit for size, first in zip(sizes[:-1], longest[:-1], strict=True))


@pytest.mark.parametrize("where", [0, 300_000, 9_999_999])
def test_the_fingerprint_of_a_folder_is_that_of_its_contents(tmp_path: Path, where: int) -> None:
    content = bytearray(10_000_000)
    found = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        (folder / "weights").write_bytes(content)
        (folder / "config").write_text("{}")
        found.append(folder_fingerprint(folder))
    assert found[0] == found[1] and len(found[0]) == 16
    content[where : where + 200_000] = b"\1" * len(content[where : where + 200_000])
    (tmp_path / "b" / "weights").write_bytes(content)
    assert folder_fingerprint(tmp_path / "b") != found[0]
    (tmp_path / "a" / "config").rename(tmp_path / "a" / "other")
    assert folder_fingerprint(tmp_path / "a") != found[0]
