"""Windows against the tokenizer's own pair encoding, golds against the untouched context, nothing lost uncounted."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_qa import tiny_examples
from tiny_qanet import LANGUAGES, QANET_TOKENIZER
from tiny_tokenizers import FAMILIES, SENTENCES, tiny_tokenizer
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from hf_xlqa.features import PreparedFeatures, prepare_features
from hf_xlqa.schema import Answer, Example
from hf_xlqa.windows import WindowCutter

LONG = " ".join(SENTENCES[:4] * 2)
SMALL = {"max_length": 60, "window_step": 16, "max_question_length": 24}


def example(id: str, context: str, gold: str | None = None, question: str = "Who built the bridge?") -> Example:
    answers = () if gold is None else (Answer(gold, context.index(gold)),)
    return Example(id, id, "", context, question, answers, "en", "en", "test")


def prepare(tokenizer: PreTrainedTokenizerFast, *examples: Example, **options: Any) -> PreparedFeatures:
    return prepare_features(examples, tokenizer, **{**SMALL, **options})


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without outer blanks, at its end where nothing remains."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def pair_encoding(tokenizer: PreTrainedTokenizerFast, row: Example, **options: Any) -> list[dict[str, Any]]:
    """The tokenizer's own windows of one example."""
    encoding = tokenizer(
        row.question,
        row.context,
        truncation="only_second",
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        **options,
    )
    windows = []
    for index in range(len(encoding["input_ids"])):
        window = {name: values[index] for name, values in encoding.items() if name != "overflow_to_sample_mapping"}
        at = [i for i, source in enumerate(encoding.sequence_ids(index)) if source == 1]
        window["context"] = (at[0], at[-1] + 1)
        window["offsets"] = [trimmed(row.context, *window["offset_mapping"][i]) for i in at]
        windows.append(window)
    return windows


def assert_same(window: dict[str, Any], own: dict[str, Any], tokenizer: PreTrainedTokenizerFast) -> None:
    for name in tokenizer.model_input_names:
        assert window[name] == own[name], name
    assert (window["context_start"], window["context_end"]) == own["context"]
    assert list(zip(window["offset_starts"], window["offset_ends"], strict=True)) == own["offsets"]
    assert window["input_ids"][window["cls_index"]] == tokenizer.cls_token_id


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("side", ["left", "right"])
def test_windows_equal_the_pair_encoding(family: str, side: str) -> None:
    """One window and many: a step of `room - overlap` is the tokenizer's `stride` of `overlap`."""
    tokenizer = tiny_tokenizer(family, padding_side=side)
    rows = [example("short", SENTENCES[0]), example("long", LONG), example("again", LONG, question=SENTENCES[1])]
    for row in rows:
        size = len(tokenizer(row.question, add_special_tokens=False)["input_ids"])
        room = 90 - tokenizer.num_special_tokens_to_add(pair=True) - size
        options = {"max_length": 90, "max_question_length": size, "window_step": room - 11}
        prepared = prepare(tokenizer, rows[0], row, **options)
        own = pair_encoding(tokenizer, row, max_length=90, stride=11)
        found = [window for window in prepared.windows if window["example_index"] == 1]
        assert len(found) == len(own)
        for window, expected in zip(found, own, strict=True):
            assert_same(window, expected, tokenizer)


@pytest.mark.parametrize("family", FAMILIES)
def test_starts_advance_by_the_step_whatever_the_question(family: str) -> None:
    tokenizer = tiny_tokenizer(family)
    rows = [example("a", LONG, question="Who?"), example("b", LONG, question="Who built the bridge, and when?")]
    whole = tokenizer(LONG, add_special_tokens=False)["input_ids"]
    for index, row in enumerate(rows):
        windows = [w for w in prepare(tokenizer, *rows).windows if w["example_index"] == index]
        for number, window in enumerate(windows):
            piece = window["input_ids"][window["context_start"] : window["context_end"]]
            assert piece == whole[16 * number : 16 * number + len(piece)]
        assert all(len(window["input_ids"]) == 60 for window in windows[:-1]), row.id
        assert 16 * (len(windows) - 1) + len(piece) == len(whole)


