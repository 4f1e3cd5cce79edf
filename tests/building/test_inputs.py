"""The files that decide what a build gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from hf_xlqa.building import inputs
from hf_xlqa.building.config import CorpusConfig
from hf_xlqa.building.inputs import given_files
from hf_xlqa.building.run import build
from hf_xlqa.building.scripts import find
from hf_xlqa.building.variants import translated


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ("parallel_files:{folder}/zh.json,{folder}/{target}.json", ["zh.json", "en.json"]),
        ("lexicon:{folder}/zh.json", ["zh.json"]),
        ("seq2seq:owner/opus-mt-{source}-{target}", []),
    ],
)
def test_every_file_of_a_backend_counts(tmp_path: Path, backend: str, expected: list[str]) -> None:
    for name in ("zh.json", "en.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    spec = backend.replace("{folder}", str(tmp_path))
    config = CorpusConfig(name="toy", source="drcd", variants=(translated("zh", "en"),), backend=spec)
    assert [path.name for path in given_files(config)] == expected


def test_variants_and_shards_share_one_translator_a_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    make = inputs.make_translator
    monkeypatch.setattr(inputs, "make_translator", lambda *words: made.append(words[1:]) or make(*words))
    laf = find("sample_laf")
    config = laf.configured("T(ALL)", splits=("validation",), num_shards=3)
    build(laf, [config], tmp_path / "one")
    assert sorted(made) == [("en", language) for language in ("de", "hi", "ja", "ko", "zh")]
    build(laf, [config], tmp_path / "two")
    assert len(made) == 10  # files may have changed since
