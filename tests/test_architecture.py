"""The layers of the package, the folders that travel, and habits that a parser can check.

Imports point down: a file imports its own room, rooms of lower layers, and of its own layer only
files that stand beside it at the top of the package.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import hf_xlqa
from hf_xlqa import plugins

PACKAGE = Path(hf_xlqa.__file__).parent

LAYERS = (
    {"schema", "text", "messages", "plugins", "json_record", "json_options", "rewrite"},
    {"models", "metrics"},
    {"words"},
    {"corpora", "recovery", "spans", "ragged", "significance", "language_streams", "language_numbers"},
    {"translation"},
    {"word_vectors"},
    {"reports", "metric_space"},
    {
        *(
            "features",
            "feature_report",
            "windows",
            "context_tokens",
            "pair_template",
            "alignment",
            "collator",
            "paired_windows",
        ),
        *("objectives", "loss_log", "ema", "optimization", "task_similarity", "leaks", "run_record", "transforms"),
    },
    {"analysis"},
    {
        *("training_args", "trainer", "evaluation", "interrupt", "checkpoints", "default_record", "model_card"),
        *("reading", "reader", "translated_examples", "updates_apart"),
    },
    {"back_translation"},
    {"experiment", "building"},
    {"cli"},
)
"""Rooms (folders and files at the top of the package), the lowest layer first."""

HUGGING_FACE = {"torch", "transformers", "tokenizers", "datasets", "accelerate", "safetensors", "huggingface_hub"}

OUTSIDE = (
    set(),
    {"torch", "transformers", "evaluate", "datasets", "numpy"},
    {"jieba", "opencc"},
    {"datasets", "numpy", "pyarrow", "edlib", "rapidfuzz"},
    {"sentencex", "opencc", "tqdm", "filelock"},
    {"numpy", "safetensors", "gensim"},
    {"numpy", "matplotlib", "huggingface_hub"},
    {*HUGGING_FACE, "numpy", "pyarrow", "sklearn", "jieba", "opencc", "rapidfuzz", "conllu", "stanza"},
    {*HUGGING_FACE, "numpy", "pyarrow", "sklearn", "scipy", "statsmodels"},
    {*HUGGING_FACE, "numpy", "pyarrow"},
    set(),
    {*HUGGING_FACE, "yaml", "pyarrow", "filelock", "tqdm"},
    {"typer"},
)
"""Packages that the files of each layer may import, besides the standard library."""

TRAVELLING = {"models": {"torch", "transformers"}, "metrics": {"evaluate", "datasets", "nltk"}}
"""Packages that the folders copied into checkpoints and metric repositories may import."""

EXEMPT = {
    "models/qanet_words.py": {"jieba"},
    "corpora/sample/tokenizer.py": {"tokenizers", "transformers"},
    "translation/seq2seq.py": {*HUGGING_FACE},
    "translation/ctranslate2.py": {"ctranslate2", "transformers"},
    "translation/distributed.py": {"accelerate", "torch"},
}
"""Files that need more than their layer, and what."""

FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def layer(name: str) -> int:
    return next(level for level, rooms in enumerate(LAYERS) if name in rooms)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Dotted names of the modules a file imports, absolute, with the line."""
    package = ["hf_xlqa", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            if module == "hf_xlqa":
                yield from ((f"hf_xlqa.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield module, node.lineno


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


ROOMED = [path for path in FILES if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", ROOMED, ids=named)
def test_imports_point_down(path):
    own = room(path)
    for module, line in imports(path):
        if module.startswith("hf_xlqa."):
            other = module.split(".")[1]
            both_on_top = (PACKAGE / f"{own}.py").exists() and (PACKAGE / f"{other}.py").exists()
            allowed = other == own or layer(other) < layer(own) or (both_on_top and layer(other) == layer(own))
            assert allowed, f"{named(path)}:{line} imports {other}, which is not below {own}"


@pytest.mark.parametrize("path", [path for path in ROOMED if path.name != "__init__.py"], ids=named)
def test_only_the_packages_of_a_layer_are_imported(path):
    allowed = TRAVELLING.get(room(path), OUTSIDE[layer(room(path))]) | EXEMPT.get(named(path), set())
    for module, line in imports(path):
        top = module.split(".")[0]
        known = top == "hf_xlqa" or top in sys.stdlib_module_names
        assert known or top in allowed, f"{named(path)}:{line} imports {top}"


@pytest.mark.parametrize(
    "path", [path for path in ROOMED if room(path) in TRAVELLING and path.name != "__init__.py"], ids=named
)
def test_files_that_travel_import_siblings_in_the_one_form_that_survives(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            assert node.level == 1 and node.module and "." not in node.module, f"{named(path)}:{node.lineno}"
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            assert not any(str(name).startswith("hf_xlqa") for name in names), f"{named(path)}:{node.lineno}"


@pytest.mark.parametrize("folder", sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()))
def test_folders_that_travel_are_flat(folder):
    nested = [path for path in (PACKAGE / folder).iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert folder not in TRAVELLING or not nested


@pytest.mark.parametrize("path", FILES, ids=named)
def test_public_things_have_docstrings(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), f"{named(path)} has no docstring"
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    for node in [*tree.body, *(each for cls in classes for each in cls.body)]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            overloaded = any(ast.unparse(decorator).endswith("setter") for decorator in node.decorator_list)
            inherited = node.name.startswith("on_") or overloaded
            assert inherited or ast.get_docstring(node), f"{named(path)}:{node.lineno} {node.name} has no docstring"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_files_and_functions_stay_small(path):
    text = path.read_text("utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            documented = len((ast.get_docstring(node) or "").splitlines())
            lines = node.end_lineno - node.lineno + 1 - documented
            assert lines <= 60, f"{named(path)}:{node.lineno} {node.name} has {lines} lines besides its docstring"


@pytest.mark.parametrize("folder", ["objectives", "metrics", "recovery", "translation", "transforms", "cli"])
def test_every_plugin_is_found_by_the_name_of_its_file(folder):
    assert plugins.names(folder)
    for name in plugins.names(folder):
        assert plugins.find(folder, name).__module__ == f"hf_xlqa.{folder}.{name}"


def test_an_unknown_plugin_lists_the_valid_names():
    with pytest.raises(ValueError, match=r"`bleu` must be one of .*mlqa, squad.* \(the files of metrics/\)"):
        plugins.find("metrics", "bleu")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("class A: pass\nclass B: pass\n", "`objectives/extra.py` must define one public plug-in, but defines A, B"),
        ("x = 1\n", "`objectives/extra.py` must define a public class or function, but defines none"),
    ],
)
def test_a_plugin_file_defines_one_public_thing(code, message, tmp_path, monkeypatch):
    (tmp_path / "extra.py").write_text(code)
    package = sys.modules["hf_xlqa.objectives"]
    monkeypatch.setattr(package, "__path__", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "hf_xlqa.objectives.extra", raising=False)
    with pytest.raises(ValueError, match=message):
        plugins.find("objectives", "extra")
    monkeypatch.delitem(sys.modules, "hf_xlqa.objectives.extra", raising=False)
