"""What the states of a model say of its transfer between languages: how alike parallel texts are, where tokens lie.

Reads stores of states (`states_store`), one a language; source: Hsu et al. 2019, section 3.2 and A.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hf_xlqa.analysis.cosine import Correlation, Cosine, correlate, mean_cosine
from hf_xlqa.analysis.hidden_states import AnyRead, FloatArray
from hf_xlqa.analysis.pca import PrincipalComponents, fit_components
from hf_xlqa.analysis.states_store import StateStore
from hf_xlqa.analysis.svcca import Compared, compare_states
from hf_xlqa.reports.score import MEASURES, Measure, Score

Kind = Literal["cosine", "svcca", "pwcca", "cka"]
KINDS: dict[Kind, str] = {"cosine": "cosine", "svcca": "SVCCA", "pwcca": "PWCCA", "cka": "linear CKA"}
"""Kinds of similarity, and what they are called."""

_TOKENS_DRAWN = 1_000  # of each language


@dataclass(frozen=True)
class SimilaritySettings:
    """How states are compared.

    Args:
        share, dimensions: which directions SVCCA and PWCCA keep, see `svcca.largest_directions`.
        shuffles: how often texts are shuffled for what chance gives.
        seed: of the shuffles, the intervals and the choice of tokens that are drawn.
    """

    share: float = 0.99
    dimensions: int | None = None
    shuffles: int = 10
    seed: int = 0


@dataclass(frozen=True)
class PairSimilarity:
    """How alike the states of the parallel texts of two languages are.

    Args:
        source, target: the languages.
        layer: from 0, the embeddings.
        cosine: of each text with its translation.
        compared: of all texts with all translations.
        unpaired: how many texts of the source and of the target have no partner.
    """

    source: str
    target: str
    layer: int
    cosine: Cosine
    compared: Compared
    unpaired: tuple[int, int]

    @property
    def pair(self) -> str:
        """Its name, SOURCE-TARGET."""
        return f"{self.source}-{self.target}"

    def value(self, kind: Kind) -> float:
        """A similarity."""
        return self.cosine.mean if kind == "cosine" else float(getattr(self.compared.similarity, kind))

    def chance(self, kind: Kind) -> float:
        """What a similarity is between texts that are no translations of each other."""
        return self.cosine.chance if kind == "cosine" else float(getattr(self.compared.chance, kind))


@dataclass(frozen=True)
class TokenMap:
    """Where the tokens of several languages lie along their principal components.

    Args:
        layer: from 0, the embeddings.
        components: fitted on the tokens of all languages.
        points: places of some tokens by language, (points, components).
        tokens: how many there are, by language.
        between: share of the variance of all tokens that lies between the means of the languages, in [0, 1]: 0 where
            the languages are spread about one mean.
    """

    layer: int
    components: PrincipalComponents
    points: Mapping[str, NDArray[np.float64]]
    tokens: Mapping[str, int]
    between: float


@dataclass(frozen=True)
class ScoreCorrelation:
    """Whether a similarity goes with a score over language pairs.

    Args:
        layer: from 0, the embeddings.
        kind: of similarity.
        measure: of the score.
        correlation: the coefficients; None where they are not defined.
        reason: why they are not.
    """

    layer: int
    kind: Kind
    measure: Measure
    correlation: Correlation | None
    reason: str = ""


def paired_states(
    source: StateStore, target: StateStore, read: AnyRead, layer: int
) -> tuple[FloatArray, FloatArray, tuple[int, int]]:
    """States of parallel texts in the same order, that of the source, and how many of either have no partner.

    Raises:
        ValueError: when a store holds several states of one text, or the two share none.
    """
    rows = [_rows_by_text(store, read) for store in (source, target)]
    shared = [text for text in rows[0] if text in rows[1]]
    if not shared:
        raise ValueError(
            f"`{target.folder}` must hold translations of texts of `{source.folder}`, but holds no {read} under a "
            "parallel id of these."
        )
    states = [
        store.states(read, layer)[[own[text] for text in shared]]
        for store, own in zip((source, target), rows, strict=True)
    ]
    return states[0], states[1], (len(rows[0]) - len(shared), len(rows[1]) - len(shared))


def compare_languages(
    stores: Mapping[str, StateStore], source: str, read: AnyRead, layers: Sequence[int], settings: SimilaritySettings
) -> Iterator[PairSimilarity]:
    """How alike the states of the source and of every other language are, layer by layer.

    Args:
        stores: of parallel texts by language, one vector of the kind a text.
        source: the language that the others are compared with.
        read: the kind of vector.
        layers: from 0, the embeddings.
        settings: how.

    Raises:
        ValueError: see `paired_states`, `cosine.mean_cosine` and `svcca.compare_states`.
    """
    for layer in layers:
        for target in stores:
            if target == source:
                continue
            first, second, unpaired = paired_states(stores[source], stores[target], read, layer)
            yield PairSimilarity(
                source=source,
                target=target,
                layer=layer,
                cosine=mean_cosine(first, second, seed=settings.seed),
                compared=compare_states(
                    first,
                    second,
                    share=settings.share,
                    dimensions=settings.dimensions,
                    shuffles=settings.shuffles,
                    seed=settings.seed,
                ),
                unpaired=unpaired,
            )


def map_tokens(stores: Mapping[str, StateStore], layer: int, *, seed: int = 0) -> TokenMap:
    """The principal components of the tokens of all languages together, in flat memory.

    Args:
        stores: of tokens, by language.
        layer: from 0, the embeddings.
        seed: of the choice of the tokens whose places are kept, a thousand of each language.

    Raises:
        ValueError: see `pca.fit_components`.
    """
    components = fit_components(batch.states for store in stores.values() for batch in store.batches("tokens", layer))
    tokens = {language: store.rows("tokens") for language, store in stores.items()}
    points: dict[str, NDArray[np.float64]] = {}
    between = 0.0
    rng = np.random.default_rng(seed)
    for language, store in stores.items():
        chosen = np.sort(rng.permutation(tokens[language])[:_TOKENS_DRAWN])
        points[language], mean = _places(store, layer, components, chosen)
        between += tokens[language] * float(((mean - components.mean) ** 2).sum())
    total = components.total_variance * (components.count - 1)
    return TokenMap(layer, components, points, tokens, between / total)


def correlate_with_scores(
    similarities: Sequence[PairSimilarity], scores: Mapping[str, Score]
) -> list[ScoreCorrelation]:
    """Whether similarities go with scores over the targets that have one, layer by layer.

    Args:
        similarities: of one source.
        scores: by target language.

    Raises:
        ImportError: when SciPy is missing.
    """
    found = []
    for layer in dict.fromkeys(each.layer for each in similarities):
        own = [each for each in similarities if each.layer == layer and each.target in scores]
        for kind in get_args(Kind):
            for measure in MEASURES:
                values = [getattr(scores[each.target], measure) for each in own]
                found.append(_correlation(layer, kind, measure, [each.value(kind) for each in own], values))
    return found


def _correlation(
    layer: int, kind: Kind, measure: Measure, similarities: Sequence[float], scores: Sequence[float]
) -> ScoreCorrelation:
    try:
        return ScoreCorrelation(layer, kind, measure, correlate(similarities, scores))
    except ValueError as error:
        return ScoreCorrelation(layer, kind, measure, None, str(error))


def _rows_by_text(store: StateStore, read: AnyRead) -> dict[str, int]:
    texts = store.records(read)["parallel_id"].to_pylist()
    rows = {text: row for row, text in enumerate(texts)}
    if len(rows) < len(texts):
        raise ValueError(
            f"`{store.folder}` must hold one {read} a parallel id, but holds {len(texts)} of {len(rows)} ids instead; "
            "read one window of an example (`answer_windows`), and repair ids that are repeated."
        )
    return rows


def _places(
    store: StateStore, layer: int, components: PrincipalComponents, chosen: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places of the chosen tokens, (points, components), and the mean of all, (W,)."""
    total, first = np.zeros_like(components.mean), 0
    places = [np.zeros((0, len(components.components)))]
    for batch in store.batches("tokens", layer):
        own = chosen[(chosen >= first) & (chosen < first + len(batch.states))] - first
        places.append(components.project(batch.states[own]))
        total += batch.states.sum(axis=0, dtype=np.float64)
        first += len(batch.states)
    return np.concatenate(places), total / max(first, 1)
