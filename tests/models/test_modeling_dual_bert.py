"""Dual BERT against transcriptions of its equations and of the authors' code; missing sources, bad input."""

import pytest
import torch
from tiny_qa import TOKENIZER, tiny_examples, tiny_features, tiny_trainer
from torch.nn.functional import cosine_similarity, cross_entropy, layer_norm, log_softmax, one_hot, pad
from transformers import (
    BertConfig,
    BertForQuestionAnswering,
    BertModel,
    DebertaV2Config,
    DistilBertConfig,
    ModernBertConfig,
    XLMRobertaConfig,
)

from hf_xlqa.alignment import align_windows
from hf_xlqa.collator import WindowCollator
from hf_xlqa.models import DualBertConfig, DualBertForQuestionAnswering, DualBertModel, XLTTConfig
from hf_xlqa.models import XLTTForQuestionAnswering as XLTT

ENCODER = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "vocab_size": 60,
    "max_position_embeddings": 64,
}
TARGET_LENGTHS, SOURCE_LENGTHS = [9, 7, 5], [12, 8, 10]


def build(preset="default", *, encoder=None, **fields):
    torch.manual_seed(0)
    encoder = encoder or BertConfig(**ENCODER, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    fields = {"hidden_dropout": 0.0, "attention_dropout": 0.0, **fields}
    return DualBertForQuestionAnswering(DualBertConfig.from_preset(preset, encoder_config=encoder, **fields))


def side(lengths, length, *, seed):
    ids = torch.randint(5, 60, (len(lengths), length), generator=torch.Generator().manual_seed(seed))
    keep = torch.arange(length) < torch.tensor(lengths)[:, None]
    return {"input_ids": ids * keep, "attention_mask": keep.long(), "answer_mask": keep}


def batch(*, target_length=9, source_length=12):
    source = side(SOURCE_LENGTHS, source_length, seed=2)
    labels = {"start_positions": torch.tensor([1, 0, 2]), "end_positions": torch.tensor([3, 0, 4])}
    source |= {"start_positions": torch.tensor([2, 5, 1]), "end_positions": torch.tensor([4, 6, 1])}
    parallel = {f"parallel_{name}": each[:, None] for name, each in source.items()}
    return side(TARGET_LENGTHS, target_length, seed=1) | labels | parallel


def without_labels(inputs):
    return {name: each for name, each in inputs.items() if "positions" not in name}


def paper(model, inputs):
    """Cui et al. 2019, Eq. 1-13, one example at a time without its padding; loss halved as in BERT."""
    fusion, total, logits = model.dual_bert, 0.0, []
    for row, (target_length, source_length) in enumerate(zip(TARGET_LENGTHS, SOURCE_LENGTHS, strict=True)):
        b_t = fusion.encoder(inputs["input_ids"][row : row + 1, :target_length])[0][0]
        b_s = fusion.encoder(inputs["parallel_input_ids"][row, :, :source_length])[0][0]
        r_prime = attended(fusion.attention, b_t, b_s, model.config)
        r = r_prime @ fusion.combine.weight.T + fusion.combine.bias
        h_t = torch.cat([b_t, layer_norm(b_t + r, (16,), fusion.norm.weight, fusion.norm.bias, 1e-12)], dim=-1)
        gold = [int(inputs[f"{name}_positions"][row]) for name in ("start", "end")]
        source_gold = [int(inputs[f"parallel_{name}_positions"][row, 0]) for name in ("start", "end")]
        logits.append(h_t @ model.span_head.outputs.weight.T + model.span_head.outputs.bias)
        source_logits = b_s @ model.auxiliary_head.outputs.weight.T + model.auxiliary_head.outputs.bias
        weight = cosine_similarity(span(b_s, *source_gold), span(b_t, *gold), dim=0).clamp(min=0)
        if model.config.detach_auxiliary_weight:
            weight = weight.detach()
        total += cross_entropy_of(logits[-1], gold) + weight * cross_entropy_of(source_logits, source_gold)
    return logits, total / len(logits)


def attended(attention, b_t, b_s, config):
    """Eq. 1-5 with the L x L matrices of each head."""
    heads = 2 if config.projection else 1
    width = 16 // heads
    linear = (attention.query(b_t), attention.key(b_s), attention.value(b_s))
    heads_of = (
        [each.view(-1, heads, width).transpose(0, 1) for each in linear] if config.projection else [b_t, b_s, b_s]
    )
    t, s, value = (each if each.dim() == 3 else each[None] for each in heads_of)
    self_scale = width**-0.5 if config.scale_self_attention else 1.0
    a_ts = t @ s.mT
    a_t, a_s = ((self_scale * (each @ each.mT)).softmax(dim=-1) for each in (t, s))
    scores = a_t @ a_ts @ a_s.mT * (width**-0.5 if config.scale_scores else 1.0)
    return (scores.softmax(dim=-1) @ value).transpose(0, 1).flatten(1)


def span(states, first, last):
    """Eq. 10-11: start, end, and the average of the span by its own dot products."""
    inside = states[first : last + 1]
    return torch.cat([inside[0], inside[-1], (inside @ inside.mT).mean(dim=0).softmax(dim=0) @ inside])


def cross_entropy_of(logits, gold):
    return sum(cross_entropy(logits[:, column], torch.tensor(gold[column])) for column in (0, 1)) / 2


def released(model, inputs):
    """The authors' code: a whole batch with its padding, both sides of one length."""
    fusion, length, width = model.dual_bert, inputs["input_ids"].shape[1], 8
    target, source = (
        {name: inputs[prefix + name].view(-1, length) for name in ("input_ids", "attention_mask")}
        for prefix in ("", "parallel_")
    )
    b_t, b_s = fusion.encoder(**target)[0], fusion.encoder(**source)[0]
    query, key, value = (
        layer(states).view(-1, length, 2, width).transpose(1, 2)
        for layer, states in zip(
            (fusion.attention.query, fusion.attention.key, fusion.attention.value), (b_t, b_s, b_s), strict=True
        )
    )
    left, right = ((each @ each.mT).softmax(dim=-1) for each in (query, key))
    scores = left @ (query @ key.mT) @ right.mT / width**0.5
    scores = scores + (1.0 - source["attention_mask"][:, None, None].float()) * -10000.0
    context = (scores.softmax(dim=-1) @ value).transpose(1, 2).flatten(2)
    transformed = layer_norm(fusion.combine(context) + b_s, (16,), fusion.norm.weight, fusion.norm.bias, 1e-12)
    target_gold = [inputs["start_positions"], inputs["end_positions"]]
    source_gold = [inputs["parallel_start_positions"][:, 0], inputs["parallel_end_positions"][:, 0]]
    adders = (
        (1.0 - inputs[name].view(-1, length, 1).float()) * -10000.0 for name in ("answer_mask", "parallel_answer_mask")
    )
    target_logits = model.span_head.outputs(torch.cat([b_t, transformed], dim=-1)) + next(adders)
    source_logits = model.auxiliary_head.outputs(b_s) + next(adders)
    product = released_span(b_t, *target_gold) * released_span(b_s, *source_gold)
    weight = product.sum(dim=0).mean().clamp(min=0)
    return list(target_logits), released_loss(target_logits, target_gold) + weight * released_loss(
        source_logits, source_gold
    )


def released_span(states, start, end):
    positions = torch.arange(states.shape[1])
    mask = ((positions >= start[:, None]) & (positions <= end[:, None])).float()
    filtered = states * mask[..., None]
    own = (filtered @ filtered.mT).softmax(dim=-1)
    raw = (own @ (filtered @ filtered.mT) @ own.mT).mean(dim=1) + (1.0 - mask) * -10000.0
    rows = torch.arange(len(states))
    mixed = (raw.softmax(dim=-1)[:, None] @ filtered)[:, 0]
    return torch.cat([filtered[rows, start], filtered[rows, end], mixed], dim=-1)


def released_loss(logits, gold):
    sides = (
        -(one_hot(positions, logits.shape[1]) * log_softmax(logits[..., column], dim=-1)).sum(dim=-1).mean()
        for column, positions in enumerate(gold)
    )
    return sum(sides) / 2.0


@pytest.mark.parametrize(
    ("preset", "transcription", "lengths"),
    [
        ("paper", paper, (9, 12)),
        ("default", paper, (9, 12)),
        ("default", paper, (14, 12)),
        ("released", released, (12, 12)),
    ],
)
def test_each_preset_equals_its_transcription_in_logits_loss_and_gradients(preset, transcription, lengths):
    model = build(preset).train()
    inputs = batch(target_length=lengths[0], source_length=lengths[1])
    output = model(**inputs)
    logits, loss = transcription(model, inputs)
    for row, expected in enumerate(logits):
        real = TARGET_LENGTHS[row]
        found = torch.stack([output.start_logits[row], output.end_logits[row]], dim=-1)
        torch.testing.assert_close(found[:real], expected[:real], atol=1e-5, rtol=0)
    torch.testing.assert_close(output.loss, loss, atol=1e-5, rtol=0)
    names, parameters = zip(*model.named_parameters(), strict=True)
    gradients = [torch.autograd.grad(each, parameters, allow_unused=True) for each in (output.loss, loss)]
    for name, found, expected in zip(names, *gradients, strict=True):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=0, msg=lambda text, name=name: f"{name}: {text}")


