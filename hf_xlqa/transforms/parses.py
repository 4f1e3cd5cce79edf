"""Where the parses of texts come from: files of CoNLL-U, or whatever else gives the sentences of a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, Protocol

from hf_xlqa.transforms.conllu_file import ReadSentence, read_conllu
from hf_xlqa.transforms.sentence_parse import SentenceParse, without_blanks

_KEY = 8  # characters; enough to tell most sentences apart, and few sentences are shorter


class MissingParse(ValueError):
    """A text has no parse from `offset` on."""

    def __init__(self, text: str, offset: int) -> None:
        super().__init__(f"no sentence is known that begins {text[offset : offset + 40]!r}, at offset {offset}")
        self.text = text
        self.offset = offset


class PlacedParse(NamedTuple):
    """A sentence in its text.

    Args:
        parse: of the sentence.
        spans: where each of its units stands in the text.
    """

    parse: SentenceParse
    spans: list[tuple[int, int]]


class Parses(Protocol):
    """Knows the sentences of texts."""

    def prepare(self, texts: Sequence[str]) -> None:
        """Told which texts come next, for those that work faster on many."""

    def sentences(self, text: str) -> list[PlacedParse]:
        """The sentences of a text in order, which hold all of it but blanks.

        Raises:
            MissingParse: when they are not known.
        """


class ConlluParses:
    """Parses in CoNLL-U files; a text is known if it is a sequence of sentences that stand in them.

    Sentences are compared without blanks, so neither `SpaceAfter` nor `# text` is needed, and neither the order of
    the sentences in the files nor marks of paragraphs matter: any parser's output for the texts of a corpus will
    do, contexts and questions in files together or apart. Of several parses of one sentence the first counts.
    Where sentences could be cut in two ways, the longest that leads to the end of the text is taken.

    A process reads the same files once.

    Args:
        paths: of the files.

    Raises:
        FileNotFoundError: when there is no such file.
        ConlluError: see `read_conllu`.
    """

    def __init__(self, paths: Iterable[str | Path]) -> None:
        states = ((Path(path).resolve(), Path(path).stat()) for path in paths)
        self._index = _read(tuple((path, state.st_mtime_ns, state.st_size) for path, state in states))

    def prepare(self, texts: Sequence[str]) -> None:
        """Nothing to do: all parses are known."""

    def sentences(self, text: str) -> list[PlacedParse]:
        """The sentences of a text.

        Raises:
            MissingParse: when they are not in the files; tells how far they are.
        """
        return place_parses(text, self._index.cut(without_blanks(text)))


def place_parses(text: str, sentences: Iterable[ReadSentence]) -> list[PlacedParse]:
    """The sentences at their places in a text.

    Raises:
        MissingParse: when the text does not begin with them or goes on after them.
    """
    offsets = [offset for offset, character in enumerate(text) if not character.isspace()]
    placed = []
    start = 0
    for characters, parse in sentences:
        if "".join(text[offset] for offset in offsets[start : start + len(characters)]) != characters:
            break
        ends = [start + end for end in parse.ends]
        placed.append(PlacedParse(parse, [(offsets[a], offsets[b - 1] + 1) for a, b in pairwise([start, *ends])]))
        start += len(characters)
    if start < len(offsets):
        raise MissingParse(text, offsets[start])
    return placed


class _Index:
    """Sentences by their characters; `lengths` has those of all sentences that begin with a key."""

    def __init__(self, sentences: Iterable[ReadSentence]) -> None:
        self.parses: dict[str, SentenceParse] = {}
        self.lengths: dict[str, set[int]] = {}
        for characters, parse in sentences:
            self.parses.setdefault(characters, parse)
            self.lengths.setdefault(characters[:_KEY], set()).add(len(characters))

    def cut(self, characters: str) -> list[ReadSentence]:
        """The sentences that a text, or else as much of its beginning as possible, is made of."""
        starts, best, dead = [0], [0], set()
        waiting = [self._ends(characters, 0)]
        while waiting and best[-1] < len(characters):
            end = next(waiting[-1], None)
            if end is None:
                dead.add(starts.pop())
                waiting.pop()
            elif end not in dead:
                starts.append(end)
                waiting.append(self._ends(characters, end))
                best = max(best, list(starts), key=lambda ends: ends[-1])
        spans = [characters[start:end] for start, end in pairwise(best)]
        return [ReadSentence(each, self.parses[each]) for each in spans]

    def _ends(self, characters: str, start: int) -> Iterator[int]:
        """Where sentences end that begin at a place, the longest first."""
        keys = {characters[start : start + length] for length in range(1, _KEY + 1)}
        for length in sorted({length for key in keys for length in self.lengths.get(key, ())}, reverse=True):
            if characters[start : start + length] in self.parses:
                yield start + length


@lru_cache(maxsize=1)
def _read(files: tuple[tuple[Path, int, int], ...]) -> _Index:
    """The index of files, by their states: a build makes a transform for every shard and every copy."""
    return _Index(sentence for path, *_ in files for sentence in read_conllu(path))
