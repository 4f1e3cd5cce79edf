"""Linear maps of made-up spaces, whose translations are known, by every method; closed forms against SciPy."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from scipy.linalg import orthogonal_procrustes
from torch import Tensor

from hf_xlqa import plugins
from hf_xlqa.analysis.linear_maps.csls import csls_nearest, nearest
from hf_xlqa.analysis.linear_maps.dema import Dema
from hf_xlqa.analysis.linear_maps.linear_map import LinearMap, LinearMapper, Normalisation
from hf_xlqa.analysis.linear_maps.muse import Muse
from hf_xlqa.analysis.linear_maps.procrustes import Procrustes, orthogonal_map
from hf_xlqa.analysis.linear_maps.vecmap import Vecmap

WIDTH = 10
PAIRS = torch.arange(30)[:, None].repeat(1, 2)
QUICK_DEMA: dict[str, Any] = {"steps": 80, "batch_size": 64, "validation_steps": 20}


def rotation(angle: float | None) -> Tensor:
    """Any rotation, or one by about an angle."""
    noise = torch.randn(WIDTH, WIDTH, generator=torch.Generator().manual_seed(1))
    if angle is None:
        turned: Tensor = torch.linalg.qr(noise).Q
    else:
        turned = torch.matrix_exp(angle * (noise - noise.T) / WIDTH**0.5)
    return turned


def spaces(count: int = 300, *, angle: float | None = None, noise: float = 0.02) -> tuple[Tensor, Tensor]:
    """Skewed vectors of words, and those turned, with noise; row by row translations."""
    generator = torch.Generator().manual_seed(0)
    vectors = -torch.rand(count, WIDTH, generator=generator).clamp(min=1e-6).log() * torch.linspace(1.5, 0.4, WIDTH)
    vectors = vectors - vectors.mean(dim=0)
    return vectors, vectors @ rotation(angle) + noise * torch.randn(count, WIDTH, generator=generator)


def right(found: LinearMap, source: Tensor, target: Tensor, find: Any = csls_nearest) -> float:
    """P@1 of words whose translation has their own row."""
    rows = find(found.apply(source), found.apply_to_target(target)).rows[:, 0]
    return float((rows == torch.arange(len(source))).float().mean())


def test_procrustes_is_that_of_scipy() -> None:
    source, target = spaces(40, noise=0.5)
    expected, _ = orthogonal_procrustes(source.numpy(), target.numpy())
    torch.testing.assert_close(orthogonal_map(source, target), torch.from_numpy(expected), atol=1e-5, rtol=1e-5)
    found = Procrustes().fit(source, target, pairs=PAIRS)
    torch.testing.assert_close(found.source, orthogonal_map(source[:30], target[:30]))
    torch.testing.assert_close(found.source @ found.source.T, torch.eye(WIDTH))
    assert torch.equal(found.target, torch.eye(WIDTH))


@pytest.mark.parametrize(
    ("mapper", "pairs"),
    [
        (Procrustes(), PAIRS),
        (Procrustes(normalise=("unit", "centre", "unit")), PAIRS),
        (Muse(), PAIRS),
        (Vecmap(patience=5), None),
        (Vecmap(patience=5), PAIRS),
        (Dema(**QUICK_DEMA), PAIRS),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_turned_space_is_turned_back(mapper: LinearMapper, pairs: Tensor | None) -> None:
    source, target = spaces()
    found = mapper.fit(source, target, pairs=pairs)
    assert right(found, source, target) > 0.99 and right(found, source, target, nearest) > 0.99


def test_spaces_of_other_words_and_sizes_are_brought_together() -> None:
    """A third of the words of either language has no translation, and there is more noise."""
    source, target = spaces(450, noise=0.05)
    target = torch.cat([target[:300], -target[300:400]])
    found = Vecmap(patience=5).fit(source, target)
    columns = csls_nearest(found.apply(source), found.apply_to_target(target)).rows[:300, 0]
    assert (columns == torch.arange(300)).float().mean() > 0.9


@pytest.mark.parametrize("pairs", [None, PAIRS.flip(0) + 270], ids=["without pairs", "with pairs"])
def test_the_first_dictionary_may_hold_rarer_words_than_self_learning_reads(pairs: Tensor | None) -> None:
    source, target = spaces()
    found = Vecmap(patience=5, words=150).fit(source, target, pairs=pairs)
    assert right(found, source, target) > 0.99


def test_the_game_of_muse_finds_the_map_without_pairs_or_refinement() -> None:
    source, target = spaces(600, angle=0.9)
    quick: dict[str, Any] = {"hidden_size": 32, "steps": 80, "learning_rate": 0.3, "dropout": 0.0, "refinements": 0}
    after, before = (right(Muse(epochs=epochs, **quick).fit(source, target), source, target) for epochs in (5, 0))
    assert after > 0.99 and before < 0.1


def test_densities_match_without_pairs_where_spaces_are_turned_a_little() -> None:
    source, target = spaces(angle=0.5)
    before = LinearMap(torch.eye(WIDTH), torch.eye(WIDTH))
    found = Dema(**QUICK_DEMA | {"steps": 200}).fit(source, target)
    assert right(found, source, target) > 0.95 and right(before, source, target) < 0.7


def test_a_part_of_a_mixture_will_do() -> None:
    source, target = spaces()
    found = Dema(**QUICK_DEMA, mixture_words=150).fit(source, target, pairs=PAIRS)
    assert right(found, source, target) > 0.99


def test_the_log_density_is_that_of_the_mixture() -> None:
    """Against a mixture of torch.distributions, with the weights of ranks."""
    mapper = Dema(temperature=1.5)
    words, vectors, ranks = spaces(7)[0], spaces(4)[1], torch.tensor([0, 3, 6, 1])
    for vector, rank, found in zip(vectors, ranks, mapper._log_density(vectors, ranks, words, 0.3), strict=True):
        weights = torch.softmax(-(((rank + 1).log() - torch.arange(1, 8).log()).abs()) / 1.5, dim=0)
        normal = torch.distributions.Normal(words, 0.3**0.5)
        mixture = torch.distributions.MixtureSameFamily(
            torch.distributions.Categorical(weights), torch.distributions.Independent(normal, 1)
        )
        torch.testing.assert_close(found, mixture.log_prob(vector))


def test_symmetric_reweighting_is_that_of_the_paper() -> None:
    """Whitening by symmetric roots, SVD, S^1/2 on both sides, de-whitening, step by step in float64."""
    source, target = (each.double() for each in spaces(200, noise=0.3))
    found = Vecmap()._reweighted(source, target)

    def root(vectors: Tensor, power: float) -> Tensor:
        scales, axes = torch.linalg.eigh(vectors.T @ vectors)
        matrix: Tensor = (axes * scales**power) @ axes.T
        return matrix

    left, scales, right_ = torch.linalg.svd(root(source, -0.5) @ source.T @ target @ root(target, -0.5))
    for matrix, vectors, turned in zip(found, (source, target), (left, right_.T), strict=True):
        weighted = vectors @ root(vectors, -0.5) @ turned * scales**0.5
        expected = weighted @ (turned.T @ root(vectors, 0.5) @ turned)
        torch.testing.assert_close((vectors @ matrix).abs(), expected.abs())


def test_similarity_roots_are_those_of_the_gram_matrix() -> None:
    vectors = spaces(20)[0]
    rows = Vecmap(normalise=())._similarities(vectors)
    scales, axes = torch.linalg.eigh((vectors @ vectors.T).double())
    root = (axes * scales.clamp(min=0).sqrt()) @ axes.T
    torch.testing.assert_close(rows, root.sort(dim=1).values.float(), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    "mapper",
    [Muse(epochs=1, steps=5, hidden_size=8, refinements=0), Vecmap(patience=2), Dema(steps=3, batch_size=8)],
    ids=lambda each: type(each).__name__,
)
def test_the_seed_fixes_the_map_and_nothing_else_changes(mapper: LinearMapper) -> None:
    source, target = spaces(80, angle=0.5, noise=0.5)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    maps = [mapper.fit(source, target, seed=seed) for seed in (0, 0, 1)]
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(maps[0].source, maps[1].source)
    assert not torch.equal(maps[0].source, maps[2].source)


def test_the_map_into_the_target_leaves_the_target_where_it_is() -> None:
    source, target = spaces(noise=0.1)
    found = Vecmap(patience=2).fit(source, target)
    mapped = found.source_normalisation(source) @ found.into_target
    torch.testing.assert_close(mapped @ found.target, found.apply(source), atol=1e-4, rtol=1e-4)
    expected = found.target_normalisation(target)
    assert (mapped - expected).norm() < 0.5 * expected.norm()


def test_vectors_are_normalised_as_the_method_says() -> None:
    vectors = spaces(50)[0] + 3
    normalised = Normalisation.of(vectors, ("unit", "centre", "unit"))
    unit = vectors / vectors.norm(dim=1, keepdim=True)
    centred = unit - unit.mean(dim=0)
    torch.testing.assert_close(normalised(vectors), centred / centred.norm(dim=1, keepdim=True))
    other = vectors[:3] * 2  # of the mean of all vectors, not of these
    torch.testing.assert_close(normalised(other), normalised(vectors)[:3])
    found = Procrustes(normalise=("centre",)).fit(vectors, vectors @ rotation(None) - 7, pairs=PAIRS)
    torch.testing.assert_close(
        found.apply(vectors), found.apply_to_target(vectors @ rotation(None) - 7), atol=1e-4, rtol=0
    )


@pytest.mark.parametrize("name", plugins.names("analysis.linear_maps"))
def test_every_method_is_found_by_the_name_of_its_file(name: str) -> None:
    assert issubclass(plugins.find("analysis.linear_maps", name), LinearMapper)
    assert name in {"dema", "muse", "procrustes", "vecmap"}


def test_what_cannot_be_mapped_is_refused() -> None:
    source, target = spaces(40)
    mapper = Procrustes()
    with pytest.raises(ValueError, match="`source` must be one float32 vector a row or more, .* torch.float64 instead"):
        mapper.fit(source.double(), target, pairs=PAIRS)
    broken = target.clone()
    broken[3, 2] = torch.nan
    with pytest.raises(ValueError, match="`target` must be finite, but is not in row 3"):
        mapper.fit(source, broken, pairs=PAIRS)
    with pytest.raises(ValueError, match="`target` must be as wide as `source`, 10, but is 9 wide instead"):
        mapper.fit(source, target[:, :9], pairs=PAIRS)
    for pairs in (None, PAIRS[:0]):
        with pytest.raises(ValueError, match="`pairs` must hold one pair of rows or more, but hold none instead"):
            mapper.fit(source, target, pairs=pairs)
    with pytest.raises(ValueError, match=r"`pairs` must be of rows below 40 and 40, .* from 0 to 40 instead"):
        mapper.fit(source, target, pairs=torch.tensor([[0, 40]]))
    with pytest.raises(ValueError, match="`target` must be 10 vectors or more, as many as their width, but is 9 inst"):
        Vecmap().fit(source, target[:9])
    wrong: Any = ("unit", "whiten")
    with pytest.raises(ValueError, match=r"`normalise` must be of unit, centre, but is \('unit', 'whiten'\) instead"):
        Procrustes(normalise=wrong)
