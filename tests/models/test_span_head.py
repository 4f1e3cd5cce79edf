"""Masks, span loss, span representation and dynamic lambda against numbers worked out by hand and naive loops."""

import math

import pytest
import torch

from hf_xlqa.models.span_head import (
    SpanHead,
    can_be_judged,
    check_positions,
    dynamic_lambda,
    mask_logits,
    span_loss,
    span_losses,
    span_representation,
)


def naive_representation(states, start, end, attention):
    """Cui et al. 2019, Eq. 10, one example at a time with explicit score matrices."""
    rows = []
    for sequence, first, last in zip(states, start.tolist(), end.tolist(), strict=True):
        inside = torch.zeros(len(sequence))
        inside[first : last + 1] = 1
        masked = sequence * inside[:, None]
        scores = masked @ masked.T
        if attention == "self_adaptive":
            weights = scores.softmax(-1)
            column = (weights @ scores @ weights.T).mean(0)
        else:
            column = scores[first : last + 1].mean(0)
        weights = column[first : last + 1].softmax(0)
        rows.append(torch.cat([sequence[first], sequence[last], weights @ sequence[first : last + 1]]))
    return torch.stack(rows)


@pytest.mark.parametrize("attention", ["dot", "self_adaptive"])
def test_span_representation_equals_the_naive_one_in_values_and_gradients(attention):
    torch.manual_seed(0)
    states = torch.randn(4, 9, 6, requires_grad=True)
    start, end = torch.tensor([0, 2, 8, 3]), torch.tensor([0, 6, 8, 4])
    fast = span_representation(states, start, end, attention=attention)
    slow = naive_representation(states, start, end, attention)
    torch.testing.assert_close(fast, slow, atol=1e-5, rtol=0)
    gradients = [torch.autograd.grad(out.square().sum(), states, retain_graph=True)[0] for out in (fast, slow)]
    torch.testing.assert_close(*gradients, atol=1e-4, rtol=0)


def test_span_representation_of_no_label_is_finite():
    states = torch.randn(2, 5, 4)
    nothing = torch.tensor([-100, -100])
    assert span_representation(states, nothing, nothing).isfinite().all()
    assert span_representation(states, torch.tensor([3, 3]), torch.tensor([1, 1])).isfinite().all()


def test_the_loss_of_uniform_logits_is_the_log_of_the_length():
    logits = torch.zeros(2, 8)
    loss = span_loss(logits, logits, torch.tensor([1, 2]), torch.tensor([3, 4]))
    assert loss.item() == pytest.approx(math.log(8))


def test_weights_multiply_and_ignored_labels_count_as_zero():
    logits = torch.zeros(3, 4)
    start, end = torch.tensor([0, 1, -100]), torch.tensor([0, 1, -100])
    losses = span_losses(logits, logits, start, end)
    assert losses.tolist() == pytest.approx([math.log(4), math.log(4), 0.0])
    weighted = span_loss(logits, logits, start, end, sample_weight=torch.tensor([1.0, 0.5, 9.0]))
    assert weighted.item() == pytest.approx(1.5 * math.log(4) / 3)


def test_losses_keep_the_shape_of_several_languages():
    logits = torch.randn(2, 3, 5)
    positions = torch.tensor([[0, 1, -100], [4, 3, 2]])
    losses = span_losses(logits, logits, positions, positions)
    assert losses.shape == (2, 3)
    one = span_losses(logits[1, 2:], logits[1, 2:], positions[1, 2:], positions[1, 2:])
    assert losses[1, 2].item() == pytest.approx(one.item())


def test_masked_positions_get_no_probability():
    logits = torch.zeros(1, 3)
    mask = torch.tensor([[True, False, True]])
    assert mask_logits(logits, mask).softmax(-1).tolist() == [[0.5, 0.0, 0.5]]
    assert mask_logits(logits, None) is logits
    with pytest.raises(ValueError, match=r"`answer_mask` must be of shape \(1, 3\), but is of shape \(1, 2\)"):
        mask_logits(logits, mask[:, :2])


def test_the_head_is_one_linear_layer_and_returns_float32():
    head = SpanHead(4).to(torch.bfloat16)
    states = torch.randn(2, 5, 4, dtype=torch.bfloat16)
    start, end = head(states)
    assert start.dtype == end.dtype == torch.float32
    assert torch.equal(torch.stack([start, end], -1), head.outputs(states).float())


def test_lambda_by_hand():
    reference = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    translated = torch.tensor([[2.0, 0.0], [1.0, 1.0], [-1.0, 0.0]])
    assert dynamic_lambda(reference, translated).tolist() == pytest.approx([1.0, math.sqrt(0.5), 0.0])
    # sums over the batch: 2 + 1 - 1 = 2 and 0; their mean is 1.
    assert dynamic_lambda(reference, translated, mode="batch_dot").tolist() == pytest.approx([1.0, 1.0, 1.0])
    assert dynamic_lambda(reference, -translated, mode="batch_dot").tolist() == [0.0, 0.0, 0.0]


def test_labels_out_of_range_or_masked_are_refused():
    mask = torch.tensor([[True, False, True, True]] * 2)
    check_positions("start_positions", torch.tensor([0, -100]), mask, 4)
    with pytest.raises(ValueError, match="`start_positions` must be -100 or between 0 and 3, but is 4 instead"):
        check_positions("start_positions", torch.tensor([0, 4]), mask, 4)
    with pytest.raises(ValueError, match="`end_positions` must be -100 or between 0 and 3, but is -1 instead"):
        check_positions("end_positions", torch.tensor([-1, 0]), None, 4)
    with pytest.raises(ValueError, match="`start_positions` must be at a position that `answer_mask` allows, but is 1"):
        check_positions("start_positions", torch.tensor([0, 1]), mask, 4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_labels_that_the_model_does_not_allow_cannot_be_judged(dtype):
    mask = torch.tensor([[True, False, True]] * 4)
    logits = mask_logits(torch.zeros(4, 3, dtype=dtype), mask)
    logits[3, 2] = math.nan  # shows in the loss, and must
    assert can_be_judged(logits, torch.tensor([0, 1, -100, 2])).tolist() == [True, False, False, True]
