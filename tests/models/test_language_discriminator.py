"""The discriminator: padding, both heads, and a network small enough to work out by hand."""

import pytest
import torch
from torch.nn.functional import conv1d

from hf_xlqa.models.language_discriminator import (
    LanguageDiscriminator,
    PerceptronDiscriminator,
    interpolate,
    masked_mean,
)


def build(**options):
    torch.manual_seed(0)
    return LanguageDiscriminator(6, **{"channels": 8, "blocks": 2, **options})


def test_the_default_is_that_of_the_paper():
    discriminator = LanguageDiscriminator(128)
    shapes = [tuple(weight.shape) for weight in discriminator.parameters() if weight.dim() == 3]
    assert shapes == [(96, 128, 1)] + 10 * [(96, 96, 5)]
    assert tuple(discriminator.output.weight.shape) == (1, 96)


def test_a_network_of_one_channel_worked_out_by_hand():
    discriminator = LanguageDiscriminator(1, channels=1, blocks=1, kernel=3)
    with torch.no_grad():
        for weight in discriminator.parameters():
            weight.zero_()
        discriminator.input.weight.fill_(2.0)
        for convolution in (discriminator.blocks[0].first, discriminator.blocks[0].second):
            convolution.weight.fill_(1.0)
        discriminator.blocks[0].first.bias.fill_(-1.0)
        discriminator.output.weight.fill_(10.0)
        discriminator.output.bias.fill_(0.5)
    states, mask = torch.tensor([[[1.0], [-1.0], [0.5], [7.0]]]), torch.tensor([[1, 1, 1, 0]])
    # 2x = 2, -2, 1; ReLU 2, 0, 1; sums of three minus 1: 1, 2, 0; ReLU; sums of three: 3, 3, 2;
    # 2x + 0.3 of that: 2.9, -1.1, 1.6; mean 3.4 / 3.
    assert discriminator(states, mask).item() == pytest.approx(10 * 3.4 / 3 + 0.5, rel=1e-6)


def test_every_convolution_sees_zeros_at_padding():
    """The plain way: each sequence alone, without padding."""
    discriminator = build()
    states, lengths = torch.randn(3, 9, 6), [9, 4, 1]
    mask = torch.arange(9) < torch.tensor(lengths)[:, None]
    scores = discriminator(states, mask)
    for row, length in enumerate(lengths):
        hidden = discriminator.input(states[row, :length].T[None])
        for block in discriminator.blocks:
            change = conv1d(hidden.relu(), block.first.weight, block.first.bias, padding=2)
            change = conv1d(change.relu(), block.second.weight, block.second.bias, padding=2)
            hidden = hidden + 0.3 * change
        torch.testing.assert_close(scores[row], discriminator.output(hidden.mean(-1))[0, 0], atol=1e-6, rtol=0)


@pytest.mark.parametrize("options", [{}, {"head": "flatten", "max_length": 20}])
def test_padding_changes_nothing(options):
    discriminator = build(**options)
    states, mask = torch.randn(2, 7, 6), torch.tensor([[1] * 7, [1] * 5 + [0] * 2])
    padded = torch.cat([states, torch.full((2, 4, 6), 1e3)], dim=1)
    longer = torch.cat([mask, torch.zeros(2, 4, dtype=torch.long)], dim=1)
    torch.testing.assert_close(discriminator(padded, longer), discriminator(states, mask), atol=1e-6, rtol=0)


def test_a_part_of_a_sequence_counts_like_that_part_alone():
    discriminator = build()
    states = torch.randn(2, 9, 6)
    mask = torch.zeros(2, 9).index_fill(1, torch.arange(3, 7), 1)
    part = discriminator(states[:, 3:7], torch.ones(2, 4))
    torch.testing.assert_close(discriminator(states, mask), part, atol=1e-6, rtol=0)


def test_a_sequence_without_tokens_scores_the_bias():
    discriminator = build()
    assert torch.equal(discriminator(torch.randn(1, 3, 6), torch.zeros(1, 3)), discriminator.output.bias)


def test_the_flat_head_weighs_each_position_by_itself():
    discriminator = build(head="flatten", max_length=5, blocks=0)
    states = torch.randn(1, 3, 6)
    hidden = discriminator.input(states.transpose(1, 2))[0]
    weights = discriminator.output.weight.view(8, 5)[:, :3]
    expected = (weights * hidden).sum() + discriminator.output.bias
    torch.testing.assert_close(discriminator(states, torch.ones(1, 3)), expected)


def test_sequences_too_long_for_the_flat_head_are_refused():
    with pytest.raises(ValueError, match=r"`states` must be of at most 5 positions \(`max_length`\), but have 6"):
        build(head="flatten", max_length=5)(torch.randn(1, 6, 6), torch.ones(1, 6))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"head": "sum"}, "`head` must be one of mean, flatten, but is 'sum'"),
        ({"head": "flatten"}, '`max_length` must be a number where `head` is "flatten", but is None'),
    ],
)
def test_bad_heads_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        LanguageDiscriminator(6, **options)


def test_points_between_sequences_of_two_lengths():
    source, target = torch.tensor([[[4.0]]]), torch.tensor([[[8.0], [2.0]]])
    assert interpolate(source, target, torch.tensor([0.25])).flatten().tolist() == [7.0, 1.5]


def test_the_perceptron_of_the_paper():
    discriminator = PerceptronDiscriminator(768, hidden_size=3072, scores=6)
    shapes = [tuple(weight.shape) for weight in discriminator.parameters() if weight.dim() == 2]
    assert shapes == [(3072, 768), (3072, 3072), (6, 3072)]


def test_a_perceptron_worked_out_by_hand():
    discriminator = PerceptronDiscriminator(1, hidden_size=2, scores=3)
    with torch.no_grad():
        for weight, values in zip(
            discriminator.parameters(),
            ([[1.0], [-1.0]], [0.5, 0.0], [[2.0, 1.0], [-1.0, 0.0]], [0.0, 1.0], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
            strict=False,
        ):
            weight.copy_(torch.tensor(values))
        discriminator.output.bias.zero_()
    states = torch.tensor([[[1.0], [3.0], [9.0]], [[-1.0], [5.0], [9.0]]])
    mask = torch.tensor([[1, 1, 0], [1, 0, 0]])
    # Means 2 and -1; ReLU of (2.5, -2) and (-0.5, 1); ReLU of (5, -1.5) and (1, 1).
    assert discriminator(states, mask).tolist() == [[5.0, 0.0, 5.0], [1.0, 1.0, 2.0]]


def test_one_score_has_no_axis_of_its_own():
    states, mask = torch.randn(2, 3, 6), torch.ones(2, 3)
    assert PerceptronDiscriminator(6, hidden_size=4)(states, mask).shape == (2,)
    assert build()(states, mask).shape == (2,) and build(scores=3)(states, mask).shape == (2, 3)


def test_the_mean_over_no_position_is_zero():
    assert masked_mean(torch.ones(1, 3, 2), torch.zeros(1, 3, dtype=torch.bool)).tolist() == [[0.0, 0.0]]
