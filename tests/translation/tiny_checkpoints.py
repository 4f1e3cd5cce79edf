"""Tiny random translation checkpoints with real tokenizer classes, saved in a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import sentencepiece
import torch
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    M2M100Tokenizer,
    MarianConfig,
    MarianMTModel,
    MarianTokenizer,
    MBart50Tokenizer,
    MBartConfig,
    MBartForConditionalGeneration,
    NllbTokenizer,
    T5Config,
    T5ForConditionalGeneration,
    T5Tokenizer,
)

LINES = [
    "The old town lies on the river, near the border.",
    "Who built the tower in 1911? Nobody knows it for sure!",
    "Sie wohnt in einem kleinen Dorf; er geht zur Schule.",
    "A quick brown fox jumps over the lazy dog, 23 times.",
]
TEXTS = [
    "The old dog lies on the border.",
    "Who?",
    "A quick brown fox jumps over the lazy dog in 1911, near the tower, for sure.",
    "Nobody knows the town.",
    "23 times!",
    "The river is near the old tower and nobody built it.",
]
SMALL: dict[str, Any] = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "init_std": 0.7,
    "tie_word_embeddings": False,
}


def pieces(folder: Path) -> tuple[str, list[str]]:
    """A sentencepiece model trained on `LINES`, and its pieces without the special ones."""
    (folder / "lines.txt").write_text("\n".join(LINES))
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "lines.txt"), model_prefix=str(folder / "model"), vocab_size=60, minloglevel=2
    )
    path = str(folder / "model.model")
    model = sentencepiece.SentencePieceProcessor(path)
    return path, [model.id_to_piece(number) for number in range(3, model.vocab_size())]


def save_marian(folder: Path, work: Path, *, targets: tuple[str, ...] = (), **options: Any) -> Path:
    """A Marian checkpoint; of several target languages where `targets` names some, such as ">>zho<<"."""
    path, known = pieces(work)
    names = ["</s>", "<unk>", *known, *targets, "<pad>"]
    (work / "vocab.json").write_text(json.dumps({name: number for number, name in enumerate(names)}))
    tokenizer = MarianTokenizer(path, path, str(work / "vocab.json"), model_max_length=64)
    config = MarianConfig(
        vocab_size=len(names),
        pad_token_id=len(names) - 1,
        eos_token_id=0,
        forced_eos_token_id=0,
        decoder_start_token_id=len(names) - 1,
        max_position_embeddings=64,
        **{**SMALL, **options},
    )
    return save(MarianMTModel, config, tokenizer, folder, bad_words_ids=[[len(names) - 1]])


def save_m2m100(folder: Path, work: Path) -> Path:
    """An M2M100 checkpoint."""
    path, known = pieces(work)
    names = ["<s>", "<pad>", "</s>", "<unk>", *known]
    (work / "vocab.json").write_text(json.dumps({name: number for number, name in enumerate(names)}))
    tokenizer = M2M100Tokenizer(str(work / "vocab.json"), path, model_max_length=64)
    config = M2M100Config(vocab_size=len(names) + 108, max_position_embeddings=64, **SMALL)
    languages = range(len(names), len(names) + 108)
    return save(
        M2M100ForConditionalGeneration,
        config,
        tokenizer,
        folder,
        suppress_tokens=others(tokenizer, "__zh__", languages),
    )


def save_nllb(folder: Path, work: Path) -> Path:
    """An NLLB checkpoint: M2M100's model with a tokenizer of its own."""
    letters = sorted({letter for line in LINES for letter in line if letter != " "})
    names = ["<s>", "<pad>", "</s>", "<unk>", "▁", *letters, "▁t", "▁th", "▁the"]
    vocabulary = {name: number for number, name in enumerate(names)}
    merges = [("▁", "t"), ("▁t", "h"), ("▁th", "e")]
    tokenizer = NllbTokenizer(vocab=vocabulary, merges=merges, model_max_length=128)
    config = M2M100Config(vocab_size=len(tokenizer), max_position_embeddings=128, **SMALL)
    suppressed = others(tokenizer, "zho_Hans", range(len(names), len(tokenizer)))
    return save(M2M100ForConditionalGeneration, config, tokenizer, folder, suppress_tokens=suppressed)


def save_mbart50(folder: Path, work: Path, *, tokenizer_class: Any = MBart50Tokenizer) -> Path:
    """An mBART-50 checkpoint, or one of mBART of 25 languages by the class of its tokenizer."""
    _, known = pieces(work)
    vocabulary = [(name, 0.0) for name in ("<unk>", "<s>", "</s>")] + [(name, -2.0) for name in known]
    tokenizer = tokenizer_class(vocab=vocabulary, model_max_length=64)
    config = MBartConfig(vocab_size=len(tokenizer), max_position_embeddings=64, decoder_start_token_id=2, **SMALL)
    suppressed = others(tokenizer, "zh_CN", range(4 + len(known), len(tokenizer)))
    return save(MBartForConditionalGeneration, config, tokenizer, folder, suppress_tokens=suppressed)


def save_t5(folder: Path, work: Path) -> Path:
    """A T5 checkpoint."""
    _, known = pieces(work)
    vocabulary = [(name, 0.0) for name in ("<pad>", "</s>", "<unk>")] + [(name, -2.0) for name in known]
    tokenizer = T5Tokenizer(vocab=vocabulary, extra_ids=0)
    config = T5Config(vocab_size=len(tokenizer), d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
    config.decoder_start_token_id, config.initializer_factor = 0, 8.0
    return save(T5ForConditionalGeneration, config, tokenizer, folder)


def others(tokenizer: Any, target: str, languages: range) -> list[int]:
    """The language marks but that of the target, which a trained checkpoint would not produce."""
    return [number for number in languages if number != tokenizer.convert_tokens_to_ids(target)]


SAVERS = {"marian": save_marian, "m2m100": save_m2m100, "nllb": save_nllb, "mbart50": save_mbart50, "t5": save_t5}


def save(cls: Any, config: Any, tokenizer: Any, folder: Path, **generation: Any) -> Path:
    """Save a random model with its tokenizer; `generation` goes into its settings for generating."""
    torch.manual_seed(0)
    model = cls(config)
    if hasattr(model, "final_logits_bias"):
        model.final_logits_bias[0, tokenizer.eos_token_id] = 2.0 if config.model_type == "marian" else 8.0
    for name, value in {"no_repeat_ngram_size": 2, **generation}.items():
        setattr(model.generation_config, name, value)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
