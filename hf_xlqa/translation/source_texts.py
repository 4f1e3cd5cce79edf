"""Texts as the tokens a checkpoint translates: languages marked, and texts above its limit taken apart."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from hf_xlqa.translation.languages import language_marks
from hf_xlqa.translation.sentences import blanks_between, join_sentences, sentence_spans

logger = logging.getLogger(__name__)

IN_PARTS = "texts above the limit, translated in parts"
Span = tuple[int, int]


class SourceTexts:
    """Tokenizes texts for a checkpoint, and puts translations of parts together.

    A text of more tokens than the checkpoint takes is never cut short: it is halved, at the end of a
    sentence if it has several, else at a blank, else between two characters, until the parts fit. The
    parts are translated one by one, joined as sentences are, and counted.

    Args:
        tokenizer: of the checkpoint; its `src_lang` is set.
        source_language: see `languages`.
        target_language: likewise.
        prefix: text put before every text, such as T5's "translate English to German: ".
        max_tokens: the most a text may have, with the marks.

    Raises:
        ValueError: when the checkpoint does not know a language, or `max_tokens` leaves no room for a text.
    """

    def __init__(
        self, tokenizer: Any, source_language: str, target_language: str, *, prefix: str = "", max_tokens: int
    ) -> None:
        marks = language_marks(tokenizer, source_language, target_language)
        if marks.source is not None:
            tokenizer.src_lang = marks.source
        self.tokenizer = tokenizer
        self.first_token = marks.first_token
        self.max_tokens = max_tokens
        self.counts: Counter[str] = Counter()
        self._languages = (source_language, target_language)
        self._prefix = marks.prefix + prefix
        least = len(self.encode(["a"])[0])
        if least > max_tokens:
            raise ValueError(f"`max_source_tokens` must be at least {least}, but is {max_tokens} instead.")

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token numbers of each text with the marks of the languages, never cut short."""
        ids: list[list[int]] = self.tokenizer(
            [self._prefix + text for text in texts], truncation=False, padding=False, return_attention_mask=False
        )["input_ids"]
        return ids

    def translate(
        self, texts: Sequence[str], translate_tokens: Callable[[Sequence[list[int]]], list[str]]
    ) -> list[str]:
        """Translate texts by a function that translates lists of token numbers; blank texts stand for themselves."""
        rows = [row for row, text in enumerate(texts) if text.strip()]
        tokens = self.encode([texts[row] for row in rows]) if rows else []
        whole = {row: each for row, each in zip(rows, tokens, strict=True) if len(each) <= self.max_tokens}
        parts = {row: self._spans_that_fit(texts[row]) for row in rows if row not in whole}
        self._report(len(parts))
        pieces = [texts[row][start:end] for row, spans in parts.items() for start, end in spans]
        piece_tokens = self.encode(pieces) if pieces else []
        translations = iter(translate_tokens([*whole.values(), *piece_tokens]) if rows else [])
        translated = {row: next(translations) for row in whole}
        for row, spans in parts.items():
            translated[row] = self._join(texts[row], spans, [next(translations) for _ in spans])
        return [translated.get(row, text) for row, text in enumerate(texts)]

    def _report(self, parts: int) -> None:
        if parts:
            self.counts[IN_PARTS] += parts
            logger.warning("%d texts have more than %d tokens and are translated in parts", parts, self.max_tokens)

    def _spans_that_fit(self, text: str) -> list[Span]:
        fitting: list[Span] = []
        waiting: list[Span] = [(0, len(text))]
        while waiting:
            start, end = waiting.pop()
            piece = text[start:end]
            stripped = piece.strip()
            if not stripped:
                continue
            start += len(piece) - len(piece.lstrip())
            end = start + len(stripped)
            if len(stripped) == 1 or len(self.encode([stripped])[0]) <= self.max_tokens:
                fitting.append((start, end))
            else:
                middle = start + self._middle(stripped)
                waiting += [(middle, end), (start, middle)]
        return fitting

    def _middle(self, text: str) -> int:
        """Where a text is best halved: the end of a sentence, else a blank, nearest to the middle."""
        ends = [end for _, end in sentence_spans(text, self._languages[0])[:-1]]
        blanks = [place for place, character in enumerate(text) if character.isspace()]
        return min(ends or blanks or [len(text) // 2], key=lambda place: abs(2 * place - len(text)))

    def _join(self, text: str, spans: Sequence[Span], translations: Sequence[str]) -> str:
        return join_sentences(translations, blanks_between(text, spans), self._languages[1])
