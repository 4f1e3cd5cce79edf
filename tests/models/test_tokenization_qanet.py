"""The tokenizer of QANet against one of the fast backend, its offsets, files, and windows made with it."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from many_scripts import WORDS, examples, texts
from models.harness import WITHOUT_THE_LIBRARY, foreign_imports
from tokenizers import Tokenizer, pre_tokenizers, processors
from tokenizers.models import WordLevel
from transformers import AutoTokenizer, DataCollatorWithPadding, PreTrainedTokenizerFast

from hf_xlqa.collator import WindowCollator
from hf_xlqa.features import prepare_features
from hf_xlqa.models import qanet_words
from hf_xlqa.models.qanet_words import word_forms, word_spans
from hf_xlqa.models.tokenization_qanet import QANetTokenizer
from hf_xlqa.schema import Answer, Example
from hf_xlqa.text import units

ENGLISH = "The king of Norway was re-elected in 1905, was he not?"
CHINESE = "1905年，南京市长江大桥的国王是ABC。"
LETTERS = ["a", "b", "c", "d", "e", "f", "g"]


def tokenizer(**options: Any) -> QANetTokenizer:
    words = ["the", "king", "of", "Norway", "南京市", "大桥", "1905"]
    return QANetTokenizer(words=words, characters="theking南京", **{"languages": ["en", "zh"]} | options)


def letters() -> QANetTokenizer:
    return QANetTokenizer(words=LETTERS, characters=LETTERS, languages=["en"])


def fast() -> PreTrainedTokenizerFast:
    """The same vocabulary and the same pairs in the fast backend, words between blanks."""
    vocabulary = letters().get_vocab()
    backend = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.post_processor = processors.TemplateProcessing(
        single="$A:0", pair="$A:0 [SEP]:0 $B:1", special_tokens=[("[SEP]", vocabulary["[SEP]"])]
    )
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "sep_token": "[SEP]", "cls_token": "[SEP]"}
    names = ["input_ids", "token_type_ids", "attention_mask"]
    return PreTrainedTokenizerFast(tokenizer_object=backend, model_input_names=names, **special)


def letter_texts(most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from([*LETTERS, "x"]), max_size=most).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(st.tuples(letter_texts(3), letter_texts(14)), min_size=1, max_size=3),
    truncation=st.sampled_from([False, "only_first", "only_second", "longest_first"]),
    alone=st.booleans(),
    overflow=st.booleans(),
    sides=st.tuples(*[st.sampled_from(["left", "right"])] * 2),
    options=st.fixed_dictionaries(
        {
            "max_length": st.integers(8, 16),
            "stride": st.integers(0, 3),
            "padding": st.sampled_from([False, "longest", "max_length"]),
            "add_special_tokens": st.booleans(),
            "pad_to_multiple_of": st.sampled_from([None, 2]),
        }
    ),
)
def test_rows_equal_those_of_the_fast_backend(
    rows: list[tuple[str, str]],
    truncation: str | bool,
    alone: bool,
    overflow: bool,
    sides: tuple[str, str],
    options: dict[str, Any],
) -> None:
    own, reference = letters(), fast()
    for each in (own, reference):
        each.padding_side, each.truncation_side = sides
    short, long = ([row[part] for row in rows] for part in (0, 1))
    if alone:
        texts, truncation = (long,), truncation and "longest_first"
    else:
        texts = (long, short) if truncation == "only_first" else (short, long)
        overflow &= truncation != "longest_first"
    options["max_length"] -= options["max_length"] % (options["pad_to_multiple_of"] or 1)
    options |= {"truncation": truncation, "return_overflowing_tokens": overflow}
    options |= {"return_offsets_mapping": True, "return_special_tokens_mask": True}
    found, expected = own(*texts, **options), reference(*texts, **options)
    for name, column in expected.items():
        assert found[name] == column, name
    count = len(expected["input_ids"])
    assert [found.sequence_ids(row) for row in range(count)] == [expected.sequence_ids(row) for row in range(count)]
    assert [len(row) for row in found["character_ids"]] == [len(row) for row in found["input_ids"]]
    assert set(found) - set(expected) == {"character_ids", "language_ids"}


@pytest.mark.parametrize("language", WORDS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_words_cover_every_character_but_blanks_in_order(language: str, data: st.DataObject) -> None:
    text = data.draw(texts(language))
    spans = list(word_spans(text, language))
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))
    covered = {place for start, end in spans for place in range(start, end)}
    assert covered == {place for place, each in enumerate(text) if not each.isspace()}


@pytest.mark.parametrize("language", [*WORDS, "zh-TW"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_words_are_the_units_of_the_library_but_for_jieba(language: str, data: st.DataObject) -> None:
    text = data.draw(texts(language.partition("-")[0]))
    spans = set(word_spans(text, language))
    finer = {(unit.start, unit.end) for unit in units(text)}
    if not language.startswith("zh"):
        assert spans == finer
    edges = {edge for span in finer for edge in span}
    assert {edge for span in spans for edge in span} <= edges


def test_chinese_is_cut_by_jieba() -> None:
    words = [CHINESE[start:end] for start, end in word_spans(CHINESE, "zh")]
    assert words == ["1905", "年", "，", "南京市", "长江大桥", "的", "国王", "是", "ABC", "。"]
    assert [CHINESE[start:end] for start, end in word_spans(CHINESE, "ja")][3:6] == ["南", "京", "市"]


def test_a_missing_segmenter_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jieba", None)
    monkeypatch.setattr(qanet_words, "_jieba", qanet_words._jieba.__wrapped__)
    assert list(word_spans("no Han", "zh")) == [(0, 2), (3, 6)]
    with pytest.raises(ImportError, match="pip install 'jieba>=0.42.1,<1'"):
        list(word_spans("南京", "zh"))


def test_words_are_looked_up_as_they_stand_then_normalised_then_in_lower_case() -> None:
    own = QANetTokenizer(words=["Apple", "apple", "cafe", "caf\u00e9"], characters="a")
    assert own("Apple APPLE Cafe cafe\u0301 ＡＰＰＬＥ pear")["input_ids"] == [3, 4, 5, 6, 4, 1]
    assert word_forms("Ｃafe\u0301") == ("Ｃafe\u0301", "Caf\u00e9", "caf\u00e9")


def test_characters_are_sixteen_a_word() -> None:
    row = tokenizer()("king antidisestablishmentarianism")["character_ids"]
    assert row[0] == [5, 6, 7, 8, *[0] * 12]
    assert row[1][:8] == [1, 7, 2, 6, 1, 6, 1, 4]
    assert [len(word) for word in row] == [16, 16]
    assert 0 not in row[1]
    assert tokenizer().character_vocab_size == 2 + len("theking南京")


def test_pairs_carry_types_and_languages() -> None:
    batch = tokenizer()(
        ["the king?", "of"], [CHINESE, "Norway"], language=["zh-TW", "en"], question_language="en", padding=True
    )
    assert batch["input_ids"][1][:4] == [5, 2, 6, 0]
    assert batch["token_type_ids"][0] == [0, 0, 0, 0, *[1] * 10]
    assert batch["language_ids"] == [1, 0]
    assert batch["question_language_ids"] == [0, 0]
    assert batch["attention_mask"][1][:4] == [1, 1, 1, 0]
    assert batch["character_ids"][1][3] == [0] * 16


def test_languages_default_to_the_tokenizers_own() -> None:
    own = tokenizer()
    assert own("南京市")["input_ids"] == [1, 1, 1]
    own.language = "zh-CN"
    assert own.language == "zh"
    batch = own("南京市", "大桥", return_tensors="pt")
    assert batch["input_ids"].tolist() == [[7, 2, 8]]
    assert batch["language_ids"].tolist() == [1]
    assert "question_language_ids" not in batch
    assert own.tokenize("南京市 king") == ["南京市", "king"]


def test_special_words_in_a_text_are_text() -> None:
    assert 2 not in tokenizer()("the [SEP] king")["input_ids"]


def test_padding_of_rows_made_one_by_one() -> None:
    """What `DataCollatorWithPadding` and other callers of `pad` do."""
    own = letters()
    rows = [dict(own("a b", text)) for text in ("c", "c d e")]
    batch = DataCollatorWithPadding(own)(rows)
    assert torch.equal(
        batch["character_ids"], own(["a b"] * 2, ["c", "c d e"], padding=True, return_tensors="pt").character_ids
    )
    assert batch["character_ids"].shape == (2, 6, 16)


def test_decoding_gives_the_words() -> None:
    own = letters()
    assert own.decode(own("a b", "c x")["input_ids"]) == "a b [SEP] c [UNK]"
    assert own.decode(own("a b", "c x")["input_ids"], skip_special_tokens=True) == "a b c"
    assert own.convert_tokens_to_ids(["a", "zzz"]) == [3, 1]
    assert len(own) == own.vocab_size == 3 + len(LETTERS)


def test_encodings_survive_pickling() -> None:
    copied = pickle.loads(pickle.dumps(letters()("a", "b c")))
    assert copied.sequence_ids(0) == [0, None, 1, 1]
    assert copied["input_ids"] == [3, 2, 4, 5]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text": "a", "language": "fr"}, "`language` must be one of en, zh, but is 'fr' instead"),
        (
            {"text": ["a", "b"], "language": ["en"]},
            r"`language` must be one code or one for each of 2 texts, but is \[",
        ),
        (
            {"text": ["a"], "text_pair": ["b"], "question_language": ["en", "en"]},
            "`question_language` must be one code or one for each of 1 texts",
        ),
        ({"text": ["a"], "is_split_into_words": True}, "`is_split_into_words` must be False"),
        ({"text": [["a", "b", "c"]]}, r"`text` must be texts or pairs of texts, but has \['a', 'b', 'c'\]"),
        ({"text": [3]}, "`text` must be a text or a list of texts, but has 3 instead"),
        ({"text": ["a", "b"], "text_pair": ["c"]}, "`text_pair` must be a list of 2, as `text` is"),
        (
            {"text": "a b", "text_pair": "c d", "truncation": True, "max_length": 4, "return_overflowing_tokens": True},
            "`truncation` must be only_first or only_second with `return_overflowing_tokens` for pairs",
        ),
        (
            {"text": "a b c", "text_pair": "d e", "truncation": "only_second", "max_length": 5, "stride": 1},
            r"`max_length` must leave more than 1 words \(`stride`\) to the text that only_second cuts, but leaves 1",
        ),
    ],
)
def test_what_cannot_be_encoded_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tokenizer()(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"words": ["a"]}, "`words` and `characters` must be given where there is no `vocab_file`"),
        ({"words": ["a", "a"], "characters": "a"}, "`words` must not repeat themselves, but have 'a' twice"),
        ({"words": ["[SEP]"], "characters": "a"}, r"`words` must not repeat themselves, but have '\[SEP\]' twice"),
        ({"words": ["a"], "characters": "aa"}, "`characters` must not repeat themselves, but have 'a' twice"),
        ({"words": ["a"], "characters": "a", "language": "zh"}, "`language` must be one of en, but is 'zh' instead"),
    ],
)
def test_what_is_no_vocabulary_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        QANetTokenizer(**options)


LOAD = """
import json
from transformers import AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1], trust_remote_code=True)
batch = tokenizer(sys.argv[2], sys.argv[3], language="zh", question_language="en", return_offsets_mapping=True)
tokenizer.save_pretrained(sys.argv[4])
again = AutoTokenizer.from_pretrained(sys.argv[4], trust_remote_code=True)
assert again.get_vocab() == tokenizer.get_vocab()
assert not any(module.partition(".")[0] == "hf_xlqa" for module in sys.modules)
print(json.dumps(dict(batch)))
"""


def test_loads_where_the_library_is_not_installed(tmp_path: Path) -> None:
    tokenizer(language="zh").save_pretrained(tmp_path / "checkpoint")
    names = {path.name for path in (tmp_path / "checkpoint").iterdir()}
    assert names == {"tokenizer_config.json", "vocabulary.json", "tokenization_qanet.py", "qanet_words.py"}
    assert list(foreign_imports(tmp_path / "checkpoint")) == ["qanet_words.py: import jieba"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_") and key != "PYTHONPATH"}
    environment |= {"HF_HOME": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "1"}
    arguments = [str(tmp_path / "checkpoint"), ENGLISH, CHINESE, str(tmp_path / "again")]
    process = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_LIBRARY + LOAD, *arguments],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    here = tokenizer()(ENGLISH, CHINESE, language="zh", question_language="en", return_offsets_mapping=True)
    assert json.loads(process.stdout.splitlines()[-1]) == json.loads(json.dumps(dict(here)))


def test_saved_and_loaded_here(tmp_path: Path) -> None:
    tokenizer(language="zh", padding_side="left", model_max_length=400).save_pretrained(tmp_path)
    for load in (QANetTokenizer, AutoTokenizer):
        loaded = load.from_pretrained(tmp_path)
        assert isinstance(loaded, QANetTokenizer)
        assert (loaded.languages, loaded.language) == (["en", "zh"], "zh")
        assert (loaded.padding_side, loaded.model_max_length) == ("left", 400)
        assert dict(loaded(CHINESE)) == dict(tokenizer(language="zh")(CHINESE))


def example(id: str, context: str, gold: str, question: str = "what is it", language: str = "en") -> Example:
    return Example(id, id, "", context, question, (Answer(gold, context.index(gold)),), language, "en", "test")


SIZES = {"max_length": 12, "window_step": 4, "max_question_length": 5}


def test_windows_hold_what_the_model_reads() -> None:
    own = tokenizer()
    rows = [example("en", ENGLISH, "Norway"), example("zh", CHINESE, "京市长江", language="zh")]
    prepared = prepare_features(rows, own, **SIZES)
    texts = {one.id: one.context for one in rows}
    for window in prepared.windows:
        begin, end = window["context_start"], window["context_end"]
        assert window["cls_index"] == begin - 1
        assert window["input_ids"][begin - 1] == own.sep_token_id
        assert window["token_type_ids"] == [0] * begin + [1] * (end - begin)
        pieces = [
            texts[window["example_id"]][start:stop]
            for start, stop in zip(window["offset_starts"], window["offset_ends"], strict=True)
        ]
        alone = [own(piece, language=window["example_id"]) for piece in pieces]
        assert window["input_ids"][begin:] == [each["input_ids"][0] for each in alone]
        assert window["character_ids"][begin:] == [each["character_ids"][0] for each in alone]
        assert window["character_ids"][begin - 1] == [0] * 16
        assert (window["language_ids"], window["question_language_ids"]) == (int(window["example_id"] == "zh"), 0)
    found = [window for window in prepared.windows if window["start_positions"] != window["cls_index"]]
    first = next(window for window in found if window["example_id"] == "zh")
    start, end = (first[f"{side}_positions"] - first["context_start"] for side in ("start", "end"))
    assert CHINESE[first["offset_starts"][start] : first["offset_ends"][end]] == "南京市长江大桥"
    assert prepared.report.golds_cutting_tokens == ("zh",)


def test_one_context_in_two_languages_is_cut_twice() -> None:
    rows = [example(language, "南京市长江大桥", "大桥", language=language) for language in ("zh", "en")]
    windows = prepare_features(rows, tokenizer(), **SIZES).windows
    assert [len(window["offset_starts"]) for window in windows] == [2, 7]


def test_windows_equal_the_tokenizers_own() -> None:
    row = example("a", " ".join(LETTERS * 4), "g", question="a b")
    prepared = prepare_features([row], letters(), max_length=10, window_step=4, max_question_length=2).windows
    own = letters()(
        row.question, row.context, truncation="only_second", max_length=10, stride=3, return_overflowing_tokens=True
    )
    for name in ("input_ids", "token_type_ids", "attention_mask", "character_ids", "language_ids"):
        assert prepared[name][:] == own[name], name


@pytest.mark.parametrize("side", ["left", "right"])
def test_windows_are_collated(side: str) -> None:
    own = tokenizer(padding_side=side)
    rows = [example("en", "the king", "king"), example("zh", CHINESE, "南京市", language="zh")]
    items = list(prepare_features(rows, own, **SIZES | {"max_length": 30}).windows)
    batch = WindowCollator(own)(items)
    assert batch["character_ids"].shape == (*batch["input_ids"].shape, 16)
    assert batch["language_ids"].tolist() == [0, 1]
    assert batch["question_language_ids"].tolist() == [0, 0]
    for row, item in enumerate(items):
        real = batch["attention_mask"][row].bool()
        assert batch["character_ids"][row][real].tolist() == item["character_ids"]
        assert not batch["character_ids"][row][~real].any()
        assert (
            batch["input_ids"][row, batch["start_positions"][row]] == own.convert_tokens_to_ids(["king", "南京市"])[row]
        )


def test_empty_texts_keep_their_window() -> None:
    row = Example("a", "a", "", " ", "?", (), "en", "en", "test")
    (window,) = prepare_features([row], letters(), **SIZES).windows
    assert window["input_ids"] == [1, 2]
    assert window["character_ids"] == [[1, *[0] * 15], [0] * 16]
    nothing = prepare_features([Example("a", "a", "", " ", " ", (), "en", "en", "test")], letters(), **SIZES).windows
    assert nothing[0]["character_ids"] == [[0] * 16]


@pytest.mark.parametrize("language", WORDS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_golds_take_the_smallest_covering_words(language: str, data: st.DataObject) -> None:
    row = data.draw(examples(language))
    own = QANetTokenizer(words=["the"], characters="the", languages=list(WORDS))
    prepared = prepare_features([row], own, max_length=200, window_step=50, max_question_length=60)
    (window,) = prepared.windows
    gold = row.answers[0]
    spans = [(start, end) for start, end in word_spans(row.context, language) if start < gold.end and end > gold.start]
    begin, end = (window[f"{side}_positions"] - window["context_start"] for side in ("start", "end"))
    assert (window["offset_starts"][begin], window["offset_ends"][end]) == (spans[0][0], spans[-1][1])
    covered = row.context[spans[0][0] : spans[-1][1]]
    assert prepared.report.golds_cutting_tokens == (() if covered == gold.text.strip() else (row.id,))
    normal = [unicodedata.normalize("NFKC", row.context[start:stop]).lower() for start, stop in spans]
    assert [name == "the" for name in normal] == [
        word == 3 for word in window["input_ids"][window["start_positions"] : window["end_positions"] + 1]
    ]
