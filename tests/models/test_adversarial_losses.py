"""The adversarial losses by hand-worked numbers, and which way they push."""

import math

import pytest
import torch

from hf_xlqa.models.adversarial_losses import (
    LOSSES,
    discriminator_accuracy,
    discriminator_loss,
    encoder_loss,
    gradient_penalty,
)

LOG3 = math.log(3.0)  # sigmoid of it is 3/4
SOURCE = torch.tensor([LOG3, 0.0])
TARGET = torch.tensor([-LOG3])

DISCRIMINATOR = {
    # source: (log 4/3 + log 2) / 2; target: log 4/3
    "bce": (math.log(4 / 3) + math.log(2)) / 2 + math.log(4 / 3),
    # source: (log 1/4 + log 1/2) / 2; target: log 1/4
    "minimax": (math.log(1 / 4) + math.log(1 / 2)) / 2 + math.log(1 / 4),
    "non_saturating": (math.log(4 / 3) + math.log(2)) / 2 + math.log(4 / 3),
    "wgan_gp": -LOG3 / 2 - LOG3,
}
ENCODERS = {
    "bce": ((math.log(3 / 4) + math.log(1 / 2)) / 2, math.log(3 / 4)),
    "minimax": ((math.log(4) + math.log(2)) / 2, math.log(4)),
    "non_saturating": ((math.log(4) + math.log(2)) / 2, math.log(4)),
    "wgan_gp": (LOG3 / 2, LOG3),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses_by_hand(name):
    assert discriminator_loss(name, SOURCE, TARGET).item() == pytest.approx(DISCRIMINATOR[name], rel=1e-6)
    assert encoder_loss(name, SOURCE, source=True).item() == pytest.approx(ENCODERS[name][0], rel=1e-6)
    assert encoder_loss(name, TARGET, source=False).item() == pytest.approx(ENCODERS[name][1], rel=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_the_discriminator_raises_source_scores_and_the_encoders_lower_them(name):
    source, target = torch.randn(5, requires_grad=True), torch.randn(3, requires_grad=True)
    up, down = torch.autograd.grad(discriminator_loss(name, source, target), (source, target))
    assert (up < 0).all() and (down > 0).all()
    (pushed_down,) = torch.autograd.grad(encoder_loss(name, source, source=True), source)
    (pushed_up,) = torch.autograd.grad(encoder_loss(name, target, source=False), target)
    assert (pushed_down > 0).all() and (pushed_up < 0).all()


@pytest.mark.parametrize("name", ["bce", "minimax", "wgan_gp"])
def test_encoders_lose_what_the_discriminator_wins(name):
    both = encoder_loss(name, SOURCE, source=True) + encoder_loss(name, TARGET, source=False)
    assert both.item() == pytest.approx(-discriminator_loss(name, SOURCE, TARGET).item(), rel=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_only_the_printed_loss_is_unbounded_for_a_discriminator_that_is_right(name):
    right = discriminator_loss(name, torch.tensor([60.0]), torch.tensor([-60.0])).item()
    assert (right < -100) == (name in ("minimax", "wgan_gp"))


def test_the_encoders_gradient_vanishes_where_the_loss_saturates():
    gradients = {}
    for name in LOSSES:
        scores = torch.tensor([12.0], requires_grad=True)
        gradients[name] = torch.autograd.grad(encoder_loss(name, scores, source=True), scores)[0].item()
    assert gradients["bce"] < 1e-5
    assert all(gradients[name] == pytest.approx(1.0, abs=1e-5) for name in LOSSES if name != "bce")


def test_the_penalty_of_a_linear_critic_is_that_of_its_slope():
    """s = w . sum of the states: the gradient is w at every position that counts."""
    weight = torch.tensor([0.6, 0.8], requires_grad=True)

    def critic(states, mask):
        return (states * mask[..., None]).sum(1) @ weight

    source = (torch.randn(3, 2, 2), torch.tensor([[1, 1], [1, 0], [1, 0]]))
    target = (torch.randn(2, 4, 2), torch.tensor([[1, 1, 1, 1], [1, 0, 0, 0]]))
    penalty = gradient_penalty(critic, source, target, torch.tensor([0.3, 0.9]))
    # 4 positions: norm 2, then (2 - 1)^2 = 1; 1 position: norm 1, then 0.
    assert penalty.item() == pytest.approx(0.5, abs=1e-6)
    (slope,) = torch.autograd.grad(penalty, weight)
    # d/dw of ((2|w| - 1)^2 + (|w| - 1)^2) / 2 at |w| = 1 is 2 w.
    assert slope.tolist() == pytest.approx([1.2, 1.6], abs=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_accuracy_is_the_share_of_scores_on_their_side_of_the_middle(name):
    source, target = torch.tensor([1.0, 2.0, 9.0, -1.0]), torch.tensor([-8.0, 0.5])
    # The middle is 0; with "wgan_gp" it is between 11/4 and -15/4, at -1/2.
    assert discriminator_accuracy(name, source, target).item() == pytest.approx((3 / 4 + 1 / 2) / 2)
    moved = discriminator_accuracy(name, source + 10, target + 10).item()
    assert moved == pytest.approx((3 / 4 + 1 / 2) / 2 if name == "wgan_gp" else (1 + 0) / 2)


def test_unknown_losses_are_refused():
    message = "`loss` must be one of bce, minimax, non_saturating, wgan_gp, but is 'lsgan'"
    with pytest.raises(ValueError, match=message):
        discriminator_loss("lsgan", SOURCE, TARGET)
    with pytest.raises(ValueError, match=message):
        encoder_loss("lsgan", SOURCE, source=True)
    with pytest.raises(ValueError, match=message):
        discriminator_accuracy("lsgan", SOURCE, TARGET)
