"""States gathered in batches: the same as those of each window by itself, for every kind of model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from tiny_adversarial import hidden_model
from tiny_qa import TOKENIZER, tiny_examples, tiny_features, tiny_model, tiny_tokenizer, tiny_xltt
from tiny_qanet import QANET_TOKENIZER, qanet_features, tiny_qanet

from hf_xlqa.analysis.hidden_states import first_windows, gather_states

WINDOWS = tiny_features(tiny_examples(7)).windows
SPANS = {"cls": ("cls_index", None), "question": ("question_start", "question_end")}
SPANS["context"] = ("context_start", "context_end")


def naive(encoder: Any, window: dict[str, Any], read: str, layer: int) -> np.ndarray:
    """The mean over the tokens of one window, which is read alone."""
    names = ("input_ids", "attention_mask", "token_type_ids")
    with torch.no_grad():
        hidden = encoder(**{name: torch.tensor([window[name]]) for name in names}, output_hidden_states=True)
    first, last = SPANS[read]
    end = window[first] + 1 if last is None else window[last]
    return hidden.hidden_states[layer][0, window[first] : end].mean(dim=0).numpy()


@pytest.mark.parametrize("padding_side", ["right", "left"])
def test_a_batch_gives_what_each_window_gives_alone(padding_side: str) -> None:
    model = tiny_model(dropout=0.5).train()
    model.bert.embeddings.position_embeddings.weight.data.zero_()  # BERT counts positions from the padding
    tokenizer = tiny_tokenizer(padding_side=padding_side)
    reads: Any = ("cls", "question", "context")
    found = gather_states(model, WINDOWS, tokenizer, reads=reads, layers=(0, -1), batch_size=3)
    assert {read: states.shape for read, states in found.items()} == {read: (len(WINDOWS), 2, 16) for read in reads}
    for read in reads:
        expected = [[naive(model, window, read, layer) for layer in (0, -1)] for window in WINDOWS]
        np.testing.assert_allclose(found[read], expected, atol=1e-6)


def test_a_model_around_another_and_one_of_parallel_texts_give_the_states_of_their_encoder() -> None:
    whole: Any = hidden_model()
    (found,) = gather_states(whole, WINDOWS, TOKENIZER, reads=["cls"]).values()
    assert np.array_equal(found, gather_states(whole.unwrap(), WINDOWS, TOKENIZER)["cls"])
    parallel: Any = tiny_xltt()
    found = gather_states(parallel, WINDOWS, TOKENIZER)["question"]
    expected = [[naive(parallel.base_model.encoder, window, "question", -1)] for window in WINDOWS]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_qanet_gives_what_its_language_dependent_layers_make_of_each_part() -> None:
    model = tiny_qanet()
    windows = qanet_features(tiny_examples(5)).windows
    found = gather_states(model, windows, QANET_TOKENIZER, reads=["context", "question"], batch_size=2)
    alone = [
        gather_states(model, windows.select([row]), QANET_TOKENIZER, reads=["question"])["question"]
        for row in range(len(windows))
    ]
    np.testing.assert_allclose(found["question"], np.concatenate(alone), atol=1e-6)
    assert found["context"].shape == (len(windows), 1, 8)
    assert not np.allclose(found["context"], found["question"])
    with pytest.raises(ValueError, match=r"`reads` must not be of cls for a model that reads no \[CLS\]"):
        gather_states(model, windows, QANET_TOKENIZER)
    with pytest.raises(ValueError, match=r"`layers` must be from -1 to 0, but are \[1\] instead"):
        gather_states(model, windows, QANET_TOKENIZER, reads=["question"], layers=[1])


def test_every_example_has_one_first_window() -> None:
    kept = first_windows(WINDOWS)
    assert len(WINDOWS) > len(kept) == 7
    assert kept["example_index"][:] == list(range(7))
    assert set(kept["character_start"][:]) == {0}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reads": ["sep"]}, r"`reads` must be of cls, question, context, but are \['sep'\] instead"),
        ({"reads": []}, r"`reads` must be of cls, question, context, but are \[\] instead"),
        ({"layers": [2]}, r"`layers` must be from -2 to 1, but are \[2\] instead"),
        ({"layers": []}, r"`layers` must be from -2 to 1, but are \[\] instead"),
    ],
)
def test_what_a_model_does_not_have_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gather_states(tiny_model(), WINDOWS, TOKENIZER, **options)


def test_a_model_that_shows_no_states_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model()
    forward = model.forward
    monkeypatch.setattr(model, "forward", lambda *args, **kwargs: {**forward(*args, **kwargs), "hidden_states": None})
    with pytest.raises(ValueError, match="`model` must return its hidden states, but BertForQuestionAnswering does"):
        gather_states(model, WINDOWS, TOKENIZER)
