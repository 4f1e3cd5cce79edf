"""The wrapper of a model and its discriminator: same answers, features of both kinds of model, bad input."""

import pytest
import torch
from models.harness import ModelHarness, logits_of
from models.test_modeling_qanet import SMALL, STILL, batch
from tiny_gan import TwoPartConfig, TwoPartForQuestionAnswering
from transformers import (
    AutoModelForQuestionAnswering,
    BertConfig,
    BertForQuestionAnswering,
    XLMRobertaConfig,
    XLMRobertaForQuestionAnswering,
)

from hf_xlqa.models import AdversarialConfig, AdversarialForQuestionAnswering, QANetConfig
from hf_xlqa.objectives.objective import forward_arguments

ENCODER = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "vocab_size": 60,
    "max_position_embeddings": 64,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}
TYPES = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1, 0, 0]])
REAL = torch.tensor([[1] * 8, [1] * 6 + [0] * 2])


def bert(seed=0):
    torch.manual_seed(seed)
    return BertForQuestionAnswering(BertConfig(**ENCODER))


def inputs():
    ids = torch.randint(5, 60, (2, 8), generator=torch.Generator().manual_seed(1))
    return {"input_ids": ids, "attention_mask": REAL, "token_type_ids": TYPES}


class TestAdversarialQANet(ModelHarness):
    """A model of ours inside, which the checkpoint has to bring along."""

    model_class = AdversarialForQuestionAnswering
    base_class = None

    @classmethod
    def config(cls):
        return AdversarialConfig(qa_config=QANetConfig(**SMALL | STILL | {"model_blocks": 1}), discriminator_channels=8)

    @classmethod
    def inputs(cls):
        return batch()

    def test_padding_changes_nothing(self):
        model, inputs = self.build(), self.inputs()
        padded = {name: torch.nn.functional.pad(inputs[name], (0, 5)) for name in ("input_ids", "attention_mask")}
        padded["token_type_ids"] = torch.nn.functional.pad(inputs["token_type_ids"], (0, 5))
        padded["character_ids"] = torch.nn.functional.pad(inputs["character_ids"], (0, 3, 0, 5))
        length = inputs["input_ids"].shape[1]
        assert torch.equal(logits_of(model, inputs | padded)[..., :length], logits_of(model, inputs))

    def test_the_discriminator_reads_the_encoded_question_and_context(self):
        model, inputs = self.build(), self.inputs()
        (question, question_mask), (context, context_mask) = model.train()(**inputs).features
        assert question.shape == (3, 4, 8) and context.shape == (3, 7, 8)
        assert question_mask.sum(1).tolist() == [4, 2, 3] and context_mask.sum(1).tolist() == [7, 6, 3]
        assert model.discriminator(context, context_mask).shape == (3,)

    def test_features_are_those_of_the_whole_forward_and_run_no_further_than_the_encoders(self):
        config = AdversarialConfig(qa_config=QANetConfig(**SMALL, dropout=0.3), discriminator_channels=8)
        torch.manual_seed(0)
        model, inputs = AdversarialForQuestionAnswering(config).train(), self.inputs()
        found = []
        for features in (lambda: model(**inputs).features, lambda: model.features(**inputs)):
            torch.manual_seed(1)
            found.append(features())
        for whole, alone in zip(*found, strict=True):
            assert torch.equal(whole[0], alone[0]) and torch.equal(whole[1], alone[1])
        for layer in (model.question_answering.qanet.attention, model.question_answering.start_output):
            layer.register_forward_hook(lambda *_: pytest.fail("ran further than the encoders"))
        model.features(**inputs)


def test_answers_and_gradients_are_those_of_the_model_inside():
    plain, inside = bert(), bert()
    wrapped = AdversarialForQuestionAnswering.wrap(inside, languages=["en", "zh"])
    labels = {"start_positions": torch.tensor([4, 3]), "end_positions": torch.tensor([5, 3])}
    outputs = [model.train()(**inputs(), **labels) for model in (plain, wrapped)]
    for output in outputs:
        output.loss.backward()
    assert torch.equal(outputs[0].loss, outputs[1].loss)
    assert torch.equal(outputs[0].start_logits, outputs[1].start_logits)
    gradients = [[weight.grad for weight in model.parameters()] for model in (plain, inside)]
    assert all(torch.equal(one, other) for one, other in zip(*gradients, strict=True))
    assert wrapped.unwrap() is inside
    assert all(weight.grad is None for weight in wrapped.discriminator.parameters())


