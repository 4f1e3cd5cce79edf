"""JSON text pulled value by value, so that one value at a time is in memory.

Built on the decoder of the standard library, which is fast and keeps every string exact to the code
point, lone surrogates included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

_DECODER = json.JSONDecoder()
_BLANKS = re.compile(r"[ \t\r\n]*")
# The longest token whose start an error may name while the text is merely cut: two \uXXXX escapes.
_LONGEST_TOKEN = 12
# What may stand between a number and its going on: "1" in "1e+5".
_LONGEST_TAIL = len("e+5")


class JSONStreamError(ValueError):
    """The text is not JSON at `line` (from 1)."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class JSONStream:
    """A cursor over JSON text.

    The caller says what it expects next: a whole `value()`, the keys of an object (`members()`), the
    elements of an array (`elements()`), or one value a line (`lines()`). After each key and each
    element the caller consumes the value that follows before it goes on.

    Args:
        text: the text, read once from where it stands.
        chunk: characters read at a time; more where one value is longer.
    """

    def __init__(self, text: TextIO, *, chunk: int = 1 << 18) -> None:
        self._text = text
        self._chunk = chunk
        self._buffer = ""
        self._at = 0
        self._lines_before = 1

    @property
    def line(self) -> int:
        """Line of the cursor, from 1."""
        return self._lines_before + self._buffer.count("\n", 0, self._at)

    def peek(self) -> str:
        """The next character that is not a blank, or "" at the end; the cursor moves to it."""
        while True:
            blanks = _BLANKS.match(self._buffer, self._at)
            self._at = blanks.end() if blanks else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._refill():
                return ""

    def value(self) -> Any:
        """The next value, whole.

        Raises:
            JSONStreamError: when there is none, or it is malformed.
        """
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if not (self._may_be_cut(error) and self._refill()):
                    raise self._error(error.msg, error.pos) from error
                continue
            except (ValueError, RecursionError) as error:
                raise self._error(_beyond(error), self._at) from error
            if end + _LONGEST_TAIL <= len(self._buffer) or not self._refill():
                self._at = end
                return value

    def members(self) -> Iterator[str]:
        """The keys of the object at the cursor."""
        self._take("{")
        if self.peek() == "}":
            self._take("}")
            return
        while True:
            if self.peek() != '"':
                raise self._error("Expecting property name enclosed in double quotes", self._at)
            key = self.value()
            self._take(":")
            yield key
            if self._take(",}") == "}":
                return

    def elements(self) -> Iterator[None]:
        """One step for each element of the array at the cursor."""
        self._take("[")
        if self.peek() == "]":
            self._take("]")
            return
        while True:
            yield
            if self._take(",]") == "]":
                return

    def lines(self) -> Iterator[Any]:
        """The values of the rest of the text, one a line; blank lines are passed over."""
        while self.peek():
            end = self._line_end()
            try:
                value = _DECODER.decode(self._buffer[self._at : end])
            except json.JSONDecodeError as error:
                raise self._error(error.msg, self._at + error.pos) from error
            except (ValueError, RecursionError) as error:
                raise self._error(_beyond(error), self._at) from error
            self._at = end
            yield value

    def _take(self, expected: str) -> str:
        found = self.peek()
        if not found or found not in expected:
            choices = " or ".join(map(repr, expected))
            raise self._error(f"Expecting {choices}, found {found!r}", self._at)
        self._at += 1
        return found

    def _line_end(self) -> int:
        while (end := self._buffer.find("\n", self._at)) < 0:
            if not self._refill():
                return len(self._buffer)
        return end

    def _refill(self) -> bool:
        """Drops what was consumed and reads on; doubling keeps a value of any length linear. False at the end."""
        kept = self._buffer[self._at :]
        more = self._text.read(max(self._chunk, len(kept)))
        if not more:
            return False
        self._lines_before = self.line
        self._buffer, self._at = kept + more, 0
        return True

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        return error.msg.startswith("Unterminated string") or error.pos + _LONGEST_TOKEN >= len(self._buffer)

    def _error(self, message: str, position: int) -> JSONStreamError:
        return JSONStreamError(message, self._lines_before + self._buffer.count("\n", 0, position))


def _beyond(error: ValueError | RecursionError) -> str:
    """What a value has that is beyond what Python reads, though it is JSON."""
    return "it is nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"
