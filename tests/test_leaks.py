"""The leak guard."""

from __future__ import annotations

import warnings

import pytest

from hf_xlqa.leaks import LeakWarning, find_leaks, warn_of_leaks
from hf_xlqa.schema import Example


def example(id: str, context: str, parallel_id: str | None = None) -> Example:
    return Example(id, parallel_id or id, "", context, "Who?", (), "en", "en", "toy")


SEEN = [example("a", "Ada wrote it."), example("b", "Bo sang."), example("c", "Cy ran."), example("d", "Di sat.")]


def test_shared_ids_and_contexts_are_counted_apart() -> None:
    report = find_leaks(SEEN, [example("b", "Bo chanta."), example("x", " Cy ran.\n"), example("d", "Di sat.")])
    assert (report.by_id, report.by_context, report.sample) == (2, 2, ("b", "c", "d"))
    assert report


def test_a_translation_is_found_by_its_parallel_id() -> None:
    report = find_leaks([example("b-de", "Bo sang es.", parallel_id="b")], [example("b", "Bo sang.")])
    assert (report.by_id, report.by_context) == (1, 0)


def test_the_sample_is_limited() -> None:
    many = [example(str(number), "Ada wrote it.") for number in range(9)]
    report = find_leaks(iter(many), iter(many))
    assert (report.by_id, report.sample) == (9, ("0", "1", "2", "3", "4"))


def test_a_leak_warns_with_counts_ids_and_remedy() -> None:
    with pytest.warns(LeakWarning, match=r"`toy/de` .* 1 selection examples share an id .* 0 share .* b\). Take them"):
        warn_of_leaks(SEEN, [example("b", "Bo chanta.")], name="toy/de", role="selection")


def test_no_leak_does_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not warn_of_leaks(SEEN, [example("x", "Xi hid.")], name="toy/zh")
