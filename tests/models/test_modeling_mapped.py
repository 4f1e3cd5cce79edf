"""The wrapper of a model with a linear map at a layer: same answers with the identity, gradients, who is mapped."""

import pytest
import torch
from models.harness import ModelHarness, logits_of
from models.test_modeling_adversarial import ENCODER, REAL, bert, inputs
from test_remote_code import TestAdversarial as Plain
from transformers import (
    AlbertConfig,
    AlbertForQuestionAnswering,
    AutoModelForQuestionAnswering,
    BertConfig,
    BertForQuestionAnswering,
    XLNetConfig,
    XLNetForQuestionAnsweringSimple,
)

from hf_xlqa.models import MappedConfig, MappedForQuestionAnswering
from hf_xlqa.objectives.objective import forward_arguments

LABELS = {"start_positions": torch.tensor([4, 3]), "end_positions": torch.tensor([5, 3])}
SOURCE_FIRST = torch.tensor([0, 1])


def some_map(seed=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(16, 16, generator=generator), torch.randn(16, generator=generator)


def mapped(model, **fields):
    wrapped = MappedForQuestionAnswering.wrap(model, layer=1, **fields)
    matrix, bias = some_map()
    wrapped.set_map(matrix, bias if wrapped.config.bias else None)
    return wrapped


class TestMapped(ModelHarness):
    """A map of the rows in the source language, which is the second."""

    model_class = MappedForQuestionAnswering
    base_class = None

    @classmethod
    def config(cls):
        return MappedConfig(qa_config=BertConfig(**ENCODER), languages=["zh", "en"], source_language="en", layer=1)

    @classmethod
    def build(cls):
        model = super().build()
        model.set_map(*some_map())
        return model

    @classmethod
    def inputs(cls):
        return Plain.inputs() | {"language_ids": torch.tensor([1, 0, 1])}

    def test_padding_changes_nothing(self):
        """Except the loss that this Hub's model computes, which has always counted the padding."""
        model, given = self.build(), self.inputs()
        padded = {
            name: torch.nn.functional.pad(each, (0, 5)) if each.dim() == 2 else each for name, each in given.items()
        }
        torch.testing.assert_close(logits_of(model, padded)[..., :9], logits_of(model, given))


def test_with_the_identity_answers_and_gradients_are_those_of_the_model_inside():
    plain, inside = bert(), bert()
    wrapped = MappedForQuestionAnswering.wrap(inside, layer=1)
    outputs = [plain.train()(**inputs(), **LABELS), wrapped.train()(**inputs(), **LABELS, language_ids=SOURCE_FIRST)]
    for output in outputs:
        output.loss.backward()
    assert torch.equal(outputs[0].loss, outputs[1].loss)
    assert torch.equal(outputs[0].start_logits, outputs[1].start_logits)
    gradients = [[weight.grad for weight in model.parameters()] for model in (plain, inside)]
    assert all(torch.equal(one, other) for one, other in zip(*gradients, strict=True))
    assert wrapped.map.weight.grad is None and wrapped.map.bias.grad is None
    assert wrapped.unwrap() is inside


def test_rows_of_the_source_and_no_others_are_mapped():
    plain, wrapped = bert().eval(), mapped(bert()).eval()
    states = plain.bert(**inputs(), output_hidden_states=True).hidden_states[1]
    matrix, bias = some_map()
    expected = torch.stack([states[0] @ matrix + bias, states[1]])
    output = wrapped(**inputs(), language_ids=SOURCE_FIRST, output_hidden_states=True)
    torch.testing.assert_close(output.hidden_states[1], expected)
    last = plain.bert.encoder.layer[1](expected, attention_mask=REAL[:, None, None].bool())
    torch.testing.assert_close(output.hidden_states[2], last[0] if isinstance(last, tuple) else last)
    unmapped = plain(**inputs())
    assert torch.equal(output.start_logits[1], unmapped.start_logits[1])
    assert not torch.allclose(output.start_logits[0], unmapped.start_logits[0])
    for ids in (None, torch.tensor([1, 1]), torch.tensor([7, 2])):
        assert torch.equal(wrapped(**inputs(), language_ids=ids).start_logits, unmapped.start_logits)
    assert wrapped(**inputs()).hidden_states is None


@pytest.mark.parametrize("trainable", [False, True])
def test_the_layers_below_learn_through_the_map_which_learns_where_it_may(trainable):
    wrapped = mapped(bert(), trainable=trainable).train()
    wrapped(**inputs(), **LABELS, language_ids=torch.tensor([0, 0])).loss.backward()
    below = wrapped.question_answering.bert.encoder.layer[0].output.dense.weight.grad.clone()
    plain = bert().train()
    plain(**inputs(), **LABELS).loss.backward()
    assert below.abs().sum() > 0
    assert not torch.allclose(below, plain.bert.encoder.layer[0].output.dense.weight.grad)
    assert wrapped.map.weight.requires_grad is trainable
    assert (wrapped.map.weight.grad is not None and bool(wrapped.map.weight.grad.any())) is trainable


def test_a_trainable_map_learns_nothing_of_other_languages():
    wrapped = mapped(bert(), trainable=True).train()
    wrapped(**inputs(), **LABELS, language_ids=torch.tensor([1, 1])).loss.backward()
    assert not wrapped.map.weight.grad.any() and not wrapped.map.bias.grad.any()


@pytest.mark.parametrize("trainable", [False, True])
def test_one_checkpoint_holds_the_map_and_the_plain_model_comes_out_again(trainable, tmp_path):
    wrapped = mapped(bert(), trainable=trainable, bias=False).eval()
    wrapped.save_pretrained(tmp_path / "both")
    loaded = AutoModelForQuestionAnswering.from_pretrained(tmp_path / "both").eval()
    assert loaded.map.weight.requires_grad is trainable and loaded.map.bias is None
    given = {**inputs(), "language_ids": SOURCE_FIRST}
    assert torch.equal(loaded(**given).start_logits, wrapped(**given).start_logits)
    loaded.unwrap().save_pretrained(tmp_path / "plain")
    plain = BertForQuestionAnswering.from_pretrained(tmp_path / "plain").eval()
    assert torch.equal(plain(**inputs()).start_logits[1], wrapped(**given).start_logits[1])


def test_states_with_the_batch_elsewhere_are_refused():
    """Those of XLNet are (L, batch, W); its layers return more than them."""
    torch.manual_seed(0)
    config = XLNetConfig(vocab_size=60, d_model=16, n_layer=2, n_head=2, d_inner=16, dropout=0.0)
    wrapped = MappedForQuestionAnswering.wrap(XLNetForQuestionAnsweringSimple(config), layer=1).eval()
    with pytest.raises(ValueError, match=r"must be \(batch, length, width\), batch 2, but are \(8, 2, 16\) instead"):
        wrapped(input_ids=inputs()["input_ids"], language_ids=SOURCE_FIRST)


def test_the_trainer_passes_on_the_languages():
    assert {"language_ids", "input_ids", "start_positions"} <= forward_arguments(
        MappedForQuestionAnswering.wrap(bert())
    )


def test_maps_of_another_width_are_refused():
    wrapped = MappedForQuestionAnswering.wrap(bert())
    with pytest.raises(ValueError, match=r"`matrix` and `bias` must be 16 wide, but are of shape \[\(15, 16\)\] inst"):
        wrapped.set_map(torch.zeros(15, 16))
    with pytest.raises(ValueError, match=r"must be 16 wide, but are of shape \[\(16, 16\), \(1,\)\] instead"):
        wrapped.set_map(torch.eye(16), torch.zeros(1))
    with pytest.raises(ValueError, match="`bias` must be None for a model whose config has no `bias`, but is given"):
        MappedForQuestionAnswering.wrap(bert(), bias=False).set_map(torch.eye(16), torch.zeros(16))
    wrapped.set_map(torch.eye(16))
    assert torch.equal(wrapped.map.bias, torch.zeros(16))


def test_a_layer_that_cannot_be_mapped_is_refused():
    for layer in (0, 3, -3):
        with pytest.raises(
            ValueError, match=f"`layer` must be from 1 to 2 for a linear map, .* but is {layer} instead"
        ):
            MappedForQuestionAnswering.wrap(bert(), layer=layer)
    albert = AlbertForQuestionAnswering(AlbertConfig(**ENCODER, embedding_size=8))
    with pytest.raises(
        ValueError, match="a linear map must be of a model with a list of its layers, .* AlbertForQuest"
    ):
        MappedForQuestionAnswering.wrap(albert, layer=1)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"languages": ["en", "en"]}, "`languages` must name 1 or more different languages"),
        ({"source_language": "fr"}, "`source_language` must be one of en, zh, but is 'fr'"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        MappedConfig(**fields)
