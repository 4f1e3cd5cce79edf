"""What words cost on real corpora: the golds that cut one, and the exact match that is left."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.features import PreparedFeatures, prepare_features
from hf_xlqa.metrics import load_metric
from hf_xlqa.models.tokenization_qanet import QANetTokenizer
from hf_xlqa.schema import Example

DATA = Path(os.environ.get("XLQA_DATA", ""))
pytestmark = pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names no folder of corpora")


@cache
def prepared(name: str, language: str) -> tuple[list[Example], PreparedFeatures]:
    examples = list(read_examples(DATA / name, language=language, corpus=name, on_defect="drop"))
    tokenizer = QANetTokenizer(words=["the"], characters="the", languages=[language])
    return examples, prepare_features(examples, tokenizer, max_length=450, max_question_length=50)


@pytest.mark.parametrize(
    ("name", "language", "examples", "cut"),
    [
        ("cmrc2018/cmrc2018_dev.json", "zh", 3216, 57),
        ("drcd/DRCD_dev.json", "zh", 3524, 38),
        ("squad/dev-v1.1.json", "en", 10570, 32),
        ("korquad/KorQuAD_v1.0_dev.json", "ko", 5774, 3448),
    ],
)
def test_golds_that_cut_a_word_are_counted(name: str, language: str, examples: int, cut: int) -> None:
    rows, features = prepared(name, language)
    report = features.report
    assert (len(rows), len(report.golds_cutting_tokens), report.golds_in_no_window) == (examples, cut, ())
    assert report.exact_match_ceiling == pytest.approx(1 - cut / examples)


def test_the_words_that_cover_the_golds_of_cmrc_score_so_much() -> None:
    """The official rule, which overlooks punctuation and knows three golds, above the ceiling by offsets."""
    rows, features = prepared("cmrc2018/cmrc2018_dev.json", "zh")
    found: dict[str, str] = {}
    for window in features.windows:
        if window["start_positions"] != window["cls_index"]:
            first, last = (window[f"{side}_positions"] - window["context_start"] for side in ("start", "end"))
            context = rows[window["example_index"]].context
            found[window["example_id"]] = context[window["offset_starts"][first] : window["offset_ends"][last]]
    metric = load_metric("cmrc2018")
    scores = [metric.score(found[row.id], [answer.text for answer in row.answers]) for row in rows]
    exact, overlap = (100 * sum(column) / len(rows) for column in zip(*scores, strict=True))
    assert exact == pytest.approx(98.694, abs=0.001)
    assert overlap == pytest.approx(99.790, abs=0.01)
