"""QANet against an independent transcription of its formulas, its languages, word vectors, dropping and bad input."""

import math

import pytest
import torch
from models.harness import ModelHarness, logits_of
from torch.nn.functional import cross_entropy, layer_norm
from transformers import AutoModelForQuestionAnswering

from hf_xlqa.models import QANetConfig, QANetForCrossLingualQA, QANetModel
from hf_xlqa.models.qanet_layers import add_update, position_signal

SMALL = {
    "vocab_size": 50,
    "character_vocab_size": 20,
    "word_dim": 10,
    "character_dim": 6,
    "hidden_size": 8,
    "embedding_convolutions": 2,
    "model_blocks": 2,
}
STILL = {"dropout": 0.0, "character_dropout": 0.0, "stochastic_depth": 0.0}
LEAST = torch.finfo(torch.float32).min


def build(**fields):
    torch.manual_seed(0)
    return QANetForCrossLingualQA(QANetConfig(**{**SMALL, **STILL, **fields}))


def batch(questions=(4, 2, 3), contexts=(7, 6, 3)):
    """Rows of question words, separator, context words, padding; languages 0, 1, 0."""
    generator = torch.Generator().manual_seed(1)
    length = max(question + 1 + context for question, context in zip(questions, contexts, strict=True))
    question, ends = torch.tensor(questions)[:, None], torch.tensor(questions)[:, None] + 1
    ends = ends + torch.tensor(contexts)[:, None]
    at = torch.arange(length)
    keep = at < ends
    ids = torch.randint(3, 50, (len(questions), length), generator=generator)
    ids = ids.masked_fill(at == question, 2) * keep
    characters = torch.randint(1, 20, (len(questions), length, 16), generator=generator)
    sizes = torch.randint(1, 17, (len(questions), length, 1), generator=generator)
    spelled = (torch.arange(16) < sizes) & keep[..., None] & (at != question)[..., None]
    starts = question[:, 0] + 2
    return {
        "input_ids": ids,
        "character_ids": characters * spelled,
        "token_type_ids": ((at > question) & keep).long(),
        "attention_mask": keep.long(),
        "language_ids": torch.tensor([0, 1, 0]),
        "start_positions": starts,
        "end_positions": starts + 1,
    }


class TestQANet(ModelHarness):
    model_class = QANetForCrossLingualQA
    base_class = QANetModel

    @classmethod
    def config(cls):
        return QANetConfig(**SMALL | STILL | {"model_blocks": 1})

    @classmethod
    def inputs(cls):
        return batch()

    def test_padding_changes_nothing(self):
        model, inputs = self.build(), self.inputs()
        names = ("input_ids", "token_type_ids", "attention_mask")
        padded = inputs | {name: torch.nn.functional.pad(inputs[name], (0, 5)) for name in names}
        padded["character_ids"] = torch.nn.functional.pad(inputs["character_ids"], (0, 3, 0, 5))
        length = inputs["input_ids"].shape[1]
        assert torch.equal(logits_of(model, padded)[..., :length], logits_of(model, inputs))


class TestQANetOfOneEncoder(TestQANet):
    @classmethod
    def config(cls):
        return QANetConfig(**SMALL | STILL | {"model_blocks": 1}, shared_encoder=True)


def transcription(model, inputs):
    """One example, one layer and one word at a time, in the notation of the papers, without any padding."""
    logits, total = [], 0.0
    for row in range(len(inputs["input_ids"])):
        keep = inputs["attention_mask"][row].bool()
        ids, characters = inputs["input_ids"][row][keep], inputs["character_ids"][row][keep]
        words = int((ids == 2).nonzero()[0])
        layers = model.qanet.layers_of(("en", "zh")[int(inputs["language_ids"][row])])
        question, context = (
            _block(layers.encoder, torch.stack([_word(model, layers, ids[i], characters[i]) for i in places]))
            for places in (range(words), range(words + 1, len(ids)))
        )
        states, passes = _context_query(model.qanet.attention, context, question), []
        for _ in range(3):
            for block in model.qanet.encoder:
                states = _block(block, states)
            passes.append(states)
        outputs = []
        for output, last, side in ((model.start_output, 1, "start"), (model.end_output, 2, "end")):
            scores = torch.cat([passes[0], passes[last]], dim=1) @ output.weight[0]
            outputs.append(scores)
            total += cross_entropy(scores, inputs[f"{side}_positions"][row] - words - 1) / 2
        logits.append((words + 1, outputs))
    return logits, total / len(logits)


