"""The wheel as a newcomer installs it, far from the sources: `make test-wheel`."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from environments import FILES, ROOT, Environment, build_wheel, install, make_environment
from hub_server import HubServer, running_hub

pytestmark = pytest.mark.skipif(not os.environ.get("XLQA_WHEEL"), reason="`make test-wheel` builds a wheel")

EXTRAS = "matplotlib sklearn scipy statsmodels stanza ctranslate2 gensim sacremoses sentencepiece ray pytest"
IMPORT = f"""
import importlib, importlib.util, pkgutil
import hf_xlqa
assert "site-packages" in hf_xlqa.__file__, hf_xlqa.__file__
assert [name for name in "{EXTRAS}".split() if importlib.util.find_spec(name)] == []
names = [each.name for each in pkgutil.walk_packages(hf_xlqa.__path__, "hf_xlqa.")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""
HELP = """
from typer.testing import CliRunner
from hf_xlqa import cli, plugins
for verb in plugins.names("cli"):
    result = CliRunner().invoke(cli.app, [verb, "--help"])
    assert result.exit_code == 0, (verb, result.output, result.exception)
    print(verb)
"""
ANSWER = """
import sys
try:
    import hf_xlqa
except ModuleNotFoundError:
    pass
else:
    sys.exit("the library is here")
import json
from transformers import pipeline
pipe = pipeline("xlqa-question-answering", model=sys.argv[1], trust_remote_code=True)
print(json.dumps(pipe(question=sys.argv[2], context=sys.argv[3], language="de")))
"""
QUESTION = "Wo hat Jomina Elmann gearbeitet?"
CONTEXT = "Jomina Elmann kam in Dorpolis zur Welt. Elmann hat 1785 in Valdorf gearbeitet."
RECIPE = """
rows:
  small:
    title: Small
    arguments:
      {method: xltt, encoder: sample, max_steps: 2, max_train_examples: 30, max_evaluation_examples: 6,
       evaluate: [sample/de], max_length: 192, window_step: 96, use_cpu: true}
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubServer]:
    with running_hub(tmp_path_factory.mktemp("hub")) as server:
        yield server


@pytest.fixture(scope="module")
def installed(wheel: Path, hub: HubServer, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel and what it asks for."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        asked_for = message_from_bytes(archive.read(name)).get_all("Requires-Dist", [])
    needed = [each for each in asked_for if "extra ==" not in each]
    environment = make_environment(tmp_path_factory.mktemp("installed"), needed, hub)
    install(wheel, environment)
    return environment


@pytest.fixture(scope="module")
def trained(installed: Environment) -> str:
    """A checkpoint that the installed library trained, left in a folder and published; its name on the Hub."""
    (installed.work / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    published = ["--push_to_hub", "True", "--hub_model_id", "you/name"]
    words = ["train", "recipe.yaml", "--", "--output_dir", "reader", *published]
    assert "Small: 1 scores" in installed.run("hf-xlqa", *words)
    return "you/name"


def test_a_wheel_has_every_file_of_the_sources(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    moved = {"dataset_scripts": "hf_xlqa/dataset_scripts", "examples/recipes": "hf_xlqa/recipes", "hf_xlqa": "hf_xlqa"}
    expected = {
        f"{inside}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, inside in moved.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == expected
    assert set(FILES) <= {path.name for path in ROOT.iterdir()}


def test_every_module_imports_without_an_extra(installed: Environment) -> None:
    assert int(installed.run("python", "-c", IMPORT)) > 200


def test_the_command_and_its_verbs_explain_themselves(installed: Environment) -> None:
    overview = installed.run("hf-xlqa", "--help")
    verbs = installed.run("python", "-c", HELP).split()
    assert len(verbs) == 8
    assert [verb for verb in verbs if verb not in overview] == []


def test_what_the_wheel_trained_answers_alike_where_the_library_is_not(
    trained: str, installed: Environment, hub: HubServer, tmp_path: Path
) -> None:
    (installed.work / "passage.txt").write_text(CONTEXT, encoding="utf-8")
    words = ["--question", QUESTION, "--context", "passage.txt", "--language", "de", "--json"]
    reading = json.loads(installed.run("hf-xlqa", "ask", "--model", "reader", *words))
    elsewhere = make_environment(tmp_path, ["torch", "transformers"], hub)
    answer = json.loads(elsewhere.run("python", "-c", ANSWER, trained, QUESTION, CONTEXT))
    (first,) = reading["answers"]
    assert CONTEXT[first["start"] : first["end"]] == first["text"]
    assert {key: answer[key] for key in ("answer", "start", "end")} == {
        "answer": first["text"],
        "start": first["start"],
        "end": first["end"],
    }
    assert answer["score"] == pytest.approx(first["score"])


def test_corpora_and_recipes_are_found_by_name(installed: Environment) -> None:
    written = installed.run("hf-xlqa", "build", "sample_permuted", "--output", "xlqa/sample_permuted")
    assert "written to xlqa/sample_permuted: README.md" in written
    assert (installed.work / "xlqa/sample_permuted/README.md").is_file()
    assert "xltt_mbert: XLTT" in installed.run("hf-xlqa", "train", "xltt2021/table4.yaml", "--list")
