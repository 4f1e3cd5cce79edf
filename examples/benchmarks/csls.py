"""Translations by CSLS in blocks against the whole matrix of similarities.

    python examples/benchmarks/csls.py [--words 20000 --width 300 --threads 2] [--device cuda]

Finds the CSLS translation of every word of one language among all of the other, as the refinement of MUSE and the
self-learning of VecMap do for every dictionary.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import torch
from benchmark import TorchOptions, agree, main
from records import Record, at_most
from timing import milliseconds, peak_mebibytes
from torch import Tensor
from torch.nn import functional

from hf_xlqa.analysis.linear_maps.csls import NEIGHBOURS, csls_nearest

MOST_MEBIBYTES = 2048
LEAST_AGREEMENT = 0.99
"""Rounding may exchange translations that are equally near."""


@dataclass
class Options(TorchOptions):
    """Sizes of the tables of vectors."""

    repeats: int = 1
    words: int = field(default=20_000, metadata={"help": "of either language"})
    width: int = 300


QUICK = Options(words=500, width=8)


def in_blocks(source: Tensor, target: Tensor) -> Tensor:
    """The row of each word's translation, (N,)."""
    return csls_nearest(source, target).rows[:, 0]


def whole(source: Tensor, target: Tensor) -> Tensor:
    """The same with every similarity stored (Conneau et al. 2018, Eq. 5)."""
    cosines = functional.normalize(source, dim=1) @ functional.normalize(target, dim=1).T
    of_source = cosines.topk(NEIGHBOURS, dim=1).values.mean(dim=1)
    of_target = cosines.T.contiguous().topk(NEIGHBOURS, dim=1).values.mean(dim=1)  # dim=0 takes minutes
    return (2 * cosines - of_source[:, None] - of_target).argmax(dim=1)


def tables(options: Options) -> tuple[Tensor, Tensor]:
    """Vectors of both languages, (words, width); the target's are the source's with noise."""
    source, noise = (torch.randn(options.words, options.width) for _ in range(2))
    return source.to(options.device), (source + 2 * noise).to(options.device)


def measure(options: Options) -> Iterator[Record]:
    """Time and memory of both."""
    options.set_up()
    vectors = tables(options)
    calls = [partial(find, *vectors) for find in (in_blocks, whole)]
    ours, reference = milliseconds(calls, repeats=options.repeats, device=options.device)
    agree("translations", *(call().tolist() for call in calls), least=LEAST_AGREEMENT)
    less, more = (peak_mebibytes(call, device=options.device) for call in calls)
    stage, name = f"CSLS of {options.words:,} x {options.words:,} words", "the whole matrix"
    yield Record(stage=stage, ours=ours, unit="ms", reference=reference, reference_name=name, peak_mebibytes=less)
    yield Record(
        stage=f"{stage}, memory",
        ours=less,
        unit="MiB",
        reference=more,
        reference_name=name,
        ratio_of="cost",
        peak_mebibytes=less,
        goals=(at_most(MOST_MEBIBYTES, of="ours"),),
    )


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
