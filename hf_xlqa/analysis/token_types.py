"""One vector a token of the vocabulary, the mean of its states at a layer, and the map between those of two languages.

Linear maps are made for word vectors, and a layer has states of tokens in their contexts: the mean over a corpus stands
for the token (Hsu et al. 2019, A.2.1, do not say what stands for it).

Axes: N tokens, W width of the states.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_xlqa.analysis.hidden_states import IntArray, stream_states
from hf_xlqa.analysis.linear_maps.csls import translation_similarity
from hf_xlqa.analysis.linear_maps.linear_map import LinearMapper


@dataclass(frozen=True)
class TokenTypes:
    """The tokens of a corpus, the most frequent first.

    Args:
        ids: (N,) of the vocabulary.
        counts: how often each was read, (N,).
        vectors: mean state of each, (N, W) float32.
    """

    ids: IntArray
    counts: IntArray
    vectors: Tensor

    @property
    def mean(self) -> Tensor:
        """The mean state of all that was read, (W,)."""
        counts = torch.from_numpy(self.counts).to(self.vectors)
        return counts @ self.vectors / counts.sum()

    def most_frequent(self, count: int) -> TokenTypes:
        """The first of them."""
        return TokenTypes(self.ids[:count], self.counts[:count], self.vectors[:count])


@dataclass(frozen=True)
class StateMap:
    """A map of the states of one language into those of another, x -> x A + b.

    Args:
        matrix: A, (W, W).
        bias: b, (W,), which takes the mean of the source to that of the target; None where means were left alone.
        tokens: how many tokens of source and target it was found by.
        shared: how many tokens both have.
        similarity: mean cosine of the source's tokens and their nearest of the target by CSLS, before and after.
    """

    matrix: Tensor
    bias: Tensor | None
    tokens: tuple[int, int]
    shared: int
    similarity: tuple[float, float]


def mean_states(
    model: PreTrainedModel,
    windows: Dataset,
    tokenizer: PreTrainedTokenizerBase,
    *,
    layer: int,
    batch_size: int = 32,
) -> TokenTypes:
    """The mean state of every token of contexts, in one pass; memory holds a vector a token of the vocabulary.

    Args:
        model: any encoder or question-answering model; it is put into evaluation mode.
        windows: as `prepare_features` gives them.
        tokenizer: that of the windows.
        layer: which hidden state, 0 for the embeddings, -1 for the last.
        batch_size: windows in a batch.

    Raises:
        ValueError: when there is no window, or the model has no such layer.
    """
    if not len(windows):
        raise ValueError("`windows` must be one or more, but are none instead.")
    counts = torch.zeros(len(tokenizer), dtype=torch.long)
    sums: Tensor | None = None
    columns = windows.select_columns(["input_ids", "context_start", "context_end"]).with_format("numpy")
    batches = stream_states(
        model, windows, tokenizer, reads=["tokens"], layers=[layer], batch_size=batch_size, progress=False
    )
    for first, found in zip(range(0, len(windows), batch_size), batches, strict=True):
        rows = columns[first : first + batch_size]
        bounds = zip(rows["input_ids"], rows["context_start"], rows["context_end"], strict=True)
        ids = torch.from_numpy(np.concatenate([tokens[start:end] for tokens, start, end in bounds]).astype(np.int64))
        states = torch.from_numpy(found["tokens"].states[:, 0]).double()
        sums = torch.zeros(len(tokenizer), states.shape[1], dtype=torch.float64) if sums is None else sums
        sums.index_add_(0, ids, states)
        counts += torch.bincount(ids, minlength=len(tokenizer))
    assert sums is not None  # there are windows
    order = counts.argsort(descending=True, stable=True)[: int((counts > 0).sum())]
    return TokenTypes(order.numpy(), counts[order].numpy(), (sums[order] / counts[order, None]).float())


def fit_state_map(
    mapper: LinearMapper,
    source: TokenTypes,
    target: TokenTypes,
    *,
    centre: bool = True,
    identical_pairs: bool = False,
    seed: int = 0,
) -> StateMap:
    """The map of one language's states into another's.

    Args:
        mapper: the method.
        source, target: the tokens of either language, of one vocabulary.
        centre: whether the mean of all states of the source is taken to that of the target, besides.
        identical_pairs: whether the method is given the tokens of both languages as pairs of translations, as DeMa is
            words of one spelling; names, numbers and punctuation are, and pieces of words may be false friends.
        seed: of the method.

    Raises:
        ValueError: as the method says.
    """
    _, ours, theirs = np.intersect1d(source.ids, target.ids, return_indices=True)
    shared = torch.from_numpy(np.stack([ours, theirs], axis=1))
    means = (source.mean, target.mean) if centre else (torch.zeros_like(source.mean),) * 2
    spaces = source.vectors - means[0], target.vectors - means[1]
    found = mapper.fit(*spaces, pairs=shared if identical_pairs else None, seed=seed)
    matrix = found.into_target
    return StateMap(
        matrix=matrix,
        bias=means[1] - means[0] @ matrix if centre else None,
        tokens=(len(source.ids), len(target.ids)),
        shared=len(shared),
        similarity=(
            translation_similarity(source.vectors, target.vectors),
            translation_similarity(spaces[0] @ matrix + means[1], target.vectors),
        ),
    )
