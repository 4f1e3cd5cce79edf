"""Windows, alone or with their parallel windows, to padded tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from hf_xlqa.models.span_head import IGNORED

Array = NDArray[Any]
Batch = dict[str, Array]
Window = Mapping[str, Any]
_SEQUENCES = ("input_ids", "attention_mask", "token_type_ids", "character_ids")
_PLACES = ("cls_index", "question_start", "question_end")


@dataclass(frozen=True)
class WindowCollator:
    """Pads windows to the longest of the batch, on the tokenizer's padding side.

    With B windows of at most L tokens, R languages and parallel windows of at most L' tokens, a batch has

    - `input_ids`, `attention_mask`, `token_type_ids` (if the windows have them): (B, L) int64;
    - `character_ids` (B, L, characters of a word) and `language_ids`, `question_language_ids` (B,), likewise;
    - `answer_mask` (B, L) bool: True at context tokens and at [CLS];
    - with `places`: `cls_index`, `question_start`, `question_end` (B,) int64: where [CLS] is, and the question's
      tokens, counted in the padded row (not of an `AlignedWindows`);
    - `start_positions`, `end_positions` (B,) int64, counted in the padded row; `sample_weight` (B,) float32 if
      the windows have one;
    - with `languages`: `parallel_input_ids`, `parallel_attention_mask`, `parallel_token_type_ids`,
      `parallel_answer_mask` (B, R, L'); `parallel_start_positions`, `parallel_end_positions` (B, R), -100
      where there is no window; `parallel_mask` (B, R) bool, True where there is one.

    Args:
        tokenizer: gives padding side and padding ids.
        languages: languages of the parallel windows, in the order of axis R; items then have a key
            "parallel" with a window or None for each (see `alignment.AlignedWindows`).
        pad_to_multiple_of: rounds L and L' up, for tensor cores.
        places: whether the batch says where [CLS] and the question are.
    """

    tokenizer: PreTrainedTokenizerBase
    languages: Sequence[str] = ()
    pad_to_multiple_of: int | None = None
    places: bool = False

    def __post_init__(self) -> None:
        if self.tokenizer.pad_token_id is None:
            raise ValueError(
                f"`tokenizer` must have a padding token, but {type(self.tokenizer).__name__} has none instead; "
                "set `tokenizer.pad_token`, for example to `tokenizer.eos_token`."
            )

    def __call__(self, items: Sequence[Window]) -> dict[str, Tensor]:
        """Collate items of a windows dataset, or of an `AlignedWindows` if there are languages.

        Raises:
            ValueError: when an item has no entry for one of the languages, or only some items have a weight.
        """
        batch = self._pad(items)
        weights = [item["sample_weight"] for item in items if "sample_weight" in item]
        if weights and len(weights) < len(items):
            raise ValueError(
                f"`sample_weight` must be in all items of a batch or in none, but is in {len(weights)} of {len(items)} "
                "instead; weight every dataset of a mixture."
            )
        if weights:
            batch["sample_weight"] = np.array(weights, np.float32)
        if self.languages:
            batch.update(self._parallel(items))
        return {name: torch.from_numpy(array) for name, array in batch.items()}

    def _parallel(self, items: Sequence[Window]) -> Batch:
        windows = [self._parallel_window(item, language) for item in items for language in self.languages]
        shape = (len(items), len(self.languages))
        present = [window for window in windows if window is not None]
        mask = np.array([window is not None for window in windows])
        padded = self._pad(present or [self._empty(items[0])])
        result = {"parallel_mask": mask.reshape(shape)}
        for name, rows in padded.items():
            full = np.full((len(windows), *rows.shape[1:]), self._fill(name), rows.dtype)
            full[mask] = rows[: len(present)]
            result[f"parallel_{name}"] = full.reshape(*shape, *rows.shape[1:])
        return result

    def _parallel_window(self, item: Window, language: str) -> Window | None:
        parallel = item.get("parallel", {})
        if language not in parallel:
            given = ", ".join(parallel) or "no language"
            raise ValueError(
                f"`languages` must be among those of the items ({given}), but has {language!r} instead; "
                "align the windows with that language first."
            )
        window: Window | None = parallel[language]
        return window

    def _empty(self, item: Window) -> Window:
        """A window of one padding token, which gives a batch without any parallel window its shapes."""
        lists = {name: [self._fill(name)] for name in self._sequences(item)}
        return {**lists, "context_start": 0, "context_end": 0, "cls_index": 0, "start_positions": 0, "end_positions": 0}

    def _pad(self, windows: Sequence[Window]) -> Batch:
        sizes = np.array([len(window["input_ids"]) for window in windows])
        multiple = self.pad_to_multiple_of or 1
        length = -(-int(sizes.max()) // multiple) * multiple
        left = length - sizes if self.tokenizer.padding_side == "left" else np.zeros_like(sizes)
        batch = {name: self._pad_lists(windows, name, left, length) for name in self._sequences(windows[0])}
        batch["answer_mask"] = _answer_mask(windows, left, length)
        for name in ("start_positions", "end_positions", *(_PLACES if self.places else ())):
            places = np.array([window[name] for window in windows])
            batch[name] = np.where(places == IGNORED, IGNORED, places + left)
        for name in ("language_ids", "question_language_ids"):
            if name in windows[0]:
                batch[name] = np.array([window[name] for window in windows])
        return batch

    def _pad_lists(self, windows: Sequence[Window], name: str, left: Array, length: int) -> Array:
        width = np.shape(next(iter(windows[0][name]), 0))
        rows = np.full((len(windows), length, *width), self._fill(name), np.int64)
        for row, window, begin in zip(rows, windows, left, strict=True):
            row[begin : begin + len(window[name])] = window[name]
        return rows

    def _sequences(self, window: Window) -> list[str]:
        """Names of the lists that models read."""
        return [name for name in _SEQUENCES if name in window]

    def _fill(self, name: str) -> int:
        """What stands where there is no token, or no window."""
        fills = {"input_ids": self.tokenizer.pad_token_id, "token_type_ids": self.tokenizer.pad_token_type_id}
        fills |= {"start_positions": IGNORED, "end_positions": IGNORED}
        return int(fills.get(name, 0))


def _answer_mask(windows: Sequence[Window], left: Array, length: int) -> Array:
    """Where an answer may begin or end: (B, L) bool."""
    at = np.arange(length) - left[:, None]
    start, end, cls_index = (
        np.array([window[name] for window in windows])[:, None]
        for name in ("context_start", "context_end", "cls_index")
    )
    mask: Array = ((at >= start) & (at < end)) | (at == cls_index)
    return mask


def to_window_positions(logits: Tensor, attention_mask: Tensor) -> Tensor:
    """Shift each row left so that its first real token is at position 0, where unpadded windows count from.

    Rows padded on the right stay as they are. Predictions of batches padded on the left must pass here
    before rows of different batches are put together.

    Args:
        logits: (B, L).
        attention_mask: (B, L), 0 at padding.

    Returns:
        (B, L); what padding gave comes last.
    """
    first = attention_mask.long().argmax(dim=1, keepdim=True)
    at = torch.arange(logits.shape[1], device=logits.device) + first
    return logits.gather(1, at % logits.shape[1])
