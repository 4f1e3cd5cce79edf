"""Two processes on one translation cache and one output folder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from kills import KILLS, started
from shouting import build_loud
from tiny_builders import published, write_towns

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]


def _finish(*processes: object) -> list[int]:
    for process in processes:
        process.join(300)
    return [process.exitcode for process in processes]


@pytest.mark.parametrize("attempt", range(KILLS))
def test_two_builds_of_one_folder_and_cache_give_the_bytes_of_one(tmp_path: Path, attempt: int) -> None:
    towns = write_towns(tmp_path / "towns.json")
    build_loud(tmp_path / "alone", towns, seconds=0)
    both, cache = tmp_path / "both", tmp_path / "shared.db"
    assert _finish(*(started(_build, both, towns, cache) for _ in range(2))) == [0, 0]
    assert published(both) == published(tmp_path / "alone")
    assert not list(both.rglob("*.partial")) + list(both.rglob("*.lock")) + list(tmp_path.glob("shared.db-*.lock"))
    assert max(Counter(cache.with_suffix(".log").read_text().splitlines()).values()) == 1


def test_two_builds_share_a_cache_and_not_a_folder(tmp_path: Path) -> None:
    towns, cache = write_towns(tmp_path / "towns.json"), tmp_path / "shared.db"
    outputs = [tmp_path / "one", tmp_path / "two"]
    assert _finish(*(started(_build, output, towns, cache) for output in outputs)) == [0, 0]
    assert published(outputs[0]) == published(outputs[1])
    assert max(Counter(cache.with_suffix(".log").read_text().splitlines()).values()) == 1


@pytest.mark.parametrize("attempt", range(KILLS))
def test_of_two_different_builds_of_one_folder_one_is_refused(tmp_path: Path, attempt: int) -> None:
    towns, both = write_towns(tmp_path / "towns.json"), tmp_path / "both"
    caches = [tmp_path / f"{seed}.db" for seed in range(2)]
    ends = _finish(*(started(_build, both, towns, cache, seed) for seed, cache in enumerate(caches)))
    assert sorted(ends) == [0, 1]
    build_loud(tmp_path / "alone", towns, seed=ends.index(0))
    assert published(both) == published(tmp_path / "alone")


def _build(output: Path, towns: Path, cache: Path, seed: int = 0) -> None:
    build_loud(output, towns, cache=cache, seed=seed)