def test_the_gradient_passes_the_weight_of_the_auxiliary_loss_as_printed_and_not_by_default():
    gradients = []
    for detached in (False, True):
        model = build(detach_auxiliary_weight=detached)
        model(**batch()).loss.backward()
        gradients.append(model.dual_bert.encoder.embeddings.word_embeddings.weight.grad)
    assert not torch.allclose(*gradients, atol=1e-4)
    assert build("paper").config.detach_auxiliary_weight is False


def test_the_released_preset_drops_attention_weights_and_the_default_does_not():
    encoder = BertConfig(**ENCODER)
    dropouts = {
        preset: DualBertConfig.from_preset(preset, encoder_config=encoder).attention_dropout
        for preset in ("default", "paper", "released")
    }
    assert dropouts == {"default": 0.0, "paper": 0.0, "released": 0.1}
    noisy = build("released", attention_dropout=0.5).train()
    with torch.no_grad():
        assert not torch.equal(noisy(**batch()).start_logits, noisy(**batch()).start_logits)


def test_by_default_dual_bert_is_xltt_of_one_language():
    dual = build()
    fields = {name: getattr(dual.config, name) for name in DualBertConfig.own_fields() - {"residual"}}
    xltt = XLTT(XLTTConfig(**fields))
    weights = {name.replace("dual_bert.", "xltt."): each for name, each in dual.state_dict().items()}
    assert xltt.load_state_dict(weights).missing_keys == []
    assert torch.equal(xltt(**batch()).loss, dual(**batch()).loss)


