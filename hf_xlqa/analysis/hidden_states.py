"""Frozen states of a model for every window: one vector for [CLS], the question or the context, at any layers.

Axes: windows or batch, layers, L length of the input, W width of the states.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args

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
Read = Literal["cls", "question", "context"]
"""What a vector stands for: the state of [CLS], or the mean over the tokens of the question or of the context."""

_UNREAD = ("offset_starts", "offset_ends")
_LABELS = {"start_positions", "end_positions"}


def first_windows(windows: Dataset) -> Dataset:
    """The first window of every example, in their order: a question counts once, however long its context is."""
    _, rows = np.unique(np.asarray(windows.with_format("numpy")["example_index"][:]), return_index=True)
    return windows.select(np.sort(rows))


def window_batches(
    model: PreTrainedModel, windows: Dataset, tokenizer: PreTrainedTokenizerBase, *, batch_size: int
) -> Iterator[dict[str, Tensor]]:
    """Batches of windows in their order, with the places of [CLS] and the question, where the model is.

    Args:
        model: put into evaluation mode.
        windows: as `prepare_features` gives them.
        tokenizer: that of the windows.
        batch_size: windows in a batch.
    """
    model.eval()
    kept: Any = windows.remove_columns([name for name in _UNREAD if name in windows.column_names])
    loader = DataLoader(kept, batch_size=batch_size, collate_fn=WindowCollator(tokenizer, places=True))
    for batch in tqdm(loader, desc="States", unit=" batches", disable=None):
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
    unknown = [read for read in reads if read not in get_args(Read)]
    if unknown or not reads:
        raise ValueError(f"`reads` must be of {', '.join(get_args(Read))}, but are {list(reads)} instead.")
    gathered: dict[Read, list[FloatArray]] = {read: [] for read in reads}
    with torch.inference_mode():
        for batch in window_batches(model, windows, tokenizer, batch_size=batch_size):
            vectors = _vectors(model, batch, reads, layers)
            for read, found in gathered.items():
                found.append(vectors[read].float().cpu().numpy())
    return {read: np.concatenate(found) for read, found in gathered.items()}


def _vectors(
    model: PreTrainedModel, batch: dict[str, Tensor], reads: Sequence[Read], layers: Sequence[int]
) -> dict[Read, Tensor]:
    """The vectors (batch, layers, W) of a batch by what they stand for."""
    whole: Any = model
    answering = whole.get_base_model() if hasattr(whole.config, "qa_config") else whole
    if hasattr(answering.base_model, "encode_pairs"):
        return _encoded_apart(answering.base_model, batch, reads, layers)
    reads_translations = hasattr(answering.config, "parallel_languages")
    return _encoded_together(answering.base_model.encoder if reads_translations else answering, batch, reads, layers)


def _encoded_together(
    model: Any, batch: dict[str, Tensor], reads: Sequence[Read], layers: Sequence[int]
) -> dict[Read, Tensor]:
    """Those of an encoder that reads question and context as one sequence."""
    given = {name: tensor for name, tensor in batch.items() if name in forward_arguments(model) - _LABELS}
    hidden = model(**given, output_hidden_states=True).get("hidden_states")
    if hidden is None:
        raise ValueError(f"`model` must return its hidden states, but {type(model).__name__} does not.")
    _check_layers(layers, len(hidden))
    at = torch.arange(batch["input_ids"].shape[1], device=hidden[0].device)
    cls = at == batch["cls_index"][:, None]
    question = (at >= batch["question_start"][:, None]) & (at < batch["question_end"][:, None])
    masks: dict[Read, Tensor] = {"cls": cls, "question": question, "context": batch["answer_mask"] & ~cls}
    return {
        read: torch.stack([masked_mean(hidden[layer].float(), masks[read]) for layer in layers], dim=1)
        for read in reads
    }


def _encoded_apart(
    model: Any, batch: dict[str, Tensor], reads: Sequence[Read], layers: Sequence[int]
) -> dict[Read, Tensor]:
    """Those of a QANet, which encodes question and context by themselves, without special tokens."""
    if "cls" in reads:
        raise ValueError("`reads` must be question or context for a model that reads no [CLS], but are of cls, too.")
    _check_layers(layers, 1)
    encoded = model.encode_pairs(**{name: batch[name] for name in forward_arguments(model) - _LABELS if name in batch})
    parts: dict[Read, Tensor] = {
        "question": masked_mean(encoded.encoded_question, encoded.question_mask),
        "context": masked_mean(encoded.encoded_context, encoded.context_mask),
    }
    return {read: torch.stack([parts[read]] * len(layers), dim=1) for read in reads}


def _check_layers(layers: Sequence[int], count: int) -> None:
    if not layers or any(not -count <= layer < count for layer in layers):
        raise ValueError(f"`layers` must be from {-count} to {count - 1}, but are {list(layers)} instead.")