GOLDS = [
    ("The 易北河发源于山区，流经德累斯顿。", "德累斯顿"),
    ("Tea 🍵🍰 and 👩‍👩‍👧 cakes 𠮷野家 here", "🍰"),
    ("Tea 🍵🍰 and 👩‍👩‍👧 cakes 𠮷野家 here", "𠮷野家"),
    (unicodedata.normalize("NFD", "A café über die Brücke am Fluß"), unicodedata.normalize("NFD", "Brücke")),
    ("ＡＢＣ ㎏ ﬁnal ½ bridge", "bridge"),
    ("\ufeffThe river\u200d  Elbe\u00a0\u3000rises\r\nthere", "Elbe"),
    ("एल्बे नदी पहाड़ों से निकलती है", "नदी"),
]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("context", "gold"), GOLDS)
def test_gold_positions_cut_the_gold_from_the_context(family: str, context: str, gold: str) -> None:
    row = example("x", context, gold)
    prepared = prepare(tiny_tokenizer(family), row)
    window = prepared.windows[0]
    first = window["start_positions"] - window["context_start"]
    last = window["end_positions"] - window["context_start"]
    assert 0 <= first <= last
    start, end = window["offset_starts"][first], window["offset_ends"][last]
    covered = context[start:end]
    # An uncased normaliser removes combining marks, and with them the last character of a Hindi gold.
    assert gold in covered or (family == "xlnet" and covered == "नद")
    assert covered == covered.strip()
    assert (covered != gold) == (prepared.report.golds_cutting_tokens == ("x",))
    inner = zip(window["offset_starts"][first + 1 : last], window["offset_ends"][first + 1 : last], strict=True)
    assert all(row.answers[0].start <= begin and stop <= row.answers[0].end for begin, stop in inner)


def test_exact_in_chinese_without_blanks() -> None:
    context, gold = GOLDS[0]
    prepared = prepare(tiny_tokenizer("bert"), example("x", context, gold))
    assert prepared.report.golds_cutting_tokens == ()


def test_gold_inside_a_token_takes_the_covering_tokens() -> None:
    context = "The river rises in the mountains."
    row = Example("x", "x", "", context, "Where?", (Answer("iver", 5),), "en", "en", "test")
    prepared = prepare(tiny_tokenizer("bert"), row)
    window = prepared.windows[0]
    first, last = (window[name] - window["context_start"] for name in ("start_positions", "end_positions"))
    assert context[window["offset_starts"][first] : window["offset_ends"][last]] == "river"
    assert prepared.report.golds_cutting_tokens == ("x",)


def test_outer_blanks_of_a_gold_are_not_tokens() -> None:
    row = Example("x", "x", "", "The river  Elbe rises.", "What?", (Answer(" Elbe ", 10),), "en", "en", "test")
    for family in FAMILIES:
        prepared = prepare(tiny_tokenizer(family), row)
        window = prepared.windows[0]
        first, last = (window[name] - window["context_start"] for name in ("start_positions", "end_positions"))
        assert row.context[window["offset_starts"][first] : window["offset_ends"][last]] == "Elbe", family


ODD = [
    "a",
    "b ",
    "The ",
    ".",
    "é",
    "e\u0301",
    "\u0323",
    "🍵",
    "👩‍👧",
    "𠮷",
    "日",
    "\u3000",
    "\u00a0",
    "\ufeff",
    "\u200b",
]
ODD += [
    "\r\n",
    "\t",
    "㎏",
    "ﬁ",
    "한",
    "\u1112\u1161\u11ab",
    "नी",
    "ड़",
    "İ",
    "ß",
    "[SEP]",
    "</s>",
    "▁",
    "Ġ",
    "\0",
    "\x85",
    "ﷺ",
]


