"""Studies: what is a system's own, and what a row of the table is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from transformers import AutoModelForQuestionAnswering

from hf_xlqa.corpora.sample import sample_examples
from hf_xlqa.corpora.squad_format import write_squad
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.encoder import Encoder
from hf_xlqa.experiment.methods.xltt import XLTT
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS
from hf_xlqa.experiment.study import System, scores_of, study
from hf_xlqa.run_record import RunRecord
from hf_xlqa.training_args import CrossLingualQATrainingArguments

SIZES = {name: SAMPLE_SETTINGS[name] for name in ("max_length", "window_step")}


def training_in(folder: Path) -> CrossLingualQATrainingArguments:
    return CrossLingualQATrainingArguments(
        output_dir=str(folder), max_steps=2, save_strategy="no", report_to=[], use_cpu=True, disable_tqdm=True
    )


def record_in(folder: Path) -> RunRecord:
    return RunRecord.from_json((folder / "results.json").read_text(encoding="utf-8"))


def test_a_row_is_the_mean_over_seeds_and_each_kind_of_translations_has_one(tmp_path: Path) -> None:
    systems = [
        System("zero shot", Encoder(), ["en"], batch_factor=2),
        System("XLTT", XLTT(), ["en", "ja"], ("gold", "wrong")),
    ]
    data = DataArguments(evaluate=["sample/hi", "sample/de"], max_train_examples=8, max_evaluation_examples=6, **SIZES)
    training = training_in(tmp_path)
    rows = study(systems, training, data, seeds=[3, 4])
    assert list(rows) == ["zero shot", "XLTT, gold translations", "XLTT, wrong translations"]
    translations = [[(score.name, score.translations) for score in row] for row in rows.values()]
    assert translations == [[("sample/hi", kind), ("sample/de", kind)] for kind in ("none", "gold", "wrong")]
    records = [record_in(systems[0].folder(tmp_path, seed)) for seed in (3, 4)]
    assert [record.seed for record in records] == [3, 4]
    assert [record.training[0].languages for record in records] == [("en",), ("en",)]
    assert [record.hyper_parameters["per_device_train_batch_size"] for record in records] == [16, 16]
    for number, score in enumerate(rows["zero shot"]):
        assert score.f1 == pytest.approx(sum(record.scores[number].f1 for record in records) / 2)
    assert data.languages == ["en", "ja", "ko"] and training.seed == 42


def test_folders_of_runs_need_no_quotes_and_systems_of_the_papers_keep_theirs_apart() -> None:
    names = ["XLTT (en, ja, ko)", "T(Q)", "T(Q+C)", "T(Q) (en-zh)", "PSA+QS (en-all)", "Dual BERT default"]
    folders = [System(name, Encoder(), ["en"]).folder("out", 3).name for name in names]
    assert folders == ["XLTT-en-ja-ko-3", "T-Q-3", "T-Q+C-3", "T-Q-en-zh-3", "PSA+QS-en-all-3", "Dual-BERT-default-3"]


def test_a_system_has_data_and_training_of_its_own_and_leaves_scores_of_every_question(tmp_path: Path) -> None:
    file = tmp_path / "zh.json"
    examples = sample_examples("dev", "zh")[:6]
    write_squad(file, examples)
    corpus = f"mine/zh={file}"
    own = {"data": {"train": [corpus], "train_amounts": ["mine=4"]}, "training": {"max_steps": 1}, "keep": True}
    system = System("of its own", Encoder(), ["zh"], **own)  # type: ignore[arg-type]
    data = DataArguments(evaluate=[corpus], **SIZES)
    rows = study([system], training_in(tmp_path), data, seeds=[5])
    folder = system.folder(tmp_path, 5)
    (use,) = record_in(folder).training
    assert (use.name, use.examples, record_in(folder).hyper_parameters["max_steps"]) == ("mine", 4, 1)
    assert AutoModelForQuestionAnswering.from_pretrained(folder).config.hidden_size == 128
    (run,) = scores_of([system], tmp_path, data, seeds=[5], rule=None)
    assert (run.system, run.seed, run.sets[0].ids) == ("of its own", 5, tuple(each.id for each in examples))
    assert run.scores[0].f1 == pytest.approx(rows["of its own"][0].f1)
    (other,) = scores_of([system], tmp_path, data, seeds=[5], rule="cmrc2018")
    assert other.scores[0].metric == "cmrc2018"


def test_a_study_does_not_repeat_a_finished_run_unless_something_that_decides_it_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "zh.json"
    write_squad(file, sample_examples("dev", "zh")[:6])
    data = DataArguments(evaluate=[f"mine/zh={file}"], max_train_examples=4, **SIZES)
    system, training = System("once", Encoder(), ["zh"]), training_in(tmp_path / "runs")
    first = study([system], training, data, seeds=[1])

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr("hf_xlqa.experiment.study.build_trainer", refuse)
    quieter = replace(training, logging_steps=7)
    assert study([system], quieter, data, seeds=[1]) == first
    assert "once, seed 1: finished before" in capsys.readouterr().out
    for others in (
        {"seeds": [2]},
        {"training": replace(training, max_steps=3)},
        {"system": replace(system, keep=True)},
    ):
        given = {"system": system, "training": training, "seeds": [1], **others}
        with pytest.raises(AssertionError, match="trained again"):
            study([given["system"]], given["training"], data, seeds=given["seeds"])  # type: ignore[arg-type, list-item]
    write_squad(file, sample_examples("dev", "zh")[6:12])
    with pytest.raises(AssertionError, match="trained again"):
        study([system], training, data, seeds=[1])


def test_a_broken_record_of_a_finished_run_is_named(tmp_path: Path) -> None:
    data = DataArguments(evaluate=["sample/zh"], max_evaluation_examples=1, max_train_examples=4, **SIZES)
    system = System("broken", Encoder(), ["zh"])
    path = system.folder(tmp_path, 1) / "finished.json"
    path.parent.mkdir()
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match="finished.json` must be JSON, but is broken at line 1"):
        study([system], training_in(tmp_path), data, seeds=[1])
