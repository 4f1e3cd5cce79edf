"""A training step of QANet beside a plain module-by-module port of it.

    python examples/benchmarks/qanet_step.py [--batches 8 --padded --device cuda --dtype bfloat16 --compile]

The port says every layer as the papers do: states are moved between (batch, length, h) and (batch, h, length)
around every convolution, each word's characters are convolved where it stands, attention stores its scores,
and the trilinear score is read off the (context, question, 3h) tensor of its formula. Its weights are those
of our model: both give the same logits and gradients without dropout, which is checked first.
Words are drawn as texts have them (rank r with probability 1 / r).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from benchmark import TorchOptions, main
from records import Record, at_least
from timing import milliseconds, peak_mebibytes
from torch import Tensor, nn
from torch.nn.functional import conv1d, cross_entropy, dropout

from hf_xlqa.models import QANetConfig, QANetForCrossLingualQA
from hf_xlqa.models.qanet_layers import position_signal

Batch = dict[str, Tensor]
GOALS = {24: (at_least(1.5),)}
"""By the size of the batch."""


@dataclass
class TextOptions(TorchOptions):
    """Lengths in words."""

    context: int = 400
    question: int = 50
    padded: bool = field(default=False, metadata={"help": "contexts of different lengths"})


@dataclass
class Options(TextOptions):
    """Sizes of the model and its batches."""

    batches: list[int] = field(default_factory=lambda: [24, 8])
    width: int = 96
    heads: int = 2
    compile: bool = field(default=False, metadata={"help": "torch.compile the blocks of our model encoder"})


QUICK = Options(repeats=1, context=20, question=5, batches=[2], width=16)


def plain_block(block: Any, states: Tensor, mask: Tensor) -> Tensor:
    """One encoder block."""
    states = states + position_signal(states.shape[1], states.shape[2], states)
    layers = [*block.convolutions, block.attention, block.feed_forward]
    for number, (norm, layer) in enumerate(zip(block.norms, layers, strict=True)):
        normed = norm(states)
        if number < len(block.convolutions):
            depthwise, pointwise = layer.depthwise, layer.pointwise
            moved = depthwise((normed * mask[..., None]).transpose(1, 2))
            update = conv1d(moved, pointwise.weight[..., None], pointwise.bias).transpose(1, 2)
        elif number == len(block.convolutions):
            update = plain_attention(block, normed, mask)
        else:
            update = layer(normed)
        if block.training:
            rate = 1 - block.depth_rates[number]
            kept = torch.full_like(update[:, :1, :1], rate).bernoulli() / rate
            update = dropout(update, block.config.dropout) * kept
        states = states + update
    return states


def plain_attention(block: Any, states: Tensor, mask: Tensor) -> Tensor:
    """Self-attention that stores its scores."""
    weights, biases = block.attention.inputs.weight.chunk(3), block.attention.inputs.bias.chunk(3)
    shape = (*states.shape[:2], block.config.num_attention_heads, -1)
    query, key, value = (
        (states @ weight.T + bias).view(shape).transpose(1, 2) for weight, bias in zip(weights, biases, strict=True)
    )
    scores = query @ key.transpose(2, 3) / query.shape[-1] ** 0.5
    scores = scores.masked_fill(~mask[:, None, None], torch.finfo(scores.dtype).min)
    attended = scores.softmax(-1) @ value
    output: Tensor = block.attention.output(attended.transpose(1, 2).contiguous().view(states.shape))
    return output


def plain_embedding(model: QANetForCrossLingualQA, layers: Any, ids: Tensor, characters: Tensor) -> Tensor:
    """Embedding and highway layers of (batch, length) words."""
    convolution = layers.characters
    vectors = convolution.dropout(convolution.vectors(characters)).flatten(0, 1)
    convolved = convolution.convolution(vectors.transpose(1, 2)).relu()
    pooled = (convolved * (characters.flatten(0, 1) != 0)[:, None]).max(dim=-1).values.view(*ids.shape, -1)
    states: Tensor = layers.projection(torch.cat([layers.dropout(model.qanet.word_vectors(ids)), pooled], dim=-1))
    for highway in layers.highway:
        gate, transform = highway.gate_and_transform.weight.chunk(2)
        gate_bias, transform_bias = highway.gate_and_transform.bias.chunk(2)
        opened = torch.sigmoid(states @ gate.T + gate_bias)
        transformed = highway.dropout(torch.relu(states @ transform.T + transform_bias))
        states = opened * transformed + (1 - opened) * states
    return states


def plain_context_query(
    attention: Any, context: Tensor, question: Tensor, context_mask: Tensor, question_mask: Tensor
) -> Tensor:
    """Context-query attention with the tensor of its formula."""
    size = (-1, context.shape[1], question.shape[1], -1)
    each_context, each_question = context[:, :, None].expand(size), question[:, None].expand(size)
    joined = torch.cat([each_question, each_context, each_question * each_context], dim=-1)
    parts = (attention.question_weight.weight[0], attention.context_weight.weight[0], attention.product_weight)
    scores = joined @ torch.cat(parts)
    least = torch.finfo(scores.dtype).min
    rows = scores.masked_fill(~question_mask[:, None], least).softmax(dim=2)
    columns = scores.masked_fill(~context_mask[..., None], least).softmax(dim=1)
    attended, back = rows @ question, rows @ columns.transpose(1, 2) @ context
    output: Tensor = attention.output(torch.cat([context, attended, context * attended, context * back], dim=-1))
    return output


def plain_loss(model: QANetForCrossLingualQA, sizes: tuple[int, int], batch: Batch) -> Tensor:
    """Span loss of the port; questions and contexts are slices, as a port reads them from two inputs."""
    words, mask = sizes[0], batch["attention_mask"].bool()
    layers, encoded, masks = model.qanet.layers_of("en"), [], []
    for part in (slice(None, words), slice(words + 1, None)):
        states = plain_embedding(model, layers, batch["input_ids"][:, part], batch["character_ids"][:, part])
        encoded.append(plain_block(layers.encoder, states, mask[:, part]))
        masks.append(mask[:, part])
    states = plain_context_query(model.qanet.attention, encoded[1], encoded[0], masks[1], masks[0])
    passes = []
    for _ in range(3):
        for block in model.qanet.encoder:
            states = plain_block(block, states, masks[1])
        passes.append(states)
    losses = []
    for output, last, side in ((model.start_output, 1, "start"), (model.end_output, 2, "end")):
        logits = output(torch.cat([passes[0], passes[last]], dim=-1))[..., 0].float()
        logits = logits.masked_fill(~masks[1], torch.finfo(logits.dtype).min)
        losses.append(cross_entropy(logits, batch[f"{side}_positions"] - words - 1))
    return (losses[0] + losses[1]) / 2


def our_loss(model: QANetForCrossLingualQA, batch: Batch) -> Tensor:
    """Span loss of the model."""
    loss: Tensor = model(**batch).loss
    return loss


def make_batch(size: int, options: TextOptions, config: QANetConfig) -> Batch:
    """Words by their frequency, each spelled always alike; with `--padded`, contexts of 1/4 to all of the length."""
    question, context = options.question, options.context
    length = question + 1 + context
    frequencies = 1 / torch.arange(1, config.vocab_size - 2)
    ids = 3 + torch.multinomial(frequencies, size * length, replacement=True).view(size, length)
    ids[:, question] = config.sep_token_id
    spellings = torch.randint(2, config.character_vocab_size, (config.vocab_size, 16))
    spellings *= torch.arange(16) < torch.randint(2, 11, (config.vocab_size, 1))
    ends = torch.full((size,), length)
    if options.padded:
        ends[1:] = question + 1 + torch.randint(context // 4, context, (size - 1,))
    mask = torch.arange(length) < ends[:, None]
    batch = {
        "input_ids": ids * mask,
        "character_ids": spellings[ids] * mask[..., None],
        "token_type_ids": ((torch.arange(length) > question) & mask).long(),
        "attention_mask": mask.long(),
        "start_positions": torch.full((size,), question + 5),
        "end_positions": torch.full((size,), question + 7),
    }
    return {name: tensor.to(options.device) for name, tensor in batch.items()}


def build(size: int, options: Options) -> tuple[QANetForCrossLingualQA, list[Callable[[], Tensor]]]:
    """The model, and its loss on a batch of some size as ours and as the port's."""
    config = QANetConfig(languages=["en"], hidden_size=options.width, num_attention_heads=options.heads)
    model: Any = QANetForCrossLingualQA(config)
    model = model.to(**options.placed).train()
    batch = make_batch(size, options, config)
    if options.compile:
        for block in model.qanet.encoder:
            block.compile()
    sizes = (options.question, options.context)
    return model, [partial(our_loss, model, batch), partial(plain_loss, model, sizes, batch)]


