"""The catalog's Hub entries, loaded by their real ids and revisions from the Hub of the tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import hub_server
import pytest
from datasets import Dataset

from hf_xlqa.corpora.catalog import CATALOG

ANSWERS = {"text": ["Anna"], "answer_start": [0]}
TITLED = {"id": "q1", "title": "Oslo", "context": "Anna left.", "question": "Who?", "answers": ANSWERS}
UNTITLED = {key: value for key, value in TITLED.items() if key != "title"}
NESTED = {
    "title": "Oslo",
    "id": "1",
    "paragraphs": [
        {
            "context": "Anna left.",
            "id": "1-1",
            "qas": [{"id": "q1", "question": "Who?", "answers": [{"text": "Anna", "answer_start": 0, "id": "1"}]}],
        }
    ],
}
LANGUAGES = [TITLED | {"id": identifier} for identifier in ("korean-1-0", "english-2-0")]
TYPED = TITLED | {"answers": ANSWERS | {"answer_type": ["Person"]}}

# specification, split, the file of the repository the rows stand in, the rows
CASES = [
    ("squad", "train", "plain_text/train-00000-of-00001.parquet", [TITLED]),
    ("squadshifts_new_wiki", "test", "new_wiki/test/0000.parquet", [TITLED]),
    ("squadshifts_reddit", "test", "reddit/test/0000.parquet", [TITLED]),
    ("xquad/zh", "validation", "xquad.zh/validation-00000-of-00001.parquet", [UNTITLED]),
    ("mlqa/en.de", "test", "mlqa.en.de/test/0000.parquet", [UNTITLED]),
    ("mlqa/zh", "validation", "mlqa.zh.zh/validation/0000.parquet", [UNTITLED]),
    ("cmrc2018", "validation", "data/validation-00000-of-00001.parquet", [UNTITLED]),
    ("drcd", "validation", "default/dev/0000.parquet", [NESTED]),
    ("korquad", "train", "squad_kor_v1/train-00000-of-00001.parquet", [TITLED]),
    ("jaquad", "validation", "default/validation/0000.parquet", [TYPED]),
    ("tydiqa/ko", "validation", "secondary_task/validation-00000-of-00001.parquet", LANGUAGES),
]
LOAD = """
import json, sys
from dataclasses import asdict
from hf_xlqa.corpora.catalog import load_corpus
for spec, split in json.loads(sys.argv[1]):
    print(json.dumps([asdict(example) for example in load_corpus(spec, split=split, on_defect="raise")]))
"""


def _publish(root: Path) -> None:
    """Writes each case into its repository, with the card that gives configurations to a converted branch's main."""
    cards: dict[str, list[str]] = {}
    for spec, split, file, rows in CASES:
        source = CATALOG[spec.partition("/")[0]].hub
        path = root / "datasets" / source.repo / file
        path.parent.mkdir(parents=True, exist_ok=True)
        Dataset.from_list(rows).to_parquet(path)
        if source.data_files is None:
            config = "default" if source.config is None else path.parent.name
            card = f"- config_name: {config}\n  data_files:\n  - split: {source.splits[split]}\n    path: {file}\n"
            cards.setdefault(source.repo, []).append(card)
    for repo, configurations in cards.items():
        (root / "datasets" / repo / "README.md").write_text("---\nconfigs:\n" + "".join(configurations) + "---\n")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """What a client process gets for each case, and the revisions it asked for."""
    root, home = tmp_path_factory.mktemp("hub"), tmp_path_factory.mktemp("home")
    _publish(root)
    with hub_server.any_revision() as revisions, hub_server.running_hub(root) as server:
        wanted = json.dumps([[spec, split] for spec, split, *_ in CASES])
        client = subprocess.run(
            [sys.executable, "-c", LOAD, wanted],
            env=server.environment(home),
            capture_output=True,
            text=True,
            timeout=240,
        )
    assert client.returncode == 0, client.stderr
    return [json.loads(line) for line in client.stdout.splitlines()], revisions


@pytest.mark.parametrize(("number", "spec"), [(number, case[0]) for number, case in enumerate(CASES)])
def test_each_corpus_loads_by_name_from_the_hub(loaded, number, spec):
    name, _, languages = spec.partition("/")
    context, _, question = (languages or CATALOG[name].languages[0]).partition(".")
    (example,) = loaded[0][number]
    assert example["id"] == ("korean-1-0" if name == "tydiqa" else "q1")
    assert (example["context"], example["question"]) == ("Anna left.", "Who?")
    assert example["answers"] == [{"text": "Anna", "start": 0}]
    assert example["corpus"] == name
    assert (example["context_language"], example["question_language"]) == (context, question or context)


def test_titles_are_read_where_the_rows_have_them(loaded):
    titles = {case[0]: examples[0]["title"] for case, examples in zip(CASES, loaded[0], strict=True)}
    assert titles["drcd"] == titles["squad"] == "Oslo"
    assert titles["xquad/zh"] == ""


def test_the_revision_of_the_catalog_is_the_one_asked_for(loaded):
    hubs = [CATALOG[case[0].partition("/")[0]].hub for case in CASES]
    assert loaded[1] == {hub.repo: hub.revision for hub in hubs}
