"""Transfer read off stores of states: texts paired by their ids, tokens of all languages together, scores beside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.decomposition import PCA
from tiny_qa import TOKENIZER, tiny_examples, tiny_features, tiny_model

from hf_xlqa.analysis.cosine import Cosine, mean_cosine
from hf_xlqa.analysis.hidden_states import answer_windows
from hf_xlqa.analysis.states_store import StateStore
from hf_xlqa.analysis.states_writer import write_states
from hf_xlqa.analysis.svcca import Compared, Similarity, compare_states
from hf_xlqa.analysis.transfer import (
    PairSimilarity,
    SimilaritySettings,
    compare_languages,
    correlate_with_scores,
    map_tokens,
    paired_states,
)
from hf_xlqa.reports import Score

ENGLISH = tiny_examples(24)
GERMAN = [replace(example, question="Where in ?") for example in tiny_examples(26, language="de", first_place=3)]
SETTINGS = SimilaritySettings(dimensions=4, shuffles=2)


def store_of(folder: Path, examples: list[Any], **options: Any) -> StateStore:
    windows = answer_windows(tiny_features(examples).windows)
    return write_states(folder, tiny_model(), windows, TOKENIZER, examples, reads=("answer", "tokens"), **options)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StateStore]:
    """English, and German in the opposite order with two texts of its own."""
    folder = tmp_path_factory.mktemp("stores")
    return {"en": store_of(folder / "en", ENGLISH), "de": store_of(folder / "de", GERMAN[::-1])}


def by_text(store: StateStore, layer: int) -> dict[str, np.ndarray]:
    texts = store.records("answer")["parallel_id"].to_pylist()
    return dict(zip(texts, store.states("answer", layer), strict=True))


def test_texts_are_paired_by_their_ids_whatever_their_order(stores: dict[str, StateStore]) -> None:
    first, second, unpaired = paired_states(stores["en"], stores["de"], "answer", 1)
    assert unpaired == (0, 2)
    english, german = (by_text(store, 1) for store in stores.values())
    np.testing.assert_array_equal(first, [english[example.parallel_id] for example in ENGLISH])
    np.testing.assert_array_equal(second, [german[example.parallel_id] for example in ENGLISH])


def test_every_layer_of_every_target_is_compared_with_the_source(stores: dict[str, StateStore]) -> None:
    found = list(compare_languages({**stores, "zh": stores["en"]}, "en", "answer", (0, 1), SETTINGS))
    assert [(each.pair, each.layer) for each in found] == [("en-de", 0), ("en-zh", 0), ("en-de", 1), ("en-zh", 1)]
    first, second, _ = paired_states(stores["en"], stores["de"], "answer", 1)
    assert found[2].cosine == mean_cosine(first, second)
    assert found[2].compared == compare_states(first, second, dimensions=4, shuffles=2)
    assert found[3].value("cosine") == pytest.approx(1)
    assert found[3].value("svcca") == pytest.approx(1)
    assert found[2].value("cka") == found[2].compared.similarity.cka
    assert found[2].chance("pwcca") == found[2].compared.chance.pwcca
    assert found[2].chance("cosine") == found[2].cosine.chance


def test_the_components_are_those_of_the_tokens_of_all_languages(
    stores: dict[str, StateStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    all_of_them = map_tokens(stores, 1)
    monkeypatch.setattr("hf_xlqa.analysis.transfer._TOKENS_DRAWN", 50)
    found, again = map_tokens(stores, 1), map_tokens(stores, 1)
    tokens = {language: store.states("tokens", 1).astype(float) for language, store in stores.items()}
    union = np.concatenate(list(tokens.values()))
    expected = PCA(2, svd_solver="full").fit(union)
    np.testing.assert_allclose(found.components.explained, expected.explained_variance_ratio_, rtol=1e-6)
    assert dict(found.tokens) == {language: len(states) for language, states in tokens.items()}
    squares = sum(len(each) * ((each.mean(axis=0) - union.mean(axis=0)) ** 2).sum() for each in tokens.values())
    assert found.between == pytest.approx(squares / ((union - union.mean(axis=0)) ** 2).sum(), rel=1e-6)
    for language, points in found.points.items():
        places = found.components.project(tokens[language])
        assert points.shape == (50, 2)
        assert all(np.isclose(places, point).all(axis=1).any() for point in points)
    np.testing.assert_array_equal(found.points["de"], again.points["de"])
    np.testing.assert_allclose(all_of_them.points["en"], found.components.project(tokens["en"])[:1000], atol=1e-9)


def similar(target: str, layer: int, cosine: float, cka: float) -> PairSimilarity:
    similarity = Similarity(svcca=0.5, pwcca=cka**2, cka=cka)
    return PairSimilarity(
        "en", target, layer, Cosine(cosine, 0, 1, 0, 9), Compared(similarity, similarity, 9, (2, 2)), (0, 0)
    )


def test_scores_are_set_beside_the_similarities_of_their_language() -> None:
    values = {"de": (0.8, 0.9, 60.0), "es": (0.7, 0.8, 65.0), "zh": (0.5, 0.2, 40.0), "hi": (0.3, 0.3, 31.0)}
    pairs = [similar(target, layer, a + layer / 10, b) for layer in (0, 1) for target, (a, b, _) in values.items()]
    pairs.append(similar("ru", 0, 0.1, 0.1))  # without a score
    scores = {
        target: Score(f"xquad/{target}", target, "squad", 12.0, f1, 9, "") for target, (_, _, f1) in values.items()
    }
    found = {(each.layer, each.kind, each.measure): each for each in correlate_with_scores(pairs, scores)}
    assert len(found) == 2 * 4 * 2
    ranked = stats.pearsonr([0.8, 0.7, 0.5, 0.3], [60, 65, 40, 31]).statistic
    for layer in (0, 1):
        correlation = found[layer, "cosine", "f1"].correlation
        assert correlation is not None
        assert (correlation.pearson, correlation.count) == (pytest.approx(ranked), 4)
    assert found[0, "cosine", "exact_match"].correlation is None
    assert "`scores` must be finite and not all the same" in found[0, "cosine", "exact_match"].reason
    assert "`similarities` must be finite and not all the same" in found[0, "svcca", "f1"].reason


def test_stores_that_do_not_pair_are_refused(stores: dict[str, StateStore], tmp_path: Path) -> None:
    twice = store_of(tmp_path / "twice", [*ENGLISH[:2], replace(ENGLISH[0], id="again")])
    with pytest.raises(ValueError, match="must hold one answer a parallel id, but holds 3 of 2 ids instead"):
        paired_states(stores["en"], twice, "answer", 1)
    other = store_of(tmp_path / "other", [replace(each, parallel_id=f"other {each.id}") for each in ENGLISH[:3]])
    with pytest.raises(ValueError, match="must hold translations of texts of .*en`, but holds no answer under"):
        paired_states(stores["en"], other, "answer", 1)
