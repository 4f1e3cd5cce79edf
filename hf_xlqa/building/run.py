"""A build run: the pending shards of some configurations, in this process or in several."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from threading import Thread

from tqdm.auto import tqdm

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.card import write_card
from hf_xlqa.building.config import CorpusConfig
from hf_xlqa.building.export import WHOLE, Export, Part
from hf_xlqa.building.inputs import forget_translators
from hf_xlqa.building.locks import held
from hf_xlqa.building.report import write_report
from hf_xlqa.building.shard import ShardJob, build_shard
from hf_xlqa.messages import check_counts


def build(
    builder: type[CorpusBuilder],
    configs: Iterable[CorpusConfig],
    output: str | Path,
    *,
    part: Part = WHOLE,
    num_proc: int = 1,
) -> list[Path]:
    """Builds configurations of a corpus into a folder; what is finished there is not built again.

    The files are the same bytes whatever the number of processes, parts and interruptions.

    Args:
        builder: the corpus.
        configs: those to build, as `CorpusBuilder.configured` gives them.
        output: the folder; see `building.export` for what it holds.
        part: the shards to build; others are left to other machines.
        num_proc: processes.

    Returns:
        The shards that are not there yet, parts of others; the card is written once there are none.

    Raises:
        ValueError: when the folder holds another build, an option is missing or refused, or `num_proc` is not positive.
        OSError: when something cannot be read or written; what is finished stays.
        CorpusError: when the source is no corpus.
    """
    check_counts(num_proc=num_proc)
    exports = [Export(builder.corpus_name(), config, Path(output)) for config in configs]
    for export in exports:
        pending = export.prepare(part)
        with export.unclaimed_if_refused():
            run(pending, num_proc)
        finish(builder, export)
    forget_translators()
    return [job.data for export in exports for job in export.jobs() if not job.is_finished]


def finish(builder: type[CorpusBuilder], export: Export) -> bool:
    """Writes the report and the card of a configuration that is whole; whether it is."""
    if not export.is_finished:
        return False
    with held(export.work / "card.lock"):
        write_report(export)
        write_card(builder, export.output)
        export.clear()
    return True


def run(jobs: Sequence[ShardJob], num_proc: int) -> None:
    """Builds shards in this process, or in `num_proc` others."""
    with tqdm(total=len(jobs), unit="shard", disable=None if jobs else True) as progress:
        for _ in _built(jobs, min(num_proc, len(jobs))):
            progress.update()


def _built(jobs: Sequence[ShardJob], num_proc: int) -> Iterator[Path]:
    if num_proc < 2:
        yield from map(build_shard, jobs)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(num_proc, mp_context=context, initializer=_end_with_parent) as pool:
        futures = [pool.submit(build_shard, job) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise OSError(
                "the processes of the build must live to its end, but one was killed, for memory perhaps. "
                "Finished shards are kept: call again, with a smaller num_proc."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Ends this process when the one that started it is gone, also by a signal that nothing can catch."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=wait, daemon=True).start()
