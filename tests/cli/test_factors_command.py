"""`hf-xlqa factors`: sums of squares worked by hand, from score files to the table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from tiny_scores import system
from typer.testing import CliRunner

from hf_xlqa import cli
from hf_xlqa.experiment.factors import factors_of_scores

COSTS = {"half": 0.1, "whole": 0.0, "de": 0.4, "en": 0.0}


def written(folder: Path, *, seeds: Sequence[int] = (0, 1)) -> list[str]:
    """Runs of two sizes on two languages, each the costs of both less than 0.8, give or take 0.01 by its seed."""
    specs = []
    for size, seed in product(("half", "whole"), seeds):
        level = 0.8 - COSTS[size] + (0.01 if seed else -0.01)
        run = system(f"{size} SQuAD", {f"xquad/{code}": [level - COSTS[code]] * 4 for code in ("en", "de")}, seed=seed)
        specs.append(f"size={size}:{run.write(folder / f'{size}-{seed}' / 'scores.json').parent}")
    return specs


def run(*words: Any) -> Result:
    return CliRunner().invoke(cli.app, ["factors", *map(str, words)])


def test_factors_account_for_what_they_cost(tmp_path: Path) -> None:
    result = run(*written(tmp_path), "--by", "size", "--by", "language", "--output", tmp_path / "out")
    assert result.exit_code == 0, (result.output, result.exception)
    told = json.loads((tmp_path / "out" / "factors.json").read_text(encoding="utf-8"))
    squares = {each["factor"]: each["sum_of_squares"] for each in told["effects"]}
    assert squares == pytest.approx({"size": 8 * 5**2, "language": 8 * 20**2})
    assert (told["residual"], told["residual_degrees"]) == (pytest.approx(8 * 1**2), 5)
    assert told["total"] == pytest.approx(sum(squares.values()) + told["residual"])
    effect = told["effects"][1]
    assert (effect["factor"], effect["degrees"], effect["f"]) == ("language", 1, pytest.approx(3200 / (8 / 5)))
    assert effect["eta_squared"] == pytest.approx(3200 / 3408)
    page = (tmp_path / "out" / "factors.md").read_text(encoding="utf-8")
    assert page.startswith("# Factors of F1") and "| language | 3200 " in page
    assert "8 rows, a run on a set each, scored by mlqa" in page and "factors.csv" in result.output


def test_factors_of_the_files_and_interactions(tmp_path: Path) -> None:
    specs = written(tmp_path)
    plain = [spec.partition(":")[2] for spec in specs]
    by = ["system", "set", "system:set"]
    found = factors_of_scores(plain, by).effects
    assert [effect.factor for effect in found.effects] == by
    assert [effect.sum_of_squares for effect in found.effects] == pytest.approx([200, 3200, 0], abs=1e-9)
    seeds = factors_of_scores(specs, ["seed", "question_language"]).effects
    assert [effect.sum_of_squares for effect in seeds.effects] == pytest.approx([8, 3200])
    output = run(*specs, "--by", "seed", "--by", "size").output
    assert output.startswith("Factors of F1") and "partial eta²" in output


@pytest.mark.parametrize("levels", ["size", "size=", "=half", "size=half,size=whole", "seed=3", "language=de"])
def test_levels_of_another_form_are_refused(tmp_path: Path, levels: str) -> None:
    (path, *_) = (spec.partition(":")[2] for spec in written(tmp_path))
    with pytest.raises(ValueError, match=rf"`SCORES` must be .* none of system, seed, .*, but have '{levels}:.*'"):
        factors_of_scores([f"{levels}:{path}"], ["size"])


def test_runs_that_cannot_be_told_apart_and_unknown_factors_are_refused(tmp_path: Path) -> None:
    specs = written(tmp_path)
    with pytest.raises(ValueError, match="`runs` of half SQuAD must have a different seed each"):
        factors_of_scores([*specs, specs[0]], ["size"])
    with pytest.raises(ValueError, match=r"`rows\[0\]` must have translated, but has size, system, seed, set"):
        factors_of_scores(specs, ["translated"])
    with pytest.raises(FileNotFoundError, match="'absent' does not exist"):
        factors_of_scores(["absent"], ["size"])
