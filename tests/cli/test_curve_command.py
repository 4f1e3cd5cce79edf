"""`hf-xlqa curve`: from the records of runs to tables and pictures."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hf_xlqa import cli
from hf_xlqa.reports import Score
from hf_xlqa.run_record import CorpusUse, RunRecord


def write(folder: Path, f1: float, *, seed: int = 0, base: str = "", rate: Any = 0.1, **examples: int) -> Path:
    """The record of a run in its folder."""
    record = RunRecord(
        method="encoder",
        base_model=base,
        training=tuple(
            CorpusUse(name=name, languages=("zh",), licence="any", examples=count) for name, count in examples.items()
        ),
        scores=(Score("cmrc2018/zh", "zh", "cmrc2018", f1 - 20, f1, 10, "rule:cmrc2018"),),
        hyper_parameters={"learning_rate": rate},
        seed=seed,
        versions={},
        command="train",
    )
    folder.mkdir(parents=True)
    (folder / "results.json").write_text(record.to_json(), encoding="utf-8")
    return folder


def run(*words: Any) -> Result:
    return CliRunner().invoke(cli.app, ["curve", *map(str, words)])


def failed(*words: Any) -> str:
    error = run(*words).exception
    assert isinstance(error, (ValueError, OSError)), error
    return str(error)


def test_the_examples_of_a_corpus_are_the_axis(tmp_path: Path) -> None:
    for amount in (100, 1_000):
        for seed in (1, 2):
            write(tmp_path / "runs" / "mixed" / f"{amount}-{seed}", 60 + seed + amount / 100, seed=seed, drcd=amount)
    write(tmp_path / "runs" / "zero", 50, squad=87_599)
    result = run(
        tmp_path / "runs" / "mixed",
        f"zero-shot={tmp_path / 'runs' / 'zero'}",
        "--by",
        "drcd",
        "--output",
        tmp_path / "out",
    )
    assert result.exit_code == 0, (result.output, result.exception)
    assert f"runs at 0 examples of drcd: {tmp_path / 'runs' / 'zero'}" in result.output
    lines = [line.split("  ")[:1] + line.split() for line in result.output.splitlines()]
    assert ["1,000", "1,000", "51.5±0.7", "/", "71.5±0.7", "-"] in lines
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("curve.json", "curve.md", "curve_cmrc2018_zh.csv", "curve_cmrc2018_zh.png")
    }
    points = json.loads((tmp_path / "out" / "curve.json").read_text(encoding="utf-8"))
    assert [(point["system"], point["by"], point["amount"], point["f1"]["mean"]) for point in points] == [
        ("mixed", "examples of drcd", 100, 62.5),
        ("mixed", "examples of drcd", 1000, 71.5),
        ("zero-shot", "examples of drcd", 0, 50),
    ]
    assert "![curve_cmrc2018_zh](curve_cmrc2018_zh.png)" in (tmp_path / "out" / "curve.md").read_text(encoding="utf-8")


def test_the_examples_of_earlier_steps_count(tmp_path: Path) -> None:
    """Two ways to pre-train before the same training, as in Figure 3 of Cui et al. (2019)."""
    for corpus in ("squad", "drcd"):
        first = write(tmp_path / "first" / corpus, 10, **{corpus: 500})
        second = write(tmp_path / "second" / corpus, 20, base=str(first), cmrc2018=10_142)
        write(tmp_path / "third" / corpus, 30, base=str(second), seed=1, cmrc2018=10_142, **{corpus: 7})
    out = tmp_path / "out"
    words = [f"English={tmp_path}/second/squad", f"English={tmp_path}/third/squad", f"Chinese={tmp_path}/second/drcd"]
    result = run(*words, "--by", "squad", "--by", "drcd", "--measure", "average", "--output", out)
    assert result.exit_code == 0, (result.output, result.exception)
    rows = list(csv.DictReader((out / "curve_cmrc2018_zh.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["system"], row["amount"], row["average"], row["by"]) for row in rows] == [
        ("English", "500", "10.0", "examples of squad + drcd"),
        ("English", "507", "20.0", "examples of squad + drcd"),
        ("Chinese", "500", "10.0", "examples of squad + drcd"),
    ]


def test_a_run_that_went_on_from_its_own_folder_is_counted_once(tmp_path: Path) -> None:
    folder = tmp_path / "again"
    write(folder, 30, base=str(folder), squad=5)
    assert run(folder, "--by", "squad", "--output", tmp_path / "out").exit_code == 0
    (point,) = json.loads((tmp_path / "out" / "curve.json").read_text(encoding="utf-8"))
    assert point["amount"] == 5


def test_a_number_among_the_hyper_parameters_is_an_axis(tmp_path: Path) -> None:
    for rate in (1e-5, 3e-5):
        write(tmp_path / "runs" / f"{rate}", 50, rate=rate, squad=10)
    result = run(tmp_path / "runs", "--by", "learning_rate", "--set", "cmrc2018/zh", "--output", tmp_path / "out")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines() if "30.0 / 50.0" in line] == ["1e-05", "3e-05"]


@pytest.mark.parametrize("by", [["drcd"], ["rate"], ["squad", "drcd"], ["learning_rate", "squad"]])
def test_what_is_no_axis_lists_the_corpora(tmp_path: Path, by: list[str]) -> None:
    write(tmp_path / "run", 50, squad=10, newsqa=5)
    words = [word for name in by for word in ("--by", name)]
    message = failed(tmp_path / "run", *words, "--output", tmp_path / "out")
    assert "`--by` must be one or more training corpora (newsqa, squad) or a hyper-parameter" in message
    assert f"but is {', '.join(by)} instead" in message


def test_a_hyper_parameter_that_is_no_number_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "run", 50, rate="high", squad=10)
    assert "but is learning_rate instead" in failed(
        tmp_path / "run", "--by", "learning_rate", "--output", tmp_path / "o"
    )


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    message = failed(f"A={tmp_path}/absent", "--by", "squad", "--output", tmp_path / "out")
    assert message.startswith("`RUNS` must be [SYSTEM=]DIR with the results.json of a run in it, but 'A=")
