"""The record of a run: JSON there and back, and what it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hf_xlqa.reports import Score
from hf_xlqa.run_record import CorpusUse, RunRecord, installed_versions


def record() -> RunRecord:
    return RunRecord(
        method="xltt",
        base_model="google-bert/bert-base-multilingual-cased",
        training=(
            CorpusUse(
                name="drcd",
                languages=("zh", "en"),
                licence="CC BY-SA 3.0",
                examples=3380,
                dropped={"gold not found in ja": 62},
            ),
        ),
        scores=(Score("mlqa/zh.en", "zh", "mlqa", 40.0, 61.25, 504, "rule:mlqa|version:1|language:zh", "gold"),),
        hyper_parameters={"learning_rate": 4e-5, "languages": ["ja", "ko"]},
        seed=42,
        versions={"python": "3.11.7"},
        command="accelerate launch examples/run_xltt.py",
    )


def test_json_there_and_back() -> None:
    text = record().to_json()
    assert json.loads(text)["training"][0]["dropped"] == {"gold not found in ja": 62}
    assert RunRecord.from_json(text) == record()


def test_text_that_is_not_json_names_file_and_line() -> None:
    with pytest.raises(ValueError, match="`run/results.json` must be JSON, but is broken at line 2"):
        RunRecord.from_json('{"method":\n oops}', source="run/results.json")


def test_a_file_is_read_and_named(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(record().to_json(), encoding="utf-8")
    assert RunRecord.read(path) == record()
    path.write_bytes(b"\xff")
    with pytest.raises(ValueError, match="results.json` must be text in UTF-8, but is not"):
        RunRecord.read(path)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"training": 3}, "`results.json: training` must hold a list, but holds 3 instead"),
        ({"seed": "1"}, "`results.json: seed` must hold a int, but holds '1' instead"),
        ({"versions": {"python": 3}}, "`results.json: versions` must hold a str, but holds 3 instead"),
    ],
)
def test_fields_of_other_types_are_named(part: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RunRecord.from_json(json.dumps(json.loads(record().to_json()) | part))


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"seeds": 1}, r"`results.json` must have .* lacks \[\] and has the unknown \['seeds'\]"),
        ({"training": [{"name": "drcd"}]}, r"`results.json: training` must .* lacks \['examples', 'languages', 'lic"),
        ({"scores": ["mlqa"]}, r"`results.json: scores` must have the fields .* lacks \['exact_match', 'f1'"),
    ],
)
def test_absent_and_unknown_fields_are_named(part: dict[str, object], message: str) -> None:
    text = json.dumps(json.loads(record().to_json()) | part)
    with pytest.raises(ValueError, match=message):
        RunRecord.from_json(text)


def test_versions_are_those_installed() -> None:
    versions = installed_versions(["torch", "no-such-package"])
    assert list(versions) == ["python", "torch"]
    assert all(re.match(r"\d+\.\d+", version) for version in versions.values())
