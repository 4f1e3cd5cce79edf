"""Question and context out of one sequence, and back: gathers and scatters, no loop over positions.

A sequence holds question words, a separator and context words. Places are counted in the sequence; its
length L stands where a row is shorter than the longest of the batch.
"""

import torch
from torch import Tensor
from torch.nn.functional import pad

from .span_head import IGNORED


def check_shapes(input_ids: Tensor, character_ids: Tensor, token_type_ids: Tensor) -> None:
    """Refuse ids whose shapes do not fit: (batch, L), (batch, L, characters), (batch, L).

    Raises:
        ValueError: naming the one that does not fit.
    """
    if token_type_ids.shape != input_ids.shape:
        raise ValueError(
            f"`token_type_ids` must be of shape {tuple(input_ids.shape)}, "
            f"but are of shape {tuple(token_type_ids.shape)} instead."
        )
    if character_ids.dim() != 3 or character_ids.shape[:2] != input_ids.shape:
        raise ValueError(
            f"`character_ids` must be of shape ({', '.join(map(str, input_ids.shape))}, characters), "
            f"but are of shape {tuple(character_ids.shape)} instead."
        )


def split_pairs(words: Tensor, in_context: Tensor) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
    """Where the words of questions and contexts stand, (batch, L_Q) and (batch, L_C), and their masks.

    Args:
        words: (batch, L) bool, False at padding and separator.
        in_context: (batch, L) bool, True in the context.

    Returns:
        Places (batch, L_Q) and (batch, L_C) in their order, L at padding, as many as the longest row has;
        and a bool mask for each, None where no row is shorter.

    Raises:
        ValueError: when a row has no question or no context.
    """
    sides = torch.stack([words & ~in_context, words & in_context])
    counts = sides.sum(dim=-1)
    least, most = torch.stack([counts.amin(dim=1), counts.amax(dim=1)]).tolist()
    for side, count in zip(("a question", "a context"), least, strict=True):
        if not count:
            raise ValueError(f"`token_type_ids` must give every row {side}, but one row has none instead.")
    places = torch.arange(words.shape[1], device=words.device).masked_fill(~sides, words.shape[1])
    question_at, context_at = (at[:, :length] for at, length in zip(places.sort(dim=-1).values, most, strict=True))
    masks = (
        None if few == many else at < words.shape[1]
        for at, few, many in zip((question_at, context_at), least, most, strict=True)
    )
    return question_at, context_at, *masks


def states_at(states: Tensor, at: Tensor) -> Tensor:
    """States (batch, L, h) at the places (batch, length), 0 where these are L: (batch, length, h)."""
    padded = pad(states, (0, 0, 0, 1))
    return padded.gather(1, at.unsqueeze(-1).expand(-1, -1, states.shape[-1]))


def over_sequence(logits: Tensor, at: Tensor, allowed: Tensor) -> Tensor:
    """Logits (batch, L_C, 1) of the context in float32 at their places in the sequence, (batch, L)."""
    least = torch.finfo(torch.float32).min
    sequence = logits.new_full((len(at), allowed.shape[1] + 1), least, dtype=torch.float32)
    placed = sequence.scatter(1, at, logits.squeeze(-1).float())[:, :-1]
    return placed.masked_fill(~allowed, least)


def unless_at(places: Tensor, positions: Tensor) -> Tensor:
    """Labels (batch,), -100 in place of those at places (batch, L) that are True."""
    at = positions.clamp(0, places.shape[1] - 1).unsqueeze(1)
    return positions.masked_fill(places.gather(1, at).squeeze(1), IGNORED)
