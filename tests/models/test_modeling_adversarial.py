"""The wrapper of a model and its discriminator: same answers, features of both kinds of model, bad input."""

import copy

import pytest
import torch
from models.harness import ModelHarness, logits_of
from models.test_modeling_qanet import SMALL, STILL, batch
from tiny_gan import TwoPartConfig, TwoPartForQuestionAnswering
from transformers import (
    AlbertConfig,
    AlbertForQuestionAnswering,
    AutoModelForQuestionAnswering,
    BertConfig,
    BertForQuestionAnswering,
    XLMRobertaConfig,
    XLMRobertaForQuestionAnswering,
    XLNetConfig,
    XLNetForQuestionAnsweringSimple,
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


PLACES = {
    "cls_index": torch.tensor([0, 1]),
    "question_start": torch.tensor([1, 2]),
    "question_end": torch.tensor([3, 4]),
}


@pytest.mark.parametrize("layer", [-1, 1])
def test_a_perceptron_reads_cls_the_mean_of_the_question_or_cls_and_the_separator_after_it(layer):
    expected = bert().bert(**inputs(), output_hidden_states=True).hidden_states[layer]
    cls, sep = torch.stack([expected[0, 0], expected[1, 1]]), torch.stack([expected[0, 3], expected[1, 4]])
    found = {
        "cls": cls,
        "question": torch.stack([expected[0, 1:3].mean(0), expected[1, 2:4].mean(0)]),
        "cls_sep": torch.cat([cls, sep], dim=1),
    }
    for reads, vectors in found.items():
        fields = {"discriminator_kind": "perceptron", "discriminator_reads": reads, "layer": layer}
        wrapped = AdversarialForQuestionAnswering.wrap(bert(), languages=["en", "de", "zh"], **fields).train()
        ((states, mask),) = wrapped(**inputs(), **PLACES).features
        torch.testing.assert_close(states.squeeze(1), vectors)
        torch.testing.assert_close(wrapped.features(**inputs(), **PLACES)[0][0], states)
        assert mask.tolist() == [[True], [True]]
        assert wrapped.discriminator(states, mask).shape == (2, 3)
        assert wrapped.discriminator.layers[0].weight.shape == (64, 16 * (2 if reads == "cls_sep" else 1))


def test_convolutions_may_tell_every_language_too():
    wrapped = AdversarialForQuestionAnswering.wrap(
        bert(), languages=["en", "de", "zh"], discriminator_scores="languages"
    ).train()
    assert [wrapped.discriminator(*part).shape for part in wrapped(**inputs()).features] == 2 * [(2, 3)]


def test_the_question_of_a_model_of_two_parts_is_pooled_and_its_cls_refused():
    given = inputs() | {"language_ids": torch.tensor([1, 0])}
    model = TwoPartForQuestionAnswering(TwoPartConfig())
    pooled = AdversarialForQuestionAnswering.wrap(
        model, discriminator_kind="perceptron", discriminator_reads="question"
    )
    ((states, _),) = pooled.features(**given)
    torch.testing.assert_close(states[0, 0], model(**given).encoded_question[0, :4].mean(0))
    refused = AdversarialForQuestionAnswering.wrap(model, discriminator_kind="perceptron")
    with pytest.raises(ValueError, match="must be parts or question for a model that encodes .* but is 'cls' instead"):
        refused.features(**given)


def test_what_has_to_be_read_must_be_given():
    wrapped = AdversarialForQuestionAnswering.wrap(bert(), discriminator_kind="perceptron").train()
    with pytest.raises(ValueError, match="lack question_start, question_end instead; `WindowCollator` gives them"):
        wrapped(**inputs(), cls_index=PLACES["cls_index"])


def transforming(model, **fields):
    wrapped = AdversarialForQuestionAnswering.wrap(model, transform=True, layer=1, **fields)
    with torch.no_grad():
        wrapped.transform.weight.normal_(generator=torch.Generator().manual_seed(2))
        wrapped.transform.bias.fill_(0.5)
    return wrapped


def test_the_layers_above_read_through_the_transform_layer():
    plain = bert()
    states = plain.bert(**inputs(), output_hidden_states=True).hidden_states[1]
    wrapped = AdversarialForQuestionAnswering.wrap(bert(), transform=True, layer=1).train()
    assert torch.equal(wrapped(**inputs()).start_logits, plain(**inputs()).start_logits)  # as it begins
    wrapped = transforming(bert()).train()
    output = wrapped(**inputs(), output_hidden_states=True)
    transformed = states @ wrapped.transform.weight.T + 0.5
    torch.testing.assert_close(output.hidden_states[1], transformed)
    torch.testing.assert_close(output.features[0][0], transformed)
    last = plain.bert.encoder.layer[1](transformed, attention_mask=REAL[:, None, None].bool())
    torch.testing.assert_close(output.hidden_states[2][0], last[0])
    output.start_logits.sum().backward()
    assert wrapped.transform.weight.grad.abs().sum() > 0
    assert wrapped.question_answering.bert.encoder.layer[0].output.dense.weight.grad.abs().sum() > 0


def test_a_model_that_is_wrapped_again_reads_through_the_new_layer_alone():
    once = transforming(bert()).eval()
    twice = transforming(once.question_answering).eval()
    assert torch.equal(twice(**inputs()).start_logits, transforming(bert()).eval()(**inputs()).start_logits)


def test_layers_that_return_more_than_their_states_are_transformed_too():
    torch.manual_seed(0)
    config = XLNetConfig(vocab_size=60, d_model=16, n_layer=2, n_head=2, d_inner=16, dropout=0.0)
    wrapped = transforming(XLNetForQuestionAnsweringSimple(config)).eval()
    given = {"input_ids": inputs()["input_ids"], "output_hidden_states": True}
    before = wrapped(**given).hidden_states
    with torch.no_grad():
        wrapped.transform.weight.zero_()
    after = wrapped(**given).hidden_states
    assert torch.equal(before[0], after[0]) and not torch.equal(before[2], after[2])


def test_a_model_with_a_transform_layer_is_published_as_a_whole(tmp_path):
    wrapped = transforming(bert()).eval()
    wrapped.save_pretrained(tmp_path)
    loaded = AutoModelForQuestionAnswering.from_pretrained(tmp_path).eval()
    assert torch.equal(loaded(**inputs()).start_logits, wrapped(**inputs()).start_logits)
    assert not torch.equal(loaded(**inputs()).start_logits, bert().eval()(**inputs()).start_logits)
    copied = copy.deepcopy(loaded)
    with torch.no_grad():
        copied.transform.weight.zero_()
    assert torch.equal(loaded(**inputs()).start_logits, wrapped(**inputs()).start_logits)
    with pytest.raises(ValueError, match="`transform` must be False to take the model out, .* publish the whole check"):
        loaded.unwrap()


def test_a_layer_that_cannot_be_transformed_is_refused():
    for layer in (0, 3, -3):
        with pytest.raises(ValueError, match=f"`layer` must be from 1 to 2 for `transform`, .* but is {layer} inst"):
            AdversarialForQuestionAnswering.wrap(bert(), transform=True, layer=layer)
    albert = AlbertForQuestionAnswering(AlbertConfig(**ENCODER, embedding_size=8))
    with pytest.raises(ValueError, match="`transform` must be of a model with a list of its layers, .* AlbertForQuest"):
        AdversarialForQuestionAnswering.wrap(albert, transform=True, layer=1)


def test_hidden_states_are_shown_where_asked_for():
    wrapped = AdversarialForQuestionAnswering.wrap(bert()).eval()
    output = wrapped(**inputs(), output_hidden_states=True)
    assert len(output.hidden_states) == 3 and output.features is None
    assert wrapped(**inputs()).hidden_states is None


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
        ({"languages": ["en"]}, r"`languages` must name 2 or more different languages, but is \['en'\]"),
        ({"languages": ["en", "en"]}, "`languages` must name 2 or more different languages"),
        ({"source_language": "fr"}, "`source_language` must be one of en, zh, but is 'fr'"),
        (
            {"discriminator_kind": "linear"},
            "`discriminator_kind` must be one of convolution, perceptron, but is 'linea",
        ),
        ({"discriminator_reads": "sep"}, "`discriminator_reads` must be one of parts, cls, question, cls_sep, but is"),
        ({"discriminator_scores": "en"}, "`discriminator_scores` must be one of source, languages, but is 'en'"),
        ({"discriminator_head": "max"}, "`head` must be one of mean, flatten, but is 'max'"),
    ],
)
def test_bad_configurations_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        AdversarialForQuestionAnswering(AdversarialConfig(qa_config=BertConfig(**ENCODER), **fields))
