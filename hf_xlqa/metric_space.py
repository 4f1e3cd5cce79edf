"""A scoring rule as a Space of the Hub, from which `evaluate.load("OWNER/RULE")` takes it."""

from __future__ import annotations

import ast
import tempfile
from importlib.metadata import version
from inspect import getdoc
from pathlib import Path

from huggingface_hub import create_repo, upload_folder

from hf_xlqa import metrics
from hf_xlqa.plugins import find

_FOLDER = Path(metrics.__file__).parent
_OPTIONAL = {"nltk"}
_APP = """import evaluate
from evaluate.utils import launch_gradio_widget

launch_gradio_widget(evaluate.load("{rule}.py"))
"""
_CARD = """---
title: {rule}
sdk: gradio
app_file: app.py
pinned: false
tags:
- evaluate
- metric
- question-answering
---

# {rule}

{description}

```python
import evaluate

metric = evaluate.load("{repo_id}"{arguments})
metric.compute(
    predictions=[{{"id": "q1", "prediction_text": "Denver Broncos"}}],
    references=[{{"id": "q1", "answers": {{"text": ["Denver Broncos", "Broncos"]}}}}],
)
```

{usage}

## Citation

```bibtex
{citation}
```
"""


def siblings(rule: str) -> list[str]:
    """Files of `metrics/` that a rule imports, in order; evaluate takes along these, and none that only they import.

    Raises:
        ValueError: when there is no such rule, or a sibling imports a file that the rule does not.
    """
    find("metrics", rule)
    direct = _imported(rule)
    for name in direct:
        absent = [other for other in _imported(name) if other not in direct]
        if absent:
            raise ValueError(
                f"`metrics/{rule}.py` must import what its siblings do, but `{name}.py` alone imports "
                f"{', '.join(absent)} instead."
            )
    return direct


def write_space(rule: str, folder: str | Path, *, repo_id: str | None = None) -> list[Path]:
    """Write the files of a rule's Space: the rule, its siblings, the card, the requirements and a demo.

    Args:
        rule: such as "squad".
        folder: where to; made where it is absent.
        repo_id: OWNER/NAME for the example of the card; the rule's name without it.

    Returns:
        The paths written.

    Raises:
        ValueError: as `siblings`.
    """
    codes = [rule, *siblings(rule)]
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    texts = {f"{name}.py": (_FOLDER / f"{name}.py").read_text("utf-8") for name in codes} | {
        "README.md": _card(rule, repo_id or rule),
        "requirements.txt": _requirements(codes),
        "app.py": _APP.format(rule=rule),
    }
    for name, text in texts.items():
        (target / name).write_text(text, encoding="utf-8")
    return [target / name for name in texts]


def push_space(rule: str, repo_id: str, *, private: bool | None = None) -> str:
    """Publish a rule as a Space; with `huggingface_hub`'s login.

    Args:
        rule: such as "squad".
        repo_id: OWNER/NAME; NAME is the rule's, as evaluate looks for NAME.py.
        private: whether others are kept out; None leaves a repository as it is.

    Returns:
        The address of the Space.

    Raises:
        ValueError: when `repo_id` is not OWNER/`rule`, or as `siblings`.
    """
    owner, _, name = repo_id.partition("/")
    if not owner or name != rule:
        raise ValueError(
            f"`repo_id` must be OWNER/{rule}, as evaluate looks for {rule}.py, but is {repo_id!r} instead."
        )
    with tempfile.TemporaryDirectory() as folder:
        write_space(rule, folder, repo_id=repo_id)
        url = create_repo(repo_id, repo_type="space", space_sdk="gradio", private=private, exist_ok=True)
        upload_folder(
            repo_id=repo_id, repo_type="space", folder_path=folder, commit_message=f"Publish the scoring rule {rule}"
        )
    return str(url)


def _tree(name: str) -> ast.Module:
    return ast.parse((_FOLDER / f"{name}.py").read_text("utf-8"))


def _imported(name: str) -> list[str]:
    """Siblings that a file imports, each once."""
    found = [node.module for node in ast.walk(_tree(name)) if isinstance(node, ast.ImportFrom) and node.level]
    return [*dict.fromkeys(module for module in found if module)]


def _requirements(names: list[str]) -> str:
    modules = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for name in names
        for node in ast.walk(_tree(name))
        if isinstance(node, ast.ImportFrom | ast.Import)
        for alias in node.names
    }
    used = sorted(_OPTIONAL & {module.partition(".")[0] for module in modules})
    return (
        "\n".join(["gradio", *(f"{package}>={version(package)}" for package in ("datasets", "evaluate")), *used]) + "\n"
    )


def _card(rule: str, repo_id: str) -> str:
    metric = find("metrics", rule)
    configurations = "\n".join(f'- `evaluate.load("{repo_id}", "{name}")`' for name in metric.configurations)
    accepted = f"Languages: {', '.join(sorted(metric.languages))}." if metric.languages else ""
    parts = [getdoc(metric) or "", accepted, f"Variants:\n\n{configurations}" if configurations else ""]
    return _CARD.format(
        rule=rule,
        repo_id=repo_id,
        description="\n\n".join(filter(None, parts)),
        arguments=f', language="{min(metric.languages)}"' if metric.languages else "",
        usage=(
            "Predictions and references are paired by id. Besides the means, the result holds the scores of each "
            "question and language, and a signature: scores are comparable where their signatures are equal."
        ),
        citation=metric.citation,
    )
