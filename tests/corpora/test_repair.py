import gzip
import json
from pathlib import Path

import pytest

from hf_xlqa.corpora.doctor import diagnose, repair
from hf_xlqa.corpora.findings import CorpusError
from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.schema import Answer

FIXTURES = Path(__file__).parents[1] / "fixtures" / "corpora"


@pytest.fixture(scope="module")
def repaired(tmp_path_factory):
    out = tmp_path_factory.mktemp("repair") / "out.json"
    return out, repair(FIXTURES / "traps.json", out)


def test_the_repaired_file_has_no_defect_and_reads_strictly(repaired):
    out, report = repaired
    assert diagnose(out).defects == []
    examples = list(read_examples(out, language="en", corpus="test"))
    assert len(examples) == report.examples == 13


def test_safe_repairs_put_golds_where_they_stand(repaired):
    out, _ = repaired
    golds = {example.id: example.answers for example in read_examples(out, language="en", corpus="test")}
    assert golds["utf16"] == (Answer("1890年", 6),)
    assert golds["code-points"] == (Answer("京都", 14),)
    assert golds["outer-blank"] == (Answer("Grand Hotel", 5),)
    assert golds["before-blank"] == (Answer("Its owner", 38),)
    assert golds["moved"] == (Answer("Oslo", 93),)
    assert golds["minus-one-present"] == (Answer("Paul", 71),)
    assert golds["string-offset"] == golds["float-offset"] == golds["42"] == (Answer("Anna Berg", 49),)
    assert golds["sound"] == (Answer("Anna Berg", 49), Answer("Anna Berg", 49))


def test_every_question_is_kept_or_dropped_with_a_reason(repaired):
    _, report = repaired
    dropped = [identifier for ids in report.dropped.values() for identifier in ids]
    assert report.questions == report.examples + len(dropped) == 34
    assert report.dropped["lone_surrogate"] == ["surrogate", "surrogate-too"]
    assert report.dropped["duplicate_id"] == ["sound"]
    assert {"case", "ambiguous", "absent", "fake", "empty"} <= set(report.dropped["no_golds_left"])
    assert report.dropped_answers["wrong_offset/other_occurrence"] == ["ambiguous"]
    assert report.repaired["integer_id"] == ["42"]
    assert "repaired: 1 wrong_offset/utf16_count (utf16)" in report.lines()


def test_everything_that_is_sound_stays_as_it_was(repaired):
    before = json.loads((FIXTURES / "traps.json").read_text())
    after = json.loads(repaired[0].read_text())
    assert [article.get("title") for article in after["data"]] == ["Hotel", "Shop", None]
    assert after["data"][0]["paragraphs"][0]["extra"] == {"kept": True}
    assert after["data"][1]["paragraphs"][0]["id"] == "SHOP_1"
    contexts = [paragraph["context"] for article in after["data"] for paragraph in article["paragraphs"]]
    assert set(contexts) < {p.get("context") for article in before["data"] for p in article["paragraphs"]}
    assert "There is nothing to ask." in contexts


def test_a_sound_file_is_copied_with_all_its_keys(tmp_path):
    question = {"id": "q", "question": "Who?", "answers": [{"text": "Anna", "answer_start": 0, "by": 3}], "hard": True}
    document = {
        "data": [{"paragraphs": [{"context": "Anna left.", "qas": [question]}], "title": "T", "year": 1}],
        "version": "2",
    }
    (tmp_path / "in.json").write_text(json.dumps(document))
    assert repair(tmp_path / "in.json", tmp_path / "out.json").is_clean
    assert json.loads((tmp_path / "out.json").read_text()) == document


def test_articles_with_equal_keys_stay_apart(tmp_path):
    articles = [
        {"paragraphs": [{"context": "Anna left.", "qas": [_question(f"q{number}", "Anna", 0)]}]} for number in range(3)
    ]
    (tmp_path / "in.json").write_text(json.dumps({"data": articles}))
    repair(tmp_path / "in.json", tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text()) == {"data": articles}


def _question(identifier, text, start):
    return {"id": identifier, "question": "Who?", "answers": [{"text": text, "answer_start": start}]}


def test_flat_lines_stay_flat_lines_with_their_own_keys(tmp_path):
    answers = {"text": ["Anna", "Peter"], "answer_start": ["0", 0], "kind": ["name", "none"]}
    record = {"id": 1, "question": "Who?", "context": "Anna left.", "answers": answers, "level": "easy"}
    lost = record | {"id": "2", "answers": {"text": ["Peter"], "answer_start": [0]}}
    (tmp_path / "in.jsonl").write_text(json.dumps(record) + "\n" + json.dumps(lost) + "\n")
    report = repair(tmp_path / "in.jsonl", tmp_path / "out.jsonl.gz")
    kept = {"text": ["Anna"], "answer_start": [0], "kind": ["name"]}
    written = gzip.decompress((tmp_path / "out.jsonl.gz").read_bytes()).decode()
    assert [json.loads(line) for line in written.splitlines()] == [record | {"id": "1", "answers": kept}]
    assert report.dropped == {"no_golds_left": ["2"]}


@pytest.mark.parametrize("name", ["blanked.json", "lfs_pointer.json", "malformed.jsonl", "unrelated.json"])
def test_a_file_with_nothing_to_save_is_refused_and_leaves_no_copy(tmp_path, name):
    with pytest.raises(CorpusError, match=name):
        repair(FIXTURES / name, tmp_path / "out.json")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_not_repaired_onto_itself(tmp_path):
    path = tmp_path / "in.json"
    path.write_text("{}")
    with pytest.raises(ValueError, match="`out` must be another file than the one to repair"):
        repair(path, path)
