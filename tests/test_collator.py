"""Padding, answer masks and label positions on both padding sides, with and without parallel windows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from tiny_tokenizers import SENTENCES, tiny_tokenizer

from hf_xlqa.alignment import align_windows
from hf_xlqa.collator import WindowCollator, to_window_positions
from hf_xlqa.features import prepare_features
from hf_xlqa.schema import Answer, Example


def example(id: str, context: str, gold: str) -> Example:
    return Example(id, id, "", context, "Who built it?", (Answer(gold, context.index(gold)),), "en", "en", "test")


def windows(tokenizer: Any) -> list[dict[str, Any]]:
    rows = [example("a", SENTENCES[0], "Dresden"), example("b", SENTENCES[0] + SENTENCES[1], "opened")]
    settings = {"max_length": 128, "max_question_length": 32, "window_step": 64}
    return list(prepare_features(rows, tokenizer, **settings).windows)


@pytest.mark.parametrize("family", ["bert", "roberta", "xlnet"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_pads_on_the_side_of_the_tokenizer(family: str, side: str) -> None:
    tokenizer = tiny_tokenizer(family, padding_side=side)
    items = windows(tokenizer)
    batch = WindowCollator(tokenizer, places=True)(items)
    own = tokenizer.pad({name: [item[name] for item in items] for name in tokenizer.model_input_names})
    for name in tokenizer.model_input_names:
        assert batch[name].tolist() == own[name], name
        assert batch[name].dtype == torch.int64
    for row, item in enumerate(items):
        for name in ("start_positions", "end_positions"):
            assert batch["input_ids"][row, batch[name][row]] == item["input_ids"][item[name]]
        assert batch["input_ids"][row, batch["cls_index"][row]] == tokenizer.cls_token_id
        question = batch["input_ids"][row, batch["question_start"][row] : batch["question_end"][row]].tolist()
        assert question == item["input_ids"][item["question_start"] : item["question_end"]]
        context = item["input_ids"][item["context_start"] : item["context_end"]]
        allowed = batch["input_ids"][row][batch["answer_mask"][row]].tolist()
        assert sorted(allowed) == sorted([*context, tokenizer.cls_token_id])
    places = {"cls_index", "question_start", "question_end"}
    usual = {*tokenizer.model_input_names, "answer_mask", "start_positions", "end_positions"}
    assert (set(WindowCollator(tokenizer)(items)), set(batch)) == (usual, usual | places)


def test_pads_to_a_multiple() -> None:
    tokenizer = tiny_tokenizer("bert")
    items = windows(tokenizer)
    longest = max(len(item["input_ids"]) for item in items)
    batch = WindowCollator(tokenizer, pad_to_multiple_of=64)(items)
    assert batch["input_ids"].shape == batch["answer_mask"].shape == (2, -(-longest // 64) * 64)


def test_sample_weights_are_passed_on() -> None:
    tokenizer = tiny_tokenizer("bert")
    items = [dict(item, sample_weight=weight) for item, weight in zip(windows(tokenizer), (0.5, 2.0), strict=True)]
    weights = WindowCollator(tokenizer)(items)["sample_weight"]
    assert weights.tolist() == [0.5, 2.0]
    assert weights.dtype == torch.float32


def test_weights_of_some_items_only_are_refused() -> None:
    tokenizer = tiny_tokenizer("bert")
    items = windows(tokenizer)
    items[1]["sample_weight"] = 0.5
    with pytest.raises(
        ValueError, match="`sample_weight` must be in all items of a batch or in none, but is in 1 of 2"
    ):
        WindowCollator(tokenizer)(items)


def parallel_items(tokenizer: Any) -> list[dict[str, Any]]:
    first, second = windows(tokenizer)
    return [dict(first, parallel={"de": second, "zh": None}), dict(second, parallel={"de": None, "zh": first})]


@pytest.mark.parametrize("side", ["left", "right"])
def test_parallel_windows_stand_in_the_order_of_the_languages(side: str) -> None:
    tokenizer = tiny_tokenizer("bert", padding_side=side)
    items = parallel_items(tokenizer)
    batch = WindowCollator(tokenizer, languages=("zh", "de"))(items)
    assert batch["parallel_mask"].tolist() == [[False, True], [True, False]]
    alone = WindowCollator(tokenizer)([items[1], items[0]])  # row 0 is the window of (0, de), row 1 of (1, zh)
    for name, rows in alone.items():
        parallel = batch[f"parallel_{name}"]
        assert parallel.shape == (2, 2, *rows.shape[1:]), name
        assert torch.equal(parallel[0, 1], rows[0]), name
        assert torch.equal(parallel[1, 0], rows[1]), name
    assert batch["parallel_start_positions"][0, 0] == batch["parallel_end_positions"][1, 1] == -100
    assert batch["parallel_attention_mask"][0, 0].sum() == batch["parallel_answer_mask"][0, 0].sum() == 0
    assert set(batch["parallel_input_ids"][0, 0].tolist()) == {tokenizer.pad_token_id}


def test_a_batch_without_any_parallel_window_keeps_its_axes() -> None:
    tokenizer = tiny_tokenizer("bert")
    items = [dict(item, parallel={"de": None}) for item in windows(tokenizer)]
    batch = WindowCollator(tokenizer, languages=("de",))(items)
    assert batch["parallel_input_ids"].shape == (2, 1, 1)
    assert batch["parallel_start_positions"].tolist() == [[-100], [-100]]
    assert not batch["parallel_mask"].any()
    assert not batch["parallel_answer_mask"].any()


def test_loader_batches_aligned_windows() -> None:
    tokenizer = tiny_tokenizer("bert")
    settings = {"max_length": 128, "max_question_length": 32, "window_step": 64}
    pivot = prepare_features([example(n, SENTENCES[0], "Elbe") for n in "abc"], tokenizer, **settings)
    german = prepare_features([example(n, SENTENCES[2], "Elbe") for n in "ac"], tokenizer, **settings)
    aligned = align_windows(pivot, {"de": german})
    loader: Iterator[Any] = torch.utils.data.DataLoader(
        aligned, batch_size=3, collate_fn=WindowCollator(tokenizer, languages=aligned.languages), num_workers=1
    )
    (batch,) = loader
    assert batch["parallel_mask"].tolist() == [[True], [False], [True]]
    row, position = 2, batch["parallel_start_positions"][2, 0]
    elbe = tokenizer(SENTENCES[2], return_offsets_mapping=True)["offset_mapping"]
    start = next(i for i, (begin, _) in enumerate(elbe) if begin == SENTENCES[2].index("Elbe"))
    assert position - german.windows[1]["context_start"] + 1 == start
    assert batch["parallel_answer_mask"][row, 0, position]


@pytest.mark.parametrize("side", ["left", "right"])
def test_logits_come_back_to_window_positions(side: str) -> None:
    tokenizer = tiny_tokenizer("bert", padding_side=side)
    items = windows(tokenizer)
    batch = WindowCollator(tokenizer, pad_to_multiple_of=64)(items)
    ids = to_window_positions(batch["input_ids"].float(), batch["attention_mask"])
    for row, item in zip(ids, items, strict=True):
        assert row[: len(item["input_ids"])].tolist() == item["input_ids"]
        assert set(row[len(item["input_ids"]) :].tolist()) == {tokenizer.pad_token_id}


def test_tokenizer_without_padding_token_is_refused() -> None:
    with pytest.raises(ValueError, match="`tokenizer` must have a padding token, but TokenizersBackend has none"):
        WindowCollator(tiny_tokenizer("bert", pad_token=None))


def test_unknown_language_is_refused() -> None:
    tokenizer = tiny_tokenizer("bert")
    with pytest.raises(ValueError, match=r"`languages` must be among those of the items \(de, zh\), but has 'ko'"):
        WindowCollator(tokenizer, languages=("de", "ko"))(parallel_items(tokenizer))
    with pytest.raises(ValueError, match=r"\(no language\), but has 'de'"):
        WindowCollator(tokenizer, languages=("de",))(windows(tokenizer))
