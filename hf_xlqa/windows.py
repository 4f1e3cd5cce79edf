"""Cut a batch of examples into windows with numpy: token ids, geometry and gold positions.

Questions and contexts are tokenized apart, without special tokens and each distinct context once,
and joined by the tokenizer's own pair template. So a paragraph with many questions is tokenized
once, and window starts advance by exactly `window_step` context tokens whatever the length of the
question; the `stride` of transformers is an overlap fixed for a whole call and cannot do that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from transformers import BatchEncoding, PreTrainedTokenizerBase

from hf_xlqa.context_tokens import ContextTokens
from hf_xlqa.feature_report import FeatureReport
from hf_xlqa.language_numbers import COLUMNS, number_languages
from hf_xlqa.messages import check_counts
from hf_xlqa.pair_template import PairTemplate
from hf_xlqa.ragged import IntArray, Ragged, ranges, splits_of
from hf_xlqa.schema import Example

BoolArray = NDArray[np.bool_]
Outside = Literal["cls", "drop"]
_NUMBERS = (
    "context_start",
    "context_end",
    "cls_index",
    "question_start",
    "question_end",
    "character_start",
    "character_end",
    "context_characters",
    "example_index",
    "start_positions",
    "end_positions",
)


@dataclass(frozen=True)
class _Batch:
    """N examples, tokenized.

    Args:
        examples: the examples.
        context: (N,) row of each example's context in `tokens`.
        questions: N lists of token ids, not yet cut to the greatest length.
        tokens: the distinct contexts.
        characters: (tokens, C) of the special tokens, all questions and all contexts, if the tokenizer gives them.
        languages: (N,) language ids of the contexts and of the questions, if they are asked for.
    """

    examples: Sequence[Example]
    context: IntArray
    questions: Ragged
    tokens: ContextTokens
    characters: IntArray | None
    languages: dict[str, IntArray]

    @property
    def ids(self) -> list[str]:
        """Ids of the examples."""
        return [example.id for example in self.examples]


@dataclass(frozen=True)
class _Golds:
    """Where the first answers of N examples are, in tokens of their contexts; all arrays are (N,).

    Args:
        known: whether the example has an answer.
        first, last: first and last token of the gold, both inclusive; last < first where it has no token.
        cut: whether the gold begins or ends inside a token, or with a character that no token has.
    """

    known: BoolArray
    first: IntArray
    last: IntArray
    cut: BoolArray

    @classmethod
    def find(cls, batch: _Batch) -> _Golds:
        """Locate the golds by their code points."""
        answers = [example.answers[0] if example.answers else None for example in batch.examples]
        starts = np.array([answer.start if answer else 0 for answer in answers])
        ends = np.array([answer.end if answer else 0 for answer in answers])
        first, last, cut = batch.tokens.cover(batch.context, starts, ends)
        return cls(np.array([answer is not None for answer in answers]), first, last, cut)

    @property
    def found(self) -> BoolArray:
        """Whether the example has an answer made of tokens."""
        return self.known & (self.first <= self.last)


@dataclass(frozen=True)
class _Layout:
    """Which piece of which example each of W windows holds; all arrays are (W,).

    Args:
        example: row of the example in the batch.
        first: index of the window's first context token in its context.
        size: number of context tokens.
    """

    example: IntArray
    first: IntArray
    size: IntArray

    def holds(self, golds: _Golds) -> BoolArray:
        """Whether the whole gold of its example is in each window."""
        first, last = golds.first[self.example], golds.last[self.example]
        return golds.found[self.example] & (first >= self.first) & (last < self.first + self.size)

    def select(self, kept: BoolArray) -> _Layout:
        """The layout of some of the windows."""
        return _Layout(self.example[kept], self.first[kept], self.size[kept])


@dataclass(frozen=True)
class WindowCutter:
    """Turns batches of examples into Arrow batches of windows; settings as in `prepare_features`.

    Raises:
        ValueError: when a setting is out of range, or windows of this step would leave tokens between
            them because a long question leaves less room.
    """

    tokenizer: PreTrainedTokenizerBase
    max_length: int
    window_step: int
    max_question_length: int
    outside: Outside
    languages: Sequence[str] | None = None

    def __post_init__(self) -> None:
        check_counts(
            max_length=self.max_length, window_step=self.window_step, max_question_length=self.max_question_length
        )
        if self.outside not in ("cls", "drop"):
            raise ValueError(f'`outside` must be "cls" or "drop", but is {self.outside!r} instead.')
        room = self.max_length - len(self.template.special_ids) - self.max_question_length
        if self.window_step > room:
            raise ValueError(
                f"`window_step` must be at most {room}, the context tokens that fit beside a question of "
                f"{self.max_question_length} tokens in {self.max_length}, but is {self.window_step} instead; "
                "lower it or `max_question_length`, or raise `max_length`."
            )
        self._check_languages()

    def _check_languages(self) -> None:
        own = list(self.tokenizer.languages) if self.has_languages else None
        if own is not None and self.languages is not None and list(self.languages) != own:
            raise ValueError(
                f"`languages` must be those of the tokenizer ({', '.join(own)}), but are {', '.join(self.languages)} "
                "instead; it numbers them itself."
            )

    @cached_property
    def template(self) -> PairTemplate:
        """The special tokens of a pair."""
        return PairTemplate.probe(self.tokenizer)

    @property
    def has_token_types(self) -> bool:
        """Whether the tokenizer gives token types to its model."""
        return "token_type_ids" in self.tokenizer.model_input_names

    @property
    def has_languages(self) -> bool:
        """Whether the tokenizer gives the languages of its texts to its model."""
        return "language_ids" in self.tokenizer.model_input_names

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        lists = {"input_ids": pa.int32(), "attention_mask": pa.int8()}
        if self.has_token_types:
            lists["token_type_ids"] = pa.int8()
        if self.template.special_characters is not None:
            lists["character_ids"] = pa.list_(pa.int32())
        lists |= {"offset_starts": pa.int32(), "offset_ends": pa.int32()}
        numbers = (*_NUMBERS, *(COLUMNS if self.has_languages or self.languages is not None else ()))
        return pa.schema(
            [
                *((name, pa.list_(kind)) for name, kind in lists.items()),
                *((name, pa.int32()) for name in numbers),
                *((name, pa.string()) for name in ("example_id", "parallel_id")),
            ]
        )

    def __call__(self, first_row: int, examples: Sequence[Example]) -> tuple[pa.RecordBatch, FeatureReport]:
        """Cut a batch whose first example is row `first_row` of all examples.

        Returns:
            One row a window, in the order of the examples and within one from left to right; the counts.

        Raises:
            ValueError: when a text is not Unicode (half a surrogate pair, as broken JSON escapes give).
        """
        batch = self._tokenize(examples)
        golds = _Golds.find(batch)
        layout = self._lay_out(batch)
        holds = layout.holds(golds)
        kept = holds if self.outside == "drop" else np.ones_like(holds)
        columns = self._columns(batch, layout.select(kept), golds)
        columns["example_index"] = pa.array(first_row + layout.example[kept], pa.int32())
        return pa.RecordBatch.from_pydict(columns, self.schema), self._report(batch, golds, layout, kept)

    def _tokenize(self, examples: Sequence[Example]) -> _Batch:
        _require_unicode(examples)
        rows: dict[tuple[str, str], int] = {}
        context = np.array([rows.setdefault(self._text(each), len(rows)) for each in examples])
        texts, languages = [text for text, _ in rows], [language for _, language in rows]
        questions = self._encode(
            [example.question for example in examples], [example.question_language for example in examples]
        )
        contexts = self._encode(texts, languages, return_offsets_mapping=True)
        return _Batch(
            examples,
            context,
            Ragged.from_lists(questions["input_ids"]),
            ContextTokens.build(texts, contexts["input_ids"], contexts["offset_mapping"]),
            self._characters(questions, contexts),
            self._languages(questions, contexts, context, examples),
        )

    def _text(self, example: Example) -> tuple[str, str]:
        """A context with its language, if it is cut by it."""
        return example.context, example.context_language if self.has_languages else ""

    def _characters(self, *encodings: BatchEncoding) -> IntArray | None:
        special = self.template.special_characters
        if special is None:
            return None
        words = [word for encoding in encodings for text in encoding["character_ids"] for word in text]
        return np.concatenate([special, np.array(words, np.int32).reshape(-1, special.shape[1])])

    def _languages(
        self, questions: BatchEncoding, contexts: BatchEncoding, context: IntArray, examples: Sequence[Example]
    ) -> dict[str, IntArray]:
        if self.has_languages:
            of_contexts, of_questions = (np.array(each["language_ids"], np.int32) for each in (contexts, questions))
            return {"language_ids": of_contexts[context], "question_language_ids": of_questions}
        return {} if self.languages is None else number_languages(examples, self.languages)

    def _encode(self, texts: list[str], languages: list[str], **options: Any) -> BatchEncoding:
        if self.has_languages:
            options["language"] = languages
        encoding: BatchEncoding = self.tokenizer(
            texts,
            add_special_tokens=False,
            padding=False,
            truncation=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
            **options,
        )
        return encoding

    def _question_sizes(self, batch: _Batch) -> IntArray:
        return np.minimum(batch.questions.lengths, self.max_question_length)

    def _lay_out(self, batch: _Batch) -> _Layout:
        """Windows of every example: starts advance by the step until one window reaches the end of the context."""
        room = self.max_length - len(self.template.special_ids) - self._question_sizes(batch)
        context_sizes = batch.tokens.ids.lengths[batch.context]
        counts = 1 + np.maximum(0, -(-(context_sizes - room) // self.window_step))
        example = np.repeat(np.arange(len(counts)), counts)
        first = self.window_step * ranges(np.zeros_like(counts), counts)
        return _Layout(example, first, np.minimum(room[example], context_sizes[example] - first))

    def _columns(self, batch: _Batch, layout: _Layout, golds: _Golds) -> dict[str, pa.Array]:
        """The columns of W windows but `example_index`."""
        starts, sizes = self._pieces(batch, layout)
        context_start = sizes[:, :3].sum(1)
        cls_index = sizes[:, : 2 * self.template.cls_place].sum(1) + self.template.cls_offset
        shift, holds = context_start - layout.first, layout.holds(golds)
        numbers = {
            "context_start": context_start,
            "context_end": context_start + layout.size,
            "cls_index": cls_index,
            "question_start": sizes[:, 0],
            "question_end": sizes[:, :2].sum(1),
            "start_positions": np.where(holds, golds.first[layout.example] + shift, cls_index),
            "end_positions": np.where(holds, golds.last[layout.example] + shift, cls_index),
        }
        numbers |= {name: column[layout.example] for name, column in batch.languages.items()}
        texts = {
            "example_id": [batch.examples[row].id for row in layout.example],
            "parallel_id": [batch.examples[row].parallel_id for row in layout.example],
        }
        return {
            **self._token_columns(batch, ranges(starts.ravel(), sizes.ravel()), splits_of(sizes.sum(1))),
            **_offset_columns(batch, layout),
            **{name: pa.array(column, pa.int32()) for name, column in numbers.items()},
            **{name: pa.array(column, pa.string()) for name, column in texts.items()},
        }

    def _pieces(self, batch: _Batch, layout: _Layout) -> tuple[IntArray, IntArray]:
        """Where the five pieces of each window (special, question, special, context, special) stand.

        Returns:
            Their starts (W, 5) in special tokens, questions and contexts end to end, and their sizes (W, 5).
        """
        special = self.template.special_splits
        questions_at = special[-1]
        contexts_at = questions_at + batch.questions.splits[-1]
        starts = np.empty((len(layout.example), 5), np.int64)
        starts[:, ::2] = special[:-1]
        starts[:, 1] = questions_at + batch.questions.splits[layout.example]
        starts[:, 3] = contexts_at + batch.tokens.ids.splits[batch.context[layout.example]] + layout.first
        sizes = np.empty_like(starts)
        sizes[:, ::2] = np.diff(special)
        sizes[:, 1] = self._question_sizes(batch)[layout.example]
        sizes[:, 3] = layout.size
        return starts, sizes

    def _token_columns(self, batch: _Batch, at: IntArray, splits: IntArray) -> dict[str, pa.Array]:
        """Model inputs of all windows, given the index of every token in the pieces end to end."""
        parts = (batch.questions.values, batch.tokens.ids.values)
        ids = np.concatenate([self.template.special_ids, *parts])[at]
        columns = {
            "input_ids": _list_array(ids, splits),
            "attention_mask": _list_array(np.ones(len(ids), np.int8), splits),
        }
        if self.has_token_types:
            types = np.repeat([self.template.question_type, self.template.context_type], [len(part) for part in parts])
            types = np.concatenate([self.template.special_types, types]).astype(np.int8)
            columns["token_type_ids"] = _list_array(types[at], splits)
        if batch.characters is not None:
            columns["character_ids"] = _rows_array(batch.characters[at], splits)
        return columns

    def _report(self, batch: _Batch, golds: _Golds, layout: _Layout, kept: BoolArray) -> FeatureReport:
        ids, rows = np.array(batch.ids, object), np.arange(len(batch.ids))
        holds = layout.holds(golds)
        in_a_window, with_window = np.isin(rows, layout.example[holds]), np.isin(rows, layout.example[kept])
        return FeatureReport(
            examples=len(ids),
            windows=int(kept.sum()),
            windows_at_cls=int((kept & ~holds).sum()),
            windows_dropped=int((~kept).sum()),
            without_gold=int((~golds.known).sum()),
            truncated_questions=tuple(ids[batch.questions.lengths > self.max_question_length]),
            golds_cutting_tokens=tuple(ids[golds.found & golds.cut]),
            golds_in_no_window=tuple(ids[golds.known & ~in_a_window]),
            without_window=tuple(ids[~with_window]),
        )


def _offset_columns(batch: _Batch, layout: _Layout) -> dict[str, pa.Array]:
    """Code points of each window's context tokens, of the window as a whole, and the length of its context."""
    context = batch.context[layout.example]
    at = ranges(batch.tokens.ids.splits[context] + layout.first, layout.size)
    splits = splits_of(layout.size)
    starts, ends = (Ragged(offsets[at], splits) for offsets in batch.tokens.local_offsets)
    return {
        "offset_starts": _list_array(starts.values, splits),
        "offset_ends": _list_array(ends.values, splits),
        "character_start": pa.array(starts.firsts(), pa.int32()),
        "character_end": pa.array(ends.lasts(), pa.int32()),
        "context_characters": pa.array(batch.tokens.text_lengths[context], pa.int32()),
    }


def _list_array(values: IntArray, splits: IntArray) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(splits, pa.int32()), pa.array(values))


def _rows_array(rows: IntArray, splits: IntArray) -> pa.ListArray:
    """Lists of the rows of a matrix, each row a list of its own."""
    inner = _list_array(rows.ravel(), np.arange(len(rows) + 1) * rows.shape[1])
    return pa.ListArray.from_arrays(pa.array(splits, pa.int32()), inner)


def _require_unicode(examples: Sequence[Example]) -> None:
    """Refuse what no tokenizer can read, by the id of the example."""
    for example in examples:
        for name, text in (("question", example.question), ("context", example.context)):
            try:
                text.encode()
            except UnicodeEncodeError as error:
                raise ValueError(
                    f"`{name}` of example {example.id!r} must be Unicode text, but has the lone surrogate "
                    f"{text[error.start]!r} at offset {error.start} instead; repair the file it is from."
                ) from None
