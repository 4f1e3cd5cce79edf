"""`hf-xlqa train` up to the run, which is tested beside `run` and the examples."""

import pytest
from typer.testing import CliRunner

from hf_xlqa import cli
from hf_xlqa.experiment import run as experiment
from hf_xlqa.interrupt import TrainingInterrupted
from hf_xlqa.run_record import RunRecord

RECIPE = """
rows:
  joint:
    title: All languages
    arguments: {method: encoder, seed: 5}
    needs: {parallel: "SQuAD, en=FILE ja=FILE"}
    published: {en: [70.6, 83.5]}
  xlm: {unsupported: it has no fast tokenizer}
  aligner: {run: python examples/run_other.py}
"""


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "table.yaml"
    path.write_text(RECIPE)
    return str(path)


@pytest.fixture
def ran(monkeypatch):
    """The arguments of the run, which gives an empty record."""
    calls = []

    def run(model, data, training):
        calls.append((model, data, training))
        return RunRecord(
            method="", base_model="", training=(), scores=(), hyper_parameters={}, seed=0, versions={}, command=""
        )

    monkeypatch.setattr(experiment, "run", run)
    return calls


def _run(*words):
    return CliRunner().invoke(cli.app, ["train", *words])


def test_rows_are_listed_with_what_they_need_and_what_was_published(recipe, ran):
    assert _run(recipe, "--list").output.splitlines() == [
        "joint: All languages",
        "    needs --parallel: SQuAD, en=FILE ja=FILE",
        "    published en: EM 70.6, F1 83.5",
        "xlm: xlm",
        "    cannot be run: it has no fast tokenizer",
        "aligner: aligner",
        "    run by: python examples/run_other.py",
    ]
    assert ran == []


def test_a_row_is_run_with_the_arguments_after_the_dashes(recipe, ran):
    result = _run(recipe, "--row", "joint", "--", "--parallel", "en=a", "ja=b", "--use_cpu", "True")
    assert result.exit_code == 0, result.output
    ((model, data, training),) = ran
    assert (model.name, data.parallel, training.seed) == ("encoder", ["en=a", "ja=b"], 5)
    assert training.output_dir == "outputs/table/joint"
    assert "published en: EM 70.6, F1 83.5" in result.output


def test_an_interrupted_run_says_how_to_go_on(recipe, monkeypatch):
    def interrupted(*arguments):
        raise TrainingInterrupted("go on with `resume_from_checkpoint=outputs/checkpoint-7`.")

    monkeypatch.setattr(experiment, "run", interrupted)
    result = _run(recipe, "--row", "joint", "--", "--parallel", "en=a", "ja=b", "--use_cpu", "True")
    assert result.exit_code == 130
    assert "resume_from_checkpoint=outputs/checkpoint-7" in result.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "must be one of joint, xlm, aligner, but is None"),
        (("--row", "joint"), "`--parallel` must be given for All languages"),
        (("--row", "xlm"), "must be one that can be run, but xlm cannot: it has no fast tokenizer"),
    ],
)
def test_a_row_that_cannot_be_run_is_refused(recipe, ran, words, message):
    error = _run(recipe, *words).exception
    assert isinstance(error, ValueError)
    assert message in str(error)
    assert ran == []


def test_an_absent_recipe_lists_those_installed():
    error = _run("absent.yaml").exception
    assert isinstance(error, FileNotFoundError)
    assert "`recipe` must be a file or one of cui2019/figure3.yaml, " in str(error)
