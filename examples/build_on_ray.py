"""Build a corpus as a Ray Data job, its shards spread over a cluster that shares a file system.

    python examples/build_on_ray.py --name sample_permuted --output /shared/sample_permuted

The files are those of `hf-xlqa build NAME`, byte for byte; a job that was stopped goes on when it is called again.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from hf_xlqa.building import scripts
from hf_xlqa.building.export import Export
from hf_xlqa.building.run import finish
from hf_xlqa.building.shard import build_shard


def build_on_ray(name: str, output: Path, *, config: str | None = None, **options: Any) -> int:
    """Builds a configuration on the cluster Ray is connected to; returns how many shards were left to build.

    Raises:
        ImportError: when Ray is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise ImportError("Building on a cluster needs Ray: pip install 'hf-xlqa[cluster]'") from error
    builder = scripts.find(name)
    export = Export(name, builder.configured(config, **options), output.resolve())
    pending = export.prepare()
    if pending:
        jobs = ray.data.from_items([{"job": job} for job in pending], override_num_blocks=len(pending))
        jobs.map(lambda row: {"shard": str(build_shard(row["job"]))}).materialize()
    finish(builder, export)
    return len(pending)


def main() -> None:
    """Reads the command line; `ray.init` connects to the cluster of RAY_ADDRESS, or starts one here."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", required=True, help="a corpus of dataset_scripts/")
    parser.add_argument("--output", type=Path, required=True, help="folder of the build, on the shared file system")
    parser.add_argument("--config", help="configuration, where there are several")
    parser.add_argument("--dictionary", help="file of word translations, for corpora that need one")
    parser.add_argument("--backend", help="translator, for corpora that need one")
    parser.add_argument("--seed", type=int, default=0)
    arguments = vars(parser.parse_args())
    given = {key: value for key, value in arguments.items() if value is not None}
    print(f"{build_on_ray(given.pop('name'), given.pop('output'), **given)} shards built")


if __name__ == "__main__":
    main()
