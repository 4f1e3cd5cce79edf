"""Buckets: every example comes back as it was, paragraphs stay together, and a folder is whole or not there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_scripts import WORDS, examples

from hf_xlqa.building.spill import bucket_of, bucket_paths, read_bucket, spill
from hf_xlqa.schema import Example


@given(st.lists(st.sampled_from(list(WORDS)).flatmap(examples), max_size=6), st.integers(1, 4))
def test_examples_come_back_as_they_were(tmp_path_factory, found, count):
    named = [replace(example, id=f"{number}") for number, example in enumerate(found)]
    folder = tmp_path_factory.mktemp("spill") / "train"
    spill(named, folder, count)
    back = [list(read_bucket(path)) for path in bucket_paths(folder, count)]
    assert sorted((each for bucket in back for each in bucket), key=lambda each: int(each.id)) == named
    for number, bucket in enumerate(back):
        assert all(bucket_of(example.context, count) == number for example in bucket)
        assert bucket == sorted(bucket, key=lambda each: int(each.id))


def test_paragraphs_that_recur_share_a_bucket_and_spread_over_all():
    buckets = [bucket_of(f"paragraph {number}", 8) for number in range(8000)]
    assert buckets == [bucket_of(f"paragraph {number}", 8) for number in range(8000)]
    assert all(900 < buckets.count(number) < 1100 for number in range(8))


DAMAGES = [
    (1, lambda lines: [lines[0].replace(b"river", b"bridge"), *lines[1:]]),
    (1, lambda lines: [lines[1], lines[0], lines[2]]),
    (2, lambda lines: [lines[0], lines[2]]),
    (2, lambda lines: [lines[0], lines[0], *lines[1:]]),
    (3, lambda lines: [*lines[:2], b"x" + lines[2]]),
    (2, lambda lines: lines[:2]),
    (0, lambda lines: []),
]


@pytest.mark.parametrize(("line", "damage"), DAMAGES)
def test_a_bucket_that_is_damaged_is_named_with_its_line_and_what_to_do(tmp_path, line, damage):
    examples = [Example(str(n), str(n), "", f"A river {n}.", "Who?", (), "en", "en", "toy") for n in range(2)]
    spill(examples, tmp_path / "train", 1)
    (path,) = bucket_paths(tmp_path / "train", 1)
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 3 and list(read_bucket(path)) == examples
    path.write_bytes(b"".join(damage(lines)))
    message = f"{path}, line {line}: a bucket must be as the build wrote it, but was .* damaged instead. Remove"
    with pytest.raises(ValueError, match=message):
        list(read_bucket(path))


def test_a_source_that_fails_leaves_nothing(tmp_path):
    def failing():
        yield Example("1", "1", "", "A bridge.", "Who?", (), "en", "en", "toy")
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        spill(failing(), tmp_path / "train", 2)
    assert list(tmp_path.iterdir()) == []
