"""A training step of XLTT beside one of its encoder alone on the same tokens, in one run.

    python examples/benchmarks/xltt_step.py [--device cuda --dtype bfloat16 --layers 12 --width 768]

The encoder alone encodes the pivot and all translations in one call and reads a span off each; what
XLTT adds is its attention, the fused head and the auxiliary loss. The printed form of the attention is
timed too, in the place of the fused one.
"""

import argparse
import copy

import torch
from timing import milliseconds
from torch import Tensor
from transformers import BertConfig

from hf_xlqa.models import XLTTConfig, XLTTForQuestionAnswering
from hf_xlqa.models.adaptive_attention import AdaptiveAttention
from hf_xlqa.models.span_head import span_losses


class PrintedAttention(AdaptiveAttention):
    """The same module with every matrix of the printed formula stored."""

    def forward(self, pivot: Tensor, parallel: Tensor, pivot_mask: Tensor, parallel_mask: Tensor) -> Tensor:
        query, key, value = (
            self._split(self.query(pivot)),
            self._split(self.key(parallel)),
            self._split(self.value(parallel)),
        )
        query = query[:, None]
        scale, self_scale = self.scale or 1.0, self.self_scale or 1.0
        keep = parallel_mask[:, :, None, None]
        own = (self_scale * query @ query.mT).masked_fill(~pivot_mask[:, None, None, None], -torch.inf).softmax(-1)
        other = (self_scale * key @ key.mT).masked_fill(~keep, -torch.inf).softmax(-1)
        scores = scale * own @ (query @ key.mT) @ other.mT
        attended = scores.masked_fill(~keep, -torch.inf).softmax(-1) @ value
        return attended.transpose(-3, -2).flatten(-2)


def batch(arguments: argparse.Namespace) -> dict[str, Tensor]:
    shape = (arguments.batch, arguments.languages, arguments.length)
    positions = torch.full(shape[:2], 3)
    inputs = {
        "input_ids": torch.randint(1000, (shape[0], shape[2])),
        "attention_mask": torch.ones(shape[0], shape[2], dtype=torch.long),
        "parallel_input_ids": torch.randint(1000, shape),
        "parallel_attention_mask": torch.ones(shape, dtype=torch.long),
        "start_positions": positions[:, 0],
        "end_positions": positions[:, 0] + 2,
        "parallel_start_positions": positions,
        "parallel_end_positions": positions + 2,
    }
    return {name: tensor.to(arguments.device) for name, tensor in inputs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in {"batch": 2, "length": 384, "languages": 2, "layers": 4, "width": 256, "repeats": 3}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    encoder = BertConfig(
        vocab_size=1000,
        hidden_size=arguments.width,
        num_hidden_layers=arguments.layers,
        num_attention_heads=arguments.width // 64,
        intermediate_size=4 * arguments.width,
    )
    languages = [f"language {number}" for number in range(arguments.languages)]
    model = XLTTForQuestionAnswering(XLTTConfig(encoder_config=encoder, parallel_languages=languages))
    model = model.to(arguments.device, getattr(torch, arguments.dtype)).train()
    inputs = batch(arguments)
    ids = torch.cat([inputs["input_ids"][:, None], inputs["parallel_input_ids"]], dim=1).flatten(0, 1)
    golds = torch.full((len(ids),), 3, device=ids.device)

    printed = copy.deepcopy(model)
    printed.xltt.attention.__class__ = PrintedAttention
    losses = [each.eval()(**inputs).loss for each in (model, printed)]
    torch.testing.assert_close(*losses, atol=2e-2, rtol=0)

    def encoder_alone() -> None:
        states = model.xltt.encoder(input_ids=ids, attention_mask=torch.ones_like(ids))[0]
        start_logits, end_logits = model.auxiliary_head(states)
        span_losses(start_logits, end_logits, golds, golds).mean().backward()

    steps = [encoder_alone, *(lambda each=each: each.train()(**inputs).loss.backward() for each in (model, printed))]
    alone, *others = milliseconds(steps, repeats=arguments.repeats, device=arguments.device)
    print("| training step | ms | to the encoder alone |\n|---|---|---|")
    for name, value in zip(("encoder alone", "XLTT, fused", "XLTT, printed"), (alone, *others), strict=True):
        print(f"| {name} | {value:.0f} | {value / alone:.2f} x |")


if __name__ == "__main__":
    main()
