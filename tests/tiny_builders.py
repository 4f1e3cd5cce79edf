"""A small corpus that is built in a moment, from a SQuAD file or from the sample, and files to compare builds by."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.config import AS_IT_IS, CorpusConfig, Given, Variant

TOWNS = ("Oslo", "Bergen", "Turku", "Gdansk", "Narvik", "Malmo", "Aarhus", "Tartu", "Vilnius", "Riga")


class Toy(CorpusBuilder):
    """Short paragraphs on towns, in other words."""

    VERSION = Version("2.1.0")
    citation = "@misc{toy, title = {Toy}}"
    BUILDER_CONFIGS = [
        CorpusConfig(name="permuted", source="squad", splits=("train",), variants=(Variant("permute"),), num_shards=3),
        CorpusConfig(
            name="T(Q+C)",
            source="squad",
            variants=(AS_IT_IS, Variant("permute", {"part": "question"}, suffix="-p")),
            num_shards=2,
        ),
        CorpusConfig(
            name="switched",
            source="squad",
            variants=(Variant("code_switch", {"dictionary": Given("dictionary", "en", "zh"), "target": "zh"}),),
        ),
    ]


def write_towns(path: Path, *, paragraphs: int = 40) -> Path:
    """A SQuAD file of paragraphs with two questions each."""
    articles = []
    for number in range(paragraphs):
        town = f"{TOWNS[number % len(TOWNS)]}{number}"
        context = f"The town of {town} was founded in {1100 + number} by the king, and its bridge is old."
        answers = {"where": town, "when": str(1100 + number)}
        qas = [
            {
                "id": f"{number}-{asked}",
                "question": f"{asked} did the king found it?",
                "answers": [{"text": text, "answer_start": context.index(text)}],
            }
            for asked, text in answers.items()
        ]
        articles.append({"title": town, "paragraphs": [{"context": context, "qas": qas}]})
    path.write_text(json.dumps({"version": "1.1", "data": articles}))
    return path


def published(output: Path) -> dict[str, str]:
    """Digests of the files of a build that are published, by their path."""
    files = (path for path in output.rglob("*") if path.is_file() and "build" not in path.relative_to(output).parts)
    return {str(path.relative_to(output)): sha256(path.read_bytes()).hexdigest() for path in files}


def die(job: Any) -> None:
    """Stands in for `build_shard` in a process that is killed."""
    os._exit(9)
