"""Windows of real corpora with a real vocabulary: every gold is cut exactly or reported by id."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from test_features import assert_same, pair_encoding
from transformers import BertTokenizer, PreTrainedTokenizerBase

from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.features import prepare_features
from hf_xlqa.schema import Example

DATA = Path(os.environ.get("XLQA_DATA", ""))
pytestmark = pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names no folder of corpora")
FILES = {
    "xquad/xquad.zh.json": "zh",
    "xquad/xquad.hi.json": "hi",
    "xquad/xquad.ar.json": "ar",
    "drcd/DRCD_dev.json": "zh",
    "cmrc2018/clue_cmrc2018_train.json": "zh",
    "korquad/KorQuAD_v1.0_dev.json": "ko",
    "squad/dev-v1.1.json": "en",
}


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerBase:
    vocabulary = DATA / "vocab" / "bert-base-multilingual-cased-vocab.txt"
    return BertTokenizer(vocab=str(vocabulary), do_lower_case=False)


def corpus(name: str) -> list[Example]:
    return list(read_examples(DATA / name, language=FILES[name], corpus=name, on_defect="drop"))


@pytest.mark.parametrize("name", FILES)
def test_every_gold_is_cut_exactly_or_reported(name: str, tokenizer: PreTrainedTokenizerBase) -> None:
    examples = corpus(name)
    prepared = prepare_features(examples, tokenizer)
    inexact, held = set(), set()
    for window in prepared.windows:
        one = examples[window["example_index"]]
        assert window["example_id"] == one.id
        if window["start_positions"] == window["cls_index"]:
            continue
        first, last = (window[name] - window["context_start"] for name in ("start_positions", "end_positions"))
        found = one.context[window["offset_starts"][first] : window["offset_ends"][last]]
        held.add(one.id)
        if found != one.answers[0].text.strip():
            inexact.add(one.id)
    assert inexact == set(prepared.report.golds_cutting_tokens) & held
    assert held == {one.id for one in examples} - set(prepared.report.golds_in_no_window)
    assert set(prepared.windows["example_id"]) == {one.id for one in examples}


@pytest.mark.parametrize("name", FILES)
def test_windows_equal_the_pair_encoding(name: str, tokenizer: PreTrainedTokenizerBase) -> None:
    """Every seventh example alone, so that its step can be the tokenizer's overlap."""
    for one in corpus(name)[:700:7]:
        size = len(tokenizer(one.question, add_special_tokens=False)["input_ids"])
        options = {"max_length": 160, "max_question_length": size, "window_step": 160 - 3 - size - 40}
        windows = prepare_features([one], tokenizer, **options).windows
        own = pair_encoding(tokenizer, one, max_length=160, stride=40)
        assert len(windows) == len(own)
        for window, expected in zip(windows, own, strict=True):
            assert_same(window, expected, tokenizer)
