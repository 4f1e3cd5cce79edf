"""A built folder on the Hub: pushed by the command, loaded by name from an empty cache in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hub_server import running_hub
from tiny_builders import Toy, write_towns

from hf_xlqa.building.publish import publish
from hf_xlqa.building.run import build
from hf_xlqa.json_record import write_record

LOAD = """
import json, sys
from datasets import load_dataset
for streaming in (False, True):
    rows = load_dataset("xlqa/towns", "T(Q+C)", split="train", streaming=streaming)
    print(json.dumps([rows.features.to_dict(), list(rows)]))
"""
PUBLISH = """
import sys
from hf_xlqa.building.publish import publish
print(publish(sys.argv[1], "xlqa/towns"))
"""


def client(code: str, environment: dict[str, str], *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_pushed_corpus_loads_by_name_from_an_empty_cache(tmp_path):
    towns = write_towns(tmp_path / "towns.json", paragraphs=6)
    output = tmp_path / "out"
    (left := tmp_path / "hub" / "datasets" / "xlqa" / "towns" / "data" / "old" / "train-00000.parquet").parent.mkdir(
        parents=True
    )
    left.write_bytes(b"of another build")
    configs = [Toy.configured(name, files={"train": str(towns)}) for name in ("permuted", "T(Q+C)")]
    build(Toy, configs, output)
    with running_hub(tmp_path / "hub") as server:
        (address,) = client(PUBLISH, server.environment(tmp_path / "home"), str(output))
        loaded = [json.loads(line) for line in client(LOAD, server.environment(tmp_path / "empty"))]
        names = server.repository("datasets", "xlqa/towns").names()
    assert address.startswith(f"{server.endpoint}/datasets/xlqa/towns/commit/")
    shards = [path.relative_to(output).as_posix() for path in output.glob("data/*/*.parquet")]
    assert sorted(set(names) - {".gitattributes"}) == sorted([*shards, "README.md", "report.json"])
    builder = Toy("T(Q+C)", cache_dir=str(tmp_path / "own"), files={"train": str(towns)})
    builder.download_and_prepare()
    own = builder.as_dataset(split="train")
    assert loaded == [[own.features.to_dict(), list(own)]] * 2
    assert len(own) == 24


def test_a_build_that_is_not_whole_is_not_published(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="has no README.md instead. Build its other shards."):
        publish(tmp_path, "xlqa/towns")


def test_what_nobody_may_pass_on_is_not_published(tmp_path: Path):
    report = tmp_path / "build" / "default" / "report.json"
    write_record(report, {"manifest": {"source": "newsqa"}})
    (tmp_path / "README.md").write_text("whole")
    with pytest.raises(ValueError, match="but default is made of newsqa instead, whose licence lets nobody publish it"):
        publish(tmp_path, "xlqa/news")
    report.write_text(report.read_text().replace("newsqa", "squad"))
    with pytest.raises(ValueError, match="report.json` must be as it was written, but was changed or damaged instead"):
        publish(tmp_path, "xlqa/news")
