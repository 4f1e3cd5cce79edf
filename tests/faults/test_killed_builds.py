"""Builds that are killed at random moments and called again: the bytes of a build that nobody disturbed."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random

import pytest
from kills import KILLS, killed_somewhere, started
from shouting import build_loud
from tiny_builders import published, write_towns

from hf_xlqa.building.run import build
from hf_xlqa.building.scripts import find

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]


def _build_sample(output: Path) -> None:
    build(find("sample_permuted"), [find("sample_permuted").configured()], output)


def test_a_killed_build_gives_the_same_bytes(tmp_path: Path) -> None:
    for output in killed_somewhere(_build_sample, tmp_path):
        _build_sample(output)
        assert published(output) == published(tmp_path / "whole")
        assert not list(output.rglob("*.partial")) + list(output.rglob("*.lock"))


def test_a_killed_translation_gives_the_same_bytes_and_translates_little_again(tmp_path: Path) -> None:
    """A text is handed to the translator again only where the process was killed before its chunk was written."""
    towns = write_towns(tmp_path / "towns.json")
    again = 0
    for output in killed_somewhere(partial(build_loud, towns=towns), tmp_path):
        log = output.with_name(f"{output.name}.log")
        before = Counter(log.read_text().splitlines()) if log.exists() else Counter()
        build_loud(output, towns)
        assert published(output) == published(tmp_path / "whole")
        handed = Counter(log.read_text().splitlines())
        assert set(handed) == set((tmp_path / "whole.log").read_text().splitlines())
        assert max(handed.values()) <= 2 and all(count == 1 for text, count in handed.items() if text not in before)
        assert not list(tmp_path.glob(f"{output.name}.db-*.lock"))
        again += handed.total() - len(handed)
    print(f"\n{again} texts were translated again after {KILLS} kills, of {len(handed)} each")


def test_a_build_killed_again_and_again_comes_to_its_end(tmp_path: Path) -> None:
    towns, once, rng = write_towns(tmp_path / "towns.json"), tmp_path / "once", Random(0)
    begun = time.monotonic()
    build_loud(tmp_path / "undisturbed", towns)
    seconds = time.monotonic() - begun
    ends = []
    for _ in range(KILLS):
        process = started(build_loud, once, towns)
        process.join(seconds * rng.uniform(0.05, 0.5))
        process.kill()
        process.join()
        ends.append(process.exitcode)
    print(f"\n{ends.count(-9)} kills of one build")
    assert -9 in ends
    build_loud(once, towns)
    assert published(once) == published(tmp_path / "undisturbed")
