"""The known traps of public corpora, found in the real files that XLQA_DATA names."""

from __future__ import annotations

import os
import time
from functools import cache
from pathlib import Path

import pytest

from hf_xlqa.corpora.catalog import load_corpus
from hf_xlqa.corpora.doctor import Diagnosis, diagnose, parallel, repair
from hf_xlqa.corpora.findings import CorpusError, Kind
from hf_xlqa.corpora.squad_format import read_examples, references, write_jsonl, write_squad

DATA = Path(os.environ.get("XLQA_DATA", ""))
pytestmark = pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names the folder of real corpora")

UTF16_CONTEXTS = {
    "cmrc2018/clue_cmrc2018_train.json": (21, {"TRAIN_773", "TRAIN_876"}),
    "cmrc2018/cmrc2018_trial.json": (5, {"TRIAL_210"}),
    "cmrc2018/cmrc2018_dev.json": (7, {"DEV_101", "DEV_110"}),
}
QUESTIONS = {
    "squad/dev-v1.1.json": 10_570,
    "squadshifts/new_wiki_v1.0.json": 7_938,
    "squadshifts/reddit_v1.0.json": 9_803,
    "xquad/xquad.hi.json": 1_190,
    "mlqa/dev-context-en-question-de.json": 512,
    "cmrc2018/clue_cmrc2018_train.json": 10_142,
    "cmrc2018/cmrc2018_dev.json": 3_219,
    "cmrc2018/cmrc2018_trial.json": 1_002,
    "drcd/DRCD_dev.json": 3_524,
    "korquad/KorQuAD_v1.0_dev.json": 5_774,
}
UNRECOVERABLE = {"en": 144, "fr": 275, "ja": 62, "ko": 95}
SOUND = [
    "squad/dev-v1.1.json",
    "squadshifts/reddit_v1.0.json",
    "xquad/xquad.ar.json",
    "xquad/xquad.hi.json",
    "mlqa/dev-context-zh-question-en.json",
    "drcd/DRCD_dev.json",
    "korquad/KorQuAD_v1.0_dev.json",
    "jaquad/train/jaquad_train_0008.json",
    "squad_ja_fr/squad_french_test.json",
]


@cache
def _diagnosis(name: str) -> Diagnosis:
    return diagnose(DATA / name)


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_is_counted(name):
    if name == "mlqa/dev-context-en-question-de.json":
        assert _diagnosis(name).questions == len(list(read_examples(DATA / name, language="en", corpus="mlqa")))
    else:
        assert _diagnosis(name).questions == QUESTIONS[name]


@pytest.mark.parametrize("name", UTF16_CONTEXTS)
def test_utf16_counts_are_found_in_cmrc(name):
    count, contexts = UTF16_CONTEXTS[name]
    diagnosis = _diagnosis(name)
    assert diagnosis.counts["wrong_offset/utf16_count"] == count
    assert {"_".join(each.split("_")[:2]) for each in diagnosis.records("wrong_offset/utf16_count")} >= contexts
    assert diagnosis.counts["wrong_offset/utf16_count"] == len([f for f in diagnosis.defects if f.is_repairable])


def test_golds_that_are_not_in_the_context_are_found_in_cmrc_dev():
    diagnosis = _diagnosis("cmrc2018/cmrc2018_dev.json")
    assert sum(finding.offset == -1 for finding in diagnosis.defects) == 193
    assert diagnosis.counts["negative_offset/spreadsheet_number"] == 25
    assert "DEV_6_QUERY_2" in diagnosis.records("negative_offset/absent")
    assert "DEV_10_QUERY_2" in diagnosis.records("negative_offset/spreadsheet_number")
    assert diagnosis.golds_per_question == {3: 3219}


def test_references_of_cmrc_dev_keep_all_golds():
    reader = load_corpus(f"cmrc2018={DATA / 'cmrc2018/cmrc2018_dev.json'}")
    golds = {each["id"]: each["answers"]["text"] for each in references(reader)}
    assert len(golds) == 3219
    assert "39764.0" in golds["DEV_10_QUERY_2"]


@pytest.mark.parametrize("language", UNRECOVERABLE)
def test_string_offsets_and_lost_golds_are_found_in_translated_drcd(language):
    path = DATA / f"drcd_translated/zh-tw_{language}_dev.json"
    assert diagnose(path).counts["string_offset"] == 7048
    reader = read_examples(path, language=language, corpus="drcd", on_defect="repair")
    assert sum(1 for _ in reader) == 3524 - UNRECOVERABLE[language]
    assert len(reader.report.dropped["no_golds_left"]) == UNRECOVERABLE[language]