def test_one_checkpoint_holds_both_and_the_plain_model_comes_out_again(tmp_path):
    wrapped = AdversarialForQuestionAnswering.wrap(bert(), languages=["en", "zh"], source_language="zh")
    wrapped.save_pretrained(tmp_path / "both")
    loaded = AutoModelForQuestionAnswering.from_pretrained(tmp_path / "both")
    assert loaded.config.source_id == 1
    assert not any(weight.requires_grad for weight in loaded.discriminator.parameters())
    assert all(weight.requires_grad for weight in loaded.question_answering.parameters())
    weights = wrapped.state_dict()
    assert all(torch.equal(weight, weights[name]) for name, weight in loaded.state_dict().items())
    loaded.unwrap().save_pretrained(tmp_path / "plain")
    plain = BertForQuestionAnswering.from_pretrained(tmp_path / "plain").eval()
    assert torch.equal(plain(**inputs()).start_logits, wrapped.eval()(**inputs()).start_logits)


@pytest.mark.parametrize("layer", [-1, 1])
def test_features_of_an_encoder_are_the_states_of_a_layer(layer):
    wrapped = AdversarialForQuestionAnswering.wrap(bert(), layer=layer).train()
    (question, question_mask), (context, context_mask) = wrapped(**inputs()).features
    expected = wrapped.question_answering.bert(**inputs(), output_hidden_states=True).hidden_states[layer]
    assert torch.equal(question, expected) and torch.equal(context, expected)
    assert torch.equal(context_mask, TYPES.bool())
    assert torch.equal(question_mask, REAL.bool() & ~TYPES.bool())


def test_the_answer_mask_parts_an_input_without_token_types():
    torch.manual_seed(0)
    wrapped = AdversarialForQuestionAnswering.wrap(XLMRobertaForQuestionAnswering(XLMRobertaConfig(**ENCODER))).train()
    given = {name: value for name, value in inputs().items() if name != "token_type_ids"}
    answerable = TYPES.bool() | (torch.arange(8) == 0)
    (_, question_mask), (_, context_mask) = wrapped(**given, answer_mask=answerable).features
    assert torch.equal(context_mask, TYPES.bool())
    assert torch.equal(question_mask, REAL.bool() & ~TYPES.bool())
    ((_, whole),) = wrapped(**given).features
    assert torch.equal(whole, REAL.bool())


def test_features_of_a_model_of_two_parts_are_its_own():
    model = TwoPartForQuestionAnswering(TwoPartConfig())
    wrapped = AdversarialForQuestionAnswering.wrap(model).train()
    assert wrapped.config.languages == ["de", "hi", "ko"] and wrapped.config.source_id == 0
    given = inputs() | {"language_ids": torch.tensor([1, 0])}
    (question, question_mask), (context, context_mask) = wrapped(**given).features
    output = model(**given)
    assert torch.equal(question, output.encoded_question) and torch.equal(context, output.encoded_context)
    assert torch.equal(question_mask, output.question_mask) and torch.equal(context_mask, output.context_mask)
    assert wrapped.features(**given)[1][0].shape == (2, 8, 4)


def test_no_features_are_kept_outside_of_training():
    assert AdversarialForQuestionAnswering.wrap(bert()).eval()(**inputs()).features is None


def test_the_trainer_passes_on_what_the_model_inside_takes():
    wrapped = AdversarialForQuestionAnswering.wrap(TwoPartForQuestionAnswering(TwoPartConfig()))
    assert {"language_ids", "input_ids", "answer_mask", "start_positions"} <= forward_arguments(wrapped)


def test_a_model_without_states_is_refused():
    class Closed(BertForQuestionAnswering):
        def forward(self, input_ids):
            return super().forward(input_ids)

    wrapped = AdversarialForQuestionAnswering.wrap(Closed(BertConfig(**ENCODER))).train()
    with pytest.raises(ValueError, match="must be of a model that returns hidden states .* but Closed returns only"):
        wrapped(**inputs())


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"languages": ["en"]}, r"`languages` must name two or more different languages, but is \['en'\]"),
        ({"languages": ["en", "en"]}, "`languages` must name two or more different languages"),
        ({"source_language": "fr"}, "`source_language` must be one of en, zh, but is 'fr'"),
        ({"discriminator_head": "max"}, "`head` must be one of mean, flatten, but is 'max'"),
    ],
)
def test_bad_configurations_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        AdversarialForQuestionAnswering(AdversarialConfig(qa_config=BertConfig(**ENCODER), **fields))
