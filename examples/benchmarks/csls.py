"""Translations by CSLS in blocks against the whole matrix of similarities, in one run.

    python examples/benchmarks/csls.py [--words 20000 --width 300 --threads 2] [--device cuda]

Finds the CSLS translation of every word of one language among all of the other, as the refinement of MUSE and the
self-learning of VecMap do for every dictionary. Milliseconds are of the processor, and memory is the peak of a fresh
process beyond its two tables of vectors.
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable, Mapping
from functools import partial

import torch
from timing import milliseconds, peak_mebibytes
from torch import Tensor
from torch.nn import functional

from hf_xlqa.analysis.linear_maps.csls import NEIGHBOURS, csls_nearest

Find = Callable[[Tensor, Tensor], Tensor]
MOST_MEBIBYTES = 2048


def in_blocks(source: Tensor, target: Tensor) -> Tensor:
    """The row of each word's translation, (N,)."""
    return csls_nearest(source, target).rows[:, 0]


def whole(source: Tensor, target: Tensor) -> Tensor:
    """The same with every similarity stored (Conneau et al. 2018, Eq. 5)."""
    cosines = functional.normalize(source, dim=1) @ functional.normalize(target, dim=1).T
    of_source = cosines.topk(NEIGHBOURS, dim=1).values.mean(dim=1)
    of_target = cosines.T.contiguous().topk(NEIGHBOURS, dim=1).values.mean(dim=1)  # dim=0 takes minutes
    return (2 * cosines - of_source[:, None] - of_target).argmax(dim=1)


FINDS: Mapping[str, Find] = {"blocks": in_blocks, "whole": whole}


def tables(arguments: argparse.Namespace) -> tuple[Tensor, Tensor]:
    """Vectors of both languages, (words, width); the target's are the source's with noise."""
    generator = torch.Generator().manual_seed(0)
    source, noise = (torch.randn(arguments.words, arguments.width, generator=generator) for _ in range(2))
    return source.to(arguments.device), (source + 2 * noise).to(arguments.device)


def peak(name: str, arguments: argparse.Namespace) -> float:
    """Memory of one call, in a fresh process."""
    torch.set_num_threads(arguments.threads)
    source, target = tables(arguments)
    FINDS[name](source[:100], target[:100])
    return peak_mebibytes(lambda: FINDS[name](source, target), device=arguments.device)


def find_and_keep(found: dict[str, Tensor], name: str, source: Tensor, target: Tensor) -> None:
    """A call whose result is kept for comparison."""
    found[name] = FINDS[name](source, target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=20_000, help="of either language")
    parser.add_argument("--width", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        memory = {name: pool.apply(peak, (name, arguments)) for name in FINDS}
    torch.set_num_threads(arguments.threads)
    source, target = tables(arguments)
    found: dict[str, Tensor] = {}
    calls = [partial(find_and_keep, found, name, source, target) for name in FINDS]
    clock = time.process_time if arguments.device == "cpu" else time.perf_counter
    blocks, matrix = milliseconds(calls, repeats=arguments.repeats, device=arguments.device, clock=clock)
    same = (found["blocks"] == found["whole"]).float().mean()
    print("| words | in blocks | whole matrix | ratio | goal |\n|---|---|---|---|---|")
    print(f"| {arguments.words:,}, ms | {blocks:.0f} | {matrix:.0f} | {matrix / blocks:.2f} x | - |")
    print(f"| {arguments.words:,}, MiB | {memory['blocks']:.0f} | {memory['whole']:.0f} ", end="")
    print(f"| {memory['whole'] / memory['blocks']:.1f} x less | below {MOST_MEBIBYTES} |")
    print(f"the same translation for {same:.2%} of the words")


if __name__ == "__main__":
    main()
