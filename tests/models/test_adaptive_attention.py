"""The factored attentions against the printed formula, written out naively."""

import math
import subprocess
import sys

import pytest
import torch
from torch import Tensor

from hf_xlqa.models.adaptive_attention import (
    AdaptiveAttention,
    multilingual_adaptive_attention,
    self_adaptive_attention,
)


def naive(
    target: Tensor,
    source: Tensor,
    *,
    value: Tensor | None = None,
    target_mask: Tensor | None = None,
    source_mask: Tensor | None = None,
    scale: float = 1.0,
    self_scale: float = 1.0,
    mask_self_attention: bool = True,
    self_adaptive: bool = True,
) -> Tensor:
    """Cui et al. 2019, Eq. 1-5, or Eq. 1 and 5 alone, matrix by matrix, for (batch, length, dim)."""

    def softmax(scores: Tensor, mask: Tensor | None) -> Tensor:
        return scores.masked_fill(~mask[:, None], -math.inf).softmax(-1) if mask is not None else scores.softmax(-1)

    inner = (target_mask, source_mask) if mask_self_attention else (None, None)
    target_self = softmax(self_scale * target @ target.mT, inner[0])
    source_self = softmax(self_scale * source @ source.mT, inner[1])
    scores = target @ source.mT
    if self_adaptive:
        scores = target_self @ scores @ source_self.mT
    return softmax(scale * scores, source_mask) @ (source if value is None else value)


def random_case(*, seed: int = 0, masked: bool = True) -> dict[str, Tensor | None]:
    generator = torch.Generator().manual_seed(seed)
    target = torch.randn(3, 7, 8, generator=generator) / 2
    source = torch.randn(3, 11, 8, generator=generator) / 2
    target_mask = torch.arange(7)[None] < torch.tensor([7, 4, 1])[:, None]
    source_mask = torch.arange(11)[None] >= torch.tensor([0, 5, 10])[:, None]
    masks = {"target_mask": target_mask, "source_mask": source_mask} if masked else {}
    return {"target": target.requires_grad_(), "source": source.requires_grad_(), **masks}


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("mask_self_attention", [True, False])
@pytest.mark.parametrize("scales", [(1.0, 1.0), (0.35, 1.0), (0.35, 0.5)])
def test_equals_the_printed_formula_in_values_and_gradients(masked, mask_self_attention, scales):
    options = {"scale": scales[0], "self_scale": scales[1], "mask_self_attention": mask_self_attention}
    cases = [random_case(masked=masked), random_case(masked=masked)]
    results = [
        function(**case, **options) for function, case in zip((self_adaptive_attention, naive), cases, strict=True)
    ]
    torch.testing.assert_close(results[0], results[1], atol=1e-5, rtol=0)
    for result in results:
        result.square().sum().backward()
    for side in ("target", "source"):
        torch.testing.assert_close(cases[0][side].grad, cases[1][side].grad, atol=1e-4, rtol=0)


def test_without_scales_the_formula_is_as_printed():
    case = random_case()
    torch.testing.assert_close(self_adaptive_attention(**case), naive(**case), atol=1e-5, rtol=0)


@pytest.mark.parametrize("projection", [True, False])
@pytest.mark.parametrize("self_adaptive", [True, False])
def test_the_module_equals_the_formula_head_by_head(projection, self_adaptive):
    torch.manual_seed(1)
    module = AdaptiveAttention(
        8,
        num_heads=2,
        projection=projection,
        scale_scores=True,
        scale_self_attention=False,
        mask_self_attention=True,
        self_adaptive=self_adaptive,
        dropout=0.0,
    )
    case = random_case()
    fused = module(case["target"], case["source"][:, None], case["target_mask"], case["source_mask"][:, None])[:, 0]
    heads = 2 if projection else 1
    width = 8 // heads
    masks = {"target_mask": case["target_mask"], "source_mask": case["source_mask"], "self_adaptive": self_adaptive}
    query, key, value = module.query(case["target"]), module.key(case["source"]), module.value(case["source"])
    pieces = [slice(head * width, (head + 1) * width) for head in range(heads)]
    expected = torch.cat(
        [naive(query[..., p], key[..., p], value=value[..., p], scale=width**-0.5, **masks) for p in pieces], dim=-1
    )
    torch.testing.assert_close(fused, expected, atol=1e-5, rtol=0)
    gradients = [
        torch.autograd.grad(out.square().sum(), case["source"], retain_graph=True)[0] for out in (fused, expected)
    ]
    torch.testing.assert_close(*gradients, atol=1e-4, rtol=0)


def test_the_multilingual_form_is_one_attention_per_language():
    generator = torch.Generator().manual_seed(2)
    pivot = torch.randn(2, 5, 4, generator=generator)
    parallel = torch.randn(2, 3, 6, 4, generator=generator)
    mask = torch.rand(2, 3, 6, generator=generator) > 0.3
    mask[..., 0] = True
    together = multilingual_adaptive_attention(pivot, parallel, parallel_mask=mask)
    assert together.shape == (2, 3, 5, 4)
    for language in range(3):
        alone = naive(pivot, parallel[:, language], source_mask=mask[:, language])
        torch.testing.assert_close(together[:, language], alone, atol=1e-5, rtol=0)


def test_padding_changes_nothing():
    case = random_case()
    kept = self_adaptive_attention(**case)[1, :4]
    alone = self_adaptive_attention(case["target"][1:2, :4], case["source"][1:2, 5:])[0]
    torch.testing.assert_close(kept, alone, atol=1e-6, rtol=0)


def test_bad_shapes_are_refused():
    states = torch.zeros(2, 5, 4)
    with pytest.raises(ValueError, match=r"must be of shape \(batch, length, dim\).*\(5, 4\)"):
        self_adaptive_attention(states[0], states)
    with pytest.raises(ValueError, match=r"`pivot_mask` must be of shape \(2, 5\), but is of shape \(2, 4\)"):
        self_adaptive_attention(states, states, target_mask=torch.ones(2, 4, dtype=torch.bool))
    with pytest.raises(ValueError, match="`num_heads` must divide the hidden size 8, but is 3"):
        AdaptiveAttention(
            8,
            num_heads=3,
            projection=True,
            scale_scores=True,
            scale_self_attention=True,
            mask_self_attention=True,
            dropout=0.0,
        )


PEAK_MEMORY = """
import sys, torch
from pathlib import Path
from hf_xlqa.models.adaptive_attention import self_adaptive_attention
torch.set_num_threads(1)
def peak():
    # Not `ru_maxrss`, which a process inherits from the one that starts it.
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
def run(length):
    target, source = (torch.randn(1, 12, length, 64, requires_grad=True) for _ in range(2))
    mask = torch.ones(1, length, dtype=torch.bool)
    mask[:, -3:] = False
    self_adaptive_attention(target, source, target_mask=mask, source_mask=mask).sum().backward()
run(128)
before = peak()
run(int(sys.argv[1]))
print(peak() - before)
"""


def test_memory_is_linear_in_length():
    """Forward and backward, peak over the process's own base: 2 x for a doubled length, 4 x if L x L were stored."""

    def kibibytes(length: int) -> int:
        command = [sys.executable, "-c", PEAK_MEMORY, str(length)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    short, long = kibibytes(2_048), kibibytes(4_096)
    one_matrix = 12 * 2_048**2 * 4 / 1024
    assert short < one_matrix
    assert long / short < 2.5
