"""The tokens of many contexts with their code points, and the tokens that cover a piece of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hf_xlqa.ragged import IntArray, Ragged, flatten_pairs, splits_of

BoolArray = NDArray[np.bool_]
_BLANK = np.array([chr(code).isspace() for code in range(0x3002)])  # no blank lies beyond U+3000


@dataclass(frozen=True)
class Ink:
    """Where a text is blank, and where it is not.

    Args:
        blank: (characters + 1,) whether each character is a blank; False after the end.
    """

    blank: BoolArray

    @classmethod
    def of(cls, text: str) -> Ink:
        """Look a text through once."""
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        return cls(np.append(_BLANK[np.minimum(codes, len(_BLANK) - 1)], False))

    @cached_property
    def following(self) -> NDArray[np.int64]:
        """(characters + 1,) for a code point, the first non-blank one from it on."""
        at = np.arange(len(self.blank))
        return np.minimum.accumulate(np.where(self.blank, len(self.blank) - 1, at)[::-1])[::-1]

    @cached_property
    def preceding(self) -> NDArray[np.int64]:
        """(characters + 1,) for a code point, the end of the last non-blank one before it."""
        at = np.arange(1, len(self.blank))
        return np.append(0, np.maximum.accumulate(np.where(self.blank[:-1], 0, at)))

    def trim(self, starts: IntArray, ends: IntArray) -> tuple[IntArray, IntArray]:
        """Spans without their outer blanks; a span of blanks becomes empty, at its end."""
        if not (self.blank[starts] | self.blank[ends - 1]).any():
            return starts, ends
        trimmed = np.minimum(self.following[starts], ends)
        return trimmed, np.maximum(self.preceding[ends], trimmed)


@dataclass(frozen=True)
class ContextTokens:
    """Tokens of C contexts, their code points counted in the contexts end to end.

    Outer blanks of a token (sentencepiece and byte-level pieces begin with one) are not part of its
    code points; a token of blanks only is empty. So no answer cut by them begins or ends with a blank.

    Args:
        ids: C lists of token ids.
        starts: (tokens,) first code point of each token.
        ends: (tokens,) code point after each token.
        text_splits: (C + 1,) code points at which the contexts begin.
        ink: the non-blank text of the contexts.
    """

    ids: Ragged
    starts: IntArray
    ends: IntArray
    text_splits: NDArray[np.int64]
    ink: Ink

    @classmethod
    def build(
        cls, contexts: Sequence[str], ids: Sequence[Sequence[int]], offsets: Sequence[Sequence[tuple[int, int]]]
    ) -> ContextTokens:
        """Flatten what a tokenizer gave for each context."""
        tokens = Ragged.from_lists(ids)
        splits = splits_of(np.array([len(context) for context in contexts]))
        ink = Ink.of("".join(contexts))
        shift = np.repeat(splits[:-1], tokens.lengths)[:, None]
        starts, ends = ink.trim(*(flatten_pairs(offsets, len(tokens.values)) + shift).T)
        return cls(tokens, starts, ends, splits, ink)

    @property
    def text_lengths(self) -> NDArray[np.int64]:
        """Code points of each context, (C,)."""
        return np.diff(self.text_splits)

    @property
    def local_offsets(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """First code points and code points after the tokens, counted in their own contexts; (tokens,) each."""
        shift = np.repeat(self.text_splits[:-1], self.ids.lengths)
        return (self.starts - shift).astype(np.int32), (self.ends - shift).astype(np.int32)

    def cover(self, context: IntArray, starts: IntArray, ends: IntArray) -> tuple[IntArray, IntArray, BoolArray]:
        """The smallest run of tokens that covers each of S spans.

        Tokens that share a character (byte-level pieces of an emoji) are taken all or not at all.

        Args:
            context: (S,) row of the context of each span.
            starts: (S,) first code point of each span in its context.
            ends: (S,) code point after each span in its context.

        Returns:
            First and last token (inclusive) of each span, counted in its context, the last before the
            first where a span has no token; and whether the tokens cover more than the span or less
            (a normaliser may remove characters, so that no token has them).
        """
        shift = self.text_splits[context]
        starts, ends = self.ink.trim(starts + shift, ends + shift)
        inked = np.flatnonzero(self.ends > self.starts)
        tokens = np.concatenate([[-1], inked, [len(self.ends)]])
        first = tokens[1 + np.searchsorted(self.ends[inked], starts, side="right")]
        last = tokens[np.searchsorted(self.starts[inked], ends, side="left")]
        some = first <= last
        inexact = np.zeros(len(context), np.bool_)
        inexact[some] = (self.starts[first[some]] != starts[some]) | (self.ends[last[some]] != ends[some])
        return first - self.ids.splits[context], last - self.ids.splits[context], inexact
