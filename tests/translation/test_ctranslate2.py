"""Converted checkpoints against the same checkpoints in transformers."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from tiny_checkpoints import SAVERS, TEXTS

from hf_xlqa.translation import make_translator
from hf_xlqa.translation.seq2seq import Seq2Seq

converters = pytest.importorskip("ctranslate2.converters", reason="ctranslate2 is not installed")
CTranslate2 = pytest.importorskip("hf_xlqa.translation.ctranslate2").CTranslate2


@pytest.fixture(scope="module", params=["marian", "nllb"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkpoint without settings that only transformers knows, and what it was converted to."""
    work = tmp_path_factory.mktemp("ctranslate2")
    original = SAVERS[request.param](work / request.param, work)
    settings = json.loads((original / "generation_config.json").read_text())
    plain = {key: value for key, value in settings.items() if key.endswith("token_id") and key != "forced_eos_token_id"}
    (original / "generation_config.json").write_text(json.dumps(plain))
    converters.TransformersConverter(str(original)).convert(str(work / "converted"))
    return original, work / "converted"


@pytest.mark.parametrize("beams", [1, 2])
def test_it_translates_as_transformers_does(pair: tuple[Path, Path], beams: int) -> None:
    target = "zh" if pair[0].name == "nllb" else "de"
    original = Seq2Seq(pair[0], "en", target, num_beams=beams)
    converted = CTranslate2(pair[1], "en", target, tokenizer=pair[0], num_beams=beams)
    texts = [*TEXTS, "", " "]
    found = converted.translate(texts)
    assert found == [converted.translate([text])[0] for text in texts] and found[-2:] == ["", " "]
    expected = original.translate(texts)
    if beams == 1:
        # The limits of length differ, so what repeats itself endlessly ends elsewhere.
        both = list(zip(found, expected, strict=True))
        assert all(one.startswith(other) or other.startswith(one) for one, other in both)
    assert all(found[: len(TEXTS)]) and len(set(found)) > 3


@pytest.fixture
def marian(tmp_path: Path) -> tuple[Path, Path]:
    original = SAVERS["marian"](tmp_path / "marian", tmp_path)
    converters.TransformersConverter(str(original)).convert(str(tmp_path / "converted"))
    return original, tmp_path / "converted"


def test_a_line_names_a_folder_with_its_tokenizer(marian: tuple[Path, Path]) -> None:
    original, converted = marian
    for name in ("source.spm", "target.spm", "vocab.json", "tokenizer_config.json"):
        shutil.copy(original / name, converted)
    translator = make_translator(f"ctranslate2:{converted}", "en", "de")
    expected = CTranslate2(converted, "en", "de", tokenizer=original)
    assert translator.translate(TEXTS) == expected.translate(TEXTS)
    assert translator.name.startswith("ctranslate2:converted@") and "beams=4 compute=float32" in translator.name


def test_the_name_tells_options_apart(marian: tuple[Path, Path]) -> None:
    original, converted = marian
    options: list[dict[str, Any]] = [
        {},
        {"num_beams": 1},
        {"max_source_tokens": 30},
        {"max_length_ratio": 2.0},
        {"compute_type": "int8"},
        {"prefix": "x"},
    ]
    names = [CTranslate2(converted, "en", "de", tokenizer=original, **each).name for each in options]
    assert len(set(names)) == len(options)
    assert CTranslate2(converted, "en", "de", tokenizer=original, batch_tokens=7).name == names[0]


def test_a_text_above_the_limit_is_translated_in_parts_and_counted(marian: tuple[Path, Path]) -> None:
    translator = CTranslate2(marian[1], "en", "de", tokenizer=marian[0], max_source_tokens=30)
    sentences = ["The old dog lies on it.", "Nobody knows the town!"]
    assert all(len(each) <= 30 for each in translator._texts.encode(sentences))
    assert translator.translate([" ".join(sentences)]) == [" ".join(translator.translate(sentences))]
    assert translator.counts["texts above the limit, translated in parts"] == 1


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    with pytest.raises(ImportError, match=r"`ctranslate2` must be installed .*: pip install 'hf-xlqa\[translate\]'"):
        CTranslate2(tmp_path, "en", "de")


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"`folder` must hold a model of CTranslate2, but {tmp_path} holds none"):
        CTranslate2(tmp_path, "en", "de")


def test_a_folder_without_a_tokenizer_is_named(marian: tuple[Path, Path]) -> None:
    message = rf"`tokenizer` must be that of the model before it was converted, but {marian[1]} cannot be loaded"
    with pytest.raises(OSError, match=message):
        CTranslate2(marian[1], "en", "de")


@pytest.mark.parametrize("name", ["batch_tokens", "num_beams", "max_source_tokens", "max_length_ratio"])
def test_options_out_of_range_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` must be positive, but is 0 instead"):
        CTranslate2(tmp_path, "en", "de", **{name: 0})
