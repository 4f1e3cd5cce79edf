"""Environments as a newcomer has them: a wheel, and of the packages installed here those alone that it asks for."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

from hub_server import HubServer
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
SOURCES = ("hf_xlqa", "dataset_scripts", "examples/recipes")
FILES = ("setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")


@dataclass(frozen=True)
class Environment:
    """A virtual environment and a working folder far from the sources."""

    folder: Path
    work: Path
    variables: Mapping[str, str]

    def run(self, *words: str) -> str:
        """What a program of the environment prints, when it succeeds."""
        command = [str(self.folder / "bin" / words[0]), *words[1:]]
        done = subprocess.run(
            command, cwd=self.work, env=self.variables, capture_output=True, text=True, timeout=280, check=False
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout


def build_wheel(folder: Path) -> Path:
    """The wheel of a copy of the sources, where nothing of an earlier build lies about."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, folder / "source")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", "wheels", "./source"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    (wheel,) = (folder / "wheels").glob("*.whl")
    return wheel


def make_environment(folder: Path, requirements: Sequence[str], hub: HubServer) -> Environment:
    """An environment with links to the packages that requirements need, taken from those installed here."""
    venv.create(folder / "venv", symlinks=True)
    linked, work = folder / "packages", folder / "work"
    for each in (linked, work):
        each.mkdir()
    for package in _closure([Requirement(each) for each in requirements], set()):
        for name in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
            if not (linked / name).exists():
                (linked / name).symlink_to(Path(str(package.locate_file(name))))
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    (site / "packages.pth").write_text(f"{linked}\n")
    inherited = {key: value for key, value in hub.environment(folder / "home").items() if key != "PYTHONPATH"}
    return Environment(folder / "venv", work, {**inherited, "OMP_NUM_THREADS": "1"})


def install(wheel: Path, environment: Environment) -> None:
    """Installs a wheel without what it asks for."""
    python = str(environment.folder / "bin" / "python")
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(command, cwd=environment.work, check=True, capture_output=True)


def _closure(requirements: Sequence[Requirement], seen: set[tuple[str, str]]) -> Iterator[Distribution]:
    """The installed distributions that requirements and theirs name, each at least once."""
    for requirement in requirements:
        for extra in ("", *requirement.extras):
            if (requirement.name, extra) not in seen:
                seen.add((requirement.name, extra))
                found = distribution(requirement.name)
                yield found
                theirs = [Requirement(each) for each in found.requires or ()]
                wanted = [each for each in theirs if each.marker is None or each.marker.evaluate({"extra": extra})]
                yield from _closure(wanted, seen)