@pytest.mark.parametrize(("target_length", "source_length"), [(9, 12), (14, 12)])
def test_a_residual_on_the_source_pads_the_shorter_side(target_length, source_length):
    model = build(residual="source").eval()
    inputs = batch(target_length=target_length, source_length=source_length)
    longer = max(target_length, source_length)
    padded = {
        name: pad(each, (0, longer - each.shape[-1])) if "positions" not in name else each
        for name, each in inputs.items()
    }
    found, expected = model(**inputs), model(**padded)
    torch.testing.assert_close(found.start_logits, expected.start_logits[:, :target_length], atol=1e-5, rtol=0)
    torch.testing.assert_close(found.loss, expected.loss, atol=1e-5, rtol=0)


def test_a_residual_on_the_source_is_taken_position_by_position():
    model = build(residual="source").eval()
    with torch.no_grad():
        model.dual_bert.combine.weight.zero_()
        states = model.dual_bert(
            **{name: each for name, each in without_labels(batch()).items() if "answer" not in name}
        )
    expected = model.dual_bert.norm(states.parallel_states[:, 0, :9])
    torch.testing.assert_close(states.last_hidden_state[..., 16:], expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("missing", ["copy", "skip"])
def test_a_missing_source_is_the_target_itself_or_left_out(missing):
    model, inputs = build(missing=missing).eval(), without_labels(batch())
    target = {name: each for name, each in inputs.items() if not name.startswith("parallel")}
    alone = model(**target).start_logits
    partly = model(**inputs, parallel_mask=torch.tensor([[True], [False], [True]])).start_logits
    torch.testing.assert_close(partly[1], alone[1], atol=1e-5, rtol=0)
    torch.testing.assert_close(partly[[0, 2]], model(**inputs).start_logits[[0, 2]], atol=1e-5, rtol=0)
    states = model.dual_bert(target["input_ids"], target["attention_mask"])
    b_t = states.pivot_states
    if missing == "copy":
        copied = {f"parallel_{name}": each[:, None] for name, each in target.items()}
        torch.testing.assert_close(alone, model(**target, **copied).start_logits, atol=1e-5, rtol=0)
    else:
        expected = model.dual_bert.norm(b_t + model.dual_bert.combine.bias)
        torch.testing.assert_close(states.last_hidden_state[..., 16:], expected, atol=1e-6, rtol=0)


def test_both_sides_go_through_the_encoder_in_one_call():
    model, rows = build(), []
    model.dual_bert.encoder.register_forward_hook(lambda module, args, output: rows.append(len(output[0])))
    model(**batch())
    model(**batch(), parallel_mask=torch.tensor([[True], [False], [True]]))
    assert rows == [6, 5]


def test_the_parts_of_the_loss_add_up_and_lambda_is_their_factor():
    output = build().eval()(**batch())
    parts = output.loss_parts
    assert set(parts) == {"span", "auxiliary", "lambda"}
    assert output.loss.item() == pytest.approx((parts["span"] + parts["auxiliary"]).item(), abs=1e-6)
    assert not any(part.requires_grad for part in parts.values())
    fixed = build(auxiliary_weight=0.25).eval()(**batch())
    whole = build(auxiliary_weight=1.0).eval()(**batch()).loss_parts["auxiliary"].item()
    assert fixed.loss_parts["lambda"].item() == 0.25
    assert fixed.loss_parts["auxiliary"].item() == pytest.approx(0.25 * whole, rel=1e-5)
    off = build(auxiliary_weight=0).eval()
    assert set(off(**batch()).loss_parts) == {"span"} and off.auxiliary_head is None


@pytest.mark.parametrize("preset", ["default", "paper", "released"])
def test_learns_from_collated_pairs_of_windows_and_the_parts_of_its_loss_are_logged(preset, tmp_path):
    target = tiny_features(tiny_examples(10, language="zh"))
    source = tiny_features(tiny_examples(10, language="en", first_place=1))
    # The authors pad every window to one length.
    collator = WindowCollator(TOKENIZER, languages=["en"], pad_to_multiple_of=32 if preset == "released" else None)
    windows = align_windows(target, {"en": source})
    trainer = tiny_trainer(
        tmp_path, model=build(preset), windows=windows, data_collator=collator, max_steps=12, logging_steps=6
    )
    trainer.train()
    first, last = (entry for entry in trainer.state.log_history if "part_span" in entry)
    assert last["part_span"] < first["part_span"]
    assert last["loss"] == pytest.approx(last["part_span"] + last["part_auxiliary"], rel=1e-4)
    assert last["part_lambda"] > 0


def test_a_source_without_its_gold_leaves_the_target_loss():
    model, inputs = build().eval(), batch()
    for name in ("parallel_start_positions", "parallel_end_positions"):
        inputs[name] = torch.full_like(inputs[name], -100)
    output = model(**inputs)
    assert output.loss_parts["auxiliary"].item() == 0
    assert output.loss.item() == pytest.approx(model(**batch()).loss_parts["span"].item())


@pytest.mark.parametrize(
    "encoder",
    [
        XLMRobertaConfig(**ENCODER),
        DebertaV2Config(**ENCODER, relative_attention=True),
        ModernBertConfig(**{**ENCODER, "pad_token_id": 0}, global_attn_every_n_layers=1),
        DistilBertConfig(dim=16, n_layers=2, n_heads=2, hidden_dim=32, vocab_size=60, max_position_embeddings=64),
    ],
    ids=lambda encoder: encoder.model_type,
)
def test_any_encoder_serves(encoder):
    model = build(encoder=encoder).eval()
    output = model(**batch())
    output.loss.backward()
    assert output.start_logits.shape == (3, 9)
    assert all(parameter.grad is not None for name, parameter in model.named_parameters() if "encoder" not in name)


def test_a_pretrained_encoder_is_taken_over(tmp_path):
    torch.manual_seed(3)
    encoder = BertModel(BertConfig(**ENCODER))
    encoder.save_pretrained(tmp_path)
    model = DualBertForQuestionAnswering.from_encoder_pretrained(
        str(tmp_path), preset="released", parallel_languages=["fr"], attn_implementation="eager"
    )
    assert (model.config.parallel_languages, model.config.residual) == (["fr"], "source")
    assert model.dual_bert.encoder.config._attn_implementation == "eager"
    weights = model.dual_bert.encoder.state_dict()
    assert weights and all(torch.equal(weight, encoder.state_dict()[name]) for name, weight in weights.items())
    assert isinstance(DualBertModel.from_encoder_pretrained(str(tmp_path)), DualBertModel)


def test_on_a_reader_it_begins_by_answering_as_the_reader_does(tmp_path):
    reader = BertForQuestionAnswering(BertConfig(**ENCODER)).eval()
    reader.save_pretrained(tmp_path)
    model = DualBertForQuestionAnswering.from_encoder_pretrained(str(tmp_path)).eval()
    inputs = {"input_ids": torch.randint(5, 20, (2, 9))}
    parallel = torch.randint(5, 20, (2, 1, 7))
    with torch.no_grad():
        read, begun = reader(**inputs), model(**inputs, parallel_input_ids=parallel)
        states = model.dual_bert(**inputs, parallel_input_ids=parallel).parallel_states
        translated = model.auxiliary_head(states[:, 0])
    torch.testing.assert_close(begun.start_logits, read.start_logits)
    torch.testing.assert_close(begun.end_logits, read.end_logits)
    torch.testing.assert_close(translated[0], reader(input_ids=parallel[:, 0]).start_logits)
    labels = {"start_positions": torch.tensor([1, 2]), "end_positions": torch.tensor([2, 3])}
    model(**inputs, **labels, parallel_input_ids=parallel).loss.backward()
    assert model.span_head.outputs.weight.grad[:, model.config.hidden_size :].abs().max() > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"end_positions": torch.tensor([1, 8, 2])}, "`end_positions` must be at a position .* but is 8"),
        ({"parallel_start_positions": torch.full((3, 1), 12)}, "`parallel_start_positions` .* 0 and 11, but is 12"),
        (
            {"parallel_input_ids": torch.ones(3, 12).long()},
            r"`parallel_input_ids` must be of shape \(3, languages, length\), but is of shape \(3, 12\)",
        ),
        (
            {"parallel_input_ids": torch.ones(3, 2, 12).long()},
            r"`parallel_input_ids` must hold en \(`parallel_languages`\) and nothing else, but holds 2 languages",
        ),
        ({"parallel_mask": torch.ones(3).bool()}, r"`parallel_mask` must be of shape \(3, 1\), .* \(3,\)"),
        (
            {"parallel_attention_mask": torch.ones(3, 1, 4).long()},
            r"`parallel_attention_mask` must be of shape \(3, 1, 12\), but is of shape \(3, 1, 4\)",
        ),
    ],
)
def test_inputs_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        build()(**{**batch(), **change})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"parallel_languages": ["en", "ja"]}, r"must name the one source language, but is \['en', 'ja'\] .* XLTT"),
        ({"parallel_languages": []}, "`parallel_languages` must name one or more different languages"),
        ({"residual": "pivot"}, "`residual` must be one of target, source, but is 'pivot'"),
        ({"missing": "guess"}, "`missing` must be one of copy, skip, but is 'guess'"),
        ({"auxiliary_weight": "dot"}, "`auxiliary_weight` must be cosine, batch_dot or a number, but is 'dot'"),
    ],
)
def test_bad_configurations_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        DualBertConfig(**fields)


