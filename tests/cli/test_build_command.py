from __future__ import annotations

import gzip
import json
import re
import sys

import pytest
from datasets import load_dataset
from tiny_builders import TOWNS, published, write_towns
from typer.testing import CliRunner

from hf_xlqa import cli
from hf_xlqa.building import publish as publishing


def run(*words: str):
    return CliRunner().invoke(cli.app, ["build", *words])


@pytest.fixture
def towns(tmp_path):
    return str(write_towns(tmp_path / "towns.json"))


@pytest.fixture
def dictionary(tmp_path):
    """Dictionaries of English into two languages, one named by the pair."""
    for language, town, bridge in (("fr", "ville", "pont"), ("zh", "城市", "桥")):
        (tmp_path / f"en-{language}.txt").write_text(f"town {town}\nbridge {bridge}\n")
    return str(tmp_path / "en-{target}.txt")


def test_a_corpus_of_the_hub_is_built_from_a_file(towns, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("squad_permuted", "--source", towns, "--output", "xlqa/squad_permuted", "--num-shards", "2")
    assert done.exit_code == 0, done.output
    assert done.output == "written to xlqa/squad_permuted: README.md, report.json, data/default\n"
    rows = load_dataset("xlqa/squad_permuted", cache_dir=str(tmp_path / "cache"))
    assert {split: len(found) for split, found in rows.items()} == {"train": 80}
    assert all(row["answers"]["text"] == [answer_of(row)] for row in rows["train"])
    assert not any(town in row["context"].split() for town in TOWNS for row in rows["train"])


def answer_of(row):
    (text,), (start,) = row["answers"]["text"], row["answers"]["answer_start"]
    return row["context"][start : start + len(text)]


def test_splits_configurations_and_a_dictionary_a_language(towns, dictionary, tmp_path):
    gzipped = tmp_path / "dev.json.gz"
    gzipped.write_bytes(gzip.compress((tmp_path / "towns.json").read_bytes()))
    words = ["--source", f"validation={gzipped}", "--source", towns, "--dictionary", dictionary]
    output = tmp_path / "out"
    done = run("squad_code_switched", "--config", "fr", "--config", "zh", *words, "--output", str(output))
    assert done.exit_code == 0, done.output
    for language, town in (("fr", "ville"), ("zh", "城市")):
        files = {"train": f"{output}/data/{language}/train-*", "validation": f"{output}/data/{language}/validation-*"}
        rows = load_dataset("parquet", data_files=files, cache_dir=str(tmp_path / "cache"))
        assert [len(rows[split]) for split in files] == [80, 80]
        assert all(f"The {town} of" in row["context"] for split in files for row in rows[split])
    report = json.loads((output / "report.json").read_text())
    counts = report["fr"]["splits"]["train"]["changes"][0]
    assert counts["words switched"] == 80  # two in each paragraph, whatever the number of its questions
    assert "a file that was given from en to fr" in (output / "README.md").read_text()


def test_parts_say_what_is_left_and_the_last_call_writes_the_card(towns, tmp_path):
    words = ["squad_permuted", "--source", towns, "--output", str(tmp_path / "out"), "--num-shards", "3"]
    first = run(*words, "--shard", "1/2")
    assert first.output.startswith("1 shards are left to other parts")
    assert not (tmp_path / "out" / "README.md").exists()
    assert run(*words, "--shard", "2/2").output.startswith("written to")
    run(*words[:-3], str(tmp_path / "whole"), *words[-2:])
    assert published(tmp_path / "out") == published(tmp_path / "whole")


def test_what_is_whole_is_published(towns, tmp_path, monkeypatch):
    pushed = []
    monkeypatch.setattr(publishing, "publish", lambda output, name: pushed.append((output, name)) or "https://hub/c")
    done = run("squad_permuted", "--source", towns, "--output", str(tmp_path / "out"), "--push", "xlqa/permuted")
    assert pushed == [(tmp_path / "out", "xlqa/permuted")]
    assert done.output.endswith("published: https://hub/c\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["squad_klingon"], r"`name` must be one of .*squad_permuted.*, but is 'squad_klingon' instead"),
        (
            ["squad_laf", "--config", "T"],
            r"`config` must be one of T\(Q\), T\(C\), T\(Q\+C\), T\(ALL\), T\(Q\)-tydiqa, but is 'T'",
        ),
        (
            ["squad_zh_mt", "--source", "TOWNS"],
            "`backend` must be a translator such as seq2seq:MODEL from en to zh, for translate in the configuration "
            "default, but is not given instead",
        ),
        (["squad_code_switched", "--source", "TOWNS"], "`dictionary` must be a file of word translations from en to"),
        (["squad_typology", "--source", "TOWNS"], "`parses` must be CoNLL-U files, for typology in the configuration"),
        (
            ["squad_code_switched", "--source", "TOWNS", "--dictionary", "absent.txt"],
            "`dictionary` must be a file, but 'absent.txt' is none instead",
        ),
        (
            ["squad_de_mt", "--source", "TOWNS", "--backend", "lexicon:{source}-{target}.txt"],
            "`backend` must be a file, but 'en-de.txt' is none instead",
        ),
        (["newsqa_zh_mt"], "`files` must be given for newsqa .* but has none for 'train' instead"),
        (["squad_permuted", "--source", "absent.json"], "`source` must be a file or folder, but 'absent.json' is none"),
        (["squad_permuted", "--shard", "3/2"], "`shard` must be I/N with I from 1 to N, but is '3/2' instead"),
    ],
)
def test_what_the_user_can_mend_is_one_line(words, message, towns, tmp_path, monkeypatch, capsys):
    named = [towns if word == "TOWNS" else word for word in words]
    monkeypatch.setattr(sys, "argv", ["hf-xlqa", "build", *named, "--output", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    assert exit_.value.code == 2
    error = capsys.readouterr().err
    assert re.search(message, error)
    assert error.count("\n") == 1
    assert not (tmp_path / "out" / "data").exists()


def test_a_file_is_not_built_as_corpora_that_it_is_not(towns, dictionary, tmp_path, monkeypatch, capsys):
    words = [
        "xltt_parallel",
        "--source",
        towns,
        "--backend",
        f"lexicon:{dictionary}",
        "--output",
        str(tmp_path / "out"),
    ]
    monkeypatch.setattr(sys, "argv", ["hf-xlqa", "build", *words])
    with pytest.raises(SystemExit):
        cli.main()
    error = capsys.readouterr().err
    assert re.search(r"`--source` must be for .* one corpus, .* squad.en \(of squad\), .* drcd.ko \(of drcd\)", error)
    assert not (tmp_path / "out").exists()
    done = run(*words, "--config", "squad.en")
    assert done.exit_code == 0, done.output


def test_a_split_given_twice_is_refused(towns, tmp_path):
    done = run("squad_permuted", "--source", towns, "--source", f"train={towns}", "--output", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert "must give each split once, but gives train twice instead" in " ".join(done.output.replace("│", " ").split())
