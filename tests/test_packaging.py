"""What setup.cfg declares: versions that the files of constraints hold, and extras that errors name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
NOT_LOWEST = {"torch": "its lowest comes with several GB of CUDA"}
SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")


def requirements(text: str) -> dict[str, Requirement]:
    """Requirements, one a line, by name."""
    found = [Requirement(line.strip()) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {canonicalize_name(each.name): each for each in found}


EXTRAS = {extra: requirements(text) for extra, text in SETUP["options.extras_require"].items()}
NEEDED = requirements(SETUP["options"]["install_requires"])


def pinned(name: str) -> dict[str, str]:
    """The versions of a file of constraints."""
    pins = requirements((ROOT / name).read_text(encoding="utf-8"))
    return {package: str(each.specifier).removeprefix("==") for package, each in pins.items()}


def test_the_lowest_versions_are_those_of_the_declaration() -> None:
    declared = {**NEEDED, **EXTRAS["test"]}
    pins = pinned("constraints-lowest.txt")
    assert set(pins) == set(declared)
    for package, requirement in declared.items():
        (lowest,) = (each.version for each in requirement.specifier if each.operator == ">=")
        padded = [version.split(".") + ["0"] * (3 - version.count(".") - 1) for version in (pins[package], lowest)]
        assert package in NOT_LOWEST or padded[0] == padded[1], f"{package}: {pins[package]} is not {lowest}"


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-lowest.txt"])
def test_tested_versions_are_allowed(name: str) -> None:
    pins = pinned(name)
    installed = [NEEDED, EXTRAS["test"], *([EXTRAS["demo"], EXTRAS["lint"]] if name == "constraints.txt" else [])]
    for package, requirement in (item for each in installed for item in each.items()):
        assert requirement.specifier.contains(pins[package]), f"{requirement} against {pins[package]}"


@pytest.mark.parametrize("extra", ["demo", "analysis", "translate", "vectors"])
def test_what_tests_need_of_an_extra_they_need_in_the_same_versions(extra: str) -> None:
    assert {name: str(each) for name, each in EXTRAS[extra].items()}.items() <= {
        name: str(each) for name, each in EXTRAS["test"].items()
    }.items()


def optional_imports() -> Iterator[tuple[str, str, str]]:
    """File, module and message of each import whose absence is told."""
    for path in (path for folder in ("hf_xlqa", "examples") for path in sorted((ROOT / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Try) and (message := _message(node)):
                for module in _modules(node.body):
                    yield path.name, module, message


def _message(node: ast.Try) -> str:
    """What an ImportError says that a handler raises; "" where none does."""
    raised = [each.exc for handler in node.handlers for each in ast.walk(handler) if isinstance(each, ast.Raise)]
    told = [each for each in raised if isinstance(each, ast.Call) and ast.unparse(each.func) == "ImportError"]
    return " ".join(str(ast.literal_eval(argument)) for each in told for argument in each.args)


def _modules(body: list[ast.stmt]) -> Iterator[str]:
    """The outside packages that statements import."""
    for node in (each for statement in body for each in ast.walk(statement)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "import_module":
            yield str(ast.literal_eval(node.args[0])).partition(".")[0]


OPTIONAL = list(optional_imports())


def test_optional_imports_are_found() -> None:
    found = {module for _, module, _ in OPTIONAL}
    assert found >= {"stanza", "sklearn", "scipy", "statsmodels", "matplotlib", "gensim", "ctranslate2", "nltk", "ray"}


@pytest.mark.parametrize(("file", "module", "message"), OPTIONAL, ids=[f"{each[0]}-{each[1]}" for each in OPTIONAL])
def test_an_absent_package_is_told_with_how_to_install_it(file: str, module: str, message: str) -> None:
    """By an extra that holds it, or by itself, as files that travel where there are no extras have it."""
    (told,) = re.findall(r"pip install '?([^'`]+)", message)
    requirement = Requirement(told)
    held = [EXTRAS[extra] for extra in requirement.extras] or [{requirement.name: requirement}]
    assert {"sklearn": "scikit-learn"}.get(module, module) in set().union(*held)
    assert requirement.extras or not requirement.specifier or requirement == NEEDED[requirement.name]
