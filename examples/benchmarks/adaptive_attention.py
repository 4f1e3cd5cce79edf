"""Adaptive attention as three fused attentions against the printed formula, in one run.

    python examples/benchmarks/adaptive_attention.py [--device cuda --dtype bfloat16]

Prints, for each length: milliseconds of both, their ratio and the goal, forward and forward + backward.
"""

import argparse
from collections.abc import Callable

import torch
from timing import milliseconds
from torch import Tensor

from hf_xlqa.models.adaptive_attention import self_adaptive_attention

FORWARD_GOALS = {384: 3.3, 512: 4.5, 1024: 7.0, 2048: 14.0}
BACKWARD_GOALS = {512: 2.0}


def printed(target: Tensor, source: Tensor) -> Tensor:
    """Cui et al. 2019, Eq. 1-5, with every matrix stored."""
    target_self = (target @ target.mT).softmax(-1)
    source_self = (source @ source.mT).softmax(-1)
    return (target_self @ (target @ source.mT) @ source_self.mT).softmax(-1) @ source


def compare(length: int, *, backward: bool, arguments: argparse.Namespace) -> str:
    shape = (arguments.batch, arguments.heads, length, arguments.width)
    options = {"device": arguments.device, "dtype": getattr(torch, arguments.dtype)}
    target, source = (torch.randn(shape, **options).div_(2).requires_grad_(backward) for _ in range(2))

    def run(attention: Callable[[Tensor, Tensor], Tensor]) -> Callable[[], object]:
        return lambda: attention(target, source).sum().backward() if backward else attention(target, source)

    with torch.set_grad_enabled(backward):
        torch.testing.assert_close(self_adaptive_attention(target, source), printed(target, source), atol=2e-2, rtol=0)
        attentions = [run(attention) for attention in (self_adaptive_attention, printed)]
        ours, reference = milliseconds(attentions, repeats=arguments.repeats, device=arguments.device)
    goal = (BACKWARD_GOALS if backward else FORWARD_GOALS).get(length)
    what = "forward + backward" if backward else "forward"
    return f"| {what} | {length} | {ours:.1f} | {reference:.1f} | {reference / ours:.1f} x | {goal or '-'} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--heads", type=int, default=12)
    parser.add_argument("--width", type=int, default=64, help="of a head")
    parser.add_argument("--lengths", type=int, nargs="+", default=sorted(FORWARD_GOALS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    print("| step | length | fused ms | printed ms | ratio | goal |\n|---|---|---|---|---|---|")
    for backward in (False, True):
        for length in arguments.lengths:
            print(compare(length, backward=backward, arguments=arguments), flush=True)


if __name__ == "__main__":
    main()
