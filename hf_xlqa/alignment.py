"""Pair the windows of parallel examples by relative position in their contexts.

Windows of translations cannot be paired by index: the same paragraph has more tokens in one language
than in another. What stays comparable is how far into its context a window reaches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from datasets import Dataset
from numpy.typing import NDArray
from torch.utils.data import Dataset as TorchDataset

from hf_xlqa.features import PreparedFeatures
from hf_xlqa.messages import check_choice
from hf_xlqa.ragged import ranges

Rule = Literal["overlap", "center", "gold"]
RULES: tuple[Rule, ...] = ("overlap", "center", "gold")
ABSENT = -1  # row of a translation's window that is not there
_MODEL_COLUMNS = (
    "input_ids",
    "attention_mask",
    "token_type_ids",
    "context_start",
    "context_end",
    "cls_index",
    "start_positions",
    "end_positions",
    "sample_weight",
)
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class AlignmentReport:
    """How the windows of one translation were paired.

    Args:
        paired: pivot windows with a window of this language.
        unpaired: pivot windows without one.
        missing_examples: parallel ids of pivot examples that have no window in this language.
        unpaired_examples: parallel ids of pivot examples that have windows in this language, but one or
            more pivot windows that none of them overlaps enough.
    """

    paired: int
    unpaired: int
    missing_examples: tuple[str, ...]
    unpaired_examples: tuple[str, ...]


class AlignedWindows(TorchDataset[dict[str, Any]]):
    """Pivot windows, each with its windows in other languages: a map-style dataset for `WindowCollator`.

    It holds row numbers only; the windows stay memory-mapped where they are. An item is a pivot
    window's model columns and `parallel`, the same of each language, or None.

    Args:
        pivot: windows of the pivot language.
        translations: windows of the other languages.
        rows: for each language the paired row of every pivot window, (W,) int64, -1 where there is none.
        report: how the pairing went, by language.
    """

    def __init__(
        self,
        pivot: Dataset,
        translations: Mapping[str, Dataset],
        rows: Mapping[str, NDArray[np.int64]],
        report: Mapping[str, AlignmentReport],
    ) -> None:
        self.pivot = _model_columns(pivot)
        self.translations = {language: _model_columns(windows) for language, windows in translations.items()}
        self.rows = dict(rows)
        self.report = dict(report)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the translations, in the order given."""
        return tuple(self.translations)

    def __len__(self) -> int:
        return len(self.pivot)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        """Many items with one read per language; torch's loaders call this where it exists."""
        items = [dict(window, parallel={}) for window in fetch(self.pivot, indices)]
        for language, windows in self.translations.items():
            rows = self.rows[language][list(indices)]
            fetched = iter(fetch(windows, rows[rows != ABSENT].tolist()))
            for item, row in zip(items, rows, strict=True):
                item["parallel"][language] = None if row == ABSENT else next(fetched)
        return items


def align_windows(
    pivot: PreparedFeatures,
    translations: Mapping[str, PreparedFeatures],
    *,
    rule: Rule = "overlap",
) -> AlignedWindows:
    """Pair every pivot window with one window of each translation of its example.

    A window covers the stretch [character_start, character_end) / context_characters of its context.
    Only windows whose stretches share some of the context can be paired.
    Rules, all with ties to the earlier window:

    - "overlap": the greatest shared stretch, then the nearest centre;
    - "center": the nearest centre of the stretch;
    - "gold": while training; where the pivot window holds its gold, first the windows that hold the
      translation's, then as "overlap". Elsewhere as "overlap".

    Args:
        pivot: windows of the pivot examples.
        translations: windows of the translated examples by language, with the pivot's `parallel_id`s.
        rule: see above.

    Raises:
        ValueError: when the rule is unknown, or two examples of a translation have the same parallel id.
    """
    check_choice("rule", rule, RULES)
    table = _Stretches.read(pivot.windows)
    pairs = {}
    for language, prepared in translations.items():
        pairs[language] = _pair(table, _Stretches.read(prepared.windows), language, rule)
    return AlignedWindows(
        pivot.windows,
        {language: prepared.windows for language, prepared in translations.items()},
        {language: rows for language, (rows, _) in pairs.items()},
        {language: report for language, (_, report) in pairs.items()},
    )


