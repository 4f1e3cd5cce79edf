"""Every block of README's code as a newcomer runs it, where small files and a small Hub have the names it uses."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from forked_commands import __file__ as server_file
from forked_commands import write_programs
from hub_server import any_revision, running_hub
from stand_ins import ROOT, write_files, write_hub
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser

QUICK = "--max_steps 1 --max_train_examples 8 --max_evaluation_examples 4 --use_cpu True"
ADDED = {
    "accelerate launch examples/run_xltt.py --output_dir outputs/xltt --encoder": QUICK,
    "accelerate launch": f"{QUICK} --evaluate sample/de",
    "python examples/run_zero_shot.py": f"{QUICK} --evaluate sample/de",
    "python examples/run_qanet_gan.py": f"{QUICK} --evaluate sample/zh",
    "python examples/run_adversarial.py": f"{QUICK} --evaluate sample/de",
    "python examples/run_laf.py": f"{QUICK} --evaluate sample/de",
    "python examples/run_answer_aligner.py": QUICK,
    "python examples/run_linear_maps.py": "--pairs 2 --test 2 --dimension 8",
    "hf-xlqa train examples/recipes/xltt2021/table4.yaml --row": f"-- {QUICK} --output_dir outputs/row",
}
"""What shortens a command, by how it begins; a command is what README says, and this behind it."""

NOT_RUN = {
    "make demo": "tests/test_examples.py runs the demo",
    "make test": "is what runs this",
    "make bench": "tests/test_benchmarks.py runs its quick form",
}
"""Commands that stand in README and are not run here, and why."""


@dataclass
class World:
    """A working folder, and the environment of what runs there."""

    folder: Path
    environment: dict[str, str]

    def run(self, words: Sequence[str]) -> str:
        """What a command that succeeds prints."""
        done = subprocess.run(words, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout


def run_bash(block: Example) -> None:
    """Runs a block in a shell that stops at the first command that fails."""
    block.namespace["world"].run(["bash", "-euo", "pipefail", "-c", block.parsed])


def run_python(block: Example) -> None:
    """Runs a block; a comment behind a `print` is what it prints."""
    world: World = block.namespace["world"]
    (world.folder / "block.py").write_text(block.parsed, encoding="utf-8")
    printed = iter(world.run(["python", "block.py"]).splitlines())
    for expected in re.findall(r"^print\(.*\)  # (.+)$", block.parsed, re.MULTILINE):
        assert expected in printed


README = Sybil([CodeBlockParser("bash", run_bash), CodeBlockParser("python", run_python)]).parse(ROOT / "README.md")
BLOCKS = list(README.examples())


def commands(block: Example) -> list[str]:
    """The commands of a block of bash, each on one line."""
    return [line for line in re.sub(r"\s*\\\n\s*", " ", block.parsed).splitlines() if line and not line.startswith("#")]


RUN = [block for block in BLOCKS if not any(line.startswith(tuple(NOT_RUN)) for line in commands(block))]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The folder, the Hub, and the process whose children run the commands."""
    folder, hub, programs, home = (tmp_path_factory.mktemp(name) for name in ("world", "hub", "bin", "home"))
    write_files(folder)
    write_hub(hub, home)
    write_programs(programs)
    with any_revision(), running_hub(hub) as server:
        path = f"{programs}:{os.environ['PATH']}"
        environment = {**server.environment(home), "PATH": path, "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
        added = json.dumps({start: words.split() for start, words in ADDED.items()})
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", server_file, programs, added], env=environment, process_group=0
        )
        while not (programs / "socket").exists():
            assert process.poll() is None
            time.sleep(0.1)
        yield World(folder, environment)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.skipif(not os.environ.get("XLQA_README"), reason="`make test-readme` runs the code of README")
@pytest.mark.timeout(1200)  # a block has up to five commands
@pytest.mark.parametrize("block", RUN, ids=lambda block: f"line{block.line}")
def test_a_block_runs_as_it_stands(block: Example, world: World) -> None:
    block.namespace["world"] = world
    block.evaluate()


def test_every_block_is_run_or_named() -> None:
    """Blocks that are not run hold named commands only, and no entry of the tables is stale."""
    fences = re.findall(r"^```(\w+)$", README.text, re.MULTILINE)
    assert len(fences) == len(BLOCKS)
    left_out = [line for block in BLOCKS if block not in RUN for line in commands(block)]
    assert [line for line in left_out if not line.startswith(tuple(NOT_RUN))] == []
    every = [line for block in BLOCKS for line in commands(block)]
    assert [start for start in (*NOT_RUN, *ADDED) if not any(line.startswith(start) for line in every)] == []
