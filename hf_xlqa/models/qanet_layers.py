"""Layers of QANet (Yu et al. 2018) as Lee & Lee 2019 use it: embedding, encoder block, context-query attention.

Axes: batch, length, h hidden. States lie in memory as (batch, length, h) throughout: convolutions read
that layout as it is, and every other layer is a product over the last axis.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, dropout, embedding, relu, scaled_dot_product_attention
from transformers.modeling_layers import GradientCheckpointingLayer

from .configuration_qanet import QANetConfig


def position_signal(length: int, width: int, like: Tensor) -> Tensor:
    """Sines in the first half of the width, cosines in the second: (length, width) in the type of `like`.

    Wave lengths go geometrically from 2 pi to 20,000 pi (Vaswani et al. 2017, section 3.5).
    """
    half = width // 2
    rates = torch.arange(half, device=like.device, dtype=torch.float32)
    rates = torch.exp(rates * (-math.log(10_000) / max(half - 1, 1)))
    angles = torch.arange(length, device=like.device, dtype=torch.float32)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=-1).to(like.dtype)


class DropPath(torch.autograd.Function):
    """`residual + scale * dropped(update)`, keeping one byte an element for the backward pass.

    The generator of `torch.nn.functional.dropout` costs more on a CPU than the layer before it; here
    four elements share one random number, which gives each 16 bits.
    """

    @staticmethod
    def forward(ctx: Any, residual: Tensor, update: Tensor, scale: Tensor, rate: float) -> Tensor:
        """States and update of one shape (batch, ...), scale (batch, 1, ...), probability of dropping an element."""
        words = torch.empty(-(-update.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
        bits = words.view(torch.int16)[: update.numel()].view(update.shape)
        keep = bits >= round(rate * 2**16) - 2**15
        ctx.save_for_backward(keep, scale)
        return torch.addcmul(residual, update, keep.to(update.dtype).mul_(scale))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        """The gradient as it is, and dropped and scaled alike."""
        keep, scale = ctx.saved_tensors
        return gradients[0], (gradients[0] * scale).mul_(keep), None, None


def add_update(residual: Tensor, update: Tensor, *, rate: float, depth_rate: float, training: bool) -> Tensor:
    """Residual connection with dropout and stochastic depth: (batch, length, h).

    Args:
        residual: what the layer was given.
        update: what the layer made of it.
        rate: probability of dropping an element of the update.
        depth_rate: probability of dropping the whole update of an example.
        training: whether anything is dropped; what stays is scaled up, so that the mean is kept.
    """
    if not training or not (rate or depth_rate):
        return residual + update
    scale = update.new_empty(len(update), 1, 1).bernoulli_(1 - depth_rate).div_(1 - depth_rate)
    if update.device.type != "cpu" or torch.compiler.is_compiling():
        return torch.addcmul(residual, dropout(update, rate), scale)
    summed: Tensor = DropPath.apply(residual, update, scale / (1 - rate), rate)  # type: ignore[no-untyped-call]
    return summed


class DepthwiseSeparableConvolution(nn.Module):
    """One filter a channel over the positions around each, then a product over channels.

    Args:
        width: channels.
        kernel_size: positions a filter sees.
    """

    def __init__(self, width: int, kernel_size: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(width, width, kernel_size, groups=width, padding=kernel_size // 2, bias=False)
        self.pointwise = nn.Linear(width, width)

    def forward(self, states: Tensor) -> Tensor:
        """(batch, length, width) with 0 at padding -> (batch, length, width)."""
        filters = self.depthwise
        # As an image one pixel high in channels-last order, which is the order of the states: nothing is moved.
        image = states.transpose(1, 2).unsqueeze(2)
        height, padding = filters.weight.unsqueeze(2), (0, filters.kernel_size[0] // 2)
        convolved = conv2d(image, height, padding=padding, groups=filters.groups)
        pointed: Tensor = self.pointwise(convolved.squeeze(2).transpose(1, 2))
        return pointed


class SelfAttention(nn.Module):
    """Multi-head self-attention with one product for queries, keys and values."""

    def __init__(self, config: QANetConfig) -> None:
        super().__init__()
        self.config = config
        self.inputs = nn.Linear(config.hidden_size, 3 * config.hidden_size)
        self.output = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """(batch, length, h), and a (batch, length) bool mask, False at padding -> (batch, length, h)."""
        heads = self.inputs(states).unflatten(-1, (3, self.config.num_attention_heads, -1))
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        keep = None if mask is None else mask[:, None, None, :]
        if self.config._attn_implementation == "eager":
            scores = query @ key.mT / math.sqrt(query.shape[-1])
            if keep is not None:
                scores = scores.masked_fill(~keep, torch.finfo(scores.dtype).min)
            attended = scores.softmax(dim=-1) @ value
        else:
            attended = scaled_dot_product_attention(query, key, value, attn_mask=keep)
        output: Tensor = self.output(attended.transpose(1, 2).flatten(2))
        return output


class EncoderBlock(GradientCheckpointingLayer):
    """Position signal, convolutions, self-attention, feed-forward, each layer normalised first and added to its input.

    Args:
        config: of the model.
        convolutions: how many.
        kernel_size: of each.
        first_layer: number of layers of the encoder before this block.
        layers: number of layers of the encoder.
    """

    def __init__(
        self, config: QANetConfig, *, convolutions: int, kernel_size: int, first_layer: int = 0, layers: int
    ) -> None:
        super().__init__()
        width = config.hidden_size
        self.config = config
        self.norms = nn.ModuleList([nn.LayerNorm(width, eps=config.layer_norm_eps) for _ in range(convolutions + 2)])
        self.convolutions = nn.ModuleList(
            [DepthwiseSeparableConvolution(width, kernel_size) for _ in range(convolutions)]
        )
        self.attention = SelfAttention(config)
        self.feed_forward = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))
        self.depth_rates = [
            config.stochastic_depth * (first_layer + number) / layers for number in range(1, convolutions + 3)
        ]

    def forward(self, states: Tensor, signal: Tensor, mask: Tensor | None) -> Tensor:
        """Encode one block further.

        Args:
            states: (batch, length, h).
            signal: (length, h), see `position_signal`.
            mask: (batch, length) bool, False at padding; None where there is none.

        Returns:
            (batch, length, h); what stands at padding is of no use.
        """
        states = states + signal
        for number, norm in enumerate(self.norms):
            normed = norm(states)
            if number < len(self.convolutions):
                # In place: the normalisation keeps its input for the backward pass, not its output.
                update = self.convolutions[number](normed if mask is None else normed.mul_(mask.unsqueeze(-1)))
            elif number == len(self.convolutions):
                update = self.attention(normed, mask)
            else:
                update = self.feed_forward(normed)
            states = add_update(
                states,
                update,
                rate=self.config.dropout,
                depth_rate=self.depth_rates[number],
                training=self.training,
            )
        return states


class CharacterConvolution(nn.Module):
    """A vector for each word from its characters: convolution, ReLU, greatest value over the characters."""

    def __init__(self, config: QANetConfig) -> None:
        super().__init__()
        self.vectors = nn.Embedding(config.character_vocab_size, config.character_dim, padding_idx=0)
        self.convolution = nn.Conv1d(
            config.character_dim,
            config.hidden_size,
            config.character_kernel_size,
            padding=config.character_kernel_size // 2,
        )
        self.dropout = nn.Dropout(config.character_dropout)

    def forward(self, character_ids: Tensor) -> Tensor:
        """(words, characters) ids, 0 at padding -> (words, h).

        Words spelled alike are convolved once, so that they share what dropout leaves of their characters.
        """
        spellings, which = torch.unique(character_ids, dim=0, return_inverse=True)
        convolved = relu(self.convolution(self.dropout(self.vectors(spellings)).transpose(1, 2)))
        # 0 is the least value of ReLU: padding never wins, and a word without characters gets 0.
        pooled = (convolved * (spellings != 0).unsqueeze(1)).amax(dim=-1)
        return embedding(which, pooled)


class Highway(nn.Module):
    """One highway layer (Srivastava et al. 2015): g relu(W x + b) + (1 - g) x."""

    def __init__(self, config: QANetConfig) -> None:
        super().__init__()
        self.gate_and_transform = nn.Linear(config.hidden_size, 2 * config.hidden_size)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, states: Tensor) -> Tensor:
        """(..., h) -> (..., h)."""
        gate, transformed = self.gate_and_transform(states).chunk(2, dim=-1)
        return torch.lerp(states, self.dropout(relu(transformed)), gate.sigmoid())


class LanguageLayers(nn.Module):
    """The layers that each language has for itself: embedding, two highway layers, embedding encoder."""

    def __init__(self, config: QANetConfig) -> None:
        super().__init__()
        self.characters = CharacterConvolution(config)
        self.projection = nn.Linear(config.word_dim + config.hidden_size, config.hidden_size, bias=False)
        self.highway = nn.Sequential(Highway(config), Highway(config))
        self.dropout = nn.Dropout(config.dropout)
        convolutions = config.embedding_convolutions
        self.encoder = EncoderBlock(
            config, convolutions=convolutions, kernel_size=config.embedding_kernel_size, layers=convolutions + 2
        )

    def embed(self, word_vectors: Tensor, character_ids: Tensor) -> Tensor:
        """(words, word dim) vectors and (words, characters) ids of any words of this language -> (words, h)."""
        spelled = self.characters(character_ids)
        joined = torch.cat([self.dropout(word_vectors.to(spelled.dtype)), spelled], dim=-1)
        embedded: Tensor = self.highway(self.projection(joined))
        return embedded


class ContextQueryAttention(nn.Module):
    """What each context word takes from the question and back (Seo et al. 2017; Xiong et al. 2017).

    The trilinear score W [q, c, q*c] is the sum of a term of the word, a term of the question word and one
    product of matrices, so that the (context, question, 3h) tensor of the formula is never stored.
    """

    def __init__(self, config: QANetConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.context_weight = nn.Linear(width, 1, bias=False)
        self.question_weight = nn.Linear(width, 1, bias=False)
        self.product_weight = nn.Parameter(torch.empty(width))
        self.output = nn.Linear(4 * width, width)

    def forward(
        self, context: Tensor, question: Tensor, context_mask: Tensor | None, question_mask: Tensor | None
    ) -> Tensor:
        """Context that has read the question.

        Args:
            context, question: (batch, context words, h) and (batch, question words, h).
            context_mask, question_mask: bool, False at padding; None where there is none.

        Returns:
            (batch, context words, h).
        """
        products = (context * self.product_weight) @ question.mT
        # A term that is the same all along a softmax cancels: each softmax needs only the other term.
        over_question = _masked_softmax(products + self.question_weight(question).mT, question_mask, dim=2)
        over_context = _masked_softmax(products + self.context_weight(context), context_mask, dim=1)
        attended = over_question @ question
        back = over_question @ (over_context.mT @ context)
        output: Tensor = self.output(torch.cat([context, attended, context * attended, context * back], dim=-1))
        return output


def _masked_softmax(scores: Tensor, mask: Tensor | None, *, dim: int) -> Tensor:
    """Softmax of (batch, context, question) over one axis, without the positions where `mask` is False."""
    if mask is not None:
        scores = scores.masked_fill(~mask.unsqueeze(3 - dim), torch.finfo(scores.dtype).min)
    return scores.softmax(dim=dim)