@dataclass(frozen=True)
class _Stretches:
    """What pairing reads of W windows.

    Args:
        parallel_id: W parallel ids.
        example: (W,) rows of the examples.
        begin, end: (W,) where the window begins and ends in its context, from 0 to 1.
        holds_gold: (W,) whether the window has its gold.
    """

    parallel_id: list[str]
    example: NDArray[np.int32]
    begin: FloatArray
    end: FloatArray
    holds_gold: NDArray[np.bool_]

    @classmethod
    def read(cls, windows: Dataset) -> _Stretches:
        numbers = ("character_start", "character_end", "context_characters", "start_positions", "cls_index")
        names = [*numbers, "example_index", "parallel_id"]
        table = windows.select_columns(names).with_format("arrow")[:]
        start, end, characters, gold, cls_index = (table.column(name).to_numpy() for name in numbers)
        length = np.maximum(characters, 1)
        return cls(
            parallel_id=table.column("parallel_id").to_pylist(),
            example=table.column("example_index").to_numpy(),
            begin=start / length,
            end=end / length,
            holds_gold=gold != cls_index,
        )


def _pair(pivot: _Stretches, other: _Stretches, language: str, rule: Rule) -> tuple[NDArray[np.int64], AlignmentReport]:
    """The paired row of each of W pivot windows, (W,), -1 where there is none."""
    left, right = _candidates(pivot, other, language)
    shared = np.minimum(pivot.end[left], other.end[right]) - np.maximum(pivot.begin[left], other.begin[right])
    with_translation = np.isin(np.arange(len(pivot.begin)), left)
    together = shared > 0
    left, right, shared = left[together], right[together], shared[together]
    distance = np.abs((pivot.begin + pivot.end)[left] - (other.begin + other.end)[right])
    without_gold = 1.0 - (pivot.holds_gold[left] & other.holds_gold[right])
    keys = {
        "overlap": [distance, -shared],
        "center": [distance],
        "gold": [distance, -shared, without_gold],
    }[rule]  # the last key weighs most; rounded, so that equal fractions tie
    order = np.lexsort([right, *(np.round(key, 9) for key in keys), left])
    windows, best = np.unique(left[order], return_index=True)
    rows = np.full(len(pivot.begin), ABSENT, np.int64)
    rows[windows] = right[order][best]
    return rows, _report(pivot, rows, with_translation)


def _candidates(pivot: _Stretches, other: _Stretches, language: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs of a pivot window and a window with the same parallel id, as two arrays of rows."""
    codes: dict[str, int] = {}
    other_code = np.array([codes.setdefault(name, len(codes)) for name in other.parallel_id], np.int64)
    pivot_code = np.array([codes.get(name, len(codes)) for name in pivot.parallel_id], np.int64)
    order = np.argsort(other_code, kind="stable")
    grouped, example = other_code[order], other.example[order]
    repeated = np.flatnonzero((grouped[1:] == grouped[:-1]) & (example[1:] != example[:-1]))
    if len(repeated):
        name = other.parallel_id[order[repeated[0]]]
        raise ValueError(
            f"`translations[{language!r}]` must have one example for each parallel id, but has more for {name!r} "
            "instead; prepare each translation of an example apart."
        )
    begin = np.searchsorted(grouped, pivot_code, side="left")
    sizes = np.searchsorted(grouped, pivot_code, side="right") - begin
    return np.repeat(np.arange(len(pivot_code)), sizes), order[ranges(begin, sizes)]


def _report(pivot: _Stretches, rows: NDArray[np.int64], with_translation: NDArray[np.bool_]) -> AlignmentReport:
    paired = rows != ABSENT
    return AlignmentReport(
        paired=int(paired.sum()),
        unpaired=int((~paired).sum()),
        missing_examples=_distinct(pivot, ~with_translation),
        unpaired_examples=_distinct(pivot, ~paired & with_translation),
    )


def _distinct(pivot: _Stretches, chosen: NDArray[np.bool_]) -> tuple[str, ...]:
    """Parallel ids of the chosen windows, each once, in their order."""
    return tuple(dict.fromkeys(pivot.parallel_id[row] for row in np.flatnonzero(chosen)))


def _model_columns(windows: Dataset) -> Dataset:
    return windows.select_columns([name for name in _MODEL_COLUMNS if name in windows.column_names])


def fetch(windows: Dataset, rows: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Rows of a dataset as dictionaries, with one read."""
    columns = windows[list(rows)]
    return (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
