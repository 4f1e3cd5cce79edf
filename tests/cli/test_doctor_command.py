import json
from pathlib import Path

import pytest
from datasets import Dataset
from typer.testing import CliRunner

from hf_xlqa.cli import app
from hf_xlqa.cli.doctor import _lines
from hf_xlqa.corpora.doctor import diagnose

FIXTURES = Path(__file__).parents[1] / "fixtures" / "corpora"
TRAPS = str(FIXTURES / "traps.json")


def _run(*arguments):
    return CliRunner().invoke(app, ["doctor", *map(str, arguments)])


def _sound(folder, name="sound.json", start=0):
    question = {"id": "q", "question": "Who?", "answers": [{"text": "Anna", "answer_start": start}]}
    document = {"version": "1", "data": [{"title": "T", "paragraphs": [{"context": "Anna left.", "qas": [question]}]}]}
    path = folder / name
    path.write_text(json.dumps(document))
    return path


def test_a_sound_file_gives_its_counts_and_exits_with_0(tmp_path):
    result = _run(_sound(tmp_path))
    assert result.exit_code == 0
    assert "1 articles, 1 paragraphs, 1 questions, 1 golds (0 repeated)" in result.output
    assert "defects: none" in result.output


def test_defects_are_counted_by_kind_with_the_first_records_and_exit_with_1():
    result = _run(TRAPS, FIXTURES / "lfs_pointer.json", "--limit", 1)
    assert result.exit_code == 1
    assert "       2  wrong_offset/outer_blank\n            `answer_start` of 'outer-blank'" in result.output
    assert "'before-blank'" not in result.output
    assert "must hold a corpus, but is a Git LFS pointer instead." in result.output
    assert "line 2: the file must be JSON" in _run(FIXTURES / "malformed.jsonl").output


LONG = ["9" * 4_000, "x" * 50_000, "a\r\nb\u2028c", "\ud800", 10**4_000]


@pytest.mark.parametrize("id_", LONG, ids=range(len(LONG)))
def test_whatever_a_file_holds_each_finding_is_a_line_that_people_read(tmp_path, id_):
    """Ten lines of a terminal at most: the number of lines is that of the findings shown."""
    path = _sound(tmp_path, start=10**4_000)
    document = json.loads(path.read_text())
    (paragraph,) = document["data"][0]["paragraphs"]
    golds = [[{"text": id_, "answer_start": -(10**4_000)}] * number for number in range(40)]
    paragraph["qas"] += [{"id": id_, "question": id_, "answers": answers} for answers in golds]
    path.write_text(json.dumps(document))
    lines = _lines(diagnose(path), limit=3)
    assert max(map(len, lines)) <= 1_000 and all(line.isprintable() for line in lines)
    assert len(lines) <= 6 + 4 * len(diagnose(path).counts)
    assert "1 with 10, 1 with 11, ..." in _run(path).output
    repaired = _run(path, "--repair", tmp_path / "out.json").output.splitlines()
    assert max(map(len, repaired)) <= 1_000


def test_json_holds_every_finding_of_every_file(tmp_path):
    result = _run(TRAPS, _sound(tmp_path), "--json")
    first, second = json.loads(result.stdout)
    assert first == json.loads(json.dumps(diagnose(TRAPS).to_dict()))
    assert second["findings"] == []


def test_repair_writes_a_sound_copy_and_exits_with_1_for_what_it_dropped(tmp_path):
    out = tmp_path / "out.json"
    result = _run(TRAPS, "--repair", out)
    assert result.exit_code == 1
    assert "13 of 34 questions kept" in result.output
    assert "dropped golds: 1 wrong_offset/absent (absent)" in result.output
    assert diagnose(out).defects == []


def test_repair_exits_with_0_where_nothing_is_lost(tmp_path):
    out = tmp_path / "out.json"
    result = _run(_sound(tmp_path, start="0"), "--repair", out)
    assert result.exit_code == 0
    assert "repaired: 1 string_offset (q)" in result.output


def test_several_files_are_repaired_into_a_folder(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    files = [_sound(tmp_path, name, start="0") for name in ("a.json", "b.json")]
    assert _run(*files, "--repair", folder).exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["a.json", "b.json"]


def test_a_file_that_cannot_be_repaired_does_not_stop_the_others(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    result = _run(FIXTURES / "unrelated.json", _sound(tmp_path), "--repair", folder)
    assert result.exit_code == 1
    assert "not repaired: " in result.output
    assert [path.name for path in folder.iterdir()] == ["sound.json"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.json"], "does not exist"),
        ([TRAPS, FIXTURES / "blanked.json", "--repair", "out.json"], "must be a folder for 2 files"),
        ([TRAPS, TRAPS, "--repair", FIXTURES], "must have different names"),
        ([TRAPS, "--repair", TRAPS], "must be none of the files to repair"),
        ([TRAPS, "--repair", FIXTURES], "must be none of the files to repair"),
        ([TRAPS, "--repair", "absent/out.json"], "must be in a folder that exists"),
    ],
)
def test_wrong_calls_exit_with_2(arguments, message):
    result = _run(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.replace("│", " ").split())


def test_parquet_is_refused_with_what_makes_it_readable(tmp_path):
    document = json.loads(_sound(tmp_path).read_text())["data"][0]["paragraphs"][0]
    answers = {"text": ["Anna"], "answer_start": [0]}
    path = tmp_path / "train-0.parquet"
    Dataset.from_list([{"id": "q", "context": document["context"], "question": "Who?", "answers": answers}]).to_parquet(
        path
    )
    result = _run(path)
    assert result.exit_code == 2
    message = " ".join(result.output.replace("│", " ").split())
    assert "must be JSON or JSONL, but is" in message and ".to_json(OUT)" in message
    Dataset.from_parquet(str(path), cache_dir=str(tmp_path)).to_json(tmp_path / "out.jsonl")
    assert "1 questions, 1 golds" in _run(tmp_path / "out.jsonl").output
