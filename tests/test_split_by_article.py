"""The script that splits parallel files: whole articles, the same ones in every language."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from hf_xlqa.corpora.sample import sample_parallel
from hf_xlqa.corpora.squad_format import read_examples, write_squad

SCRIPT = Path(__file__).parents[1] / "examples" / "split_by_article.py"


def test_parts_share_no_article_and_are_the_same_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    examples = sample_parallel("dev")
    for language in ("de", "en"):
        own = [each for group in examples for each in group if each.context_language == language]
        write_squad(tmp_path / f"{language}.json", own)
    files = [f"{language}={tmp_path}/{language}.json" for language in ("de", "en")]
    arguments = ["--files", *files, "--output_dir", str(tmp_path / "split"), "--dev", "0.2"]
    monkeypatch.setattr(sys, "argv", ["split", *arguments])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    output = capsys.readouterr().out
    parts = {}
    for part in ("train", "dev", "test"):
        both = [
            list(read_examples(tmp_path / "split" / f"{part}.{language}.json", language=language, corpus="x"))
            for language in ("de", "en")
        ]
        assert [each.parallel_id for each in both[0]] == [each.parallel_id for each in both[1]]
        parts[part] = {each.title for each in both[0]}
        assert f"en, {part}: {len(both[1])} questions, {len(parts[part])} paragraphs" in output
    assert sum(map(len, parts.values())) == len(set.union(*parts.values())) == 100
    assert 50 < len(parts["train"]) < 70
