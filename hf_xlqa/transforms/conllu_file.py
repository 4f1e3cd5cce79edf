"""Reading CoNLL-U files, one sentence after the other, with faults named by file and line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from conllu.exceptions import ParseException
from conllu.parser import parse_id_value, parse_int_value, parse_line

from hf_xlqa.messages import shown
from hf_xlqa.transforms.sentence_parse import ParseError, SentenceParse, Token, Word, make_parse, without_blanks

_COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
_LONGEST_REASON = 200
_PARSERS: dict[str, Any] = {
    "id": lambda columns, place: parse_id_value(columns[place]),
    "head": lambda columns, place: parse_int_value(columns[place]),
}


class ConlluError(ValueError):
    """A CoNLL-U file cannot be used; the message names the file, the line and what was expected."""


class ReadSentence(NamedTuple):
    """A sentence of a file: its characters without blanks, and its parse."""

    characters: str
    parse: SentenceParse


class _Row(NamedTuple):
    line: int
    columns: dict[str, Any]

    @property
    def word(self) -> Word:
        columns = self.columns
        return Word(columns["form"], columns["upos"], columns["feats"], columns["head"], columns["deprel"])


def read_conllu(path: str | Path) -> Iterator[ReadSentence]:
    """The sentences of a CoNLL-U file with labels of Universal Dependencies 2; empty nodes are passed over.

    Raises:
        FileNotFoundError: when there is no such file.
        ConlluError: when the file is not UTF-8, a line has not ten columns or no number where one belongs, ids do
            not count up, heads make no tree, or the words are not those of `# text`.
    """
    path = Path(path)
    for is_blank, lines in groupby(_lines(path), key=lambda line: not line[1].strip()):
        if not is_blank:
            block = list(lines)
            rows = [_row(path, number, line) for number, line in block if not line.startswith("#")]
            if rows:
                yield _sentence(path, rows, next((line for _, line in block if line.startswith("# text = ")), None))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise ConlluError(
                    f"`{path}` must be UTF-8, but is not at byte {error.start} of line {number}."
                ) from error


def _row(path: Path, number: int, line: str) -> _Row:
    if line.count("\t") != 9 or "  " in line:
        found = f"{line.count(chr(9)) + 1} columns" if "  " not in line else "two blanks side by side"
        raise ConlluError(f"`{path}` must hold 10 columns parted by tabs on line {number}, but holds {found} instead.")
    try:
        columns = parse_line(line, _COLUMNS, _PARSERS)
    except (ParseException, ValueError) as error:  # the latter of numbers beyond what Python reads
        why = str(error)[:_LONGEST_REASON]
        raise ConlluError(f"`{path}` must hold CoNLL-U on line {number}, but does not: {why}") from error
    if columns["id"] is None or (isinstance(columns["id"], int) and columns["head"] is None):
        raise ConlluError(f"`{path}` must hold the numbers of a word and its head on line {number}, but holds `_`.")
    return _Row(number, columns)


def _sentence(path: Path, rows: list[_Row], text: str | None) -> ReadSentence:
    words = [row for row in rows if isinstance(row.columns["id"], int)]
    for expected, row in enumerate(words, start=1):
        if row.columns["id"] != expected:
            raise ConlluError(
                f"`{path}` must have word {expected} on line {row.line}, but has {row.columns['id']} instead."
            )
    tokens = list(_tokens(path, rows, words))
    characters = "".join(without_blanks(token.form) for token in tokens)
    if text is not None and characters != without_blanks(text.removeprefix("# text =")):
        raise ConlluError(
            f"`{path}` must have the words of its `# text` from line {rows[0].line} on, but has {shown(characters)} "
            f"there and {shown(text.removeprefix('# text = '))} as the text: have the parser write words as they stand."
        )
    try:
        return ReadSentence(characters, make_parse(tokens))
    except ParseError as error:
        line = words[error.word].line if error.word is not None else rows[0].line
        raise ConlluError(f"`{path}` must hold a parse on line {line}, but does not: {error}.") from error


def _tokens(path: Path, rows: list[_Row], words: list[_Row]) -> Iterator[Token]:
    """Tokens in order; one with an id such as 3-4 takes the words of these numbers."""
    done = 0
    for row in rows:
        number = row.columns["id"]
        if isinstance(number, int):
            if number > done:
                yield Token(row.columns["form"], (row.word,))
                done = number
        elif number[1] == ".":
            continue  # an empty node, which no text stands for
        elif number[0] != done + 1 or number[2] > len(words):
            raise ConlluError(
                f"`{path}` must have a token that starts at word {done + 1} on line {row.line}, "
                f"but has {number[0]}-{number[2]} instead."
            )
        else:
            done = number[2]
            yield Token(row.columns["form"], tuple(each.word for each in words[number[0] - 1 : done]))
