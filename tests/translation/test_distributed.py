"""Two processes share the texts of one translator."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes import Upper
from tiny_checkpoints import TEXTS, save_marian
from translate_in_processes import start

from hf_xlqa.translation.backend import TranslationError
from hf_xlqa.translation.distributed import DistributedTranslator
from hf_xlqa.translation.seq2seq import Seq2Seq


def test_two_processes_translate_like_one_each_its_share(tmp_path: Path) -> None:
    checkpoint = save_marian(tmp_path / "marian", tmp_path)
    processes = [start(process, checkpoint, tmp_path) for process in range(2)]
    for process in processes:
        process.join(timeout=120)
    assert [process.exitcode for process in processes] == [0, 0]
    both = [json.loads((tmp_path / f"{process}.json").read_text()) for process in range(2)]
    expected = Seq2Seq(checkpoint, "en", "de", num_beams=1).translate(TEXTS)
    for each in both:
        assert each["found"][:2] == [[*expected, "", *expected[:2]], expected]
        assert "some failed instead: process 0 of 2: RuntimeError: as told" in each["found"][2][0]
    shares = [each["handed"] for each in both]
    assert sorted(shares[0] + shares[1]) == sorted(TEXTS) and len(shares[0]) == len(shares[1]) == 3


def test_one_process_translates_all() -> None:
    translator = Upper()
    shared = DistributedTranslator(translator)
    assert shared.translate(["a", "", "b"]) == ["A", "", "B"] and translator.calls == [["a", "b"]]
    assert (shared.name, shared.source_language, shared.target_language) == ("upper", "en", "de")
    with pytest.raises(TranslationError, match="must not be blank"):
        DistributedTranslator(Upper(function=lambda text: "")).translate(["a"])
