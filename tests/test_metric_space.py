"""Rules as Spaces: what is written, and that evaluate loads them by name from the Hub."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hub_server import running_hub

from hf_xlqa import metric_space
from hf_xlqa.metric_space import push_space, siblings, write_space
from hf_xlqa.metrics import load_metric
from hf_xlqa.plugins import names

ANSWERS = [{"id": "q1", "prediction_text": "（美国）人"}]
GOLDS = [{"id": "q1", "answers": {"text": ["美国"]}, "language": "zh"}]
PUSH = """
import sys
from hf_xlqa.metric_space import push_space
print([push_space(rule, f"xlqa/{rule}") for rule in sys.argv[1:]][-1])
"""
LOAD = """
import json, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "hf_xlqa":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import evaluate
rules, answers, golds = json.loads(sys.argv[1])
results = {rule: evaluate.load(f"xlqa/{rule}").compute(predictions=answers, references=golds) for rule in rules}
print(json.dumps(results))
"""


@pytest.mark.parametrize("rule", names("metrics"))
def test_the_space_of_every_rule_holds_all_it_needs(rule: str, tmp_path: Path) -> None:
    paths = write_space(rule, tmp_path / "space", repo_id=f"xlqa/{rule}")
    written = {path.name: path.read_text("utf-8") for path in paths}
    assert {path.name for path in (tmp_path / "space").iterdir()} == set(written)
    assert {f"{rule}.py", "span_metric.py", "README.md", "requirements.txt", "app.py"} <= set(written)
    _, front_matter, body = written["README.md"].split("---\n", 2)
    card = yaml.safe_load(front_matter)
    assert (card["title"], card["sdk"], card["tags"][:2]) == (rule, "gradio", ["evaluate", "metric"])
    assert f'evaluate.load("xlqa/{rule}"' in body and load_metric(rule).citation in body
    assert ("nltk" in written["requirements.txt"].split()) == (rule in {"cmrc2018", "drcd"})
    compile(written["app.py"], "app.py", "exec")


def test_a_sibling_that_only_a_sibling_imports_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "squad.py").write_text("from .overlap import best\nfrom .span_metric import SpanMetric\n")
    (tmp_path / "overlap.py").write_text("from .counting import bag\nfrom .span_metric import SpanMetric\n")
    (tmp_path / "span_metric.py").write_text("")
    monkeypatch.setattr(metric_space, "_FOLDER", tmp_path)
    with pytest.raises(ValueError, match="squad.py` must import what .* but `overlap.py` alone imports counting"):
        siblings("squad")


@pytest.mark.parametrize("repo_id", ["xlqa/other", "squad", "/squad", "xlqa/squad/1"])
def test_the_repository_has_the_name_of_the_rule(repo_id: str) -> None:
    with pytest.raises(ValueError, match="`repo_id` must be OWNER/squad, .* but is '.*' instead"):
        push_space("squad", repo_id)


def test_unknown_rules_have_no_space(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`bleu` must be one of"):
        write_space("bleu", tmp_path)


def test_evaluate_loads_published_rules_by_name_without_the_library(tmp_path: Path) -> None:
    rules = ["squad", "mlqa", "cmrc2018"]
    with running_hub(tmp_path / "hub") as hub:
        push = [sys.executable, "-c", PUSH, *rules]
        pushed = subprocess.run(push, env=hub.environment(tmp_path / "one"), capture_output=True, text=True)
        assert pushed.returncode == 0, pushed.stderr
        assert pushed.stdout.splitlines()[-1] == f"{hub.endpoint}/spaces/xlqa/cmrc2018"
        load = [sys.executable, "-c", LOAD, json.dumps([rules, ANSWERS, GOLDS])]
        environment = hub.environment(tmp_path / "two")
        loaded = subprocess.run(load, env=environment, cwd=tmp_path, capture_output=True, text=True)
        assert loaded.returncode == 0, loaded.stderr
    results = json.loads(loaded.stdout.splitlines()[-1])
    assert results == {rule: load_metric(rule).compute(predictions=ANSWERS, references=GOLDS) for rule in rules}
