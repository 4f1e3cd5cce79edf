"""Translation by tiny random checkpoints of each family, with their real tokenizers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_checkpoints import SAVERS, TEXTS, save_marian, save_mbart50
from transformers import MBartTokenizer

from hf_xlqa.translation import make_translator, seq2seq
from hf_xlqa.translation.backend import TranslationError
from hf_xlqa.translation.cache import CachedTranslator
from hf_xlqa.translation.seq2seq import Seq2Seq

LONG = "The old town lies on the river, near the border. Nobody knows it for sure! Who built the tower in 1911?"
TARGETS = {"marian": "de", "t5": "de"}


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    work = tmp_path_factory.mktemp("checkpoints")
    return {name: saver(work / name, work) for name, saver in SAVERS.items()}


@pytest.fixture(scope="module")
def marian(checkpoints: dict[str, Path]) -> Path:
    return checkpoints["marian"]


def plain_greedy(translator: Seq2Seq, text: str, first: list[int], limit: int) -> list[int]:
    """Greedy search of one text by the model's forward alone, without the checkpoint's limits on repetition."""
    tokens = torch.tensor([translator._texts.encode([text])[0]])
    output = [translator.model.generation_config.decoder_start_token_id, *first]
    eos = translator._texts.tokenizer.eos_token_id
    for step in range(len(first), limit - 1):
        with torch.no_grad():
            scores = translator.model(input_ids=tokens, decoder_input_ids=torch.tensor([output])).logits[0, -1]
        if step == len(first):
            scores[eos] = -torch.inf
        output.append(int(scores.argmax()))
        if output[-1] == eos:
            break
    return output[1 + len(first) :]


@pytest.mark.parametrize(("name", "beams"), [*((name, 1) for name in SAVERS), ("marian", 3), ("nllb", 3)])
def test_neither_padding_nor_the_batch_changes_a_translation(
    checkpoints: dict[str, Path], name: str, beams: int
) -> None:
    translator = Seq2Seq(checkpoints[name], "en", TARGETS.get(name, "zh"), num_beams=beams, max_length_ratio=0.5)
    alone = [translator.translate([text])[0] for text in TEXTS]
    assert len(set(alone)) > 2 and all(alone)
    for batch_tokens in (60, 10_000):
        translator.batch_tokens = batch_tokens
        assert translator.translate(TEXTS) == alone
    assert translator.translate(["", *TEXTS[::-1], " \n"]) == ["", *alone[::-1], " \n"]
    assert translator.translate([]) == [] and translator.translate([" "]) == [" "]


@pytest.mark.parametrize(("name", "mark"), [("marian", None), ("nllb", "zho_Hans"), ("m2m100", "__zh__")])
def test_greedy_search_is_that_of_the_model_step_by_step(
    checkpoints: dict[str, Path], name: str, mark: str | None, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoints[name], tmp_path / name)
    settings = json.loads((folder / "generation_config.json").read_text())
    plain = {key: value for key, value in settings.items() if key.endswith("token_id") and key != "forced_eos_token_id"}
    (folder / "generation_config.json").write_text(json.dumps(plain))
    translator = Seq2Seq(folder, "en", TARGETS.get(name, "zh"), num_beams=1)
    tokenizer = translator._texts.tokenizer
    first = [tokenizer.convert_tokens_to_ids(mark)] if mark else []
    for text in TEXTS[:2]:
        limit = min(translator._max_new_tokens, 3 * len(translator._texts.encode([text])[0]) + 16)
        expected = plain_greedy(translator, text, first, limit)
        assert translator.translate([text]) == [tokenizer.decode(expected, skip_special_tokens=True).strip()]


@pytest.mark.parametrize(
    ("name", "source", "target"), [("nllb", "eng_Latn", "zho_Hans"), ("m2m100", "__en__", "__zh__")]
)
def test_the_languages_reach_the_model(
    checkpoints: dict[str, Path], name: str, source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    translator = Seq2Seq(checkpoints[name], "en", "zh", num_beams=1)
    generate, seen = translator.model.generate, []

    def watched(**inputs: Any) -> Any:
        outputs = generate(**inputs)
        seen.append((inputs["input_ids"][0, 0].item(), outputs[0, 1].item()))
        return outputs

    monkeypatch.setattr(translator.model, "generate", watched)
    translator.translate(["the town"])
    assert seen == [tuple(translator._texts.tokenizer.convert_tokens_to_ids([source, target]))]


def test_mbart_of_25_languages_starts_from_the_target_language(tmp_path: Path) -> None:
    folder = save_mbart50(tmp_path / "mbart", tmp_path, tokenizer_class=MBartTokenizer)
    translator = Seq2Seq(folder, "en", "zh", num_beams=1)
    tokenizer = translator._texts.tokenizer
    assert isinstance(tokenizer, MBartTokenizer)
    tokens = translator._texts.encode(["the town"])[0]
    assert tokenizer.convert_ids_to_tokens(tokens[-2:]) == ["</s>", "en_XX"]
    assert translator._generation.forced_bos_token_id is None
    assert translator._generation.decoder_start_token_id == tokenizer.convert_tokens_to_ids("zh_CN")
    alone = [translator.translate([text])[0] for text in TEXTS]
    assert translator.translate(TEXTS) == alone and all(alone)


def test_a_marian_of_several_languages_gets_the_mark_of_the_target(tmp_path: Path) -> None:
    folder = save_marian(tmp_path / "multi", tmp_path, targets=(">>fra<<", ">>cmn_Hans<<"))
    french, chinese = (Seq2Seq(folder, "en", language, num_beams=1) for language in ("fr", "zh"))
    marks = [
        each._texts.tokenizer.convert_ids_to_tokens(each._texts.encode(["the"])[0][0]) for each in (french, chinese)
    ]
    assert marks == [">>fra<<", ">>cmn_Hans<<"]
    assert french.translate(TEXTS) != chinese.translate(TEXTS)
    with pytest.raises(
        ValueError, match=r"`target_language` must be one of fr, zh \(or a code .*, but is 'ja' instead"
    ):
        Seq2Seq(folder, "en", "ja")


def test_a_prefix_is_put_before_every_text(checkpoints: dict[str, Path]) -> None:
    plain, prefixed = (
        Seq2Seq(checkpoints["t5"], "en", "de", prefix=prefix, num_beams=1) for prefix in ("", "the old ")
    )
    assert prefixed.translate(["town", "dog"]) == plain.translate(["the old town", "the old dog"])
    assert prefixed.name != plain.name


def test_a_text_above_the_limit_is_translated_in_parts_and_counted(marian: Path) -> None:
    translator = Seq2Seq(marian, "en", "de", num_beams=1, max_source_tokens=40)
    assert len(translator._texts.encode([LONG])[0]) > 64
    whole = translator.translate([LONG, "Who?"])
    sentences = LONG.replace("! ", "!|").replace(". ", ".|").split("|")
    assert all(len(each) <= 40 for each in translator._texts.encode(sentences))
    assert whole == [" ".join(translator.translate(sentences)), *translator.translate(["Who?"])]
    assert translator.counts["texts above the limit, translated in parts"] == 1


@pytest.mark.parametrize("text", ["  the old " * 60, "x" * 200, LONG * 3, "a " + "y" * 100 + ". the"])
@pytest.mark.parametrize("limit", [3, 8, 30])
def test_the_parts_of_a_text_fit_and_leave_nothing_out(marian: Path, text: str, limit: int) -> None:
    texts = Seq2Seq(marian, "en", "de", max_source_tokens=limit)._texts
    spans = texts._spans_that_fit(text)
    assert "".join("".join(text[start:end] for start, end in spans).split()) == "".join(text.split())
    assert spans == sorted(spans) and len(spans) > 1
    assert all(len(ids) <= limit for ids in texts.encode([text[start:end] for start, end in spans]))


def test_a_translation_is_ended_at_its_own_limit_and_counted(marian: Path, caplog: pytest.LogCaptureFixture) -> None:
    translator = Seq2Seq(marian, "en", "de", num_beams=1, max_new_tokens=6)
    full = Seq2Seq(marian, "en", "de", num_beams=1)
    ended = translator.translate(TEXTS)
    cut = [one != other for one, other in zip(ended, full.translate(TEXTS), strict=True)]
    assert any(cut) and all(other.startswith(one) for one, other in zip(ended, full.translate(TEXTS), strict=True))
    assert translator.counts["translations ended by the length limit"] >= sum(cut)
    assert "translations reached the length limit and were ended there" in caplog.text


@pytest.mark.parametrize("most", [1, 2, 3])
def test_out_of_memory_halves_the_batches(marian: Path, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    translator = Seq2Seq(marian, "en", "de", num_beams=1)
    expected = translator.translate(TEXTS)
    generate, sizes = translator.model.generate, []

    def limited(**inputs: Any) -> Any:
        sizes.append(len(inputs["input_ids"]))
        if sizes[-1] > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return generate(**inputs)

    monkeypatch.setattr(translator.model, "generate", limited)
    assert translator.translate(TEXTS) == expected
    assert sizes[0] == len(TEXTS) and translator.batch_tokens < 4096
    sizes.clear()
    translator.translate(TEXTS)
    assert max(sizes[1:]) <= most or len(sizes) < 2 * len(TEXTS)


def test_a_text_too_large_for_the_memory_is_named(marian: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    translator = Seq2Seq(marian, "en", "de")

    def full(**inputs: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(translator.model, "generate", full)
    message = r"`text` must fit in the memory of cpu, but 29 tokens do not: 'A quick .*; lower `max_source_tokens`"
    with pytest.raises(TranslationError, match=message.replace("29", r"\d+")):
        translator.translate(TEXTS)


def test_the_name_tells_models_and_options_apart(marian: Path, checkpoints: dict[str, Path], tmp_path: Path) -> None:
    moved = shutil.copytree(marian, tmp_path / "marian")
    name = Seq2Seq(marian, "en", "de").name
    assert name.startswith("seq2seq:marian@") and name.endswith("beams=4 dtype=float32 tokens=64-63 ratio=3.0")
    assert Seq2Seq(moved, "en", "de", batch_tokens=5).name == name
    options: list[dict[str, Any]] = [
        {"num_beams": 1},
        {"max_source_tokens": 30},
        {"max_new_tokens": 30},
        {"max_length_ratio": 2.0},
        {"dtype": "bfloat16"},
        {"prefix": "x"},
    ]
    names = [Seq2Seq(marian, "en", "de", **each).name for each in options]
    assert len({name, *names, Seq2Seq(checkpoints["t5"], "en", "de").name}) == len(options) + 2
    (moved / "vocab.json").write_text((moved / "vocab.json").read_text() + " ")
    assert Seq2Seq(moved, "en", "de").name != name


def test_it_can_be_cached_and_named_by_a_line(marian: Path, tmp_path: Path) -> None:
    translator = make_translator(f"seq2seq:{marian}", "en", "de")
    assert isinstance(translator, Seq2Seq)
    expected = translator.translate(TEXTS)
    for _ in range(2):
        assert CachedTranslator(translator, tmp_path / "c.db", chunk_size=2).translate(TEXTS) == expected


def test_a_line_can_name_a_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(Seq2Seq, "__init__", lambda self, *words, **options: seen.append((words, options)))
    for spec in ("seq2seq:org/model@v1", "seq2seq:org/model"):
        make_translator(spec, "en", "zh")
    assert seen == [(("org/model", "en", "zh"), {"revision": revision}) for revision in ("v1", None)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "int8"}, "`dtype` must be one of auto, float32, float16, bfloat16, but is 'int8' instead"),
        ({"num_beams": 0}, "`num_beams` must be positive, but is 0 instead"),
        ({"batch_tokens": -1}, "`batch_tokens` must be positive, but is -1 instead"),
        ({"max_length_ratio": 0.0}, "`max_length_ratio` must be positive, but is 0.0 instead"),
        ({"max_source_tokens": 1}, "`max_source_tokens` must be at least 3, but is 1 instead"),
    ],
)
def test_options_out_of_range_are_refused(marian: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Seq2Seq(marian, "en", "de", **options)


def test_a_folder_that_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    message = (
        rf"`model` must be a sequence-to-sequence checkpoint with its tokenizer, but {tmp_path} cannot be loaded as"
    )
    with pytest.raises(OSError, match=message):
        Seq2Seq(tmp_path, "en", "de")


def test_weights_are_of_half_precision_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    for supported, dtype in ((True, torch.bfloat16), (False, torch.float16)):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda supported=supported: supported)
        assert seq2seq._dtype("auto", torch.device("cuda")) == dtype
    assert seq2seq._dtype("auto", torch.device("cpu")) == torch.float32
