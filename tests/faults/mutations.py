"""Files that nobody meant to write: sound ones changed in their structure, their lines and their bytes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from damaged_tables import COLUMNS, WRITINGS, Rows, columns_of, parquet_of
from hypothesis import strategies as st

LONG = 50_000
"""Characters of an enormous line; large enough that work in its square shows as a hang."""
_DEEP = 30


class Change(NamedTuple):
    """One change: the name of what is done, a place and a number that it takes as it needs them."""

    what: str
    place: int
    number: int


@dataclass(frozen=True)
class Recipe:
    """How one input comes about.

    Args:
        document: number of the sound document.
        layout: number of the way its values are written, where it is JSON.
        structure: changes of its values, where it is JSON.
        lines: changes of its lines and fields.
        columns: changes of its columns, where it is a table.
        content: changes of its bytes.
    """

    document: int
    layout: int
    structure: tuple[Change, ...] = ()
    lines: tuple[Change, ...] = ()
    columns: tuple[Change, ...] = ()
    content: tuple[Change, ...] = ()

    def to_text(self) -> str:
        """The recipe in one line, for a command; `from_text` reads it."""
        return json.dumps(list(vars(self).values()), separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Recipe:
        """The recipe that `to_text` wrote."""
        document, layout, *kinds = json.loads(text)
        return cls(document, layout, *(tuple(Change(*each) for each in changes) for changes in kinds))


class Literal(str):
    """JSON text that stands for itself, also where it is none."""


Pairs = list[tuple[str, Any]]


class Object(Pairs):
    """A JSON object as its pairs, so that a key may come twice."""


_LITERALS = "null true NaN Infinity -Infinity 1e999 -0 1.5 3.0 0 -1 -7 1 17 2147483648 nul 'a'"
_TEXTS = "0 -1 3 ٣ ² 1e3 é e\u0301 🙂 \ud800 a\udfff data train en FAKE_ANSWER_1 1905.0 0:4 None ../x %s \\"
_FIELDS = (
    "_ __ 0 -1 1 2 3 7 99 1-2 2-1 1-99 3-4 0-0 1- -1-2 1.1 0.1 1. ٣ ² NaN inf root obj dobj VERB a=b # / [ // {} "
    'PronType=Int 國 個|个[ge4] " 0:4 3:1 None 0:99999999999999999999 -3:5 a:b {"0:4":2} {"0:4":"x"} {"0:4":null}'
)

VALUES: tuple[Any, ...] = (
    *map(Literal, _LITERALS.split()),
    *map(Literal, ("1" + "0" * 30, "9" * 5_000)),
    *(Literal("[" * depth + "]" * depth) for depth in (3, 400, 900, 990, 100_000)),
    *(Literal('{"a":' * depth + "1" + "}" * depth) for depth in (400, 900, 990)),
    *_TEXTS.split(),
    *("", " ", "\x00", "\ufeff", "\u2028", "a\r\nb", "9" * 5_000),
    *(character * LONG for character in "x (é🙂"),
    *([], Object(), [[]], [None], [""], [1, "a"], Object([("text", [])]), Object([("text", ["x", 1, None])])),
    Object([("text", "x"), ("answer_start", 0)]),
    Object([("spans", [Object([("text", "x")])])]),
)
"""What takes the place of a value: wrong types, numbers beyond every range, nesting, texts that trip readers."""

KEYS = ("", "data", "paragraphs", "qas", "context", "question", "answers", "text", "answer_start", "id", "title", "s")

FIELDS = (
    *_FIELDS.split(),
    *("", " ", "\x00", "\ufeff", "\u00a0", "\u2028", "\x85", "# text = a", "# text =", "1" + "0" * 30, "9" * 5_000),
    *(character * LONG for character in "x ([/é國9\t,"),
)
"""What takes the place of a field of a line."""

PIECES = (
    *(b"\xff\xfe", b"\xed\xa0\x80", b"\x00", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe9", b"\x80", b"\xef\xbb\xbf"),
    *(b"\r\n", b"\r", b"\n", b"\n\n", b"\t", b" ", b"  ", b"\xe2\x80\xa8", b"\xc2\x85", b"\x1f\x8b", b"\x0b", b"\x1a"),
    *b'" { } [ ] , : \\ \\u \\ud83d \\ud800 0 - e # / null'.split(),
    *(character * LONG for character in (b"x", b" ", b"(", b"[", b"\xc3\xa9", b"\x00", b"\n", b"9", b"\\", b'"')),
)
"""Bytes that are put into a file."""


def recipes(documents: Sequence[Any]) -> st.SearchStrategy[Recipe]:
    """Recipes for a format by its sound documents: changes of one kind, which would hide each other, or of all."""
    kinds = {"structure": STRUCTURE, "lines": LINES, "columns": COLUMNS, "content": CONTENT}
    return _recipes(len(documents), kinds, _usual(documents[0]))


def _usual(document: Any) -> list[str]:
    """The kinds of changes of a document, the likelier the more often."""
    if isinstance(document, bytes):
        return ["content"]
    if isinstance(document, Rows):
        return ["structure", "columns", "content"]
    return (
        ["lines", "lines", "content"] if isinstance(document, str) else ["structure", "structure", "lines", "content"]
    )


def _recipes(documents: int, kinds: dict[str, Any], usual: list[str]) -> st.SearchStrategy[Recipe]:
    alone = [_recipe(documents, **{kind: _changes(kinds[kind], most=2)}) for kind in usual]
    mixed = _recipe(documents, **{kind: _changes(kinds[kind], most=1) for kind in usual})
    return st.one_of(*alone, mixed)


def _recipe(documents: int, **changes: st.SearchStrategy[tuple[Change, ...]]) -> st.SearchStrategy[Recipe]:
    document, layout = st.integers(0, documents - 1), st.integers(0, LAYOUTS - 1)
    return st.builds(Recipe, document=document, layout=layout, **changes)


def _changes(kinds: dict[str, Any], *, most: int) -> st.SearchStrategy[tuple[Change, ...]]:
    change = st.builds(_change, st.sampled_from(sorted(kinds)), st.integers(0, 2**24 - 1))
    return st.lists(change, min_size=1, max_size=most).map(tuple)


def _change(what: str, drawn: int) -> Change:
    """One drawn number gives both numbers of a change: hypothesis likes to draw the same one twice."""
    rng = Random(drawn)
    return Change(what, rng.randrange(2**16), rng.randrange(2**16))


def content_of(recipe: Recipe, document: Any) -> bytes:
    """The bytes of an input.

    Args:
        recipe: what is done.
        document: values that JSON knows, `Rows` of a table, a text, or bytes.
    """
    if isinstance(document, bytes):
        content = document
    elif isinstance(document, Rows):
        columns = columns_of(_unwritten(_changed(document, recipe)))
        for change in recipe.columns:
            COLUMNS[change.what](columns, change.place, change.number)
        content = parquet_of(columns, recipe.layout)
    else:
        text = document if isinstance(document, str) else _LAYOUTS[recipe.layout](_changed(document, recipe))
        lines = text.split("\n")
        for change in recipe.lines:
            LINES[change.what](lines, change)
        content = "\n".join(lines).encode("utf-8", "surrogatepass")
    for change in recipe.content:
        content = CONTENT[change.what](content, change)
    return content


def _changed(document: Any, recipe: Recipe) -> Any:
    root = [_frozen(document)]
    for change in recipe.structure:
        STRUCTURE[change.what](root, change)
    return root[0]


def _unwritten(value: Any) -> Any:
    """A changed value as Python has it; JSON text that is none, or is too deep for a column, stays a text."""
    if isinstance(value, Literal):
        try:
            return json.loads(value) if value.count("[") + value.count("{") < _DEEP else str(value)
        except ValueError:
            return str(value)
    if isinstance(value, Object):
        return {key: _unwritten(each) for key, each in value}
    return [_unwritten(each) for each in value] if isinstance(value, list) else value


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return Object((key, _frozen(each)) for key, each in value.items())
    return [_frozen(each) for each in value] if isinstance(value, list) else value


def _places(container: list[Any]) -> Iterator[tuple[list[Any], int]]:
    """Every value below a list or object, by what holds it and its number there."""
    for index, item in enumerate(container):
        yield container, index
        value = item[1] if isinstance(container, Object) else item
        if isinstance(value, list):
            yield from _places(value)


def _pick(root: list[Any], place: int) -> tuple[list[Any], int]:
    places = list(_places(root))
    return places[place % len(places)] if places else (root, 0)


def _get(holder: list[Any], index: int) -> Any:
    return holder[index][1] if isinstance(holder, Object) else holder[index]


def _put(holder: list[Any], index: int, value: Any) -> None:
    holder[index] = (holder[index][0], value) if isinstance(holder, Object) else value


def _replace(root: list[Any], change: Change) -> None:
    """A value that is copied, for a later change may change it."""
    _put(*_pick(root, change.place), _copy(VALUES[change.number % len(VALUES)]))


def _delete(root: list[Any], change: Change) -> None:
    holder, index = _pick(root, change.place)
    if holder is not root:
        del holder[index]


def _duplicate(root: list[Any], change: Change) -> None:
    holder, index = _pick(root, change.place)
    if holder is not root:
        holder.insert(change.number % (len(holder) + 1), _copied(holder, index))


def _copied(holder: list[Any], index: int) -> Any:
    """What stands at a place, with its key where it has one."""
    return (holder[index][0], _copy(holder[index][1])) if isinstance(holder, Object) else _copy(holder[index])


def _rename(root: list[Any], change: Change) -> None:
    objects = [(holder, index) for holder, index in _places(root) if isinstance(holder, Object)]
    if objects:
        holder, index = objects[change.place % len(objects)]
        holder[index] = (KEYS[change.number % len(KEYS)], holder[index][1])


def _move(root: list[Any], change: Change) -> None:
    """One value takes the place of another that does not hold it, so that nothing holds itself."""
    (holder, index), (other, at) = _pick(root, change.place), _pick(root, change.number)
    _put(holder, index, _copy(_get(other, at)))


def _copy(value: Any) -> Any:
    if isinstance(value, Object):
        return Object((key, _copy(each)) for key, each in value)
    return [_copy(each) for each in value] if isinstance(value, list) else value


def _reverse(root: list[Any], change: Change) -> None:
    lists = [_get(*place) for place in _places(root) if isinstance(_get(*place), list)]
    if lists:
        lists[change.place % len(lists)].reverse()


def _shift(root: list[Any], change: Change) -> None:
    numbers = [place for place in _places(root) if type(_get(*place)) is int]
    if numbers:
        holder, index = numbers[change.place % len(numbers)]
        _put(holder, index, _get(holder, index) + change.number % 9 - 4)


STRUCTURE: dict[str, Callable[[list[Any], Change], None]] = {
    "replace": _replace,
    "replace again": _replace,
    "delete": _delete,
    "duplicate": _duplicate,
    "rename": _rename,
    "move": _move,
    "reverse": _reverse,
    "shift": _shift,
}


def _written(value: Any, ascii_only: bool, separator: str) -> str:
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, Object):
        pairs = (f"{json.dumps(key)}: {_written(each, ascii_only, separator)}" for key, each in value)
        return "{" + separator.join(pairs) + "}"
    if isinstance(value, list):
        return "[" + separator.join(_written(each, ascii_only, separator) for each in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


def _one_a_line(value: Any) -> str:
    """The elements of a list, or of the `data` of an object, a line each."""
    data = next((each for key, each in value if key == "data"), value) if isinstance(value, Object) else value
    elements = data if isinstance(data, list) and not isinstance(data, Object) else [value]
    return "".join(_written(each, True, ", ") + "\n" for each in elements)


_LAYOUTS: tuple[Callable[[Any], str], ...] = (
    lambda value: _written(value, True, ", "),
    lambda value: _written(value, False, ", "),
    lambda value: _written(value, True, ",\n"),
    _one_a_line,
)


LAYOUTS = min(len(_LAYOUTS), len(WRITINGS))
"""In how many ways the values of a document are written."""


def _delete_line(lines: list[str], change: Change) -> None:
    del lines[change.place % len(lines)]
    lines[:] = lines or [""]


def _repeat_line(lines: list[str], change: Change) -> None:
    lines.insert(change.number % (len(lines) + 1), lines[change.place % len(lines)])


def _swap_lines(lines: list[str], change: Change) -> None:
    one, other = change.place % len(lines), change.number % len(lines)
    lines[one], lines[other] = lines[other], lines[one]


def _of_field(edit: Callable[[list[str], int, str], None]) -> Callable[[list[str], Change], None]:
    """A change of one field of one line; fields are parted by tabs, commas or blanks, whichever it has."""

    def changed(lines: list[str], change: Change) -> None:
        at = change.place % len(lines)
        separator = next((each for each in ("\t", ",", " ") if each in lines[at]), " ")
        fields = lines[at].split(separator)
        edit(fields, change.place // len(lines) % len(fields), FIELDS[change.number % len(FIELDS)])
        lines[at] = separator.join(fields)

    return changed


LINES: dict[str, Callable[[list[str], Change], None]] = {
    "delete line": _delete_line,
    "repeat line": _repeat_line,
    "swap lines": _swap_lines,
    "replace field": _of_field(lambda fields, at, value: fields.__setitem__(at, value)),
    "replace other field": _of_field(lambda fields, at, value: fields.__setitem__(at, value)),
    "delete field": _of_field(lambda fields, at, value: fields.pop(at) and None),
    "insert field": _of_field(lambda fields, at, value: fields.insert(at, value)),
}


_CODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "utf-8-sig", "cp1252", "gb18030")
_WHOLES = (
    b"",
    b" \n\t",
    b"\xef\xbb\xbf",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
    b"\x1f\x8b",
    b"\x00",
)


def _span(content: bytes, change: Change) -> tuple[int, int]:
    start = change.place % (len(content) + 1)
    return start, min(start + 1 + change.number % 64, len(content))


def _flip(content: bytes, change: Change) -> bytes:
    if not content:
        return content
    at = change.place % len(content)
    return content[:at] + bytes([content[at] ^ (1 << change.number % 8)]) + content[at + 1 :]


def _insert(content: bytes, change: Change) -> bytes:
    at = change.place % (len(content) + 1)
    return content[:at] + PIECES[change.number % len(PIECES)] + content[at:]


def _cut_out(content: bytes, change: Change) -> bytes:
    start, end = _span(content, change)
    return content[:start] + content[end:]


def _repeat(content: bytes, change: Change) -> bytes:
    start, end = _span(content, change)
    return content[:end] + content[start:end] * (1 + change.number % 5) + content[end:]


def _cut(content: bytes, change: Change) -> bytes:
    return content[: change.place % (len(content) + 1)]


def _recode(content: bytes, change: Change) -> bytes:
    return content.decode("utf-8", "replace").encode(_CODINGS[change.number % len(_CODINGS)], "replace")


def _end_lines(content: bytes, change: Change) -> bytes:
    return content.replace(b"\n", (b"\r\n", b"\r", b"\xe2\x80\xa8", b"")[change.number % 4])


def _zipped(content: bytes, change: Change) -> bytes:
    """Gzip that is whole, cut, damaged or followed by other things."""
    packed = gzip.compress(content, 1, mtime=0)
    damage = (lambda each, _: each, _cut, _flip, _insert)[change.number % 4]
    return damage(packed, change)


CONTENT: dict[str, Callable[[bytes, Change], bytes]] = {
    "flip": _flip,
    "insert": _insert,
    "cut out": _cut_out,
    "repeat": _repeat,
    "cut": _cut,
    "recode": _recode,
    "end lines": _end_lines,
    "zip": _zipped,
    "twice": lambda content, change: content + content,
    "whole": lambda content, change: _WHOLES[change.number % len(_WHOLES)],
}
