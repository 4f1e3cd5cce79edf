"""What every rule shares: pairing by id, refusals, averages, the signature, and loading by path."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest

from hf_xlqa import metrics
from hf_xlqa.metric_space import write_space
from hf_xlqa.metrics import load_metric
from hf_xlqa.metrics.overlap import bag_f1, best, f1_score
from hf_xlqa.metrics.span_metric import SpanMetric
from hf_xlqa.plugins import find, names

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


def test_the_order_of_the_questions_changes_no_digit() -> None:
    golds = {f"q{n}": [" ".join(f"w{word}" for word in range(n % 7 + 1))] for n in range(500)}
    orders = [list(golds), sorted(golds), sorted(golds, key=lambda id_: len(golds[id_][0]))]
    found = [compute(dict.fromkeys(golds, "w0"), {id_: golds[id_] for id_ in order})["f1"] for order in orders]
    assert found == [found[0]] * 3
    added = [sum(2 / (len(golds[id_][0].split()) + 1) for id_ in order) for order in orders]
    assert len({*added}) > 1  # as floats are added one by one


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
    "record",
    [
        *(None, "q1", {"id": 5, "prediction_text": "a"}, {"id": "", "prediction_text": "a"}, {"id": "q1"}),
        *({"id": "q1", "prediction_text": text} for text in (None, math.nan, ["a"], "\ud800")),
    ],
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
        {"id": "q1", "answers": {"text": None}},
        {"id": "q1", "answers": None},
        {"id": "q1", "answers": {"text": [math.nan]}},
        {"id": "q1", "answers": {"text": ["\udc00"]}},
        {"id": "q1", "answers": {"text": ["a"]}, "language": math.nan},
        {"id": "q1"},
    ],
)
def test_malformed_references_are_refused(record: Any) -> None:
    with pytest.raises(ValueError, match="`references` must hold .* but hold .* instead"):
        load_metric("squad").add(prediction=predictions(ANSWERS)[0], reference=record)


@pytest.mark.parametrize("records", [ANSWERS, {"id": ["q1"], "prediction_text": ["a"]}, "q1"])
@pytest.mark.parametrize("method", ["compute", "add_batch"])
def test_what_is_no_list_of_records_is_refused(method: str, records: Any) -> None:
    with pytest.raises(
        ValueError, match=r"`predictions` must be a list of records, but is .* For \{id: text\} pass \["
    ):
        getattr(load_metric("squad"), method)(predictions=records, references=references(GOLDS))


def test_a_refused_record_leaves_nothing_behind(tmp_path: Path) -> None:
    metric = load_metric("squad", cache_dir=str(tmp_path))
    many = predictions({f"q{n}": "a" for n in range(2500)})
    with pytest.raises(ValueError, match="`predictions` must hold"):
        metric.compute(predictions=[*many, None], references=references(GOLDS))
    assert not list(tmp_path.rglob("*.arrow"))
    assert metric.compute(predictions=predictions(ANSWERS), references=references(GOLDS))["count"] == 3


def test_a_refused_batch_adds_nothing() -> None:
    metric = load_metric("squad")
    metric.add_batch(references=references(GOLDS))
    with pytest.raises(ValueError, match="`predictions` must hold"):
        metric.add_batch(predictions=[*predictions(ANSWERS), None])
    assert metric.compute(predictions=predictions(ANSWERS))["count"] == 3


@pytest.mark.parametrize("kept", [True, False])
def test_records_may_be_generators_of_any_length_and_order(kept: bool) -> None:
    golds = {f"q{n}": [f"w{n}", "gold"] for n in range(2345)}
    answers = {id_: f"w{id_[1:]}" for id_ in reversed(golds)} | {"q7": "none"}
    result = load_metric("squad", keep_in_memory=kept).compute(
        predictions=iter(predictions(answers)), references=iter(references(golds))
    )
    assert list(result["per_question"]) == list(golds)
    assert [id_ for id_, score in result["per_question"].items() if score != {"exact_match": 1.0, "f1": 1.0}] == ["q7"]
    assert json.loads(json.dumps(result)) == result


LONG_ANSWERS = """
import resource
from hf_xlqa.metrics import load_metric
def batches(questions, length):
    for start in range(0, questions, 500):
        texts = {f"q{n}": str(n) * (length // len(str(n))) for n in range(start, start + 500)}
        yield (
            [{"id": id_, "prediction_text": text} for id_, text in texts.items()],
            [{"id": id_, "answers": {"text": [text]}} for id_, text in texts.items()],
        )
for questions in (500, 10_000):
    metric = load_metric("squad")
    for predictions, references in batches(questions, 5_000):
        metric.add_batch(predictions=predictions, references=references)
    assert metric.compute()["exact_match"] == 100
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_texts_are_not_held_in_memory() -> None:
    output = subprocess.run([sys.executable, "-c", LONG_ANSWERS], capture_output=True, text=True, check=True).stdout
    before, after = map(int, output.split())
    assert after - before < 40  # MB, where the texts have 100


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


class Variants(SpanMetric):
    """Two variants, averages and a condition of its own."""

    configurations: ClassVar = {"exact": "1.0", "lower": "2.0"}
    citation = ""

    def score(self, prediction: str, golds: Sequence[str], *, language: str | None = None) -> tuple[float, float]:
        same = any(prediction == (gold.lower() if self.config_name == "lower" else gold) for gold in golds)
        return float(same), float(same)

    def _averages(self, per_language: Any, per_question: Any) -> dict[str, float]:
        others = [means["f1"] for language, means in per_language.items() if language != "en"]
        micro = super()._averages(per_language, per_question)
        return {"exact_match": 0.0, "f1": sum(others) / len(others), "f1_with_english": micro["f1"]}

    def _signature_fields(self, languages: Any) -> dict[str, str]:
        return {"average": f"{len(languages)} languages", "tokenizer": "none"}


@pytest.mark.parametrize(
    ("config_name", "version", "f1"), [(None, "1.0", 0.0), ("exact", "1.0", 0.0), ("lower", "2.0", 100.0)]
)
def test_variants_averages_and_signature_of_a_rule(config_name: str | None, version: str, f1: float) -> None:
    golds = {"q1": ["a"], "q2": ["a"], "q3": ["B"]}
    metric = Variants(config_name=config_name)
    result = metric.compute(
        predictions=predictions({"q1": "a", "q2": "c", "q3": "b"}),
        references=references(golds, q1="en", q2="en", q3="de"),
    )
    assert result is not None
    assert metric.config_name == (config_name or "exact")
    assert (result["exact_match"], result["f1"], result["count"]) == (0.0, f1, 3)
    assert result["f1_with_english"] == pytest.approx((100 + f1) / 3)
    assert result["per_language"]["en"] == {"exact_match": 50.0, "f1": 50.0, "count": 2}
    assert result["signature"] == (
        f"rule:test_span_metric|version:{version}|language:de+en|golds:all|missing:refuse"
        "|average:2 languages|tokenizer:none|corpus:unnamed"
    )


def test_variants_are_checked() -> None:
    with pytest.raises(ValueError, match="`config_name` must be one of exact, lower, but is '3.0' instead"):
        Variants(config_name="3.0")
    with pytest.raises(ValueError, match="`config_name` must be one of default, but is '2.0' instead"):
        load_metric("squad", config_name="2.0")
    assert load_metric("squad", config_name="default").config_name == "default"


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


def test_bags_of_any_size_as_the_plain_formula() -> None:
    generator = random.Random(0)
    for size in (0, 1, 5, 24, 25, 200):
        first, second = ([str(generator.randrange(size)) for _ in range(size)] for _ in range(2))
        common = sum(min(first.count(token), second.count(token)) for token in {*first})
        assert bag_f1(first, second) == f1_score(common, size, size)


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
for path, language in paths.items():
    metric = evaluate.load(path, language=language, process_id=process, num_process=processes, experiment_id="alone")
    results[path] = metric.compute(predictions=answers, references=golds)
print(json.dumps(results))
"""


def start_alone(
    home: Path,
    paths: dict[Path, str],
    answers: Sequence[Any],
    golds: Sequence[Any],
    process: int = 0,
    processes: int = 1,
) -> subprocess.Popen[str]:
    """A process without `hf_xlqa` and without a network, that loads rules by path and computes in a language each."""
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
    by_path = {str(path): language for path, language in paths.items()}
    started.stdin.write(json.dumps([by_path, answers, golds, process, processes]))
    started.stdin.close()
    return started


def result_of(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    output = process.stdout.read()
    assert process.wait() == 0
    return json.loads(output.splitlines()[-1])


def as_space(rule: str, folder: Path) -> Path:
    """The files of a rule laid out as its Space."""
    write_space(rule, folder / rule)
    return folder / rule


def language_of(rule: str) -> str:
    """A language that a rule accepts."""
    return min(find("metrics", rule).languages or {"zh"})


def test_every_rule_loads_by_path_and_as_a_space_without_the_library(tmp_path: Path) -> None:
    languages = {rule: language_of(rule) for rule in names("metrics")}
    paths = {path: rule for rule in languages for path in (FOLDER / f"{rule}.py", as_space(rule, tmp_path))}
    by_language = {path: languages[rule] for path, rule in paths.items()}
    found = result_of(start_alone(tmp_path, by_language, predictions(ANSWERS), references(GOLDS)))
    alone = {rule: compute(ANSWERS, rule=rule, language=language) for rule, language in languages.items()}
    assert found == {str(path): alone[rule] for path, rule in paths.items()}


def test_two_processes_give_the_result_of_one(tmp_path: Path) -> None:
    # The means of tydiqa are of languages, which the records of both processes share.
    answers, golds = predictions(ANSWERS), references(GOLDS, q1="ar", q2="en", q3="ar")
    paths = {FOLDER / f"{rule}.py": language_of(rule) for rule in ("mlqa", "tydiqa")}
    processes = [
        start_alone(tmp_path, paths, answers[:2], golds[1:], 0, 2),
        start_alone(tmp_path, paths, answers[2:], golds[:1], 1, 2),
    ]
    first, second = map(result_of, processes)
    alone = {
        str(path): load_metric(path.stem, language=language).compute(predictions=answers, references=golds)
        for path, language in paths.items()
    }
    assert alone[str(FOLDER / "tydiqa.py")]["f1"] != alone[str(FOLDER / "mlqa.py")]["f1"]
    assert (first, second) == (alone, dict.fromkeys(alone))


def test_an_id_of_two_processes_is_refused(tmp_path: Path) -> None:
    records = {"predictions": predictions(ANSWERS), "references": references(GOLDS)}
    options = {"cache_dir": str(tmp_path), "num_process": 2}
    with ThreadPoolExecutor() as pool:
        second = pool.submit(lambda: load_metric("squad", process_id=1, **options).compute(**records))
        with pytest.raises(ValueError, match="`references` must have each id once, but 3 ids are repeated"):
            load_metric("squad", process_id=0, **options).compute(**records)
        assert second.result() is None
