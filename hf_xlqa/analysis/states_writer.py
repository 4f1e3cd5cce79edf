"""Writes the frozen states of a corpus to disk: one forward pass, flat memory, taken up again after a kill."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from datasets import Dataset
from datasets.utils import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerBase

import hf_xlqa
from hf_xlqa.analysis.hidden_states import (
    AnyRead,
    IntArray,
    Vectors,
    check_layers,
    check_reads,
    count_layers,
    stream_states,
)
from hf_xlqa.analysis.states_store import (
    IDS,
    SETTINGS,
    ShardReport,
    StateStore,
    StoreSettings,
    finished_shard,
    layer_column,
    report_file,
    state_file,
)
from hf_xlqa.json_record import write_record
from hf_xlqa.messages import check_counts
from hf_xlqa.schema import Example

_INPUTS = ("input_ids", "character_ids", "offset_starts", "offset_ends")
_PLACES = ("context_start", "context_end", "question_start", "question_end", "start_positions", "end_positions")
_WHENCE = ("_name_or_path", "transformers_version")  # of a configuration; they decide no state


def write_states(
    folder: str | Path,
    model: PreTrainedModel,
    windows: Dataset,
    tokenizer: PreTrainedTokenizerBase,
    examples: Sequence[Example],
    *,
    reads: Sequence[AnyRead] = ("answer",),
    layers: Sequence[int] | None = None,
    batch_size: int = 32,
    windows_per_shard: int = 512,
) -> StateStore:
    """The states of a model for every window, written to a folder in one forward pass without gradient and dropout.

    Memory holds one batch. Where the folder holds a part of the same store, its finished shards are kept and the rest
    is written. One process at a time may write a store.

    Args:
        folder: where to; made where there is none.
        model: any encoder or question-answering model, see `hidden_states.gather_states`.
        windows: as `prepare_features` gives them; see `hidden_states.answer_windows`.
        tokenizer: that of the windows.
        examples: what the windows were cut from.
        reads: what the vectors stand for, see `hidden_states.AnyRead`.
        layers: which hidden states, 0 for the embeddings, -1 for the last; None for all.
        batch_size: windows in a batch.
        windows_per_shard: how many windows are lost at most when the process is killed.

    Raises:
        ValueError: when `reads`, `layers` or `windows_per_shard` is not valid, there is no window, the model does not
            return its states, or the folder holds a store of other settings, windows or another model.
    """
    check_reads(reads, get_args(AnyRead))
    check_counts(windows_per_shard=windows_per_shard)
    count = count_layers(model, windows, tokenizer)
    if layers is not None:
        check_layers(layers, count)
    settings = StoreSettings(
        reads=tuple(dict.fromkeys(reads)),
        layers=tuple(dict.fromkeys(range(count) if layers is None else (layer % count for layer in layers))),
        windows=len(windows),
        windows_per_shard=windows_per_shard,
        window_digest=_digest_windows(windows, examples),
        model_digest=_digest_model(model),
        model=type(model).__name__,
        library=hf_xlqa.__version__,
    )
    folder = Path(folder)
    _claim(folder, settings)
    with tqdm(total=len(windows), desc="States", unit=" windows", disable=None) as bar:
        for shard in range(settings.shards):
            rows = range(len(windows))[shard * windows_per_shard : (shard + 1) * windows_per_shard]
            if finished_shard(folder, settings, shard) is None:
                part = windows.select(rows)
                options: dict[str, Any] = {"reads": settings.reads, "layers": settings.layers, "progress": False}
                streamed = stream_states(model, part, tokenizer, batch_size=batch_size, **options)
                _Shard(folder, shard, settings, _Records(part, rows.start, tokenizer, examples)).write(streamed)
            bar.update(len(rows))
    return StateStore(folder)


def _claim(folder: Path, settings: StoreSettings) -> None:
    """Signs the folder, or sees that it is signed so."""
    if not (folder / SETTINGS).exists():
        write_record(folder / SETTINGS, asdict(settings))
        return
    there, wanted = asdict(StoreSettings.read(folder)), asdict(settings)
    other = [f"{name} {there[name]}" for name in wanted if there[name] != wanted[name]]
    if other:
        instead = ", ".join(f"{name} {wanted[name]}" for name in wanted if there[name] != wanted[name])
        raise ValueError(
            f"`{folder}` must be a store of {instead}, but has {', '.join(other)} instead; name another folder, or "
            "remove it."
        )


@dataclass(frozen=True)
class _Records:
    """What is known of the vectors of one shard besides their states.

    Args:
        windows: of the shard.
        first: row of its first in all windows.
        tokenizer: that of the windows.
        examples: what all windows were cut from.
    """

    windows: Dataset
    first: int
    tokenizer: PreTrainedTokenizerBase
    examples: Sequence[Example]

    def of(self, read: AnyRead, rows: IntArray) -> dict[str, Any]:
        """Columns by name, for vectors by the rows of their windows in the shard."""
        taken = self._by_window.take(pa.array(rows))
        own = dict(zip(taken.column_names, taken.columns, strict=True))
        return own | (self._tokens(np.unique(rows)) if read == "tokens" else {})

    @cached_property
    def _by_window(self) -> pa.Table:
        """A row a window of the shard."""
        examples = [self.examples[row] for row in self.windows["example_index"][:]]
        window = pa.array(range(self.first, self.first + len(examples)), pa.int32())
        ids = {name: pa.array(texts, pa.string()) for name, texts in _ids(examples).items()}
        return pa.table({"window": window, **ids})

    def _tokens(self, rows: IntArray) -> dict[str, Any]:
        """Text and code points of the context tokens of some windows."""
        texts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for window in self.windows.select(rows) if len(rows) else ():
            ids = window["input_ids"][window["context_start"] : window["context_end"]]
            texts += self.tokenizer.convert_ids_to_tokens(ids)
            starts += window["offset_starts"]
            ends += window["offset_ends"]
        places = {"start": pa.array(starts, pa.int32()), "end": pa.array(ends, pa.int32())}
        return {"token": pa.array(texts, pa.string()), **places}


@dataclass(frozen=True)
class _Shard:
    """Writes one shard."""

    folder: Path
    number: int
    settings: StoreSettings
    records: _Records

    def write(self, streamed: Iterator[dict[AnyRead, Vectors]]) -> None:
        """Writes the files under other names, and gives them their own when all are whole; the report comes last."""
        rows: dict[str, int] = dict.fromkeys(self.settings.reads, 0)
        answered: list[IntArray] = [np.zeros(0, np.int64)]
        files = {read: state_file(self.folder, read, self.number) for read in self.settings.reads}
        partial = {read: file.with_suffix(".partial") for read, file in files.items()}
        with ExitStack() as stack:
            writers: dict[AnyRead, pq.ParquetWriter] = {}
            for vectors in streamed:
                for read, found in vectors.items():
                    table = self._table(read, found)
                    if read not in writers:
                        writers[read] = stack.enter_context(_writer(partial[read], table.schema))
                    writers[read].write_table(table)
                    rows[read] += len(table)
                    if read == "answer":
                        answered.append(found.windows)
        for read, path in partial.items():
            path.replace(files[read])
        without = np.setdiff1d(np.arange(len(self.records.windows)), np.concatenate(answered))
        report = ShardReport(
            rows=rows,
            file_bytes={read: file.stat().st_size for read, file in files.items()},
            without_answer=self.records.of("answer", without)["example_id"].to_pylist() if "answer" in rows else (),
        )
        write_record(report_file(self.folder, self.number), asdict(report))

    def _table(self, read: AnyRead, vectors: Vectors) -> pa.Table:
        columns = self.records.of(read, vectors.windows)
        width = vectors.states.shape[-1]
        for place, layer in enumerate(self.settings.layers):
            flat = np.ascontiguousarray(vectors.states[:, place]).ravel()
            columns[layer_column(layer)] = pa.FixedSizeListArray.from_arrays(pa.array(flat, pa.float32()), width)
        return pa.table(columns)


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """States are noise to any compression; the records beside them repeat themselves."""
    return pq.ParquetWriter(path, schema, compression="none", use_dictionary=[*IDS, "token"])


def _digest_windows(windows: Dataset, examples: Sequence[Example]) -> str:
    """Of all that the vectors and their records depend on."""
    digest = blake2b(digest_size=16)
    names = [name for name in (*_INPUTS, *_PLACES, "example_index") if name in windows.column_names]
    columns: Any = windows.select_columns(names).with_format("arrow")
    for table in columns.iter(batch_size=1_000):
        for name in table.column_names:
            values = table.column(name).combine_chunks()
            while pa.types.is_list(values.type):
                digest.update(values.value_lengths().to_numpy().tobytes())
                values = values.flatten()
            digest.update(values.to_numpy().tobytes())
        ids = _ids([examples[row] for row in table.column("example_index").to_pylist()])
        digest.update(json.dumps(ids).encode())
    return digest.hexdigest()


def _digest_model(model: PreTrainedModel) -> str:
    """Of its configuration, but for where it was loaded from and by which version, and of its weights."""
    settings = {name: value for name, value in model.config.to_dict().items() if name not in _WHENCE}
    digest = blake2b(json.dumps(settings, sort_keys=True, default=str).encode(), digest_size=16)
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _ids(examples: Sequence[Example]) -> dict[str, list[str]]:
    """What tells whose a vector is, by the columns of a store."""
    fields = ("id", "parallel_id", "context_language", "question_language")
    return {column: [getattr(each, name) for each in examples] for column, name in zip(IDS, fields, strict=True)}
