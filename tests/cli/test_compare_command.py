"""`hf-xlqa compare`: p-values worked by hand, from score files to tables."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from hf_xlqa import cli
from hf_xlqa.reports import Score
from hf_xlqa.reports.system import ScoredSet, SystemScores

SIGNATURE = "rule:squad|version:1.1|language:{}|golds:all|missing:refuse|corpus:xquad"


def scored(name: str, values: list[float]) -> ScoredSet:
    language = name.partition("/")[2].partition(".")[0]
    f1 = np.array(values)
    exact_match = (f1 == 1).astype(float)
    means = (100 * float(exact_match.mean()), 100 * float(f1.mean()))
    score = Score(name, language, "squad", *means, len(values), SIGNATURE.format(language))
    return ScoredSet(score, tuple(f"q{index}" for index in range(len(values))), exact_match, f1)


def write(folder: Path, system: str, sets: dict[str, list[float]], seed: int | None = None) -> Path:
    """The score file of a run, in a folder of its own."""
    scores = SystemScores(
        system=system, seed=seed, sets=tuple(scored(*each) for each in sets.items()), versions={}, command="evaluate"
    )
    return scores.write(folder / f"{system}-{seed}" / "scores.json")


def run(*words: Any) -> Result:
    return CliRunner().invoke(cli.app, ["compare", *map(str, words)])


def succeeded(*words: Any) -> str:
    result = run(*words)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def records(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write(tmp_path, "base", {"xquad/de": [0.0] * 10})


@pytest.fixture
def better(tmp_path: Path) -> Path:
    return write(tmp_path, "better", {"xquad/de": [1.0] * 9 + [0.0]})


@pytest.mark.parametrize(
    ("options", "p_value", "test"),
    [
        ([], 2 / 2**9, "Fisher randomization"),
        (["--alternative", "greater"], 1 / 2**9, "Fisher randomization"),
        (["--alternative", "less"], 1, "Fisher randomization"),
        (["--test", "mcnemar"], 2 / 2**9, "McNemar"),
    ],
)
def test_nine_questions_of_ten_that_only_one_system_has_right(
    base: Path, better: Path, tmp_path: Path, options: list[str], p_value: float, test: str
) -> None:
    output = succeeded(base, better, *options, "--output", tmp_path / "out")
    (record,) = records(tmp_path / "out")
    assert (record["baseline"], record["system"], record["set"]) == ("base", "better", "xquad/de")
    assert record["difference"] == pytest.approx(90)
    assert record["p_value"] == record["adjusted"] == pytest.approx(p_value)
    assert record["test"] == test
    assert f"p: {test}" in output
    assert ("**" in output.split("p: ")[0]) == (p_value < 0.01)


def test_the_bootstrap_depends_on_its_seed_alone(tmp_path: Path) -> None:
    files = [
        write(tmp_path, "base", {"xquad/de": [0.2, 0.4, 0.9, 0.1, 0.5]}),
        write(tmp_path, "better", {"xquad/de": [0.3, 0.2, 1.0, 0.4, 0.6]}),
    ]
    asked = [*files, "--test", "bootstrap", "--permutations", 500, "--output", tmp_path / "out"]
    outputs = [succeeded(*asked, "--seed", seed) for seed in (1, 1, 2)]
    assert outputs[0] == outputs[1] != outputs[2]
    assert "p: paired bootstrap, two-sided, 500 resamples, seed 1" in outputs[0]


def test_files_of_one_name_are_seeds_of_one_system(tmp_path: Path) -> None:
    """Ten questions right in all seeds of one system: two ways of 2^10 to swap, or of 2^30 where pairs are swapped."""
    files = [
        write(tmp_path, system, {"xquad/de": [right] * 10}, seed)
        for system, right in (("base", 0.0), ("better", 1.0))
        for seed in (0, 1, 2)
    ]
    output = succeeded(*files, "--output", tmp_path / "out")
    assert records(tmp_path / "out")[0]["p_value"] == 2 / 2**10
    assert records(tmp_path / "out")[0]["system_seeds"] == 3
    assert "better: mean of seeds 0, 1, 2" in output
    succeeded(*files, "--unit", "pairs", "--output", tmp_path / "out")
    assert records(tmp_path / "out")[0]["p_value"] == 2 / 2**30


def test_the_baseline_and_all_pairs(base: Path, better: Path, tmp_path: Path) -> None:
    third = write(tmp_path, "third", {"xquad/de": [1.0] * 10}, 4)
    pairs = []
    for options in ([], ["--baseline", "third"], ["--all-pairs"]):
        output = succeeded(base, better, third, *options, "--output", tmp_path / "out")
        pairs.append([(record["baseline"], record["system"]) for record in records(tmp_path / "out")])
    assert pairs == [
        [("base", "better"), ("base", "third")],
        [("third", "base"), ("third", "better")],
        [("base", "better"), ("base", "third"), ("better", "third")],
    ]
    assert "third: seed 4" in output and "base: one run" in output
    # Holm: three times the smallest, twice the next, and the largest as it is.
    assert [record["adjusted"] for record in records(tmp_path / "out")] == pytest.approx(
        [2 * 2 / 2**9, 3 * 2 / 2**10, 1]
    )


def test_everything_is_printed_and_written(base: Path, better: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    output = succeeded(base.parent, better.parent, "--output", out)
    assert {path.name for path in out.iterdir()} == {
        *("comparison.json", "comparison.md", "comparison.csv", "means.csv", "intervals.png")
    }
    assert (out / "intervals.png").read_bytes().startswith(b"\x89PNG")
    report = (out / "comparison.md").read_text(encoding="utf-8")
    for text in ("base against better", "Differences in F1", "Holm", "rule:squad"):
        assert text in output and text in report
    with (out / "comparison.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert float(row["difference"]) == records(out)[0]["difference"]
    assert output == succeeded(base, better, "--output", out)
    assert "written to" not in succeeded(base, better)


def test_the_picture_of_a_crossed_corpus_is_of_its_diagonal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hf_xlqa.experiment import comparison

    drawn: list[str] = []
    draw = comparison.draw_intervals
    monkeypatch.setattr(
        comparison,
        "draw_intervals",
        lambda found, *rest, **more: drawn.extend(each.set for each in found) or draw(found, *rest, **more),
    )
    cells = {f"xquad/{pair}": [0.0, 1.0] for pair in ("en", "en.de", "de.en", "de")}
    files = [write(tmp_path, system, cells) for system in ("base", "better")]
    output = succeeded(*files, "--output", tmp_path / "out")
    assert set(drawn) == {"xquad/en", "xquad/de"}
    assert "xquad/en.de" in output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--baseline", "third"], "`--baseline` must be one of base, better, but is 'third' instead"),
        (["--baseline", "base", "--all-pairs"], "Either `--baseline` or `--all-pairs` must be given, but both are"),
        (["absent.json"], "`SCORES` must be files that `hf-xlqa evaluate` wrote, or their folders, but 'absent.json'"),
        (["--test", "mcnemar", "--measure", "f1"], 'must be of the measure "exact_match"'),
        (["--test", "sign"], "is not one of"),
    ],
)
def test_wrong_calls_are_refused(base: Path, better: Path, tmp_path: Path, words: list[str], message: str) -> None:
    result = run(base, better, *words, "--output", tmp_path / "out")
    assert result.exit_code != 0
    assert message in " ".join(f"{result.output} {result.exception}".replace("│", " ").split())
    assert not (tmp_path / "out").exists()


def test_scores_that_cannot_be_compared_are_refused(base: Path, tmp_path: Path) -> None:
    other = write(tmp_path, "other", {"xquad/zh": [0.0] * 10})
    assert f"`sets` of base ({base}) and other ({other}) must be the same" in str(run(base, other).exception)
    assert "`runs` must be of two systems or more" in str(run(base).exception)
    assert "must have a different seed each" in str(run(base, base, other).exception)
    for message in (str(run(base, other).exception), str(run(base, base, other).exception), str(run(base).exception)):
        assert str(base) in message
    assert str(other) in str(run(base, other).exception)
    broken = tmp_path / "broken.json"
    broken.write_text('{"system": "x",\n')
    assert "broken at line 2" in str(run(base, broken).exception)
    broken.write_text(json.dumps({"river": "Elbe"}))
    assert "must have the fields" in str(run(base, broken).exception)


def test_seeds_that_cannot_be_compared_are_named_by_their_files(base: Path, better: Path, tmp_path: Path) -> None:
    seeds = [write(tmp_path, "third", {"xquad/de": [0.0] * count}, seed) for seed, count in enumerate((10, 9))]
    message = str(run(base, *seeds).exception)
    assert f"`ids` of all seeds of third ({seeds[0]}, {seeds[1]}) on xquad/de must be the same" in message
    message = str(
        run(base, better, seeds[0], write(tmp_path, "third", {"xquad/de": [0.0] * 10}, 2), "--unit", "pairs").exception
    )
    assert f'is "pairs" for base ({base}) with 1 and third ({seeds[0]}) with 2 instead' in message


def test_systems_of_long_names_are_refused_in_a_short_message(base: Path, tmp_path: Path) -> None:
    sets = {f"{'x' * 5_000}{number}/de": [0.0] for number in range(9)}
    other = write(tmp_path, "other", sets)
    message = str(run(base, other).exception)
    assert len(message) < 1_500 and str(other) in message and "other alone has" in message


def test_the_folder_may_be_no_file(base: Path, better: Path) -> None:
    result = run(base, better, "--output", base)
    assert result.exit_code == 2
    assert "is a file" in " ".join(result.output.replace("│", " ").split())


def test_what_cannot_be_drawn_is_said(
    base: Path, better: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "no pictures: Pictures need matplotlib" in succeeded(base, better, "--output", tmp_path)
    assert not (tmp_path / "intervals.png").exists()
