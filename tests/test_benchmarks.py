"""The benchmarks at tiny sizes, as `make bench` runs them: in fresh processes, into one table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "examples" / "benchmarks"
GOOD = """
from dataclasses import dataclass
from records import Record, at_most

@dataclass
class Options:
    value: float = 3.0

QUICK = Options(1.0)

def measure(options):
    yield Record(stage="good", ours=options.value, unit="s", goals=(at_most(2, of="ours"),))
"""


def run_all(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A run whose JSON is in the folder, where benchmarks of a test may stand."""
    output = str(folder / "made" / "benchmarks.json")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-W", "ignore", str(FOLDER / "run_all.py"), "--output", output, *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=580,
    )


def rows(output: str) -> list[list[str]]:
    """Cells of the table, without its header."""
    lines = [line for line in output.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def read(folder: Path) -> dict[str, dict]:
    return json.loads((folder / "made" / "benchmarks.json").read_text(encoding="utf-8"))


@pytest.mark.timeout(600)
def test_every_benchmark_runs_at_tiny_sizes_and_gives_rows_and_json(tmp_path):
    finished = run_all(tmp_path, "--quick")
    assert finished.returncode == 0, finished.stderr
    report = read(tmp_path)
    with_measure = {path.stem for path in FOLDER.glob("*.py") if "\ndef measure(" in path.read_text(encoding="utf-8")}
    assert set(report["benchmarks"]) == with_measure
    records = [record for benchmark in report["benchmarks"].values() for record in benchmark["records"]]
    assert [row[0] for row in rows(finished.stdout)] == [record["stage"] for record in records]
    assert all(record["ours"] > 0 for record in records)
    assert all(not record["goals"] for record in records)
    assert report["quick"] and report["failed"] == []
    assert report["machine"]["threads"] == "1"
    assert {"processor", "cores", "python", "torch", "transformers", "date"} <= set(report["machine"])


def test_a_benchmark_that_fails_is_named_and_loses_no_other(tmp_path):
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "bad.py").write_text("raise OSError('no sizes')")
    (tmp_path / "dead.py").write_text("import os\nos._exit(3)")
    finished = run_all(tmp_path, "--only", "bad", "dead", "good")
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1] == "failed: bad, dead"
    assert "OSError: no sizes" in finished.stderr
    assert rows(finished.stdout) == [["good", "3 s", "", "", "at most 2 s **missed**", ""]]
    assert finished.stdout.splitlines()[-1] == "behind their goals: good"
    report = read(tmp_path)
    assert report["failed"] == ["bad", "dead"]
    assert [record["met"] for record in report["benchmarks"]["good"]["records"]] == [False]


@pytest.fixture
def on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(FOLDER)


@pytest.mark.usefixtures("on_path")
@pytest.mark.parametrize(
    ("unit", "ratio_of", "ratio", "text"),
    [
        ("ms", "speed", 4.0, "4 x the speed"),
        ("ms", "cost", 0.25, "0.25 x the time"),
        ("MiB", "cost", 0.25, "0.25 x the memory"),
        ("examples/s", "speed", 0.25, "0.25 x the speed"),
    ],
)
def test_a_ratio_is_of_what_it_says(unit, ratio_of, ratio, text):
    from records import Record, at_least

    record = Record(
        stage="s", ours=50, unit=unit, reference=200, reference_name="r", ratio_of=ratio_of, goals=(at_least(1),)
    )
    assert record.ratio == record.to_json()["ratio"] == ratio
    goal = "at least 1 x" + ("" if ratio >= 1 else " **missed**")
    assert record.row() == f"| s | 50 {unit} | r: 200 {unit} | {text} | {goal} |  |"


@pytest.mark.usefixtures("on_path")
def test_memory_is_that_of_a_call_whatever_came_before():
    from timing import peak_mebibytes

    taken = [peak_mebibytes(lambda size=size: bytearray(size * 2**20)) for size in (20, 60, 20)]
    assert taken == pytest.approx([20, 60, 20], abs=2)


@pytest.mark.usefixtures("on_path")
def test_ways_that_differ_are_refused():
    from benchmark import agree

    agree("answers", [1, 2, 3, 5], [1, 2, 3, 4], least=0.75)
    message = r"answers must be the same both ways in 80.0% of the cases, but are in 75.0% instead; number 3 is"
    with pytest.raises(RuntimeError, match=message):
        agree("answers", [1, 2, 3, 5], [1, 2, 3, 4], least=0.8)


@pytest.mark.usefixtures("on_path")
def test_a_benchmark_alone_takes_its_options(monkeypatch, capsys):
    import csls
    from benchmark import main

    monkeypatch.setattr(sys, "argv", ["csls.py", "--words", "40", "--width", "4"])
    main(csls.QUICK, csls.measure, csls.__doc__)
    assert [row[0] for row in rows(capsys.readouterr().out)] == [
        "CSLS of 40 x 40 words",
        "CSLS of 40 x 40 words, memory",
    ]