def _word(model, layers, word, characters):
    convolution = layers.characters.convolution
    vectors = layers.characters.vectors.weight[characters[characters != 0]]
    width = convolution.kernel_size[0] // 2
    rows = torch.cat([vectors.new_zeros(width, vectors.shape[1]), vectors, vectors.new_zeros(width, vectors.shape[1])])
    seen = [
        (convolution.weight * rows[i : i + 2 * width + 1].T).sum((1, 2)) + convolution.bias for i in range(len(vectors))
    ]
    spelled = torch.stack(seen).relu().max(dim=0).values
    state = layers.projection.weight @ torch.cat([model.qanet.word_vectors.weight[word], spelled])
    for highway in layers.highway:
        both = highway.gate_and_transform
        gate, transform = (both.weight @ state + both.bias).chunk(2)
        state = gate.sigmoid() * transform.relu() + (1 - gate.sigmoid()) * state
    return state


def _block(block, states):
    length, width = states.shape
    half = width // 2
    for position in range(length):
        rates = [1 / 10_000 ** (i / (half - 1)) for i in range(half)]
        signal = [math.sin(position * rate) for rate in rates] + [math.cos(position * rate) for rate in rates]
        states = states.index_add(0, torch.tensor([position]), torch.tensor([signal]))
    normed = [lambda x, norm=norm: layer_norm(x, (width,), norm.weight, norm.bias, norm.eps) for norm in block.norms]
    for norm, convolution in zip(normed, block.convolutions, strict=False):
        filters, x = convolution.depthwise.weight[:, 0], norm(states)
        middle = filters.shape[1] // 2
        mixed = [
            sum(filters[:, k] * x[i + k - middle] for k in range(2 * middle + 1) if 0 <= i + k - middle < length)
            for i in range(length)
        ]
        states = states + torch.stack(mixed) @ convolution.pointwise.weight.T + convolution.pointwise.bias
    attention, x = block.attention, normed[-2](states)
    query, key, value = (x @ attention.inputs.weight.T + attention.inputs.bias).chunk(3, dim=1)
    heads = []
    for part in torch.arange(width).chunk(block.config.num_attention_heads):
        scores = query[:, part] @ key[:, part].T / len(part) ** 0.5
        heads.append(scores.softmax(1) @ value[:, part])
    states = states + torch.cat(heads, dim=1) @ attention.output.weight.T + attention.output.bias
    return states + block.feed_forward(normed[-1](states))


def _context_query(attention, context, question):
    weight = torch.cat([attention.question_weight.weight[0], attention.context_weight.weight[0]])
    weight = torch.cat([weight, attention.product_weight])
    scores = torch.stack([torch.stack([weight @ torch.cat([q, c, q * c]) for q in question]) for c in context])
    rows, columns = scores.softmax(1), scores.softmax(0)
    a, b = rows @ question, rows @ columns.T @ context
    return attention.output(torch.cat([context, a, context * a, context * b], dim=1))


