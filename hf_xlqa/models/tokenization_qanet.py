"""Tokenizer of QANet: words, their characters and their code points, in any number of languages."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import BatchEncoding, PreTrainedTokenizer

from .qanet_words import word_forms, word_spans

PAD, UNK, SEP = "[PAD]", "[UNK]", "[SEP]"
SPECIAL_WORDS = (PAD, UNK, SEP)
"""The words of ids 0, 1 and 2."""

CHARACTERS_PER_WORD = 16
"""Characters of a word that the model sees (Lee & Lee 2019, as in QANet); the rest is cut off."""

_UNKNOWN_CHARACTER = 1
_FIRST_CHARACTER = 2  # 0 is padding
_Span = tuple[int, int]


class QANetEncoding(BatchEncoding):
    """What the tokenizer returns: a `BatchEncoding` that knows which text each token is from."""

    def __init__(self, data: dict[str, Any], sources: list[list[int | None]], tensor_type: Any = None) -> None:
        super().__init__(data, tensor_type=tensor_type)
        self._sources = sources

    def sequence_ids(self, batch_index: int = 0) -> list[int | None]:
        """For each token of a row 0 (question), 1 (context) or None (separator, padding)."""
        return self._sources[batch_index]

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "sources": self._sources}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._sources = state["sources"]


@dataclass(frozen=True)
class _Words:
    """A text cut into N words: ids (N,), characters (N, 16), code points (N, 2)."""

    ids: list[int]
    characters: list[list[int]]
    spans: list[_Span]

    def part(self, begin: int, end: int) -> "_Words":
        """Some of the words."""
        return _Words(self.ids[begin:end], self.characters[begin:end], self.spans[begin:end])


@dataclass(frozen=True)
class _Truncation:
    """How rows that are too long are cut, as the tokenizers of the Hub do.

    Args:
        strategy: "do_not_truncate", "only_first", "only_second" or "longest_first".
        room: greatest number of words of a row, the separator not among them; None for any number.
        stride: words that two parts of one row share.
        from_left: whether the last words are kept, not the first.
        all_parts: whether every part is returned, not only the first.
    """

    strategy: str
    room: int | None
    stride: int
    from_left: bool
    all_parts: bool

    def __call__(self, first: _Words, second: _Words) -> list[tuple[_Words, _Words]]:
        """The parts of a pair; `second` is empty for a text alone."""
        size, other = len(first.ids), len(second.ids)
        if self.room is None or self.strategy == "do_not_truncate" or size + other <= self.room:
            return [(first, second)]
        if self.strategy == "only_second":
            return [(first, second.part(*span)) for span in self._spans(other, self.room - size, "only_second")]
        if self.strategy == "only_first" or not other:
            return [(first.part(*span), second) for span in self._spans(size, self.room - other, "only_first")]
        if self.all_parts:
            raise ValueError(
                "`truncation` must be only_first or only_second with `return_overflowing_tokens` for pairs, "
                "but is longest_first instead."
            )
        shorter = min(size, other, self.room // 2)
        longer = self.room - shorter
        kept = (longer, shorter) if size > other else (shorter, longer)
        return [(first.part(*self._end(size, kept[0])), second.part(*self._end(other, kept[1])))]

    def _end(self, size: int, kept: int) -> _Span:
        return (size - kept, size) if self.from_left else (0, kept)

    def _spans(self, size: int, kept: int, strategy: str) -> list[_Span]:
        """Parts of `kept` words, `stride` of them shared with the part before, until the end is reached."""
        if kept <= self.stride:
            raise ValueError(
                f"`max_length` must leave more than {self.stride} words (`stride`) to the text that "
                f"{strategy} cuts, but leaves {max(kept, 0)} instead."
            )
        starts = range(0, max(size - self.stride, 1), kept - self.stride) if self.all_parts else range(1)
        spans = [(start, min(start + kept, size)) for start in starts]
        return [(size - end, size - start) for start, end in spans] if self.from_left else spans


class QANetTokenizer(PreTrainedTokenizer):
    """Pairs as `question words, [SEP], context words`, with characters, languages and offsets.

    Called as any tokenizer of the Hub (padding, truncation, `return_overflowing_tokens` with `stride`,
    `return_offsets_mapping`, `return_tensors`), and with

    - `language`: code of the texts, or a list with one for each row; `self.language` without;
    - `question_language`: likewise for the questions of pairs; `language` without.

    With B rows of at most L words it returns, besides the usual

    - `input_ids`, `token_type_ids` (0 question and separator, 1 context), `attention_mask`: (B, L);
    - `character_ids`: (B, L, 16), 0 after the end of a word, 1 for a character that is not known;
    - `language_ids`: (B,), index of the text's language in `languages`; with `question_language` also
      `question_language_ids`.

    A word is looked up as it stands, then normalised (NFKC), then in lower case. [SEP] is also the
    `cls_token`, the place of windows without answer. The vocabulary is saved as `vocabulary.json`.

    Args:
        vocab_file: a `vocabulary.json`; or give
        words: the words from id 3 on, and
        characters: the characters from id 2 on.
        languages: codes in the order of their ids, as in the model's configuration.
        language: the language of texts without one, the first by default; may be set later.

    Raises:
        ValueError: when there is no vocabulary or it repeats itself, or a language is not among `languages`.
    """

    returns_offsets = True  # which tokenizers without a fast backend do not
    vocab_files_names = {"vocab_file": "vocabulary.json"}
    model_input_names = ["input_ids", "token_type_ids", "attention_mask", "character_ids", "language_ids"]

    def __init__(
        self,
        vocab_file: str | None = None,
        *,
        words: Sequence[str] | None = None,
        characters: Sequence[str] | None = None,
        languages: Sequence[str] = ("en",),
        language: str | None = None,
        **kwargs: Any,
    ) -> None:
        if vocab_file is not None:
            stored = json.loads(Path(vocab_file).read_text(encoding="utf-8"))
            words, characters = stored["words"], stored["characters"]
        if words is None or characters is None:
            raise ValueError(
                "`words` and `characters` must be given where there is no `vocab_file`, but are not instead."
            )
        self.words, self.characters = list(words), list(characters)
        self.languages = list(languages)
        self._word_ids = _numbered((*SPECIAL_WORDS, *self.words), "words", 0)
        self._character_ids = _numbered(self.characters, "characters", _FIRST_CHARACTER)
        self._language = self.languages[self._language_id(language or self.languages[0])]
        kwargs = {"pad_token": PAD, "unk_token": UNK, "sep_token": SEP, "cls_token": SEP} | kwargs
        super().__init__(languages=self.languages, language=self._language, **kwargs)

    @property
    def language(self) -> str:
        """The language of texts that are given without one."""
        return self._language

    @language.setter
    def language(self, language: str) -> None:
        self._language = self.languages[self._language_id(language)]

    @property
    def vocab_size(self) -> int:
        """Number of words, the special ones included."""
        return len(self._word_ids)

    @property
    def character_vocab_size(self) -> int:
        """Number of characters, padding and the unknown one included."""
        return _FIRST_CHARACTER + len(self.characters)

    def get_vocab(self) -> dict[str, int]:
        """Ids of the words."""
        return {**self._word_ids, **self._added_tokens_encoder}

    def tokenize(  # type: ignore[override]
        self, text: str, pair: str | None = None, *, language: str | None = None, **kwargs: Any
    ) -> list[str]:
        """The words of a text in a `language`, as they stand in it."""
        return [text[start:end] for start, end in word_spans(text, language or self.language)]

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Words with blanks between them; the text itself is had by offsets only."""
        return " ".join(tokens)

    def num_special_tokens_to_add(self, pair: bool = False) -> int:
        """One separator between question and context, none around a text alone."""
        return int(pair)

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Write words and characters as JSON."""
        name = self.vocab_files_names["vocab_file"]
        path = Path(save_directory) / (f"{filename_prefix}-{name}" if filename_prefix else name)
        stored = {"words": self.words, "characters": self.characters}
        path.write_text(json.dumps(stored, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
        return (str(path),)

    def _convert_token_to_id(self, token: str) -> int:
        return next((self._word_ids[form] for form in word_forms(token) if form in self._word_ids), self._word_ids[UNK])

    def _convert_id_to_token(self, index: int) -> str:
        special = len(SPECIAL_WORDS)
        return SPECIAL_WORDS[index] if index < special else self.words[index - special]

    def _language_id(self, language: str) -> int:
        """Index of a language, or of the language of a region ("zh-TW")."""
        for code in (language, language.replace("_", "-").split("-")[0]):
            if code in self.languages:
                return self.languages.index(code)
        raise ValueError(f"`language` must be one of {', '.join(self.languages)}, but is {language!r} instead.")

    def _languages(self, language: str | Sequence[str] | None, count: int, name: str) -> list[str]:
        """One language for each of `count` texts."""
        languages = [language or self.language] * count if language is None or isinstance(language, str) else language
        if len(languages) != count:
            raise ValueError(f"`{name}` must be one code or one for each of {count} texts, but is {language} instead.")
        return list(languages)

    def _encode_plus(  # type: ignore[override]
        self,
        text: Any,
        text_pair: Any = None,
        *,
        language: str | Sequence[str] | None = None,
        question_language: str | Sequence[str] | None = None,
        max_length: int | None = None,
        return_tensors: Any = None,
        return_overflowing_tokens: bool = False,
        **options: Any,
    ) -> QANetEncoding:
        if options.get("is_split_into_words"):
            raise ValueError("`is_split_into_words` must be False, because offsets are those of a text, but is True.")
        batched = isinstance(text, list | tuple)
        pairs = _pairs(text, text_pair) if batched else [(text, text_pair)]
        languages = self._languages(language, len(pairs), "language")
        asked = self._languages(question_language, len(pairs), "question_language") if question_language else languages
        separated = int(bool(options.get("add_special_tokens", True)))
        truncation = _Truncation(
            options["truncation_strategy"].value,
            None if max_length is None else max_length - separated * (bool(pairs) and pairs[0][1] is not None),
            options.get("stride", 0),
            self.truncation_side == "left",
            return_overflowing_tokens,
        )
        rows: dict[str, list[Any]] = {}
        for row, (first, second) in enumerate(pairs):
            words = self._cut(first, asked[row] if second is not None else languages[row])
            others = _Words([], [], []) if second is None else self._cut(second, languages[row])
            fixed = {"language_ids": self._language_id(languages[row]), "overflow_to_sample_mapping": row}
            if question_language:
                fixed["question_language_ids"] = self._language_id(asked[row])
            for part, other in truncation(words, others):
                joined = self._join(part, other, separated * (second is not None))
                for name, value in (joined | fixed).items():
                    rows.setdefault(name, []).append(value)
        if not return_overflowing_tokens:
            rows.pop("overflow_to_sample_mapping", None)
        return self._finish(rows, batched or return_overflowing_tokens, max_length, return_tensors, options)

    def _cut(self, text: str, language: str) -> _Words:
        if not isinstance(text, str):
            raise ValueError(f"`text` must be a text or a list of texts, but has {text!r} instead.")
        self._language_id(language)
        spans = list(word_spans(text, language))
        words = [text[start:end] for start, end in spans]
        known = {word: (self._convert_token_to_id(word), self._spell(word)) for word in set(words)}
        return _Words([known[word][0] for word in words], [known[word][1] for word in words], spans)

    def _spell(self, word: str) -> list[int]:
        ids = [self._character_ids.get(each, _UNKNOWN_CHARACTER) for each in word[:CHARACTERS_PER_WORD]]
        return ids + [0] * (CHARACTERS_PER_WORD - len(ids))

    def _join(self, first: _Words, second: _Words, separators: int) -> dict[str, list[Any]]:
        """One row, not yet padded."""
        blank, size, other = [0] * CHARACTERS_PER_WORD, len(first.ids), len(second.ids)
        return {
            "input_ids": first.ids + [self._word_ids[SEP]] * separators + second.ids,
            "token_type_ids": [0] * (size + separators) + [1] * other,
            "character_ids": first.characters + [blank] * separators + second.characters,
            "offset_mapping": first.spans + [(0, 0)] * separators + second.spans,
            "special_tokens_mask": [0] * size + [1] * separators + [0] * other,
            "sources": [0] * size + [None] * separators + [1] * other,
        }

    def _finish(
        self, rows: dict[str, list[Any]], batched: bool, max_length: int | None, tensors: Any, options: dict[str, Any]
    ) -> QANetEncoding:
        """Pad, and leave out what is not asked for."""
        if options.get("return_length"):
            rows["length"] = [len(ids) for ids in rows["input_ids"]]
        types = options.get("return_token_type_ids")
        wanted = {
            "token_type_ids": "token_type_ids" in self.model_input_names if types is None else types,
            "offset_mapping": options.get("return_offsets_mapping"),
            "special_tokens_mask": options.get("return_special_tokens_mask"),
        }
        padded = self.pad(
            {name: column for name, column in rows.items() if wanted.get(name, True)},
            padding=options["padding_strategy"].value,
            max_length=max_length,
            pad_to_multiple_of=options.get("pad_to_multiple_of"),
            padding_side=options.get("padding_side"),
            return_attention_mask=options.get("return_attention_mask"),
        ).data
        sources = padded.pop("sources")
        if not batched and tensors is None:
            padded = {name: column[0] for name, column in padded.items()}
        return QANetEncoding(padded, sources, tensors)

    def _pad(self, encoded_inputs: Any, *args: Any, **options: Any) -> dict[str, Any]:
        """Pad one row, its characters and offsets included."""
        size = len(encoded_inputs["input_ids"])
        padded: dict[str, Any] = super()._pad(encoded_inputs, *args, **options)
        missing = len(padded["input_ids"]) - size
        left = (options.get("padding_side") or self.padding_side) == "left"
        for name, fill in (("character_ids", [0] * CHARACTERS_PER_WORD), ("offset_mapping", (0, 0)), ("sources", None)):
            if missing and name in padded:
                padding = [fill] * missing
                padded[name] = padding + padded[name] if left else padded[name] + padding
        return padded


def _pairs(text: Sequence[Any], text_pair: Any) -> list[tuple[Any, Any]]:
    """Rows of a batch: texts, texts with their pairs, or tuples of two."""
    if text_pair is None:
        wrong = [each for each in text if isinstance(each, list | tuple) and len(each) != 2]
        if wrong:
            raise ValueError(f"`text` must be texts or pairs of texts, but has {wrong[0]!r} instead.")
        return [(each[0], each[1]) if isinstance(each, list | tuple) else (each, None) for each in text]
    if not isinstance(text_pair, list | tuple) or len(text_pair) != len(text):
        raise ValueError(f"`text_pair` must be a list of {len(text)}, as `text` is, but is another instead.")
    return list(zip(text, text_pair, strict=True))


def _numbered(entries: Sequence[str], name: str, first: int) -> dict[str, int]:
    ids = {entry: first + index for index, entry in enumerate(entries)}
    if len(ids) < len(entries):
        repeated = next(entry for index, entry in enumerate(entries) if ids[entry] != first + index)
        raise ValueError(f"`{name}` must not repeat themselves, but have {repeated!r} twice instead.")
    return ids


QANetTokenizer.register_for_auto_class()
