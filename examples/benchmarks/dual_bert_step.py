"""The fusion of Dual BERT beside the printed form of it, and a training step beside one of its encoder alone.

    python examples/benchmarks/dual_bert_step.py [--device cuda --dtype bfloat16 --repeats 10]

The fusion is everything between the encoder's states and the span head: projections, self-adaptive attention,
W, residual and normalisation; the printed form stores every matrix of Eq. 1-5. The attention's own rows leave W
and the normalisation out. The encoder alone encodes both texts in one call and reads a span off each. Times are
milliseconds of the processor; memory is the peak of the fusion's forward and backward pass beyond what it is given,
for one example.
"""

import argparse
import multiprocessing
from collections.abc import Callable
from typing import Any

import torch
from parallel_step import batch, clock, encoder_config, parse, print_steps, with_printed_attention
from timing import milliseconds, peak_mebibytes
from torch import Tensor, nn

from hf_xlqa.models import DualBertConfig, DualBertForQuestionAnswering

MEMORY_LENGTHS = (512, 1024, 2048, 4096)
WARM_UP_LENGTH = 64


def states(arguments: argparse.Namespace, length: int) -> tuple[Tensor, Tensor]:
    """B_T (batch, length, width) and B_S (batch, 1, length, width)."""
    options = {"device": arguments.device, "dtype": getattr(torch, arguments.dtype), "requires_grad": True}
    shapes = (arguments.batch, length, arguments.width), (arguments.batch, 1, length, arguments.width)
    target, source = (torch.randn(shape, **options) for shape in shapes)
    return target, source


def fusion(model: Any, arguments: argparse.Namespace, length: int) -> Callable[[], Tensor]:
    """One fusion of random states, without padding."""
    target, source = states(arguments, length)
    keep = torch.ones(arguments.batch, 2, length, dtype=torch.bool, device=arguments.device)
    return lambda: model.fuse(target, source, keep, keep[:, :, 0])


def attention(model: Any, arguments: argparse.Namespace, length: int) -> Callable[[], Tensor]:
    """Its attention with the projections alone."""
    target, source = states(arguments, length)
    return lambda: model.attention(target, source, None, None)


def print_parts(models: list[nn.Module], arguments: argparse.Namespace) -> None:
    """Fusion and attention, fused and printed, forward and with the backward pass."""
    print(f"| length {arguments.length} | fused ms | printed ms | ratio |\n|---|---|---|---|")
    for name, part in (("fusion", fusion), ("attention", attention)):
        calls = [part(model, arguments, arguments.length) for model in models]
        for what, functions in (
            ("forward", calls),
            ("forward + backward", [lambda call=call: call().sum().backward() for call in calls]),
        ):
            fused, printed = milliseconds(
                functions, repeats=arguments.repeats, device=arguments.device, clock=clock(arguments.device)
            )
            print(f"| {name}, {what} | {fused:.0f} | {printed:.0f} | {printed / fused:.2f} x |", flush=True)


def peak(arguments: argparse.Namespace, length: int) -> float:
    """Memory of a fusion and its backward pass in MiB; in a process of its own."""
    torch.set_num_threads(arguments.threads)
    model = build(arguments).base_model
    fusion(model, arguments, WARM_UP_LENGTH)().sum().backward()
    call = fusion(model, arguments, length)
    return peak_mebibytes(lambda: call().sum().backward(), device=arguments.device)


def print_memory(arguments: argparse.Namespace) -> None:
    """Peak memory of the fusion at each length, which a doubled length doubles."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        peaks = [pool.apply(peak, (arguments, length)) for length in MEMORY_LENGTHS]
    print("| length | fusion MiB | to the length before |\n|---|---|---|")
    for length, before, here in zip(MEMORY_LENGTHS, (None, *peaks), peaks, strict=False):
        print(f"| {length} | {here:.0f} | {f'{here / before:.2f} x' if before else '-'} |", flush=True)


def build(arguments: argparse.Namespace) -> DualBertForQuestionAnswering:
    """Dual BERT by default, of the sizes of the arguments, in training."""
    model: Any = DualBertForQuestionAnswering(DualBertConfig(encoder_config=encoder_config(arguments)))
    built: DualBertForQuestionAnswering = model.to(arguments.device, getattr(torch, arguments.dtype)).train()
    return built


def main() -> None:
    arguments = parse(__doc__, batch=4, length=512, layers=12, width=768, repeats=1, threads=1)
    model = build(arguments)
    fused, printed = (each.base_model for each in (model, with_printed_attention(model)))
    print_parts([fused, printed], arguments)
    print_memory(argparse.Namespace(**vars(arguments) | {"layers": 1, "batch": 1}))
    print_steps("Dual BERT", model, batch(arguments, languages=1), arguments)


if __name__ == "__main__":
    main()
