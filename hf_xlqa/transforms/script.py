"""Chinese in its other script."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, Literal, get_args

import opencc
from rapidfuzz.distance import Levenshtein

from hf_xlqa.messages import check_choice
from hf_xlqa.rewrite import Piece, Rewritten
from hf_xlqa.transforms.text_transform import Part, TextTransform

Conversion = Literal["s2t", "t2s", "s2tw", "tw2s", "s2hk", "hk2s", "s2twp", "tw2sp", "t2tw", "tw2t", "t2hk", "hk2t"]
"""OpenCC's conversions: simplified, traditional, and that of Taiwan or Hong Kong; "p" exchanges local words too."""


class Script(TextTransform):
    """Simplified Chinese in traditional characters, or the other way round, by OpenCC's phrases.

    Args:
        conversion: one of OpenCC's.
        part: what is converted.

    Raises:
        ValueError: when an argument is not one of its values.
    """

    source = "zh"

    def __init__(self, *, conversion: Conversion, part: Part = "both", **options: Any) -> None:
        super().__init__(part=part, **options)
        check_choice("conversion", conversion, get_args(Conversion))
        self.conversion = conversion
        self._converter = opencc.OpenCC(conversion)

    def rewrite(self, text: str, language: str, rng: Random) -> Rewritten:
        """The converted text."""
        rewritten = Rewritten(text, _aligned(text, self._converter.convert(text)))
        self.counts["characters"] += len(text)
        self.counts["characters converted"] += sum(
            piece.end - piece.start for piece in rewritten.pieces if piece.text != text[piece.start : piece.end]
        )
        return rewritten


def _aligned(old: str, new: str) -> Iterator[Piece]:
    """Pieces of the new text; characters exchanged one for one are pieces of their own, so that spans stay exact."""
    for block in Levenshtein.opcodes(old, new):
        start, end = block.src_start, block.src_end
        replacement = new[block.dest_start : block.dest_end]
        if block.tag == "replace":
            yield from (Piece(each, start + place, start + place + 1) for place, each in enumerate(replacement))
        else:
            yield Piece(replacement, start, end)
