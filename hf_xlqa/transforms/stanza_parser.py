"""Parses by Stanza, while a corpus is changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hf_xlqa.transforms.conllu_file import ReadSentence
from hf_xlqa.transforms.parses import PlacedParse, place_parses
from hf_xlqa.transforms.sentence_parse import ParseError, Token, Word, make_parse, without_blanks


class StanzaParser:
    """The sentences of texts as a Stanza pipeline parses them.

    Parsing takes far longer than reading: to change a corpus in several ways, write CoNLL-U once, by
    `stanza.utils.conll.CoNLL.write_doc2conll`, and give the files.

    Args:
        pipeline: a `stanza.Pipeline` with the processors tokenize, mwt (where the language has it), pos, lemma and
            depparse.
    """

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline
        self._prepared: dict[str, Any] = {}

    @classmethod
    def of(cls, language: str, **options: Any) -> StanzaParser:
        """A parser of a language.

        Args:
            language: as Stanza names it.
            options: of `stanza.Pipeline`, such as `use_gpu` or `dir`.

        Raises:
            ImportError: when Stanza is not installed.
        """
        try:
            import stanza
        except ImportError as error:
            raise ImportError("Parsing needs Stanza: pip install 'hf-xlqa[parse]'") from error
        return cls(stanza.Pipeline(language, **options))

    def prepare(self, texts: Sequence[str]) -> None:
        """Parses texts at once; those of the time before are forgotten."""
        new = [text for text in dict.fromkeys(texts) if text.strip() and text not in self._prepared]
        known = {text: self._prepared[text] for text in texts if text in self._prepared}
        self._prepared = {**known, **dict(zip(new, self.pipeline.bulk_process(new) if new else [], strict=True))}

    def sentences(self, text: str) -> list[PlacedParse]:
        """The sentences of a text.

        Raises:
            MissingParse: when Stanza left out or changed characters.
            ParseError: when Stanza gives no tree; names the text.
        """
        if not text.strip():
            return []
        document = self._prepared[text] if text in self._prepared else self.pipeline(text)
        try:
            return place_parses(text, map(_sentence, document.sentences))
        except ParseError as error:
            raise ParseError(f"`pipeline` must give a parse of {text[:40]!r}, but does not: {error}.") from error


def _sentence(sentence: Any) -> ReadSentence:
    tokens = [Token(token.text, tuple(map(_word, token.words))) for token in sentence.tokens]
    return ReadSentence("".join(without_blanks(token.form) for token in tokens), make_parse(tokens))


def _word(word: Any) -> Word:
    return Word(word.text, word.upos, word.feats or "_", word.head, word.deprel)
