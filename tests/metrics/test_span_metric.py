"""What every rule shares: pairing by id, refusals, averages, the signature, and loading by path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hf_xlqa import metrics
from hf_xlqa.metrics import load_metric
from hf_xlqa.metrics.overlap import bag_f1, best, f1_score
from hf_xlqa.plugins import names

FOLDER = Path(metrics.__file__).parent
GOLDS = {"q1": ["Denver Broncos"], "q2": ["gold", "a gold medal"], "q3": ["1998"]}
ANSWERS = {"q1": "Broncos", "q2": "gold medal", "q3": "1998"}


def predictions(answers: dict[str, str]) -> list[dict[str, str]]:
    return [{"id": id_, "prediction_text": text} for id_, text in answers.items()]


def references(golds: dict[str, list[str]], **languages: str) -> list[dict[str, Any]]:
    return [
        {"id": id_, "answers": {"text": texts, "answer_start": [0] * len(texts)}}
        | ({"language": languages[id_]} if id_ in languages else {})
        for id_, texts in golds.items()
    ]


def compute(
    answers: dict[str, str], golds: dict[str, list[str]] = GOLDS, *, rule: str = "squad", **kwargs: Any
) -> dict[str, Any]:
    result = load_metric(rule, **kwargs).compute(predictions=predictions(answers), references=references(golds))
    assert isinstance(result, dict)
    return result


def test_means_are_percentages_and_questions_are_fractions() -> None:
    result = compute(ANSWERS, corpus="demo")
    assert result["per_question"] == {
        "q1": {"exact_match": 0.0, "f1": pytest.approx(2 / 3)},
        "q2": {"exact_match": 1.0, "f1": 1.0},
        "q3": {"exact_match": 1.0, "f1": 1.0},
    }
    assert result["exact_match"] == pytest.approx(200 / 3)
    assert result["f1"] == pytest.approx(100 * (2 / 3 + 2) / 3)
    assert (result["count"], result["missing"]) == (3, 0)
    assert result["signature"] == "rule:squad|version:1.1|language:any|golds:all|missing:refuse|corpus:demo"


def test_records_are_paired_by_id() -> None:
    shuffled = dict(reversed(ANSWERS.items()))
    assert compute(shuffled)["per_question"] == compute(ANSWERS)["per_question"]


def test_first_gold_only() -> None:
    result = load_metric("squad", golds="first").compute(predictions=predictions(ANSWERS), references=references(GOLDS))
    assert result["per_question"]["q2"] == {"exact_match": 0.0, "f1": pytest.approx(2 / 3)}
    assert "|golds:first|" in result["signature"]


def test_missing_predictions_are_refused_or_zero() -> None:
    with pytest.raises(ValueError, match="must answer every question.* but 2 questions have none instead: 'q1', 'q3'"):
        compute({"q2": "gold"})
    result = compute({"q2": "gold"}, missing="zero")
    assert result["exact_match"] == pytest.approx(100 / 3)
    assert (result["count"], result["missing"]) == (3, 2)
    assert result["per_question"]["q1"] == {"exact_match": 0.0, "f1": 0.0}


def test_no_prediction_at_all_scores_zero() -> None:
    assert compute({}, missing="zero")["f1"] == 0.0


def test_unknown_ids_are_refused() -> None:
    answers = ANSWERS | {f"x{n}": "?" for n in range(7)}
    with pytest.raises(ValueError, match=r"but 7 ids are unknown instead: 'x0', 'x1', 'x2', 'x3', 'x4', \.\.\."):
        compute(answers)


@pytest.mark.parametrize("name", ["predictions", "references"])
def test_repeated_ids_are_refused(name: str) -> None:
    records = {"predictions": predictions(ANSWERS), "references": references(GOLDS)}
    records[name] = records[name] + records[name][:1]
    with pytest.raises(ValueError, match=f"`{name}` must have each id once, but 1 ids are repeated instead: 'q1'"):
        load_metric("squad").compute(**records)


@pytest.mark.parametrize("texts", [[], [""], ["gold", " "], ["FAKE_ANSWER"], ["FAKE_ANSWER_1"]])
def test_blanked_golds_are_refused(texts: list[str]) -> None:
    with pytest.raises(ValueError, match="`answers` must be real golds, but 1 questions have .* instead: 'q2'"):
        compute(ANSWERS, GOLDS | {"q2": texts})


def test_references_must_hold_a_question() -> None:
    with pytest.raises(ValueError, match="`references` must hold a question, but are empty"):
        compute({}, {})


@pytest.mark.parametrize(
    "record", [None, "q1", {"id": 5, "prediction_text": "a"}, {"id": "", "prediction_text": "a"}, {"id": "q1"}]
)
def test_malformed_predictions_are_refused(record: Any) -> None:
    with pytest.raises(ValueError, match="`predictions` must hold .* but hold .* instead"):
        load_metric("squad").compute(predictions=[record], references=references(GOLDS))


@pytest.mark.parametrize(
    "record",
    [
        {"id": 5, "answers": {"text": ["a"]}},
        {"id": "q1", "answers": [{"text": "a"}]},
        {"id": "q1", "answers": {"text": "a"}},
        {"id": "q1", "answers": {"text": [None]}},
        {"id": "q1"},
    ],
)
def test_malformed_references_are_refused(record: Any) -> None:
    with pytest.raises(ValueError, match="`references` must hold .* but hold .* instead"):
        load_metric("squad").add(prediction=predictions(ANSWERS)[0], reference=record)


def test_languages_of_records_come_before_that_of_the_call_and_the_metric() -> None:
    golds = {"q1": ["Donau"], "q2": ["río"], "q3": ["红楼"]}
    answers = {"q1": "die Donau", "q2": "un río", "q3": "红"}
    result = load_metric("mlqa", language="en").compute(
        predictions=predictions(answers), references=references(golds, q1="de", q3="zh-CN"), language="es"
    )
    assert [score["exact_match"] for score in result["per_question"].values()] == [1.0, 1.0, 0.0]
    assert result["per_language"] == {
        "de": {"exact_match": 100.0, "f1": 100.0, "count": 1},
        "es": {"exact_match": 100.0, "f1": 100.0, "count": 1},
        "zh": {"exact_match": 0.0, "f1": pytest.approx(200 / 3), "count": 1},
    }
    assert "|language:de+es+zh|" in result["signature"]


def test_wrong_languages_are_refused_by_name() -> None:
    records = references(GOLDS, q1="ja", q2="ko", q3="ja")
    with pytest.raises(
        ValueError, match=r"one of ar, .*, but 3 questions have 'ja' \(2\), 'ko' \(1\) instead: 'q1', 'q2', 'q3'"
    ):
        load_metric("mlqa").compute(predictions=predictions(ANSWERS), references=records)
    with pytest.raises(ValueError, match=r"but 3 questions have None \(3\) instead"):
        compute(ANSWERS, rule="mlqa")
    with pytest.raises(ValueError, match='must be a code such as "zh" or "zh-TW", but is \'Chinese\' instead'):
        load_metric("squad", language="Chinese")


@pytest.mark.parametrize(("name", "value"), [("golds", "last"), ("missing", "skip")])
def test_policies_are_checked(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` must be one of .* but is '{value}' instead"):
        load_metric("squad", **{name: value})


def test_unknown_rules_are_refused_with_the_valid_ones() -> None:
    assert {"squad", "mlqa"} <= set(names("metrics"))
    assert not {"span_metric", "overlap"} & set(names("metrics"))
    with pytest.raises(ValueError, match="`bleu` must be one of .*mlqa, .*squad"):
        load_metric("bleu")


def test_batches_and_single_records_add_up() -> None:
    metric = load_metric("squad")
    metric.add_batch(predictions=predictions(ANSWERS)[:1], references=references(GOLDS))
    metric.add(prediction=predictions(ANSWERS)[1], reference=references({"q4": ["two"]})[0])
    metric.add_batch(predictions=predictions({"q3": "1998", "q4": "two"}))
    assert metric.compute()["count"] == 4


def test_a_refusal_leaves_no_file_and_no_lock_behind(tmp_path: Path) -> None:
    metric = load_metric("squad", cache_dir=str(tmp_path))
    with pytest.raises(ValueError, match="ids are unknown"):
        metric.compute(predictions=predictions({"x": ""}), references=references(GOLDS))
    assert not list(tmp_path.rglob("*.arrow"))
    started = time.perf_counter()
    assert metric.compute(predictions=predictions(ANSWERS), references=references(GOLDS))["count"] == 3
    assert time.perf_counter() - started < 0.9  # waiting for a lock that is held takes a second


def test_a_hundred_thousand_predictions() -> None:
    golds = {f"q{n}": ["the Denver Broncos", "Broncos"] for n in range(100_000)}
    answers = predictions(dict.fromkeys(golds, "Broncos of Denver"))
    records = references(golds)
    metric = load_metric("mlqa", language="en")
    started = time.process_time()
    assert metric.compute(predictions=answers, references=records)["f1"] == pytest.approx(80.0)
    assert time.process_time() - started < 10


def test_arithmetic() -> None:
    assert f1_score(0, 0, 0) == 0.0
    assert bag_f1([], []) == 0.0
    assert bag_f1("aab", "abb") == pytest.approx(2 / 3)
    assert best([(0.0, 0.5), (1.0, 0.0)]) == (1.0, 0.5)


ALONE = """
import json, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "hf_xlqa":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import evaluate
paths, answers, golds, process, processes = json.loads(sys.stdin.read())
results = {}
for path in paths:
    metric = evaluate.load(path, language="zh", process_id=process, num_process=processes, experiment_id="alone")
    results[metric.rule] = metric.compute(predictions=answers, references=golds)
