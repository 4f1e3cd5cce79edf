"""A build that translates with a cache, by a translator that needs no model and logs what it is handed."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from tiny_builders import Toy

from hf_xlqa.building import inputs
from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.config import CorpusConfig
from hf_xlqa.building.run import build
from hf_xlqa.building.variants import translated


class Shouting:
    """Translates into capitals, slowly."""

    source_language, target_language, name = "en", "fr", "shouting"

    def __init__(self, log: Path, seconds: float) -> None:
        self.log, self.seconds = log, seconds

    def translate(self, texts: Sequence[str]) -> list[str]:
        log = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        for text in texts:
            os.write(log, f"{text}\n".encode())
            time.sleep(self.seconds)
        os.close(log)
        return [text.upper() for text in texts]


class Loud(Toy):
    """Towns in capitals."""

    BUILDER_CONFIGS = [
        CorpusConfig(name="loud", source="squad", splits=("train",), variants=(translated("en", "fr"),), num_shards=4)
    ]


def build_loud(output: Path, towns: Path, *, cache: Path | None = None, seconds: float = 0.001, seed: int = 0) -> None:
    """Build towns in capitals; what is translated is in `log` beside the cache, by default that of the output."""
    beside = cache or output.with_name(f"{output.name}.db")
    inputs.make_translator = lambda spec, source, target: Shouting(beside.with_suffix(".log"), seconds)
    builder: type[CorpusBuilder] = Loud
    config = builder.configured(files={"train": str(towns)}, backend="shouting:", cache=str(beside), seed=seed)
    build(builder, [config], output)
