"""What judges the faults: hangs and memory are caught in C code, too, and a damaged file is the same every time."""

from __future__ import annotations

import copy
import os
import re
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from damaged_tables import Rows
from hypothesis import given, settings
from hypothesis import strategies as st
from judging import MEMORY, Hang, Verdicts, readable, time_limit
from mutations import VALUES, Recipe, content_of, recipes
from readers import READERS, Reader
from test_mutated_inputs import command
from watched import Lost, Step, watched


def _c_loop(_: object) -> int:
    """Holds the interpreter for hours, so that no handler of a signal runs."""
    return sum(range(10**13))


def _python_loop(_: object) -> None:
    while True:
        pass


def _begun(work: Callable[[Step], object], step: Step) -> object:
    step.begin("the third file")
    return work(step)


@pytest.mark.parametrize("work", [_c_loop, _python_loop])
def test_work_that_hangs_is_killed_and_named_also_in_c_code(work: Callable[[Step], object]) -> None:
    with pytest.raises(Lost, match="the process hung for .* s at the third file"):
        watched(partial(_begun, work), seconds=0.3)


def test_work_that_waits_is_killed_and_named() -> None:
    with pytest.raises(Lost, match="the process hung for 1 s at the third file"):
        watched(partial(_begun, lambda step: os.read(os.pipe()[0], 1)), waiting=0.6)


def test_work_that_dies_is_named() -> None:
    with pytest.raises(Lost, match=r"the process died \(-9\) of the third file"):
        watched(partial(_begun, lambda step: os.kill(os.getpid(), signal.SIGKILL)))


def test_work_that_fails_is_told_with_its_traceback() -> None:
    with pytest.raises(Lost, match=r"(?s)Traceback .*ZeroDivisionError: .*of the third file"):
        watched(partial(_begun, lambda step: 1 / 0))


def test_what_work_gives_comes_back_while_it_goes_on_to_new_steps() -> None:
    def work(step: Step) -> list[int]:
        for number in range(5):
            step.begin(str(number))
            with pytest.raises(Hang), time_limit(0.1):
                _python_loop(None)
        return [step.number]

    assert watched(work, seconds=0.3) == [5]


@pytest.mark.parametrize(
    ("size", "fault"),
    [(MEMORY + (16 << 20), r"_take\(size=.*\) takes [78]\d MiB"), (1 << 40, "MemoryError at .* is no error of ours")],
)
def test_memory_is_measured_and_bounded(tmp_path: Path, size: int, fault: str) -> None:
    def work(step: Step) -> Verdicts:
        verdicts = Verdicts()
        verdicts.judge(partial(_take, size=1), tmp_path, "the first file")
        assert not verdicts.faults
        verdicts.judge(partial(_take, size=size), tmp_path, "the third file")
        return verdicts

    faults = watched(work).faults
    assert len(faults) == 1
    assert re.search(fault, next(iter(faults))) and "the third file" in next(iter(faults.values()))[0]


def _take(path: Path, size: int) -> int:
    return len(b"x" * size)


@pytest.mark.parametrize("line", ["x" * 1_001, "two\nlines", "\ud800"])
def test_lines_that_nobody_reads_are_found_out(line: str) -> None:
    assert readable(["x" * 1_000, ""])
    with pytest.raises(
        (AssertionError, UnicodeEncodeError), match="line of 1001|that is several|surrogates not allowed"
    ):
        readable(["a", line])


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_recipe_gives_the_same_file_every_time_and_changes_nothing_that_is_shared(reader: Reader) -> None:
    before = copy.deepcopy((reader.documents, VALUES))

    @settings(max_examples=30, database=None, deadline=None, derandomize=True)
    @given(recipes(reader.documents))
    def check(recipe: Recipe) -> None:
        document = reader.documents[recipe.document]
        assert Recipe.from_text(recipe.to_text()) == recipe
        first = content_of(recipe, document)
        assert content_of(Recipe.from_text(recipe.to_text()), copy.deepcopy(document)) == first
        assert (reader.documents, VALUES) == before

    check()


def test_a_fault_is_told_with_the_command_that_reads_its_file_again() -> None:
    told = command(READERS[0], Recipe(1, 2))
    assert told.endswith("tests/faults/reproduce.py squad '[1,2,[],[],[],[]]'") and told.startswith("PYTHONPATH=tests ")


@given(st.data())
@settings(max_examples=20, database=None, deadline=None)
def test_tables_are_parquet_whatever_becomes_of_their_columns(data: st.DataObject) -> None:
    document = Rows([{"id": "a", "context": "b", "answers": {"text": ["b"], "answer_start": [0]}}] * 2)
    recipe = data.draw(recipes([document]).filter(lambda each: not each.content))
    assert content_of(recipe, document)[:4] == b"PAR1"
