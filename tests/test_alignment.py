"""Pairs of windows against a plain loop over all of them, and what cannot be paired by id."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tiny_tokenizers import SENTENCES, tiny_tokenizer

from hf_xlqa.alignment import Rule, align_windows
from hf_xlqa.features import PreparedFeatures, prepare_features
from hf_xlqa.schema import Answer, Example

ENGLISH, GERMAN = SENTENCES[0], SENTENCES[2]


def example(id: str, context: str, gold: str = "", parallel_id: str = "") -> Example:
    answers = (Answer(gold, context.index(gold)),) if gold else ()
    return Example(id, parallel_id or id, "", context, "Who?", answers, "en", "en", "test")


def prepare(*examples: Example, **options: Any) -> PreparedFeatures:
    settings = {"max_length": 40, "max_question_length": 8, "window_step": 16, **options}
    return prepare_features(examples, tiny_tokenizer("bert"), **settings)


def random_corpora(**options: Any) -> tuple[PreparedFeatures, PreparedFeatures]:
    """Examples 0-49 and translations of 2-51, prepared with options, in another order, of other lengths."""
    rng = random.Random(7)

    def one(number: int, longest: int) -> Example:
        context = " ".join(rng.choices(SENTENCES, k=1 + number % longest))
        start = rng.choice([at for at, character in enumerate(context) if not character.isspace()])
        answers = (Answer(context[start], start),)
        return Example(f"{longest}-{number}", str(number), "", context, "Who?", answers, "en", "en", "test")

    english = [one(number, 4) for number in range(50)]
    german = [one(number, 3) for number in range(2, 52)]
    rng.shuffle(german)
    return prepare(*english), prepare(*german, **options)


def stretch(window: dict[str, Any]) -> tuple[float, float]:
    return tuple(window[name] / window["context_characters"] for name in ("character_start", "character_end"))


def best_window(window: dict[str, Any], candidates: list[dict[str, Any]], rule: str) -> int | None:
    """The rules of `align_windows`, word by word."""
    begin, end = stretch(window)
    scored = []
    for row, candidate in enumerate(candidates):
        other_begin, other_end = stretch(candidate)
        shared = min(end, other_end) - max(begin, other_begin)
        if candidate["parallel_id"] != window["parallel_id"] or shared <= 0:
            continue
        distance = abs((begin + end) / 2 - (other_begin + other_end) / 2)
        gold = all(w["start_positions"] != w["cls_index"] for w in (window, candidate))
        key = {"overlap": (-shared, distance), "center": (distance,), "gold": (not gold, -shared, distance)}[rule]
        scored.append((tuple(round(part, 9) for part in key), row))
    return min(scored)[1] if scored else None


@pytest.mark.parametrize("rule", ["overlap", "center", "gold"])
@pytest.mark.parametrize("outside", ["cls", "drop"])
def test_pairs_equal_a_plain_loop(rule: Rule, outside: str) -> None:
    pivot, other = random_corpora(outside=outside)
    aligned = align_windows(pivot, {"de": other}, rule=rule)
    candidates = list(other.windows)
    expected = [best_window(window, candidates, rule) for window in pivot.windows]
    assert aligned.rows["de"].tolist() == [-1 if row is None else row for row in expected]
    assert aligned.report["de"].paired == len(expected) - expected.count(None)
    assert aligned.report["de"].unpaired == expected.count(None)
    missing = sum(window["parallel_id"] in ("0", "1") for window in pivot.windows)
    assert (expected.count(None) > missing > 0) == (outside == "drop")
    assert aligned.report["de"].missing_examples == ("0", "1")


def test_gold_rule_pairs_more_golds() -> None:
    pivot, other = random_corpora()

    def golds_paired(rule: Rule) -> int:
        pairs = [(item, item["parallel"]["de"]) for item in align_windows(pivot, {"de": other}, rule=rule)]
        return sum(all(w and w["start_positions"] != w["cls_index"] for w in pair) for pair in pairs)

    assert golds_paired("gold") > golds_paired("overlap")


def test_items_are_model_columns_of_both_windows() -> None:
    pivot = prepare(example("a", ENGLISH, "Elbe"), example("b", ENGLISH))
    german, chinese = prepare(example("b", GERMAN)), prepare(example("a", SENTENCES[3]), example("b", SENTENCES[3]))
    aligned = align_windows(pivot, {"de": german, "zh": chinese})
    assert aligned.languages == ("de", "zh")
    assert len(aligned) == len(pivot.windows)
    first, last = aligned[0], aligned[len(aligned) - 1]
    assert first["parallel"]["de"] is None
    assert first["parallel"]["zh"]["input_ids"] == chinese.windows[0]["input_ids"]
    assert last["parallel"]["de"]["input_ids"] == german.windows[len(german.windows) - 1]["input_ids"]
    assert first["input_ids"] == pivot.windows[0]["input_ids"]
    assert "offset_starts" not in first and "example_id" not in first
    assert aligned.report["de"].missing_examples == ("a",)
    assert aligned.__getitems__([len(aligned) - 1, 0]) == [last, first]


def test_several_pivots_may_share_a_translation() -> None:
    pivot = prepare(example("a1", ENGLISH, parallel_id="a"), example("a2", SENTENCES[1], parallel_id="a"))
    aligned = align_windows(pivot, {"de": prepare(example("de", GERMAN, parallel_id="a"))})
    assert aligned.report["de"].unpaired == 0


def test_windows_that_share_nothing_are_reported_by_id() -> None:
    long, short = prepare(example("x", ENGLISH * 12)), prepare(example("x", GERMAN * 12, "1875"), outside="drop")
    end = max(stretch(window)[1] for window in short.windows)
    apart = sum(stretch(window)[0] >= end for window in long.windows)
    report = align_windows(long, {"de": short}).report["de"]
    assert report.unpaired_examples == ("x",)
    assert report.missing_examples == ()
    assert report.unpaired == apart > 0 < report.paired


def test_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="`rule` must be one of overlap, center, gold, but is 'index'"):
        align_windows(prepare(), {}, rule="index")  # type: ignore[arg-type]


def test_two_translations_of_one_example_are_refused() -> None:
    other = prepare(example("a", GERMAN, parallel_id="x"), example("b", GERMAN, parallel_id="x"))
    with pytest.raises(ValueError, match=r"`translations\['de'\]` must have one example .* but has more for 'x'"):
        align_windows(prepare(example("x", ENGLISH)), {"de": other})
