"""Bridges in English, Japanese and Korean: SQuAD files that are translations of each other, and an encoder for them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from tiny_tokenizers import tiny_tokenizer
from transformers import BertConfig, BertModel

TOWNS = [
    {"en": "Dresden", "ja": "ドレスデン", "ko": "드레스덴"},
    {"en": "Bonn", "ja": "ボン", "ko": "본"},
    {"en": "Lima", "ja": "リマ", "ko": "리마"},
    {"en": "Oslo", "ja": "オスロ", "ko": "오슬로"},
    {"en": "Riga", "ja": "リガ", "ko": "리가"},
    {"en": "Quito", "ja": "キト", "ko": "키토"},
    {"en": "Accra", "ja": "アクラ", "ko": "아크라"},
    {"en": "Turin", "ja": "トリノ", "ko": "토리노"},
]
CONTEXTS = {
    "en": "The old bridge stands in {town}. It was opened to the public in {year}.",
    "ja": "古い橋は{town}にある。{year}年に公開された。",
    "ko": "오래된 다리는 {town}에 있다. {year}년에 열렸다.",
}
QUESTIONS = {
    "en": {"where": "Where is the bridge?", "when": "When was the bridge opened?"},
    "ja": {"where": "橋はどこにあるか。", "when": "橋はいつ公開されたか。"},
    "ko": {"where": "다리는 어디에 있는가?", "when": "다리는 언제 열렸는가?"},
}


def article(number: int, language: str) -> dict[str, Any]:
    """One article with two questions, "NUMBER-where" and "NUMBER-when"."""
    told = {"where": TOWNS[number][language], "when": str(1800 + number)}
    context = CONTEXTS[language].format(town=told["where"], year=told["when"])
    questions = [
        {"id": f"{number}-{asked}", "question": question, "answers": [gold(context, told[asked])]}
        for asked, question in QUESTIONS[language].items()
    ]
    return {"title": f"Bridge {number}", "paragraphs": [{"context": context, "qas": questions}]}


def gold(context: str, text: str) -> dict[str, Any]:
    """A gold where it first stands, at -1 where it does not stand."""
    return {"text": text, "answer_start": context.find(text)}


def write_articles(path: Path, articles: Iterable[dict[str, Any]]) -> str:
    """A SQuAD file of articles; its path."""
    path.write_text(json.dumps({"version": "1.1", "data": list(articles)}, ensure_ascii=False), encoding="utf-8")
    return str(path)


def write_language(folder: Path, language: str, numbers: Iterable[int] = range(len(TOWNS))) -> str:
    """The articles of some numbers in one language; the path of the file."""
    return write_articles(folder / f"bridges.{language}.json", [article(number, language) for number in numbers])


def questions_of(articles: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The questions of articles by id, to be changed in place."""
    return {
        question["id"]: question
        for each in articles
        for paragraph in each["paragraphs"]
        for question in paragraph["qas"]
    }


def write_encoder(folder: Path) -> str:
    """A tiny BERT with its tokenizer; its folder."""
    torch.manual_seed(0)
    tokenizer = tiny_tokenizer("bert")
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def write_asked(folder: Path, language: str, numbers: Iterable[int] = range(len(TOWNS))) -> str:
    """T(Q): the English articles with their questions in another language; the path of the file."""
    articles = [article(number, "en") for number in numbers]
    for id, question in questions_of(articles).items():
        question["question"] = QUESTIONS[language][id.partition("-")[2]]
    return write_articles(folder / f"bridges.en.{language}.json", articles)
