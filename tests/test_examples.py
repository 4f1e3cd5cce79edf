"""The examples as people run them: in processes of their own, from an empty folder."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import yaml
from hub_server import HubServer, running_hub
from huggingface_hub import ModelCard
from matplotlib import image
from models.harness import load_without_the_library, logits_of
from torch import Tensor
from transformers import AutoModelForQuestionAnswering

from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS
from hf_xlqa.run_record import RunRecord

EXAMPLES = Path(__file__).parents[1] / "examples"
RUNS = sorted(EXAMPLES.glob("run_*.py"))
SMALL = {"max_steps": 2, "max_train_examples": 30, "max_evaluation_examples": 6, "evaluate": ["sample/en", "sample/hi"]}
PYTHON = [sys.executable, "-W", "ignore"]
LAUNCHER = [*PYTHON, "-m", "accelerate.commands.launch", "--num_processes", "1", "--cpu"]
COMMAND = str(Path(sys.executable).with_name("hf-xlqa"))
NAME = "xlqa/sample-xltt"


def words(arguments: dict[str, object]) -> list[str]:
    """Arguments as on a command line."""
    pairs = ((f"--{name}", value if isinstance(value, list) else [value]) for name, value in arguments.items())
    return [str(word) for name, values in pairs for word in (name, *values)]


def start(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """A process on one core, without a network."""
    quiet = {"OMP_NUM_THREADS": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**(environment or {**os.environ, "HF_HUB_OFFLINE": "1"}), **quiet},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> str:
    """What a process printed, when it succeeded."""
    output, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    return output


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubServer]:
    with running_hub(tmp_path_factory.mktemp("hub")) as server:
        yield server


@pytest.fixture(scope="module")
def runs(hub: HubServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One experiment three times: by arguments, and published; by a recipe and the example; by a recipe and `hf-xlqa`.

    The arguments name no method, model or settings: those of the example are in the recipe.
    """
    folder = tmp_path_factory.mktemp("runs")
    arguments = {**SAMPLE_SETTINGS, "method": "xltt", "weight_decay": 0.01, "num_train_epochs": 2, **SMALL}
    recipe = {"rows": {"small": {"title": "Small", "arguments": arguments, "published": {"hi": [1.5, 2.5]}}}}
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    example = str(EXAMPLES / "run_xltt.py")
    published = ["--push_to_hub", "True", "--hub_model_id", NAME]
    environment = hub.environment(folder / "home")
    processes = [
        start(
            [*LAUNCHER, example, *words(SMALL), *words({"output_dir": "arguments"}), *published], folder, environment
        ),
        start(
            [*PYTHON, example, "recipe.yaml", "--row", "small", "--output_dir", "recipe", "--use_cpu", "True"], folder
        ),
        start([COMMAND, "train", "recipe.yaml", "--", "--output_dir", "command", "--use_cpu", "True"], folder),
    ]
    outputs = [finished(process) for process in processes]
    assert "Small: 2 scores\n    published hi: EM 1.5, F1 2.5" in outputs[2]
    return folder


@pytest.mark.parametrize("other", ["recipe", "command"])
def test_arguments_and_recipe_make_the_same_run(runs: Path, other: str) -> None:
    records = [
        RunRecord.from_json((runs / name / "results.json").read_text(encoding="utf-8")) for name in ("arguments", other)
    ]
    assert [score.name for score in records[0].scores] == ["sample/en", "sample/hi"]
    assert records[1].scores == records[0].scores
    assert records[1].training == records[0].training
    for score in records[0].scores:
        answers = f"nbest_{score.name.replace('/', '_')}.json"
        assert (runs / other / answers).read_bytes() == (runs / "arguments" / answers).read_bytes()


@pytest.fixture(scope="module")
def batch() -> dict[str, Tensor]:
    """One row of four tokens with its two translations."""
    row = torch.tensor([[2, 7, 9, 3]])
    pivot = {"input_ids": row, "attention_mask": torch.ones_like(row), "answer_mask": row == 9}
    parallel = {f"parallel_{name}": tensor[:, None].repeat(1, 2, 1) for name, tensor in pivot.items()}
    labels = {"start_positions": torch.tensor([2]), "end_positions": torch.tensor([2])}
    return pivot | parallel | labels | {"parallel_mask": torch.tensor([[True, True]])}


