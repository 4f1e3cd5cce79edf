"""The fusion of Dual BERT beside the printed form of it, and a training step beside one of its encoder alone.

    python examples/benchmarks/dual_bert_step.py [--device cuda --dtype bfloat16 --repeats 10]

The fusion is everything between the encoder's states and the span head: projections, self-adaptive attention,
W, residual and normalisation; the printed form stores every matrix of Eq. 1-5. Forward and backward, with 12 heads
of 64 the printed form multiplies 2.0 times as much as the fused one at length 512, which computes its scores twice,
and 3.9 times at 1,024. The encoder alone encodes both texts in one call and reads a span off each. Memory is that of a
forward and backward pass of the fusion of one example; a doubled length doubles it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from benchmark import main
from parallel_step import HEAD_WIDTH, StepOptions, batch, steps, with_printed_attention
from records import Record, at_least, at_most
from timing import milliseconds, peak_mebibytes
from torch import Tensor

from hf_xlqa.models import DualBertConfig, DualBertForQuestionAnswering

GOALS = {("forward + backward", 512): (at_least(3.0),)}
STEP_GOALS = (at_most(1.15),)
LINEAR = (at_most(2.2),)
"""Of a doubled length; what is stored by length x length would take four times as much."""


@dataclass
class Options(StepOptions):
    """Sizes of the step and of its fusion."""

    repeats: int = 1
    batch: int = 4
    length: int = 512
    fusion_lengths: list[int] = field(default_factory=lambda: [512, 1024])
    fusion_repeats: int = 3
    memory_lengths: list[int] = field(default_factory=lambda: [512, 1024, 2048, 4096])


QUICK = Options(
    repeats=1,
    batch=1,
    length=16,
    layers=1,
    width=HEAD_WIDTH,
    fusion_lengths=[16],
    fusion_repeats=1,
    memory_lengths=[128, 256],
)


def states(options: Options, length: int) -> tuple[Tensor, Tensor]:
    """B_T (batch, length, width) and B_S (batch, 1, length, width)."""
    shapes = (options.batch, length, options.width), (options.batch, 1, length, options.width)
    target, source = (torch.randn(shape, **options.placed, requires_grad=True) for shape in shapes)
    return target, source


def fusion(model: Any, options: Options, length: int) -> Callable[[], Tensor]:
    """One fusion of random states, without padding."""
    keep = torch.ones(options.batch, 2, length, dtype=torch.bool, device=options.device)
    return partial(model.fuse, *states(options, length), keep, keep[:, :, 0])


def backward(forward: Callable[[], Tensor]) -> None:
    """A forward pass and its gradients."""
    forward().sum().backward()


def fusions(models: list[Any], options: Options, length: int) -> Iterator[Record]:
    """The fusion, fused to printed, forward and with the backward pass."""
    calls = [fusion(model, options, length) for model in models]
    both = [partial(backward, call) for call in calls]
    for what, functions in (("forward", calls), ("forward + backward", both)):
        ours, printed = milliseconds(functions, repeats=options.fusion_repeats, device=options.device)
        yield Record(
            stage=f"Dual BERT fusion, {what}, length {length:,}",
            ours=ours,
            unit="ms",
            reference=printed,
            reference_name="the printed form",
            peak_mebibytes=peak_mebibytes(functions[0], device=options.device),
            goals=GOALS.get((what, length), ()),
        )


def memory(model: Any, options: Options) -> Iterator[Record]:
    """Peak memory of the fusion at each length, to that at half of it."""
    one = replace(options, batch=1)
    calls = [partial(backward, fusion(model, one, length)) for length in options.memory_lengths]
    backward(fusion(model, one, options.memory_lengths[0]))
    peaks = [peak_mebibytes(call, device=options.device) for call in calls]
    for (short, long), (less, more) in zip(pairwise(options.memory_lengths), pairwise(peaks), strict=True):
        yield Record(
            stage=f"Dual BERT fusion, forward + backward, one example, memory at length {long:,}",
            ours=more,
            unit="MiB",
            reference=less,
            reference_name=f"at {short:,}",
            ratio_of="cost",
            peak_mebibytes=more,
            goals=LINEAR,
        )


def measure(options: Options) -> Iterator[Record]:
    """The fusion, its memory, and the step."""
    options.set_up()
    built: Any = DualBertForQuestionAnswering(DualBertConfig(encoder_config=options.encoder_config()))
    model = built.to(**options.placed).train()
    fused, printed = (each.base_model for each in (model, with_printed_attention(model)))
    for length in options.fusion_lengths:
        yield from fusions([fused, printed], options, length)
    yield from memory(fused, options)
    del printed
    yield from steps("Dual BERT", model, batch(options, languages=1), options, STEP_GOALS)


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
