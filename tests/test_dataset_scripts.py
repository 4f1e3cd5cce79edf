"""The corpora of dataset_scripts/: class data only, found by name, built in small, and there in a wheel."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pytest
from datasets import load_dataset
from tiny_builders import write_towns

from hf_xlqa.building import scripts
from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.run import build
from hf_xlqa.corpora.catalog import CATALOG, parse_spec

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "dataset_scripts"
WORDS = {
    "ar": "جسر",
    "bn": "সেতু",
    "de": "Brücke",
    "en": "bridge",
    "es": "puente",
    "fi": "silta",
    "fr": "pont",
    "hi": "पुल",
    "id": "jembatan",
    "ja": "橋",
    "ko": "다리",
    "ru": "мост",
    "te": "వంతెన",
    "zh": "桥",
}
CONFIGS = [
    pytest.param(name, config.name, id=f"{name}-{config.name}")
    for name in scripts.names()
    for config in scripts.find(name).BUILDER_CONFIGS
]


@pytest.fixture(scope="module")
def given(tmp_path_factory) -> dict[str, str]:
    """A dictionary and a translator of one word for each pair of languages."""
    folder = tmp_path_factory.mktemp("dictionaries")
    for source in ("en", "zh"):
        for target, word in WORDS.items():
            (folder / f"{source}-{target}.txt").write_text(f"{WORDS[source]} {word}\n")
    path = f"{folder}/{{source}}-{{target}}.txt"
    return {"dictionary": path, "backend": f"lexicon:{path}"}


def test_the_corpora_of_the_papers_are_there():
    languages = ("zh", "fr", "ja", "ko", "de", "es", "ar", "hi")
    assert {f"squad_{language}_mt" for language in languages} < {*scripts.names()}
    assert {"squad_laf", "squad_code_switched", "squad_permuted", "squad_typology", "xltt_parallel"} < {
        *scripts.names()
    }
    assert {"newsqa_en", "newsqa_zh_mt", "newsqa_zh_word_by_word", "drcd_en_mt", "drcd_permuted"} < {*scripts.names()}


@pytest.mark.parametrize("name", scripts.names())
def test_a_file_holds_class_data_only_and_a_text_stands_beside_it(name):
    tree = ast.parse((FOLDER / name / f"{name}.py").read_text("utf-8"))
    (builder,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    assert ast.get_docstring(builder)
    assert builder.name.lower() == name.replace("_", "")
    assert (FOLDER / name / "README.md").read_text("utf-8").strip()
    found = scripts.find(name)
    assert found.__name__ == builder.name
    assert found.corpus_name() == name
    assert all(config.version == found.VERSION for config in found.BUILDER_CONFIGS)


@pytest.mark.parametrize(("name", "config"), CONFIGS)
def test_sources_and_splits_are_in_the_catalog_and_transforms_have_a_name(name, config):
    configured = scripts.find(name).configured(config)
    if configured.source != "newsqa":
        spec = parse_spec(configured.source)
        hub = CATALOG[spec.name].hub
        assert hub is None or {*configured.splits} <= {*hub.splits}
    named = {variant.transform for variant in configured.variants} - {None}
    assert named <= {"translate", "word_by_word", "code_switch", "permute", "typology"}


def written_source(folder: Path, source: str) -> Path:
    """A small corpus in the form that a source has."""
    if source == "newsqa":
        text = "The old bridge reopened."
        questions = [{"q": "Which bridge?", "consensus": {"s": 4, "e": 14}}]
        story = {"storyId": "a", "text": text, "type": "train", "questions": questions}
        (folder / "news.json").write_text(json.dumps({"data": [story]}))
        return folder / "news.json"
    if source in ("cmrc2018", "drcd"):
        answers = [{"text": "桥", "answer_start": 2}]
        qas = [{"id": "q", "question": "什么 桥 老?", "answers": answers}]
        (folder / "zh.json").write_text(
            json.dumps({"data": [{"paragraphs": [{"context": "老 桥 开 了。", "qas": qas}]}]})
        )
        return folder / "zh.json"
    return write_towns(folder / "towns.json", paragraphs=3)


@pytest.mark.parametrize(
    ("name", "config"), [param for param in CONFIGS if not param.id.startswith(("sample", "squad_typology"))]
)
def test_every_corpus_builds_from_a_file(name, config, given, tmp_path):
    builder = scripts.find(name)
    plain = builder.configured(config)
    files = {"train": str(written_source(tmp_path, plain.source))}
    configured = builder.configured(config, files=files, num_shards=1, **given)
    assert build(builder, [configured], tmp_path / "out") == []
    counted = json.loads((tmp_path / "out" / "report.json").read_text())[config]["splits"]["train"]
    examples = {"newsqa": 1, "cmrc2018": 1, "drcd": 1}.get(plain.source, 6) * len(plain.variants)
    assert counted["examples"] + sum(map(len, counted["dropped"].values())) == examples
    if name.startswith("squad_") and name.endswith("_mt"):
        language = name.split("_")[1]
        assert counted["languages"] == {f"{language}.{language}": counted["examples"]}


PARSES = """\
1\tAnna\tAnna\tPROPN\t_\t_\t2\tnsubj\t_\t_
2\topened\topen\tVERB\t_\t_\t0\troot\t_\t_
3\tbridges\tbridge\tNOUN\t_\t_\t2\tobj\t_\tSpaceAfter=No
4\t.\t.\tPUNCT\t_\t_\t2\tpunct\t_\t_

