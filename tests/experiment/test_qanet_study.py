"""The study of QANet on the sample: who is trained on what, and what its command leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hf_xlqa.corpora.sample import sample_examples
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.qanet import QANet
from hf_xlqa.experiment.qanet_study import BASELINE, DEPENDENT, QANetStudy
from hf_xlqa.experiment.study import System
from hf_xlqa.training_args import CrossLingualQATrainingArguments


def of(folder: Path, part: str = "dev") -> QANetStudy:
    training = CrossLingualQATrainingArguments(output_dir=str(folder), max_steps=40, use_cpu=True, report_to=[])
    return QANetStudy(
        amount=3, paragraphs=4, part=part, max_lambda=0.5, data=DataArguments(), training=training, seeds=[0]
    )


def test_systems_differ_in_what_they_are_told_to(tmp_path: Path) -> None:
    systems = {system.name: system for system in of(tmp_path).systems}
    assert list(systems) == [BASELINE, "en only", "joint, one encoder", DEPENDENT, "GAN-CH", "GAN-EN"]
    corpora = {name: [each.partition("=")[0] for each in system.data["train"]] for name, system in systems.items()}
    assert corpora[BASELINE] == ["few/zh"] and corpora["en only"] == ["many/en"]
    assert all(corpora[name] == ["many/en", "few/zh"] for name in list(systems)[2:])
    methods = {name: system.method for name, system in systems.items()}
    assert all(isinstance(method, QANet) for method in methods.values())
    assert [method.language_dependent for method in methods.values()][1:] == [False, False, True, True, True]  # type: ignore[attr-defined]
    assert [bool(method.dictionaries) for method in methods.values()] == [False] + [True] * 5  # type: ignore[attr-defined]
    games = {name: system.training["objective_options"]["language_gan"] for name, system in list(systems.items())[4:]}
    assert {name: game["sides"] for name, game in games.items()} == {"GAN-CH": "source", "GAN-EN": "target"}
    assert {(game["max_lambda"], game["ramp_steps"]) for game in games.values()} == {(0.5, 40)}
    assert [system.batch_factor for system in systems.values()] == [1, 1, 2, 2, 2, 2]


def test_the_report_compares_all_with_the_baseline_and_the_games_with_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every system answers right as often as its place in the table says."""
    pytest.importorskip("gensim")
    examples = sample_examples("dev", "zh")

    def answer(systems: list[System], *_: Any, **__: Any) -> None:
        for place, system in enumerate(systems, start=1):
            folder = system.folder(tmp_path, 0)
            folder.mkdir()
            texts = {each.id: each.answers[0].text if row % 9 < place else "" for row, each in enumerate(examples)}
            (folder / "predictions_biographies_zh.json").write_text(json.dumps(texts), encoding="utf-8")

    monkeypatch.setattr("hf_xlqa.experiment.paper_study.study", answer)
    text = of(tmp_path).run()
    told = json.loads((tmp_path / "files" / "source.en.json").read_text(encoding="utf-8"))["data"]
    assert len(told) == 3, "paragraphs that the target's examples are not of"
    assert (tmp_path / "scores.md").read_text(encoding="utf-8") == text
    assert (tmp_path / "scores.png").stat().st_size > 1000
    rows = {
        family: (tmp_path / f"compared-{family}" / "comparison.csv").read_text("utf-8").splitlines()[1:]
        for family in ("baseline", "gan")
    }
    assert [len(each) for each in rows.values()] == [5, 2]
    assert all("GAN" in row and DEPENDENT in row for row in rows["gan"])


def test_an_unknown_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`part` must be one of dev, test, but is 'train' instead"):
        of(tmp_path, "train")
