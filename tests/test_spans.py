"""N-best answers against a loop over all pairs, and every way in which logits do not fit their windows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_tokenizers import FAMILIES, SENTENCES, tiny_tokenizer

from hf_xlqa.features import prepare_features
from hf_xlqa.schema import Example, Prediction, Span
from hf_xlqa.spans import extract_predictions

CUT = {"max_length": 40, "max_question_length": 8, "window_step": 16}
CONTEXTS = [SENTENCES[0] * 8, SENTENCES[3], "", "tea " * 30, SENTENCES[7] + "  \n" + SENTENCES[5], "x"]


def example(id: str, context: str, language: str = "en") -> Example:
    return Example(id, id, "", context, "Who?", (), language, language, "test")


def prepared(family: str = "bert", contexts: Sequence[str] = CONTEXTS) -> tuple[list[Example], Dataset]:
    languages = ("en", "zh-TW", "ja")
    examples = [example(str(row), context, languages[row % 3]) for row, context in enumerate(contexts)]
    return examples, prepare_features(examples, tiny_tokenizer(family), **CUT).windows


def pair_loop(
    examples: Sequence[Example],
    windows: Dataset,
    start_logits: Any,
    end_logits: Any,
    *,
    n_best: int = 20,
    max_answer_tokens: int = 30,
    max_answer_characters: int | None = None,
) -> list[Prediction]:
    """The definition: every pair of every window, sorted by score, window, start, end."""
    predictions = []
    for row, one in enumerate(examples):
        pairs, null = [], []
        limit = max_answer_characters if one.context_language in ("zh-TW", "ja") else None
        for number, window in enumerate(windows):
            if window["example_index"] != row:
                continue
            start, end = start_logits[number].tolist(), end_logits[number].tolist()
            null.append(start[window["cls_index"]] + end[window["cls_index"]])
            first, begins, stops = window["context_start"], window["offset_starts"], window["offset_ends"]
            for i, j in product(range(len(begins)), repeat=2):
                score, span = start[first + i] + end[first + j], (begins[i], stops[j])
                empty = begins[i] == stops[i] or begins[j] == stops[j]
                too_long = limit is not None and span[1] - span[0] > limit
                if not i <= j < i + max_answer_tokens or empty or too_long or score == -np.inf:
                    continue
                pairs.append((-score, number, i, j, span))
        spans: dict[str, Span] = {}
        for negative, _, _, _, (begin, stop) in sorted(pairs):
            text = one.context[begin:stop]
            spans.setdefault(text, Span(text, begin, stop, -negative))
        predictions.append(Prediction(one.id, tuple(spans.values())[:n_best], min(null, default=None)))
    return predictions


def logits_for(windows: Dataset, seed: int, *, levels: int = 0, dtype: str = "float32") -> tuple[Any, Any]:
    """Random logits; with `levels`, of that many different values, so that most pairs tie."""
    rng = np.random.default_rng(seed)
    shape = (2, len(windows), 45)
    logits = rng.integers(0, levels, shape) if levels else rng.normal(size=shape)
    start, end = logits.astype(dtype)
    return start, end


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("levels", [0, 2])
@pytest.mark.parametrize("limits", [{}, {"n_best": 3, "max_answer_tokens": 4}, {"max_answer_characters": 5}])
def test_equals_the_loop_over_pairs(family: str, levels: int, limits: dict[str, int]) -> None:
    examples, windows = prepared(family)
    logits = logits_for(windows, 1, levels=levels)
    assert extract_predictions(examples, windows, *logits, **limits) == pair_loop(examples, windows, *logits, **limits)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    levels=st.integers(0, 3),
    n_best=st.integers(1, 40),
    tokens=st.integers(1, 60),
    characters=st.none() | st.integers(1, 30),
    excluded=st.floats(0, 1),
)
def test_equals_the_loop_for_any_limits(
    seed: int, levels: int, n_best: int, tokens: int, characters: int | None, excluded: float
) -> None:
    examples, windows = PREPARED
    logits = logits_for(windows, seed, levels=levels)
    for part in logits:
        part[np.random.default_rng(seed).random(part.shape) < excluded] = -np.inf
    limits = {"n_best": n_best, "max_answer_tokens": tokens, "max_answer_characters": characters}
    assert extract_predictions(examples, windows, *logits, **limits) == pair_loop(examples, windows, *logits, **limits)


PREPARED = prepared("deberta")


def test_chunks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    examples, windows = prepared()
    logits = logits_for(windows, 3)
    whole = extract_predictions(examples, windows, *logits)
    monkeypatch.setattr("hf_xlqa.spans._PAIRS", 2 * 45 * 30)
    assert extract_predictions(examples, windows, *logits) == whole


def test_shuffled_windows_give_the_same_answers() -> None:
    examples, windows = prepared()
    start, end = logits_for(windows, 4)
    order = np.random.default_rng(0).permutation(len(windows))
    shuffled = extract_predictions(examples, windows.select(order), start[order], end[order])
    assert shuffled == extract_predictions(examples, windows, start, end)


def test_half_precision_is_summed_in_double() -> None:
    examples, windows = prepared()
    start, end = logits_for(windows, 5, dtype="float16")
    predictions = extract_predictions(examples, windows, start, end)
    assert predictions == extract_predictions(examples, windows, start.astype(np.float64), end.astype(np.float64))
    assert predictions == pair_loop(examples, windows, start, end)


def test_many_duplicate_texts_are_looked_behind() -> None:
    """The best 120 pairs are two texts only; the third comes after them."""
    contexts = ["tea " * 60 + "cake"]
    examples, windows = prepared("bert", contexts)
    start, end = np.zeros((2, len(windows), 45), np.float32)
    predictions = extract_predictions(examples, windows, start, end, n_best=3, max_answer_tokens=1)
    assert len(windows) > 1
    assert predictions == pair_loop(examples, windows, start, end, n_best=3, max_answer_tokens=1)
    assert len({span.text for span in predictions[0].spans}) == len(predictions[0].spans) >= 2


@pytest.mark.parametrize("family", FAMILIES)
def test_answers_are_pieces_of_the_untouched_context(family: str) -> None:
    contexts = ["Tea\u00a0🍵🍰 u\u0308ber 𠮷野家\r\n  ＡＢＣ ﬁn", *SENTENCES]
    examples, windows = prepared(family, contexts)
    for one, prediction in zip(examples, extract_predictions(examples, windows, *logits_for(windows, 6)), strict=True):
        assert len(prediction.spans) == 20
        for span in prediction.spans:
            assert span.text == one.context[span.start : span.end] == span.text.strip()


def test_ties_go_to_the_earlier_window_then_start_then_end() -> None:
    examples, windows = prepared("bert", [SENTENCES[0] * 8])
    spans = extract_predictions(examples, windows, *np.zeros((2, len(windows), 45)), n_best=4)[0].spans
    assert [span.start for span in spans] == [0, 0, 0, 0]
    assert [span.end for span in spans] == sorted(windows[0]["offset_ends"])[:4]


def test_window_without_valid_span_gives_an_empty_prediction() -> None:
    examples, windows = prepared("bert", ["", "  ", "x"])
    start, end = np.zeros((2, 3, 45))
    end[2, windows[2]["context_start"]] = -np.inf
    assert extract_predictions(examples, windows, start, end) == [Prediction(name, (), 0.0) for name in ("0", "1", "2")]
    assert extract_predictions(examples, windows, start, end)[0].text == ""


def test_example_without_windows_has_neither_spans_nor_null_score() -> None:
    examples, windows = prepared()
    kept = [row for row, index in enumerate(windows["example_index"]) if index != 1]
    predictions = extract_predictions(examples, windows.select(kept), *logits_for(windows.select(kept), 0))
    assert [prediction.id for prediction in predictions] == [one.id for one in examples]
    assert predictions[1] == Prediction("1", (), None)
    nothing = extract_predictions(examples, windows.select([]), *np.zeros((2, 0, 45)))
    assert nothing == [Prediction(one.id, (), None) for one in examples]


def test_null_score_is_the_least_over_windows() -> None:
    examples, windows = prepared("xlnet", [SENTENCES[0] * 8])
    start, end = logits_for(windows, 8)
    at = windows["cls_index"]
    scores = [float(start[row, at[row]]) + float(end[row, at[row]]) for row in range(len(windows))]
    assert len(scores) > 1
    assert extract_predictions(examples, windows, start, end)[0].null_score == min(scores)


def test_character_limit_is_for_scripts_without_blanks() -> None:
    contexts = [SENTENCES[3], SENTENCES[3], SENTENCES[4]]
    examples, windows = prepared("bert", contexts)
    predictions = extract_predictions(examples, windows, *logits_for(windows, 9), max_answer_characters=3)
    longest = [max(len(span.text) for span in prediction.spans) for prediction in predictions]
    assert longest[0] > 3 >= max(longest[1:])


def test_logits_beyond_a_window_do_not_matter() -> None:
    examples, windows = prepared()
    start, end = logits_for(windows, 10)
    expected = extract_predictions(examples, windows, start, end)
    for row, window in enumerate(windows):
        start[row, len(window["input_ids"]) :] = end[row, len(window["input_ids"]) :] = np.nan
        start[row, 1 : window["context_start"]] = 1e9
    assert extract_predictions(examples, windows, start, end) == expected


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("place", ["context_start", "cls_index"])
def test_logits_that_are_no_numbers_are_refused_by_name(bad: float, place: str) -> None:
    examples, windows = prepared()
    start, end = logits_for(windows, 0)
    row = windows["example_index"].index(4)
    end[row, windows[row][place]] = bad
    message = f"`end_logits` must be finite or -inf, but has {bad} in window {row}, of example '4'"
    with pytest.raises(ValueError, match=message):
        extract_predictions(examples, windows, start, end)


def test_shapes_that_do_not_fit_are_refused() -> None:
    examples, windows = prepared()
    start, end = logits_for(windows, 0)
    count = len(windows)
    with pytest.raises(ValueError, match=rf"of one shape .* but are of \({count}, 45\) and \({count}, 44\)"):
        extract_predictions(examples, windows, start, end[:, :44])
    with pytest.raises(ValueError, match=r"of one shape .* but are of \(45,\) and \(45,\)"):
        extract_predictions(examples, windows, start[0], end[0])
    with pytest.raises(ValueError, match=f"a row for each of the {count} windows, but has {count - 1}"):
        extract_predictions(examples, windows, start[1:], end[1:])
    with pytest.raises(ValueError, match="`start_logits` must have 39 columns or more, .* but has 38"):
        extract_predictions(examples, windows, start[:, :38], end[:, :38])


def test_windows_of_other_examples_are_refused() -> None:
    examples, windows = prepared()
    logits = logits_for(windows, 0)
    with pytest.raises(ValueError, match="with '0' at index 0, but there is '1' instead"):
        extract_predictions(examples[1:], windows, *logits)
    with pytest.raises(ValueError, match="with '3' at index 3, but there is the end after 3 examples instead"):
        extract_predictions(examples[:3], windows, *logits)


@pytest.mark.parametrize("name", ["n_best", "max_answer_tokens", "max_answer_characters"])
def test_limits_below_one_are_refused(name: str) -> None:
    examples, windows = prepared()
    limit: dict[str, Any] = {name: 0}
    with pytest.raises(ValueError, match=f"`{name}` must be 1 or more, but is 0"):
        extract_predictions(examples, windows, *logits_for(windows, 0), **limit)
