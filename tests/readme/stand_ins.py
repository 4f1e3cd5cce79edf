"""Small files and a small Hub with the names that README uses, made of the embedded sample."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import torch
import yaml
from datasets import Dataset
from tiny_scores import system
from tiny_tokenizers import tiny_tokenizer
from transformers import AutoTokenizer, BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel
from translation.tiny_checkpoints import save_marian

from hf_xlqa.corpora.catalog import CATALOG
from hf_xlqa.corpora.sample import encoder_path, lexicon, sample_examples
from hf_xlqa.corpora.squad_format import write_jsonl, write_squad
from hf_xlqa.models import XLTTForQuestionAnswering
from hf_xlqa.reports import Score
from hf_xlqa.run_record import CorpusUse, RunRecord
from hf_xlqa.schema import Example

ROOT = Path(__file__).parents[2]
SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
LANGUAGES = ("en", "de", "zh", "hi", "ja", "ko")
HUB = [
    *((f"xquad/{language}", "validation", "xquad.{0}/validation-0.parquet") for language in ("en", "de", "zh", "hi")),
    ("mlqa/de", "validation", "mlqa.{0}.{0}/validation/0000.parquet"),
    *((f"mlqa/{language}", "test", "mlqa.{0}.{0}/test/0000.parquet") for language in CATALOG["mlqa"].languages),
    *(("squad/en", split, f"plain_text/{split}-0.parquet") for split in ("train", "validation")),
]
"""Corpora, their splits, and where their rows stand in their repository, by language."""


def texts(language: str, *, paragraphs: int = 20) -> list[Example]:
    """Questions with the same ids in every language; English ones for a language that the sample does not have."""
    examples = sample_examples("dev", language if language in LANGUAGES else "en", paragraphs=paragraphs)
    return [replace(example, id=example.parallel_id) for example in examples]


def write_files(folder: Path) -> None:
    """Everything that is read from the working folder."""
    for name in ("examples", "hf_xlqa"):
        (folder / name).symlink_to(ROOT / name)
    for (name, paragraphs), language in product({"squad": 20, "xquad": 100}.items(), LANGUAGES):
        write_squad(folder / f"{name}.{language}.json", texts(language, paragraphs=paragraphs))
    for name in ("train", "dev-v1.1"):
        write_squad(folder / f"{name}.json", texts("en"))
    write_jsonl(folder / "dev.jsonl.gz", texts("en"))
    (folder / "passage.txt").write_text(
        "Jomina Elmann kam in Dorpolis zur Welt. Elmann hat 1785 in Valdorf gearbeitet."
    )
    _write_shifted(folder / "cmrc2018_dev.json")
    for target, stand_in in {"zh": "zh", "ja": "ja", "ko": "ko", "fr": "de"}.items():
        pairs = ((word, each) for word, found in lexicon("en", stand_in).items() for each in found)
        lines = (f"{word}\t{each}\n" for word, each in pairs if not {" ", "\t"} & {*word, *each})
        (folder / f"en-{target}.txt").write_text("".join(lines))
    _write_predictions(folder / "base", ("en", "de", "zh"))
    (folder / "ENCODER").symlink_to(encoder_path())
    write_xltt(folder / "outputs/demo/XLTT-en-ja-ko-0")
    scores = system("zero-shot", {"xquad/en": [1.0, 0.5], "xquad/zh": [0.5, 0.0]}, rule="squad")
    (folder / "outputs/scores").mkdir()
    scores.write(folder / "outputs/scores/scores.json")
    for name, amount in {"gan_ch": 20, "baseline": 0}.items():
        _write_run(folder / "outputs" / name, amount)


def _write_shifted(path: Path) -> None:
    """A file whose answers begin one code point too early."""
    write_squad(path, texts("zh"))
    content = json.loads(path.read_text(encoding="utf-8"))
    for question in _questions(content):
        question["answers"][0]["answer_start"] -= 1
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _questions(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for article in content["data"]:
        for paragraph in article["paragraphs"]:
            yield from paragraph["qas"]


def _write_predictions(folder: Path, languages: Sequence[str]) -> None:
    """Every gold as the prediction, for each language of contexts and of questions."""
    folder.mkdir()
    for context, question in product(languages, languages):
        name = context if context == question else f"{context}.{question}"
        golds = {example.id: example.answers[0].text for example in texts(context)}
        (folder / f"predictions_xquad_{name}.json").write_text(json.dumps(golds, ensure_ascii=False), encoding="utf-8")


def _write_run(folder: Path, amount: int) -> None:
    """The record of a finished run on a number of examples of DRCD."""
    folder.mkdir(parents=True)
    used = CorpusUse(name="drcd", languages=("zh",), licence="CC BY-SA 3.0", examples=amount)
    score = Score("drcd/zh", "zh", "drcd", 10.0 + amount, 20.0 + amount, 5, "rule:drcd")
    record = RunRecord(
        method="qanet",
        base_model="",
        training=(used,) if amount else (),
        scores=(score,),
        hyper_parameters={},
        seed=0,
        versions={},
        command="train",
    )
    (folder / "results.json").write_text(record.to_json(), encoding="utf-8")


def write_xltt(folder: Path) -> None:
    """An XLTT reader on the sample's encoder, which has not been trained."""
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(encoder_path())
    model = XLTTForQuestionAnswering.from_encoder_pretrained(encoder_path(), parallel_languages=["ja", "ko"])
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def write_hub(root: Path, work: Path) -> None:
    """The models and data sets that are read from the Hub."""
    models = root / "models"
    _write_encoder(models / "FacebookAI/xlm-roberta-base", "xlm_roberta")
    _write_encoder(models / "google-bert/bert-base-multilingual-cased", "bert")
    save_marian(models / "Helsinki-NLP/opus-mt-en-zh", work)
    write_xltt(models / "you/name")
    cards: dict[str, dict[str, list[dict[str, str]]]] = {}
    for spec, split, name in HUB:
        corpus, _, language = spec.partition("/")
        source = CATALOG[corpus].hub
        assert source is not None
        file = root / "datasets" / source.repo / name.format(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        Dataset.from_list([_row(example) for example in texts(language)]).to_parquet(file)
        if source.data_files is None:
            files = cards.setdefault(source.repo, {}).setdefault(file.parent.name, [])
            files.append({"split": split, "path": name.format(language)})
    for repo, configurations in cards.items():
        card = {"configs": [{"config_name": name, "data_files": files} for name, files in configurations.items()]}
        (root / "datasets" / repo / "README.md").write_text(f"---\n{yaml.safe_dump(card)}---\n")


def _write_encoder(folder: Path, family: str) -> None:
    torch.manual_seed(0)
    tokenizer = tiny_tokenizer(family)
    sizes = {**SMALL, "vocab_size": len(tokenizer), "max_position_embeddings": 514}
    model = BertModel(BertConfig(**sizes)) if family == "bert" else XLMRobertaModel(XLMRobertaConfig(**sizes))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _row(example: Example) -> dict[str, Any]:
    answers = {
        "text": [each.text for each in example.answers],
        "answer_start": [each.start for each in example.answers],
    }
    return {"id": example.id, "context": example.context, "question": example.question, "answers": answers}
