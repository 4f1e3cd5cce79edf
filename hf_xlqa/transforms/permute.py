"""An artificial language: every word of a corpus exchanged for another of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

from hf_xlqa.messages import check_choice
from hf_xlqa.rewrite import Piece, Rewritten
from hf_xlqa.schema import Example
from hf_xlqa.transforms.text_transform import Part, TextTransform
from hf_xlqa.words import HAN, Han, words


class Permute(TextTransform):
    """The permuted language of Hsu et al. (2019, section 4): its words mean nothing, its grammar is the source's.

    One seeded bijection without fixed points maps the words of the corpus to each other, as they stand: "The"
    and "the" are two words. Punctuation, numbers and blanks stay. Word for word the new text is the old one, so
    answers stay contiguous; one that cuts a word takes the whole of it.

    Args:
        vocabulary: the words of the corpus, two or more, as `learned` gives them.
        seed: of the bijection.
        han: whether jieba's words of Chinese text are exchanged, or characters.
        part: what is permuted.

    Raises:
        ValueError: when the vocabulary has fewer than two words or one twice, or an argument is not one of its values.
    """

    def __init__(
        self, *, vocabulary: Sequence[str], seed: int = 0, han: Han = "words", part: Part = "both", **options: Any
    ) -> None:
        super().__init__(part=part, **options)
        check_choice("han", han, HAN)
        self.han = han
        self.bijection = _cycle(vocabulary, seed)

    @classmethod
    def learned(
        cls, examples: Iterable[Example], *, han: Han = "words", part: Part = "both", **options: Any
    ) -> dict[str, Any]:
        """The words of all texts that will be permuted, sorted: {"vocabulary": [...]}."""
        vocabulary: set[str] = set()
        last = None
        for example in examples:
            if part != "question" and example.context != last:
                vocabulary.update(word.text for word in words(example.context, han=han))
                last = example.context
            if part != "context":
                vocabulary.update(word.text for word in words(example.question, han=han))
        return {"vocabulary": sorted(vocabulary)}

    def rewrite(self, text: str, language: str, rng: Random) -> Rewritten:
        """Every word of the vocabulary exchanged; others are kept and counted."""
        pieces = []
        end = 0
        for word in words(text, han=self.han):
            permuted = self.bijection.get(word.text)
            if permuted is None:
                self.counts["words not in the vocabulary, kept"] += 1
                continue
            self.counts["words permuted"] += 1
            pieces += [Piece(text[end : word.start], end, word.start), Piece(permuted, word.start, word.end)]
            end = word.end
        return Rewritten(text, [*pieces, Piece(text[end:], end, len(text))])


def _cycle(vocabulary: Sequence[str], seed: int) -> Mapping[str, str]:
    """Each word to the next of a random round, which no two words share and none is left out of."""
    if len(vocabulary) < 2 or len(set(vocabulary)) < len(vocabulary):
        raise ValueError(
            f"`vocabulary` must hold two words or more, each once, "
            f"but holds {len(vocabulary)} of which {len(set(vocabulary))} differ instead."
        )
    round_ = sorted(vocabulary)
    Random(seed).shuffle(round_)
    return dict(zip(round_, [*round_[1:], round_[0]], strict=True))