def test_an_unknown_preset_lists_the_valid_ones():
    with pytest.raises(ValueError, match="`preset` must be one of default, paper, released, but is 'best'"):
        DualBertConfig.from_preset("best")


def test_a_shorter_side_is_filled_up_with_padding():
    """Which counts where nothing masks it, and is not token 0 for every encoder."""
    encoder = XLMRobertaConfig(**ENCODER, pad_token_id=1, initializer_range=0.7)
    model = build("released", encoder=encoder, initializer_range=0.7).eval()
    inputs = without_labels(batch())
    filled = dict(inputs)
    for name, value in (("input_ids", 1), ("attention_mask", 0), ("answer_mask", False)):
        filled[name] = pad(inputs[name], (0, 3), value=value)
    given, expected = model(**inputs), model(**filled)
    torch.testing.assert_close(given.start_logits, expected.start_logits[:, :9])


def test_translations_of_unlabelled_texts_have_no_loss():
    """A number as weight shows it: nothing else makes their loss 0."""
    model, inputs = build(auxiliary_weight=0.5).eval(), batch()
    whole = model(**inputs).loss_parts["auxiliary"]
    each = [model(**{name: tensor[row : row + 1] for name, tensor in inputs.items()}) for row in range(3)]
    labels = {name: inputs[name].index_fill(0, torch.tensor(1), -100) for name in ("start_positions", "end_positions")}
    parts = [one.loss_parts["auxiliary"] for one in each]
    torch.testing.assert_close(whole, sum(parts) / 3)
    torch.testing.assert_close(model(**inputs | labels).loss_parts["auxiliary"], (parts[0] + parts[2]) / 3)


