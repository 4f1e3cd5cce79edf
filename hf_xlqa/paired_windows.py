"""Pairs of an English question and its translation on the same context, as batches (LAF 2020, Algorithm 2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from datasets import Dataset
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset as TorchDataset

from hf_xlqa.alignment import fetch
from hf_xlqa.collator import Window, WindowCollator
from hf_xlqa.features import PreparedFeatures
from hf_xlqa.messages import first_few
from hf_xlqa.ragged import splits_of
from hf_xlqa.schema import Example

Each = Literal["pair", "all"]
ALONE = -1  # pivot row of a row that is not the translation of another
_REASONS = (
    "translations of questions that the pivot language lacks",
    "translations of questions on other contexts",
    "windows of translations that begin where no window of the pivot does",
    "windows of the pivot without a translation",
)
_UNREAD = ("offset_starts", "offset_ends", "example_id", "parallel_id")


@dataclass(frozen=True)
class PairReport:
    """What became of the windows of translated questions, and of the pivot's.

    Args:
        pairs: pairs of windows.
        windows_apart: windows of translations that begin where no window of the pivot does: a longer question can
            need one window more.
        pivots_alone: windows of the pivot language that no translation is paired with.
        without_pivot: ids of the examples whose parallel id no question in the pivot language has.
        other_context: ids of the examples that have one, but on another context.
        examples: how many examples have a window in a pair, by corpus.
        dropped: what is in no pair: how much by reason, by corpus.
    """

    pairs: int
    windows_apart: int
    pivots_alone: int
    without_pivot: tuple[str, ...]
    other_context: tuple[str, ...]
    examples: Mapping[str, int]
    dropped: Mapping[str, Mapping[str, int]]

    def __str__(self) -> str:
        """The report for people, with the first ids."""
        lines = [
            f"{self.pairs} pairs of windows of {sum(self.examples.values())} examples",
            f"{self.windows_apart} windows of translations begin where no window of the pivot does",
            f"{self.pivots_alone} windows of the pivot without a translation",
        ]
        return "\n".join([*lines, *_lost_lines(self.without_pivot, self.other_context)])


def _lost_lines(without_pivot: Sequence[str], other_context: Sequence[str]) -> list[str]:
    """Which translations have no pivot, with the first ids."""
    return [
        f"{len(ids)} translations {what}: {first_few(ids)}"
        for what, ids in (("without the pivot", without_pivot), ("on another context", other_context))
        if ids
    ]


class PairedWindows(TorchDataset[dict[str, Any]]):
    """Windows of the pivot language, each with windows of translated questions: a map-style dataset, `PairCollator`'s.

    An item is a pivot window with its `translations`, a list of windows.

    Args:
        windows: all of them.
        pivots: (items,) the row of each item's pivot window.
        splits: (items + 1,) where its translations are in `members`.
        members: rows of translations' windows.
        report: how the pairing went.
    """

    def __init__(
        self,
        windows: Dataset,
        pivots: NDArray[np.int64],
        splits: NDArray[np.int64],
        members: NDArray[np.int64],
        report: PairReport,
    ) -> None:
        self.windows = windows.remove_columns([name for name in _UNREAD if name in windows.column_names])
        self.pivots, self.splits, self.members = pivots, splits, members
        self.report = report

    def __len__(self) -> int:
        return len(self.pivots)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        """Many items with one read; torch's loaders call this where it exists."""
        groups = [[self.pivots[index], *self.members[self.splits[index] : self.splits[index + 1]]] for index in indices]
        fetched = fetch(self.windows, [int(row) for group in groups for row in group])
        read = [[next(fetched) for _ in group] for group in groups]
        return [dict(pivot, translations=translations) for pivot, *translations in read]


