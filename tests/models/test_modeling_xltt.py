"""XLTT against an independent transcription of its equations, its presets, missing translations, bad input."""

import math

import pytest
import torch
from torch.nn.functional import cosine_similarity, cross_entropy, layer_norm
from transformers import BertConfig, BertModel, DebertaV2Config, ModernBertConfig, XLMRobertaConfig

from hf_xlqa.models import XLTTConfig, XLTTForQuestionAnswering, XLTTModel

ENCODER = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "vocab_size": 60,
    "max_position_embeddings": 64,
}


def build(preset="default", *, encoder=None, seed=0, **fields):
    torch.manual_seed(seed)
    encoder = encoder or BertConfig(**ENCODER, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    fields = {"hidden_dropout": 0.0, "attention_dropout": 0.0, **fields}
    return XLTTForQuestionAnswering(XLTTConfig.from_preset(preset, encoder_config=encoder, **fields))


def batch(*, languages=2, seed=1, missing=False):
    generator = torch.Generator().manual_seed(seed)
    size, length, parallel_length = 3, 9, 12
    ids = torch.randint(5, 60, (size, length), generator=generator)
    parallel_ids = torch.randint(5, 60, (size, languages, parallel_length), generator=generator)
    keep = (torch.arange(length) < torch.tensor([[9], [7], [5]])).long()
    parallel_keep = (torch.arange(parallel_length) < torch.tensor([12, 8, 10])[:, None, None]).long()
    inputs = {
        "input_ids": ids,
        "attention_mask": keep,
        "answer_mask": keep.bool(),
        "parallel_input_ids": parallel_ids,
        "parallel_attention_mask": parallel_keep.expand(size, languages, parallel_length).clone(),
        "parallel_answer_mask": parallel_keep.bool().expand(size, languages, parallel_length).clone(),
        "parallel_mask": torch.ones(size, languages, dtype=torch.bool),
        "start_positions": torch.tensor([1, 0, 2]),
        "end_positions": torch.tensor([3, 0, 4]),
        "parallel_start_positions": torch.tensor([2, 5, 1])[:, None].repeat(1, languages),
        "parallel_end_positions": torch.tensor([4, 6, 1])[:, None].repeat(1, languages),
    }
    if missing:
        inputs["parallel_mask"][1, 0] = False
        for name in ("parallel_start_positions", "parallel_end_positions"):
            inputs[name][1, 0] = -100
    return inputs


def transcription(model, inputs):
    """Eq. 4-25, one example and one language at a time, every matrix spelled out; no padding tricks."""
    config, logits, total = model.config, [], 0.0
    fused = model.xltt
    count = len(inputs["input_ids"])
    representations = []
    for row in range(count):
        keep = inputs["attention_mask"][row].bool()
        pivot = _states(fused.encoder, inputs["input_ids"][row], keep)
        attended, spans = [], []
        for language in range(inputs["parallel_input_ids"].shape[1]):
            parallel_keep = inputs["parallel_attention_mask"][row, language].bool()
            parallel = _states(fused.encoder, inputs["parallel_input_ids"][row, language], parallel_keep)
            attended.append(_attended(fused.attention, config, pivot, parallel))
            first, last = (int(inputs[f"parallel_{side}_positions"][row, language]) for side in ("start", "end"))
            head = model.auxiliary_head.outputs(parallel)
            loss = (cross_entropy(head[:, 0], torch.tensor(first)) + cross_entropy(head[:, 1], torch.tensor(last))) / 2
            spans.append((_representation(parallel, first, last), loss))
        combined = fused.combine(torch.cat(attended, dim=-1))
        residual = layer_norm(
            pivot + combined, pivot.shape[-1:], fused.norm.weight, fused.norm.bias, config.layer_norm_eps
        )
        output = model.span_head.outputs(torch.cat([pivot, residual], dim=-1))
        logits.append(output)
        first, last = int(inputs["start_positions"][row]), int(inputs["end_positions"][row])
        total += (
            cross_entropy(output[:, 0], torch.tensor(first)) + cross_entropy(output[:, 1], torch.tensor(last))
        ) / 2
        representations.append((_representation(pivot, first, last), spans))
    for reference, spans in representations:
        for translated, loss in spans:
            weight = cosine_similarity(reference, translated, dim=0).clamp(min=0)
            total += (weight.detach() if config.detach_auxiliary_weight else weight) * loss
    return logits, total / count


def _states(encoder, ids, keep):
    return encoder(input_ids=ids[keep][None])[0][0]


def _attended(attention, config, pivot, parallel):
    heads = attention.num_heads
    width = pivot.shape[-1] // heads
    query, key, value = attention.query(pivot), attention.key(parallel), attention.value(parallel)
    pieces = []
    for head in range(heads):
        part = slice(head * width, (head + 1) * width)
        q, k, v = query[:, part], key[:, part], value[:, part]
        self_scale = width**-0.5 if config.scale_self_attention else 1.0
        scores = (self_scale * q @ q.T).softmax(-1) @ (q @ k.T) @ (self_scale * k @ k.T).softmax(-1).T
        pieces.append(((width**-0.5 if config.scale_scores else 1.0) * scores).softmax(-1) @ v)
    return torch.cat(pieces, dim=-1)


def _representation(states, first, last):
    span = states[first : last + 1]
    weights = (span @ span.T).mean(0).softmax(0)
    return torch.cat([span[0], span[-1], weights @ span])


@pytest.mark.parametrize("preset", ["default", "paper"])
def test_equals_the_equations_in_logits_loss_and_gradients(preset):
    model, inputs = build(preset), batch()
    output = model(**inputs)
    logits, loss = transcription(model, inputs)
    for row, expected in enumerate(logits):
        got = torch.stack([output.start_logits[row], output.end_logits[row]], -1)[: len(expected)]
        torch.testing.assert_close(got, expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(output.loss, loss, atol=1e-5, rtol=0)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    gradients = [torch.autograd.grad(value, parameters, allow_unused=True) for value in (output.loss, loss)]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=0)


def test_the_released_preset_takes_the_authors_choices():
    config = build("released").config
    assert (config.projection, config.mask_self_attention, config.auxiliary_weight) == (True, False, "batch_dot")
    output = build("released")(**batch())
    assert output.loss.isfinite()
    assert output.loss.item() == pytest.approx(
        output.loss_parts["span"].item() + output.loss_parts["auxiliary"].item(), abs=1e-6
    )


@pytest.mark.parametrize(
    "encoder",
    [
        XLMRobertaConfig(**ENCODER),
        DebertaV2Config(**ENCODER, relative_attention=True),
        ModernBertConfig(**{**ENCODER, "pad_token_id": 0}, global_attn_every_n_layers=1),
    ],
    ids=lambda encoder: encoder.model_type,
)
def test_any_encoder_serves(encoder):
    model = build(encoder=encoder).eval()
    output = model(**batch())
    output.loss.backward()
    assert output.start_logits.shape == (3, 9)
    assert all(parameter.grad is not None for name, parameter in model.named_parameters() if "encoder" not in name)


def test_padding_and_the_order_of_the_batch_change_nothing():
    model, inputs = build().eval(), batch()
    together = model(**inputs).start_logits
    for row in range(3):
        length = int(inputs["attention_mask"][row].sum())
        parallel_length = int(inputs["parallel_attention_mask"][row, 0].sum())
        alone = model(
            input_ids=inputs["input_ids"][row : row + 1, :length],
            parallel_input_ids=inputs["parallel_input_ids"][row : row + 1, :, :parallel_length],
        ).start_logits
        torch.testing.assert_close(together[row, :length], alone[0], atol=1e-5, rtol=0)


def test_all_inputs_go_through_the_encoder_in_one_call():
    model, inputs = build(), batch(missing=True)
    rows = []
    model.xltt.encoder.register_forward_hook(lambda module, args, output: rows.append(len(output[0])))
    model(**inputs)
    assert rows == [8]  # 3 pivots and the 5 translations that are there


def test_a_missing_translation_is_copied_from_the_pivot():
    model, inputs = build(missing="copy").eval(), batch(missing=True)
    output = model(**inputs)
    copied = dict(inputs, parallel_mask=torch.ones(3, 2, dtype=torch.bool))
    for name in ("input_ids", "attention_mask"):
        wide = torch.zeros_like(inputs["parallel_input_ids"][1, 0])
        wide[:9] = inputs[name][1]
        copied[f"parallel_{name}"] = inputs[f"parallel_{name}"].clone()
        copied[f"parallel_{name}"][1, 0] = wide
    torch.testing.assert_close(output.start_logits, model(**copied).start_logits, atol=1e-5, rtol=0)


def test_without_parallel_inputs_every_translation_is_missing():
    inputs = batch()
    pivot = {name: inputs[name] for name in ("input_ids", "attention_mask", "answer_mask")}
    copy, skip = build(missing="copy").eval(), build(missing="skip").eval()
    absent = dict(inputs, parallel_mask=torch.zeros(3, 2, dtype=torch.bool))
    for name in ("start", "end"):
        absent.pop(f"parallel_{name}_positions")
    for model in (copy, skip):
        torch.testing.assert_close(model(**pivot).start_logits, model(**absent).start_logits, atol=1e-5, rtol=0)
    assert not torch.allclose(copy(**pivot).start_logits, skip(**pivot).start_logits)
    states = skip.xltt(input_ids=pivot["input_ids"], attention_mask=pivot["attention_mask"])
    alone = skip.xltt.norm(states.pivot_states + skip.xltt.combine.bias)
    torch.testing.assert_close(states.last_hidden_state[..., 16:], alone, atol=1e-6, rtol=0)


@pytest.mark.parametrize("languages", [1, 2, 4])
def test_the_mean_takes_any_number_of_languages(languages):
    model = build(combination="mean", parallel_languages=["ja", "ko"])
    output = model(**batch(languages=languages))
    output.loss.backward()
    assert output.loss.isfinite()


def test_the_mean_leaves_skipped_languages_out():
    model, inputs = build(combination="mean", missing="skip").eval(), batch()
    inputs["parallel_mask"][:, 1] = False
    both = model(**{name: value for name, value in inputs.items() if "positions" not in name}).start_logits
    one = {
        name: value[:, :1] if name.startswith("parallel") else value
        for name, value in inputs.items()
        if "positions" not in name
    }
    torch.testing.assert_close(both, model(**one).start_logits, atol=1e-5, rtol=0)


def test_sample_weights_reach_the_pivot_loss_only():
    model, inputs = build().eval(), batch()
    plain = model(**inputs)
    halved = model(**inputs, sample_weight=torch.full((3,), 0.5))
    assert halved.loss_parts["span"].item() == pytest.approx(plain.loss_parts["span"].item() / 2, rel=1e-5)
    assert halved.loss_parts["auxiliary"].item() == pytest.approx(plain.loss_parts["auxiliary"].item(), rel=1e-5)


def test_the_weight_of_the_auxiliary_loss():
    inputs = batch()
    fixed, off = build(auxiliary_weight=0.25).eval(), build(auxiliary_weight=0).eval()
    assert fixed(**inputs).loss_parts["lambda"].item() == 0.25
    assert set(off(**inputs).loss_parts) == {"span"}
    assert off.auxiliary_head is None


def test_unlabelled_translations_add_nothing_to_the_auxiliary_loss():
    model, inputs = build().eval(), batch()
    full = model(**inputs).loss_parts["auxiliary"].item()
    for name in ("parallel_start_positions", "parallel_end_positions"):
        inputs[name] = torch.full_like(inputs[name], -100)
    output = model(**inputs)
    assert full > 0
    assert output.loss_parts["auxiliary"].item() == 0
    assert math.isfinite(output.loss.item())


def test_a_pretrained_encoder_is_taken_over(tmp_path):
    torch.manual_seed(3)
    encoder = BertModel(BertConfig(**ENCODER))
    encoder.save_pretrained(tmp_path)
    model = XLTTForQuestionAnswering.from_encoder_pretrained(
        str(tmp_path), preset="paper", parallel_languages=["fr"], attn_implementation="eager"
    )
    assert model.config.parallel_languages == ["fr"]
    assert model.config.projection is False
    assert model.xltt.encoder.config._attn_implementation == "eager"
    weights = model.xltt.encoder.state_dict()
    assert weights and all(torch.equal(weight, encoder.state_dict()[name]) for name, weight in weights.items())
    assert isinstance(XLTTModel.from_encoder_pretrained(str(tmp_path)), XLTTModel)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start_positions": torch.tensor([1, 0, 9])}, "`start_positions` must be -100 or between 0 and 8, but is 9"),
        ({"end_positions": torch.tensor([1, 8, 2])}, "`end_positions` must be at a position .* but is 8"),
        ({"parallel_start_positions": torch.full((3, 2), 12)}, "`parallel_start_positions` .* 0 and 11, but is 12"),
        ({"parallel_end_positions": torch.full((3, 2), 9)}, "`parallel_end_positions` must be at .* but is 9"),
        ({"parallel_mask": torch.ones(3, 3).bool()}, r"`parallel_mask` must be of shape \(3, 2\), .* \(3, 3\)"),
        (
            {"parallel_attention_mask": torch.ones(3, 2, 4).long()},
            r"`parallel_attention_mask` must be of shape \(3, 2, 12\), but is of shape \(3, 2, 4\)",
        ),
        (
            {"parallel_input_ids": torch.ones(2, 2, 12).long()},
            r"`parallel_input_ids` must be of shape \(3, languages, length\), but is of shape \(2, 2, 12\)",
        ),
        ({"answer_mask": torch.ones(3, 4).bool()}, r"`answer_mask` must be of shape \(3, 9\), .* \(3, 4\)"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        build()(**{**batch(), **change})


def test_another_number_of_languages_is_refused_when_states_are_concatenated():
    with pytest.raises(ValueError, match='must hold the 2 languages ja, ko, but holds 3 instead; `combination="mean"`'):
        build()(**batch(languages=3))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"missing": "guess"}, "`missing` must be one of copy, skip, but is 'guess'"),
        ({"combination": "sum"}, "`combination` must be one of concat, mean, but is 'sum'"),
        ({"auxiliary_weight": "tanh"}, "`auxiliary_weight` must be cosine, batch_dot or a number, but is 'tanh'"),
        ({"parallel_languages": ["ja", "ja"]}, "`parallel_languages` must name one or more different languages"),
        ({"parallel_languages": []}, "`parallel_languages` must name one or more different languages"),
    ],
)
def test_bad_configurations_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        XLTTConfig(**fields)


def test_an_unknown_preset_lists_the_valid_ones():
    with pytest.raises(ValueError, match="`preset` must be one of default, paper, released, but is 'best'"):
        XLTTConfig.from_preset("best")
