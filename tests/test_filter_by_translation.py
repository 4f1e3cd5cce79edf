"""The example that keeps what a translation has, too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tiny_corpora import TOWNS, write_language

from hf_xlqa.corpora.squad_format import read_examples

EXAMPLE = Path(__file__).parents[1] / "examples" / "filter_by_translation.py"


def test_only_questions_that_are_translated_are_kept(tmp_path: Path) -> None:
    files = [f"ko={write_language(tmp_path, 'ko')}", f"en={write_language(tmp_path, 'en', range(3))}"]
    command = [sys.executable, str(EXAMPLE), "--files", *files, "--output", str(tmp_path / "kept.json")]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == f"6 questions are kept, {2 * len(TOWNS) - 6} are left out\n"
    kept = read_examples(tmp_path / "kept.json", language="ko", corpus="kept")
    assert [example.id for example in kept] == [
        f"{number}-{asked}" for number in range(3) for asked in ("where", "when")
    ]
