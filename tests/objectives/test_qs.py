"""Question similarity: numbers by hand, gradient to both sides, and what a model has to return."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from tiny_gan import TwoPartConfig, TwoPartForQuestionAnswering
from tiny_pairs import pair_trainer
from tiny_qa import tiny_model
from transformers.modeling_outputs import QuestionAnsweringModelOutput

from hf_xlqa.models import AdversarialForQuestionAnswering
from hf_xlqa.objectives.qs import QuestionSimilarity

BATCH = {
    "pivot_rows": torch.tensor([-1, 0]),
    "question_start": torch.tensor([1, 0]),
    "question_end": torch.tensor([3, 1]),
}


def test_three_tokens_worked_out_by_hand() -> None:
    """Means (1, 1) and (2, 0): cosine 1 / sqrt 2; the row of the pivot counts 0."""
    states = torch.tensor([[[9.0, 9.0], [2.0, 0.0], [0.0, 2.0]], [[2.0, 0.0], [9.0, 9.0], [9.0, 9.0]]]).requires_grad_()
    value = QuestionSimilarity()(torch.nn.Module(), BATCH, QuestionAnsweringModelOutput(hidden_states=(states,)))
    assert float(value) == pytest.approx((1 - 1 / math.sqrt(2)) / 2)
    value.backward()
    moved = states.grad.abs().sum(-1) > 0
    assert moved.tolist() == [[False, True, True], [True, False, False]]
    # d cos / d mean of the translation: perpendicular to it, sin / length = 0.5 / sqrt 2.
    assert states.grad[1, 0].tolist() == pytest.approx([0, -0.25 / math.sqrt(2)], abs=1e-6)


def test_equal_questions_cost_nothing() -> None:
    states = torch.ones(2, 3, 2)
    value = QuestionSimilarity()(torch.nn.Module(), BATCH, QuestionAnsweringModelOutput(hidden_states=(states,)))
    assert float(value) == pytest.approx(0, abs=1e-6)


def test_states_are_asked_for_only_where_they_are_read(tmp_path: Path) -> None:
    for objectives, expected in ((["span", "qs"], 2), (["span", "psa"], 0)):
        trainer = pair_trainer(tmp_path, objectives=objectives, max_steps=1)
        shown = []
        trainer.network.register_forward_hook(
            lambda module, inputs, output, shown=shown: shown.append(len(output.hidden_states or ()))
        )
        trainer.train()
        assert shown == [expected]


def test_a_model_with_a_discriminator_returns_its_states_too(tmp_path: Path) -> None:
    plain = pair_trainer(tmp_path, max_steps=1, logging_steps=1)
    wrapped = pair_trainer(
        tmp_path, max_steps=1, logging_steps=1, model=AdversarialForQuestionAnswering.wrap(tiny_model())
    )
    for trainer in (plain, wrapped):
        trainer.train()
    names = ("loss", "qs", "psa")
    found = [[trainer.state.log_history[0][name] for name in names] for trainer in (plain, wrapped)]
    assert found[1] == pytest.approx(found[0], rel=1e-5)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    model = TwoPartForQuestionAnswering(TwoPartConfig(languages=["en", "zh"]))
    with pytest.raises(ValueError, match="must take `output_hidden_states` for `qs`, but is TwoPartForQuestionAns"):
        pair_trainer(tmp_path, model=model).train()
    with pytest.raises(ValueError, match="lack pivot_rows, question_end instead; make batches of `PairedWindows`"):
        QuestionSimilarity()(torch.nn.Module(), {"question_start": None}, None)
    output = QuestionAnsweringModelOutput(start_logits=torch.zeros(1))
    with pytest.raises(ValueError, match="`model` must return hidden states for `qs`, but returns only start_logits"):
        QuestionSimilarity()(torch.nn.Module(), BATCH, output)