def test_the_published_checkpoint_loads_by_name_where_the_library_is_not(
    runs: Path, hub: HubServer, batch: dict[str, Tensor], tmp_path: Path
) -> None:
    environment = hub.environment(tmp_path)
    environment.pop("PYTHONPATH", None)
    found = load_without_the_library(NAME, batch, tmp_path, environment)["first"]
    here = AutoModelForQuestionAnswering.from_pretrained(runs / "arguments").eval()
    assert torch.equal(torch.stack([found["start_logits"], found["end_logits"]]), logits_of(here, batch))


def test_the_published_card_is_that_of_the_run(runs: Path, hub: HubServer) -> None:
    files = hub.repository("models", NAME)
    assert {"config.json", "model.safetensors", "tokenizer.json", "results.json", "modeling_xltt.py"} <= set(
        files.names()
    )
    assert files.read("README.md") == (runs / "arguments" / "README.md").read_bytes()
    card = ModelCard.load(files.folder / "README.md")
    record = RunRecord.from_json(files.read("results.json").decode())
    values = [result.metric_value for result in card.data.eval_results or []]
    assert values == [round(value, 2) for score in record.scores for value in (score.exact_match, score.f1)]
    assert f'name = "{NAME}"' in card.text


def test_the_demo_prints_the_table_with_floor_and_ceiling_and_draws_it(tmp_path: Path) -> None:
    arguments = words({**SMALL, "evaluate": ["sample/hi"], "output_dir": "demo", "use_cpu": True})
    output = finished(start([*PYTHON, str(EXAMPLES / "run_sample_demo.py"), *arguments], tmp_path))
    table = (tmp_path / "demo" / "scores.md").read_text(encoding="utf-8")
    assert table in output
    rows = [line.split(" | ")[0].strip("| ") for line in table.splitlines() if line.startswith("| ")]
    assert [row for row in rows if not row.startswith(("EM", "-"))] == [
        "floor (type matching)",
        "zero-shot (en)",
        "joint (en, ja, ko)",
        "XLTT (en, ja, ko), gold translations",
        "XLTT (en, ja, ko), lexicon translations",
        "XLTT (en, ja, ko), wrong translations",
        "ceiling (all six)",
    ]
    height, width, _ = image.imread(tmp_path / "demo" / "scores.png").shape
    assert width > height > 100


def test_the_language_gan_of_qanet_runs_on_the_sample(tmp_path: Path) -> None:
    pytest.importorskip("gensim")
    arguments = words({**SMALL, "evaluate": ["sample/zh"], "output_dir": "game", "use_cpu": True})
    finished(start([*PYTHON, str(EXAMPLES / "run_qanet_gan.py"), *arguments], tmp_path))
    record = RunRecord.from_json((tmp_path / "game" / "results.json").read_text(encoding="utf-8"))
    assert (record.method, record.hyper_parameters["objectives"]) == ("qanet", ["span", "language_gan"])
    assert [(score.name, score.questions) for score in record.scores] == [("sample/zh", 6)]


@pytest.mark.parametrize(
    ("name", "objectives", "questions", "architecture"),
    [
        ("run_zero_shot", ["span"], 30, "ModernBertForQuestionAnswering"),
        ("run_translate_train", ["span"], 90, "ModernBertForQuestionAnswering"),
        ("run_adversarial", ["span", "language_adversarial"], 90, "AdversarialForQuestionAnswering"),
        ("run_laf", ["span", "psa", "qs"], 90, "ModernBertForQuestionAnswering"),
    ],
)
def test_the_systems_of_laf_run_on_the_sample(
    name: str,
    objectives: list[str],
    questions: int,
    architecture: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = words({**SMALL, "per_device_train_batch_size": 4, "output_dir": tmp_path, "use_cpu": True})
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    record = RunRecord.from_json((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert (record.method, record.hyper_parameters["objectives"]) == ("encoder", objectives)
    assert sum(use.examples for use in record.training) == questions
    assert record.hyper_parameters["learning_rate"] == SAMPLE_SETTINGS["learning_rate"]
    assert json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))["architectures"] == [architecture]


def test_each_example_is_short_and_explains_itself() -> None:
    assert {path.name for path in RUNS} >= {
        *("run_sample_demo.py", "run_xltt.py", "run_qanet_gan.py"),
        *("run_zero_shot.py", "run_translate_train.py", "run_adversarial.py", "run_laf.py"),
    }
    assert {path.name: length for path in RUNS if (length := len(path.read_text().splitlines())) > 60} == {}


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.stem)
def test_each_example_lists_its_arguments(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [str(path), "--help"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_path(str(path), run_name="__main__")
    assert f"usage: {path.name}" in capsys.readouterr().out
