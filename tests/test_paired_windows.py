"""Which windows make a pair, what is left out is counted, and positions that are the same characters in both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from tiny_pairs import asked_everywhere, cut, pairs_of
from tiny_qa import TOKENIZER, tiny_tokenizer
from torch.utils.data import DataLoader

from hf_xlqa.paired_windows import PairCollator, pair_windows


def test_pairs_are_windows_of_one_example_that_begin_at_the_same_characters() -> None:
    examples = asked_everywhere(5)
    prepared = cut(examples)
    windows = list(prepared.windows)
    expected = [
        (pivot, row)
        for row, window in enumerate(windows)
        for pivot, other in enumerate(windows)
        if examples[window["example_index"]].question_language != "en"
        and examples[other["example_index"]].question_language == "en"
        and other["parallel_id"] == window["parallel_id"]
        and other["character_start"] == window["character_start"]
    ]
    pairs = pair_windows(prepared, examples)
    assert list(zip(pairs.pivots, pairs.members, strict=True)) == expected
    assert len(pairs) == pairs.report.pairs == len(expected) > 10
    translated = [row for row, one in enumerate(windows) if examples[one["example_index"]].question_language != "en"]
    assert pairs.report.windows_apart == len(translated) - len(expected) > 0  # the longest questions need one more
    everyone = pair_windows(prepared, examples, each="all")
    grouped = {
        int(pivot): everyone.members[everyone.splits[row] : everyone.splits[row + 1]].tolist()
        for row, pivot in enumerate(everyone.pivots)
    }
    assert grouped == {pivot: [row for one, row in expected if one == pivot] for pivot, _ in expected}
    assert everyone.report == pairs.report


def test_an_item_is_a_pivot_window_with_its_translations() -> None:
    examples = asked_everywhere(3)
    prepared = cut(examples)
    everyone = pair_windows(prepared, examples, each="all")
    item = everyone[2]
    assert item["input_ids"] == prepared.windows[int(everyone.pivots[2])]["input_ids"]
    rows = everyone.members[everyone.splits[2] : everyone.splits[3]]
    assert [each["input_ids"] for each in item["translations"]] == [
        prepared.windows[int(row)]["input_ids"] for row in rows
    ]
    assert "offset_starts" not in item


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("each", ["pair", "all"])
def test_shifted_positions_are_the_same_characters(side: str, each: Any) -> None:
    examples = asked_everywhere(6)
    prepared = cut(examples, side=side)
    pairs = pair_windows(prepared, examples, each=each)
    collator = PairCollator(TOKENIZER if side == "right" else tiny_tokenizer(padding_side="left"))
    first = 0
    for batch in DataLoader(pairs, batch_size=5, collate_fn=collator):
        rows = []
        for item in range(first, min(first + 5, len(pairs))):
            rows += [pairs.pivots[item], *pairs.members[pairs.splits[item] : pairs.splits[item + 1]]]
        first += 5
        begins = []  # where the contexts are in the padded rows, and their characters
        for number, row in enumerate(rows):
            window = prepared.windows[int(row)]
            ids = batch["input_ids"][number].tolist()
            pad = ids.index(2) if side == "left" else 0  # [CLS] is the first token
            begins.append((pad + window["context_start"], window["offset_starts"]))
        assert batch["pivot_rows"].tolist().count(-1) == len(
            {*range(len(rows))} - set(torch.where(batch["pivot_rows"] >= 0)[0].tolist())
        )
        for number, (pivot, shift) in enumerate(zip(batch["pivot_rows"], batch["pivot_shifts"], strict=True)):
            if pivot < 0:
                assert shift == 0
                continue
            (begin, starts), (own_begin, own_starts) = begins[pivot], begins[number]
            for place, character in enumerate(starts):
                at = begin + place + int(shift) - own_begin
                found = own_starts[at] if 0 <= at < len(own_starts) else None
                assert found == (character if character in own_starts else None)


def test_what_has_no_partner_is_counted() -> None:
    examples = asked_everywhere(3)
    examples[4] = replace(examples[4], context="Elsewhere. " + examples[4].context, answers=())  # 1-de
    examples[5] = replace(examples[5], parallel_id="another")  # 2-de
    del examples[6:]  # no Chinese
    report = pair_windows(cut(examples), examples).report
    apart = "windows of translations that begin where no window of the pivot does"
    assert report.other_context == ("1-de",) and report.without_pivot == ("2-de",)
    english = [window for window in cut(examples).windows if window["example_id"].endswith("en")]
    assert report.pivots_alone == len([each for each in english if each["example_id"] != "0-en"])
    assert report.examples == {"toy": 2}
    assert dict(report.dropped["toy"]) == {
        "translations of questions that the pivot language lacks": 1,
        "translations of questions on other contexts": 1,
        **({apart: report.windows_apart} if report.windows_apart else {}),
        "windows of the pivot without a translation": report.pivots_alone,
    }


def test_items_without_translations_are_rows_alone() -> None:
    windows = cut(asked_everywhere(1)).windows
    batch = PairCollator(TOKENIZER)([windows[0], windows[1]])
    assert batch["pivot_rows"].tolist() == [-1, -1] and batch["pivot_shifts"].tolist() == [0, 0]


def test_rows_share_the_forward_pass_of_their_pivot() -> None:
    batch = PairCollator(TOKENIZER)([pairs_of(2, each="all")[row] for row in range(2)])
    assert batch["pivot_rows"].tolist() == [-1, 0, 0, -1, 3, 3]
    assert len(batch["input_ids"]) == 6


def test_what_cannot_be_paired_is_refused() -> None:
    examples = asked_everywhere(2)
    prepared = cut(examples)
    with pytest.raises(ValueError, match='`each` must be "pair" or "all", but is \'one\' instead'):
        pair_windows(prepared, examples, each="one")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`examples` must be the 6 that the windows are of, but are 5 instead"):
        pair_windows(prepared, examples[:5])
    with pytest.raises(ValueError, match="must have questions in fr and their translations on the same context"):
        pair_windows(prepared, examples, pivot="fr")
    elsewhere = [
        replace(examples[0], context="Elsewhere. " + examples[0].context, answers=()),
        examples[2],
        examples[4],
    ]
    elsewhere += [replace(each, parallel_id="another") for each in (examples[3], examples[5])]
    found = "no such pair; 2 translations without the pivot: 1-de, 1-zh; 2 translations on another context: 0-de, 0-zh"
    with pytest.raises(ValueError, match=f"but have {found} instead"):
        pair_windows(cut(elsewhere), elsewhere)
    twice = [*examples[:5], replace(examples[0], id="again")]
    with pytest.raises(ValueError, match="one en question for each parallel id .* have '0-en' and 'again' for '0' ins"):
        pair_windows(cut(twice), twice)
