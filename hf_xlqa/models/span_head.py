"""Span prediction shared by the two-language models: masks, span loss, span representation, dynamic lambda.

Sources: Cui et al. 2019, Eq. 8-12 and footnote 3; XLTT, Eq. 20-25.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, cross_entropy, scaled_dot_product_attention

IGNORED = -100


class SpanHead(nn.Module):
    """Start and end logits of every position (Cui et al. 2019, Eq. 8).

    Args:
        width: width of the states it reads.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.outputs = nn.Linear(width, 2)

    @torch.no_grad()
    def start_with(self, head: nn.Linear) -> None:
        """Take over the layer of a reader, (2, w), for the first w of the states; what it does not read counts 0."""
        read = head.in_features
        self.outputs.weight.zero_()[:, :read] = head.weight
        self.outputs.bias.zero_()
        if head.bias is not None:
            self.outputs.bias.copy_(head.bias)

    def forward(self, states: Tensor, answer_mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(..., length, width) and an optional (..., length) bool mask -> two (..., length) logits in float32."""
        start, end = self.outputs(states).float().unbind(dim=-1)
        return mask_logits(start, answer_mask), mask_logits(end, answer_mask)


def mask_logits(logits: Tensor, answer_mask: Tensor | None) -> Tensor:
    """Logits (..., length) with the least float at positions that may not be answers; None masks nothing."""
    if answer_mask is None:
        return logits
    if answer_mask.shape != logits.shape:
        raise ValueError(
            f"`answer_mask` must be of shape {tuple(logits.shape)}, but is of shape {tuple(answer_mask.shape)} instead."
        )
    return logits.masked_fill(~answer_mask.bool(), torch.finfo(logits.dtype).min)


def check_positions(name: str, positions: Tensor, answer_mask: Tensor | None, length: int) -> None:
    """Refuse label positions that no logit can answer.

    Args:
        name: what the caller calls them.
        positions: (...) int, a token position or -100 for "no label".
        answer_mask: (..., length) bool, or None where every position may be an answer.
        length: length of the input in tokens.

    Raises:
        ValueError: naming the first position outside the input or outside the mask. Not checked
            inside a compiled graph.
    """
    if torch.compiler.is_compiling():
        return
    labelled = positions != IGNORED
    outside = labelled & ((positions < 0) | (positions >= length))
    if outside.any():
        raise ValueError(
            f"`{name}` must be -100 or between 0 and {length - 1}, but is {int(positions[outside][0])} instead."
        )
    if answer_mask is None:
        return
    allowed = answer_mask.gather(-1, positions.clamp(min=0).unsqueeze(-1)).squeeze(-1).bool()
    masked = labelled & ~allowed
    if masked.any():
        raise ValueError(
            f"`{name}` must be at a position that `answer_mask` allows, but is {int(positions[masked][0])} instead."
        )


def can_be_judged(logits: Tensor, positions: Tensor) -> Tensor:
    """Which labels a loss can judge: those there are, at positions that the model allows for an answer.

    Args:
        logits: (..., length) as the model gave them, the least float of their type where no answer may be.
        positions: (...) int; -100 for "no label".

    Returns:
        (...) bool.
    """
    at = logits.gather(-1, positions.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    masked = at <= torch.finfo(logits.dtype).min  # not so where a logit is NaN, which must not pass unseen
    return (positions != IGNORED) & ~masked


def span_losses(start_logits: Tensor, end_logits: Tensor, start_positions: Tensor, end_positions: Tensor) -> Tensor:
    """Mean of start and end cross-entropy of every example (Cui et al. 2019, Eq. 9, halved as in BERT).

    Args:
        start_logits, end_logits: (..., length).
        start_positions, end_positions: (...) int; -100 gives a loss of 0.

    Returns:
        (...) losses.
    """
    shape, length = start_positions.shape, start_logits.shape[-1]
    start, end = (
        cross_entropy(logits.reshape(-1, length).float(), positions.reshape(-1), ignore_index=IGNORED, reduction="none")
        for logits, positions in ((start_logits, start_positions), (end_logits, end_positions))
    )
    return ((start + end) / 2).view(shape)


def span_loss(
    start_logits: Tensor,
    end_logits: Tensor,
    start_positions: Tensor,
    end_positions: Tensor,
    *,
    sample_weight: Tensor | None = None,
) -> Tensor:
    """Mean over the batch of `sample_weight * span_losses` (XLTT, Eq. 22); the weights are not re-normalised.

    Args:
        start_logits, end_logits: (batch, length).
        start_positions, end_positions: (batch,) int; -100 gives a loss of 0.
        sample_weight: (batch,), by default 1.

    Returns:
        A scalar.
    """
    losses = span_losses(start_logits, end_logits, start_positions, end_positions)
    return (losses if sample_weight is None else losses * sample_weight).mean()


def span_representation(
    states: Tensor,
    start_positions: Tensor,
    end_positions: Tensor,
    *,
    attention: str = "dot",
) -> Tensor:
    """State at the gold start, state at the gold end, and the self-attended span (Cui et al. 2019, Eq. 10-11).

    The self-attended span weighs the states of the span by the softmax of their scores: with "dot",
    position j scores the mean over span positions i of b_i . b_j; with "self_adaptive", as released,
    the score matrix is A (B B') A' with A = softmax(B B') over states that are 0 outside the span,
    averaged over all positions of the input.

    Args:
        states: (batch, length, hidden).
        start_positions, end_positions: (batch,) int, inclusive; where -100 the result is of no use.

    Returns:
        (batch, 3 * hidden).
    """
    start, end = start_positions.clamp(min=0), end_positions.clamp(min=0)
    rows = torch.arange(len(states), device=states.device)
    inside = _span_mask(start, end, states.shape[1])
    span_states = states * inside.unsqueeze(-1)
    if attention == "dot":
        keys, query = span_states, span_states.sum(dim=1) / inside.sum(dim=1, keepdim=True).clamp(min=1)
    else:
        heads = span_states.unsqueeze(1)
        keys = scaled_dot_product_attention(heads, heads, heads, scale=1.0).squeeze(1)
        query = keys.mean(dim=1)
    scores = torch.einsum("bld,bd->bl", keys, query)
    # The least float, not -inf: an inverted span (end before start) has no position and must not give NaN.
    weights = scores.masked_fill(~inside, torch.finfo(scores.dtype).min).softmax(dim=-1)
    attended = torch.einsum("bl,bld->bd", weights, span_states)
    return torch.cat([span_states[rows, start], span_states[rows, end], attended], dim=-1)


def _span_mask(start: Tensor, end: Tensor, length: int) -> Tensor:
    """(batch, length) bool, True from start to end inclusive."""
    positions = torch.arange(length, device=start.device)
    return (positions >= start.unsqueeze(-1)) & (positions <= end.unsqueeze(-1))


def dynamic_lambda(reference: Tensor, translated: Tensor, *, mode: str = "cosine") -> Tensor:
    """Weight of the auxiliary loss: how alike the gold spans of two languages are.

    Args:
        reference, translated: (batch, dim) span representations.
        mode: "cosine" is max(0, cos) of every example (Cui et al. 2019, Eq. 12; XLTT, Eq. 23);
            "batch_dot" is what the released Dual BERT computes: max(0, the mean over dimensions of
            the sum over the batch of products), one weight for all examples.

    Returns:
        (batch,) weights of 0 or more.
    """
    if mode == "cosine":
        return cosine_similarity(reference.float(), translated.float(), dim=-1).clamp(min=0)
    dot = (reference.float() * translated.float()).sum(dim=0).mean()
    return dot.clamp(min=0).expand(len(reference))