print(json.dumps(results))
"""


def start_alone(
    home: Path, paths: list[Path], answers: Sequence[Any], golds: Sequence[Any], process: int = 0, processes: int = 1
) -> subprocess.Popen[str]:
    """A process without `hf_xlqa` and without a network, that loads rules by path and computes."""
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "HF_EVALUATE_OFFLINE": "1"}
    started = subprocess.Popen(
        [sys.executable, "-c", ALONE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=home,
        env={key: value for key, value in environment.items() if key not in {"PYTHONPATH", "HF_MODULES_CACHE"}},
    )
    assert started.stdin is not None
    started.stdin.write(json.dumps([list(map(str, paths)), answers, golds, process, processes]))
    started.stdin.close()
    return started


def result_of(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    output = process.stdout.read()
    assert process.wait() == 0
    return json.loads(output.splitlines()[-1])


def as_space(rule: str, folder: Path) -> Path:
    """The files of a rule laid out as its Space: `<rule>/<rule>.py` and what it imports."""
    space = folder / rule
    space.mkdir()
    for name in (rule, *metrics.SHARED):
        (space / f"{name}.py").write_text((FOLDER / f"{name}.py").read_text(encoding="utf-8"), encoding="utf-8")
    return space


@pytest.mark.parametrize("layout", ["files", "spaces"])
def test_every_rule_loads_by_path_without_the_library(layout: str, tmp_path: Path) -> None:
    rules = names("metrics")
    paths = [FOLDER / f"{rule}.py" if layout == "files" else as_space(rule, tmp_path) for rule in rules]
    process = start_alone(tmp_path, paths, predictions(ANSWERS), references(GOLDS))
    assert result_of(process) == {rule: compute(ANSWERS, rule=rule, language="zh") for rule in rules}


def test_two_processes_give_the_result_of_one(tmp_path: Path) -> None:
    answers, golds = predictions(ANSWERS), references(GOLDS)
    processes = [
        start_alone(tmp_path, [FOLDER / "mlqa.py"], answers[:2], golds[1:], 0, 2),
        start_alone(tmp_path, [FOLDER / "mlqa.py"], answers[2:], golds[:1], 1, 2),
    ]
    first, second = map(result_of, processes)
    assert first == {"mlqa": compute(ANSWERS, rule="mlqa", language="zh")}
    assert second == {"mlqa": None}
