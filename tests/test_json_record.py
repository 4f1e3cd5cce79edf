"""JSON records: what is refused, and files that are whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from hf_xlqa.json_record import (
    check_type,
    checked_fields,
    parse_json,
    read_json,
    read_record,
    write_record,
    write_text,
)


@dataclass
class Pair:
    first: int
    second: list[int] = field(default_factory=list)


def test_fields_with_a_default_may_be_absent() -> None:
    assert checked_fields(Pair, {"first": 1}, source="pair.json") == {"first": 1}


@pytest.mark.parametrize(
    ("payload", "fault"),
    [({"second": []}, r"lacks \['first'\]"), ({"first": 1, "third": 3}, r"unknown \['third'\]"), (7, r"\['first'\]")],
)
def test_absent_and_unknown_fields_are_named(payload: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=f"`pair.json` must have the fields first, second, but .*{fault}"):
        checked_fields(Pair, payload, source="pair.json")


def test_text_that_is_not_json_names_file_and_line() -> None:
    with pytest.raises(ValueError, match="`pair.json` must be JSON, but is broken at line 2"):
        parse_json('{"first":\n one}', source="pair.json")


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 5000])
def test_text_that_python_cannot_read_names_the_file(text: str) -> None:
    with pytest.raises(ValueError, match="`pair.json` must be JSON, but cannot be read: "):
        parse_json(text, source="pair.json")


def test_many_unknown_fields_are_not_all_listed() -> None:
    with pytest.raises(ValueError, match=r"has the unknown \['k0', 'k1', .*, \.\.\.\] instead") as error:
        checked_fields(Pair, {f"k{number}": number for number in range(1000)}, source="pair.json")
    assert len(str(error.value)) < 300


@dataclass
class Tree:
    name: str
    leaves: tuple[Pair, ...]
    counts: Counter[str]
    kind: Literal["oak", "fir"] = "oak"
    height: float | None = None
    old: bool = False
    anything: Any = None


TREE = {"name": "a", "leaves": [{"first": 1, "second": [2]}], "counts": {"x": 1}, "height": 2, "anything": [{}]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": 1}, "`t.json: name` must hold a str, but holds 1 instead"),
        ({"name": None}, "`t.json: name` must hold a str, but holds None instead"),
        ({"leaves": {}}, "`t.json: leaves` must hold a list, but holds {} instead"),
        ({"leaves": [{"first": True}]}, "`t.json: leaves: first` must hold a int, but holds True instead"),
        (
            {"leaves": [{"first": 1, "second": ["2"]}]},
            "`t.json: leaves: second` must hold a int, but holds '2' instead",
        ),
        ({"leaves": [7]}, r"`t.json: leaves` must have the fields first, second, but lacks \['first'\]"),
        ({"counts": {"x": 1.5}}, "`t.json: counts` must hold a int, but holds 1.5 instead"),
        ({"kind": "elm"}, "`t.json: kind` must hold one of oak, fir, but holds 'elm'"),
        ({"height": "2"}, "`t.json: height` must hold a float or null, but holds '2' instead"),
        ({"old": 1}, "`t.json: old` must hold a bool, but holds 1 instead"),
    ],
)
def test_values_of_other_types_are_named_by_their_place(change: dict[str, Any], message: str) -> None:
    check_type(TREE, Tree, source="t.json")
    check_type(TREE | {"height": None, "old": True, "kind": "fir"}, Tree, source="t.json")
    with pytest.raises(ValueError, match=message):
        check_type(TREE | change, Tree, source="t.json")


def test_a_record_is_read_as_it_was_written_and_not_once_it_is_damaged(tmp_path: Path) -> None:
    path = write_record(tmp_path / "r.json", {"b": [1.5, None, "\ud800对"], "a": {"x": True}})
    assert read_record(path, remedy="Remove it.") == {"b": [1.5, None, "\ud800对"], "a": {"x": True}}
    text = path.read_text("utf-8")
    for damaged in (text.replace("1.5", "1.6"), "[]", '{"digest": "d", "record": ' + "[" * 900 + "]" * 900 + "}"):
        path.write_text(damaged)
        with pytest.raises(ValueError, match=r"r.json` must be as it was written, .* damaged instead\. Remove it\."):
            read_record(path, remedy="Remove it.")
    path.write_text(text[:9])
    with pytest.raises(ValueError, match=r"r.json` must be JSON, but is broken at line 1: .* Remove it\."):
        read_record(path, remedy="Remove it.")


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(b"\xff{}")
    with pytest.raises(ValueError, match="r.json` must be text in UTF-8, but is not: .*byte 0xff in position 0"):
        read_json(tmp_path / "r.json")


def test_half_of_a_surrogate_pair_is_written_as_its_escape(tmp_path: Path) -> None:
    assert read_json(write_text(tmp_path / "r.json", '["\ud800"]')) == ["\ud800"]


def test_a_file_is_written_with_its_folder_and_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "new" / "pair.json"
    write_text(path, "对")
    write_text(path, "一对")
    assert path.read_text("utf-8") == "一对"
    assert list(path.parent.iterdir()) == [path]
