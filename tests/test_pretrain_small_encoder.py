"""The script that trains a small encoder from corpora: what it shows to the model, and a run of a few steps."""

from __future__ import annotations

import importlib.util
import json
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from hf_xlqa.corpora.sample import encoder_path, sample_parallel
from hf_xlqa.corpora.squad_format import write_squad
from hf_xlqa.experiment.encoder_pretraining import new_model

SCRIPT = Path(__file__).parents[1] / "examples" / "pretrain_small_encoder.py"
TEXT = "Anna Berg left Oslo in 1901. She built two ships there! In Rome she met Carl Dahl. Carl Dahl paid for both."


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pretrain_small_encoder", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Twenty paragraphs of the sample in two languages."""
    paths = {language: tmp_path / f"{language}.json" for language in ("zh", "en")}
    examples = sample_parallel("dev")[:60]
    for language, path in paths.items():
        write_squad(path, [each for group in examples for each in group if each.context_language == language])
    return paths


def test_a_selection_hides_words_that_its_text_tells(script: ModuleType) -> None:
    options, rng = script.Options(corpora=[], recurring=0.0, forgotten=0.0), random.Random(0)
    drawn = [made for _ in range(900) if (made := script.selection(TEXT, options, rng))]
    assert all(made.text == TEXT and made.sentence.count("[MASK]") == 1 for made in drawn)
    answers = {made.text[made.start : made.end] for made in drawn}
    assert {"Oslo", "Anna Berg", "1901", "Carl Dahl paid"} <= answers
    assert not {"in", "in 1901", "Oslo in"} & answers
    told = next(made for made in drawn if made.text[made.start : made.end] == "Oslo")
    assert {word for word in told.sentence.split() if word.isalnum()} == {"Anna", "Berg", "left", "in", "1901"}


def test_a_recurring_span_is_found_without_its_sentence(script: ModuleType) -> None:
    options, rng = script.Options(corpora=[], recurring=1.0), random.Random(1)
    drawn = [made for _ in range(300) if (made := script.selection(TEXT, options, rng)) and made.text != TEXT]
    assert {made.text[made.start : made.end] for made in drawn} <= {"Carl Dahl", "Carl", "Dahl"}
    assert drawn and all(made.text.count("Carl Dahl") == 1 for made in drawn)


def test_pairs_are_translations_in_turn_with_neighbours(script: ModuleType) -> None:
    options = script.Options(corpora=[], pair_units=3)
    drawn = script.pairs(["a b c d e f g h"], [("A B C D E", "1 2 3 4 5")], options, random.Random(2))
    translated, neighbours = next(drawn), next(drawn)
    assert [len(each.split()) for each in translated] == [3, 3]
    letters, digits = sorted(translated, reverse=True)
    assert "ABCDE".index(letters[0]) == "12345".index(digits[0])
    assert "".join(neighbours) in "a b c d e f g h" and len("".join(neighbours).split()) == 6


def test_simplified_contexts_are_converted_where_that_is_asked(
    script: ModuleType, files: dict[str, Path], tmp_path: Path
) -> None:
    path = str(files["zh"])
    as_it_is, converted = (
        script.contexts(f"zh={path}", script.Options(corpora=[], simplified=simplified)) for simplified in ([], [path])
    )
    assert len(as_it_is) == len(set(as_it_is)) == len(converted) == 20
    assert any("于" in text for text in as_it_is) and not any("于" in text for text in converted)


def test_layers_of_another_encoder_are_taken_with_words_of_its_own(script: ModuleType) -> None:
    options = script.Options(corpora=[])
    tokenizer = script.build_tokenizer([TEXT], options)
    model = new_model(options, tokenizer)
    words = model.model.embeddings.tok_embeddings.weight.detach().clone()
    script.take_layers(model, encoder_path())
    taken, own = (each.layers[2].mlp.Wi.weight for each in (AutoModel.from_pretrained(encoder_path()), model.model))
    assert torch.equal(taken, own)
    assert torch.equal(model.model.embeddings.tok_embeddings.weight, words)
    deeper = new_model(script.Options(corpora=[], layers=5), tokenizer)
    with pytest.raises(ValueError, match=r"`layers_of` must have all layers, but .* lacks .*layers\.4"):
        script.take_layers(deeper, encoder_path())


def test_a_short_run_reads_no_question_and_writes_an_encoder_that_loads(
    script: ModuleType, files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "encoder"
    specs = [f"{language}={path}" for language, path in files.items()]
    arguments = ["--corpora", *specs, "--parallel", *specs, "--output_dir", str(folder), "--vocabulary_size", "300"]
    sizes = ["--minutes", "0.03", "--batch_size", "4", "--log_steps", "1", "--threads", str(torch.get_num_threads())]
    monkeypatch.setattr(sys, "argv", ["pretrain", *arguments, *sizes, "--layers_of", "sample"])
    script.main()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder)
    assert (len(tokenizer), model.config.vocab_size) == (300, 300)
    assert not any("？" in piece or "?" in piece for piece in tokenizer.get_vocab())
    settings, *lines = [json.loads(line) for line in (folder / "pretraining_log.jsonl").read_text().splitlines()]
    assert settings["layers_of"] == "sample"
    assert [line["step"] for line in lines] == list(range(1, len(lines) + 1))
