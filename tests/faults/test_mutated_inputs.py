"""Files that are damaged at random: every outcome is a result or one of our errors, soon, in bounded memory.

`make faults` reads 100,000 of them, XLQA_MUTATIONS says how many else; XLQA_FAULTS_SEED gives others. A fault is
told with the recipe that leads to it: `content_of(recipe, reader.documents[recipe.document])` is the file.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from judging import Verdicts, memory
from mutations import Recipe, content_of, recipes
from readers import READERS, Reader, write_sound_files

MUTATIONS = int(os.environ.get("XLQA_MUTATIONS", "100000"))
SEED = int(os.environ.get("XLQA_FAULTS_SEED", "0"))
BATCH = 500
GROWTH = 64 * 2**20


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Reports of what was repaired would fill the memory of the run."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def read_mutated(reader: Reader, folder: Path, *, number: int, first_seed: int) -> Verdicts:
    """What comes of a batch of files."""
    verdicts = Verdicts()
    write_sound_files(folder)
    path = folder / reader.file

    @seed(first_seed)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(recipes(len(reader.documents), is_json=reader.is_json))
    def judge(recipe: Recipe) -> None:
        path.write_bytes(content_of(recipe, reader.documents[recipe.document]))
        for use in reader.uses:
            verdicts.judge(use, path, recipe)

    judge()
    return verdicts


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_few_mutated_files(reader: Reader, tmp_path: Path) -> None:
    verdicts = read_mutated(reader, tmp_path, number=25, first_seed=SEED)
    assert not verdicts.faults, str(verdicts)


@pytest.mark.faults
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_mutated_files(reader: Reader, tmp_path: Path) -> None:
    total, left, before = Verdicts(), round(MUTATIONS * reader.share), 0
    for batch in range(-(-left // BATCH)):
        total += read_mutated(reader, tmp_path, number=min(BATCH, left - batch * BATCH), first_seed=SEED + 1 + batch)
        gc.collect()
        before = before or memory()
    print(f"\n{reader.name}: {left} files, {total}, {memory() >> 20} MiB")
    assert not total.faults, str(total)
    assert memory() - before < GROWTH
