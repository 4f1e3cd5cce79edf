"""Language discriminators: residual convolutions (Lee & Lee 2019, section 4.2 and Figure 1), a perceptron (AT 2020).

Axes: batch, L length of the longest sequence, W width of the states, C channels.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

KINDS = ("convolution", "perceptron")
HEADS = ("mean", "flatten")


class _ResidualBlock(nn.Module):
    """x + 0.3 f(x), f = ReLU, convolution, ReLU, convolution; nothing is normalised."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(channels, channels, kernel, padding="same")
        self.second = nn.Conv1d(channels, channels, kernel, padding="same")

    def forward(self, states: Tensor, padding: Tensor) -> Tensor:
        """(batch, C, L) and (batch, 1, L) bool, True at padding -> (batch, C, L)."""
        change = states
        for convolution in (self.first, self.second):
            change = convolution(change.relu().masked_fill(padding, 0))
        return states + 0.3 * change


class LanguageDiscriminator(nn.Module):
    """Tells the languages of encoded sequences apart: one score each, high for the source, or one a language.

    A 1x1 convolution to `channels`, residual blocks, and a linear layer on the mean over the real positions. Padding
    is set to 0 before every convolution, so a score does not depend on how far its batch is padded.

    Args:
        width: W.
        channels: C.
        blocks: number of residual blocks.
        kernel: width of their convolutions.
        head: "mean" over the positions, or "flatten", which gives each of `max_length` positions its own weights.
        max_length: greatest L of "flatten".
        scores: how many a sequence gets: 1, or the number of languages.

    Raises:
        ValueError: when `head` is unknown, or is "flatten" without `max_length`.
    """

    def __init__(
        self,
        width: int,
        *,
        channels: int = 96,
        blocks: int = 5,
        kernel: int = 5,
        head: str = "mean",
        max_length: int | None = None,
        scores: int = 1,
    ) -> None:
        super().__init__()
        if head not in HEADS:
            raise ValueError(f"`head` must be one of {', '.join(HEADS)}, but is {head!r} instead.")
        if head == "flatten" and max_length is None:
            raise ValueError('`max_length` must be a number where `head` is "flatten", but is None instead.')
        self.max_length = max_length if head == "flatten" else None
        self.input = nn.Conv1d(width, channels, 1)
        self.blocks = nn.ModuleList([_ResidualBlock(channels, kernel) for _ in range(blocks)])
        self.output = nn.Linear(channels * (self.max_length or 1), scores)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Score every sequence.

        Args:
            states: (batch, L, W).
            mask: (batch, L), 0 or False where there is no token.

        Returns:
            (batch,) logits of "source", or (batch, scores) logits of the languages.

        Raises:
            ValueError: when L is greater than `max_length`.
        """
        padding = ~mask.bool().unsqueeze(1)
        hidden = self.input(states.to(self.output.weight.dtype).transpose(1, 2).masked_fill(padding, 0))
        for block in self.blocks:
            hidden = block(hidden, padding)
        pooled: Tensor = self._pool(hidden.masked_fill(padding, 0), padding)
        return _as_scores(self.output(pooled))

    def _pool(self, hidden: Tensor, padding: Tensor) -> Tensor:
        if self.max_length is None:
            return masked_mean(hidden.mT, ~padding.squeeze(1))
        if hidden.shape[-1] > self.max_length:
            raise ValueError(
                f"`states` must be of at most {self.max_length} positions (`max_length`), "
                f"but have {hidden.shape[-1]} instead."
            )
        return pad(hidden, (0, self.max_length - hidden.shape[-1])).flatten(1)


class PerceptronDiscriminator(nn.Module):
    """Tells languages apart by the mean of a sequence's states (AT 2020, section 4.2), which may be of one vector.

    Hidden layers are followed by ReLU, on which the paper is silent.

    Args:
        width: W.
        hidden_size: width of the hidden layers.
        hidden_layers: their number.
        scores: how many a sequence gets: 1, or the number of languages.
    """

    def __init__(self, width: int, *, hidden_size: int, hidden_layers: int = 2, scores: int = 1) -> None:
        super().__init__()
        widths = [width, *[hidden_size] * hidden_layers]
        self.layers = nn.ModuleList([nn.Linear(one, other) for one, other in pairwise(widths)])
        self.output = nn.Linear(widths[-1], scores)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Score every sequence.

        Args:
            states: (batch, L, W).
            mask: (batch, L), 0 or False where there is no token.

        Returns:
            (batch,) logits of "source", or (batch, scores) logits of the languages.
        """
        hidden = masked_mean(states.to(self.output.weight.dtype), mask.bool())
        for layer in self.layers:
            hidden = layer(hidden).relu()
        return _as_scores(self.output(hidden))


def masked_mean(states: Tensor, mask: Tensor) -> Tensor:
    """Mean over the positions of a mask: (batch, L, W) and (batch, L) bool -> (batch, W), 0 where it is empty."""
    kept = states.masked_fill(~mask.unsqueeze(-1), 0)
    return kept.sum(dim=1) / mask.sum(dim=1, keepdim=True).clamp(min=1)


def _as_scores(scores: Tensor) -> Tensor:
    """(batch, scores) in float32, without the axis where there is one score."""
    return scores.float().squeeze(-1) if scores.shape[-1] == 1 else scores.float()


def interpolate(source: Tensor, target: Tensor, share: Tensor) -> Tensor:
    """share * source + (1 - share) * target, of states or masks that may differ in length; the shorter gets zeros.

    Args:
        source: (batch, L, ...).
        target: (batch, L', ...).
        share: (batch,) between 0 and 1.

    Returns:
        (batch, max(L, L'), ...).
    """
    length = max(source.shape[1], target.shape[1])
    source, target = (
        torch.cat([each, each.new_zeros(each.shape[0], length - each.shape[1], *each.shape[2:])], dim=1)
        for each in (source, target)
    )
    share = share.view(-1, *[1] * (source.dim() - 1)).to(source.dtype)
    return share * source + (1 - share) * target