@settings(max_examples=150, deadline=None)
@given(data=st.data(), family=st.sampled_from(FAMILIES), pieces=st.lists(st.sampled_from(ODD), min_size=1, max_size=50))
def test_any_text_is_covered_by_the_fewest_tokens(data: st.DataObject, family: str, pieces: list[str]) -> None:
    """The definition of a gold's tokens, and equal windows, on texts that normalisers and byte pieces take apart."""
    context = "".join(pieces)
    start = data.draw(st.integers(0, len(context) - 1))
    gold = context[start : data.draw(st.integers(start + 1, min(len(context), start + 6)))]
    row = Example("x", "x", "", context, "a?", (Answer(gold, start),), "en", "en", "test")
    tokenizer = tiny_tokenizer(family)
    encoding = tokenizer(context, add_special_tokens=False, return_offsets_mapping=True)
    offsets = [trimmed(context, *pair) for pair in encoding["offset_mapping"]]
    begin, end = trimmed(context, start, start + len(gold))
    cover = [at for at, (first, last) in enumerate(offsets) if first < end and last > begin and first < last]

    prepared = prepare(tokenizer, row, max_length=400, window_step=300)
    window = prepared.windows[0]
    assert list(zip(window["offset_starts"], window["offset_ends"], strict=True)) == offsets
    if offsets:
        assert_same(window, pair_encoding(tokenizer, row, max_length=400)[0], tokenizer)
    positions = window["start_positions"], window["end_positions"]
    if not cover:
        assert positions == (window["cls_index"], window["cls_index"])
        assert prepared.report.golds_in_no_window == ("x",)
        return
    assert positions == (window["context_start"] + cover[0], window["context_start"] + cover[-1])
    exact = (offsets[cover[0]][0], offsets[cover[-1]][1]) == (begin, end)
    assert prepared.report.golds_cutting_tokens == (() if exact else ("x",))


@pytest.mark.parametrize("family", ["bert", "roberta", "xlnet"])
def test_gold_outside_points_at_cls_and_is_counted(family: str) -> None:
    tokenizer = tiny_tokenizer(family)
    row = example("x", LONG, "mountains")
    prepared = prepare(tokenizer, row)
    outside = [w for w in prepared.windows if w["start_positions"] == w["cls_index"] == w["end_positions"]]
    assert len(prepared.windows) > len(outside) == prepared.report.windows_at_cls > 0
    for window in prepared.windows:
        begin, end = window["character_start"], window["character_end"]
        holds = begin <= row.answers[0].start and row.answers[0].end <= end
        assert holds == (window["start_positions"] != window["cls_index"])


def test_drop_leaves_windows_out_and_reports_them() -> None:
    tokenizer = tiny_tokenizer("bert")
    rows = [example("held", LONG, "mountains"), example("unknown", SENTENCES[0]), example("long", LONG, LONG[10:700])]
    cls, dropped = prepare(tokenizer, *rows), prepare(tokenizer, *rows, outside="drop")
    assert set(dropped.windows["example_id"]) == {"held"}
    assert dropped.report.windows_dropped == cls.report.windows_at_cls > 0
    assert dropped.report.without_window == ("unknown", "long")
    assert dropped.report.golds_in_no_window == ("long",)
    assert dropped.report.without_gold == cls.report.without_gold == 1
    assert cls.report.without_window == ()
    assert "without window: 2 (unknown, long)" in str(dropped.report)


def test_the_greatest_exact_match_is_reported() -> None:
    """Of four golds one cuts a token, one is in no window; an example without gold does not count."""
    tokenizer = tiny_tokenizer("bert")
    cut = Example("cut", "cut", "", SENTENCES[0], "a?", (Answer("ive", 5),), "en", "en", "test")
    rows = [example("a", SENTENCES[0], "river"), example("b", LONG, "mountains"), example("long", LONG, LONG[10:700])]
    report = prepare(tokenizer, *rows, cut, example("none", SENTENCES[0])).report
    assert report.exact_match_ceiling == 0.5
    assert str(report).endswith("greatest exact match: 50.00")
    twice = prepare(tokenizer, *[*rows, cut] * 2).report
    assert twice.exact_match_ceiling == 0.5
    whole = prepare(tokenizer, *rows[:2]).report
    assert whole.exact_match_ceiling == 1
    assert "exact match" not in str(whole)
    assert prepare(tokenizer, example("none", SENTENCES[0])).report.exact_match_ceiling is None


def test_questions_are_cut_and_reported() -> None:
    tokenizer = tiny_tokenizer("bert")
    prepared = prepare(tokenizer, example("a", SENTENCES[0], question=LONG), example("b", SENTENCES[0]))
    assert prepared.report.truncated_questions == ("a",)
    whole = tokenizer(LONG, add_special_tokens=False)["input_ids"]
    assert prepared.windows[0]["input_ids"][1:25] == whole[:24]
    assert prepared.windows[0]["context_start"] == 26


