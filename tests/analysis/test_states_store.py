"""States on disk: those in memory, token by token, taken up again after a kill, and refused for anything else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from tiny_qa import TOKENIZER, tiny_examples, tiny_features, tiny_model, tiny_tokenizer
from tiny_qanet import QANET_TOKENIZER, qanet_features, tiny_qanet

from hf_xlqa.analysis import states_writer
from hf_xlqa.analysis.hidden_states import AnyRead, answer_windows, count_layers, gather_states, stream_states
from hf_xlqa.analysis.states_store import StateStore, StoreSettings
from hf_xlqa.analysis.states_writer import write_states

EXAMPLES = [
    *tiny_examples(7),
    replace(tiny_examples(8)[7], question_language="de", parallel_id="seventh"),
    replace(tiny_examples(9)[8], answers=()),
]
WINDOWS = tiny_features(EXAMPLES).windows
READS: tuple[AnyRead, ...] = ("cls", "question", "context", "answer", "tokens")


def written(folder: Path, **options: Any) -> StateStore:
    """All windows, in shards of four."""
    given = {"reads": READS, "layers": (0, -1), "batch_size": 3, "windows_per_shard": 4, **options}
    model = given.pop("model", None) or tiny_model()
    windows, tokenizer = given.pop("windows", WINDOWS), given.pop("tokenizer", TOKENIZER)
    return write_states(folder, model, windows, tokenizer, given.pop("examples", EXAMPLES), **given)


def hidden_of(window: dict[str, Any], layer: int) -> np.ndarray:
    """All states of one window, which is read alone, (L, W)."""
    names = ("input_ids", "attention_mask", "token_type_ids")
    with torch.no_grad():
        output = tiny_model().eval()(
            **{name: torch.tensor([window[name]]) for name in names}, output_hidden_states=True
        )
    states: np.ndarray = output.hidden_states[layer][0].numpy()
    return states


def holds_gold(window: dict[str, Any]) -> bool:
    return bool(window["start_positions"] != window["cls_index"])


@pytest.mark.parametrize("padding_side", ["right", "left"])
def test_the_store_holds_what_each_window_gives_alone(tmp_path: Path, padding_side: str) -> None:
    model = tiny_model()
    model.bert.embeddings.position_embeddings.weight.data.zero_()  # BERT counts positions from the padding
    tokenizer = tiny_tokenizer(padding_side=padding_side)
    store = written(tmp_path, model=model, tokenizer=tokenizer)
    gathered = gather_states(model, WINDOWS, tokenizer, reads=("cls", "question", "context"), layers=(0, -1))
    for read, states in gathered.items():
        for place, layer in enumerate(store.settings.layers):
            np.testing.assert_allclose(store.states(read, layer), states[:, place], atol=1e-6)
    assert store.settings.layers == (0, 1)
    assert store.rows("cls") == len(WINDOWS) > len(EXAMPLES)


def test_answers_and_tokens_are_found_by_their_records(tmp_path: Path) -> None:
    store = written(tmp_path)
    answers = store.records("answer").to_pylist()
    assert [row["window"] for row in answers] == [row for row, window in enumerate(WINDOWS) if holds_gold(window)]
    for row, state in zip(answers, store.states("answer", 1), strict=True):
        window = WINDOWS[row["window"]]
        gold = hidden_of(window, 1)[window["start_positions"] : window["end_positions"] + 1]
        np.testing.assert_allclose(state, gold.mean(axis=0), atol=1e-6)
        assert row["example_id"] == window["example_id"]
    tokens = store.records("tokens").to_pylist()
    states = store.states("tokens", 1)
    assert len(tokens) == sum(window["context_end"] - window["context_start"] for window in WINDOWS)
    by_id = {example.id: example for example in EXAMPLES}
    for row in tokens:
        assert by_id[row["example_id"]].context[row["start"] : row["end"]] == row["token"]
    of_last = [place for place, row in enumerate(tokens) if row["window"] == len(WINDOWS) - 1]
    window = WINDOWS[len(WINDOWS) - 1]
    expected = hidden_of(window, 1)[window["context_start"] : window["context_end"]]
    np.testing.assert_allclose(states[of_last], expected, atol=1e-6)


def test_records_say_whose_a_vector_is_and_nothing_is_lost(tmp_path: Path) -> None:
    store = written(tmp_path)
    rows = {row["example_id"]: row for row in store.records("cls").to_pylist()}
    assert list(rows) == [example.id for example in EXAMPLES]
    seventh = ("seventh", "en", "de")
    assert tuple(rows["7"][name] for name in ("parallel_id", "context_language", "question_language")) == seventh
    assert store.without_answer == ["8"]
    assert store.rows("answer") + sum(not holds_gold(window) for window in WINDOWS) == len(WINDOWS)


def test_batches_stream_the_same_with_their_records(tmp_path: Path) -> None:
    store = written(tmp_path)
    batches = list(store.batches("tokens", 0, columns=("token", "parallel_id"), rows=10))
    assert all(len(batch.states) == batch.records.num_rows <= 10 for batch in batches)
    np.testing.assert_array_equal(np.concatenate([batch.states for batch in batches]), store.states("tokens", 0))
    assert [token for batch in batches for token in batch.records["token"].to_pylist()] == store.records("tokens")[
        "token"
    ].to_pylist()
    assert batches[0].records.schema.names == ["token", "parallel_id"]


def test_one_window_an_example_has_most_context_around_the_gold() -> None:
    chosen = answer_windows(WINDOWS)
    assert chosen["example_index"][:] == list(range(len(EXAMPLES)))
    for window in chosen:
        others = [each for each in WINDOWS if each["example_index"] == window["example_index"]]
        held = [each for each in others if holds_gold(each)]
        if not held:
            assert window == others[0]
            continue
        rooms = [
            min(each["start_positions"] - each["context_start"], each["context_end"] - 1 - each["end_positions"])
            for each in held
        ]
        assert window == held[int(np.argmax(rooms))]


class Killed(Exception):
    """Stands for the end of the process."""


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = written(tmp_path / "whole")
    read: list[int] = []

    def dying(model: Any, part: Any, *args: Any, **options: Any) -> Any:
        for number, vectors in enumerate(stream_states(model, part, *args, **options)):
            if len(read) == 3:
                raise Killed
            read.append(number)
            yield vectors

    monkeypatch.setattr(states_writer, "stream_states", dying)
    with pytest.raises(Killed):
        written(tmp_path / "part")  # in the second batch of the second shard
    with pytest.raises(ValueError, match="must have 3 finished shards, but has 1 instead; call `write_states` again"):
        StateStore(tmp_path / "part")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "part").glob("*-00000.*")}
    assert len(before) == len(READS) + 1
    monkeypatch.undo()
    resumed = written(tmp_path / "part", batch_size=2)  # how many are read together decides nothing
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    for read_ in READS:
        np.testing.assert_allclose(resumed.states(read_, 1), whole.states(read_, 1), atol=1e-6)
        assert resumed.records(read_).equals(whole.records(read_))
    assert not list((tmp_path / "part").glob("*.partial"))


def test_a_shard_whose_file_is_cut_is_written_again(tmp_path: Path) -> None:
    states = written(tmp_path).states("cls", 1)
    path = tmp_path / "cls-00001.parquet"
    path.write_bytes(path.read_bytes()[:-5])
    np.testing.assert_array_equal(written(tmp_path).states("cls", 1), states)


def other_weights() -> Any:
    model = tiny_model()
    with torch.no_grad():
        model.qa_outputs.bias[0] += 1
    return model


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": (1,)}, r"must be a store of layers \(1,\), but has layers \(0, 1\) instead; name another folder"),
        ({"reads": ("cls",)}, r"must be a store of reads \('cls',\)"),
        ({"windows_per_shard": 5}, "must be a store of windows_per_shard 5, but has windows_per_shard 4 instead"),
        ({"windows": WINDOWS.select(range(8))}, "must be a store of windows 8, window_digest .* but has windows 11,"),
        ({"model": other_weights()}, "must be a store of model_digest [0-9a-f]{32}, but has model_digest"),
        ({"examples": [replace(each, question_language="ko") for each in EXAMPLES]}, "a store of window_digest"),
    ],
)
def test_a_folder_of_other_states_is_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    written(tmp_path)
    with pytest.raises(ValueError, match=message):
        written(tmp_path, **options)
    written(tmp_path)


def test_the_states_of_a_qanet_are_those_of_its_words(tmp_path: Path) -> None:
    model, examples = tiny_qanet(), tiny_examples(5)
    windows = qanet_features(examples).windows
    store = write_states(tmp_path, model, windows, QANET_TOKENIZER, examples, reads=("tokens", "answer", "context"))
    states, tokens = store.states("tokens", 0), store.records("tokens").to_pylist()
    owners = np.array([row["window"] for row in tokens])
    means = np.stack([states[owners == row].mean(axis=0) for row in range(len(windows))])
    np.testing.assert_allclose(store.states("context", 0), means, atol=1e-6)
    for row, state in zip(store.records("answer").to_pylist(), store.states("answer", 0), strict=True):
        answer = examples[int(row["example_id"])].answers[0]
        (place,) = [
            place
            for place, each in enumerate(tokens)
            if each["window"] == row["window"] and each["start"] == answer.start
        ]
        assert tokens[place]["end"] == answer.end
        np.testing.assert_allclose(state, states[place], atol=1e-6)


def test_no_answer_at_all_gives_an_empty_table(tmp_path: Path) -> None:
    examples = [replace(example, answers=()) for example in tiny_examples(3)]
    store = written(tmp_path, windows=tiny_features(examples).windows, examples=examples)
    assert store.states("answer", 1).shape == (0, 16)
    assert store.rows("answer") == 0
    assert store.without_answer == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reads": ("sep",)}, r"`reads` must be of cls, question, context, answer, tokens, but are \['sep'\] instead"),
        ({"layers": (2,)}, r"`layers` must be from -2 to 1, but are \[2\] instead|but are \(2,\) instead"),
        ({"windows_per_shard": 0}, "`windows_per_shard` must be 1 or more, but is 0 instead"),
        ({"windows": WINDOWS.select([])}, "`windows` must be one or more, but are none instead"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        written(tmp_path, **options)
    assert not (tmp_path / "settings.json").exists()


def test_what_is_not_there_is_not_read(tmp_path: Path) -> None:
    store = written(tmp_path, reads=("cls",), layers=(1,))
    with pytest.raises(ValueError, match=r"`reads` must be of cls, but are \['tokens'\] instead"):
        store.records("tokens")
    with pytest.raises(ValueError, match="`layer` must be one of 1, but is 0 instead"):
        store.states("cls", 0)
    with pytest.raises(ValueError, match="`columns` must be of window, example_id, .* but are of token, too"):
        next(store.batches("cls", 1, columns=("token",)))
    with pytest.raises(FileNotFoundError, match="must be a store of states, but has no settings.json"):
        StateStore(tmp_path / "elsewhere")
    settings = (tmp_path / "settings.json").read_text(encoding="utf-8")
    (tmp_path / "settings.json").write_text(settings.replace('"windows": 11', '"windows": 12'), encoding="utf-8")
    with pytest.raises(ValueError, match="settings.json` must be as it was written, .* Remove the folder, and write"):
        StoreSettings.read(tmp_path)


def test_what_is_damaged_is_written_anew_or_named(tmp_path: Path) -> None:
    before = written(tmp_path).states("cls", 1)
    (tmp_path / "shard-00001.json").write_text("{}")
    with pytest.raises(ValueError, match="must have 3 finished shards, but has 2 instead; call `write_states` again"):
        StateStore(tmp_path)
    store = written(tmp_path)
    np.testing.assert_array_equal(store.states("cls", 1), before)
    path = tmp_path / "cls-00001.parquet"
    path.write_bytes(b"x" * path.stat().st_size)
    for read in (lambda: store.states("cls", 1), lambda: store.records("cls"), lambda: list(store.batches("cls", 1))):
        with pytest.raises(
            OSError, match="cls-00001.parquet` must be parquet of states, but cannot be read: .* Remove"
        ):
            read()


def test_states_of_another_type_are_no_states(tmp_path: Path) -> None:
    store = written(tmp_path)
    path = tmp_path / "cls-00001.parquet"
    table = pq.read_table(path)
    layers = [name for name in table.column_names if pa.types.is_fixed_size_list(table.schema.field(name).type)]
    for name in layers:
        column = table.column(name).cast(pa.list_(pa.float32()))
        table = table.set_column(table.column_names.index(name), name, column)
    pq.write_table(table, path)
    for read in (lambda: store.states("cls", 1), lambda: list(store.batches("cls", 1))):
        with pytest.raises(OSError, match=r"cls-00001.parquet` must be .* its states are of the type list<.* Remove"):
            read()


def test_the_layers_of_a_model_are_counted() -> None:
    assert count_layers(tiny_model(), WINDOWS, TOKENIZER) == 2
    assert count_layers(tiny_qanet(), qanet_features(tiny_examples(2)).windows, QANET_TOKENIZER) == 1
