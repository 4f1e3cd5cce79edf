"""Frozen states of a corpus on disk, read shard by shard in flat memory; `states_writer` writes them.

A store is a folder of parquet files, one a kind of vector and shard: a row a vector, with the window, the example and
the languages it is of, tokens with their text and code points too, and a column a layer. A shard counts as finished
when its report stands beside it, which is written last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hf_xlqa.analysis.hidden_states import AnyRead, FloatArray, check_reads
from hf_xlqa.json_record import read_record

SETTINGS = "settings.json"
IDS = ("example_id", "parallel_id", "context_language", "question_language")
_TOKEN = ("token", "start", "end")
_REMEDY = "Remove the folder, and write the states again."


@dataclass(frozen=True)
class StoreSettings:
    """What decides the content of a store, its signature.

    Args:
        reads: the kinds of vectors.
        layers: from 0, the embeddings.
        windows: how many were read.
        windows_per_shard: how many of them in a shard.
        window_digest: of the tokens, places, ids and languages of the windows.
        model_digest: of the configuration and weights of the model.
        model: its class.
        library: version of this package.
    """

    reads: tuple[AnyRead, ...]
    layers: tuple[int, ...]
    windows: int
    windows_per_shard: int
    window_digest: str
    model_digest: str
    model: str
    library: str

    @property
    def shards(self) -> int:
        """How many there are."""
        return -(-self.windows // self.windows_per_shard)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Those of a folder.

        Raises:
            FileNotFoundError: when it is no store.
            ValueError: when its settings were changed or damaged.
        """
        path = folder / SETTINGS
        if not path.is_file():
            raise FileNotFoundError(f"`{folder}` must be a store of states, but has no {SETTINGS}.")
        values = read_record(path, remedy=_REMEDY)
        return cls(**{**values, "reads": tuple(values["reads"]), "layers": tuple(values["layers"])})


@dataclass(frozen=True)
class ShardReport:
    """What a finished shard holds.

    Args:
        rows: vectors by their kind.
        file_bytes: sizes of the files, likewise.
        without_answer: the example of each window that does not hold its gold, by its id, and so has no vector of an
            answer.
    """

    rows: Mapping[str, int]
    file_bytes: Mapping[str, int]
    without_answer: Sequence[str] = field(default_factory=tuple)


class StateBatch(NamedTuple):
    """Some vectors of one kind and layer.

    Args:
        records: their columns that were asked for.
        states: (vectors, W).
    """

    records: pa.RecordBatch
    states: FloatArray


