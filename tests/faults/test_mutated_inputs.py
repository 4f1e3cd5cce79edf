"""Files that are damaged at random: every outcome is a result or one of our errors, soon, in bounded memory.

`make faults` reads 100,000 of them, XLQA_MUTATIONS says how many else; XLQA_FAULTS_SEED gives others. A fault is
told with the command that reads the same file again and shows its traceback. The reading is done in a process that is
watched, so that a hang, a crash or memory without end is told with its file, too, also where it is in C code.
"""

from __future__ import annotations

import gc
import logging
import os
import shlex
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from damaged_tables import Rows
from hypothesis import HealthCheck, Phase, given, seed, settings
from judging import Verdicts, memory
from mutations import LAYOUTS, Recipe, content_of, recipes
from readers import READERS, Reader, write_sound_files
from watched import Step, most_memory, watched

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


def read_mutated(reader: Reader, folder: Path, step: Step, *, number: int, first_seed: int) -> Verdicts:
    """What comes of a batch of files."""
    verdicts = Verdicts()
    path = folder / reader.file

    @seed(first_seed)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(recipes(reader.documents))
    def judge(recipe: Recipe) -> None:
        origin = f"seed {first_seed}, {command(reader, recipe)}"
        for use in reader.uses:
            step.begin(origin)
            path.write_bytes(content_of(recipe, reader.documents[recipe.document]))
            verdicts.judge(use, path, origin)

    judge()
    return verdicts


def command(reader: Reader, recipe: Recipe) -> str:
    """What makes the file of a recipe again and reads it."""
    words = [sys.executable, str(Path(__file__).with_name("reproduce.py")), reader.name, recipe.to_text()]
    return f"PYTHONPATH=tests {shlex.join(words)}"


def read_sound(reader: Reader, folder: Path) -> None:
    """The sound documents, tables in every layout: they give results, and what is loaded once is loaded."""
    write_sound_files(folder)
    layouts = range(LAYOUTS) if isinstance(reader.documents[0], Rows) else [0]
    for document, layout in product(range(len(reader.documents)), layouts):
        recipe = Recipe(document, layout)
        for use in reader.uses:
            (folder / reader.file).write_bytes(content_of(recipe, reader.documents[document]))
            use(folder / reader.file)


def read_all(reader: Reader, folder: Path, step: Step, *, number: int, first_seed: int) -> tuple[Verdicts, int, int]:
    """What comes of many files, by how much memory has grown after the first batch, and at most at any time."""
    total, before, least = Verdicts(), 0, memory()
    for batch in range(-(-number // BATCH)):
        size = min(BATCH, number - batch * BATCH)
        total += read_mutated(reader, folder, step, number=size, first_seed=first_seed + batch)
        gc.collect()
        before = before or memory()
    return total, memory() - before, most_memory() - least


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_few_mutated_files(reader: Reader, tmp_path: Path) -> None:
    read_sound(reader, tmp_path)
    verdicts, _, _ = watched(lambda step: read_all(reader, tmp_path, step, number=25, first_seed=SEED))
    assert not verdicts.faults, str(verdicts)


@pytest.mark.faults
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_mutated_files(reader: Reader, tmp_path: Path) -> None:
    number = round(MUTATIONS * reader.share / sum(each.share for each in READERS))
    read_sound(reader, tmp_path)
    total, growth, most = watched(lambda step: read_all(reader, tmp_path, step, number=number, first_seed=SEED + 1))
    print(f"\n{reader.name}: {number} files, {total}, {growth >> 20} MiB more at the end, {most >> 20} MiB at most")
    assert not total.faults, str(total)
    assert growth < GROWTH
