"""The mean state of each token, and the map between those of two languages, against loops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_corpora import article, write_articles, write_encoder
from transformers import AutoModel, AutoTokenizer

from hf_xlqa.analysis.linear_maps.procrustes import Procrustes
from hf_xlqa.analysis.token_types import TokenTypes, fit_state_map, mean_states
from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.features import prepare_features

SIZES: dict[str, Any] = {"max_length": 128, "window_step": 64, "max_question_length": 32, "progress": False}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.mark.parametrize("layer", [0, 1, -1])
def test_the_vector_of_a_token_is_the_mean_of_its_states_in_contexts(encoder: str, tmp_path: Path, layer: int) -> None:
    model, tokenizer = AutoModel.from_pretrained(encoder).eval(), AutoTokenizer.from_pretrained(encoder)
    path = write_articles(tmp_path / "bridges.json", [article(number, "en") for number in range(3)])
    examples = read_examples(path, language="en", corpus="bridges")
    windows = prepare_features(list(examples), tokenizer, **SIZES).windows
    found = mean_states(model, windows, tokenizer, layer=layer, batch_size=4)
    states: dict[int, list[torch.Tensor]] = {}
    for window in windows:
        given = {name: torch.tensor([window[name]]) for name in ("input_ids", "attention_mask", "token_type_ids")}
        with torch.no_grad():
            hidden = model(**given, output_hidden_states=True).hidden_states[layer][0]
        for place in range(window["context_start"], window["context_end"]):
            states.setdefault(window["input_ids"][place], []).append(hidden[place])
    assert sorted(states) == sorted(found.ids.tolist())
    assert found.counts.tolist() == sorted((len(each) for each in states.values()), reverse=True)
    for token, count, vector in zip(found.ids.tolist(), found.counts, found.vectors, strict=True):
        assert len(states[token]) == count
        torch.testing.assert_close(vector, torch.stack(states[token]).mean(dim=0), atol=1e-5, rtol=1e-5)
    everything = torch.stack([state for each in states.values() for state in each])
    torch.testing.assert_close(found.mean, everything.mean(dim=0), atol=1e-5, rtol=1e-5)
    assert found.most_frequent(2).ids.tolist() == found.ids[:2].tolist()
    with pytest.raises(ValueError, match="`windows` must be one or more, but are none instead"):
        mean_states(model, windows.select([]), tokenizer, layer=layer)


def types(vectors: torch.Tensor, ids: np.ndarray[Any, np.dtype[np.int64]]) -> TokenTypes:
    return TokenTypes(ids, np.arange(len(ids), 0, -1), vectors)


def test_states_of_one_language_are_taken_to_those_of_another_by_the_tokens_both_have() -> None:
    """The map is found by tokens 20 to 39 alone, and holds for the others, their mean included."""
    generator = torch.Generator().manual_seed(0)
    turn = torch.linalg.qr(torch.randn(8, 8, generator=generator)).Q
    source = torch.randn(40, 8, generator=generator) + 5
    target = (source - source.mean(dim=0)) @ turn - 3
    counts = torch.arange(40, 0, -1.0)
    ids = np.arange(40)
    theirs = types(target, np.where(ids < 20, ids + 100, ids))
    found = fit_state_map(Procrustes(), types(source, ids), theirs, identical_pairs=True)
    torch.testing.assert_close(found.matrix, turn, atol=1e-3, rtol=1e-3)
    assert found.bias is not None
    torch.testing.assert_close(source @ found.matrix + found.bias, target, atol=1e-2, rtol=1e-2)
    means = (counts @ each / counts.sum() for each in (source, target))
    torch.testing.assert_close(next(means) @ found.matrix + found.bias, next(means), atol=1e-4, rtol=1e-4)
    assert (found.tokens, found.shared) == ((40, 40), 20)
    assert found.similarity[1] > 0.99 > found.similarity[0]


def test_means_may_be_left_alone() -> None:
    vectors = torch.randn(40, 8, generator=torch.Generator().manual_seed(0)) + 5
    turn = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(1))).Q
    ids = np.arange(40)
    found = fit_state_map(
        Procrustes(), types(vectors, ids), types(vectors @ turn, ids), centre=False, identical_pairs=True
    )
    assert found.bias is None
    torch.testing.assert_close(found.matrix, turn, atol=1e-4, rtol=1e-4)
    with pytest.raises(ValueError, match="`pairs` must hold one pair of rows or more"):
        fit_state_map(Procrustes(), types(vectors, ids), types(vectors, ids + 100), identical_pairs=True)
