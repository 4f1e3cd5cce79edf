"""The Hub of the tests: what clients push to it, other clients load from an empty cache by name."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from hub_server import HubServer, running_hub
from huggingface_hub import HfApi
from safetensors.torch import load_file

from hf_xlqa import metrics
from hf_xlqa.metric_space import siblings

PUSH = """
import datasets, torch
from huggingface_hub import HfApi
from transformers import BertConfig, BertForQuestionAnswering
sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": 20}
torch.manual_seed(0)
BertForQuestionAnswering(BertConfig(**sizes)).push_to_hub("xlqa/tiny")
api = HfApi()
for name, kind, folder in (("xlqa/squad_zh_mt", "dataset", "dataset"), ("xlqa/mlqa", "space", "space")):
    for _ in range(2):
        api.create_repo(name, repo_type=kind, exist_ok=True, space_sdk="static" if kind == "space" else None)
    api.upload_folder(repo_id=name, repo_type=kind, folder_path=folder)
api.delete_file("obsolete.txt", "xlqa/mlqa", repo_type="space")
"""
LOAD = """
import json, datasets, evaluate, torch
from huggingface_hub import HfApi
from transformers import AutoModelForQuestionAnswering
model = AutoModelForQuestionAnswering.from_pretrained("xlqa/tiny")
weights = sum(tensor.double().abs().sum().item() for tensor in model.state_dict().values())
rows = datasets.load_dataset("xlqa/squad_zh_mt", split="train")["question"]
streamed = [row["question"] for row in datasets.load_dataset("xlqa/squad_zh_mt", split="train", streaming=True)]
score = evaluate.load("xlqa/mlqa", language="zh").score("（美国）", ["美国"])
files = HfApi().list_repo_files("xlqa/mlqa", repo_type="space")
print(json.dumps({"weights": weights, "rows": list(rows), "streamed": streamed, "score": score, "files": files}))
"""
CARD = """---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train.jsonl
---
# Two questions
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubServer]:
    with running_hub(tmp_path_factory.mktemp("hub")) as server:
        yield server


def run_client(hub: HubServer, code: str, home: Path) -> str:
    """Standard output of a client whose caches and working folder are `home`."""
    environment = hub.environment(home) | {"HF_UPDATE_DOWNLOAD_COUNTS": "0"}
    process = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=home, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


@pytest.fixture(scope="module")
def loaded(hub: HubServer, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a second client loads of what a first one pushed."""
    first = tmp_path_factory.mktemp("first")
    space = first / "space"
    space.mkdir()
    (space / "obsolete.txt").write_text("gone")
    for name in ("mlqa", *siblings("mlqa")):
        (space / f"{name}.py").write_text((Path(metrics.__file__).parent / f"{name}.py").read_text("utf-8"), "utf-8")
    data = first / "dataset" / "data"
    data.mkdir(parents=True)
    (data.parent / "README.md").write_text(CARD)
    (data / "train.jsonl").write_text('{"question": "谁？"}\n{"question": "何时？"}\n', "utf-8")
    run_client(hub, PUSH, first)
    return json.loads(run_client(hub, LOAD, tmp_path_factory.mktemp("second")).splitlines()[-1])


def test_a_model_is_pushed_and_loaded_by_name(hub: HubServer, loaded: Any) -> None:
    pushed = load_file(hub.root / "models/xlqa/tiny/model.safetensors")
    assert loaded["weights"] == pytest.approx(sum(tensor.double().abs().sum().item() for tensor in pushed.values()))
    assert "PUT /lfs/" in " ".join(hub.requests)


def test_a_dataset_is_uploaded_loaded_and_streamed(loaded: Any) -> None:
    assert loaded["rows"] == loaded["streamed"] == ["谁？", "何时？"]


def test_a_metric_is_uploaded_as_a_space_and_loaded_by_name(loaded: Any) -> None:
    assert loaded["score"] == [1.0, 1.0]
    assert set(loaded["files"]) == {"mlqa.py", *(f"{name}.py" for name in siblings("mlqa"))}


def ask(hub: HubServer, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> Any:
    return urlopen(Request(hub.endpoint + path, data=body, method=method, headers=headers), timeout=10)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/xlqa/absent/resolve/main/config.json", "RepoNotFound"),
        ("/xlqa/tiny/resolve/v2/config.json", "RevisionNotFound"),
        ("/xlqa/tiny/resolve/main/absent.json", "EntryNotFound"),
        ("/api/models/xlqa/tiny/tree/main/absent", "EntryNotFound"),
        ("/somewhere/else", "NoSuchRoute"),
    ],
)
def test_what_is_absent_is_named(hub: HubServer, loaded: Any, path: str, code: str) -> None:
    with pytest.raises(HTTPError, match="404") as caught:
        ask(hub, path)
    assert caught.value.headers["X-Error-Code"] == code


def test_a_range_of_bytes(hub: HubServer, loaded: Any) -> None:
    whole = ask(hub, "/xlqa/tiny/resolve/main/config.json").read()
    part = ask(hub, "/xlqa/tiny/resolve/main/config.json", Range="bytes=2-5")
    assert (part.status, part.read()) == (206, whole[2:6])
    assert part.headers["Content-Range"] == f"bytes 2-5/{len(whole)}"


def test_the_commit_is_named_by_the_content(hub: HubServer, loaded: Any) -> None:
    repository = hub.repository("models", "xlqa/tiny")
    before = repository.commit()
    assert len(before) == 40
    repository.write("note.txt", b"one")
    changed = repository.commit()
    assert changed != before
    (repository.folder / "note.txt").unlink()
    assert repository.commit() == before
    assert ask(hub, f"/xlqa/tiny/resolve/{before}/config.json", method="HEAD").headers["X-Repo-Commit"] == before


def test_paths_are_described_for_older_clients(hub: HubServer, loaded: Any) -> None:
    path = "/api/datasets/xlqa/squad_zh_mt/paths-info/main"
    answer = json.load(ask(hub, path, method="POST", body=b"paths=data&paths=README.md&paths=absent"))
    assert [(entry["type"], entry["path"]) for entry in answer] == [("directory", "data"), ("file", "README.md")]


@pytest.mark.parametrize("front_matter", ["a: [", "just text"])
def test_a_card_without_valid_metadata_is_refused(hub: HubServer, front_matter: str) -> None:
    body = json.dumps({"content": f"---\n{front_matter}\n---\n", "repoType": "model"}).encode()
    with pytest.raises(HTTPError, match="400"):
        ask(hub, "/api/validate-yaml", method="POST", body=body)


def test_an_object_with_another_digest_is_refused(hub: HubServer) -> None:
    with pytest.raises(HTTPError, match="400"):
        ask(hub, f"/lfs/{'0' * 64}", method="PUT", body=b"content")


def test_a_token_names_its_user(hub: HubServer) -> None:
    assert HfApi(endpoint=hub.endpoint).whoami(token="hf_test")["name"] == "xlqa"