def test_equals_the_formulas_in_logits_loss_and_gradients():
    model, inputs = build(), batch()
    output = model(**inputs)
    logits, loss = transcription(model, inputs)
    for row, (begin, expected) in enumerate(logits):
        for got, scores in zip((output.start_logits, output.end_logits), expected, strict=True):
            torch.testing.assert_close(got[row, begin : begin + len(scores)], scores, atol=1e-5, rtol=0)
            outside = torch.cat([got[row, :begin], got[row, begin + len(scores) :]])
            assert (outside == LEAST).all()
    torch.testing.assert_close(output.loss, loss, atol=1e-5, rtol=0)
    parameters = list(model.parameters())
    gradients = [torch.autograd.grad(value, parameters) for value in (output.loss, loss)]
    torch.testing.assert_close(gradients[0], gradients[1], atol=1e-5, rtol=0)


def test_training_starts_from_an_even_guess():
    output = build(hidden_size=96, model_blocks=7)(**batch(questions=(9, 9, 9), contexts=(200, 200, 200)))
    assert output.loss.item() == pytest.approx(math.log(200), rel=0.2)


def test_a_row_alone_gives_what_it_gives_in_a_batch():
    model, inputs = build().eval(), batch()
    together = logits_of(model, inputs)
    for row in range(3):
        length = int(inputs["attention_mask"][row].sum())
        alone = {name: tensor[row : row + 1] for name, tensor in inputs.items()}
        cut = ("input_ids", "character_ids", "token_type_ids", "attention_mask")
        alone |= {name: alone[name][:, :length] for name in cut}
        torch.testing.assert_close(logits_of(model, alone)[:, 0], together[:, row, :length], atol=1e-5, rtol=0)


def test_padding_at_the_left_moves_the_logits_and_nothing_else():
    model, inputs = build().eval(), batch()
    names = ("input_ids", "token_type_ids", "attention_mask")
    left = inputs | {name: torch.nn.functional.pad(inputs[name], (4, 0)) for name in names}
    left["character_ids"] = torch.nn.functional.pad(inputs["character_ids"], (0, 0, 4, 0))
    left |= {name: inputs[name] + 4 for name in ("start_positions", "end_positions")}
    assert torch.equal(logits_of(model, left)[..., 4:], logits_of(model, inputs))


def test_encoded_words_and_their_masks_are_given_to_discriminators():
    output = build()(**batch())
    assert output.encoded_question.shape == (3, 4, 8)
    assert output.encoded_context.shape == (3, 7, 8)
    assert output.question_mask.sum(1).tolist() == [4, 2, 3]
    assert output.context_mask.sum(1).tolist() == [7, 6, 3]
    assert output.loss_parts["span"] == output.loss


def test_each_language_trains_its_own_layers_and_all_train_the_shared_ones():
    model, inputs = build(), batch()
    one = {name: tensor[[0, 2]] for name, tensor in inputs.items()}
    model(**one).loss.backward()
    grads = {name: weight.grad for name, weight in model.named_parameters()}
    assert all(grad is None for name, grad in grads.items() if ".zh." in name)
    assert all(grad is not None and grad.any() for name, grad in grads.items() if name.startswith("qanet.encoder"))
    assert all(grad is not None for name, grad in grads.items() if ".en." in name)


def test_a_question_may_be_in_another_language_than_its_context():
    model, inputs = build().eval(), batch()
    same = model(**inputs)
    crossed = model(**inputs, question_language_ids=1 - inputs["language_ids"])
    # Other sequences share the batch of a language, so sums may round otherwise.
    torch.testing.assert_close(crossed.encoded_context, same.encoded_context)
    assert not torch.isclose(crossed.encoded_question, same.encoded_question).all(dim=-1)[same.question_mask].any()
    both = model(**inputs, question_language_ids=inputs["language_ids"])
    assert torch.equal(both.start_logits, same.start_logits)


def test_one_encoder_for_all_languages_takes_no_notice_of_them():
    model, inputs = build(shared_encoder=True).eval(), batch()
    without = {name: tensor for name, tensor in inputs.items() if name != "language_ids"}
    assert torch.equal(logits_of(model, without), logits_of(model, inputs))
    assert model.qanet.layers_of("en") is model.qanet.layers_of("zh")


