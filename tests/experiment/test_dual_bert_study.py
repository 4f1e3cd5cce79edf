"""The study of Cui et al. (2019): which systems there are, what each is trained on, and the table of all."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import pytest

from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.back_translation import BackTranslationArguments
from hf_xlqa.experiment.dual_bert_study import DualBertStudy
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS, write_files
from hf_xlqa.reports import Score
from hf_xlqa.run_record import RunRecord
from hf_xlqa.training_args import CrossLingualQATrainingArguments

EXAMPLES = Path(__file__).parents[2] / "examples"
TRAINED = [
    "target only",
    "cascade",
    "mixed",
    "Dual BERT without source data",
    "Dual BERT default",
    "Dual BERT paper",
    "Dual BERT released",
]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> DualBertStudy:
    """A study of one update a system, on six questions."""
    folder = tmp_path_factory.mktemp("study")
    write_files(folder / "files", target="de", source="en", amount=6, translations="lexicon")
    file = {name: folder / "files" / f"{name}.json" for name in ("train.de", "train.en", "source.en", "dev.de")}
    return DualBertStudy(
        encoder="sample",
        target=[f"mine/de={file['train.de']}"],
        source=[f"source/en={file['source.en']}"],
        parallel=[f"mine:de={file['train.de']}", f"mine:en={file['train.en']}"],
        source_steps=2,
        data=DataArguments(
            languages=["de", "en"],
            max_train_examples=6,
            evaluate=[f"mine/de={file['train.de']}"],
            evaluation_translations=[f"mine/de:en={file['train.en']}"],
            **{name: SAMPLE_SETTINGS[name] for name in ("max_length", "window_step")},
        ),
        training=CrossLingualQATrainingArguments(
            output_dir=str(folder),
            max_steps=1,
            per_device_train_batch_size=2,
            save_strategy="no",
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
        ),
        seeds=[3],
    )


@pytest.fixture(scope="module")
def rows(study: DualBertStudy) -> dict[str, list[Score]]:
    """The table of a study that has run."""
    return study.run()


def test_all_systems_are_scored_and_tested_against_each_other(
    study: DualBertStudy, rows: dict[str, list[Score]]
) -> None:
    others = study.back_translate(BackTranslationArguments(target_language="de"))
    report = study.report(rows, others)
    assert list(rows) == ["source only (zero-shot)", *TRAINED]
    ways = [f"back translation, {way}" for way in ("none", "simple_match", "aligner", "verifier")]
    assert [run.system for run in others] == ways
    assert (study.folder / "scores.md").read_text(encoding="utf-8") == report
    compared = json.loads((study.folder / "compared-own-rule" / "comparison.json").read_text(encoding="utf-8"))
    names = [*rows, *ways]
    assert len(compared) == len(names) * (len(names) - 1) / 2
    assert all(f"| {name} " in report for name in names)


def test_tests_by_another_rule_leave_out_what_is_scored_by_that_of_the_corpus(
    study: DualBertStudy, rows: dict[str, list[Score]]
) -> None:
    study.report(rows, rules=["mlqa"])
    compared = json.loads((study.folder / "compared-mlqa" / "comparison.json").read_text(encoding="utf-8"))
    assert {pair["system"] for pair in compared} == set(TRAINED)


def test_each_system_is_trained_on_what_the_paper_says(study: DualBertStudy, rows: dict[str, list[Score]]) -> None:
    used = {}
    for system in study.systems:
        record = RunRecord.from_json((system.folder(study.folder, 3) / "results.json").read_text(encoding="utf-8"))
        corpora = {use.name: use.languages for use in record.training}
        used[system.name] = (corpora, record.hyper_parameters["max_steps"], record.base_model)
    reader = study.source_reader_folder
    both = {"mine": ("de", "en")}
    assert used == {
        "target only": ({"mine": ("de",)}, 1, "hf_xlqa sample encoder"),
        "cascade": ({"mine": ("de",)}, 1, reader),
        "mixed": ({"mine": ("de",), "source": ("en",)}, 3, "hf_xlqa sample encoder"),
        "Dual BERT without source data": (both, 1, "hf_xlqa sample encoder"),
        **{f"Dual BERT {preset}": (both, 1, reader) for preset in ("default", "paper", "released")},
    }


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> list[DualBertStudy]:
    """The studies that examples describe, which are not run."""
    studies: list[DualBertStudy] = []
    monkeypatch.setattr(DualBertStudy, "run", lambda self: {})
    monkeypatch.setattr(DualBertStudy, "back_translate", lambda self, options: [])
    monkeypatch.setattr(DualBertStudy, "report", lambda self, *args, **kwargs: studies.append(self))
    return studies


def described_by(example: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [example, *arguments, "--use_cpu", "True"])
    runpy.run_path(str(EXAMPLES / example), run_name="__main__")


def test_the_example_on_real_data_reads_the_files_of_a_split(
    described: list[DualBertStudy], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    arguments = ["--split", "parts", "--source", "squad/en=s.json", "--encoder", "small", "--part", "dev"]
    described_by("run_dual_bert_study.py", [*arguments, "--output_dir", str(tmp_path)], monkeypatch)
    (study,) = described
    assert (study.target, study.source) == (["drcd/zh=parts/train.zh.json"], ["squad/en=s.json"])
    assert study.parallel == ["drcd:zh=parts/train.zh.json", "drcd:en=parts/train.en.json"]
    assert study.data.evaluate == ["drcd/zh=parts/dev.zh.json"]
    assert study.data.evaluation_translations == ["drcd/zh:en=parts/dev.en.json"]
    assert (study.data.outside, list(study.seeds), study.encoder) == ("drop", [0, 1, 2], "small")


def test_the_example_on_the_sample_writes_what_it_reads(
    described: list[DualBertStudy], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    arguments = ["--output_dir", str(tmp_path), "--amount", "5", "--max_evaluation_examples", "4"]
    described_by("run_cui_sample_study.py", arguments, monkeypatch)
    (study,) = described
    specs = [*study.target, *study.source, *study.parallel, *study.data.evaluate, *study.data.evaluation_translations]
    sizes = [len(list(read_examples(spec.partition("=")[2], language="x", corpus="x"))) for spec in specs]
    assert sizes == [5, 2994, 5, 5, 4, 4]