def pair_windows(
    prepared: PreparedFeatures, examples: Sequence[Example], *, pivot: str = "en", each: Each = "pair"
) -> PairedWindows:
    """Pair the windows of questions in the pivot language with those of their translations on the same context.

    Examples belong together by `parallel_id` and an equal context, as in the corpora T(Q) and T(ALL). Windows of one
    context begin at the same tokens whatever the question is, so those that begin at the same character are paired.

    Args:
        prepared: windows of all examples, of all languages.
        examples: what they are of.
        pivot: language of the question that arbitrates.
        each: "pair" makes every pair an item, so that shuffled batches are of languages at random and an epoch sees
            all pairs once; "all" makes an item of a pivot window and its translations in all languages, which share
            the pivot's forward pass (and its answer counts once beside theirs).

    Raises:
        ValueError: when `each` is unknown, the windows are of other examples, two pivot questions belong to one
            parallel id and context, or there is no pair.
    """
    if each not in ("pair", "all"):
        raise ValueError(f'`each` must be "pair" or "all", but is {each!r} instead.')
    if prepared.report.examples != len(examples):
        raise ValueError(
            f"`examples` must be the {prepared.report.examples} that the windows are of, "
            f"but are {len(examples)} instead."
        )
    partners, lost = _partners(examples, pivot)
    without_pivot, other_context = (tuple(examples[row].id for row in rows) for rows in lost)
    table = prepared.windows.select_columns(["example_index", "character_start"]).with_format("numpy")[:]
    example, start = (table[name].astype(np.int64) for name in ("example_index", "character_start"))
    partner = partners[example]
    members = np.flatnonzero(partner != ALONE)
    rows = _find(example, start, partner[members], start[members])
    kept, pivots = members[rows != ALONE], rows[rows != ALONE]
    if not len(kept):
        found = "; ".join(["no such pair", *_lost_lines(without_pivot, other_context)])
        raise ValueError(
            f"`examples` must have questions in {pivot} and their translations on the same context (one parallel id), "
            f"but have {found} instead."
        )
    is_pivot = np.array([one.question_language == pivot for one in examples])[example]
    alone = np.flatnonzero(is_pivot & ~np.isin(np.arange(len(example)), pivots))
    apart = members[rows == ALONE]
    report = PairReport(
        pairs=len(kept),
        windows_apart=len(apart),
        pivots_alone=len(alone),
        without_pivot=without_pivot,
        other_context=other_context,
        examples=_by_corpus(examples, np.unique(example[np.concatenate([kept, pivots])])),
        dropped=_dropped(examples, [*lost, example[apart], example[alone]]),
    )
    if each == "pair":
        return PairedWindows(prepared.windows, pivots, np.arange(len(kept) + 1), kept, report)
    order = np.argsort(pivots, kind="stable")
    first, sizes = np.unique(pivots, return_counts=True)
    return PairedWindows(prepared.windows, first, splits_of(sizes), kept[order], report)


def _by_corpus(examples: Sequence[Example], rows: Iterable[int]) -> Counter[str]:
    return Counter(examples[row].corpus for row in rows)


def _dropped(examples: Sequence[Example], lost: Sequence[Iterable[int]]) -> dict[str, dict[str, int]]:
    """How much is lost for each of `_REASONS`, by corpus."""
    dropped: dict[str, dict[str, int]] = {}
    for reason, rows in zip(_REASONS, lost, strict=True):
        for corpus, count in _by_corpus(examples, rows).items():
            dropped.setdefault(corpus, {})[reason] = count
    return dropped


def _partners(examples: Sequence[Example], pivot: str) -> tuple[NDArray[np.int64], tuple[list[int], list[int]]]:
    """The row of each example's pivot question, -1 where it has none or is one; rows without one, of other contexts."""
    rows: dict[tuple[str, str], int] = {}
    for row, example in enumerate(examples):
        if example.question_language == pivot and rows.setdefault(_key(example), row) != row:
            raise ValueError(
                f"`examples` must have one {pivot} question for each parallel id and context, but have "
                f"{examples[rows[_key(example)]].id!r} and {example.id!r} for {example.parallel_id!r} instead."
            )
    translated = [row for row, example in enumerate(examples) if example.question_language != pivot]
    partners = np.full(len(examples), ALONE, np.int64)
    for row in translated:
        partners[row] = rows.get(_key(examples[row]), ALONE)
    known = {parallel_id for parallel_id, _ in rows}
    lost: tuple[list[int], list[int]] = ([], [])
    for row in translated:
        if partners[row] == ALONE:
            lost[examples[row].parallel_id in known].append(row)
    return partners, lost


def _key(example: Example) -> tuple[str, str]:
    return example.parallel_id, example.context


def _find(
    example: NDArray[np.int64], start: NDArray[np.int64], wanted: NDArray[np.int64], at: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The row of the window of each wanted example that begins at a character, -1 where there is none."""
    size = int(start.max(initial=0)) + 1
    codes = example * size + start
    order = np.argsort(codes, kind="stable")
    places = np.searchsorted(codes[order], wanted * size + at)
    rows = order[np.minimum(places, len(order) - 1)]
    found: NDArray[np.int64] = np.where(codes[rows] == wanted * size + at, rows, ALONE)
    return found


@dataclass(frozen=True)
class PairCollator(WindowCollator):
    """Items of `PairedWindows` as rows, each pivot before its translations, with places and two columns more.

    - `pivot_rows` (B,) int64: the row of the pivot of a translated question, -1 at others;
    - `pivot_shifts` (B,) int64: what a position of a context token in the pivot's row has to be moved by to be at the
      same characters in this row, 0 at others.
    """

    places: bool = True

    def __call__(self, items: Sequence[Window]) -> dict[str, Tensor]:
        """Collate items; one without translations is a row by itself."""
        rows: list[Window] = []
        pivots: list[int] = []
        for item in items:
            translations = item.get("translations", ())
            pivots += [ALONE, *[len(rows)] * len(translations)]
            rows += [item, *translations]
        batch = super().__call__(rows)
        pivot_rows = torch.tensor(pivots)
        begins = batch["question_end"] + torch.tensor([row["context_start"] - row["question_end"] for row in rows])
        shifts = torch.where(pivot_rows == ALONE, 0, begins - begins[pivot_rows])
        return {**batch, "pivot_rows": pivot_rows, "pivot_shifts": shifts}