def test_empty_context_keeps_its_window() -> None:
    prepared = prepare(tiny_tokenizer("bert"), example("a", ""), example("b", "  "), example("c", SENTENCES[0]))
    empty = prepared.windows[0]
    assert prepared.windows["example_id"][:3] == ["a", "b", "c"]
    assert empty["context_start"] == empty["context_end"] == len(empty["input_ids"]) - 1
    assert empty["offset_starts"] == []
    assert empty["start_positions"] == 0


def test_no_examples_give_no_windows() -> None:
    prepared = prepare(tiny_tokenizer("bert"))
    assert len(prepared.windows) == 0
    assert "input_ids" in prepared.windows.column_names
    assert str(prepared.report) == ""


def test_processes_give_the_same_windows_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hf_xlqa.features._BATCH", 3)
    rows = [example(str(i), SENTENCES[i % 8] * (1 + i % 3), SENTENCES[i % 8][4:9]) for i in range(20)]
    alone, together = prepare(tiny_tokenizer("bert"), *rows), prepare(tiny_tokenizer("bert"), *rows, num_proc=2)
    assert alone.windows.to_list() == together.windows.to_list()
    assert alone.report == together.report
    assert alone.report.examples == 20
    assert [w["example_id"] for w in alone.windows] == [str(w["example_index"]) for w in alone.windows]


def test_long_contexts_make_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [example(str(i), SENTENCES[i % 8] * (1 + 9 * (i == 3)), SENTENCES[i % 8][4:9]) for i in range(7)]
    whole = prepare(tiny_tokenizer("bert"), *rows)
    monkeypatch.setattr("hf_xlqa.features._BATCH_CHARACTERS", 100)
    parts = prepare(tiny_tokenizer("bert"), *rows)
    assert parts.windows.data.num_rows == len(whole.windows)
    assert len(parts.windows.data.column("example_id").chunks) > len(whole.windows.data.column("example_id").chunks)
    assert parts.windows.to_list() == whole.windows.to_list()
    assert parts.report == whole.report


def test_every_call_writes_new_files(tmp_path: Path) -> None:
    """Nothing is served from an earlier call: another text under the same ids gives other windows."""
    tokenizer = tiny_tokenizer("bert")
    first = prepare(tokenizer, example("a", SENTENCES[0]), directory=tmp_path)
    second = prepare(tokenizer, example("a", SENTENCES[2]), directory=tmp_path)
    assert first.windows[0]["input_ids"] != second.windows[0]["input_ids"]
    files = {Path(prepared.windows.cache_files[0]["filename"]) for prepared in (first, second)}
    assert len(files) == 2
    assert all(file.is_relative_to(tmp_path) for file in files)


