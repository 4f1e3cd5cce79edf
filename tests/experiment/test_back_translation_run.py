from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_corpora import write_language

from hf_xlqa.corpora.sample import sample_examples
from hf_xlqa.corpora.squad_format import read_examples, write_squad
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.back_translation import BackTranslationArguments, run_back_translation
from hf_xlqa.experiment.methods.encoder import Encoder
from hf_xlqa.leaks import LeakWarning
from hf_xlqa.reports.system import SystemScores
from hf_xlqa.run_record import RunRecord
from hf_xlqa.training_args import CrossLingualQATrainingArguments

SMALL: dict[str, Any] = {"max_length": 192, "window_step": 96, "max_train_examples": 60, "max_evaluation_examples": 6}
DATA = DataArguments(evaluate=["sample/zh"], **SMALL)


def arguments(folder: Path) -> CrossLingualQATrainingArguments:
    return CrossLingualQATrainingArguments(
        output_dir=str(folder),
        max_steps=2,
        per_device_train_batch_size=4,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A verifier on the sample, with a source reader of its own: the folder and the table."""
    folder = tmp_path_factory.mktemp("verifier")
    options = BackTranslationArguments(kind="verifier", start="reader")
    return folder, run_back_translation(options, Encoder(), DATA, arguments(folder))


def test_each_way_into_the_passage_is_scored_and_written(table: tuple[Path, str]) -> None:
    folder, text = table
    assert (folder / "scores.md").read_text("utf-8") == f"{text}\n"
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert [row[0].strip("| ") for row in rows[2:]] == ["none", "simple_match", "verifier"]
    assert {row[-1].strip(" |") for row in rows[2:]} == {"lexicon, back by lexicon"}
    contexts = {each.id: each.context for each in sample_examples("test", "zh", paragraphs=2)}
    for way in ("none", "simple_match", "verifier"):
        scores = SystemScores.read(folder / way / "scores.json")
        texts = json.loads((folder / way / "predictions_sample_zh.json").read_text("utf-8"))
        assert scores.system == f"back translation, {way}"
        assert list(texts) == list(contexts) == list(scores.sets[0].ids)
        assert way == "none" or all(text in contexts[id_] for id_, text in texts.items())


def test_the_checkpoint_has_a_record_of_the_whole_way(table: tuple[Path, str]) -> None:
    folder, _ = table
    record = RunRecord.from_json((folder / "results.json").read_text("utf-8"))
    scores = SystemScores.read(folder / "verifier" / "scores.json")
    assert record.method == "answer_verifier"
    assert list(record.scores) == scores.scores
    assert record.hyper_parameters["back_translator"] == "lexicon:{sample}"
    assert record.base_model == str(folder / "source_reader")
    assert "translated back again" in (folder / "README.md").read_text("utf-8")


def test_the_source_reader_and_the_verifier_learn_from_different_articles(table: tuple[Path, str]) -> None:
    folder, _ = table
    written = list(read_examples(folder / "verifier.jsonl", language="zh", corpus="verifier"))
    all_of_them = {each.id: each for each in sample_examples("train", "zh", paragraphs=20)}
    assert 0 < len(written) < 60
    for each in written:
        answer, separator, question = each.question.partition(" # ")
        assert (bool(answer), separator, question) == (True, " # ", all_of_them[each.id].question)
    provenance = json.loads((folder / "verifier.jsonl.provenance.json").read_text("utf-8"))
    assert provenance["examples"] == len(written)
    assert provenance["source_reader"] == str(folder / "source_reader")
    assert not any(provenance["leaks"]["training of the source reader"][name] for name in ("by_id", "by_context"))


def test_a_given_reader_answers_files_and_leaks_are_told(table: tuple[Path, str], tmp_path: Path) -> None:
    train = tmp_path / "train.json"
    write_squad(train, sample_examples("train", "zh", paragraphs=10))
    data = replace(DATA, train=[f"own/zh={train}"], evaluate=[f"own/zh={train}"])
    options = BackTranslationArguments(source_reader=str(table[0] / "source_reader"), source_train=[f"own/zh={train}"])
    folder = tmp_path / "aligner"
    with pytest.warns(LeakWarning) as caught:
        text = run_back_translation(options, Encoder(), data, arguments(folder))
    messages = [str(each.message) for each in caught if each.category is LeakWarning]
    assert any("Scores on `own/zh` are too high to be trusted: 6 training examples" in each for each in messages)
    assert any("The source reader was trained on 30 examples" in each for each in messages)
    assert "| aligner" in text
    assert not (folder / "source_reader").exists()
    assert "#" not in (folder / "aligner.jsonl").read_text("utf-8")


def test_a_reader_can_be_trained_on_parallel_corpora_alone(tmp_path: Path) -> None:
    data = replace(DATA, train=[f"bridges/ja={write_language(tmp_path, 'ja')}"], evaluate=["sample/ja"])
    options = BackTranslationArguments(target_language="ja")
    with pytest.raises(ValueError, match="`--source_reader` must be given where bridges has no examples in en"):
        run_back_translation(options, Encoder(), data, arguments(tmp_path))


@pytest.mark.parametrize("given", [{"train_amounts": ["sample=3"]}, {"unlabelled": ["sample"]}])
def test_what_nobody_would_read_is_refused(given: dict[str, list[str]], tmp_path: Path) -> None:
    ((name, (value,)),) = given.items()
    data = replace(DATA, **given)
    with pytest.raises(ValueError, match=f"`{name}` must be empty where an aligner or ver.* but is {value} instead"):
        run_back_translation(BackTranslationArguments(), Encoder(), data, arguments(tmp_path))


def test_unknown_choices_list_the_valid_ones() -> None:
    with pytest.raises(ValueError, match="`kind` must be one of aligner, verifier, but is 'judge' instead"):
        BackTranslationArguments(kind="judge")
    with pytest.raises(ValueError, match="`start` must be one of encoder, reader, but is 'zero' instead"):
        BackTranslationArguments(start="zero")