def test_the_weight_of_a_batch_is_that_of_its_labelled_translations():
    model, inputs = build(auxiliary_weight="batch_dot").eval(), batch()
    unlabelled = {
        name: inputs[name].index_fill(0, torch.tensor(1), -100)
        for name in ("parallel_start_positions", "parallel_end_positions")
    }
    moved = {name: torch.tensor([1, 4, 2]) for name in ("start_positions", "end_positions")}
    moved["end_positions"][0], moved["end_positions"][2] = 3, 4
    weights = [model(**inputs | unlabelled | labels).loss_parts["lambda"] for labels in ({}, moved)]
    torch.testing.assert_close(weights[0], weights[1])
    assert model(**inputs).loss_parts["lambda"] != weights[0]


def test_a_model_has_the_precision_its_encoder_is_loaded_in(tmp_path):
    BertModel(BertConfig(**ENCODER)).save_pretrained(tmp_path)
    model = DualBertForQuestionAnswering.from_encoder_pretrained(tmp_path, dtype=torch.bfloat16)
    assert {weight.dtype for weight in model.parameters()} == {torch.bfloat16}


def test_the_attention_of_a_text_to_itself_is_scaled_by_default_only():
    """Printed and released have it unscaled, which softens nothing at the size of fresh weights."""
    scaled = {name: DualBertConfig.from_preset(name).scale_self_attention for name in DualBertConfig.presets}
    assert scaled == {"default": True, "paper": False, "released": False}
