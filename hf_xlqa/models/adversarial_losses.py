"""What a language discriminator and the encoders it judges play for.

s is the discriminator's score of a sequence and D = sigmoid(s) the probability that it is of the source language.
Every loss is the mean over the source sequences plus the mean over the target sequences.

| name | the discriminator minimises | the encoders minimise |
|---|---|---|
| bce | -log D(source) - log(1 - D(target)) | the opposite: Lee & Lee 2019, Eq. 2, with this in place of Eq. 1 |
| minimax | log(1 - D(source)) + log D(target), Eq. 1 as printed, unbounded below | the opposite (Eq. 2) |
| non_saturating | as bce | -log(1 - D(source)) - log D(target) (Goodfellow et al. 2014, section 3) |
| wgan_gp | -s(source) + s(target) + 10 * gradient penalty (Gulrajani et al. 2017, Eq. 3) | s(source) - s(target) |
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from .language_discriminator import interpolate

LOSSES = ("bce", "minimax", "non_saturating", "wgan_gp")
PENALTY = 10.0


def check_loss(name: str) -> None:
    """Refuse a loss that is not one of `LOSSES`.

    Raises:
        ValueError: listing the valid ones.
    """
    if name not in LOSSES:
        raise ValueError(f"`loss` must be one of {', '.join(LOSSES)}, but is {name!r} instead.")


def discriminator_loss(name: str, source: Tensor, target: Tensor) -> Tensor:
    """What the discriminator minimises, without the penalty of "wgan_gp".

    Args:
        name: one of `LOSSES`.
        source, target: (sequences,) scores of sequences of either language; their numbers may differ.

    Returns:
        A scalar.

    Raises:
        ValueError: when `name` is unknown.
    """
    check_loss(name)
    if name == "minimax":
        return logsigmoid(-source).mean() + logsigmoid(target).mean()
    if name == "wgan_gp":
        return target.mean() - source.mean()
    return -logsigmoid(source).mean() - logsigmoid(-target).mean()


def discriminator_accuracy(name: str, source: Tensor, target: Tensor) -> Tensor:
    """Share of the sequences whose language the discriminator tells, each language counting half.

    A score is of the source above 0, or with "wgan_gp", whose scores have no zero point, above the middle between
    the mean scores of the two languages.

    Args:
        name: one of `LOSSES`.
        source, target: (sequences,) scores of sequences of either language; their numbers may differ.

    Returns:
        A scalar between 0 and 1.

    Raises:
        ValueError: when `name` is unknown.
    """
    check_loss(name)
    middle = (source.mean() + target.mean()) / 2 if name == "wgan_gp" else torch.zeros_like(source.mean())
    return ((source > middle).float().mean() + (target < middle).float().mean()) / 2


def encoder_loss(name: str, scores: Tensor, *, source: bool) -> Tensor:
    """What the encoder of one language minimises: its term of the sum.

    Args:
        name: one of `LOSSES`.
        scores: (sequences,) of sequences of that language.
        source: whether it is the source language.

    Returns:
        A scalar.

    Raises:
        ValueError: when `name` is unknown.
    """
    check_loss(name)
    scores = scores if source else -scores  # high where the discriminator is right
    if name == "bce":
        return logsigmoid(scores).mean()
    if name == "wgan_gp":
        return scores.mean()
    return -logsigmoid(-scores).mean()


def gradient_penalty(
    discriminator: Callable[[Tensor, Tensor], Tensor],
    source: tuple[Tensor, Tensor],
    target: tuple[Tensor, Tensor],
    share: Tensor,
) -> Tensor:
    """Mean of (|gradient of the score| - 1)^2 at points between source and target (Gulrajani et al. 2017, Eq. 3).

    Sequences are paired in their order as far as both languages have one; a position counts where either has a token.

    Args:
        discriminator: states (batch, L, W) and mask (batch, L) -> scores (batch,).
        source, target: states (sequences, L, W) and mask (sequences, L).
        share: (pairs,) of the source in each point, between 0 and 1, drawn uniformly.

    Returns:
        A scalar that can be differentiated by the weights of the discriminator.
    """
    pairs = len(share)
    states = interpolate(source[0][:pairs], target[0][:pairs], share).detach().requires_grad_()
    mask = interpolate(source[1][:pairs].float(), target[1][:pairs].float(), torch.full_like(share, 0.5)) > 0
    scores = discriminator(states, mask)
    (gradient,) = torch.autograd.grad(scores.sum(), states, create_graph=True)
    penalty: Tensor = ((gradient.flatten(1).norm(dim=1) - 1) ** 2).mean()
    return penalty