1\tDid\tdo\tAUX\t_\t_\t3\taux\t_\t_
2\tAnna\tAnna\tPROPN\t_\t_\t3\tnsubj\t_\t_
3\topen\topen\tVERB\t_\t_\t0\troot\t_\t_
4\tbridges\tbridge\tNOUN\t_\t_\t3\tobj\t_\tSpaceAfter=No
5\t?\t?\tPUNCT\t_\t_\t3\tpunct\t_\t_

"""
ORDERS = {
    "sov": "Anna bridges opened.",
    "vos": "Opened bridges Anna.",
    "vso": "Opened Anna bridges.",
    "osv": "Bridges Anna opened.",
    "ovs": "Bridges opened Anna.",
}


@pytest.mark.parametrize("order", ORDERS)
def test_typology_builds_along_parses_that_are_given(order, tmp_path):
    (tmp_path / "parses.conllu").write_text(PARSES)
    qas = [{"id": "q", "question": "Did Anna open bridges?", "answers": [{"text": "bridges", "answer_start": 12}]}]
    (tmp_path / "source.json").write_text(json.dumps({"context": "Anna opened bridges.", "qas": qas}))
    builder = scripts.find("squad_typology")
    given = {"files": {"train": str(tmp_path / "source.json")}, "parses": (str(tmp_path / "parses.conllu"),)}
    build(builder, [builder.configured(order, num_shards=1, **given)], tmp_path / "out")
    (row,) = load_dataset("parquet", data_files=f"{tmp_path}/out/data/*/*", cache_dir=str(tmp_path / "cache"))["train"]
    assert row["context"].lower() == ORDERS[order].lower()
    assert row["answers"]["text"][0].lower() == "bridges"


def test_laf_has_the_copies_of_its_table():
    """Table 1: T(Q) is six times SQuAD, T(ALL) the union of the three with English once."""
    configs = {config.name: config for config in scripts.find("squad_laf").BUILDER_CONFIGS}
    copies = {name: [variant.options.get("part") for variant in config.variants] for name, config in configs.items()}
    assert {name: Counter(parts) for name, parts in copies.items()} == {
        "T(Q)": {None: 1, "question": 5},
        "T(C)": {None: 1, "context": 5},
        "T(Q+C)": {None: 1, "both": 5},
        "T(ALL)": {None: 1, "question": 5, "context": 5, "both": 5},
        "T(Q)-tydiqa": {None: 1, "question": 7},
    }
    languages = [variant.options["translator"].target_language for variant in configs["T(Q)"].variants[1:]]
    assert languages == ["de", "es", "ar", "hi", "zh"]
    assert {variant.options["recovery"] for variant in configs["T(ALL)"].variants[1:]} == {"tags"}


@pytest.mark.parametrize(
    ("name", "config", "rows"),
    [
        ("sample_zh_mt", "default", 300),
        ("sample_zh_word_by_word", "default", 300),
        ("sample_code_switched", "hi", 300),
        ("sample_parallel", "sample.ko", 300),
        ("sample_laf", "T(ALL)", 16 * 300),
    ],
)
def test_samples_build_without_a_download(name, config, rows, tmp_path):
    builder = scripts.find(name)
    configured = builder.configured(config, splits=("validation",), num_shards=1)
    build(builder, [configured], tmp_path / "out")
    counted = json.loads((tmp_path / "out" / "report.json").read_text())[config]["splits"]["validation"]
    assert counted["examples"] + sum(map(len, counted["dropped"].values())) == rows
    assert counted["examples"] > 0.9 * rows


def test_an_unknown_corpus_lists_those_there_are():
    with pytest.raises(ValueError, match="`name` must be one of drcd_en_mt, .*, but is 'squad' instead"):
        scripts.find("squad")


def test_a_file_with_two_builders_is_refused(monkeypatch):
    module = sys.modules[scripts.find("squad_permuted").__module__]
    other = type("Other", (CorpusBuilder,), {"__module__": module.__name__})
    monkeypatch.setattr(module, "Other", other, raising=False)
    with pytest.raises(ValueError, match="must define one CorpusBuilder, but defines 2 instead"):
        scripts.find("squad_permuted")


@pytest.mark.skipif(int(version("setuptools").partition(".")[0]) < 77, reason="the build needs setuptools 77")
def test_a_wheel_has_them_too(tmp_path):
    ignored = shutil.ignore_patterns("__pycache__", "encoder")
    for name in ("hf_xlqa", "dataset_scripts", "examples/recipes"):
        shutil.copytree(ROOT / name, tmp_path / "source" / name, ignore=ignored)
    for name in ("setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / "source")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet", "-w", "wheels"]
    subprocess.run([*command, "./source"], cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    for name in scripts.names():
        installed = tmp_path / "installed" / "hf_xlqa" / "dataset_scripts" / name
        assert {path.name for path in installed.iterdir()} == {f"{name}.py", "README.md"}
