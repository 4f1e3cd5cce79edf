import json
from pathlib import Path

import pytest

from hf_xlqa.corpora.doctor import Longest, diagnose
from hf_xlqa.corpora.findings import CorpusError, Kind
from hf_xlqa.corpora.repair import repair
from hf_xlqa.corpora.squad_format import read_examples

FIXTURES = Path(__file__).parents[1] / "fixtures" / "corpora"

TRAPS = {
    "wrong_offset/outer_blank": ["outer-blank", "before-blank"],
    "wrong_offset/case_difference": ["case"],
    "wrong_offset/blank_difference": ["double-blank", "no-break-blank"],
    "wrong_offset/other_occurrence": ["moved", "ambiguous"],
    "wrong_offset/absent": ["absent"],
    "wrong_offset/utf16_count": ["utf16"],
    "wrong_offset/normalisation": ["composed-gold"],
    "negative_offset/absent": ["minus-one"],
    "negative_offset/other_occurrence": ["minus-one-present"],
    "negative_offset/spreadsheet_number": ["spreadsheet"],
    "empty_gold": ["minus-one-empty", "empty", "string-offset"],
    "fake_gold": ["fake"],
    "string_offset": ["string-offset"],
    "offset_type": ["float-offset", "word-offset"],
    "integer_id": ["42"],
    "duplicate_id": ["sound"],
    "no_golds": ["no-golds"],
    "missing_key": ["sound (a question without id)", "no-question", "no-offset", "no-text", "no-context"],
    "lone_surrogate": ["surrogate"],
    "cut_word": ["cut-word"],
    "no_questions": ["Shop"],
    "non_nfc_context": ["decomposed"],
    "non_nfc_question": ["decomposed"],
    "byte_order_mark": ["marks"],
    "zero_width_non_joiner": ["marks"],
    "carriage_return": ["marks"],
    "missing_metadata": ["decomposed", ""],
}


@pytest.fixture(scope="module")
def traps():
    return diagnose(FIXTURES / "traps.json")


@pytest.mark.parametrize("reason", TRAPS)
def test_each_trap_is_found_under_its_name_and_record(traps, reason):
    assert traps.records(reason) == TRAPS[reason]


def test_nothing_else_is_found(traps):
    assert set(traps.counts) == set(TRAPS)
    sound = {"code-points", "minus-one-present"} - set(traps.records("wrong_offset"))
    assert sound == {"code-points", "minus-one-present"}


def test_findings_give_the_offset_of_the_file(traps):
    offsets = {finding.record: finding.offset for finding in traps.findings if finding.kind is Kind.WRONG_OFFSET}
    assert offsets["utf16"] == 7
    assert offsets["moved"] == 3
    marks = {finding.kind: finding.offset for finding in traps.notes if finding.record == "marks"}
    assert marks == {Kind.BYTE_ORDER_MARK: 0, Kind.CARRIAGE_RETURN: 12, Kind.ZERO_WIDTH_NON_JOINER: 16}


def test_counts_of_the_file(traps):
    assert (traps.articles, traps.paragraphs, traps.questions, traps.golds) == (3, 7, 34, 35)
    assert traps.golds_per_question == {0: 1, 1: 31, 2: 2}
    assert traps.repeated_golds == 1
    assert traps.longest_context == Longest(106, "sound")
    assert traps.most_questions == Longest(26, "sound")
    assert traps.longest_gold == Longest(15, "no-break-blank")


def test_the_dictionary_is_plain_json(traps):
    plain = json.loads(json.dumps(traps.to_dict()))
    assert plain["counts"]["empty_gold"] == 3
    assert plain["golds_per_question"] == {"0": 1, "1": 31, "2": 2}
    assert plain["longest_context"] == {"length": 106, "record": "sound"}
    found = next(each for each in plain["findings"] if each["record"] == "utf16")
    assert (found["severity"], found["cause"], found["offset"], found["is_repairable"]) == (
        "defect",
        "utf16_count",
        7,
        True,
    )


@pytest.mark.parametrize(
    ("name", "kinds", "line"),
    [
        ("lfs_pointer.json", [Kind.LFS_POINTER], None),
        ("unrelated.json", [Kind.UNRELATED_JSON], 1),
        ("malformed.jsonl", [Kind.MALFORMED_JSON], 2),
        ("blanked.json", [Kind.EMPTY_GOLD, Kind.FAKE_GOLD, Kind.NO_USABLE_GOLDS], None),
    ],
)
def test_files_that_are_no_corpus_are_diagnosed_and_refused(name, kinds, line):
    diagnosis = diagnose(FIXTURES / name)
    assert [finding.kind for finding in diagnosis.defects] == kinds
    assert diagnosis.defects[-1].line == line
    with pytest.raises(CorpusError, match=name):
        list(read_examples(FIXTURES / name, language="en", corpus="test", on_defect="drop"))


def _diagnosis(folder, context, gold, start):
    question = {"id": "q", "question": "?", "answers": [{"text": gold, "answer_start": start}]}
    document = {"version": "1", "data": [{"title": "T", "paragraphs": [{"context": context, "qas": [question]}]}]}
    path = folder / "one.json"
    path.write_text(json.dumps(document))
    return diagnose(path)


@pytest.mark.parametrize(
    ("context", "gold", "notes"),
    [
        ("the Anna Berg hotel", "Anna", {}),
        ("the Anna Berg hotel", "nna", {"cut_word": 1}),
        ("the Anna Berg hotel", "Ann", {"cut_word": 1}),
        ("the Anna Berg hotel", "Anna ", {"blank_edge": 1}),
        ("京都大学", "都大", {}),
        ("서울에서 왔다", "서울", {}),
        ("서울에서 왔다", "울에서", {"cut_word": 1}),
    ],
)
def test_notes_on_sound_golds(tmp_path, context, gold, notes):
    diagnosis = _diagnosis(tmp_path, context, gold, context.index(gold))
    assert dict(diagnosis.counts) == notes
    assert not diagnosis.defects


def test_a_file_without_defects_reads_strictly_and_one_with_defects_does_not(tmp_path):
    _diagnosis(tmp_path, "Anna left", "Anna", 0)
    assert [example.id for example in read_examples(tmp_path / "one.json", language="en", corpus="t")] == ["q"]
    assert _diagnosis(tmp_path, "Anna left", "Anna", 1).defects
    with pytest.raises(CorpusError, match="but is 1 instead"):
        list(read_examples(tmp_path / "one.json", language="en", corpus="t"))


def test_a_missing_file_is_an_error_and_no_diagnosis(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        diagnose(tmp_path / "absent.json")


def test_parquet_is_named_with_what_makes_it_readable(tmp_path):
    path = tmp_path / "train.parquet"
    path.write_bytes(b"PAR1")
    (finding,) = diagnose(path).defects
    assert finding.message.startswith(
        "the file must be JSON or JSONL, but is parquet instead; write it as JSONL first:"
    )
    with pytest.raises(
        CorpusError, match="train.parquet: the file must be JSON or JSONL, but is parquet instead; writ"
    ):
        repair(path, tmp_path / "out.json")
