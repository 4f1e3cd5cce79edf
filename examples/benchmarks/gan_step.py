"""A step of the language GAN on QANet: k updates of the discriminator, then one of the encoders.

    python examples/benchmarks/gan_step.py [--batch 8 --updates 5 --device cuda]

The updates need encoded words only. They are timed with `features`, which stops at the encoders, and with a
forward of the whole model, which gives the same; beside them is a step without the game.
"""

import argparse
from functools import partial
from typing import Any

import torch
from qanet_step import Batch, make_batch
from timing import milliseconds
from torch import Tensor

from hf_xlqa.models import AdversarialForQuestionAnswering, QANetConfig, QANetForCrossLingualQA
from hf_xlqa.models.adversarial_losses import discriminator_loss, encoder_loss


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sizes = {"batch": 24, "context": 400, "question": 50, "updates": 5, "threads": 1, "repeats": 3}
    for name, default in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--padded", action="store_true", help="contexts of different lengths")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    config = QANetConfig(languages=["en", "zh"])
    model = AdversarialForQuestionAnswering.wrap(QANetForCrossLingualQA(config)).to(arguments.device).train()
    batch = make_batch(arguments, config)
    batch["language_ids"] = torch.arange(arguments.batch, device=arguments.device) % 2
    optimizer = torch.optim.Adam(model.discriminator.parameters(), lr=1e-3)
    reads = {"without the game": None, "features of the encoders": encoders_only, "of the whole forward": whole_forward}
    steps = [partial(step, model, batch, optimizer, arguments.updates, read) for read in reads.values()]
    times = milliseconds(steps, repeats=arguments.repeats, device=arguments.device)
    print("| training step | ms | of one without the game |\n|---|---|---|")
    for name, time in zip(reads, times, strict=True):
        print(f"| {name} | {time:.0f} | {time / times[0]:.2f} |")
    print(f"\n{times[2] / times[1]:.2f} x the speed of the whole forward")


if __name__ == "__main__":
    main()