def test_word_vectors_are_kept_as_given_and_not_trained(tmp_path):
    model = build()
    vectors = torch.randn(50, 10)
    model.set_word_vectors(vectors)
    torch.optim.Adam(model.parameters(), lr=0.1)
    model(**batch()).loss.backward()
    assert "qanet.word_vectors.weight" not in dict(model.named_parameters())
    model.save_pretrained(tmp_path)
    loaded = AutoModelForQuestionAnswering.from_pretrained(tmp_path)
    assert torch.equal(loaded.qanet.word_vectors.weight[1:], vectors[1:])
    assert not loaded.qanet.word_vectors.weight[0].any()


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (torch.zeros(50, 9), r"`vectors` must be of shape \(50, 10\).*\(50, 9\)"),
        (torch.zeros(50, 10).index_fill(0, torch.tensor([7]), torch.nan), "must be finite, but those of id 7"),
    ],
)
def test_word_vectors_that_do_not_fit_are_refused(vectors, message):
    with pytest.raises(ValueError, match=message):
        build().set_word_vectors(vectors)


def test_the_answer_mask_narrows_the_context():
    model, inputs = build().eval(), batch()
    allowed = inputs["token_type_ids"].bool()
    allowed[:, -1] = False
    output = model(**inputs, answer_mask=allowed)
    assert torch.equal(output.start_logits == LEAST, ~allowed)


def test_example_weights_weigh_the_loss():
    model, inputs = build().eval(), batch()
    whole = [model(**{name: tensor[[row]] for name, tensor in inputs.items()}).loss for row in range(3)]
    weighted = model(**inputs, sample_weight=torch.tensor([2.0, 0.0, 1.0])).loss
    torch.testing.assert_close(weighted, (2 * whole[0] + whole[2]) / 3)


def test_a_window_without_the_answer_has_its_label_at_the_separator_and_no_loss():
    model, inputs = build().eval(), batch()
    loss = {}
    for label in (2, -100):
        labels = {name: inputs[name].clone() for name in ("start_positions", "end_positions")}
        for positions in labels.values():
            positions[1] = label
        loss[label] = model(**inputs | labels).loss
    assert loss[2] == loss[-100] < model(**inputs).loss


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5])
def test_dropping_keeps_the_mean_and_the_gradient_follows_what_stayed(rate):
    torch.manual_seed(0)
    residual = torch.zeros(2000, 9, 11, requires_grad=True)
    update = torch.ones(2000, 9, 11, requires_grad=True)
    summed = add_update(residual, update, rate=rate, depth_rate=0.3, training=True)
    whole = summed.flatten(1).any(dim=1)
    assert whole.float().mean().item() == pytest.approx(0.7, abs=0.04)
    kept = (summed[whole] != 0).float().mean().item()
    assert kept == pytest.approx(1 - rate, abs=0.005)
    assert summed.max().item() == pytest.approx(1 / (1 - rate) / 0.7)
    summed.backward(torch.full_like(summed, 2.0))
    torch.testing.assert_close(update.grad, 2 * summed.detach())
    assert torch.equal(residual.grad, torch.full_like(residual, 2.0))
    assert torch.equal(add_update(residual, update, rate=rate, depth_rate=0.3, training=False), residual + update)


def test_layers_are_left_out_the_more_often_the_deeper_they_lie():
    model = QANetModel(QANetConfig(**SMALL, stochastic_depth=0.1))
    rates = [rate for block in model.encoder for rate in block.depth_rates]
    assert rates == pytest.approx([0.1 * layer / 8 for layer in range(1, 9)])
    assert model.layers_of("en").encoder.depth_rates == pytest.approx([0.025, 0.05, 0.075, 0.1])


def test_training_drops_and_evaluation_does_not():
    model, inputs = build(dropout=0.3, character_dropout=0.3, stochastic_depth=0.3), batch()
    assert not torch.equal(logits_of(model.train(), inputs), logits_of(model, inputs))
    assert torch.equal(logits_of(model.eval(), inputs), logits_of(model, inputs))