@pytest.mark.parametrize(("language", "share"), [("en", 0.35), ("fr", 0.50)])
def test_cut_words_are_found_in_translated_drcd(language, share):
    diagnosis = _diagnosis(f"drcd_translated/zh-tw_{language}_dev.json")
    whole = diagnosis.golds - diagnosis.counts["empty_gold"]
    assert diagnosis.counts["cut_word"] / whole == pytest.approx(share, abs=0.005)


def test_golds_in_another_script_are_found_in_japanese_squad():
    diagnosis = _diagnosis("squad_ja_fr/squad_japanese_test.json")
    assert diagnosis.records("negative_offset/absent") == ["56beace93aeaaa14008c91e2"]
    assert diagnosis.counts["negative_offset/absent"] == 3


def test_unusual_characters_and_sizes_are_noted():
    hindi, arabic = _diagnosis("xquad/xquad.hi.json"), _diagnosis("xquad/xquad.ar.json")
    assert (hindi.counts["non_nfc_context"], arabic.counts["non_nfc_context"]) == (101, 28)
    assert (hindi.counts["byte_order_mark"], arabic.counts["byte_order_mark"]) == (8, 9)
    squad = _diagnosis("squad/dev-v1.1.json")
    assert squad.counts["byte_order_mark"] == 1
    assert set(squad.golds_per_question) == {1, 2, 3, 4, 5, 6}
    assert _diagnosis("squadshifts/new_wiki_v1.0.json").counts["zero_width_non_joiner"] == 1
    assert _diagnosis("korquad/KorQuAD_v1.0_dev.json").counts["no_questions"] == 1
    assert _diagnosis("jaquad/train/jaquad_train_0008.json").most_questions.length == 427
    assert _diagnosis("drcd/DRCD_dev.json").golds_per_question == {2: 3524}
    assert _diagnosis("squad_ja_fr/squad_french_test.json").counts["missing_metadata"] == 1


@pytest.mark.parametrize("name", SOUND)
def test_sound_files_read_strictly_and_survive_writing(name, tmp_path):
    assert _diagnosis(name).defects == []
    examples = list(read_examples(DATA / name, language="xx", corpus="real"))
    for write, file in ((write_squad, "out.json"), (write_jsonl, "out.jsonl")):
        assert write(tmp_path / file, examples) == len(examples)
        assert list(read_examples(tmp_path / file, language="xx", corpus="real")) == examples


@pytest.mark.parametrize("name", ["cmrc2018/cmrc2018_dev.json", "drcd_translated/zh-tw_ja_dev.json"])
def test_repaired_files_read_strictly(name, tmp_path):
    with pytest.raises(CorpusError, match="doctor --repair"):
        list(read_examples(DATA / name, language="xx", corpus="real"))
    report = repair(DATA / name, tmp_path / "out.json")
    examples = list(read_examples(tmp_path / "out.json", language="xx", corpus="real"))
    assert len(examples) == report.examples
    assert diagnose(tmp_path / "out.json").defects == []


def test_shards_and_parallel_files_join_whole():
    assert sum(1 for _ in load_corpus(f"jaquad={DATA / 'jaquad/dev'}")) == 3939
    xquad = parallel({language: DATA / f"xquad/xquad.{language}.json" for language in ("en", "zh", "hi", "ar")})
    assert sum(len(example.translations) for example in xquad) == 3 * 1190
    assert xquad.report.is_whole
    files = {"zh": DATA / "drcd/DRCD_dev.json"}
    files |= {language: DATA / f"drcd_translated/zh-tw_{language}_dev.json" for language in ("en", "ja", "ko")}
    drcd = parallel(files, on_defect="repair")
    assert sum(1 for _ in drcd) == 3524
    assert {language: len(ids) for language, ids in drcd.report.missing.items()} == {"en": 144, "ja": 62, "ko": 95}


def test_predictions_are_no_corpus():
    diagnosis = _diagnosis("predictions/bert_ensemble_google.json")
    assert [finding.kind for finding in diagnosis.findings] == [Kind.UNRELATED_JSON]


def test_diagnosis_takes_seconds():
    started = time.perf_counter()
    diagnose(DATA / "cmrc2018/clue_cmrc2018_train.json")
    assert time.perf_counter() - started < 5
