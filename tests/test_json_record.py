"""JSON records: what is refused, and files that are whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hf_xlqa.json_record import checked_fields, parse_json, write_text


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


def test_a_file_is_written_with_its_folder_and_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "new" / "pair.json"
    write_text(path, "对")
    write_text(path, "一对")
    assert path.read_text("utf-8") == "一对"
    assert list(path.parent.iterdir()) == [path]