class StateStore:
    """The finished store in a folder.

    Raises:
        FileNotFoundError: when the folder is no store.
        ValueError: when its settings are broken, or it is not finished.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.settings = StoreSettings.read(self.folder)
        found = [finished_shard(self.folder, self.settings, shard) for shard in range(self.settings.shards)]
        self.reports = [report for report in found if report is not None]
        if len(self.reports) < len(found):
            raise ValueError(
                f"`{folder}` must have {len(found)} finished shards, but has {len(self.reports)} instead; call "
                "`write_states` again to finish it."
            )

    @property
    def without_answer(self) -> list[str]:
        """Ids of the examples that have no vector of an answer: no window that was read holds their gold.

        Raises:
            ValueError: when answers were not read.
        """
        answered = set(self.records("answer")["example_id"].to_pylist())
        missed = dict.fromkeys(each for report in self.reports for each in report.without_answer)
        return [each for each in missed if each not in answered]

    def rows(self, read: AnyRead) -> int:
        """How many vectors of a kind there are.

        Raises:
            ValueError: when there are none of this kind.
        """
        self._check(read)
        return sum(report.rows[read] for report in self.reports)

    def records(self, read: AnyRead) -> pa.Table:
        """The columns of a kind of vectors but the states, as `batches` names them.

        Raises:
            ValueError: when there are none of this kind.
        """
        self._check(read)
        return pa.concat_tables([_table(path, _columns(read)) for path in self._files(read)])

    def states(self, read: AnyRead, layer: int) -> FloatArray:
        """All states of a kind and layer, (vectors, W), in memory.

        Raises:
            ValueError: when there are none of this kind or layer.
        """
        self._check(read, layer)
        column = layer_column(layer)
        return np.concatenate([each for path in self._files(read) for each in _matrices(path, column)])

    def batches(
        self, read: AnyRead, layer: int, *, columns: Sequence[str] = (), rows: int = 4096
    ) -> Iterator[StateBatch]:
        """The states of a kind and layer, some at a time, in flat memory.

        Args:
            read: the kind.
            layer: from 0, as in `settings`.
            columns: of `window` (its row), `example_id`, `parallel_id`, `context_language`, `question_language`; of
                tokens also `token` (as the tokenizer writes it) and `start`, `end` (code points of the context).
            rows: greatest number of states in a batch.

        Raises:
            ValueError: when there are none of this kind or layer, or there is no such column.
        """
        self._check(read, layer)
        unknown = sorted(set(columns) - set(_columns(read)))
        if unknown:
            raise ValueError(f"`columns` must be of {', '.join(_columns(read))}, but are of {', '.join(unknown)}, too.")
        return self._batches(read, layer_column(layer), list(columns), rows)

    def _batches(self, read: AnyRead, layer: str, columns: list[str], rows: int) -> Iterator[StateBatch]:
        for path in self._files(read):
            with _explained(path), pq.ParquetFile(path) as file:
                for batch in file.iter_batches(batch_size=rows, columns=[*columns, layer]):
                    yield StateBatch(batch.select(columns), _matrix(batch.column(layer)))

    def _files(self, read: AnyRead) -> list[Path]:
        return [state_file(self.folder, read, shard) for shard in range(self.settings.shards)]

    def _check(self, read: AnyRead, layer: int | None = None) -> None:
        check_reads([read], self.settings.reads)
        if layer is not None and layer not in self.settings.layers:
            listed = ", ".join(map(str, self.settings.layers))
            raise ValueError(f"`layer` must be one of {listed}, but is {layer} instead.")


def _table(path: Path, columns: Sequence[str]) -> pa.Table:
    with _explained(path):
        return pq.read_table(path, columns=list(columns))


def _matrices(path: Path, column: str) -> list[FloatArray]:
    with _explained(path):
        return [_matrix(chunk) for chunk in pq.read_table(path, columns=[column]).column(column).chunks]


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Names the file where it cannot be read, though it is as large as it was."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise OSError(f"`{path}` must be parquet of states, but cannot be read: {error}. {_REMEDY}") from error


def _matrix(states: pa.FixedSizeListArray) -> FloatArray:
    """(vectors, W)."""
    if not pa.types.is_fixed_size_list(states.type):
        raise pa.ArrowTypeError(f"its states are of the type {states.type}")
    flat: FloatArray = states.flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(len(states), states.type.list_size)


def finished_shard(folder: Path, settings: StoreSettings, shard: int) -> ShardReport | None:
    """The report of a shard all of whose files are as large as it says; None where it is not finished, or damaged."""
    path = report_file(folder, shard)
    if not path.is_file():
        return None
    try:
        report = ShardReport(**read_record(path, remedy=_REMEDY))
    except ValueError:
        return None
    files = {read: state_file(folder, read, shard) for read in settings.reads}
    whole = (file.is_file() and file.stat().st_size == report.file_bytes[read] for read, file in files.items())
    return report if all(whole) else None


def _columns(read: AnyRead) -> tuple[str, ...]:
    return ("window", *IDS, *(_TOKEN if read == "tokens" else ()))


def layer_column(layer: int) -> str:
    """Name of the column of a layer."""
    return f"layer_{layer}"


def state_file(folder: Path, read: AnyRead, shard: int) -> Path:
    """Where a shard has its vectors of a kind."""
    return folder / f"{read}-{shard:05d}.parquet"


def report_file(folder: Path, shard: int) -> Path:
    """What stands where a shard is finished."""
    return folder / f"shard-{shard:05d}.json"
