"""Translations that stand in for a translator: word by word through the lexicon, or of another paragraph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from hf_xlqa.corpora.sample.grammar import PUNCTUATION, grammar
from hf_xlqa.corpora.sample.lexicon import lexicon, name_translations
from hf_xlqa.schema import Answer, Example
from hf_xlqa.text import has_word_blanks


class _Piece(NamedTuple):
    """What stands at `source[start:end]` and its translation, "" where it has none."""

    translation: str
    start: int
    end: int
    is_name: bool


def word_by_word(example: Example, language: str) -> Example:
    """The example with context and question translated word by word, in the word order of its own language.

    Each word becomes its usual translation, words without any fall away, and what the lexicon does not know stays
    as it is. The answers are the translations of their words, at their exact place.

    Raises:
        ValueError: when the sample does not have a language, or a word of an answer has no translation.
    """
    source = example.context_language
    pieces = list(_pieces(example.context, source, language))
    context, offsets = _joined(pieces, example.context, source, language)
    asked = example.question_language
    question, _ = _joined(list(_pieces(example.question, asked, language)), example.question, asked, language)
    return replace(
        example,
        id=f"{example.id}.{language}",
        context=context,
        question=question,
        answers=tuple(_moved(answer, pieces, offsets, context, example.id) for answer in example.answers),
        context_language=language,
        question_language=language,
    )


def wrong_translation(examples: Sequence[Example], index: int) -> Example:
    """The translation of another paragraph, under the identifiers of `examples[index]`.

    It is that of the next example of another title, the last of them being followed by the first: a control that
    shows whether a model reads its translations at all.

    Raises:
        ValueError: when all examples are of one paragraph.
    """
    own = examples[index]
    for other in (*examples[index + 1 :], *examples[:index]):
        if other.title != own.title:
            return replace(other, id=own.id, parallel_id=own.parallel_id)
    raise ValueError(f"`examples` must be of two paragraphs or more, but all have the title {own.title!r} instead.")


def _pieces(text: str, source: str, target: str) -> Iterator[_Piece]:
    """The longest words of the lexicon from left to right, and what lies between them character by character."""
    words, names, longest = _folded_lexicon(source, target)
    position = 0
    while position < len(text):
        for end in range(min(len(text), position + longest), position, -1):
            word = text[position:end]
            if word in words and _is_whole(text, position, end, source):
                yield _Piece(words[word], position, end, word in names)
                break
        else:
            end = _unknown_end(text, position, source)
            yield _Piece(text[position:end].strip(), position, end, False)
        position = end


@cache
def _folded_lexicon(source: str, target: str) -> tuple[Mapping[str, str], frozenset[str], int]:
    """Usual translation of each word, also at the head of a sentence; the names among them; the longest length."""
    usual = {word: found[0] if found else "" for word, found in lexicon(source, target).items()}
    words = {word[:1].upper() + word[1:]: found for word, found in usual.items()} | usual
    words[grammar(source).name_separator] = ""
    return words, frozenset(name_translations(source, target)), max(map(len, words))


def _is_whole(text: str, start: int, end: int, language: str) -> bool:
    """Whether `text[start:end]` is not a part of a longer word; Korean writes its particles onto the word."""
    if language == "ko" or not has_word_blanks(language):
        return True
    edges = (text[start - 1 : start], text[end : end + 1])
    return (
        text[start].isspace()
        or text[start] in PUNCTUATION
        or all(not edge or edge.isspace() or edge in PUNCTUATION for edge in edges)
    )


def _unknown_end(text: str, start: int, language: str) -> int:
    """The end of a run the lexicon does not know: digits, or else a word where there are blanks, a character."""
    end = start + 1
    if text[start].isdigit():
        while end < len(text) and text[end].isdigit():
            end += 1
    elif has_word_blanks(language):
        while end < len(text) and not text[end].isspace() and text[end] not in PUNCTUATION:
            end += 1
    return end


def _joined(pieces: Sequence[_Piece], text: str, source: str, target: str) -> tuple[str, list[tuple[int, int]]]:
    """The translations of the pieces of a text as the target language joins words, and the offsets of each."""
    rules, name_separator = grammar(target), grammar(source).name_separator
    joined, name_end = "", len(text)
    offsets: list[tuple[int, int]] = []
    for piece in pieces:
        within_name = piece.is_name and text[name_end : piece.start] == name_separator
        blank = rules.name_separator if within_name else rules.separator
        if piece.translation and piece.translation not in PUNCTUATION and joined:
            joined += blank
        offsets.append((len(joined), len(joined) + len(piece.translation)))
        joined += piece.translation
        name_end = piece.end if piece.is_name else name_end
    return joined, offsets


def _moved(
    answer: Answer, pieces: Sequence[_Piece], offsets: Sequence[tuple[int, int]], context: str, id: str
) -> Answer:
    inside = [
        span
        for piece, span in zip(pieces, offsets, strict=True)
        if piece.translation and answer.start < piece.end and piece.start < answer.end
    ]
    if not inside:
        raise ValueError(
            f"`answers` of example {id!r} must be of words with a translation, but {answer.text!r} has none instead."
        )
    return Answer(context[inside[0][0] : inside[-1][1]], inside[0][0])
