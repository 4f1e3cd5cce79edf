"""Tables that nobody meant to write: columns that are missing, nested, of other types or no text at all, as parquet."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


class Rows(list[dict[str, Any]]):
    """Records that are written as parquet."""


Columns = dict[str, Any]
"""Arrays of Arrow by name, all of one length."""

_TYPES = (
    *(pa.large_string(), pa.string_view(), pa.binary(), pa.string(), pa.int8(), pa.int64(), pa.uint64(), pa.float64()),
    *(pa.bool_(), pa.null(), pa.date32(), pa.timestamp("ns"), pa.timestamp("s", "UTC"), pa.duration("us")),
    *(pa.decimal128(38, 4), pa.dictionary(pa.int32(), pa.string()), pa.list_(pa.string()), pa.list_(pa.int64(), 2)),
    *(pa.map_(pa.string(), pa.string()), pa.struct([("text", pa.list_(pa.string()))])),
)
_FAILURES = (pa.ArrowException, OverflowError, TypeError, UnicodeError)

WRITINGS: tuple[dict[str, Any], ...] = (
    {"compression": "none"},
    {"compression": "snappy", "row_group_size": 1},
    {"compression": "gzip", "use_dictionary": False, "data_page_version": "2.0"},
    {"compression": "zstd", "write_page_checksum": True},
)
"""Ways of writing the same table."""


def columns_of(rows: Any) -> Columns:
    """The columns of rows that may be no rows any more."""
    records = rows if isinstance(rows, list) else [rows]
    named = [each if isinstance(each, dict) else {"value": each} for each in records]
    names = dict.fromkeys(name for each in named for name in each)
    return {name: _column([each.get(name) for each in named]) for name in names}


def parquet_of(columns: Columns, layout: int) -> bytes:
    """A parquet file, written in one of `WRITINGS`."""
    names = [name.encode("utf-8", "replace").decode() for name in columns]
    table = pa.table(list(columns.values()), names=names)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, store_schema=layout % 2 == 0, **WRITINGS[layout])
    return bytes(sink.getvalue())


def _column(values: list[Any]) -> Any:
    """An array of the values; of their JSON where they are of no one type, which need not be text."""
    try:
        return _writable(pa.array(values))
    except _FAILURES:
        texts = [each if isinstance(each, str) else json.dumps(each) for each in values]
    return _no_text([each.encode("utf-8", "surrogatepass") for each in texts])


def _no_text(contents: list[bytes | None]) -> Any:
    """Strings that hold any bytes."""
    return pa.array(contents, pa.binary()).view(pa.string())


def _writable(array: Any) -> Any:
    """The array, which parquet must know: it has no empty records."""
    pq.write_table(pa.table({"column": array}), pa.BufferOutputStream())
    return array


def _put(columns: Columns, place: int, made: Callable[[Any], Any]) -> None:
    """Another array in place of a column; none at all where it cannot be made."""
    if columns:
        name = list(columns)[place % len(columns)]
        try:
            columns[name] = _writable(made(columns[name]))
        except _FAILURES:
            columns[name] = pa.nulls(len(columns[name]), columns[name].type)


def _delete(columns: Columns, place: int, number: int) -> None:
    if len(columns) > 1:
        del columns[list(columns)[place % len(columns)]]


def _rename(columns: Columns, place: int, number: int) -> None:
    """The name of one column for another, whose values are lost."""
    names = list(columns)
    if names:
        columns[names[number % len(names)]] = columns.pop(names[place % len(names)])


def _cast(columns: Columns, place: int, number: int) -> None:
    """The values in another type; values of that type from their numbers where they cannot be cast."""
    kind = _TYPES[number % len(_TYPES)]

    def made(array: Any) -> Any:
        try:
            return array.cast(kind)
        except _FAILURES:
            return pa.array(range(number, number + len(array)), pa.int64()).cast(kind)

    _put(columns, place, made)


def _nest(columns: Columns, place: int, number: int) -> None:
    """A list or a record around every value."""

    def made(array: Any) -> Any:
        if number % 2:
            return pa.StructArray.from_arrays([array], ["text"])
        return pa.ListArray.from_arrays(pa.array(range(len(array) + 1), pa.int32()), array)

    _put(columns, place, made)


def _null(columns: Columns, place: int, number: int) -> None:
    """No value in some rows."""
    _put(
        columns,
        place,
        lambda array: array.take(
            pa.array([None if number >> row & 1 else row for row in range(len(array))], pa.int64())
        ),
    )


def _damage(columns: Columns, place: int, number: int) -> None:
    """Bytes that are no UTF-8, in a column of text."""
    _put(columns, place, lambda array: _no_text([bytes([number % 256, number // 256])] * len(array)))


COLUMNS: dict[str, Callable[[Columns, int, int], None]] = {
    "delete column": _delete,
    "rename column": _rename,
    "cast": _cast,
    "cast again": _cast,
    "nest": _nest,
    "null": _null,
    "damage text": _damage,
}