def check(model: nn.Module, losses: list[Callable[[], Tensor]]) -> None:
    """Ours and the port agree on loss and gradients without dropout."""
    model.eval()
    weights = list(model.parameters())
    values = [(loss := each(), torch.autograd.grad(loss, weights)) for each in losses]
    exact = weights[0].dtype == torch.float32
    torch.testing.assert_close(values[0][0], values[1][0], atol=1e-4 if exact else 0.1, rtol=0)
    if exact:
        torch.testing.assert_close(values[0][1], values[1][1], atol=1e-4, rtol=1e-3)
    model.train()


def backward(loss: Callable[[], Tensor]) -> None:
    """A training step without its optimizer."""
    loss().backward()


def measure(options: Options) -> Iterator[Record]:
    """Time and memory of both at every size of the batch."""
    options.set_up()
    for size in options.batches:
        model, losses = build(size, options)
        check(model, losses)
        steps = [partial(backward, loss) for loss in losses]
        ours, reference = milliseconds(steps, repeats=options.repeats, device=options.device)
        peaks = [peak_mebibytes(step, device=options.device) for step in steps]
        stage = f"QANet step, batch {size}, {options.context} x {options.question} words"
        yield Record(
            stage=stage,
            ours=ours,
            unit="ms",
            reference=reference,
            reference_name="a plain port",
            peak_mebibytes=peaks[0],
            goals=GOALS.get(size, ()),
        )
        yield Record(
            stage=f"{stage}, memory",
            ours=peaks[0],
            unit="MiB",
            reference=peaks[1],
            reference_name="a plain port",
            ratio_of="cost",
            peak_mebibytes=peaks[0],
        )


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