def test_examples_are_read_as_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not more than one batch is held, however many examples there are."""
    monkeypatch.setattr("hf_xlqa.features._BATCH", 2)
    read: list[int] = []
    ahead: list[int] = []
    cut = WindowCutter.__call__

    def watched(self: WindowCutter, first_row: int, examples: Sequence[Example]) -> Any:
        ahead.append(len(read) - first_row)
        return cut(self, first_row, examples)

    def stream() -> Iterator[Example]:
        for number in range(9):
            read.append(number)
            yield example(str(number), SENTENCES[0])

    monkeypatch.setattr(WindowCutter, "__call__", watched)
    assert len(prepare_features(stream(), tiny_tokenizer("bert"), **SMALL).windows) == 9
    assert ahead == [2, 2, 2, 2, 1]


@pytest.mark.parametrize("family", ["bert", "roberta", "xlnet"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_the_places_of_the_question_are_its_tokens(family: str, side: str) -> None:
    tokenizer = tiny_tokenizer(family, padding_side=side)
    rows = [example("a", SENTENCES[0], question="Who?"), example("b", LONG, question="Who built the bridge?")]
    for window in prepare(tokenizer, *rows).windows:
        question = rows[window["example_index"]].question
        own = tokenizer(question, add_special_tokens=False)["input_ids"]
        assert window["input_ids"][window["question_start"] : window["question_end"]] == own


def test_languages_are_numbered_where_asked_for() -> None:
    rows = [replace(example("a", LONG), question_language=each) for each in ("zh", "de", "en")]
    given = prepare(tiny_tokenizer("bert"), *rows, languages=["en", "de", "zh"], num_proc=2).windows
    expected = [[2, 1, 0][row] for row in given["example_index"]]
    assert given["question_language_ids"] == expected and len(set(expected)) == 3
    assert set(given["language_ids"]) == {0}
    plain = prepare(tiny_tokenizer("bert"), *rows).windows
    assert not {"language_ids", "question_language_ids"} & set(plain.column_names)
    assert plain[:] == given.remove_columns(["language_ids", "question_language_ids"])[:]


def test_a_language_without_a_number_is_refused_by_id() -> None:
    rows = [example("a", SENTENCES[0]), replace(example("b", SENTENCES[0]), question_language="fr")]
    message = r"`question_language` of example 'b' must be one of en, de \(`languages`\), but is 'fr' instead"
    with pytest.raises(ValueError, match=message):
        prepare(tiny_tokenizer("bert"), *rows, languages=["en", "de"])


def test_languages_of_a_tokenizer_keep_their_numbers() -> None:
    options = {"max_length": 20, "window_step": 8, "max_question_length": 4}
    rows = [replace(each, context_language="de") for each in tiny_examples(2)]
    for languages in (None, LANGUAGES):
        windows = prepare_features(rows, QANET_TOKENIZER, languages=languages, **options).windows
        assert set(windows["language_ids"]) == {1} and set(windows["question_language_ids"]) == {0}
    with pytest.raises(ValueError, match=r"`languages` must be those of the tokenizer \(en, de\), but are de, en inst"):
        prepare_features(rows, QANET_TOKENIZER, languages=["de", "en"], **options)


def test_offsets_are_32_bit_lists() -> None:
    features = prepare(tiny_tokenizer("bert"), example("a", SENTENCES[0])).windows.features
    assert features["offset_starts"].feature.dtype == features["input_ids"].feature.dtype == "int32"
    assert features["example_index"].dtype == "int32"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_length": 0}, "`max_length` must be 1 or more, but is 0"),
        ({"window_step": 0}, "`window_step` must be 1 or more, but is 0"),
        ({"max_question_length": -1}, "`max_question_length` must be 1 or more, but is -1"),
        ({"num_proc": 0}, "`num_proc` must be 1 or more, but is 0"),
        ({"outside": "skip"}, '`outside` must be "cls" or "drop", but is \'skip\''),
        ({"window_step": 34}, "`window_step` must be at most 33, .* but is 34"),
    ],
)
def test_settings_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        prepare(tiny_tokenizer("bert"), example("a", SENTENCES[0]), **options)


def test_half_a_surrogate_pair_is_refused_by_id() -> None:
    with pytest.raises(ValueError, match="`context` of example 'b' must be Unicode text, .* at offset 4"):
        prepare(tiny_tokenizer("bert"), example("a", "fine"), example("b", "tea \ud83c"))


def test_slow_tokenizer_is_refused() -> None:
    class Slow:
        is_fast = False

    with pytest.raises(ValueError, match="`tokenizer` must be a fast tokenizer, .* but is Slow"):
        prepare(Slow(), example("a", SENTENCES[0]))  # type: ignore[arg-type]


def test_tokenizer_without_cls_is_refused() -> None:
    tokenizer = tiny_tokenizer("bert", cls_token=None)
    with pytest.raises(ValueError, match=r"`tokenizer` must put a \[CLS\] token into its pairs"):
        prepare(tokenizer, example("a", SENTENCES[0]))


def test_tokenizer_without_tokens_is_refused() -> None:
    backend = Tokenizer(models.BPE())
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, cls_token="[CLS]")
    with pytest.raises(ValueError, match="`tokenizer` must make tokens of '1 a 一', but makes none"):
        prepare(tokenizer, example("a", SENTENCES[0]))


def test_beginning_of_text_stands_in_for_cls() -> None:
    tokenizer = tiny_tokenizer("bert", cls_token=None, bos_token="[CLS]")
    assert prepare(tokenizer, example("a", SENTENCES[0])).windows[0]["cls_index"] == 0


def test_cls_at_the_end_is_found() -> None:
    window = prepare(tiny_tokenizer("xlnet"), example("a", SENTENCES[0])).windows[0]
    assert window["cls_index"] == window["start_positions"] == len(window["input_ids"]) - 1
    assert np.array(window["token_type_ids"])[-1] == 2
