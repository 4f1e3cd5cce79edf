"""Run every benchmark in a fresh process, and print one table; the same as JSON beside it.

    OMP_NUM_THREADS=1 python examples/benchmarks/run_all.py [--quick] [--only spans csls] [--output benchmarks.json]

Files of the folder that the variable XLQA_DATA names are read where a benchmark knows them; without it texts are
invented. A benchmark that fails leaves the others alone, and is named at the end.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from records import HEADER, Record, missed

BENCHMARKS = (
    *("adaptive_attention", "xltt_step", "dual_bert_step", "qanet_step", "gan_step", "adversarial_step"),
    *("features", "spans", "recovery", "transforms", "build", "translation", "metrics", "significance", "csls"),
)
PRELOADED = ("torch", "transformers.hf_argparser", "hf_xlqa.models", "hf_xlqa.features", "hf_xlqa.building.run")
"""Imported once; every process starts as a copy of the one that did."""


def measured(name: str, is_quick: bool) -> list[Record]:
    """The records of one benchmark, whose file has this name; runs in a process of its own."""
    import benchmark

    module = importlib.import_module(name)
    return list(benchmark.measured(module.QUICK, module.measure, is_quick=is_quick))


@contextmanager
def fresh_process() -> Iterator[ProcessPoolExecutor]:
    """A process that has measured nothing yet."""
    context = get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as process:
        yield process


def run(names: Sequence[str], *, is_quick: bool) -> tuple[dict[str, dict[str, Any]], list[str], list[str]]:
    """Print the rows of each benchmark when it has ended.

    Returns:
        What goes into the JSON, by benchmark; the names of those that failed; the stages that miss a goal.
    """
    found: dict[str, dict[str, Any]] = {}
    failed: list[str] = []
    behind: list[str] = []
    print(HEADER, flush=True)
    for name in names:
        began = time.perf_counter()
        try:
            with fresh_process() as process:
                records = process.submit(measured, name, is_quick).result()
        except Exception:
            traceback.print_exc()
            failed.append(name)
            continue
        print(*(record.row() for record in records), sep="\n", flush=True)
        behind += missed(records)
        seconds = round(time.perf_counter() - began, 1)
        found[name] = {"seconds": seconds, "records": [record.to_json() for record in records]}
    return found, failed, behind


def machine() -> dict[str, Any]:
    """Where and when this runs."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS"),
        "python": platform.python_version(),
        **{package: version(package) for package in ("torch", "transformers", "datasets", "numpy")},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _processor() -> str:
    names = [line.partition(": ")[2] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def main() -> int:
    """0 where every benchmark ran, whether or not its goals are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, which show only that everything runs")
    parser.add_argument("--only", nargs="+", default=list(BENCHMARKS), help="names of benchmarks")
    parser.add_argument("--output", type=Path, default=Path("benchmarks.json"))
    arguments = parser.parse_args()
    where = machine()
    print(", ".join(f"{name} {value}" for name, value in where.items()), end="\n\n")
    found, failed, behind = run(arguments.only, is_quick=arguments.quick)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    report = {"machine": where, "quick": arguments.quick, "benchmarks": found, "failed": failed}
    arguments.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten to {arguments.output}")
    if behind:
        print("behind their goals:", "; ".join(behind))
    if failed:
        print("failed:", ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
