"""Frozen states of a model for every window: of [CLS], question, context, answer and single tokens, at any layers.

`gather_states` keeps a vector a window in memory; `states_store` writes all kinds to disk. Both read `stream_states`.

Axes: windows or batch, vectors, layers, L length of the input, W width of the states.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import torch
from datasets import Dataset
from datasets.utils import tqdm
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_xlqa.collator import WindowCollator
from hf_xlqa.models.language_discriminator import masked_mean
from hf_xlqa.objectives.objective import forward_arguments

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
Read = Literal["cls", "question", "context"]
"""What a vector stands for: the state of [CLS], or the mean over the tokens of the question or of the context."""
AnyRead = Literal["cls", "question", "context", "answer", "tokens"]
"""As `Read`; or the mean over the tokens of the gold, in the windows that hold it, or each token of the context."""

_UNREAD = ("offset_starts", "offset_ends")
_LABELS = {"start_positions", "end_positions"}


class Vectors(NamedTuple):
    """Vectors of one kind.

    Args:
        windows: the row of the window that each is of, (vectors,), ascending.
        states: (vectors, layers, W).
    """

    windows: IntArray
    states: FloatArray


class _Part(NamedTuple):
    """States, a tensor (batch, L, W) a layer, and which of them are read, (batch, L) bool."""

    layers: Sequence[Tensor]
    mask: Tensor


def first_windows(windows: Dataset) -> Dataset:
    """The first window of every example, in their order: a question counts once, however long its context is."""
    _, rows = np.unique(np.asarray(windows.with_format("numpy")["example_index"][:]), return_index=True)
    return windows.select(np.sort(rows))


def answer_windows(windows: Dataset) -> Dataset:
    """One window of every example, in their order: that with most context on either side of the whole gold.

    Where no window holds the gold it is the first, and where several have as much context, the first of these.
    """
    names = ("example_index", "start_positions", "end_positions", "cls_index", "context_start", "context_end")
    numbers = windows.select_columns(list(names)).with_format("numpy")
    example, start, end, cls_index, first, after = (np.asarray(numbers[name][:]) for name in names)
    room = np.minimum(start - first, after - 1 - end)
    room[(start == cls_index) | (start < 0)] = -1
    best_first = np.lexsort((np.arange(len(example)), -room, example))
    _, places = np.unique(example[best_first], return_index=True)
    return windows.select(np.sort(best_first[places]))


def window_batches(
    model: PreTrainedModel,
    windows: Dataset,
    tokenizer: PreTrainedTokenizerBase,
    *,
    batch_size: int,
    progress: bool = True,
) -> Iterator[dict[str, Tensor]]:
    """Batches of windows in their order, with the places of [CLS] and the question, where the model is.

    Args:
        model: put into evaluation mode.
        windows: as `prepare_features` gives them.
        tokenizer: that of the windows.
        batch_size: windows in a batch.
        progress: whether to show a bar in a terminal.
    """
    model.eval()
    kept: Any = windows.remove_columns([name for name in _UNREAD if name in windows.column_names])
    loader = DataLoader(kept, batch_size=batch_size, collate_fn=WindowCollator(tokenizer, places=True))
    for batch in tqdm(loader, desc="States", unit=" batches", disable=None if progress else True):
        yield {name: tensor.to(model.device) for name, tensor in batch.items()}


def gather_states(
    model: PreTrainedModel,
    windows: Dataset,
    tokenizer: PreTrainedTokenizerBase,
    *,
    reads: Sequence[Read] = ("cls", "question"),
    layers: Sequence[int] = (-1,),
    batch_size: int = 64,
) -> dict[Read, FloatArray]:
    """The states of a model for every window, without gradient and dropout, in one forward pass.

    Of a model that reads translations beside its input, the states are those of its encoder for the input alone. Of a
    QANet they are what its language-dependent layers make of question and context, and there is one layer, -1.

    Args:
        model: any encoder or question-answering model, alone or with a language discriminator.
        windows: a row a vector, as `prepare_features` gives them; see `first_windows`.
        tokenizer: that of the windows.
        reads: what the vectors stand for.
        layers: which hidden states, 0 for the embeddings, -1 for the last.
        batch_size: windows in a batch.

    Returns:
        Vectors (windows, layers, W) by what they stand for.

    Raises:
        ValueError: when `reads` is unknown, the model does not return its states, or it has no such layer.
    """
    check_reads(reads, get_args(Read))
    gathered: dict[Read, list[FloatArray]] = {read: [] for read in reads}
    streamed = stream_states(model, windows, tokenizer, reads=reads, layers=layers, batch_size=batch_size)
    for vectors in streamed:
        for read, found in gathered.items():
            found.append(vectors[read].states)
    return {read: np.concatenate(found) for read, found in gathered.items()}


def stream_states(
    model: PreTrainedModel,
    windows: Dataset,
    tokenizer: PreTrainedTokenizerBase,
    *,
    reads: Sequence[AnyRead],
    layers: Sequence[int],
    batch_size: int,
    progress: bool = True,
) -> Iterator[dict[AnyRead, Vectors]]:
    """The states of a model by what they stand for, batch by batch; arguments as in `gather_states`.

    A window has no vector of an answer that it does not hold, and one a token of its context.

    Raises:
        ValueError: when the model does not return its states, or has no such layer.
    """
    first = 0
    with torch.inference_mode():
        for batch in window_batches(model, windows, tokenizer, batch_size=batch_size, progress=progress):
            parts = _parts(model, batch, reads)
            yield {read: _vectors(read, part, layers, first) for read, part in parts.items()}
            first += len(batch["input_ids"])


def count_layers(model: PreTrainedModel, windows: Dataset, tokenizer: PreTrainedTokenizerBase) -> int:
    """How many hidden states a model returns, that of the embeddings included, by reading one window.

    Raises:
        ValueError: when there is no window, or the model does not return its states.
    """
    if not len(windows):
        raise ValueError("`windows` must be one or more, but are none instead.")
    with torch.inference_mode():
        (batch,) = window_batches(model, windows.select([0]), tokenizer, batch_size=1, progress=False)
        return len(_parts(model, batch, ["question"])["question"].layers)


def check_reads(reads: Sequence[str], valid: Sequence[str]) -> None:
    """Refuse kinds of vectors that there are not.

    Raises:
        ValueError: with the valid ones.
    """
    if not reads or not set(reads) <= set(valid):
        raise ValueError(f"`reads` must be of {', '.join(valid)}, but are {list(reads)} instead.")


def check_layers(layers: Sequence[int], count: int) -> None:
    """Refuse layers that a model of so many does not have.

    Raises:
        ValueError: with the valid ones.
    """
    if not layers or any(not -count <= layer < count for layer in layers):
        raise ValueError(f"`layers` must be from {-count} to {count - 1}, but are {list(layers)} instead.")


def _vectors(read: AnyRead, part: _Part, layers: Sequence[int], first: int) -> Vectors:
    """The vectors of a batch whose first window is row `first`."""
    check_layers(layers, len(part.layers))
    states = [part.layers[layer].float() for layer in layers]
    if read == "tokens":
        rows, _ = part.mask.nonzero(as_tuple=True)
        found = torch.stack([each[part.mask] for each in states], dim=1)
    else:
        held = part.mask.any(dim=1) if read == "answer" else torch.ones_like(part.mask[:, 0])
        rows = held.nonzero()[:, 0]
        found = torch.stack([masked_mean(each[rows], part.mask[rows]) for each in states], dim=1)
    return Vectors(first + rows.cpu().numpy(), found.cpu().numpy())


def _parts(model: PreTrainedModel, batch: dict[str, Tensor], reads: Sequence[AnyRead]) -> dict[AnyRead, _Part]:
    """The states of a batch by what is read of them."""
    whole: Any = model
    answering = whole.get_base_model() if hasattr(whole.config, "qa_config") else whole
    if hasattr(answering.base_model, "encode_pairs"):
        return _encoded_apart(answering.base_model, batch, reads)
    reads_translations = hasattr(answering.config, "parallel_languages")
    return _encoded_together(answering.base_model.encoder if reads_translations else answering, batch, reads)


def _encoded_together(model: Any, batch: dict[str, Tensor], reads: Sequence[AnyRead]) -> dict[AnyRead, _Part]:
    """Those of an encoder that reads question and context as one sequence."""
    given = {name: tensor for name, tensor in batch.items() if name in forward_arguments(model) - _LABELS}
    hidden = model(**given, output_hidden_states=True).get("hidden_states")
    if hidden is None:
        raise ValueError(f"`model` must return its hidden states, but {type(model).__name__} does not.")
    cls = _between(batch, batch["cls_index"], batch["cls_index"])
    context = batch["answer_mask"] & ~cls
    masks: dict[AnyRead, Tensor] = {
        "cls": cls,
        "question": _between(batch, batch["question_start"], batch["question_end"] - 1),
        "context": context,
        "tokens": context,
        "answer": _answer(batch) & context,
    }
    return {read: _Part(hidden, masks[read]) for read in reads}


def _encoded_apart(model: Any, batch: dict[str, Tensor], reads: Sequence[AnyRead]) -> dict[AnyRead, _Part]:
    """Those of a QANet, which encodes question and context by themselves, without special tokens."""
    if "cls" in reads:
        raise ValueError("`reads` must not be of cls for a model that reads no [CLS], but are of cls, too.")
    encoded = model.encode_pairs(**{name: batch[name] for name in forward_arguments(model) - _LABELS if name in batch})
    question = _Part([encoded.encoded_question], encoded.question_mask)
    context = _Part([encoded.encoded_context], encoded.context_mask)
    answer = _answer(batch)
    places = encoded.context_positions.clamp(max=answer.shape[1] - 1)
    in_context = answer.gather(1, places) & encoded.context_mask
    parts: dict[AnyRead, _Part] = {"question": question, "context": context, "tokens": context}
    return {read: parts.get(read, _Part(context.layers, in_context)) for read in reads}


def _answer(batch: dict[str, Tensor]) -> Tensor:
    """Which tokens are those of the gold; [CLS], or none, in a window without it."""
    return _between(batch, batch["start_positions"], batch["end_positions"])


def _between(batch: dict[str, Tensor], first: Tensor, last: Tensor) -> Tensor:
    """(batch, L) bool, True from the first to the last token of each row, both inclusive."""
    at = torch.arange(batch["input_ids"].shape[1], device=first.device)
    return (at >= first[:, None]) & (at <= last[:, None])
