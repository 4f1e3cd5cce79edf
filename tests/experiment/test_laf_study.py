"""The study of AT and LAF: what its systems are, that they train, and what its command leaves."""

from __future__ import annotations

import json
import runpy
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.comparison import Settings
from hf_xlqa.experiment.laf_corpora import LANGUAGES, SOURCE, matrix_specs, read_matrix
from hf_xlqa.experiment.laf_study import BEST, LafStudy
from hf_xlqa.experiment.probe import probe_table
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS
from hf_xlqa.experiment.study import System, study
from hf_xlqa.models import AdversarialForQuestionAnswering
from hf_xlqa.run_record import RunRecord
from hf_xlqa.training_args import CrossLingualQATrainingArguments

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ["ZS", "T(Q) (en-zh)", "T(Q)", "T(C)", "T(Q+C)", "T(ALL)"]
NAMES += [f"{name} ({setting})" for setting in ("en-zh", "en-all") for name in ("AT", "PSA", "PSA+QS")]
SIZES = {name: SAMPLE_SETTINGS[name] for name in ("max_length", "window_step")}


def of(folder: Path, **options: Any) -> LafStudy:
    training = CrossLingualQATrainingArguments(
        output_dir=str(folder),
        max_steps=2,
        per_device_train_batch_size=6,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    chosen: dict[str, Any] = {"part": "dev", "translations": "lexicon", "adversarial_weight": 0.5, **options}
    return LafStudy(paragraphs=2, questions=5, data=DataArguments(**SIZES), training=training, seeds=[0], **chosen)


def test_systems_are_the_rows_of_the_paper(tmp_path: Path) -> None:
    systems = {system.name: system for system in of(tmp_path).systems}
    assert list(systems) == NAMES
    files = {name: len(system.data["train"]) for name, system in systems.items()}
    assert files == dict.fromkeys(NAMES, 6) | {"ZS": 1, "T(ALL)": 16} | dict.fromkeys(
        [name for name in NAMES if "en-zh" in name], 2
    )
    objectives = {name: system.training.get("objectives", ["span"]) for name, system in systems.items()}
    assert {name: terms for name, terms in objectives.items() if terms != ["span"]} == {
        "T(Q) (en-zh)": ["span", "language_adversarial=0.0"],
        "T(Q)": ["span", "language_adversarial=0.0"],
        "AT (en-zh)": ["span", "language_adversarial=0.5"],
        "PSA (en-zh)": ["span", "psa"],
        "PSA+QS (en-zh)": ["span", "psa", "qs"],
        "AT (en-all)": ["span", "language_adversarial=0.5"],
        "PSA (en-all)": ["span", "psa"],
        "PSA+QS (en-all)": ["span", "psa", "qs"],
    }
    updates = {
        name: system.training["objective_options"]["language_adversarial"]["update"]
        for name, system in systems.items()
        if "objective_options" in system.training
    }
    assert updates == {
        "T(Q) (en-zh)": "joint",
        "T(Q)": "joint",
        "AT (en-zh)": "alternating",
        "AT (en-all)": "alternating",
    }
    sizes = {name: system.training.get("per_device_train_batch_size") for name, system in systems.items()}
    assert {name for name, size in sizes.items() if size == 3} == {name for name in NAMES if "PSA" in name}


def test_games_and_pairs_train_and_are_probed(tmp_path: Path) -> None:
    """Two updates of two systems; the matrix is cut down to two cells."""
    small = of(tmp_path)
    small.prepare()
    small.data.evaluate = [each for each in small.data.evaluate if each.startswith(("matrix/en=", "matrix/zh.en="))]
    chosen = [each for each in small.systems if each.name in ("AT (en-zh)", BEST)]
    rows = study(chosen, small.training, small.data, seeds=[0])
    assert {name: [score.name for score in scores] for name, scores in rows.items()} == dict.fromkeys(
        [system.name for system in chosen], ["matrix/en", "matrix/zh.en"]
    )
    records = [
        RunRecord.from_json((each.folder(tmp_path, 0) / "results.json").read_text(encoding="utf-8")) for each in chosen
    ]
    assert [[use.examples for use in record.training] for record in records] == [[12], [36]]
    checkpoints = {each.name: [each.folder(tmp_path, 0)] for each in chosen}
    matrix = read_matrix("dev", 5)
    questions = {language: matrix[SOURCE, language] for language in LANGUAGES}
    table = probe_table(checkpoints, questions, {"en-zh": ("en", "zh")}, small.data, style="csv").splitlines()
    assert table[0] == "% told (chance),[CLS] en-zh,question en-zh,own discriminator"
    assert [cell.partition(" ")[2] for cell in table[1].split(",")[1:]] == ["(50.0)"] * 3
    assert table[2].startswith(f"{BEST},") and table[2].endswith(",-")
    loaded = AdversarialForQuestionAnswering.from_pretrained(checkpoints["AT (en-zh)"][0])
    assert (loaded.config.languages, loaded.config.discriminator_reads) == (["en", "zh"], "cls")


def test_the_report_has_the_table_the_tests_and_the_matrix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two languages; every system answers one question more than the one before it, cell after cell."""
    monkeypatch.setattr("hf_xlqa.experiment.laf_corpora.LANGUAGES", ("en", "zh"))
    monkeypatch.setattr("hf_xlqa.experiment.laf_corpora.TRANSLATIONS", ("zh",))
    cells = read_matrix("dev", 5)

    def answer(systems: list[System], *_: Any, **__: Any) -> None:
        for place, system in enumerate(systems, start=1):
            folder = system.folder(tmp_path, 0)
            folder.mkdir()
            golds = iter([True] * place + [False] * 20)
            for spec, cell in zip(matrix_specs(tmp_path / "files", "dev"), cells.values(), strict=True):
                texts = {each.id: each.answers[0].text if next(golds) else "" for each in cell}
                stem = spec.partition("=")[0].replace("/", "_")
                (folder / f"predictions_{stem}.json").write_text(json.dumps(texts), encoding="utf-8")

    monkeypatch.setattr("hf_xlqa.experiment.paper_study.study", answer)
    monkeypatch.setattr("hf_xlqa.experiment.laf_study.Settings", partial(Settings, resamples=100))
    monkeypatch.setattr(LafStudy, "_probe", lambda self: "the probe")
    text = of(tmp_path).run()
    assert (tmp_path / "scores.md").read_text(encoding="utf-8") == text and "the probe" in text
    rows = [line.split(",") for line in (tmp_path / "scores.csv").read_text(encoding="utf-8").splitlines()]
    assert rows[0][:5] == ["F1 by context", "en", "zh", "G-XLT", "XLT"]
    figures = {row[0]: [float(each) for each in row[1:5]] for row in rows[1:]}
    assert list(figures) == NAMES
    assert figures["ZS"] == pytest.approx([10, 0, 5, 10])
    assert figures[BEST] == pytest.approx([100, 20, 60, 50])
    assert (tmp_path / "gxlt.png").stat().st_size > 1000
    compared = {
        family: (tmp_path / f"compared-{family}" / "comparison.csv").read_text(encoding="utf-8").splitlines()[1:]
        for family in ("ZS", "en-zh", "en-all")
    }
    assert {family: len(lines) for family, lines in compared.items()} == {"ZS": 22, "en-zh": 12, "en-all": 12}
    assert all("G-XLT/all" in line or "XLT/all" in line for lines in compared.values() for line in lines)
    assert {line.split(",")[0] for line in compared["ZS"]} == {"ZS"}
    assert not any("en-zh" in line or "ZS" in line for line in compared["en-all"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"part": "train"}, "`part` must be one of dev, test, but is 'train' instead"),
        ({"translations": "word"}, "`translations` must be one of lexicon, gold, but is 'word' instead"),
    ],
)
def test_unknown_choices_are_refused(tmp_path: Path, options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        of(tmp_path, **options)


def test_the_example_describes_the_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studies: list[LafStudy] = []
    monkeypatch.setattr(LafStudy, "run", lambda self: studies.append(self))
    arguments = ["--output_dir", str(tmp_path), "--seeds", "0", "1", "--part", "dev", "--use_cpu", "True"]
    monkeypatch.setattr(sys, "argv", ["run_laf_sample_study.py", *arguments])
    runpy.run_path(str(EXAMPLES / "run_laf_sample_study.py"), run_name="__main__")
    (described,) = studies
    assert (described.part, described.seeds, described.data.max_length) == ("dev", [0, 1], SIZES["max_length"])


def test_the_example_probes_any_model(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--evaluate", "sample/en", "sample/ko", "--max_evaluation_examples", "8"]
    monkeypatch.setattr(sys, "argv", ["run_language_probe.py", *arguments])
    runpy.run_path(str(EXAMPLES / "run_language_probe.py"), run_name="__main__")
    header, _, row = (line.split("|")[1:-1] for line in capsys.readouterr().out.splitlines())
    assert [cell.strip() for cell in header[1:3]] == ["[CLS] en, ko", "question en, ko"]
    assert row[0].strip() == "sample" and all("(50.0)" in cell for cell in row[1:3])
