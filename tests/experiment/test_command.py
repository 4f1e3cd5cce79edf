"""What an example makes of its command line: its defaults, those of the sample, and recipes."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hf_xlqa.experiment import command
from hf_xlqa.experiment.command import read_command, read_study, run_command
from hf_xlqa.experiment.laf_settings import PAPER
from hf_xlqa.experiment.recipe import load_recipe
from hf_xlqa.interrupt import TrainingInterrupted

RECIPES = Path(__file__).parents[2] / "examples" / "recipes"
DEFAULTS: dict[str, Any] = {"method": "encoder", "learning_rate": 0.5, "max_length": 100}
SAMPLE: dict[str, Any] = {
    "sample_corpora": {"train": ["sample/en.de"], "languages": ["en", "de"]},
    "sample_encoder": {"learning_rate": 0.25},
}


def read(folder: Path, *words: str) -> Any:
    return read_command([*words, "--output_dir", str(folder), "--use_cpu", "True"], DEFAULTS, **SAMPLE)


def test_the_sample_takes_the_place_of_what_is_not_named(tmp_path: Path) -> None:
    method, data, training = read(tmp_path)
    assert (method.encoder, data.train, training.learning_rate) == ("sample", ["sample/en.de"], 0.25)
    _, data, training = read(tmp_path, "--train=squad", "--languages", "en")
    assert (data.train, data.languages, training.learning_rate) == (["squad"], ["en"], 0.25)
    _, data, _ = read(tmp_path, "--parallel", "en=a", "de=b")
    assert (data.train, data.languages) == ([], ["en", "ja", "ko"])
    method, data, training = read(tmp_path, "--encoder", "bert")
    assert (method.encoder, data.train, training.learning_rate) == ("bert", ["sample/en.de"], 0.5)
    assert read(tmp_path, "--max_length", "50")[1].max_length == 50


def test_a_recipe_comes_first_and_the_words_change_its_row(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("rows: {first: {}, second: {arguments: {method: encoder, max_length: 200}}}", encoding="utf-8")
    method, data, training = read(tmp_path, str(recipe), "--row", "second", "--train", "squad")
    assert (data.max_length, data.train, training.learning_rate) == (200, ["squad"], 0.5)
    with pytest.raises(ValueError, match="`row` of .*recipe.yaml must be one of first, second, but is None"):
        read(tmp_path, str(recipe))


@pytest.mark.parametrize("path", sorted(RECIPES.glob("laf2020/*.yaml")), ids=lambda path: path.stem)
def test_a_row_of_laf_has_its_objectives_whichever_example_runs_it(path: Path, tmp_path: Path) -> None:
    """T(Q) by the example of adversarial training is T(Q)."""
    for name in load_recipe(path):
        words = [str(path), "--row", name, "--train", "laf/en", "--output_dir", str(tmp_path), "--use_cpu", "True"]
        by_examples = [
            read_command(words, {**PAPER, "objectives": objectives})[2].objectives
            for objectives in (["span"], ["span", "language_adversarial"], ["span", "psa", "qs"])
        ]
        assert by_examples[0] == by_examples[1] == by_examples[2], name


def test_an_interrupted_run_ends_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*arguments: Any) -> None:
        assert arguments[1].max_length == 100
        raise TrainingInterrupted("go on from there")

    monkeypatch.setattr(command, "run", interrupted)
    monkeypatch.setattr(sys, "argv", ["example", "--output_dir", str(tmp_path), "--use_cpu", "True"])
    with pytest.raises(SystemExit, match="go on from there"):
        run_command(DEFAULTS)


@dataclass
class Own:
    part: str = "test"
    seeds: list[int] = field(default_factory=lambda: [0])


def test_a_study_has_its_own_arguments_beside_those_of_its_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command.transformers_logging, "set_verbosity_error", lambda: None)  # it would outlast the test
    monkeypatch.setattr("sys.argv", ["study", "--seeds", "1", "2", "--max_steps", "7", "--window_step", "48"])
    own, data, training = read_study(Own, {"max_steps": 100, "max_length": 192, "part": "dev", "report_to": []})
    assert own == Own(part="dev", seeds=[1, 2])
    assert (data.max_length, data.window_step, training.max_steps) == (192, 48, 7)
