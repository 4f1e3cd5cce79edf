"""Adaptive attention as three fused attentions against the printed formula, which stores every matrix.

    python examples/benchmarks/adaptive_attention.py [--batch 8 --lengths 384 512] [--device cuda --dtype bfloat16]

At L positions of heads 64 wide the formula multiplies (2 / 3 + L / 192) times as much as the three attentions:
2.7, 3.3, 6 and 11.3 times at the lengths below. What goes beyond is memory traffic of its matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import torch
from benchmark import TorchOptions, main
from records import Record, at_least
from timing import milliseconds, peak_mebibytes
from torch import Tensor

from hf_xlqa.models.adaptive_attention import self_adaptive_attention

GOALS = {
    "forward": {384: 3.3, 512: 4.5, 1024: 7.0, 2048: 14.0},
    "forward + backward": {512: 2.0},
}


@dataclass
class Options(TorchOptions):
    """Sizes of the states."""

    batch: int = 2
    heads: int = 12
    width: int = field(default=64, metadata={"help": "of a head"})
    lengths: list[int] = field(default_factory=lambda: [384, 512, 1024, 2048])


QUICK = Options(repeats=1, batch=1, heads=2, width=8, lengths=[16])


def printed(target: Tensor, source: Tensor) -> Tensor:
    """Cui et al. 2019, Eq. 1-5, with every matrix stored."""
    target_self = (target @ target.mT).softmax(-1)
    source_self = (source @ source.mT).softmax(-1)
    return (target_self @ (target @ source.mT) @ source_self.mT).softmax(-1) @ source


def states(length: int, options: Options) -> tuple[Tensor, Tensor]:
    """Target and source, (batch, heads, length, width)."""
    shape = (options.batch, options.heads, length, options.width)
    target, source = (torch.randn(shape, **options.placed).div_(2) for _ in range(2))
    return target, source


def forward(attention: Callable[[Tensor, Tensor], Tensor], target: Tensor, source: Tensor) -> object:
    """The attention alone, or with its gradients where the states want them."""
    attended = attention(target, source)
    return attended.sum().backward() if attended.requires_grad else None


def compare(what: str, length: int, options: Options) -> Record:
    """Both attentions on the same states."""
    target, source = (each.requires_grad_(what == "forward + backward") for each in states(length, options))
    calls = [partial(forward, attention, target, source) for attention in (self_adaptive_attention, printed)]
    ours, reference = milliseconds(calls, repeats=options.repeats, device=options.device)
    goal = GOALS[what].get(length)
    return Record(
        stage=f"adaptive attention, {what}, length {length:,}",
        ours=ours,
        unit="ms",
        reference=reference,
        reference_name="the printed formula",
        peak_mebibytes=peak_mebibytes(calls[0], device=options.device),
        goals=(at_least(goal),) if goal else (),
    )


def measure(options: Options) -> Iterator[Record]:
    """Both directions at every length; that they agree is seen at the first."""
    options.set_up()
    target, source = states(options.lengths[0], options)
    torch.testing.assert_close(self_adaptive_attention(target, source), printed(target, source), atol=2e-2, rtol=0)
    for what in GOALS:
        for length in options.lengths:
            yield compare(what, length, options)


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
