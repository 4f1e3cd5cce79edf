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


def test_a_source_that_fails_leaves_nothing(tmp_path):
    def failing():
        yield Example("1", "1", "", "A bridge.", "Who?", (), "en", "en", "toy")
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        spill(failing(), tmp_path / "train", 2)
    assert list(tmp_path.iterdir()) == []
