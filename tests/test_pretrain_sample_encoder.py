"""The script that trains the sample's encoder: what it shows to the model, and a run of a few steps."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from example_scripts import load_example
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from hf_xlqa.corpora.sample.biographies import biography
from hf_xlqa.corpora.sample.grammar import LANGUAGES, grammar
from hf_xlqa.corpora.sample.names import KINDS, names
from hf_xlqa.corpora.sample.tokenizer import build_tokenizer


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_example("pretrain_sample_encoder")


def test_a_masked_sentence_hides_its_span_and_tells_another_life_in_the_other_slot(script: ModuleType) -> None:
    rng = random.Random(0)
    told = biography("train", rng)
    event = next(fact for fact in told.facts if "year" in fact.fillers)
    sentence = script.masked_sentence(told, event, "place", "en", rng)
    assert sentence.count("[MASK]") == 1
    assert grammar("en").name(event.fillers["place"]) not in sentence
    assert grammar("en").name(event.fillers["year"]) not in sentence
    assert grammar("en").name(told.subject) in sentence


def test_a_selection_is_the_name_or_number_that_its_sentence_hides(script: ModuleType) -> None:
    drawn = script.selections(script.Curriculum(0.4, level=2), 1.0, random.Random(1))
    for _ in range(100):
        selection = next(drawn)
        answer = selection.text[selection.start : selection.end]
        assert answer and answer not in selection.sentence
        assert selection.text.count(answer) == 1


def test_neither_questions_before_paragraphs_nor_held_out_names_are_shown(script: ModuleType) -> None:
    rng = random.Random(2)
    drawn, sentences = script.selections(script.Curriculum(0.4, level=2), 0.3, rng), script.pairs(0.5, rng)
    selections = [next(drawn) for _ in range(200)]
    assert not [item for item in selections if set("?？") & set(item.sentence + item.text)]
    shown = " ".join([item.text for item in selections] + [" ".join(next(sentences)) for _ in range(200)])
    held_out = {name.written("en") for split in ("dev", "test") for kind in KINDS for name in names(split, kind)}
    assert not held_out & set(shown.replace(".", " ").replace(",", " ").replace("?", " ").split())


def test_pairs_are_sentences_or_questions_by_their_share(script: ModuleType) -> None:
    drawn = {share: [next(script.pairs(share, random.Random(3))) for _ in range(3)] for share in (0.0, 1.0)}
    assert all(first[-1] in ".。।" and second[-1] in ".。।" for first, second in drawn[0.0])
    assert all(first[-1] in "?？" and second[-1] in "?？" for first, second in drawn[1.0])


def test_paragraphs_grow_when_pointing_succeeds(script: ModuleType) -> None:
    curriculum, rng = script.Curriculum(0.4), random.Random(5)
    told = biography("train", rng)
    lengths = []
    for loss in (1.0, 0.1, 0.1, 0.1):
        lengths.append(min(len(curriculum.shorten(told, rng).facts) for _ in range(5)))
        curriculum.running = float("inf")
        curriculum.update(loss)
    assert lengths == [2, 2, 3, 6]


def test_translations_start_at_the_same_vector(script: ModuleType) -> None:
    tokenizer = build_tokenizer()
    weight = torch.nn.init.normal_(torch.empty(len(tokenizer), 16))
    script.tie_word_vectors(weight, tokenizer.get_vocab())
    rows = tokenizer.convert_tokens_to_ids(["geheiratet", "结婚", "शादी", "gestorben"])
    assert torch.equal(weight[rows[0]], weight[rows[1]])
    assert torch.equal(weight[rows[0]], weight[rows[2]])
    assert not torch.allclose(weight[rows[0]], weight[rows[3]])


def test_a_short_run_writes_an_encoder_that_loads_and_its_log(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "encoder"
    arguments = ["--output_dir", str(folder), "--minutes", "0.05", "--batch_size", "4", "--log_steps", "1"]
    monkeypatch.setattr(sys, "argv", ["pretrain", *arguments, "--threads", str(torch.get_num_threads())])
    script.main()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    reader = AutoModelForQuestionAnswering.from_pretrained(folder)
    inputs = tokenizer("Who?", "She married Karbert Tormann.", return_tensors="pt")
    assert reader(**inputs).start_logits.shape == inputs.input_ids.shape
    settings, *lines = [json.loads(line) for line in (folder / "pretraining_log.jsonl").read_text().splitlines()]
    assert settings["batch_size"] == 4
    assert [line["step"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[-1]["pair_words"] < lines[0]["pair_words"] + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mask_is_one_token_in_every_language(language: str, script: ModuleType) -> None:
    rng, tokenizer = random.Random(4), build_tokenizer()
    told = biography("train", rng)
    fact = told.facts[0]
    sentence = script.masked_sentence(told, fact, next(iter(fact.fillers)), language, rng)
    assert tokenizer(sentence)["input_ids"].count(tokenizer.mask_token_id) == 1