def test_the_position_signal_is_half_sines_half_cosines():
    signal = position_signal(3, 6, torch.zeros(1))
    rates = [1, 0.01, 0.0001]
    expected = [[math.sin(2 * rate) for rate in rates] + [math.cos(2 * rate) for rate in rates]]
    torch.testing.assert_close(signal[2:], torch.tensor(expected))


def test_words_spelled_alike_are_convolved_once():
    model, inputs = build(shared_encoder=True), batch()
    inputs["character_ids"] = inputs["character_ids"][:1, :1].repeat(3, inputs["input_ids"].shape[1], 1)
    sizes = []
    convolution = model.qanet.layers_of("en").characters.convolution
    convolution.register_forward_hook(lambda module, args, output: sizes.append(len(output)))
    model(**inputs)
    assert sizes == [1]


def test_the_trilinear_tensor_is_never_stored():
    model, inputs = build(hidden_size=16), batch(questions=(40, 40, 40), contexts=(90, 90, 90))
    sizes = []

    def note(tensor):
        sizes.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        model.qanet.attention(torch.randn(3, 90, 16), torch.randn(3, 40, 16), None, None)
    assert max(sizes) <= 3 * 90 * max(40, 4 * 16)
    assert model(**inputs).loss.isfinite()


def test_compiled_blocks_change_nothing():
    model, inputs = build(model_blocks=1).eval(), batch()
    expected = model(**inputs)
    model.qanet.encoder[0].compile(backend="eager")
    compiled = model(**inputs)
    torch.testing.assert_close(compiled.loss, expected.loss)
    torch.testing.assert_close(compiled.start_logits, expected.start_logits)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"language_ids": None}, r"`language_ids` must name the language of each row \(0 en, 1 zh\), but is None"),
        ({"language_ids": torch.tensor([0, 1])}, r"`language_ids` must be of shape \(3,\), but is of shape \(2,\)"),
        ({"language_ids": torch.tensor([0, 2, 1])}, r"languages with an encoder \(0 en, 1 zh\), but hold 2 instead"),
        ({"question_language_ids": torch.tensor([0, -1, 1])}, "`question_language_ids` must be of .* but hold -1"),
        ({"token_type_ids": torch.ones(3, 2)}, r"`token_type_ids` must be of shape \(3, 12\).*\(3, 2\)"),
        ({"token_type_ids": torch.ones(3, 12)}, "must give every row a question, but one row has none"),
        ({"token_type_ids": torch.zeros(3, 12)}, "must give every row a context, but one row has none"),
        ({"character_ids": torch.zeros(3, 16)}, r"`character_ids` must be of shape \(3, 12, characters\)"),
        ({"start_positions": torch.tensor([1, 4, 5])}, "`start_positions` must be at a position .* but is 1 instead"),
        ({"end_positions": torch.tensor([6, 4, 12])}, "`end_positions` must be -100 or between 0 and 11, but is 12"),
    ],
)
def test_bad_batches_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        build()(**{**batch(), **change})


def test_an_unknown_language_lists_the_known_ones():
    with pytest.raises(ValueError, match="`language` must be one of en, zh, but is 'fr' instead"):
        build().qanet.layers_of("fr")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"languages": []}, r"`languages` must name one or more .* but is \[\] instead"),
        ({"languages": ["en", "en"]}, "`languages` must name one or more different languages"),
        ({"languages": ["zh.tw"]}, "without dots"),
        ({"vocab_size": 0}, "`vocab_size` must be 1 or more, but is 0 instead"),
        ({"dropout": 1.0}, "`dropout` must be 0 or more and less than 1, but is 1.0 instead"),
        ({"hidden_size": 98, "num_attention_heads": 4}, r"multiple of twice `num_attention_heads` \(4\), but is 98"),
        ({"model_kernel_size": 4}, "`model_kernel_size` must be odd and positive, but is 4 instead"),
    ],
)
def test_bad_configurations_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        QANetConfig(**fields)
