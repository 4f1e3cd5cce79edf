"""CSLS in blocks against the whole matrix, and what it does to hubs."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from hf_xlqa.analysis.linear_maps import csls


def vectors(count: int, width: int = 12, seed: int = 0) -> Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


def whole(source: Tensor, target: Tensor, neighbours: int) -> tuple[Tensor, Tensor]:
    """Cosines and CSLS of all pairs, as printed (Conneau et al. 2018, Eq. 5)."""
    cosines = functional.normalize(source, dim=1) @ functional.normalize(target, dim=1).T
    of_source = cosines.sort(dim=1, descending=True).values[:, :neighbours].mean(dim=1)
    of_target = cosines.sort(dim=0, descending=True).values[:neighbours].mean(dim=0)
    return cosines, 2 * cosines - of_source[:, None] - of_target


@pytest.fixture(params=[7, 90, 2**24], ids=["a row at a time", "some rows", "all"])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many similarities are computed at a time."""
    monkeypatch.setattr(csls, "_BLOCK", request.param)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(("rows", "columns", "neighbours"), [(40, 30, 10), (15, 33, 4), (6, 50, 10), (50, 6, 10)])
def test_blocks_give_what_the_whole_matrix_gives(rows: int, columns: int, neighbours: int) -> None:
    source, target = vectors(rows), vectors(columns, seed=1)
    cosines, scores = whole(source, target, neighbours)
    found = csls.csls_nearest(source, target, count=3, neighbours=neighbours)
    torch.testing.assert_close(found.scores, scores.topk(3).values)
    assert torch.equal(found.rows, scores.topk(3).indices)
    plain = csls.nearest(source, target, count=2)
    torch.testing.assert_close(plain.scores, cosines.topk(2).values)
    assert torch.equal(plain.rows, cosines.topk(2).indices)
    both = csls.best_both_ways(source, target, neighbours=neighbours)
    assert torch.equal(both.of_source, scores.argmax(dim=1)) and torch.equal(both.of_target, scores.argmax(dim=0))
    assert both.similarity == pytest.approx(float(cosines.amax(1).mean() + cosines.amax(0).mean()) / 2, abs=1e-6)
    mutual = [
        [row, int(column)] for row, column in enumerate(scores.argmax(dim=1)) if int(scores[:, column].argmax()) == row
    ]
    assert csls.mutual_nearest(source, target, neighbours=neighbours).tolist() == mutual and mutual
    of_frequent = float(cosines[:5].gather(1, scores[:5].argmax(dim=1, keepdim=True)).mean())
    found_similarity = csls.translation_similarity(source, target, words=5, neighbours=neighbours)
    assert found_similarity == pytest.approx(of_frequent, abs=1e-6)


@pytest.mark.usefixtures("block")
def test_neighbours_of_a_few_queries_are_those_among_all_words() -> None:
    source, target = vectors(40), vectors(30, seed=1)
    _, scores = whole(source, target, 5)
    found = csls.csls_nearest(source[7:9], target, source=source, neighbours=5)
    torch.testing.assert_close(found.scores[:, 0], scores[7:9].amax(dim=1))


def test_a_hub_is_the_translation_of_few_by_csls() -> None:
    """All queries lie in a cone whose axis is a key, which is nearer to many than their own noisy translation."""
    generator = torch.Generator().manual_seed(0)
    axis = torch.zeros(30)
    axis[0] = 3.0
    source = axis + torch.randn(200, 30, generator=generator)
    target = torch.cat([source + 1.5 * torch.randn(200, 30, generator=generator), axis[None]])
    own = torch.arange(200)
    nearest, by_csls = (find(source, target).rows[:, 0] for find in (csls.nearest, csls.csls_nearest))
    assert (nearest == 200).sum() >= 25 and (by_csls == 200).sum() <= 5
    assert (nearest == own).float().mean() < 0.55 and (by_csls == own).float().mean() > 0.7


def test_left_out_similarities_count_as_nothing() -> None:
    """With few kept, dictionaries vary from call to call; the similarity that is maximised does not."""
    source, target = vectors(60), vectors(60, seed=1)
    torch.manual_seed(0)
    all_kept, some, others = (csls.best_both_ways(source, target, keep=keep) for keep in (1.0, 0.1, 0.1))
    assert some.similarity == others.similarity == all_kept.similarity
    assert (some.of_source == others.of_source).float().mean() < 0.5
    assert (some.of_target == all_kept.of_target).float().mean() < 0.5
    nothing = csls.best_both_ways(source, target, keep=0.0)
    assert nothing.of_source.unique().tolist() == [0]
