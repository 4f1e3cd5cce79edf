"""Stores of real corpora: the tokens of a gold, found by their code points, give the vector of its answer."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from official_figures import needs_data
from transformers import AutoModel, AutoTokenizer

from hf_xlqa.analysis.hidden_states import answer_windows
from hf_xlqa.analysis.states_writer import write_states
from hf_xlqa.corpora.sample import encoder_path
from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.features import prepare_features


@needs_data
@pytest.mark.parametrize("language", ["zh", "hi", "ar"])
def test_answers_are_the_means_of_their_tokens(language: str, tmp_path: Path) -> None:
    """Of contexts that are not composed, with marks of direction and without blanks between words."""
    path = Path(os.environ["XLQA_DATA"], "xquad", f"xquad.{language}.json")
    reader = read_examples(path, language=language, corpus="xquad", on_defect="repair")
    examples = list(islice(reader, 0, 400, 20))
    tokenizer = AutoTokenizer.from_pretrained(encoder_path())
    windows = prepare_features(examples, tokenizer, max_length=256, window_step=128, max_question_length=64).windows
    reads = ("answer", "tokens")
    store = write_states(
        tmp_path, AutoModel.from_pretrained(encoder_path()), answer_windows(windows), tokenizer, examples, reads=reads
    )
    tokens = store.records("tokens").to_pandas()
    states = store.states("tokens", 2)
    answers = store.records("answer").to_pylist()
    assert len(answers) + len(store.without_answer) == len(examples) == 20
    by_id = {example.id: example for example in examples}
    for row, state in zip(answers, store.states("answer", 2), strict=True):
        gold = by_id[row["example_id"]].answers[0]
        own = (tokens["window"] == row["window"]) & (tokens["end"] > gold.start) & (tokens["start"] < gold.end)
        np.testing.assert_allclose(state, states[own].mean(axis=0), atol=1e-4)
