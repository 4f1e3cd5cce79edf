"""`hf-xlqa analyze`: from parallel corpora, a model and its scores to numbers, a page and pictures."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from scipy import stats
from tiny_qa import TOKENIZER, tiny_examples, tiny_model
from typer.testing import CliRunner

from hf_xlqa import cli
from hf_xlqa.analysis import states_writer
from hf_xlqa.analysis.cosine import mean_cosine
from hf_xlqa.analysis.states_store import StateStore
from hf_xlqa.analysis.svcca import compare_states
from hf_xlqa.corpora.squad_format import write_squad
from hf_xlqa.experiment import transfer_report
from hf_xlqa.reports import Score
from hf_xlqa.reports.system import ScoredSet, SystemScores

LANGUAGES = ("en", "de", "zh", "ja", "ko")
WINDOWS = ("--max-length", 32, "--window-step", 12, "--max-question-length", 8)


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One file a language; the answers of each are other places, and the texts stand in another order."""
    folder = tmp_path_factory.mktemp("corpora")
    files = {}
    for place, language in enumerate(LANGUAGES):
        examples = tiny_examples(24, first_place=place)
        asked = [replace(each, question="Where " * (1 + row % 5)) for row, each in enumerate(examples)]
        files[language] = folder / f"{language}.json"
        write_squad(files[language], asked[place:] + asked[:place])
    return files


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    tiny_model().save_pretrained(folder)
    TOKENIZER.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def encoder(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of other weights."""
    folder = tmp_path_factory.mktemp("encoder")
    changed = tiny_model().bert
    changed.encoder.layer[0].output.dense.weight.data *= 30
    changed.save_pretrained(folder)
    TOKENIZER.save_pretrained(folder)
    return folder


def scores_file(folder: Path, f1: dict[str, float], corpus: str = "xquad") -> Path:
    sets = []
    for language, value in f1.items():
        score = Score(f"{corpus}/{language}", language, "squad", 0.0, 100 * value, 1, "rule:squad")
        sets.append(ScoredSet(score, ("q",), np.zeros(1), np.array([value])))
    scores = SystemScores(system="tiny", sets=tuple(sets), versions={}, command="evaluate")
    return scores.write(folder / "scores.json")


def run(model: Path, *words: Any) -> Result:
    return CliRunner().invoke(cli.app, ["analyze", "--model", str(model), *map(str, (*WINDOWS, *words))])


def given(corpora: dict[str, Path], name: str = "") -> list[str]:
    return [f"{name}{language}={path}" for language, path in corpora.items()]


def failed(model: Path, *words: Any) -> str:
    error = run(model, *words).exception
    assert isinstance(error, (ValueError, OSError)), error
    return str(error)


def test_numbers_page_and_pictures_of_both_sides(
    model: Path, encoder: Path, corpora: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    f1 = {"en": 0.9, "de": 0.8, "zh": 0.4, "ja": 0.5, "ko": 0.3}
    scores = scores_file(tmp_path, f1)
    asked = ["--before", encoder, "--corpora", *given(corpora), "--out", out, "--scores", scores, "--dimensions", 3]
    result = run(model, *asked)
    assert result.exit_code == 0, (result.output, result.exception)
    record = json.loads((out / "analysis.json").read_text(encoding="utf-8"))
    assert (record["source"], record["read"], list(record["sides"])) == ("en", "answer", ["before", "after"])
    for label, side in record["sides"].items():
        found = {(each["target"], each["layer"]): each for each in side["similarities"]}
        assert len(found) == 4 * 2
        english, german = (StateStore(out / "states" / label / language) for language in ("en", "de"))
        rows = {text: row for row, text in enumerate(german.records("answer")["parallel_id"].to_pylist())}
        order = [rows[text] for text in english.records("answer")["parallel_id"].to_pylist()]
        first, second = english.states("answer", 1), german.states("answer", 1)[order]
        assert found["de", 1]["cosine"]["mean"] == pytest.approx(mean_cosine(first, second).mean)
        expected = compare_states(first, second, dimensions=3)
        assert found["de", 1]["compared"]["similarity"]["svcca"] == pytest.approx(expected.similarity.svcca)
        assert found["de", 1]["compared"]["chance"]["cka"] == pytest.approx(expected.chance.cka)
        assert len(side["tokens"]["explained"]) == 2
        (correlation,) = [
            each["correlation"]
            for each in side["correlations"]
            if (each["layer"], each["kind"], each["measure"]) == (1, "cosine", "f1")
        ]
        cosines = [found[target, 1]["cosine"]["mean"] for target in LANGUAGES[1:]]
        wanted = stats.pearsonr(cosines, [f1[target] for target in LANGUAGES[1:]]).statistic
        assert correlation["pearson"] == pytest.approx(wanted)
    explained = [side["tokens"]["explained"] for side in record["sides"].values()]
    assert explained[0] != explained[1]
    tokens = StateStore(out / "states" / "after" / "en-tokens").records("tokens").to_pylist()
    contexts = {example.id: example.context for example in tiny_examples(24)}
    found_in = {(contexts[row["example_id"]], row["start"], row["token"]) for row in tokens}
    assert found_in == {
        (context, match.start(), match[0]) for context in contexts.values() for match in re.finditer(r"\w+|\.", context)
    }
    page = (out / "analysis.md").read_text(encoding="utf-8")
    assert "## Similarity in layer 1, after fine-tuning" in page
    assert "no correlation: `scores` must be finite and not all the same" in page  # exact match is 0 throughout
    assert "![similarity_cosine_after](similarity_cosine_after.png)" in page
    assert "![tokens](tokens.png)" in page
    assert (out / "tokens.png").stat().st_size > 10_000
    assert (out / "layers_svcca_before.csv").read_text(encoding="utf-8").startswith("layer,en-de,en-zh,en-ja,en-ko\n0,")

    monkeypatch.setattr(states_writer, "stream_states", None)  # nothing is read again
    monkeypatch.setattr(transfer_report, "_pictures", lambda analysis: iter(()))
    again = run(model, *asked)
    assert again.exit_code == 0, again.exception
    record["command"] = ""
    assert {**json.loads((out / "analysis.json").read_text(encoding="utf-8")), "command": ""} == record


def test_one_model_without_scores_from_another_source_and_of_some_examples(
    model: Path, corpora: dict[str, Path], tmp_path: Path
) -> None:
    chosen = {language: corpora[language] for language in ("en", "de")}
    words = ["--corpora", *given(chosen, "xquad/"), "--out", tmp_path, "--source", "de", "--layer", -1]
    result = run(model, *words, "--max-examples", 20, "--read", "question", "--dimensions", 2)
    assert result.exit_code == 0, (result.output, result.exception)
    record = json.loads((tmp_path / "analysis.json").read_text(encoding="utf-8"))
    (found,) = record["sides"]["after"]["similarities"]
    assert (found["source"], found["target"], found["layer"], found["cosine"]["count"]) == ("de", "en", 1, 20)
    assert record["notes"][0] == "en: 4 of 24 examples are left out, not being of the source's texts"
    assert record["sides"]["after"]["correlations"] == []
    assert not list(tmp_path.glob("similarity_*.png"))


def test_what_cannot_be_analysed_is_refused(model: Path, corpora: dict[str, Path], tmp_path: Path) -> None:
    files = given(corpora)
    out = ["--out", tmp_path / "out"]
    assert "must be of different languages, but en is there twice" in failed(
        model, "--corpora", files[0], files[0], *out
    )
    assert "of two languages or more, en among them, but are of en instead" in failed(
        model, "--corpora", files[0], *out
    )
    words = ["--corpora", *files[:2], *out]
    assert "of two languages or more, fr among them" in failed(model, *words, "--source", "fr")
    scores = scores_file(tmp_path, {"ru": 0.5})
    assert "`scores` must be of en, de, but" in failed(model, *words, "--scores", scores)
    assert "does not exist" in failed(model, *words, "--scores", tmp_path / "none.json")
    assert "`before` must be an encoder, but" in failed(model, *words, "--before", tmp_path / "none")
    assert "keep fewer directions" in failed(model, *words, "--share", 1, "--max-examples", 8)


def test_scores_of_several_corpora_are_told_apart_by_their_name(
    model: Path, corpora: dict[str, Path], tmp_path: Path
) -> None:
    one, other = (SystemScores.read(scores_file(tmp_path, {"de": 0.5}, name)) for name in ("xquad", "mlqa"))
    both = replace(one, sets=(*one.sets, *other.sets)).write(tmp_path / "both.json")
    chosen = {language: corpora[language] for language in ("en", "de")}
    words = ["--out", tmp_path / "out", "--scores", both, "--dimensions", 2, "--layer", 1]
    message = failed(model, *words, "--corpora", *given(chosen))
    assert "`corpora` must say which of xquad/de, mlqa/de goes with de, as xquad/de=PATH" in message
    assert run(model, *words, "--corpora", *given(chosen, "mlqa/")).exit_code == 0
    record = json.loads((tmp_path / "out" / "analysis.json").read_text(encoding="utf-8"))
    assert record["scores"]["de"]["name"] == "mlqa/de"
