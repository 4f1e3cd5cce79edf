import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_xlqa.corpora.json_stream import JSONStream, JSONStreamError

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
_JSON = st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


def _stream(text: str, chunk: int = 3) -> JSONStream:
    return JSONStream(io.StringIO(text, newline="\n"), chunk=chunk)


@given(value=_JSON, chunk=st.integers(1, 40), ascii_only=st.booleans(), indent=st.none() | st.integers(0, 2))
def test_a_value_is_what_the_whole_text_decodes_to_at_any_chunk_size(value, chunk, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert _stream(text, chunk).value() == json.loads(text)


@given(values=st.lists(_JSON), chunk=st.integers(1, 40))
def test_elements_and_lines_give_every_value_in_order(values, chunk):
    array = _stream(json.dumps(values), chunk)
    assert [array.value() for _ in array.elements()] == values
    lines = _stream("\n".join(map(json.dumps, values)), chunk)
    assert list(lines.lines()) == values


@given(fields=st.dictionaries(st.text(), _JSON), chunk=st.integers(1, 40))
def test_members_give_every_key_with_its_value(fields, chunk):
    stream = _stream(json.dumps(fields), chunk)
    assert {key: stream.value() for key in stream.members()} == fields


def test_lone_surrogates_and_pairs_stay_exact():
    assert _stream(r'"\ud83d\ude00 \ud83d"', 1).value() == "\U0001f600 \ud83d"


def test_line_counts_from_one_across_chunks():
    stream = _stream("\n\n[1,\n 2,\n\n 3]")
    assert [(stream.value(), stream.line) for _ in stream.elements()] == [(1, 3), (2, 4), (3, 6)]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('{"a": 1,\n "b": }', 2, "Expecting value"),
        ('{"a": "cut', 1, "Unterminated string"),
        ('{"a": 1\n "b": 2}', 2, "Expecting ',' or '}'"),
        ("{\n1: 2}", 2, "Expecting property name"),
        ('{"a": "raw\nbreak"}', 1, "Invalid control character"),
        ('{"a" 1}', 1, "Expecting ':'"),
        ("", 1, "Expecting '{', found ''"),
    ],
)
def test_malformed_text_is_refused_with_its_line(text, line, message):
    stream = _stream(text)
    with pytest.raises(JSONStreamError, match=message) as error:
        for _ in stream.members():
            stream.value()
    assert error.value.line == line


def test_a_malformed_line_is_named_though_the_next_would_complete_it():
    stream = _stream('{"a": 1}\n{"a":\n{"a": 2}}\n')
    with pytest.raises(JSONStreamError, match="Expecting value") as error:
        list(stream.lines())
    assert error.value.line == 2


@pytest.mark.parametrize(
    ("text", "message"), [("9" * 5_000, "a number has too many digits"), ("[" * 100_000, "it is nested too deeply")]
)
def test_json_that_python_does_not_read_is_refused_with_its_line(text, message):
    with pytest.raises(JSONStreamError, match=message) as error:
        _stream("\n" + text, 1 << 18).value()
    with pytest.raises(JSONStreamError, match=message) as of_line:
        list(_stream("\n" + text, 1 << 18).lines())
    assert error.value.line == of_line.value.line == 2


def test_an_early_error_does_not_read_the_rest_of_the_text():
    text = io.StringIO("[nonsense" + " " * 100_000)
    stream = JSONStream(text, chunk=1000)
    with pytest.raises(JSONStreamError, match="Expecting value"):
        for _ in stream.elements():
            stream.value()
    assert text.tell() <= 2000
