"""The benchmark of SimpleMatch on Japanese and French SQuAD, where XLQA_DATA names the folder of the corpora."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DATA = Path(os.environ.get("XLQA_DATA", ""))
BENCHMARK = Path(__file__).parents[2] / "examples" / "benchmarks" / "simple_match.py"
pytestmark = pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names no folder of corpora")


@pytest.mark.parametrize(
    ("language", "name", "f1"),
    [("fr", "french", (58.39, 67.57, 67.42)), ("ja", "japanese", (43.24, 53.26, 50.96))],
)
def test_simple_match_finds_more_of_the_gold_than_the_translated_answer_has(language, name, f1):
    corpus = f"squad/{language}={DATA}/squad_ja_fr/squad_{name}_test.json"
    words = ["--translated", f"en={DATA}/squad/dev-v1.1.json", "--dictionary", f"{DATA}/dictionaries/en-{language}.txt"]
    command = [sys.executable, str(BENCHMARK), "--corpus", corpus, *words, "--rule", "universal"]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stdout
    assert "327 of 327 questions have a source answer" in output
    assert tuple(map(float, re.findall(r"F1 +([\d.]+)", output))) == f1
