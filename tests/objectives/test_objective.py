"""Weighted objectives: parsing, the sum, and what a model's forward takes."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from transformers import BertConfig, BertForQuestionAnswering

from hf_xlqa import plugins
from hf_xlqa.objectives.objective import Objective, WeightedObjectives, forward_arguments, parse_objectives


class Constant(Objective):
    """Takes its value from the outputs and notes the batches it was shown before the step."""

    def __init__(self) -> None:
        super().__init__()
        self.prepared: list[object] = []

    def before_step(self, model: nn.Module, inputs: object) -> None:
        self.prepared.append(inputs)

    def forward(self, model: nn.Module, inputs: object, outputs: SimpleNamespace) -> torch.Tensor:
        return outputs.value

    def logs(self) -> dict[str, torch.Tensor]:
        return {"shown": torch.tensor(float(len(self.prepared)))}


@pytest.fixture
def constant_objectives(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(plugins, "find", lambda folder, name: Constant)
    yield


def test_names_and_weights_are_parsed_in_order() -> None:
    assert parse_objectives(["span", "psa=0.5", "qs=-2e-1"]) == {"span": 1.0, "psa": 0.5, "qs": -0.2}


def test_span_is_found_by_the_name_of_its_file() -> None:
    assert [name for name, _ in WeightedObjectives(["span"]).named_terms()] == ["span"]


@pytest.mark.usefixtures("constant_objectives")
def test_the_loss_is_the_weighted_sum_of_unweighted_values() -> None:
    objectives = WeightedObjectives(["a=0.25", "b=2"])
    value = torch.tensor(3.0, requires_grad=True)
    loss, values = objectives(nn.Identity(), {}, SimpleNamespace(value=value))
    loss.backward()
    assert loss.item() == 6.75 and value.grad == 2.25
    assert {name: part.item() for name, part in values.items()} == {"a": 3.0, "b": 3.0}


@pytest.mark.usefixtures("constant_objectives")
def test_every_objective_prepares_the_step() -> None:
    objectives = WeightedObjectives(["a", "b"])
    batch = {"input_ids": torch.zeros(1)}
    objectives.before_step(nn.Identity(), batch)
    assert [term.prepared for _, term in objectives.named_terms()] == [[batch], [batch]]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("constant_objectives")
def test_what_objectives_log_goes_by_their_names() -> None:
    objectives = WeightedObjectives(["a", "b"])
    objectives.before_step(nn.Identity(), {})
    assert {name: value.item() for name, value in objectives.logs().items()} == {"a_shown": 1.0, "b_shown": 1.0}


def test_objectives_log_their_value_alone_unless_they_say_else() -> None:
    assert WeightedObjectives(["span"]).logs() == {}


def test_unknown_names_list_the_valid_ones() -> None:
    with pytest.raises(ValueError, match=r"`spam` must be one of .*span"):
        WeightedObjectives(["spam"])


@pytest.mark.parametrize("weight", ["", "much", "nan", "inf"])
def test_a_weight_is_a_finite_number(weight: str) -> None:
    with pytest.raises(ValueError, match=f"must be a finite number, but is 'span={weight}' instead"):
        parse_objectives([f"span={weight}"])


def test_an_objective_is_named_once() -> None:
    with pytest.raises(ValueError, match="must name each objective once, but name `span` twice"):
        parse_objectives(["span", "span=2"])


def test_at_least_one_objective_is_named() -> None:
    with pytest.raises(ValueError, match="must name at least one of .*span.*, but are empty"):
        parse_objectives([])


def test_forward_arguments_leave_out_what_is_swallowed_by_kwargs() -> None:
    config = BertConfig(vocab_size=8, hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4)
    model = BertForQuestionAnswering(config)
    for wrapped in (model, nn.DataParallel(model), torch.compile(model)):
        accepted = forward_arguments(wrapped)
        assert {"input_ids", "start_positions"} <= accepted
        assert not {"kwargs", "answer_mask", "sample_weight"} & accepted


def test_forward_arguments_look_through_an_adapter() -> None:
    class Adapter(nn.Module):
        def forward(self, *args: object, **kwargs: object) -> None: ...

        def get_base_model(self) -> nn.Module:
            return nn.Linear(1, 1)

    assert forward_arguments(Adapter()) == {"self", "input"}
