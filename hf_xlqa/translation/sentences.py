"""Sentences of a text with exact offsets, and translation sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

import sentencex

from hf_xlqa.text import has_word_blanks, primary_language
from hf_xlqa.translation.backend import TranslatorWrapper, translate_checked

_LINE_ENDS = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_BLANKS = re.compile(r"[^\S\n]")


def sentence_spans(text: str, language: str, *, keep_whole: Iterable[tuple[int, int]] = ()) -> list[tuple[int, int]]:
    """Where the sentences of a text are: `text[start:end]`, without the blanks around them.

    Args:
        text: any text; only blanks lie outside the sentences.
        language: ISO 639-1 code, region tags allowed; languages without rules of their own get general ones.
        keep_whole: spans that no sentence may end in, such as answers; the sentences that one of them
            touches become one, with what lies between.

    Raises:
        ValueError: when a span of `keep_whole` is not one of the text.

    >>> sentence_spans("Dr. Wu came. He left.", "en")
    [(0, 12), (13, 21)]
    >>> sentence_spans("Dr. Wu came. He left.", "en", keep_whole=[(8, 15)])
    [(0, 21)]
    """
    spans: list[tuple[int, int]] = []
    for start, end in _split(text, language):
        piece = text[start:end]
        if piece.strip():
            spans.append((start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())))
    for start, end in keep_whole:
        if not 0 <= start <= end <= len(text):
            raise ValueError(
                f"`keep_whole` must be spans of the text (0 to {len(text)}), but has ({start}, {end}) instead."
            )
        spans = _merged(spans, start, end)
    return spans


def join_sentences(sentences: Sequence[str], blanks: Sequence[str], target_language: str) -> str:
    """One text of translated sentences.

    Line ends stay as they stood. Other blanks between sentences stay where the target language
    separates words by blanks, and one is added where none stood (as between Chinese sentences); in
    other languages they are dropped. What is before the first and after the last sentence stays.

    Args:
        sentences: one or more.
        blanks: what stood before, between and after them: one more than the sentences.
        target_language: ISO 639-1 code.
    """
    spaced = has_word_blanks(target_language)
    between = [gap if _LINE_ENDS.search(gap) else (gap or " ") * spaced for gap in blanks[1:-1]]
    return "".join(part for pair in zip([blanks[0], *between], sentences, strict=True) for part in pair) + blanks[-1]


class SentenceTranslator(TranslatorWrapper):
    """Translates texts sentence by sentence; a sentence that recurs is handed over once.

    Blanks are kept or dropped as `join_sentences` says. To keep a span from being cut, translate
    units of your own: cut the text at `sentence_spans(..., keep_whole=...)`.

    Args:
        translator: translates the sentences.
    """

    @property
    def name(self) -> str:
        """Name of the translator, marked as working sentence by sentence."""
        return f"{self.translator.name} by sentence"

    def translate(self, texts: Sequence[str]) -> list[str]:
        """The translation of each text, in the order of the texts; blank texts stand for themselves.

        Raises:
            TranslationError: when the translator returns another number of sentences, or a blank one.
        """
        spans = [sentence_spans(text, self.source_language) for text in texts]
        return self.translate_spans(texts, spans)

    def translate_spans(self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]) -> list[str]:
        """Translate texts whose sentences are known, such as those of `sentence_spans` with spans kept whole.

        Args:
            texts: any texts.
            spans: for each text its sentences, in order and with nothing but blanks between them.

        Raises:
            TranslationError: as `translate`.
        """
        pieces = [[text[start:end] for start, end in each] for text, each in zip(texts, spans, strict=True)]
        wanted = list(dict.fromkeys(piece for each in pieces for piece in each))
        found = dict(zip(wanted, translate_checked(self.translator, wanted), strict=True))
        return [
            join_sentences([found[piece] for piece in each], blanks_between(text, where), self.target_language)
            if each
            else text
            for text, each, where in zip(texts, pieces, spans, strict=True)
        ]


def blanks_between(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    """What lies before, between and after the spans of a text, as `join_sentences` takes it."""
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    return [text[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2)]


def _split(text: str, language: str) -> Iterable[tuple[int, int]]:
    """Sentences with the blanks that follow them; together they are the text."""
    # The library fails on some line ends and blanks outside ASCII; these have the same length and meaning.
    plain = _BLANKS.sub(" ", _LINE_ENDS.sub("\n", text))
    ends = [0]
    for sentence in sentencex.segment(primary_language(language), plain):
        ends.append(ends[-1] + len(sentence))
    return pairwise([*ends[:-1], len(text)] if len(ends) > 1 else [0, len(text)])


def _merged(spans: Sequence[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    touched = [span for span in spans if span[0] < end and start < span[1]]
    if len(touched) < 2:
        return list(spans)
    first, last = spans.index(touched[0]), spans.index(touched[-1])
    return [*spans[:first], (touched[0][0], touched[-1][1]), *spans[last + 1 :]]
