"""A step of the language GAN on QANet: k updates of the discriminator, then one of the encoders.

    python examples/benchmarks/gan_step.py [--batch 24 --updates 5 --device cuda]

The updates need encoded words only. They are timed with `features`, which stops at the encoders, and with a
forward of the whole model, which gives the same; beside them is a step without the game.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from benchmark import main
from qanet_step import Batch, TextOptions, make_batch
from records import Record
from timing import milliseconds, peak_mebibytes
from torch import Tensor

from hf_xlqa.models import AdversarialForQuestionAnswering, QANetConfig, QANetForCrossLingualQA
from hf_xlqa.models.adversarial_losses import discriminator_loss, encoder_loss


@dataclass
class Options(TextOptions):
    """Sizes of the game."""

    batch: int = 8
    updates: int = 5


QUICK = Options(repeats=1, context=20, question=5, batch=2, updates=1)


def whole_forward(model: Any, batch: Batch) -> Any:
    """What the discriminator reads, by way of the answers."""
    return model(**batch).features


def encoders_only(model: Any, batch: Batch) -> Any:
    """The same from the encoders alone."""
    return model.features(**batch)


def update_discriminator(model: Any, features: Any, is_source: Tensor, optimizer: torch.optim.Optimizer) -> None:
    """One update on a batch that the encoders have read."""
    model.discriminator.requires_grad_(True)
    scores = [model.discriminator(states, mask) for states, mask in features]
    torch.stack([discriminator_loss("bce", each[is_source], each[~is_source]) for each in scores]).sum().backward()
    model.discriminator.requires_grad_(False)
    optimizer.step()
    optimizer.zero_grad()


def step(model: Any, batch: Batch, optimizer: torch.optim.Optimizer, updates: int, read: Any) -> None:
    """Updates of the discriminator, and the gradients of the encoders; none of the game where `read` is None."""
    is_source = batch["language_ids"] == 0
    for _ in range(updates if read else 0):
        with torch.no_grad():
            features = read(model, batch)
        update_discriminator(model, features, is_source, optimizer)
    model.question_answering.zero_grad()
    output = model(**batch)
    loss = output.loss
    for states, mask in output.features if read else ():
        scores = model.discriminator(states[is_source], mask[is_source])
        loss = loss + 0.001 * encoder_loss("bce", scores, source=True)
    loss.backward()


def measure(options: Options) -> Iterator[Record]:
    """A step of the game, to one with whole forwards and to one without the game."""
    options.set_up()
    config = QANetConfig(languages=["en", "zh"])
    model = AdversarialForQuestionAnswering.wrap(QANetForCrossLingualQA(config)).to(options.device).train()
    batch = make_batch(options.batch, options, config)
    batch["language_ids"] = torch.arange(options.batch, device=options.device) % 2
    optimizer = torch.optim.Adam(model.discriminator.parameters(), lr=1e-3)
    reads = (encoders_only, whole_forward, None)
    steps = [partial(step, model, batch, optimizer, options.updates, read) for read in reads]
    ours, whole, without = milliseconds(steps, repeats=options.repeats, device=options.device)
    game = Record(
        stage=f"language GAN on QANet, step of k = {options.updates}, batch {options.batch}",
        ours=ours,
        unit="ms",
        reference=whole,
        reference_name="whole forwards",
        peak_mebibytes=peak_mebibytes(steps[0], device=options.device),
    )
    yield game
    yield replace(game, reference=without, reference_name="a step without the game", ratio_of="cost")


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
