"""A corpus with subjects, objects and verbs in another order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, Literal

from hf_xlqa.messages import check_choice
from hf_xlqa.rewrite import Piece, Rewritten
from hf_xlqa.schema import Example
from hf_xlqa.text import has_word_blanks
from hf_xlqa.transforms.parses import ConlluParses, MissingParse, Parses, PlacedParse
from hf_xlqa.transforms.sentence_layout import SentenceLayout
from hf_xlqa.transforms.text_transform import Part, TextTransform
from hf_xlqa.transforms.transform import Dropped
from hf_xlqa.transforms.word_order import ORDERS, Order, core_parts, reordered

Missing = Literal["error", "keep", "drop"]
"""What becomes of a text without a parse."""
MISSING: tuple[Missing, ...] = ("error", "keep", "drop")


class Typology(TextTransform):
    """The typology-manipulated corpora of Hsu et al. (2019, section 3.4), by the method of Ravfogel et al. (2019).

    In every clause with a verb, subclauses too, what stands before the verb and is none of the three comes first,
    then S, O and V in the order asked for, then what stands after the verb:

    - S: nominal and clausal subjects (`nsubj`, `csubj`, also `:pass`), each with all that hangs on it.
    - O: objects and complement clauses (`obj`, `ccomp`, `xcomp`).
    - V: the verb with auxiliaries, particles, negation, "to", expletives and adverbs, in the order they had.
    - Relative and interrogative pronouns are no S or O; like conjunctions they stay before the verb. Interrogative
      adverbs are adverbs.
    - Participles that stand as adjectives (`amod`, as in "lung-choking smog") are no verbs.
    - The subject of a copula moves around the copula; its predicate, which is no O, stays before or after it.

    Marks that end a sentence stay last; commas stay after what they follow, or before what follows the three;
    brackets and quotes around a part move with it. Upper case stays where it was, as in the authors' program,
    and so do words of a token that is not the sequence of its words (French "du" moves as one). Blanks are set
    where words are parted by them; those in between words that stay neighbours are kept.

    Args:
        parses: CoNLL-U files with the sentences of all texts that are changed (see `ConlluParses`), or something
            that parses, such as `StanzaParser`.
        order: of S, O and V, or "random", drawn for each sentence.
        missing: what becomes of a text without a parse: "error", "keep" leaves it as it is, "drop" drops its
            examples.
        part: what is reordered.
        options: `when_split` of `TextTransform`, for answers whose words no longer stand together.

    Raises:
        FileNotFoundError, ConlluError: see `read_conllu`.
        ValueError: when an argument is not one of its values.
    """

    def __init__(
        self,
        *,
        parses: str | Path | Sequence[str | Path] | Parses,
        order: Order | Literal["random"],
        missing: Missing = "error",
        part: Part = "both",
        **options: Any,
    ) -> None:
        super().__init__(part=part, **options)
        if order != "random" and order not in ORDERS:
            raise ValueError(f"`order` must be one of {', '.join(ORDERS)}, random, but is {order!r} instead.")
        check_choice("missing", missing, MISSING)
        self.order = order
        self.missing = missing
        if isinstance(parses, str | Path):
            parses = [parses]
        self._parses: Parses = ConlluParses(parses) if isinstance(parses, Sequence) else parses

    def prepare(self, examples: Sequence[Example]) -> None:
        """Has the texts of the examples parsed at once."""
        contexts = [example.context for example in examples] if self.part != "question" else []
        questions = [example.question for example in examples] if self.part != "context" else []
        self._parses.prepare(list(dict.fromkeys([*contexts, *questions])))

    def __call__(self, example: Example, rng: Random) -> Example | Dropped:
        """The example with its sentences reordered.

        Raises:
            ValueError: when a text has no parse and `missing` is "error"; names the example and the place.
        """
        try:
            return super().__call__(example, rng)
        except MissingParse as error:
            if self.missing == "drop":
                return self._dropped(example, "a text has no parse")
            raise ValueError(
                f"`parses` must hold the sentences of the context and the question of example {example.id!r}, but "
                f"hold none that begins {error.text[error.offset :][:40]!r} (offset {error.offset}): parse these "
                f'texts, too, or give missing="keep" or "drop".'
            ) from error

    def rewrite(self, text: str, language: str, rng: Random) -> Rewritten:
        """The text with each of its sentences reordered.

        Raises:
            MissingParse: when the text has no parse and is not kept without.
        """
        try:
            sentences = self._parses.sentences(text)
        except MissingParse:
            if self.missing != "keep":
                raise
            self.counts["texts kept: no parse"] += 1
            return Rewritten(text, [Piece(text, 0, len(text))])
        return Rewritten(text, self._pieces(text, sentences, has_word_blanks(language), rng))

    def _pieces(self, text: str, sentences: Sequence[PlacedParse], has_blanks: bool, rng: Random) -> Iterator[Piece]:
        end = 0
        for sentence in sentences:
            layout = SentenceLayout(text, sentence, has_blanks=has_blanks)
            order = rng.choice(ORDERS) if self.order == "random" else self.order
            places = reordered(sentence.parse, order, leaning=layout.leaning, final=layout.final)
            self._count(core_parts(sentence.parse), places)
            yield Piece(text[end : layout.start], end, layout.start)
            yield from layout.pieces(places)
            end = layout.end
        yield Piece(text[end:], end, len(text))

    def _count(self, parts: set[str], places: Sequence[int]) -> None:
        self.counts["sentences"] += 1
        self.counts["sentences with a subject"] += "s" in parts
        self.counts["sentences with an object"] += "o" in parts
        self.counts["sentences with both"] += {"s", "o"} <= parts
        self.counts["sentences changed"] += list(places) != sorted(places)
